"""All that one plan's network puts into the template, besides the endpoints that it shares."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.stack.network.plan import Network
from lambda_bedrock_profile.stack.network.security_groups import (
    endpoint_ingress,
    function_group,
    security_group_id,
)
from lambda_bedrock_profile.stack.network.sharing import Group, sources_of
from lambda_bedrock_profile.stack.network.vpc import vpc_resources
from lambda_bedrock_profile.stack.plan import Plan


def network_resources(plan: Plan, network: Network, group: Group) -> dict[str, dict[str, Any]]:
    """The resources of ``plan`` alone, by logical id: a new VPC, a security group, the way to the endpoints."""
    resources = vpc_resources(plan, network.new) if network.new is not None else {}
    if not network.security_groups:
        resources[plan.id("SecurityGroup")] = function_group(plan, network, group)
    if group.services:
        resources |= endpoint_ingress(plan, group)
    return resources


def vpc_config(plan: Plan, network: Network) -> dict[str, Any]:
    """The VpcConfig of a new function: the user's own security groups first."""
    groups: Any = network.security_group_ids
    if groups is None or network.added_groups:
        groups = [*network.added_groups, *sources_of(plan)]
    return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": groups}


def network_attributes(plan: Plan, network: Network) -> dict[str, Any]:
    """What Fn::GetAtt of the declaration gives besides the function's own attributes."""
    return {"VpcId": network.vpc.id, "SecurityGroupId": security_group_id(plan)}
