"""The functions of the template that get a profile, and why a variable cannot be added to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.stack.existing import inherited, with_profile
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, function_of


def with_profiles(
    plans: Sequence[Plan], resources: Mapping[str, Any], shared: Any
) -> tuple[dict[str, Any], list[Problem]]:
    """The functions of ``resources`` that get a profile, with the additions of all their declarations; what is wrong.

    ``shared`` is the template's Globals, which a serverless function inherits from. A variable that is set already, or
    that two declarations would set, is a problem.
    """
    problems: list[Problem] = []
    changed: dict[str, Any] = {}
    givers = {plan.function_id: dict.fromkeys(_names(plan), _id(plan)) for plan in plans if plan.new_function}
    for plan in plans:
        if plan.new_function:
            problems += _variable_problems(plan, plan.function_props, {}, {})
            continue
        resource = changed.get(plan.function_id, resources[plan.function_id])
        earlier = givers.setdefault(plan.function_id, {})
        found = _variable_problems(plan, resource.get("Properties"), inherited(resource, shared), earlier)
        givers[plan.function_id] = {**dict.fromkeys(_names(plan), _id(plan)), **earlier}
        problems += found
        if not found:
            changed[plan.function_id] = with_profile(plan, resource)
    return changed, problems


def _id(plan: Plan) -> str:
    return plan.declaration.logical_id


def _names(plan: Plan) -> tuple[str, str]:
    return plan.declaration.model_variable, plan.declaration.profile_variable


def _variable_problems(
    plan: Plan, properties: Any, shared: Mapping[str, Any], earlier: Mapping[str, str]
) -> list[Problem]:
    """Why the variables of ``plan`` cannot be added to the function: no place for them, or there already.

    ``properties`` are the function's own, ``shared`` those of SAM Globals; ``earlier`` says which declaration has
    given the function a variable.
    """
    if properties and not isinstance(properties, dict):
        return [_no_place(plan)]
    if not shared and "Environment" not in (properties or {}):
        return []
    if _lost(properties, shared):
        return [_conditional_globals(plan)]
    taken: set[str] = set()
    for holder in (properties, shared):
        for environment in branches((holder or {}).get("Environment")):
            for variables in branches(environment.get("Variables") if isinstance(environment, dict) else environment):
                if function_of(environment) or not isinstance(variables or {}, dict) or function_of(variables):
                    return [_no_place(plan)]
                taken |= {name for name, value in (variables or {}).items() if value != NO_VALUE}
    if not taken:
        return []
    names = {
        "FoundationModelEnvironmentVariableName": plan.declaration.model_variable,
        "InferenceProfileEnvironmentVariableName": plan.declaration.profile_variable,
    }
    return [
        Problem(
            plan.declaration.logical_id,
            plan.declaration.path(*([name] if name in plan.declaration.properties else [])),
            f"an environment variable {_shown(plan, name, variable)} is in {plan.function_id} already"
            + (f", from {earlier[variable]}" if variable in earlier else ""),
            f"Choose another name with {name}" + ("" if variable in earlier else ", or remove the variable"),
            "collision",
        )
        for name, variable in names.items()
        if variable in taken
    ]


def _shown(plan: Plan, name: str, variable: str) -> str:
    """The name of a variable, unless a parameter gives it."""
    return variable if plan.declaration.properties.get(name, variable) == variable else "of that name"


def _lost(properties: Any, shared: Mapping[str, Any]) -> bool:
    """Whether SAM would drop inherited variables for the function's own: it merges maps, and no intrinsic functions."""
    own = properties.get("Environment") if isinstance(properties, dict) else None
    given = shared.get("Environment")
    if own is None and function_of(given):
        return True
    own, given = (holder.get("Variables") if isinstance(holder, dict) else None for holder in (own or {}, given))
    return own is None and function_of(given) is not None


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
