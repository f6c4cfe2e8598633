"""What the embedded AWS's CloudFormation does not know of networks, though its EC2 and its Lambda do.

A flow log is kept and logs nothing. A VPC has the attribute CidrBlock. A security group's rules that stand beside it
are added to it. A function keeps its VpcConfig, and runs outside the VPC all the same.

Source: AWS CloudFormation Template Reference, "AWS::EC2::FlowLog", "AWS::EC2::SecurityGroupIngress" and "…Egress".
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Properties = dict[str, Any]


def install(provisioners: Any, ec2: Any) -> None:
    """Add the types to those of the engine's module ``provisioners``; its module ``ec2`` keeps what is made."""
    types = provisioners._RESOURCE_HANDLERS
    types["AWS::EC2::FlowLog"] = flow_log(ec2)
    types["AWS::EC2::SecurityGroupIngress"] = group_rule(provisioners, ec2, "IpPermissions")
    types["AWS::EC2::SecurityGroupEgress"] = group_rule(provisioners, ec2, "IpPermissionsEgress")
    vpc = types["AWS::EC2::VPC"]
    types["AWS::EC2::VPC"] = {**vpc, "create": with_block(vpc["create"])}
    function = types["AWS::Lambda::Function"]
    types["AWS::Lambda::Function"] = {
        **function,
        "create": with_vpc(provisioners._lambda_svc, function["create"], 1),
        "update": with_vpc(provisioners._lambda_svc, function["update"], 2),
    }


def with_block(make: Callable[..., Any]) -> Callable[..., Any]:
    """Make a VPC as ``make`` does, and give it its block as an attribute, too."""

    def make_with_block(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        identifier, attributes = make(logical_id, properties, stack)
        return identifier, {**attributes, "CidrBlock": properties["CidrBlock"]}

    return make_with_block


def flow_log(ec2: Any) -> dict[str, Any]:
    """How flow logs are made and deleted."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, str]]:
        identifier = f"fl-{secrets.token_hex(8)}"
        ec2._flow_logs[identifier] = {
            "FlowLogId": identifier,
            "ResourceId": properties["ResourceId"],
            "ResourceType": properties["ResourceType"],
            "TrafficType": properties.get("TrafficType", "ALL"),
            "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
            "LogDestination": properties.get("LogDestination", properties.get("LogGroupName", "")),
            "FlowLogStatus": "ACTIVE",
            "CreationTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
        }
        return identifier, {"Id": identifier}

    def delete(identifier: str, properties: Properties) -> None:
        ec2._flow_logs.pop(identifier, None)

    return {"create": create, "delete": delete}


def group_rule(provisioners: Any, ec2: Any, direction: str) -> dict[str, Any]:
    """How a security group's rules of one direction are made and deleted."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, str]]:
        identifier = f"sgr-{secrets.token_hex(8)}"
        ec2._security_groups[properties["GroupId"]][direction] += provisioners._ec2_sg_permissions([properties])
        return identifier, {"Id": identifier}

    def delete(identifier: str, properties: Properties) -> None:
        group = ec2._security_groups.get(properties["GroupId"])
        [rule] = provisioners._ec2_sg_permissions([properties])
        if group and rule in group[direction]:
            group[direction].remove(rule)

    return {"create": create, "delete": delete}


def with_vpc(functions: Any, make: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Make a function as ``make`` does, and note the VpcConfig of its properties, the argument at ``position``."""

    def make_with_vpc(*arguments: Any) -> Any:
        made = make(*arguments)
        properties: Properties = arguments[position]
        configuration = functions._functions[made[0]]["config"]
        configuration["VpcConfig"] = functions._vpc_config_with_id(properties.get("VpcConfig"))
        return made

    return make_with_vpc
