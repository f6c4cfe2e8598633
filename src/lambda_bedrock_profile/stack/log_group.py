"""Log groups: that of a new function, and any other that the expansion makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import with_defaults

RETENTION: Final = SCHEMA["properties"]["LogGroupProps"]["properties"]["RetentionInDays"]["default"]
"""Days to keep what is logged, where the user does not say."""

_WITHOUT_KEY: Final = {
    "checkov": {
        "skip": [
            {
                "id": "CKV_AWS_158",
                "comment": "Encrypted with a key that AWS owns; LogGroupProps.KmsKeyId names one of the account",
            }
        ]
    }
}


def log_group(plan: Plan) -> dict[str, Any]:
    """The log group of a new function; LogGroupProps win."""
    return log_group_of(plan.declaration.props("LogGroupProps"))


def log_group_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A log group that CloudFormation names, with a retention, and ``properties``.

    Without a key of the account its metadata answers the scanner that asks for one.
    """
    resource = {"Type": "AWS::Logs::LogGroup", "Properties": with_defaults({"RetentionInDays": RETENTION}, properties)}
    return resource if "KmsKeyId" in properties else {**resource, "Metadata": _WITHOUT_KEY}
