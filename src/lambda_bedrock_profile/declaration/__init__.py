"""What a user may write: the schema, the Declaration it becomes, and the problems it may have.

How to add a property is in ``schema.py``.
"""

from lambda_bedrock_profile.declaration.model import TYPE, Declaration
from lambda_bedrock_profile.declaration.parse import find, parse

__all__ = ["TYPE", "Declaration", "find", "parse"]
