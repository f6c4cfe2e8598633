"""The custom resources an expansion may hold, a file a type: what only deployment time can know or do.

Each type is one function, ``handle(event, runtime) -> Outcome``. If the answer to CloudFormation is FAILED, it raises
``RefusedError`` with a reason for a person. Nothing here knows of crhelper; ``lambda_bedrock_profile.provider`` does.
"""
