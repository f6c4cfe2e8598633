"""The log group of a new function."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.resources.plan import Plan

RETENTION = SCHEMA["properties"]["LogGroupProps"]["properties"]["RetentionInDays"]["default"]


def log_group(plan: Plan) -> dict[str, Any]:
    """A log group that CloudFormation names, with a retention; LogGroupProps win."""
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"RetentionInDays": RETENTION, **plan.declaration.props("LogGroupProps")},
    }
