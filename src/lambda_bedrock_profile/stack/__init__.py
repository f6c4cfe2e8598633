"""What a template with declarations expands to: linked, planned, built, checked, with a file for each AWS thing.

``expand.py`` goes from step to step. Link makes functions, roles and VPCs of declarations. ``grants.py`` and
``vpc_plans.py`` decide. A builder takes a Grant (``plan.py``) or a VpcPlan and gives resources, or a part of one.
"""
