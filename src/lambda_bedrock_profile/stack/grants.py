"""From a declaration to its grant: its route, who makes and verifies its profile, its condition and its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog, Request, Route, partition
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.custom_types import DEPLOY_PROVIDER, USER_TAGS
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.stack.alarms import monitoring
from lambda_bedrock_profile.stack.denials import interface_keepers
from lambda_bedrock_profile.stack.file_systems import file_systems
from lambda_bedrock_profile.stack.guardrails import guardrail
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.stack.link_profiles import ARN, NATIVE_TYPE
from lambda_bedrock_profile.stack.link_roles import holder_of
from lambda_bedrock_profile.stack.networks import networks
from lambda_bedrock_profile.stack.organisation import check_route
from lambda_bedrock_profile.stack.permissions import attached_policies, permissions
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.profile_arns import PROPERTY
from lambda_bedrock_profile.template.branches import implied
from lambda_bedrock_profile.template.intrinsics import Scope, condition
from lambda_bedrock_profile.values import Expression


def grants(around: Surroundings, catalog: Catalog, report: Report) -> list[Grant]:
    """The grant of each declaration, in the order of the template; an error for each that cannot be had.

    A declaration with an error of any kind is checked all the same, and gets no grant.
    """
    functions, declarations, profiles = around.links.functions, around.declarations, around.links.profiles
    routes = _routes(around, catalog, report)
    made = [item for item in declarations.values() if not item.names_profile]
    makers = {item.logical_id: stand_in(item, around.context, catalog, report) for item in made}
    verifying = [item for item in declarations.values() if item.verify_model_access]
    verifiers = {item.logical_id: verifier(item, around.context, report) for item in verifying}
    guarding = [item for item in declarations.values() if "Guardrail" in item.properties.expressions]
    guarded = {item.logical_id: guardrail(item, around.resources, around.scope, report) for item in guarding}
    conditions = {name: _condition(declarations[name], around, report) for name in around.links.role_of}
    for logical_id in conditions:
        if logical_id in profiles:
            _check_there(declarations[logical_id], conditions, around, report)
    network_of_declaration = networks(functions, conditions, around, report)
    policies = attached_policies(around.resources)
    seen = {
        key: permissions(role, declarations, around.template, policies, around.scope)
        for key, role in around.links.roles.items()
    }
    wrong = {error.logical_id for error in report.errors}
    result, part = [], around.context.profile_part
    for logical_id, declaration in declarations.items():
        route, function, profile = routes.get(logical_id), functions.get(logical_id), profiles.get(logical_id)
        lost = logical_id in around.links.named and logical_id not in network_of_declaration
        role = around.links.role_of.get(logical_id)
        if route and role and profile and not lost and logical_id not in wrong:
            result.append(
                Grant(
                    declaration,
                    route,
                    profile if profile.made else profile._replace(arn=around.links.targets[logical_id].attributes[ARN]),
                    role,
                    function,
                    conditions[logical_id],
                    makers.get(logical_id),
                    verifiers.get(logical_id),
                    network_of_declaration.get(logical_id),
                    seen[role.key],
                    file_systems(declaration, function, declarations, around.template, around.scope)
                    if function is not None
                    else None,
                    monitoring=monitoring(declaration, around.scope),
                    guardrail=guarded.get(logical_id),
                    profile_part=part,
                )
            )
    keepers = interface_keepers(result, around, report)
    return [grant._replace(keeps_interfaces=True) if grant.logical_id in keepers else grant for grant in result]


def _routes(around: Surroundings, catalog: Catalog, report: Report) -> dict[str, Route | None]:
    """The route of each declaration: that of the declaration whose profile it names, if it names one."""
    owners = {name: profile.owner for name, profile in around.links.profiles.items()}
    route_of_owner: dict[str, Route | None] = {}
    for name, item in around.declarations.items():
        if owners.get(name, name) == name and item.model_id:
            route_of_owner[name] = route = route_of(item, around.scope, around.context, catalog, report)
            if not _never_here(item, around.scope):
                check_route(item, route, catalog, around.context, report)
    return {name: route_of_owner.get(owners.get(name, name)) for name in around.declarations}


def _check_there(
    declaration: Declaration, conditions: Mapping[str, str | None], around: Surroundings, report: Report
) -> None:
    """Report a profile of the template that is not there whenever the declaration is deployed."""
    logical_id, profile = declaration.logical_id, around.links.profiles[declaration.logical_id]
    if profile.owner != logical_id:
        other, other_condition = profile.owner, conditions.get(profile.owner)
    elif profile.id is not None and not profile.made:
        other, other_condition = profile.id, around.resources[profile.id].get("Condition")
    else:
        return
    condition_name, scope = conditions[logical_id], around.scope
    if (
        other_condition is None
        or condition(condition_name, scope) is False
        or implied(other_condition, condition_name, scope) is True
    ):
        return
    report.of(logical_id, "Properties", PROPERTY).error(
        "property",
        f"the profile of {other} is there only under the condition {other_condition}",
        f"Write Condition: {other_condition} here too, or a condition that has it in Fn::And, or remove it "
        f"from {other}",
    )


def route_of(
    declaration: Declaration, scope: Scope, context: StackContext, catalog: Catalog, report: Report
) -> Route | None:
    """The route that ``catalog`` has for the declaration; None, and an error, if it has none."""
    request = Request(
        declaration.model_id,
        context.region,
        declaration.geography,
        declaration.cross_region,
        declaration.destination_regions,
        display_name=None if isinstance(declaration.model, str) else "the model that BedrockModelId names",
    )
    reasons = Report()
    route = catalog.route(request, reasons)
    if route is not None:
        return route
    if declaration.model_id in catalog.models and _never_here(declaration, scope):
        here, area = context.region, partition(context.region)
        reason = f"its condition never holds in {here}, so that nothing of it is made"
        return Route(declaration.model_id, here, (here,), None, None, False, area, reason)
    for error in reasons.errors:
        _report(declaration, error, report)
    return None


def _never_here(declaration: Declaration, scope: Scope) -> bool:
    """Whether the declaration's condition is false in this Region, whatever the values of parameters.

    One template for several geographies has a declaration for each, and only one of them has a route.
    """
    if declaration.condition is None:
        return False
    return condition(declaration.condition, replace(scope, values={}, parameters={})) is False


def _report(declaration: Declaration, error: Diagnostic, report: Report) -> None:
    """Report ``error`` of the routing, whose path starts with a property, at what the declaration says of it."""
    name, rest = str(error.path[0]), error.path[1:]
    if name == "DestinationRegions" and _from_parameters(declaration.properties.expression(name)):
        what = (
            "a Region is there twice, or is none, or is of another partition than the stack, or one that Bedrock may "
            "send a call to is missing"
        )
        fix = "Give each destination Region of the profile once; for a single Region, that of the stack alone"
        error, rest = error._replace(what=what, fix=fix, listing_may_fix=False), ()
    if name not in declaration.properties:
        name = PROPERTY if declaration.names_profile else "BedrockModelId"
    place = report.of(declaration.logical_id, "Properties", name, *rest)
    place.error("route", error.what, error.fix, listing_may_fix=error.listing_may_fix)


def _from_parameters(value: Expression) -> bool:
    return not isinstance(value, list) or any(not isinstance(item, str) for item in value)


_NATIVE: Final = {"native": True, "move-to-native": True, "provider": False, "move-to-provider": False}
"""Whether a profile is of CloudFormation's own type in a profile mode; ``auto`` depends on the Region."""


def stand_in(declaration: Declaration, context: StackContext, catalog: Catalog, report: Report) -> Expression:
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


def verifier(declaration: Declaration, context: StackContext, report: Report) -> Expression:
    """The service token of the provider, which verifies model access for a declaration that asks for it."""
    if context.provider_arn is None:
        report.of(declaration.logical_id, "Properties", "VerifyModelAccess").error(
            "property",
            "the provider verifies model access, and it is not deployed",
            f"{DEPLOY_PROVIDER}, or remove VerifyModelAccess",
        )
    return context.service_token


def _condition(declaration: Declaration, around: Surroundings, report: Report) -> str | None:
    """The condition that all that is generated stands under: the declaration's, or that of its function or role."""
    function = around.links.functions.get(declaration.logical_id)
    if function is not None:
        holder, holder_condition = function.id, function.condition
    else:
        named = holder_of(around.links.role_of[declaration.logical_id].key, around.resources)
        holder, holder_condition = named or "", around.resources[named].get("Condition") if named is not None else None
    condition_name = declaration.condition
    if not isinstance(holder_condition, str | None):
        what = f"the Condition of {holder} is not the name of a condition"
        fix = f"Write the name of one condition in {holder}"
        report.of(declaration.logical_id, "Properties", declaration.subject).error("property", what, fix)
        return condition_name
    if condition_name is not None and holder_condition is not None and condition_name != holder_condition:
        report.of(declaration.logical_id, "Condition").error(
            "property",
            f"{condition_name} is not the condition of {holder}, which stands under {holder_condition}",
            f"Write Condition: {holder_condition}, or define one condition for both (Fn::And) and write it on both",
        )
    return condition_name if condition_name is not None else holder_condition
