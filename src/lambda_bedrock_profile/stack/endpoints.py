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

from lambda_bedrock_profile import names
from lambda_bedrock_profile.names import endpoint_id, generated_id
from lambda_bedrock_profile.stack.endpoint_services import CONTROL_PLANE, RUNTIME, service_name
from lambda_bedrock_profile.stack.plan import Grant, VpcPlan
from lambda_bedrock_profile.stack.policy import DEFAULT_PROJECT, INVOKE, document, model_arns
from lambda_bedrock_profile.stack.security_groups import endpoint_group, endpoint_group_id, shared_ingress
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import depends_on, ref


def endpoints(plan: VpcPlan) -> dict[str, dict[str, Any]]:
    """The endpoints of the VPC, their security group and shared rules; nothing if no declaration asks for any."""
    if not plan.services:
        return {}
    security_group = _after_checks(plan, _shared(plan, plan.asking, endpoint_group(plan)))
    resources = {generated_id(plan.key, names.ENDPOINT_SECURITY_GROUP): security_group}
    for service in plan.services:
        asking = plan.asking_for(service)
        resources[endpoint_id(plan.key, service)] = _shared(plan, asking, _endpoint(plan, service, asking))
    for logical_id, (grants, rule) in shared_ingress(plan).items():
        resources[logical_id] = _shared(plan, grants, rule)
    return resources


def _shared(plan: VpcPlan, grants: Sequence[Grant], resource: dict[str, Any]) -> dict[str, Any]:
    """``resource`` whenever one of ``grants`` is deployed, with the attributes that all share."""
    condition = plan.condition_of(grants)
    return {**resource, **({} if condition is None else {"Condition": condition}), **plan.attributes()}


def _after_checks(plan: VpcPlan, resource: dict[str, Any]) -> dict[str, Any]:
    """``resource``, and so all endpoints, after the checks of model access that are there whenever it is.

    A check waits for the DependsOn of its declaration, which may itself need the endpoints: so only a check that waits
    for nothing but what ``resource`` waits for anyway is waited for.
    """
    waits = depends_on(resource)
    checks = [
        grant.id(names.MODEL_ACCESS)
        for grant in plan.asking
        if grant.verifier and grant.condition in (None, resource.get("Condition")) and {*grant.waits_for} <= {*waits}
    ]
    return {**resource, "DependsOn": [*waits, *checks]} if checks else resource


def _endpoint(plan: VpcPlan, service: str, asking: Sequence[Grant]) -> dict[str, Any]:
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


def _statements(plan: VpcPlan, service: str, condition: str | None) -> list[Any]:
    """What may pass: the profiles and models of the VPC's grants for Bedrock, any request of this account otherwise."""
    if service in RUNTIME:
        return _for_profiles(plan, condition, list(INVOKE), _invoked)
    if service in CONTROL_PLANE:
        return _for_profiles(plan, condition, "bedrock:GetInferenceProfile", lambda grant: [grant.profile_arn])
    return [_allow("*", "*")]


def _invoked(grant: Grant) -> list[Any]:
    """What a call through the profile is authorized for: the profile, the default project and the models."""
    return [grant.profile_arn, dict(DEFAULT_PROJECT), *model_arns(grant)]


def _for_profiles(
    plan: VpcPlan, condition: str | None, action: Any, resources: Callable[[Grant], list[Any]]
) -> list[Any]:
    """One statement for the grants that are there whenever the endpoint is, and one for each of the others."""
    always = [grant for grant in plan.grants if grant.condition in (None, condition)]
    statements: list[Any] = []
    if always:
        distinct = {json.dumps(arn, sort_keys=True): arn for grant in always for arn in resources(grant)}
        statements.append(_allow(action, list(distinct.values())))
    sometimes = [grant for grant in plan.grants if grant.condition not in (None, condition)]
    return statements + [
        {"Fn::If": [grant.condition, _allow(action, resources(grant)), dict(NO_VALUE)]} for grant in sometimes
    ]


def _allow(action: Any, resource: Any) -> dict[str, Any]:
    this_account = {"StringEquals": {"aws:PrincipalAccount": ref("AWS::AccountId")}}
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource, "Condition": this_account}
