"""What a template with declarations expands to: linked, granted, built, checked, with a file for each AWS thing.

``expand.py`` goes from step to step. Link makes functions, roles and VPCs of declarations, ``grants.py`` and
``vpc_plans.py`` decide, builders take a Grant or a VpcPlan (``plan.py``) and give resources or a part of one.
"""
