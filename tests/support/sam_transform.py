"""AWS's own SAM transform, run on this machine."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any
from unittest import mock

from samtranslator.translator.transform import transform

SAM = "AWS::Serverless-2016-10-31"
MANAGED = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
)


class _ManagedPolicies:
    """The managed policies that SAM asks IAM for."""

    def load(self) -> Mapping[str, str]:
        """Names and ARNs."""
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in MANAGED}


def translated(source: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS SAM makes of ``source`` in us-east-1; the partition comes from the settings of AWS, and is kept."""
    template = {**copy.deepcopy(dict(source)), "Transform": SAM}
    with mock.patch.dict("os.environ", {"AWS_DEFAULT_REGION": "us-east-1"}):
        result: dict[str, Any] = transform(template, {}, _ManagedPolicies())
    return {name: section for name, section in result.items() if name != "Transform"}
