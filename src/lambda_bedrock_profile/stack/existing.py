"""An existing function of the template: its role, and the function with the profile added.

Both kinds are served alike, whether this macro runs before or after ``AWS::Serverless-2016-10-31``: a serverless
function gets the same policy resource on the role that the Serverless transform makes for it (``<Id>Role``), so its
``Policies`` are left alone in whatever form they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.stack.function import environment_variables, with_variables
from lambda_bedrock_profile.stack.plan import Plan, RoleUse
from lambda_bedrock_profile.stack.role_name import role_use
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope
from lambda_bedrock_profile.template.references import depends_on, get_att, ref, replaced

SERVERLESS: Final = "AWS::Serverless::Function"
FUNCTION_TYPES: Final = ("AWS::Lambda::Function", SERVERLESS)


def with_profile(plan: Plan, resource: dict[str, Any]) -> dict[str, Any]:
    """The function's ``resource`` with the two environment variables, made after the policy that a call needs."""
    variables = environment_variables(plan)
    policy = plan.id("Policy")
    properties = resource.get("Properties") or {}
    environment = properties.get("Environment")
    optional = plan.condition is not None and plan.condition != resource.get("Condition")
    if optional:
        # Nothing can depend on a resource that may not be there, but a reference under its condition waits for it.
        variables[plan.declaration.profile_variable] = {"Fn::Select": [0, [plan.profile_arn, ref(policy)]]}
        environment = _with_optional_variables(environment, variables, plan.condition)
    else:
        environment = with_variables(environment, variables)
    changes: dict[str, Any] = {"Properties": replaced(properties, {"Environment": environment})}
    names = depends_on(resource)
    if not optional and policy not in names:
        changes["DependsOn"] = [*names, policy]
    return replaced(resource, changes)


def _with_optional_variables(environment: Any, variables: dict[str, Any], condition: Any) -> Any:
    """``environment`` with ``variables`` under ``condition``, which is not asked again where it stands around all."""
    argument = environment.get("Fn::If") if isinstance(environment, dict) else None
    if isinstance(argument, list) and argument[:1] == [condition]:
        return {"Fn::If": [condition, with_variables(argument[1], variables), *argument[2:]]}
    under = {name: {"Fn::If": [condition, value, dict(NO_VALUE)]} for name, value in variables.items()}
    return with_variables(environment, under)


def inherited(function: Mapping[str, Any], shared: Any) -> Mapping[str, Any]:
    """The properties that ``function`` takes over from ``shared``, the template's Globals; only a serverless one does.

    Source: AWS SAM Developer Guide, "Globals section of the template", on IgnoreGlobals.
    """
    given = shared.get("Function") if isinstance(shared, dict) and function.get("Type") == SERVERLESS else None
    ignored = function.get("IgnoreGlobals")
    if not isinstance(given, dict) or ignored == "*":
        return {}
    return {name: value for name, value in given.items() if not (isinstance(ignored, list) and name in ignored)}


def role_of(
    function_id: str, resource: Mapping[str, Any], resources: Mapping[str, Any], scope: Scope
) -> RoleUse | None:
    """The role that the function runs as; None where its name cannot be had."""
    properties = resource.get("Properties")
    written = properties.get("Role") if isinstance(properties, dict) else None
    if resource["Type"] != SERVERLESS:
        return role_use(written, resources, scope)
    generated = get_att(function_id + "Role", "Arn")
    if written is None:
        return role_use(generated, resources, scope)
    # The Serverless transform makes its role where one branch of an Fn::If is AWS::NoValue, and where Role is that
    # itself makes none (aws-sam-translator, SamFunction).
    argument = written.get("Fn::If") if isinstance(written, dict) else None
    if isinstance(argument, list) and len(argument) == 3:
        written = {"Fn::If": [argument[0], *(generated if branch == NO_VALUE else branch for branch in argument[1:])]}
    return role_use(written, resources, scope)
