"""What one plan puts into the template: its generated resources, and its additions to a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambda_bedrock_profile.problems import Problem
from lambda_bedrock_profile.resources.existing import SERVERLESS, with_profile
from lambda_bedrock_profile.resources.function import function
from lambda_bedrock_profile.resources.inference_profile import inference_profile
from lambda_bedrock_profile.resources.log_group import log_group
from lambda_bedrock_profile.resources.model_access import model_access
from lambda_bedrock_profile.resources.network.build import network_resources
from lambda_bedrock_profile.resources.network.endpoints import endpoints
from lambda_bedrock_profile.resources.network.sharing import Group
from lambda_bedrock_profile.resources.plan import Plan
from lambda_bedrock_profile.resources.policy import attached_policy
from lambda_bedrock_profile.resources.role import role
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import function_of


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
    resources = {logical_id: _with_attributes(plan, logical_id, item) for logical_id, item in resources.items()}
    return resources | endpoints(group) if group is not None and group.plans[0] is plan else resources


def _with_attributes(plan: Plan, logical_id: str, resource: dict[str, Any]) -> dict[str, Any]:
    """``resource`` under the declaration's condition, after what it depends on, with its policies.

    The metadata goes to the resource that stands for the declaration: the function, or the profile where the function
    is one of the template's.
    """
    written = plan.declaration.attributes
    if not written and plan.condition is None:
        return resource
    result = dict(resource)
    if plan.condition is not None:
        result["Condition"] = plan.condition
    if "DependsOn" in written:
        names = written["DependsOn"] if isinstance(written["DependsOn"], list) else [written["DependsOn"]]
        # The function of the template waits for what is generated, so what is generated cannot wait for it.
        result = _after(result, [name for name in names if name != plan.declaration.existing_function])
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        if name in written:
            result[name] = written[name]
    main = plan.declaration.logical_id if plan.new_function else plan.id("InferenceProfile")
    if "Metadata" in written and logical_id == main:
        result["Metadata"] = written["Metadata"]
    return result


def _after(resource: dict[str, Any], others: list[str]) -> dict[str, Any]:
    depends_on = [*resource.get("DependsOn", []), *others]
    return {**resource, "DependsOn": depends_on} if depends_on else resource


def with_profiles(
    plans: Sequence[Plan], resources: Mapping[str, Any], shared: Any, problems: list[Problem]
) -> dict[str, Any]:
    """The functions of ``resources`` that get a profile added, each with the additions of all its declarations.

    ``shared`` is the template's Globals, which a serverless function inherits from. A variable that is set already, or
    that two declarations would set, is added to ``problems``.
    """
    changed: dict[str, Any] = {}
    for plan in plans:
        if plan.new_function:
            problems += _variable_problems(plan, plan.function_props, {})
            continue
        resource = changed.get(plan.function_id, resources[plan.function_id])
        found = _variable_problems(plan, resource.get("Properties"), _function_globals(resource, shared))
        problems += found
        if not found:
            changed[plan.function_id] = with_profile(plan, resource)
    return changed


def _function_globals(resource: Mapping[str, Any], shared: Any) -> Any:
    return shared.get("Function") if resource["Type"] == SERVERLESS and isinstance(shared, dict) else {}


def _variable_problems(plan: Plan, properties: Any, inherited: Any) -> list[Problem]:
    """Why the variables of ``plan`` cannot be added to the function: no place for them, or there already.

    ``properties`` are the function's own, ``inherited`` those of SAM Globals.
    """
    if properties and not isinstance(properties, dict):
        return [_no_place(plan)]
    if _lost(properties, inherited):
        return [_conditional_globals(plan)]
    taken: set[str] = set()
    for holder in (properties, inherited):
        for environment in branches(holder.get("Environment") if isinstance(holder, dict) else None):
            for variables in branches(environment.get("Variables") if isinstance(environment, dict) else environment):
                if function_of(environment) or not isinstance(variables or {}, dict) or function_of(variables):
                    return [_no_place(plan)]
                taken |= (variables or {}).keys()
    names = {
        "FoundationModelEnvironmentVariableName": plan.declaration.model_variable,
        "InferenceProfileEnvironmentVariableName": plan.declaration.profile_variable,
    }
    return [
        Problem(
            plan.declaration.logical_id,
            plan.declaration.path(*([name] if name in plan.declaration.properties else [])),
            f"the function {plan.function_id} has an environment variable {variable} already, and it would be hidden",
            f"Choose another name with {name}, or remove the variable",
            "collision",
        )
        for name, variable in names.items()
        if variable in taken
    ]


def _lost(properties: Any, inherited: Any) -> bool:
    """Whether SAM would drop inherited variables for the function's own: it merges maps, and no intrinsic functions."""
    own, shared = (
        holder.get("Environment") if isinstance(holder, dict) else None for holder in (properties, inherited)
    )
    if own is None and function_of(shared):
        return True
    shared, own = (holder.get("Variables") if isinstance(holder, dict) else None for holder in (shared, own or {}))
    return own is None and function_of(shared) is not None


def _conditional_globals(plan: Plan) -> Problem:
    return Problem(
        plan.declaration.logical_id,
        plan.declaration.path("ExistingLambdaObj"),
        f"the variables of {plan.function_id} come from Globals through an intrinsic function, and SAM drops those "
        "once the function has variables of its own",
        f"Write the Environment in {plan.function_id} itself",
    )


def _no_place(plan: Plan) -> Problem:
    path = ("LambdaFunctionProps", "Environment") if plan.new_function else ("ExistingLambdaObj",)
    return Problem(
        plan.declaration.logical_id,
        plan.declaration.path(*path),
        f"the Environment of {plan.function_id} is no map of Variables, and nothing can be added to it",
        "Write Environment: {Variables: {...}} itself, with the intrinsic functions on the values; Fn::If may stand "
        "around either map",
    )
