"""What is wrong with, or worth knowing of, the policies of a VPC's endpoints.

Sources: Amazon VPC User Guide, "Amazon VPC quotas", VPC endpoints; AWS PrivateLink Guide, "Control access to VPC
endpoints using endpoint policies"; IAM User Guide, "AWS global condition context keys", aws:ResourceAccount.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import endpoint_id
from lambda_bedrock_profile.stack.endpoint_services import (
    CONTROL_PLANE,
    RUNTIME,
    place_of_service,
    service_name_shown,
    service_of_action,
)
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.stack.network_checks import endpoints_of_the_template
from lambda_bedrock_profile.stack.plan import Grant, VpcPlan, network_of
from lambda_bedrock_profile.template.estimates import length, smallest
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.values import Json

POLICY_CHARACTERS: Final = 20_480
"""What an endpoint's policy may have, white space included. CloudFormation sends it without any."""

_BEDROCK: Final = RUNTIME | CONTROL_PLANE


def check_endpoint_policies(
    plans: Iterable[VpcPlan], resources: Mapping[str, Mapping[str, Json]], around: Surroundings, report: Report
) -> None:
    """Report what the endpoints of ``plans`` let through and should not, or do not and should.

    ``resources`` are the generated ones by the id of their declaration.
    """
    made = {logical_id: item for items in resources.values() for logical_id, item in items.items()}
    for plan in plans:
        for service in (*plan.services, *plan.gateways):
            _check_account(plan, service, report)
            _check_length(plan, service, made.get(endpoint_id(plan.key, service), {}), around.scope, report)
        _check_vetoes(plan, around, report)


def _check_account(plan: VpcPlan, service: str, report: Report) -> None:
    """Whose resources an endpoint lets be reached."""
    asking = plan.asking_for(service)
    narrow = [grant for grant in asking if _asks_own(grant, service)]
    first = (narrow or asking)[0].declaration
    place, name = place_of_service(first, service, report), service_name_shown(first, service)
    if service in _BEDROCK:
        if narrow:
            what = f"ResourceAccount has no effect on {name}, whose policy names each resource"
            place.error("property", what, "Remove ResourceAccount")
    elif not narrow and not any(_says_any(grant, service) for grant in asking):
        what = f"the endpoint to {name} lets resources of any account be reached"
        fix = "Write {Service: <name>, ResourceAccount: own} to narrow it, or any if that is meant"
        place.information("any-account", what, fix)
    elif narrow and len(narrow) < len(asking):
        other = next(grant.logical_id for grant in asking if grant not in narrow)
        what = f"ResourceAccount is own for {name} here and not in {other}, and there is one endpoint for both"
        place.error("property", what, f"Write the same ResourceAccount in {other}")


def _asks_own(grant: Grant, service: str) -> bool:
    return any(asked.service == service and asked.account == "own" for asked in network_of(grant).endpoints)


def _says_any(grant: Grant, service: str) -> bool:
    return any(asked.service == service and asked.account == "any" for asked in network_of(grant).endpoints)


def _check_length(plan: VpcPlan, service: str, endpoint: Mapping[str, Json], scope: Scope, report: Report) -> None:
    document = endpoint.get("Properties", {}).get("PolicyDocument")
    least = length(smallest(document, scope, lambda unknown: ""))
    if least > POLICY_CHARACTERS:
        first = plan.asking_for(service)[0].declaration
        place_of_service(first, service, report).error(
            "limit",
            f"the policy of the endpoint to {service_name_shown(first, service)} has at least {least:,} characters, "
            f"and an endpoint takes {POLICY_CHARACTERS:,}",
            "Write fewer or shorter statements of Bedrock actions in the roles of the VPC, or make the functions in "
            "several VPCs",
        )


def _check_vetoes(plan: VpcPlan, around: Surroundings, report: Report) -> None:
    """Bedrock actions of a role that nothing of a new VPC lets through, and managed policies that cannot be read."""
    ways = {*plan.services, *_own_services(plan, around)}
    if not ways & _BEDROCK:
        return
    for grant in plan.asking:
        place = report.of(grant.logical_id, "Properties")
        place = place.at("RoleProps") if "RoleProps" in grant.declaration.properties else place
        actions = sorted({action for item in grant.permissions.of_bedrock for action in item.actions(around.scope)})
        for action in actions if plan.owner is not None else ():
            service = service_of_action(action)
            if service is not None and not ways & {service, f"{service}-fips"}:
                what = f"the role may call {action}, and the new VPC has no endpoint to {service}, which takes it"
                fix = f"Add {service} to InterfaceEndpoints, or remove the action if the function does not need it"
                place.information("vetoed", what, fix)
        if any("bedrock" in policy.name.lower() for policy in grant.permissions.managed):
            what = "a managed policy of the role allows Bedrock actions, and the endpoints let none of them through"
            fix = "Write the statements in the role's own Policies, or in PolicyStatements of InterfaceEndpoints"
            place.information("vetoed", what, fix)


def _own_services(plan: VpcPlan, around: Surroundings) -> Iterable[str]:
    """The services of the template's own endpoints in the VPC."""
    names = endpoints_of_the_template(plan.key, around)
    return [name.rsplit(".", 1)[1] for name in names if isinstance(name, str) and "." in name]
