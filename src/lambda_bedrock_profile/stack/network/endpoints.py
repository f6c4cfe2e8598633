"""The interface endpoints of a VPC, and what each lets through.

Sources: Amazon Bedrock User Guide, "Use interface VPC endpoints (AWS PrivateLink)"; AWS PrivateLink Guide, "Control
access to VPC endpoints using endpoint policies". A policy that names resources has to name what a request through a
profile is authorized for, too: the profile, the default project and the model in the source Region and in each
destination.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from lambda_bedrock_profile.names import endpoint_id
from lambda_bedrock_profile.stack.network.security_groups import (
    endpoint_group,
    endpoint_group_id,
    shared_ingress,
)
from lambda_bedrock_profile.stack.network.services import CONTROL_PLANE, RUNTIME, service_name
from lambda_bedrock_profile.stack.network.sharing import Group, common_condition
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.stack.policy import DEFAULT_PROJECT, INVOKE, document, model_arns
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import depends_on, ref


def endpoints(group: Group) -> dict[str, dict[str, Any]]:
    """The endpoints of the group's VPC, their security group and shared rules; nothing where no plan asks for any."""
    if not group.services:
        return {}
    security_group = _after_checks(group, _shared(group, group.plans, endpoint_group(group)))
    resources = {group.key + "EndpointSecurityGroup": security_group}
    for service in group.services:
        asking = group.asking_for(service)
        resources[endpoint_id(group.key, service)] = _shared(group, asking, _endpoint(group, service, asking))
    for logical_id, (plans, rule) in shared_ingress(group).items():
        resources[logical_id] = _shared(group, plans, rule)
    return resources


def _shared(group: Group, plans: Sequence[Plan], resource: dict[str, Any]) -> dict[str, Any]:
    """``resource`` whenever one of ``plans`` is deployed, with the attributes that all share."""
    condition = common_condition(plans, group.key)
    return {**resource, **({} if condition is None else {"Condition": condition}), **group.attributes()}


def _after_checks(group: Group, resource: dict[str, Any]) -> dict[str, Any]:
    """``resource``, and so all endpoints, after the checks of model access that are there whenever it is.

    A check waits for the DependsOn of its declaration, which may itself need the endpoints: so only a check that waits
    for nothing but what ``resource`` waits for anyway is waited for.
    """
    waits = depends_on(resource)
    checks = [
        plan.id("ModelAccess")
        for plan in group.plans
        if plan.verifier
        and plan.condition in (None, resource.get("Condition"))
        and {*depends_on(plan.declaration.attributes)} <= {*waits, plan.declaration.existing_function}
    ]
    return {**resource, "DependsOn": [*waits, *checks]} if checks else resource


def _endpoint(group: Group, service: str, asking: Sequence[Plan]) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcEndpointType": "Interface",
            "ServiceName": service_name(service),
            "VpcId": group.vpc.id,
            "SubnetIds": group.vpc.endpoint_subnet_ids,
            "SecurityGroupIds": [endpoint_group_id(group)],
            "PrivateDnsEnabled": True,
            "PolicyDocument": document(_statements(group, service, common_condition(asking, group.key))),
        },
    }


def _statements(group: Group, service: str, condition: str | None) -> list[Any]:
    """What may pass: the group's profiles and models for Bedrock, any request of this account for other services."""
    if service in RUNTIME:
        return _for_profiles(group, condition, list(INVOKE), _invoked)
    if service in CONTROL_PLANE:
        return _for_profiles(group, condition, "bedrock:GetInferenceProfile", lambda plan: [plan.profile_arn])
    return [_allow("*", "*")]


def _invoked(plan: Plan) -> list[Any]:
    """What a call through the profile is authorized for: the profile, the default project and the models."""
    return [plan.profile_arn, dict(DEFAULT_PROJECT), *model_arns(plan)]


def _for_profiles(
    group: Group, condition: str | None, action: Any, resources: Callable[[Plan], list[Any]]
) -> list[Any]:
    """One statement for the plans that are there whenever the endpoint is, and one for each of the others."""
    always = [plan for plan in group.plans if plan.condition in (None, condition)]
    statements: list[Any] = []
    if always:
        found = {json.dumps(arn, sort_keys=True): arn for plan in always for arn in resources(plan)}
        statements.append(_allow(action, list(found.values())))
    sometimes = [plan for plan in group.plans if plan.condition not in (None, condition)]
    return statements + [
        {"Fn::If": [plan.condition, _allow(action, resources(plan)), dict(NO_VALUE)]} for plan in sometimes
    ]


def _allow(action: Any, resource: Any) -> dict[str, Any]:
    this_account = {"StringEquals": {"aws:PrincipalAccount": ref("AWS::AccountId")}}
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource, "Condition": this_account}
