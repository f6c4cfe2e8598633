"""The VPC that DeployVpc makes: isolated subnets, and nothing that leads out of it.

No internet gateway, no NAT gateway, no public address, and route tables without a single route besides the local one.
"""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.stack.custom_resource import custom_resource
from lambda_bedrock_profile.stack.network.cidr import DEFAULT_BLOCK
from lambda_bedrock_profile.stack.network.flow_log import flow_log
from lambda_bedrock_profile.stack.network.plan import NewVpc
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.references import ref


def vpc_resources(plan: Plan, new: NewVpc) -> dict[str, dict[str, Any]]:
    """Everything that makes up a new VPC, by logical id."""
    resources = {plan.id("Vpc"): _vpc(plan, new)}
    for number, block in enumerate(new.subnet_blocks, start=1):
        resources |= _subnet(plan, number, block)
    if new.flow_log:
        resources |= flow_log(plan)
    if new.provider is not None:
        closed = custom_resource(custom_types.DEFAULT_SECURITY_GROUP, new.provider, {"VpcId": ref(plan.id("Vpc"))})
        resources[plan.id("VpcDefaultSecurityGroup")] = closed
    return resources


def _vpc(plan: Plan, new: NewVpc) -> dict[str, Any]:
    """The VPC with the user's properties; DNS support and host names stay on, since private DNS names need both."""
    written = {k: v for k, v in plan.declaration.props("VpcProps").items() if k not in ("MaxAzs", "FlowLogs")}
    if new.default_block:
        written["CidrBlock"] = DEFAULT_BLOCK
    return {
        "Type": "AWS::EC2::VPC",
        "Properties": {**written, "EnableDnsHostnames": True, "EnableDnsSupport": True},
    }


def _subnet(plan: Plan, number: int, block: Any) -> dict[str, dict[str, Any]]:
    """An isolated subnet with its route table, in the zone of that number."""
    vpc, subnet, table = plan.id("Vpc"), plan.id(f"Subnet{number}"), plan.id(f"RouteTable{number}")
    return {
        subnet: {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": ref(vpc),
                "AvailabilityZone": {"Fn::Select": [number - 1, {"Fn::GetAZs": ""}]},
                "CidrBlock": block,
                "MapPublicIpOnLaunch": False,
            },
        },
        table: {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": ref(vpc)}},
        subnet + "RouteTableAssociation": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"RouteTableId": ref(table), "SubnetId": ref(subnet)},
        },
    }
