"""A resource that the provider makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile import custom_types

SERVICE_TIMEOUT: Final = 330
"""Seconds after which CloudFormation gives an answer up: the provider's own 300, and what it takes to call it.

Without it a provider that cannot answer would hang a stack for an hour (AWS CloudFormation Template Reference,
AWS::CloudFormation::CustomResource, ServiceTimeout).
"""

DEPLOY_PROVIDER: Final = (
    "Deploy the macro's stack with its provider (the command line takes it from --provider-export or --provider-arn)"
)
"""What to do if something takes the provider and it is not deployed; another way can follow."""

_DELETE_DOES_NOTHING: Final = (
    custom_types.DEFAULT_SECURITY_GROUP,
    custom_types.MANAGED_PREFIX_LIST,
    custom_types.MODEL_ACCESS,
)


def custom_resource(resource_type: str, provider: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The resource of ``resource_type`` with ``properties``; ``provider`` is an expression of the provider's ARN.

    A resource whose deletion changes nothing is retained. So it can go although the provider is gone before it.
    """
    retained = resource_type in _DELETE_DOES_NOTHING
    return {
        "Type": resource_type,
        **({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if retained else {}),
        "Properties": {"ServiceToken": provider, "ServiceTimeout": SERVICE_TIMEOUT, **properties},
    }
