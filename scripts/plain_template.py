"""The application as plain CloudFormation: ``template.yaml`` with AWS SAM's transform run at build time.

No account needs the SAM CLI then, nor the Serverless transform. The code is an object in a bucket of the reader's own,
under a key that holds the digest of the archive: a changed archive is a changed key, which CloudFormation notices.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import Any, Final
from unittest import mock

from samtranslator.translator.transform import transform

PLACEHOLDER: Final = "s3://bucket/key"
"""Where SAM is said to find the code. What it makes of that is replaced."""

PARAMETERS: Final[Mapping[str, Any]] = {
    "CodeBucket": {
        "Description": "Name of the bucket, in the Region of the stack, that holds the code of the release.",
        "Type": "String",
        "AllowedPattern": "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "ConstraintDescription": "the name of a bucket",
    },
    "SignedCodeKey": {
        "Description": "Key of the code as AWS Signer signed it, or empty for the object of the release.",
        "Type": "String",
        "Default": "",
    },
}


def code_key(version: str, digest: str) -> str:
    """The key of the code's archive in a bucket; ``digest`` is its SHA-256 in hexadecimal digits."""
    return f"lambda-bedrock-profile/{version}/{digest}.zip"


def plain(template: Mapping[str, Any], key: str) -> dict[str, Any]:
    """``template`` (of SAM, in the long form) as CloudFormation alone takes it, with its code under ``key``.

    The result is the same for every Region and partition, since the template names none itself: a test compares them.
    """
    source = copy.deepcopy(dict(template))
    source["Globals"]["Function"]["CodeUri"] = PLACEHOLDER
    # SAM asks for the partition of a Region, and for managed policies, of which this application has none.
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1")}):
        result: dict[str, Any] = transform(source, {}, _NoManagedPolicies())
    result.pop("Transform", None)
    result["Metadata"].pop("AWS::ServerlessRepo::Application")
    groups = result["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    groups.insert(0, {"Label": {"default": "Code"}, "Parameters": list(PARAMETERS)})
    result["Parameters"] = {**PARAMETERS, **result["Parameters"]}
    result["Conditions"]["HasSignedCode"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": "SignedCodeKey"}, ""]}]}
    for resource in result["Resources"].values():
        (resource.get("Metadata") or {}).pop("BuildMethod", None)
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {
                "S3Bucket": {"Ref": "CodeBucket"},
                "S3Key": {"Fn::If": ["HasSignedCode", {"Ref": "SignedCodeKey"}, key]},
            }
    return result


class _NoManagedPolicies:
    """The managed policies that SAM may ask IAM for: none."""

    def load(self) -> Mapping[str, str]:
        """Names and ARNs."""
        return {}
