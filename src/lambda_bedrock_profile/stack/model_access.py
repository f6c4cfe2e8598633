"""The check, before anything else is made, that the account can use the model."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.stack.custom_resource import custom_resource
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.references import embedded, sub


def model_access(plan: Plan, provider: Any) -> dict[str, Any]:
    """A custom resource of ``provider`` that fails where the model cannot be used on the route."""
    properties: dict[str, Any] = {
        "ModelId": plan.declaration.model,
        "SourceRegion": plan.route.source,
        "Regions": list(plan.route.regions),
        "Regionless": plan.route.regionless,
    }
    if plan.route.profile_id is not None:
        model, variables = embedded(plan.declaration.model, "ModelId")
        name = f"{plan.route.geography}.{model}"
        properties["ProfileId"] = sub(name, variables) if "${" in name else name
    return custom_resource(custom_types.MODEL_ACCESS, provider, properties)
