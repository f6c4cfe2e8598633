"""The custom resources that the macro writes and the provider serves, in one place for both sides.

It is none of ``custom_resources``, whose libraries the macro does not load. A type stands in running stacks, so it
never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile.values import Expression, Json

INFERENCE_PROFILE: Final = "Custom::BedrockInferenceProfile"
MODEL_ACCESS: Final = "Custom::BedrockModelAccess"
DEFAULT_SECURITY_GROUP: Final = "Custom::VpcDefaultSecurityGroup"
MANAGED_PREFIX_LIST: Final = "Custom::ManagedPrefixList"

USER_TAGS: Final = 199
"""The user's tags on a profile that the provider makes. Bedrock allows 200, and the provider's own says whose it is."""

SERVICE_TIMEOUT: Final = 330
"""Seconds after which CloudFormation gives an answer up: the provider's own 300, and what it takes to call it.

Without it a provider that cannot answer would hang a stack for an hour (AWS CloudFormation Template Reference,
AWS::CloudFormation::CustomResource, ServiceTimeout).
"""

DEPLOY_PROVIDER: Final = (
    "Deploy the macro's stack with its provider (the command line takes it from --provider-export or --provider-arn)"
)
"""What to do if something takes the provider and it is not deployed; another way can follow."""

_DELETE_DOES_NOTHING: Final = (DEFAULT_SECURITY_GROUP, MANAGED_PREFIX_LIST, MODEL_ACCESS)


def custom_resource(resource_type: str, provider: Expression, properties: Mapping[str, Json]) -> dict[str, Json]:
    """The resource of ``resource_type`` with ``properties``; ``provider`` is an expression of the provider's ARN.

    A resource whose deletion changes nothing is retained. So it can go although the provider is gone before it.
    """
    retained = resource_type in _DELETE_DOES_NOTHING
    return {
        "Type": resource_type,
        **({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if retained else {}),
        "Properties": {"ServiceToken": provider, "ServiceTimeout": SERVICE_TIMEOUT, **properties},
    }
