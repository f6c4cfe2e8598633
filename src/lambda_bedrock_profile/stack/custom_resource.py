"""A resource that the provider makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SERVICE_TIMEOUT: Final = 330
"""Seconds after which CloudFormation gives an answer up: the provider's own 300, and what it takes to call it.

Without it a provider that cannot answer would hang a stack for an hour (AWS CloudFormation Template Reference,
AWS::CloudFormation::CustomResource, ServiceTimeout).
"""


def custom_resource(resource_type: str, provider: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The resource of ``resource_type`` with ``properties``; ``provider`` is an expression of the provider's ARN."""
    return {
        "Type": resource_type,
        "Properties": {"ServiceToken": provider, "ServiceTimeout": SERVICE_TIMEOUT, **properties},
    }
