"""Who may talk to whom: the function to the endpoints on port 443 and to its file systems, and nobody else to anybody.

Security groups do not filter the VPC's own name server (Amazon VPC User Guide, "Security groups"), so names resolve
without a rule.
"""

from __future__ import annotations

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.names import generated_id, prefix_list_id
from lambda_bedrock_profile.stack.endpoint_services import service_name
from lambda_bedrock_profile.stack.plan import NFS, Grant, Network, group_key, numbered_groups
from lambda_bedrock_profile.stack.vpc_plans import VpcPlan
from lambda_bedrock_profile.template.branches import map_branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import get_att
from lambda_bedrock_profile.values import Expression, Json


def function_group(grant: Grant, network: Network, plan: VpcPlan) -> dict[str, Json]:
    """The security group of a function: out to the endpoints of its VPC and to its files, and nothing in."""
    rules = []
    if plan.services:
        rules.append(_https("To the interface endpoints", DestinationSecurityGroupId=endpoint_group_id(plan)))
    if not plan.has_runtime_for(grant):
        rules += [map_branches(block, _to_block) for block in network.vpc.cidr_blocks]
    rules += [_to_list(grant, service, plan) for service in plan.lists]
    if grant.file_systems is not None and not network.has_nfs_rule:  # EC2 takes no rule twice.
        # A rule that names the group of the mount targets would be circular, if theirs names the function's.
        rules += [map_branches(block, _to_files) for block in network.vpc.cidr_blocks]
    description = f"{grant.logical_id}: HTTPS to interface endpoints and nothing else"
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": _described(description),
            "VpcId": network.vpc.id,
            "SecurityGroupEgress": rules,
        },
    }


def _to_block(block: Expression) -> dict[str, Json]:
    """The rule for a block of the VPC; none for one that a condition leaves out."""
    return dict(NO_VALUE) if block is None else _https("To the endpoints that the VPC has already", CidrIp=block)


def _to_list(grant: Grant, service: str, plan: VpcPlan) -> dict[str, Json]:
    """The rule for the prefix list that a gateway endpoint leads to, while that is looked up."""
    rule = _https(f"To {service} through its gateway endpoint", DestinationPrefixListId=_id_of_list(plan, service))
    condition = plan.condition_of(plan.reaching(service))
    return rule if condition in (None, grant.condition) else {"Fn::If": [condition, rule, dict(NO_VALUE)]}


def prefix_list(plan: VpcPlan, service: str) -> tuple[str, dict[str, Json]]:
    """The logical id and the resource that looks up the prefix list of ``service``."""
    properties = {"PrefixListName": service_name(service)}
    resource = custom_types.custom_resource(custom_types.MANAGED_PREFIX_LIST, plan.provider, properties)
    return prefix_list_id(plan.key, service), resource


def _id_of_list(plan: VpcPlan, service: str) -> dict[str, Json]:
    """The id of the prefix list of ``service``."""
    return get_att(prefix_list_id(plan.key, service), "PrefixListId")


def _to_files(block: Expression) -> dict[str, Json]:
    """The rule for the mount targets in a block of the VPC."""
    return dict(NO_VALUE) if block is None else _tcp(NFS, "To mount targets in the VPC (NFS)", CidrIp=block)


def endpoint_ingress(grant: Grant, plan: VpcPlan) -> dict[str, dict[str, Json]]:
    """A rule on the endpoints for each security group of the function that no other grant has.

    They are resources of their own: two groups that name each other in their own rules would depend on each other
    (CloudFormation Template Reference, AWS::EC2::SecurityGroup), and declarations that share endpoints come and go.
    """
    return {
        _ingress_id(grant, number): _ingress(grant, group, plan)
        for number in numbered_groups(grant).values()
        if (group := grant.security_groups[number - 1]) != NO_VALUE and len(plan.with_group(group)) < 2
    }


def shared_ingress(plan: VpcPlan) -> dict[str, tuple[tuple[Grant, ...], dict[str, Json]]]:
    """(grants, rule) by logical id for each security group that several grants have: EC2 takes no rule twice.

    Source: Amazon EC2 API Reference, "Error codes", InvalidPermission.Duplicate.
    """
    result = {}
    for group in plan.shared_groups:
        grants = plan.with_group(group)
        number = numbered_groups(grants[0])[group_key(group)]
        result[_ingress_id(grants[0], number)] = (grants, _ingress(grants[0], group, plan))
    return result


def _ingress_id(grant: Grant, number: int) -> str:
    """The id of the rule for a security group, by its number among those of the function."""
    return grant.id(names.ENDPOINT_INGRESS, number if number > 1 else None)


def _ingress(grant: Grant, group: Expression, plan: VpcPlan) -> dict[str, Json]:
    return {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": endpoint_group_id(plan),
            **_https(f"From the function of {grant.logical_id}", SourceSecurityGroupId=group),
        },
    }


def endpoint_group(plan: VpcPlan) -> dict[str, Json]:
    """The security group of the endpoints; its ingress comes with the functions."""
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "Interface endpoints: HTTPS from functions with an inference profile and nothing else",
            "VpcId": plan.view.id,
            # Without a rule CloudFormation adds one that allows all. The documented way to have none is one that leads
            # nowhere (CloudFormation Template Reference, AWS::EC2::SecurityGroup, example "Remove the default egress
            # rule").
            "SecurityGroupEgress": [
                {"Description": "Nothing may go out", "IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}
            ],
        },
    }


def endpoint_group_id(plan: VpcPlan) -> dict[str, Json]:
    """The id of the security group of the endpoints."""
    return get_att(generated_id(plan.key, names.ENDPOINT_SECURITY_GROUP), "GroupId")


def _https(description: str, **peer: Expression) -> dict[str, Json]:
    return _tcp(443, description, **peer)


def _tcp(port: int, description: str, **peer: Expression) -> dict[str, Json]:
    return {"Description": _described(description), "IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}


def _described(text: str) -> str:
    """``text`` as long as EC2 takes it, with any logical id in it."""
    return text[:255]
