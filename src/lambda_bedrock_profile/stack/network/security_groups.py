"""Who may talk to whom: the function to the endpoints on port 443, and nobody else to anybody.

Security groups do not filter the VPC's own name server (Amazon VPC User Guide, "Security groups"), so names resolve
without a rule.
"""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.stack.network.plan import Network
from lambda_bedrock_profile.stack.network.sharing import Group, identity, once, sources_of
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import map_branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import get_att


def security_group_id(plan: Plan) -> Any:
    """The function's security group: the generated one, or the first of its own."""
    return next(group for group in sources_of(plan) if group != NO_VALUE)


def function_group(plan: Plan, network: Network, group: Group) -> dict[str, Any]:
    """The security group of a new function: out to the endpoints of its VPC and nowhere else, and nothing in."""
    rules = []
    if group.services:
        rules.append(_https("To the interface endpoints", DestinationSecurityGroupId=endpoint_group_id(group)))
    if not group.has_runtime_for(plan):
        rules += [map_branches(block, _to_block) for block in network.vpc.cidr_blocks]
    description = f"{plan.declaration.logical_id}: HTTPS to interface endpoints and nothing else"
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": _described(description),
            "VpcId": network.vpc.id,
            "SecurityGroupEgress": rules,
        },
    }


def _to_block(block: Any) -> dict[str, Any]:
    """The rule for a block of the VPC; none for one that a condition leaves out."""
    return dict(NO_VALUE) if block is None else _https("To the endpoints that the VPC has already", CidrIp=block)


def endpoint_ingress(plan: Plan, group: Group) -> dict[str, dict[str, Any]]:
    """A rule on the endpoints for each security group of the function that no other plan has.

    They are resources of their own: two groups that name each other in their own rules would depend on each other
    (CloudFormation Template Reference, AWS::EC2::SecurityGroup), and declarations that share endpoints come and go.
    """
    return {
        _ingress_id(plan, source): _ingress(plan, source, group)
        for source in once(sources_of(plan))
        if source != NO_VALUE and len(group.having(source)) < 2
    }


def shared_ingress(group: Group) -> dict[str, tuple[tuple[Plan, ...], dict[str, Any]]]:
    """(plans, rule) by logical id for each security group that several plans have: EC2 takes no rule twice.

    Source: Amazon EC2 API Reference, "Error codes", InvalidPermission.Duplicate.
    """
    found = {}
    for source in group.shared_sources:
        plans = group.having(source)
        found[_ingress_id(plans[0], source)] = (plans, _ingress(plans[0], source, group))
    return found


def _ingress_id(plan: Plan, source: Any) -> str:
    """The id of the rule for ``source``, by its place among the function's groups."""
    number = [*map(identity, sources_of(plan))].index(identity(source)) + 1
    return plan.id(f"EndpointIngress{number if number > 1 else ''}")


def _ingress(plan: Plan, source: Any, group: Group) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": endpoint_group_id(group),
            **_https(f"From the function of {plan.declaration.logical_id}", SourceSecurityGroupId=source),
        },
    }


def endpoint_group(group: Group) -> dict[str, Any]:
    """The security group of the endpoints; its ingress comes with the functions."""
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "Interface endpoints: HTTPS from functions with an inference profile and nothing else",
            "VpcId": group.vpc.id,
            # Without a rule CloudFormation adds one that allows all. The documented way to have none is one that leads
            # nowhere (CloudFormation Template Reference, AWS::EC2::SecurityGroup, example "Remove the default egress
            # rule").
            "SecurityGroupEgress": [
                {"Description": "Nothing may go out", "IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}
            ],
        },
    }


def endpoint_group_id(group: Group) -> dict[str, Any]:
    """The id of the security group of the endpoints."""
    return get_att(group.key + "EndpointSecurityGroup", "GroupId")


def _https(description: str, **peer: Any) -> dict[str, Any]:
    return {"Description": _described(description), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}


def _described(text: str) -> str:
    """``text`` as long as EC2 takes it, with any logical id in it."""
    return text[:255]
