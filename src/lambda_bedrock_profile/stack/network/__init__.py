"""The private network of a function: a VPC, its interface endpoints, and who may talk to whom.

* ``decide.py``: which VPC, which endpoints, which security groups: a Network on the plan
* ``sharing.py``: declarations that share a VPC share its endpoints: a Group for each VPC
* ``vpc.py``, ``flow_log.py``, ``security_groups.py``, ``endpoints.py``: pure builders of what those two say
"""
