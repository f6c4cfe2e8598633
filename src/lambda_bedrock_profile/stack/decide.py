"""From a declaration to its plan: which route, which function, which role, which network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog, Refusal, Route, partition
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.stack.declared_function import declared_function
from lambda_bedrock_profile.stack.existing import FUNCTION_TYPES, role_of
from lambda_bedrock_profile.stack.inference_profile import NATIVE_TYPE
from lambda_bedrock_profile.stack.network.decide import decide_network
from lambda_bedrock_profile.stack.plan import Plan, RoleUse
from lambda_bedrock_profile.stack.role_name import role_use
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import Scope, condition
from lambda_bedrock_profile.template.loops import is_loop
from lambda_bedrock_profile.template.references import get_att, targets_of

ROLE_WITHOUT_NAME = (
    "Write the role's ARN itself, a Ref or Fn::GetAtt to a role of this template, or a Fn::Sub that ends in the role's "
    "name; or give the function no role"
)

_DEPLOY_PROVIDER = (
    "Deploy the macro's stack with its provider (the command line is told of it with --provider-export or "
    "--provider-arn)"
)


def decide(
    declaration: Declaration,
    template: Mapping[str, Any],
    scope: Scope,
    environment: StackContext,
    catalog: Catalog,
) -> tuple[Plan | None, list[Problem]]:
    """The plan of ``declaration``; or None, and every reason for it."""
    problems: list[Problem] = []
    route = _route(declaration, scope, environment, catalog, problems)
    stand_in = _stand_in(declaration, environment, catalog, problems)
    verifier = _verifier(declaration, environment, problems)
    resources = template["Resources"]
    if declaration.existing_function is None:
        function: Mapping[str, Any] = {}
        role = _own_role(declaration, resources, scope, problems)
    else:
        function = _existing_function(declaration, resources, problems)
        role = _existing_role(declaration, function, resources, scope, problems)
    under = _condition(declaration, function, problems)
    network = decide_network(declaration, under, template, scope, environment, problems)
    if route is None or role is None or problems:
        return None, problems
    plan = Plan(
        declaration=declaration,
        route=route,
        function_id=declaration.existing_function or declaration.logical_id,
        role=role,
        condition=under,
        stand_in=stand_in,
        network=network,
        verifier=verifier,
    )
    return plan, []


def _route(
    declaration: Declaration, scope: Scope, environment: StackContext, catalog: Catalog, problems: list[Problem]
) -> Route | None:
    answer = catalog.route(
        declaration.model_id,
        environment.region,
        declaration.geography,
        cross_region=declaration.cross_region,
        destinations=declaration.destination_regions,
        shown=None if isinstance(declaration.model, str) else "the model that BedrockModelId names",
    )
    if isinstance(answer, Route):
        return answer
    if declaration.model_id in catalog.models and _never_here(declaration, scope):
        here, area = environment.region, partition(environment.region)
        reason = f"its condition never holds in {here}, so that nothing of it is made"
        return Route(declaration.model_id, here, (here,), None, None, False, area, reason)
    problems.append(_refused(declaration, answer))
    return None


def _never_here(declaration: Declaration, scope: Scope) -> bool:
    """Whether the declaration's condition is false in this Region, whatever the values of parameters.

    One template for several geographies has a declaration for each, and only one of them has a route.
    """
    without_parameters = replace(scope, values={}, parameters={})
    return declaration.condition is not None and condition(declaration.condition, without_parameters) is False


def _refused(declaration: Declaration, refusal: Refusal) -> Problem:
    if refusal.subject == "destinations" and _from_parameters(declaration.properties.get("DestinationRegions")):
        refusal = Refusal(
            "destinations",
            "a Region is there twice, or is none, or is of another partition than the stack",
            "Give each destination Region of the profile once; for a single Region, that of the stack alone",
        )
    names = {"geography": "Geography", "destinations": "DestinationRegions"}
    name = names.get(refusal.subject, "BedrockModelId")
    path = declaration.path(name if name in declaration.properties else "BedrockModelId")
    entry = () if refusal.entry is None else (refusal.entry,)
    curable = refusal.subject != "destinations"
    return Problem(declaration.logical_id, (*path, *entry), refusal.what, refusal.fix, "route", curable=curable)


def _from_parameters(written: Any) -> bool:
    return not isinstance(written, list) or any(not isinstance(item, str) for item in written)


def _stand_in(declaration: Declaration, environment: StackContext, catalog: Catalog, problems: list[Problem]) -> Any:
    has_type = catalog.has_profile_type(environment.region)
    if environment.profile_mode == "native" or (environment.profile_mode == "auto" and has_type):
        return None
    if environment.provider_arn is None:
        if has_type:
            what = "the profile mode has the provider make every profile, and it is not deployed"
            other = "take the mode auto (ProfileMode of the macro's stack, --profile-mode on the command line)"
        else:
            what = (
                f"CloudFormation has no {NATIVE_TYPE} in {environment.region}, and the provider that stands in for it "
                "is not deployed"
            )
            other = "deploy this stack in a Region that has the type"
        fix = f"{_DEPLOY_PROVIDER}, or {other}"
        problems.append(Problem(declaration.logical_id, (), what, fix, "route"))
    return environment.service_token


def _verifier(declaration: Declaration, environment: StackContext, problems: list[Problem]) -> Any:
    if not declaration.verify_model_access:
        return None
    if environment.provider_arn is None:
        problems.append(
            Problem(
                declaration.logical_id,
                declaration.path("VerifyModelAccess"),
                "the provider verifies model access, and it is not deployed",
                f"{_DEPLOY_PROVIDER}, or remove VerifyModelAccess",
            )
        )
    return environment.service_token


def _own_role(
    declaration: Declaration, resources: Mapping[str, Any], scope: Scope, problems: list[Problem]
) -> RoleUse | None:
    written = declaration.props("LambdaFunctionProps").get("Role")
    if written is None:
        return RoleUse(arn=get_att(declaration.logical_id + "Role", "Arn"), name=None, generated=True)
    role = role_use(written, resources, scope)
    if role is None:
        what = "the role's name cannot be had from this, and the role needs the permissions of the profile"
        fix = ROLE_WITHOUT_NAME
        if None in branches(written):
            what = "is AWS::NoValue in one branch, and a role is made for all of the function or for none"
            fix = "Write a role in each branch, or two declarations, each with its Condition"
        problems.append(Problem(declaration.logical_id, declaration.path("LambdaFunctionProps", "Role"), what, fix))
    return role


def _existing_function(
    declaration: Declaration, resources: Mapping[str, Any], problems: list[Problem]
) -> Mapping[str, Any]:
    function = resources.get(str(declaration.existing_function))
    if isinstance(function, dict) and function.get("Type") in FUNCTION_TYPES:
        return function
    if isinstance(function, dict) and (made := declared_function(str(declaration.existing_function), function)):
        return made
    kind = f"a resource of type {function.get('Type')}" if isinstance(function, dict) else "no resource"
    loops = function is None and any(is_loop(name) for name in resources)
    # A name that does not stand in the template comes from a parameter, and is not told.
    name = str(declaration.existing_function)
    written = declaration.properties["ExistingLambdaObj"]
    named = name if name == written or name in targets_of(written) else "what this comes to"
    problems.append(
        Problem(
            declaration.logical_id,
            declaration.path("ExistingLambdaObj"),
            f"{named} is {kind} of this template, and only a function in it can be changed",
            f"Name a function of the types {' or '.join(FUNCTION_TYPES)}, or write LambdaFunctionProps for a new one"
            + ("; for a function that Fn::ForEach makes, write the declaration in the same loop" if loops else ""),
        )
    )
    return {}


def _existing_role(
    declaration: Declaration,
    function: Mapping[str, Any],
    resources: Mapping[str, Any],
    scope: Scope,
    problems: list[Problem],
) -> RoleUse | None:
    if not function:
        return None
    role = role_of(str(declaration.existing_function), function, resources, scope)
    if role is None:
        problems.append(
            Problem(
                declaration.logical_id,
                declaration.path("ExistingLambdaObj"),
                f"the name of the role of {declaration.existing_function} cannot be had from its Role, and the role "
                "needs the permissions of the profile",
                ROLE_WITHOUT_NAME,
            )
        )
    return role


def _condition(declaration: Declaration, function: Mapping[str, Any], problems: list[Problem]) -> str | None:
    own, its = declaration.condition, function.get("Condition")
    if not isinstance(its, str | None):
        what = f"the Condition of {declaration.existing_function} is not the name of a condition"
        fix = f"Write the name of one condition in {declaration.existing_function}"
        problems.append(Problem(declaration.logical_id, declaration.path("ExistingLambdaObj"), what, fix))
        return own
    if own is not None and its is not None and own != its:
        problems.append(
            Problem(
                declaration.logical_id,
                ("Condition",),
                f"{own} is not the condition of {declaration.existing_function}, which stands under {its}",
                f"Write Condition: {its}, or define one condition for both (Fn::And) and write it on both",
            )
        )
    return own if own is not None else its
