"""The networks of the goldens, created by moto's CloudFormation and read back through the EC2 API.

moto makes the resources but leaves out two things that CloudFormation does: it gives every security group the rule that
allows all egress, whatever the template says, and associates no route table with a subnet. ``created`` does both after
the template, through the EC2 API as CloudFormation documents it. What moto has no type for is left out of the template.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any
from unittest import mock

import boto3
import moto
import pytest

from tests.support.goldens import Golden, goldens
from tests.support.templates import of_type

pytestmark = pytest.mark.filterwarnings("ignore")

PROFILE_ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/0123456789ab"
WITHOUT_TYPE = ("AWS::Bedrock::", "AWS::Serverless::", "Custom::")


@dataclass(frozen=True)
class Created:
    """A created stack: the ids of its resources by logical id, and what EC2 has in its VPC."""

    ids: dict[str, str]
    ec2: Any
    vpc_id: str

    def describe(self, what: str, key: str, **more: Any) -> list[dict[str, Any]]:
        """What EC2 describes in the VPC."""
        filters = [{"Name": "vpc-id", "Values": [self.vpc_id]}]
        found: list[dict[str, Any]] = getattr(self.ec2, f"describe_{what}")(Filters=filters, **more)[key]
        return found


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    with mock.patch.dict(os.environ, keys), moto.mock_aws():
        yield


def golden(name: str) -> Golden:
    """The golden case ``name``."""
    return next(case for case in goldens() if case.name == name)


def created(name: str, vpc: str) -> Created:
    """The golden ``name``, created; ``vpc`` is the logical id of its VPC."""
    case = golden(name)
    template = _creatable(case.expanded())
    client = boto3.client("cloudformation", "us-east-1")
    parameters: list[Any] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in case.environment.parameters.items()
    ]
    client.create_stack(StackName="stack", TemplateBody=json.dumps(template), Parameters=parameters)
    ids = {
        item["LogicalResourceId"]: item.get("PhysicalResourceId", "")
        for item in client.list_stack_resources(StackName="stack")["StackResourceSummaries"]
    }
    assert set(ids) == set(template["Resources"])
    ec2 = boto3.client("ec2", "us-east-1")
    for logical_id, group in of_type(template, "SecurityGroup").items():
        everything = ec2.describe_security_groups(GroupIds=[ids[logical_id]])["SecurityGroups"][0][
            "IpPermissionsEgress"
        ]
        ec2.revoke_security_group_egress(GroupId=ids[logical_id], IpPermissions=everything)
        for rule in group["Properties"]["SecurityGroupEgress"]:
            ec2.authorize_security_group_egress(GroupId=ids[logical_id], IpPermissions=[_permission(rule, ids)])
    for association in of_type(template, "SubnetRouteTableAssociation").values():
        table, subnet = (ids[association["Properties"][key]["Ref"]] for key in ("RouteTableId", "SubnetId"))
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return Created(ids, ec2, ids[vpc])


def _creatable(template: dict[str, Any]) -> dict[str, Any]:
    resources = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        # The policy is for the role that the Serverless transform makes, and the goldens' conditions do not hold.
        if not resource["Type"].startswith(WITHOUT_TYPE)
        and logical_id != "ChatModelPolicy"
        and "Condition" not in resource
    }
    found: dict[str, Any] = _with_profile_arn({**template, "Resources": resources, "Transform": []})
    del found["Transform"]
    return found


def _with_profile_arn(value: Any) -> Any:
    if isinstance(value, dict):
        target = value.get("Fn::GetAtt", [""])
        if str(target[0]).endswith("InferenceProfile"):
            return PROFILE_ARN
        return {key: _with_profile_arn(item) for key, item in value.items()}
    return [_with_profile_arn(item) for item in value] if isinstance(value, list) else value


def _permission(rule: dict[str, Any], ids: dict[str, str]) -> Any:
    permission: dict[str, Any] = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    if "CidrIp" in rule:
        return {**permission, "IpRanges": [{"CidrIp": rule["CidrIp"]}]}
    return {**permission, "UserIdGroupPairs": [{"GroupId": ids[rule["DestinationSecurityGroupId"]["Fn::GetAtt"][0]]}]}


def peers(permissions: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """(protocol, first port, last port, peer) of each rule, the peer a group or a block."""
    return [
        (rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), peer)
        for rule in permissions
        for peer in [
            *(pair["GroupId"] for pair in rule["UserIdGroupPairs"]),
            *(block["CidrIp"] for block in rule["IpRanges"]),
        ]
    ]


NEW_VPCS = [("network-new-vpc", 2), ("network-three-zones", 3)]


@pytest.mark.parametrize(("name", "zones"), NEW_VPCS)
def test_subnets_are_in_the_vpc_and_apart(name: str, zones: int) -> None:
    """EC2 accepts the subnets: inside the VPC's block, none over another, and a zone each."""
    stack = created(name, "AssistantVpc")
    (vpc,) = stack.ec2.describe_vpcs(VpcIds=[stack.vpc_id])["Vpcs"]
    subnets = stack.describe("subnets", "Subnets")
    blocks = [IPv4Network(subnet["CidrBlock"]) for subnet in subnets]

    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == len(subnets) == zones
    assert all(block.subnet_of(IPv4Network(vpc["CidrBlock"])) for block in blocks)
    assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)


@pytest.mark.parametrize(("name", "zones"), NEW_VPCS)
def test_no_route_leads_out(name: str, zones: int) -> None:
    """Each subnet has a table of its own, no table knows a way but inside the VPC, and there is no gateway."""
    stack = created(name, "AssistantVpc")
    tables = stack.describe("route_tables", "RouteTables")

    assert {route["GatewayId"] for table in tables for route in table["Routes"]} == {"local"}
    associated = [item["SubnetId"] for table in tables for item in table["Associations"] if not item["Main"]]
    assert sorted(associated) == sorted(subnet["SubnetId"] for subnet in stack.describe("subnets", "Subnets"))
    assert len(associated) == zones
    assert stack.ec2.describe_nat_gateways()["NatGateways"] == []
    attached = [{"Name": "attachment.vpc-id", "Values": [stack.vpc_id]}]
    assert stack.ec2.describe_internet_gateways(Filters=attached)["InternetGateways"] == []


def test_rules_are_exactly_those_wanted() -> None:
    """The function gets out to the endpoints on 443 and in nowhere; the endpoints take that and send nothing."""
    stack = created("network-new-vpc", "AssistantVpc")
    groups = {group["GroupId"]: group for group in stack.describe("security_groups", "SecurityGroups")}
    function, endpoints = (stack.ids[f"Assistant{name}"] for name in ("SecurityGroup", "EndpointSecurityGroup"))

    assert peers(groups[function]["IpPermissions"]) == []
    assert peers(groups[function]["IpPermissionsEgress"]) == [("tcp", 443, 443, endpoints)]
    assert peers(groups[endpoints]["IpPermissions"]) == [("tcp", 443, 443, function)]
    assert [rule[-1] for rule in peers(groups[endpoints]["IpPermissionsEgress"])] == ["127.0.0.1/32"]


def test_endpoints_are_in_every_subnet() -> None:
    """Both endpoints are in each subnet, with private DNS, in the endpoints' group, for this account."""
    stack = created("network-new-vpc", "AssistantVpc")
    found = {item["ServiceName"]: item for item in stack.describe("vpc_endpoints", "VpcEndpoints")}
    subnets = {subnet["SubnetId"] for subnet in stack.describe("subnets", "Subnets")}

    assert set(found) == {"com.amazonaws.us-east-1.bedrock", "com.amazonaws.us-east-1.bedrock-runtime"}
    for endpoint in found.values():
        assert endpoint["PrivateDnsEnabled"]
        assert set(endpoint["SubnetIds"]) == subnets
        assert [group["GroupId"] for group in endpoint["Groups"]] == [stack.ids["AssistantEndpointSecurityGroup"]]
        assert "aws:PrincipalAccount" in endpoint["PolicyDocument"]
        assert PROFILE_ARN in endpoint["PolicyDocument"]


def test_the_vpc_logs_its_traffic() -> None:
    """All traffic of the VPC goes to a log group that forgets after two years."""
    stack = created("network-new-vpc", "AssistantVpc")
    (log,) = stack.ec2.describe_flow_logs()["FlowLogs"]
    assert (log["ResourceId"], log["TrafficType"]) == (stack.vpc_id, "ALL")
    (group,) = boto3.client("logs", "us-east-1").describe_log_groups(logGroupNamePrefix=log["LogGroupName"])[
        "logGroups"
    ]
    assert group["retentionInDays"] == 731


def test_a_shared_vpc_has_each_endpoint_once_and_a_rule_a_function() -> None:
    """The declarations that are there have one endpoint a service, and each function's group may reach it."""
    stack = created("network-shared-vpc", "AssistantVpc")
    services = sorted(item["ServiceName"] for item in stack.describe("vpc_endpoints", "VpcEndpoints"))
    groups = {group["GroupId"]: group for group in stack.describe("security_groups", "SecurityGroups")}

    assert services == ["com.amazonaws.us-east-1.bedrock", "com.amazonaws.us-east-1.bedrock-runtime"]
    ingress = peers(groups[stack.ids["AssistantEndpointSecurityGroup"]]["IpPermissions"])
    assert {rule[-1] for rule in ingress} == {stack.ids["AssistantSecurityGroup"], stack.ids["ChatGroup"]}


def test_a_vpc_of_the_template_keeps_its_public_subnet_to_itself() -> None:
    """The function and the endpoints are in isolated subnets, the endpoints in one a zone."""
    stack = created("network-vpc-in-template", "Office")
    (function,) = boto3.client("lambda", "us-east-1").list_functions()["Functions"]

    assert set(function["VpcConfig"]["SubnetIds"]) == {stack.ids[name] for name in ("BackA", "BackB", "MoreB")}
    for endpoint in stack.describe("vpc_endpoints", "VpcEndpoints"):
        assert set(endpoint["SubnetIds"]) == {stack.ids["BackA"], stack.ids["BackB"]}
