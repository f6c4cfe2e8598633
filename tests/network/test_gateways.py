"""Amazon S3 and DynamoDB: gateway endpoints in a new VPC, and the rule without which every call would hang."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.network.templates import declaration, expanded, one_problem
from tests.support.templates import IDS, NO_VALUE, PROVIDER, get_att, network, of_type, properties, subnet, template

TABLES = [{"Ref": "ChatRouteTable1"}, {"Ref": "ChatRouteTable2"}]
SERVICES = ["bedrock-runtime", "s3"]


def rule_to(logical_id: str) -> dict[str, Any]:
    """The rule that lets HTTPS out to a prefix list."""
    service = "s3" if "S3" in logical_id else "dynamodb"
    return {
        "Description": f"To {service} through its gateway endpoint",
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "DestinationPrefixListId": get_att(logical_id, "PrefixListId"),
    }


def rules(processed: dict[str, Any], group: str = "ChatSecurityGroup") -> list[Any]:
    """The rules of a generated group that lead to something else than the interface endpoints."""
    found = properties(processed, group)["SecurityGroupEgress"]
    return [rule for rule in found if "DestinationSecurityGroupId" not in rule]


def dynamo(**given: Any) -> dict[str, Any]:
    """A gateway endpoint of the template on the generated route tables."""
    name = {"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"}
    written = {"ServiceName": name, "VpcId": get_att("Chat", "VpcId"), "RouteTableIds": TABLES, **given}
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway", **written}}


def test_a_new_vpc_has_the_gateway_endpoint_that_is_asked_for() -> None:
    """The endpoint is on every route table, with a policy, and the function is let out to its prefix list."""
    processed = expanded({"Chat": declaration(DeployVpc=True, InterfaceEndpoints=SERVICES)}, provider_arn=PROVIDER)

    endpoint = properties(processed, "ChatS3Endpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert endpoint["RouteTableIds"] == TABLES
    assert endpoint["PolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    assert not {"SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"} & endpoint.keys()
    lookup = processed["Resources"]["ChatS3PrefixList"]
    assert lookup["Type"] == "Custom::ManagedPrefixList"
    assert lookup["Properties"]["PrefixListName"] == {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}
    assert rules(processed) == [rule_to("ChatS3PrefixList")]


def test_without_the_provider_the_prefix_list_cannot_be_known() -> None:
    """The reason is said, and no rule to everywhere is made in its place."""
    words = one_problem({"Chat": declaration(DeployVpc=True, InterfaceEndpoints=SERVICES)})

    assert words.startswith("Chat.Properties.InterfaceEndpoints.1: s3 is reached through a gateway endpoint")
    assert "the id of a prefix list, which the provider looks up: it is not deployed" in words


def test_for_an_existing_vpc_the_message_names_the_rule_to_add() -> None:
    """Route tables of the user's are left alone, and everything that has to be written is named."""
    resources = {**network(A=subnet("Office")), "Chat": declaration(ExistingVpc={"Ref": "Office"})}
    resources["Chat"]["Properties"]["InterfaceEndpoints"] = SERVICES
    words = one_problem(resources, provider_arn=PROVIDER)

    assert "AWS::EC2::SecurityGroupEgress with GroupId: !GetAtt Chat.SecurityGroupId" in words
    assert "the prefix list of com.amazonaws.us-east-1.s3" in words


def test_an_endpoint_of_the_template_counts_as_asked_for() -> None:
    """No second endpoint is made, and the function is let out to the one that is there."""
    resources = {"Chat": declaration(DeployVpc=True), "Dynamo": dynamo()}
    processed = expanded(resources, provider_arn=PROVIDER)

    assert len([1 for item in of_type(processed, "VPCEndpoint").values() if "RouteTableIds" in item["Properties"]]) == 1
    assert rules(processed) == [rule_to("ChatDynamodbPrefixList")]


def test_an_endpoint_of_the_template_that_is_asked_for_too_is_made_one_time() -> None:
    """A user who writes both gets the own one."""
    resources = {"Chat": declaration(DeployVpc=True, InterfaceEndpoints=["bedrock-runtime", "dynamodb"])}
    processed = expanded({**resources, "Dynamo": dynamo()}, provider_arn=PROVIDER)

    assert "ChatDynamodbEndpoint" not in processed["Resources"]
    assert rules(processed) == [rule_to("ChatDynamodbPrefixList")]


def test_a_rule_of_the_users_to_a_prefix_list_stays_the_only_one() -> None:
    """Who has found the id, and lets the function out, keeps a stack that works as it is."""
    own = {"GroupId": get_att("Chat", "SecurityGroupId"), "IpProtocol": "tcp", "DestinationPrefixListId": "pl-1"}
    rule = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {**own, "FromPort": 443, "ToPort": 443}}
    resources = {"Chat": declaration(DeployVpc=True), "Dynamo": dynamo(), "Rule": rule}

    assert rules(expanded(resources, provider_arn=PROVIDER)) == []


def test_an_endpoint_of_the_template_without_the_provider_is_information() -> None:
    """The template expands as before, and is known to lack the rule."""
    source = template(Chat=declaration(DeployVpc=True), Dynamo=dynamo())
    expansion = expand(source, StackContext("us-east-1"), Catalog.bundled())

    (remark,) = expansion.remarks
    assert "without the provider the generated security group does not let the function out" in remark.what
    assert rules(dict(expansion.template)) == []


def test_every_function_in_the_new_vpc_reaches_it() -> None:
    """Endpoints belong to the VPC, whichever declaration asks for them, and while one of those is there."""
    sections: dict[str, Any] = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    }
    guest = declaration(ExistingVpc=get_att("Chat", "VpcId"), InterfaceEndpoints=SERVICES)
    resources = {"Chat": declaration(DeployVpc=True), "Guest": {**guest, "Condition": "C"}}
    processed = expanded(resources, provider_arn=PROVIDER, **sections)

    assert processed["Resources"]["ChatS3Endpoint"]["Condition"] == "C"
    assert processed["Resources"]["ChatS3PrefixList"]["Condition"] == "C"
    assert rules(processed) == [{"Fn::If": ["C", rule_to("ChatS3PrefixList"), NO_VALUE]}]
    assert rules(processed, "GuestSecurityGroup") == [rule_to("ChatS3PrefixList")]


def test_an_endpoint_elsewhere_changes_nothing() -> None:
    """A gateway endpoint on other route tables, or an absent one, leads the function nowhere."""
    absent = {**dynamo(), "Condition": "Off"}
    elsewhere = dynamo(RouteTableIds=["rtb-1"], VpcId="vpc-1")
    resources = {"Chat": declaration(DeployVpc=True), "Absent": absent, "Elsewhere": elsewhere}
    processed = expanded(resources, provider_arn=PROVIDER, Conditions={"Off": {"Fn::Equals": [1, 2]}})

    assert rules(processed) == []
    assert expanded({"Chat": declaration(ExistingVpc={**IDS, "CidrBlock": "10.0.0.0/16"})}, provider_arn=PROVIDER)
