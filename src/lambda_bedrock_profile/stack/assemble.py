"""What one plan puts into the template: its generated resources, with the declaration's resource attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambda_bedrock_profile.stack.function import function
from lambda_bedrock_profile.stack.inference_profile import inference_profile
from lambda_bedrock_profile.stack.log_group import log_group
from lambda_bedrock_profile.stack.model_access import model_access
from lambda_bedrock_profile.stack.network.build import network_resources
from lambda_bedrock_profile.stack.network.endpoints import endpoints
from lambda_bedrock_profile.stack.network.sharing import Group
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.stack.policy import attached_policy
from lambda_bedrock_profile.stack.role import role
from lambda_bedrock_profile.template.references import depends_on


def generated(plan: Plan, groups: Mapping[str, Group]) -> dict[str, dict[str, Any]]:
    """Every resource that the declaration expands to, by logical id.

    ``groups`` are the plans by the VPC they share; what belongs to the VPC comes with the first of them.
    """
    resources = {}
    if plan.new_function:
        resources[plan.declaration.logical_id] = function(plan)
        if plan.generates_log_group:
            resources[plan.id("LogGroup")] = log_group(plan)
    if plan.role.generated:
        resources[plan.id("Role")] = role(plan)
    else:
        resources[plan.id("Policy")] = attached_policy(plan)
    resources[plan.id("InferenceProfile")] = inference_profile(plan)
    group = groups[plan.network.vpc.key] if plan.network is not None else None
    if group is not None and plan.network is not None:
        resources |= network_resources(plan, plan.network, group)
    if plan.verifier:
        access = plan.id("ModelAccess")
        resources = {logical_id: _after(item, [access]) for logical_id, item in resources.items()}
        resources[access] = model_access(plan, plan.verifier)
    if plan.declaration.attributes or plan.condition is not None:
        resources = {logical_id: _with_attributes(plan, logical_id, item) for logical_id, item in resources.items()}
    return resources | endpoints(group) if group is not None and group.plans[0] is plan else resources


def _with_attributes(plan: Plan, logical_id: str, resource: dict[str, Any]) -> dict[str, Any]:
    """``resource`` under the declaration's condition, after what it depends on, with its policies.

    The metadata goes to the resource that stands for the declaration: the function, or the profile where the function
    is one of the template's.
    """
    written = plan.declaration.attributes
    result = dict(resource)
    if plan.condition is not None:
        result["Condition"] = plan.condition
    # The function of the template waits for what is generated, so what is generated cannot wait for it.
    result = _after(result, [name for name in depends_on(written) if name != plan.declaration.existing_function])
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        if name in written:
            result[name] = written[name]
    main = plan.declaration.logical_id if plan.new_function else plan.id("InferenceProfile")
    if "Metadata" in written and logical_id == main:
        result["Metadata"] = written["Metadata"]
    return result


def _after(resource: dict[str, Any], others: list[str]) -> dict[str, Any]:
    names = [*depends_on(resource), *others]
    return {**resource, "DependsOn": names} if names else resource
