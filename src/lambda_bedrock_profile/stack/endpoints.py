"""The endpoints of a VPC, with the policy that says what each lets through.

Sources: Amazon Bedrock User Guide, "Use interface VPC endpoints (AWS PrivateLink)"; AWS PrivateLink Guide, "Control
access to VPC endpoints using endpoint policies"; Amazon VPC User Guide, "Amazon VPC quotas", VPC endpoints; IAM User
Guide, "AWS global condition context keys", aws:ResourceAccount.

A policy that names resources has to name what a request through a profile is authorized for, too: the profile, the
default project and the model in the source Region and in each destination. ``_statements`` takes that from all grants
of the VPC, each of which is a model of a function in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import endpoint_id, generated_id
from lambda_bedrock_profile.stack.endpoint_services import (
    CONTROL_PLANE,
    RUNTIME,
    endpoints_of_the_template,
    place_of_service,
    service_name,
    service_name_shown,
    service_of_action,
)
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.stack.plan import Grant, network_of
from lambda_bedrock_profile.stack.policy import DEFAULT_PROJECT, INVOKE, apply_guardrail, document, model_arns
from lambda_bedrock_profile.stack.security_groups import endpoint_group, endpoint_group_id, prefix_list, shared_ingress
from lambda_bedrock_profile.stack.vpc_plans import VpcPlan
from lambda_bedrock_profile.template.branches import branches, map_branches, placed
from lambda_bedrock_profile.template.estimates import length, smallest
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, function_of
from lambda_bedrock_profile.template.references import depends_on, ref
from lambda_bedrock_profile.values import Expression, Json

_POLICY_CHARACTERS: Final = 20_480
"""What an endpoint's policy may have, white space included. CloudFormation sends it without any."""

_BEDROCK: Final = RUNTIME | CONTROL_PLANE


def endpoints(plan: VpcPlan) -> dict[str, dict[str, Json]]:
    """The endpoints of the VPC, their security group and shared rules; nothing if no declaration asks for any."""
    if not plan.services:
        return _gateways(plan)
    security_group = _after_checks(plan, _shared(plan, plan.asking, endpoint_group(plan)))
    resources = {generated_id(plan.key, names.ENDPOINT_SECURITY_GROUP): security_group}
    for service in plan.services:
        asking = plan.asking_for(service)
        resources[endpoint_id(plan.key, service)] = _shared(plan, asking, _endpoint(plan, service, asking))
    for logical_id, (grants, rule) in shared_ingress(plan).items():
        resources[logical_id] = _shared(plan, grants, rule)
    return resources | _gateways(plan)


def _gateways(plan: VpcPlan) -> dict[str, dict[str, Json]]:
    """The gateway endpoints on the route tables of a new VPC, and the look-ups of the prefix lists behind them."""
    resources = {}
    for service in plan.lists:
        logical_id, lookup = prefix_list(plan, service)
        resources[logical_id] = {**lookup, **_condition(plan, plan.reaching(service))}
    for service in plan.gateways:
        asking = plan.asking_for(service)
        resources[endpoint_id(plan.key, service)] = _shared(plan, asking, _gateway(plan, service, asking))
    return resources


def _gateway(plan: VpcPlan, service: str, asking: Sequence[Grant]) -> dict[str, Json]:
    tables = [ref(generated_id(plan.key, names.ROUTE_TABLE, number)) for number in range(1, len(_subnets(plan)) + 1)]
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcEndpointType": "Gateway",
            "ServiceName": service_name(service),
            "VpcId": plan.view.id,
            "RouteTableIds": tables,
            "PolicyDocument": document(_statements(plan, service, plan.condition_of(asking))),
        },
    }


def _subnets(plan: VpcPlan) -> Sequence[Json]:
    """The subnets of a new VPC, each with a route table."""
    new = network_of(plan.owner).new if plan.owner is not None else None
    return () if new is None else new.subnet_blocks


def _condition(plan: VpcPlan, grants: Sequence[Grant]) -> dict[str, Json]:
    condition = plan.condition_of(grants)
    return {} if condition is None else {"Condition": condition}


def _shared(plan: VpcPlan, grants: Sequence[Grant], resource: dict[str, Json]) -> dict[str, Json]:
    """``resource`` whenever one of ``grants`` is deployed, with the attributes that all share."""
    return {**resource, **_condition(plan, grants), **plan.attributes()}


def _after_checks(plan: VpcPlan, resource: dict[str, Json]) -> dict[str, Json]:
    """``resource``, and so all endpoints, after the checks of model access that are there whenever it is.

    A check waits for the DependsOn of its declaration, which may itself need the endpoints: so only a check that waits
    for nothing but what ``resource`` waits for anyway is waited for.
    """
    dependencies = depends_on(resource)
    checks = [
        grant.id(names.MODEL_ACCESS)
        for grant in plan.asking
        if grant.verifier
        and grant.condition in (None, resource.get("Condition"))
        and {*grant.dependencies} <= {*dependencies}
    ]
    return {**resource, "DependsOn": [*dependencies, *checks]} if checks else resource


def _endpoint(plan: VpcPlan, service: str, asking: Sequence[Grant]) -> dict[str, Json]:
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcEndpointType": "Interface",
            "ServiceName": service_name(service),
            "VpcId": plan.view.id,
            "SubnetIds": plan.view.endpoint_subnet_ids,
            "SecurityGroupIds": [endpoint_group_id(plan)],
            "PrivateDnsEnabled": True,
            "PolicyDocument": document(_statements(plan, service, plan.condition_of(asking))),
        },
    }


def _statements(plan: VpcPlan, service: str, condition: str | None) -> list[Json]:
    """What may pass: for Bedrock what the roles of the VPC's grants may do, any request of this account otherwise.

    The statements that declarations ask for come after that.
    """
    if service in RUNTIME:
        generated = [
            *_for_profiles(plan, condition, list(INVOKE), _invoked),
            *_deduplicated(plan.grants, condition, _guarded),
        ]
    elif service in CONTROL_PLANE:
        generated = _for_profiles(plan, condition, "bedrock:GetInferenceProfile", lambda grant: [grant.profile_arn])
    else:
        return [
            _to_others(plan, service),
            *_deduplicated(plan.asking_for(service), condition, partial(_added, service)),
        ]
    return [
        *generated,
        *_deduplicated(plan.grants, condition, _carried_over),
        *_deduplicated(plan.asking_for(service), condition, partial(_added, service)),
    ]


def _invoked(grant: Grant) -> list[Json]:
    """What a call through the profile is authorized for: the profile, the default project and the models."""
    return [grant.profile_arn, dict(DEFAULT_PROJECT), *model_arns(grant)]


def _guarded(grant: Grant) -> Iterator[Json]:
    """What a call with the guardrail is authorized for besides."""
    if grant.guardrail is not None:
        statement = apply_guardrail(grant.guardrail)
        yield _allow(statement["Action"], statement["Resource"])


def _for_profiles(
    plan: VpcPlan, condition: str | None, action: Expression, resources: Callable[[Grant], list[Json]]
) -> list[Json]:
    """One statement for the grants that are there whenever the endpoint is, and one for each of the others."""
    always = [grant for grant in plan.grants if grant.condition in (None, condition)]
    statements: list[Json] = []
    if always:
        distinct = {json.dumps(arn, sort_keys=True): arn for grant in always for arn in resources(grant)}
        statements.append(_allow(action, list(distinct.values())))
    sometimes = [grant for grant in plan.grants if grant.condition not in (None, condition)]
    return statements + [
        {"Fn::If": [grant.condition, _allow(action, resources(grant)), dict(NO_VALUE)]} for grant in sometimes
    ]


def _deduplicated(
    grants: Sequence[Grant], condition: str | None, statements: Callable[[Grant], Iterable[Json]]
) -> list[Json]:
    """The ``statements`` of all grants, each one time; under the grant's condition if that may not hold."""
    statement_by_text: dict[str, Json] = {}
    for grant in sorted(grants, key=lambda grant: grant.condition not in (None, condition)):
        always = grant.condition in (None, condition)
        for statement in statements(grant):
            text = json.dumps(statement, sort_keys=True)
            if text not in statement_by_text:
                conditions = () if always else ((grant.condition, True),)
                statement_by_text[text if always else f"{grant.condition} {text}"] = placed(statement, conditions)
    return list(statement_by_text.values())


def _added(service: str, grant: Grant) -> tuple[Json, ...]:
    """The statements that the declaration adds to the endpoint's policy."""
    return next(request.statements for request in network_of(grant).endpoints if request.service == service)


def _carried_over(grant: Grant) -> Iterator[Json]:
    """What the function's role may do at Bedrock besides, so that the endpoint does not veto it.

    An action that the API of an endpoint does not have does no harm there.
    """
    for statement in grant.permissions.of_bedrock:
        kept = {name: value for name, value in statement.content.items() if name not in ("Sid", "Condition")}
        condition = map_branches(statement.content.get("Condition"), _of_this_account)
        if all(isinstance(branch, dict) for branch in branches(condition)):
            yield statement.placed({"Effect": "Allow", "Principal": "*", **kept, "Condition": condition})


def _of_this_account(condition: Expression) -> dict[str, Json] | None:
    """The user's ``condition`` of a statement and that of the generated ones; None if nothing can be added to it."""
    operators = {} if condition is None else condition
    if not isinstance(operators, dict) or function_of(operators):
        return None
    # Both hold: a condition that has the operator or the key already gets the key under another operator.
    operator = next((name for name in _EQUAL if name not in operators), None)
    return None if operator is None else {**operators, operator: {_ACCOUNT: ref("AWS::AccountId")}}


def _to_others(plan: VpcPlan, service: str) -> dict[str, Json]:
    """Any request of this account, and to its own resources only if everyone who asks for the endpoint says so."""
    statement = _allow("*", "*")
    endpoints = (request for grant in plan.asking for request in network_of(grant).endpoints)
    if all(request.account == "own" for request in endpoints if request.service == service):
        # Some requests have no resource of an account, so the key may be absent (IAM User Guide, aws:ResourceAccount).
        statement["Condition"]["StringEqualsIfExists"] = {"aws:ResourceAccount": ref("AWS::AccountId")}
    return statement


_ACCOUNT: Final = "aws:PrincipalAccount"
_EQUAL: Final = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
"""The operators that compare an account's number in the same way."""


def _allow(action: Expression, resource: Expression) -> dict[str, Json]:
    this_account = {"StringEquals": {_ACCOUNT: ref("AWS::AccountId")}}
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource, "Condition": this_account}


# What is wrong with the policies, or worth knowing of them


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
    narrow = [grant for grant in asking if _asks_for_own_account(grant, service)]
    first = (narrow or asking)[0].declaration
    place, name = place_of_service(first, service, report), service_name_shown(first, service)
    if service in _BEDROCK:
        if narrow:
            what = f"ResourceAccount has no effect on {name}, whose policy names each resource"
            place.error("property", what, "Remove ResourceAccount")
    elif not narrow and not any(_asks_for_any_account(grant, service) for grant in asking):
        what = f"the endpoint to {name} lets resources of any account be reached"
        fix = "Write {Service: <name>, ResourceAccount: own} to narrow it, or any if that is meant"
        place.information("any-account", what, fix)
    elif narrow and len(narrow) < len(asking):
        other = next(grant.logical_id for grant in asking if grant not in narrow)
        what = f"ResourceAccount is own for {name} here and not in {other}, and there is one endpoint for both"
        place.error("property", what, f"Write the same ResourceAccount in {other}")


def _asks_for_own_account(grant: Grant, service: str) -> bool:
    return any(request.service == service and request.account == "own" for request in network_of(grant).endpoints)


def _asks_for_any_account(grant: Grant, service: str) -> bool:
    return any(request.service == service and request.account == "any" for request in network_of(grant).endpoints)


def _check_length(plan: VpcPlan, service: str, endpoint: Mapping[str, Json], scope: Scope, report: Report) -> None:
    document = endpoint.get("Properties", {}).get("PolicyDocument")
    least = length(smallest(document, scope, lambda unknown: ""))
    if least > _POLICY_CHARACTERS:
        first = plan.asking_for(service)[0].declaration
        place_of_service(first, service, report).error(
            "limit",
            f"the policy of the endpoint to {service_name_shown(first, service)} has at least {least:,} characters, "
            f"and an endpoint takes {_POLICY_CHARACTERS:,}",
            "Write fewer or shorter statements of Bedrock actions in the roles of the VPC, or make the functions in "
            "several VPCs",
        )


def _check_vetoes(plan: VpcPlan, around: Surroundings, report: Report) -> None:
    """Bedrock actions of a role that nothing of a new VPC lets through, and managed policies that cannot be read."""
    ways = {*plan.services, *_services_of_the_template(plan, around)}
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


def _services_of_the_template(plan: VpcPlan, around: Surroundings) -> Iterable[str]:
    """The services of the template's own endpoints in the VPC."""
    names = endpoints_of_the_template(plan.key, around)
    return [name.rsplit(".", 1)[1] for name in names if isinstance(name, str) and "." in name]
