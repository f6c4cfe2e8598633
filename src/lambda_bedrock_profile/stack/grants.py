"""From a declaration to its grant: its route, who makes and verifies its profile, its condition and its network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from lambda_bedrock_profile.bedrock import Catalog, Refusal, Route, partition
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.custom_types import DEPLOY_PROVIDER, USER_TAGS
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.alarms import monitoring
from lambda_bedrock_profile.stack.file_systems import file_systems
from lambda_bedrock_profile.stack.interfaces import interface_keepers
from lambda_bedrock_profile.stack.link import Function, Surroundings
from lambda_bedrock_profile.stack.networks import networks
from lambda_bedrock_profile.stack.organisation import check_route
from lambda_bedrock_profile.stack.permissions import attached_policies, permissions
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.profile import NATIVE_TYPE
from lambda_bedrock_profile.template.intrinsics import Scope, condition


def grants(around: Surroundings, catalog: Catalog, report: Report) -> list[Grant]:
    """The grant of each declaration, in the order of the template; an error for each that cannot be had.

    A declaration with an error of any kind is checked all the same, and gets no grant.
    """
    functions, declarations = around.links.functions, around.declarations
    routes, makers, verifiers = {}, {}, {}
    for logical_id, declaration in declarations.items():
        routes[logical_id] = route_of(declaration, around.scope, around.context, catalog, report)
        if not _never_here(declaration, around.scope):
            check_route(declaration, routes[logical_id], catalog, around.context, report)
        makers[logical_id] = stand_in(declaration, around.context, catalog, report)
        verifiers[logical_id] = verifier(declaration, around.context, report)
    conditions = {name: condition_of(declarations[name], function, report) for name, function in functions.items()}
    asked = networks(functions, conditions, around, report)
    policies = attached_policies(around.resources)
    seen = {
        key: permissions(role, declarations, around.template, policies, around.scope)
        for key, role in around.links.roles.items()
    }
    wrong = {error.logical_id for error in report.errors}
    result = []
    for logical_id, declaration in declarations.items():
        route, function = routes[logical_id], functions.get(logical_id)
        lost = logical_id in around.links.named and logical_id not in asked
        if route is not None and function is not None and not lost and logical_id not in wrong:
            result.append(
                Grant(
                    declaration,
                    route,
                    function,
                    conditions[logical_id],
                    makers[logical_id],
                    verifiers[logical_id],
                    asked.get(logical_id),
                    seen[function.role.key],
                    file_systems(declaration, function, declarations, around.template, around.scope),
                    monitoring=monitoring(declaration, around.scope),
                )
            )
    keepers = interface_keepers(result, around, report)
    part = around.context.profile_part
    return [replace(grant, keeps_interfaces=grant.logical_id in keepers, profile_part=part) for grant in result]


def route_of(
    declaration: Declaration, scope: Scope, context: StackContext, catalog: Catalog, report: Report
) -> Route | None:
    """The route that ``catalog`` has for the declaration; None, and an error, if it has none."""
    answer = catalog.route(
        declaration.model_id,
        context.region,
        declaration.geography,
        cross_region=declaration.cross_region,
        destinations=declaration.destination_regions,
        shown=None if isinstance(declaration.model, str) else "the model that BedrockModelId names",
    )
    if isinstance(answer, Route):
        return answer
    if declaration.model_id in catalog.models and _never_here(declaration, scope):
        here, area = context.region, partition(context.region)
        reason = f"its condition never holds in {here}, so that nothing of it is made"
        return Route(declaration.model_id, here, (here,), None, None, False, area, reason)
    _report(declaration, answer, report)
    return None


def _never_here(declaration: Declaration, scope: Scope) -> bool:
    """Whether the declaration's condition is false in this Region, whatever the values of parameters.

    One template for several geographies has a declaration for each, and only one of them has a route.
    """
    without_parameters = replace(scope, values={}, parameters={})
    return declaration.condition is not None and condition(declaration.condition, without_parameters) is False


def _report(declaration: Declaration, refusal: Refusal, report: Report) -> None:
    if refusal.subject == "destinations" and _from_parameters(declaration.properties.expression("DestinationRegions")):
        refusal = Refusal(
            "destinations",
            "a Region is there twice, or is none, or is of another partition than the stack, or one that Bedrock may "
            "send a call to is missing",
            "Give each destination Region of the profile once; for a single Region, that of the stack alone",
        )
    properties = {"geography": "Geography", "destinations": "DestinationRegions"}
    name = properties.get(refusal.subject, "BedrockModelId")
    place = report.of(
        declaration.logical_id, "Properties", name if name in declaration.properties else "BedrockModelId"
    )
    place = place if refusal.entry is None else place.at(refusal.entry)
    place.error("route", refusal.what, refusal.fix, curable=refusal.curable)


def _from_parameters(written: Any) -> bool:
    return not isinstance(written, list) or any(not isinstance(item, str) for item in written)


_NATIVE: Final = {"native": True, "move-to-native": True, "provider": False, "move-to-provider": False}
"""Whether a profile is of CloudFormation's own type in a profile mode; ``auto`` depends on the Region."""


def stand_in(declaration: Declaration, context: StackContext, catalog: Catalog, report: Report) -> Any:
    """The service token of the provider if it makes the profile; None if CloudFormation's own type does."""
    mode = context.profile_mode
    if _NATIVE.get(mode, catalog.makes_natively(context.region)):
        return None
    if context.provider_arn is None:
        if not catalog.has_profile_type(context.region):
            what = (
                f"CloudFormation has no {NATIVE_TYPE} in {context.region}, and the provider that stands in for it "
                "is not deployed"
            )
            other = "deploy this stack in a Region that has the type"
        elif mode == "auto":
            what = f"the provider makes the profiles of stacks in {context.region}, and it is not deployed"
            other = f"take the mode move-to-native, since CloudFormation has {NATIVE_TYPE} there by now"
        else:
            what = "the profile mode has the provider make every profile, and it is not deployed"
            other = "take the mode auto (ProfileMode of the macro's stack, --profile-mode on the command line)"
        report.of(declaration.logical_id).error("route", what, f"{DEPLOY_PROVIDER}, or {other}")
    tags = declaration.props("InferenceProfileProps").value("Tags")
    if isinstance(tags, list) and len(tags) > USER_TAGS:
        report.of(declaration.logical_id, "Properties", "InferenceProfileProps", "Tags").error(
            "property",
            f"has {len(tags)} tags; Bedrock takes 200, and the provider, which makes the profile here, needs one",
            f"Write {USER_TAGS} tags at most",
        )
    return context.service_token


def verifier(declaration: Declaration, context: StackContext, report: Report) -> Any:
    """The service token of the provider if it verifies model access; None if nobody asks for that."""
    if not declaration.verify_model_access:
        return None
    if context.provider_arn is None:
        report.of(declaration.logical_id, "Properties", "VerifyModelAccess").error(
            "property",
            "the provider verifies model access, and it is not deployed",
            f"{DEPLOY_PROVIDER}, or remove VerifyModelAccess",
        )
    return context.service_token


def condition_of(declaration: Declaration, function: Function, report: Report) -> str | None:
    """The condition that all that is generated stands under: the declaration's, or its function's."""
    own, its = declaration.condition, function.condition
    if not isinstance(its, str | None):
        what = f"the Condition of {function.id} is not the name of a condition"
        fix = f"Write the name of one condition in {function.id}"
        report.of(declaration.logical_id, "Properties", "ExistingLambdaObj").error("property", what, fix)
        return own
    if own is not None and its is not None and own != its:
        report.of(declaration.logical_id, "Condition").error(
            "property",
            f"{own} is not the condition of {function.id}, which stands under {its}",
            f"Write Condition: {its}, or define one condition for both (Fn::And) and write it on both",
        )
    return own if own is not None else its
