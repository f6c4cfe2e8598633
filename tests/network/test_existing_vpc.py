"""ExistingVpc: a VPC of the template, of another declaration, or of another stack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.network.templates import declaration, expanded, one_problem, problems
from tests.support.templates import FUNCTION, IDS, VPC, get_att, network, of_type, properties, subnet

OFFICE = {"Ref": "Office"}
GROUP_OUTPUT = {"Group": {"Value": get_att("Assistant", "SecurityGroupId")}}


def in_office(resources: dict[str, Any], **given: Any) -> dict[str, Any]:
    """``resources`` and a declaration in the VPC Office."""
    return {**resources, "Assistant": declaration(ExistingVpc=OFFICE, **given)}


def routed(subnet_id: str, **route: Any) -> dict[str, Any]:
    """A route table of one route for a subnet."""
    return {
        subnet_id + "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": OFFICE}},
        subnet_id + "Association": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": {"Ref": subnet_id}, "RouteTableId": {"Ref": subnet_id + "Table"}},
        },
        subnet_id + "Route": {
            "Type": "AWS::EC2::Route",
            "Properties": {"RouteTableId": {"Ref": subnet_id + "Table"}, **route},
        },
    }


def chosen(template: dict[str, Any]) -> list[str]:
    """The subnets that the function got."""
    return [item["Ref"] for item in properties(template, "Assistant")["VpcConfig"]["SubnetIds"]]


GATEWAY = {"Gateway": {"Type": "AWS::EC2::InternetGateway"}}
TO_INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Gateway"}}
TO_NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}
TO_PEER = {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1"}


def test_isolated_subnets_come_before_private_and_public_ones() -> None:
    """The function goes to the subnets that lead nowhere, also where the template has others."""
    resources = network(Isolated=subnet("Office"), Private=subnet("Office"), Public=subnet("Office"))
    resources |= GATEWAY | routed("Private", **TO_NAT) | routed("Public", **TO_INTERNET)

    assert chosen(expanded(in_office(resources))) == ["Isolated"]


def test_private_subnets_come_before_public_ones() -> None:
    """Without an isolated subnet the function goes to those behind a NAT gateway."""
    resources = network(Public=subnet("Office", MapPublicIpOnLaunch="true"), Private=subnet("Office"))

    assert chosen(expanded(in_office(resources | routed("Private", **TO_NAT)))) == ["Private"]


def test_public_subnets_are_used_where_there_are_no_others() -> None:
    """A function in a public subnet has no public address and calls Bedrock through the endpoints all the same."""
    resources = network(Public=subnet("Office")) | GATEWAY | routed("Public", **TO_INTERNET)

    assert chosen(expanded(in_office(resources))) == ["Public"]


def test_a_route_to_a_peer_leaves_a_subnet_isolated() -> None:
    """A subnet with a route to one known network does not lead out."""
    resources = network(Peered=subnet("Office"), Private=subnet("Office"))

    assert chosen(expanded(in_office(resources | routed("Peered", **TO_PEER) | routed("Private", **TO_NAT)))) == [
        "Peered"
    ]


def test_a_vpn_gateway_is_no_internet_gateway() -> None:
    """A default route into the company's own network makes a subnet private, not public."""
    vpn = {"Gateway": {"Type": "AWS::EC2::VPNGateway"}}
    resources = network(Public=subnet("Office", MapPublicIpOnLaunch=True), Private=subnet("Office"))

    assert chosen(expanded(in_office(resources | vpn | routed("Private", **TO_INTERNET)))) == ["Private"]


def test_subnets_of_other_vpcs_are_left_alone() -> None:
    """Only subnets of the VPC that was named are taken."""
    resources = {**network(Mine=subnet("Office")), "Lab": VPC, "Theirs": subnet("Lab")}

    assert chosen(expanded(in_office(resources))) == ["Mine"]


def test_the_vpc_can_be_named_by_its_attribute() -> None:
    """!GetAtt Office.VpcId means what !Ref Office means."""
    resources = network(Mine=subnet(get_att("Office", "VpcId")))
    template = expanded({**resources, "Assistant": declaration(ExistingVpc=get_att("Office", "VpcId"))})

    assert chosen(template) == ["Mine"]
    assert "OfficeBedrockRuntimeEndpoint" in template["Resources"]


def test_a_vpc_without_a_fitting_subnet_is_refused_with_reasons() -> None:
    """Every subnet that does not fit is named with why."""
    resources = network(
        Six=subnet("Office", Ipv6Native=True),
        Rack=subnet("Office", OutpostArn="arn"),
        Rare={**subnet("Office"), "Condition": "Rarely"},
    )
    words = one_problem(in_office(resources), Conditions={"Rarely": {"Fn::Equals": [1, 2]}})

    assert "Six has no IPv4 addresses" in words
    assert "Rack is on an Outpost" in words
    assert "Rare stands under the condition Rarely" in words


def test_a_subnet_under_the_declarations_own_condition_is_there_with_it() -> None:
    """A subnet that comes and goes with the function can hold it."""
    resources = network(Rare={**subnet("Office"), "Condition": "Rarely"})
    resources["Assistant"] = {**declaration(ExistingVpc=OFFICE), "Condition": "Rarely"}

    assert chosen(expanded(resources, Conditions={"Rarely": {"Fn::Equals": [1, 2]}})) == ["Rare"]


def test_endpoints_take_one_subnet_a_zone() -> None:
    """An endpoint with two subnets in a zone could not be created, so it gets the first of each."""
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    resources = network(A=subnet("Office", zone), B=subnet("Office", zone), C=subnet("Office", "us-east-1c"))
    template = expanded(in_office(resources))

    assert chosen(template) == ["A", "B", "C"]
    assert properties(template, "OfficeBedrockEndpoint")["SubnetIds"] == [{"Ref": "A"}, {"Ref": "C"}]


def test_a_zone_in_two_spellings_is_one_zone() -> None:
    """A literal zone and an expression that comes to the same count as one, for which the endpoint takes one subnet."""
    resources = network(
        A=subnet("Office", "us-east-1a"),
        B=subnet("Office", {"Fn::Sub": "${AWS::Region}a"}),
        Unzoned=subnet("Office", {"Ref": "AWS::NoValue"}),
    )

    assert properties(expanded(in_office(resources)), "OfficeBedrockEndpoint")["SubnetIds"] == [{"Ref": "A"}]


def test_endpoints_take_one_subnet_where_no_zone_is_written() -> None:
    """Subnets that leave the zone to EC2 may share one: the endpoint takes only the first, which always works."""
    template = expanded(in_office(network(A=subnet("Office"), B=subnet("Office"))))

    assert properties(template, "OfficeBedrockEndpoint")["SubnetIds"] == [{"Ref": "A"}]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [({}, "EnableDnsHostnames"), ({"EnableDnsHostnames": True, "EnableDnsSupport": "false"}, "EnableDnsSupport")],
)
def test_a_vpc_without_dns_is_a_problem(attributes: dict[str, Any], name: str) -> None:
    """CloudFormation makes VPCs without host names, and private DNS would fail there: told before deployment."""
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16", **attributes}}
    words = one_problem(in_office({"Office": vpc, "A": subnet("Office")}))

    assert f"Office has {name} off" in words


def test_a_vpc_of_a_tenancy_that_lambda_cannot_connect_to_is_a_problem() -> None:
    """No function can be in a dedicated VPC of the template either, and the message names that VPC."""
    own = {"CidrBlock": "10.1.0.0/16", "EnableDnsHostnames": True, "InstanceTenancy": "dedicated"}
    vpc = {"Type": "AWS::EC2::VPC", "Properties": own}
    words = one_problem(in_office({"Office": vpc, "A": subnet("Office")}))

    assert "Office has an InstanceTenancy of dedicated or host, and Lambda cannot connect" in words


def test_a_vpc_without_dns_is_fine_without_endpoints() -> None:
    """Who makes no endpoint needs no private DNS."""
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}

    assert expanded(in_office({"Office": vpc, "A": subnet("Office")}, InterfaceEndpoints=[]))


def test_an_endpoint_of_the_template_is_not_made_twice() -> None:
    """A second endpoint with private DNS would fail the deployment, so the first one is named."""
    endpoint = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcId": OFFICE,
            "PrivateDnsEnabled": True,
            "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.bedrock-runtime"},
        },
    }
    resources = {**network(A=subnet("Office")), "Own": endpoint}

    assert "Own is an endpoint to bedrock-runtime in the same VPC" in one_problem(in_office(resources))
    assert expanded(in_office(resources, InterfaceEndpoints=["bedrock"]))


def test_an_endpoint_that_will_not_be_there_is_in_nobodys_way() -> None:
    """An endpoint of the template whose condition is off leaves the declaration to make its own."""
    own = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Condition": "Own",
        "Properties": {
            "VpcId": OFFICE,
            "PrivateDnsEnabled": True,
            "ServiceName": "com.amazonaws.us-east-1.bedrock",
        },
    }
    resources = in_office({**network(A=subnet("Office")), "Own": own})

    assert expanded(resources, Conditions={"Own": {"Fn::Equals": [1, 2]}})
    assert "Own is an endpoint to bedrock" in one_problem(resources, Conditions={"Own": {"Fn::Equals": [1, 1]}})


def test_a_function_may_reach_every_block_of_a_vpc_with_own_endpoints() -> None:
    """Endpoints in a block that was added to the VPC can be reached, too."""
    more = {"Type": "AWS::EC2::VPCCidrBlock", "Properties": {"VpcId": OFFICE, "CidrBlock": "10.2.0.0/16"}}
    resources = {**network(A=subnet("Office")), "More": more}
    template = expanded(in_office(resources, InterfaceEndpoints=[]))

    rules = properties(template, "AssistantSecurityGroup")["SecurityGroupEgress"]
    assert [rule["CidrIp"] for rule in rules] == [get_att("Office", "CidrBlock"), "10.2.0.0/16"]
    assert {(rule["FromPort"], rule["ToPort"]) for rule in rules} == {(443, 443)}


def test_a_function_may_reach_an_added_block_while_it_is_there() -> None:
    """A block that is added under a condition opens the way out under that condition only."""
    block = {"VpcId": OFFICE, "CidrBlock": "10.2.0.0/16"}
    more = {"Type": "AWS::EC2::VPCCidrBlock", "Condition": "Large", "Properties": block}
    resources = in_office({**network(A=subnet("Office")), "More": more}, InterfaceEndpoints=[])
    template = expanded(resources, Conditions={"Large": {"Fn::Equals": [1, 2]}})

    _, added = properties(template, "AssistantSecurityGroup")["SecurityGroupEgress"]
    assert (added["Fn::If"][0], added["Fn::If"][1]["CidrIp"]) == ("Large", "10.2.0.0/16")


def given_vpc(**given: Any) -> dict[str, Any]:
    """A template whose declaration is in a VPC of which the ids are given."""
    return {"Assistant": declaration(ExistingVpc={**IDS, **given})}


def test_ids_from_another_stack_are_used_as_they_are() -> None:
    """Imports, parameters and literal ids go where CloudFormation wants them, expressions and all."""
    vpc = {"VpcId": {"Fn::ImportValue": "vpc"}, "SubnetIds": {"Fn::Split": [",", {"Fn::ImportValue": "subnets"}]}}
    template = expanded({"Assistant": declaration(ExistingVpc=vpc)})

    assert properties(template, "Assistant")["VpcConfig"]["SubnetIds"] == vpc["SubnetIds"]
    for endpoint in of_type(template, "VPCEndpoint").values():
        assert endpoint["Properties"]["VpcId"] == vpc["VpcId"]
        assert endpoint["Properties"]["SubnetIds"] == vpc["SubnetIds"]


def test_security_groups_that_are_given_are_the_functions_only_ones() -> None:
    """With SecurityGroupIds no group is made: the function has just those, and each may reach the endpoints."""
    template = expanded(given_vpc(SecurityGroupIds=["sg-1", {"Fn::ImportValue": "group"}]))

    assert "AssistantSecurityGroup" not in template["Resources"]
    assert properties(template, "Assistant")["VpcConfig"]["SecurityGroupIds"] == ["sg-1", {"Fn::ImportValue": "group"}]
    sources = [
        rule["Properties"]["SourceSecurityGroupId"] for rule in of_type(template, "SecurityGroupIngress").values()
    ]
    assert sources == ["sg-1", {"Fn::ImportValue": "group"}]


def interfaces(template: dict[str, Any]) -> Any:
    """On what the function may manage network interfaces."""
    document = properties(template, "AssistantRole")["Policies"][0]["PolicyDocument"]
    (statement,) = [item for item in document["Statement"] if item["Sid"] == "ManageNetworkInterfaces"]
    return statement["Resource"]


OWN_INTERFACES = {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*"}
ANY_SUBNET = {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:*:subnet/*"}
OWN_CONFIG = {**FUNCTION, "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}


@pytest.mark.parametrize(
    "given",
    [
        {"ExistingVpc": IDS},
        {"ExistingVpc": get_att("Neighbour", "VpcId")},
        {"LambdaFunctionProps": OWN_CONFIG},
    ],
)
def test_a_function_can_be_created_in_a_subnet_that_another_account_shares(given: dict[str, Any]) -> None:
    """Where ids name the VPC, the role may put its interfaces into subnets of whatever account, and no more there."""
    template = expanded({"Neighbour": declaration(ExistingVpc=IDS), "Assistant": declaration(**given)})

    assert interfaces(template) == [OWN_INTERFACES, ANY_SUBNET]


@pytest.mark.parametrize(
    "given", [{"ExistingVpc": OFFICE}, {"ExistingVpc": {**IDS, "VpcId": OFFICE}}, {"DeployVpc": True}]
)
def test_a_vpc_of_the_template_opens_no_other_accounts_subnets(given: dict[str, Any]) -> None:
    """In a VPC that the stack makes, the role is held to the stack's own account."""
    assert interfaces(expanded({**network(A=subnet("Office")), "Assistant": declaration(**given)})) == OWN_INTERFACES


@pytest.mark.parametrize(
    "circular",
    [
        {"Assistant": {"VpcId": get_att("Assistant", "VpcId")}},
        {"Assistant": {"SecurityGroupIds": [get_att("Assistant", "SecurityGroupId")]}},
        {"Assistant": {"SecurityGroupIds": [{"Fn::Sub": ["${Assistant.SecurityGroupId}", {}]}]}},
        {"Assistant": {"VpcId": get_att("Other", "VpcId")}, "Other": {"VpcId": get_att("Assistant", "VpcId")}},
    ],
)
def test_a_vpc_that_is_named_by_itself_is_a_problem(circular: dict[str, Any]) -> None:
    """An attribute that is written as itself, directly or by a detour, is reported, and no internal error."""
    resources = {name: declaration(ExistingVpc={**IDS, **vpc}) for name, vpc in circular.items()}

    assert all("has no attribute" in problem.what for problem in problems(resources))


def test_attributes_of_two_declarations_may_cross() -> None:
    """One's group and the other's VPC in each other's ExistingVpc are no circular dependency: neither is itself."""
    one = {**IDS, "SecurityGroupIds": [get_att("Two", "SecurityGroupId")]}
    resources = {"One": declaration(ExistingVpc=one), "Two": declaration(ExistingVpc=get_att("One", "VpcId"))}

    assert properties(expanded(resources), "TwoSecurityGroup")["VpcId"] == "vpc-1"


def test_a_list_parameter_of_security_groups_gets_a_rule_for_each() -> None:
    """A list whose length the parameter tells needs no spelling out."""
    template = expanded(
        given_vpc(SecurityGroupIds={"Ref": "Groups"}),
        Parameters={"Groups": {"Type": "List<AWS::EC2::SecurityGroup::Id>"}},
        values={"Groups": "sg-1,sg-2"},
    )

    assert set(of_type(template, "SecurityGroupIngress")) == {"AssistantEndpointIngress", "AssistantEndpointIngress2"}
    assert properties(template, "Assistant")["VpcConfig"]["SecurityGroupIds"] == {"Ref": "Groups"}
    assert "sg-1" not in str(template)


@pytest.mark.parametrize("absent", [{"Ref": "AWS::NoValue"}, {"Fn::If": ["Off", ["sg-9"], {"Ref": "AWS::NoValue"}]}])
def test_groups_of_the_function_may_be_left_out(absent: Any) -> None:
    """AWS::NoValue for the function's own groups leaves it the generated one."""
    function = {**FUNCTION, "VpcConfig": {"SecurityGroupIds": absent}}
    resources = {"Assistant": declaration(ExistingVpc=IDS, LambdaFunctionProps=function)}
    template = expanded(resources, Conditions={"Off": {"Fn::Equals": [1, 2]}})

    groups = properties(template, "Assistant")["VpcConfig"]["SecurityGroupIds"]
    assert groups == [get_att("AssistantSecurityGroup", "GroupId")]


def test_groups_that_are_no_list_are_reported_as_such() -> None:
    """A single group where a list belongs is reported in those words."""
    function = {**FUNCTION, "VpcConfig": {"SecurityGroupIds": "sg-1"}}
    words = one_problem({"Assistant": declaration(ExistingVpc=IDS, LambdaFunctionProps=function)})

    assert words.startswith("Assistant.Properties.LambdaFunctionProps.VpcConfig.SecurityGroupIds: is no list. Write a")


def test_a_group_that_a_condition_leaves_out_gets_no_rule() -> None:
    """An item that comes to AWS::NoValue makes no rule without a source, and the rules of the others keep their ids."""
    groups = [{"Fn::If": ["Database", "sg-1", {"Ref": "AWS::NoValue"}]}, "sg-2"]
    condition = {"Database": {"Fn::Equals": [1, 2]}}
    template = expanded(given_vpc(SecurityGroupIds=groups), Conditions=condition, Outputs=GROUP_OUTPUT)

    assert set(of_type(template, "SecurityGroupIngress")) == {"AssistantEndpointIngress2"}
    assert properties(template, "AssistantEndpointIngress2")["SourceSecurityGroupId"] == "sg-2"
    assert template["Outputs"]["Group"]["Value"] == "sg-2"


def test_a_group_that_may_be_absent_is_a_problem() -> None:
    """Whether there is a group, and so a rule for it, has to be known before deployment."""
    groups = [{"Fn::If": ["Unknown", "sg-1", {"Ref": "AWS::NoValue"}]}, "sg-2"]
    unknown = {"Unknown": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}}

    assert "has an item that may be absent" in one_problem(given_vpc(SecurityGroupIds=groups), Conditions=unknown)


def test_groups_of_the_function_stand_beside_those_of_the_vpc() -> None:
    """Groups from both places end up on the function."""
    function = {**FUNCTION, "VpcConfig": {"SecurityGroupIds": ["sg-9"]}}
    vpc = {**IDS, "SecurityGroupIds": ["sg-1"]}
    template = expanded({"Assistant": declaration(ExistingVpc=vpc, LambdaFunctionProps=function)})

    assert properties(template, "Assistant")["VpcConfig"]["SecurityGroupIds"] == ["sg-9", "sg-1"]


def test_a_vpc_with_own_endpoints_needs_its_block() -> None:
    """The generated group lets the function out to the VPC's block only, so it has to be told."""

    def given(**more: Any) -> dict[str, Any]:
        return {"Assistant": declaration(ExistingVpc={**IDS, **more}, InterfaceEndpoints=[])}

    assert "Add CidrBlock" in one_problem(given())
    assert expanded(given(SecurityGroupIds=["sg-1"]))
    rules = properties(expanded(given(CidrBlock=["10.0.0.0/16", "10.1.0.0/16"])), "AssistantSecurityGroup")
    assert [rule["CidrIp"] for rule in rules["SecurityGroupEgress"]] == ["10.0.0.0/16", "10.1.0.0/16"]


def blocks(value: Any, **sections: Any) -> list[Any]:
    """What the generated group lets the function out to in a VPC of the block ``value``, with endpoints of its own."""
    resources = {"Assistant": declaration(ExistingVpc={**IDS, "CidrBlock": value}, InterfaceEndpoints=[])}
    template = expanded(resources, **sections)
    return [rule.get("CidrIp", rule) for rule in properties(template, "AssistantSecurityGroup")["SecurityGroupEgress"]]


def test_a_list_parameter_of_blocks_gets_a_rule_for_each() -> None:
    """A rule takes one block, so a list from a parameter is taken apart."""
    value = {"Ref": "Blocks"}
    found = blocks(
        value, Parameters={"Blocks": {"Type": "CommaDelimitedList"}}, values={"Blocks": "10.0.0.0/16,10.1.0.0/16"}
    )

    assert found == [{"Fn::Select": [0, value]}, {"Fn::Select": [1, value]}]


def test_a_block_that_a_condition_leaves_out_gets_no_rule() -> None:
    """AWS::NoValue in the list of blocks leaves out the rule, and not only its block."""
    none = {"Ref": "AWS::NoValue"}
    unknown = {"Unknown": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}}
    always, sometimes = blocks(["10.0.0.0/16", {"Fn::If": ["Unknown", "10.1.0.0/16", none]}], Conditions=unknown)

    assert always == "10.0.0.0/16"
    assert sometimes["Fn::If"][0] == "Unknown"
    assert sometimes["Fn::If"][1]["CidrIp"] == "10.1.0.0/16"
    assert sometimes["Fn::If"][2] == none


@pytest.mark.parametrize(
    "value", [{"Fn::Split": [",", {"Fn::ImportValue": "blocks"}]}, {"Ref": "Blocks"}, {"Ref": "AWS::NoValue"}]
)
def test_blocks_of_unknown_number_are_asked_for_one_by_one(value: Any) -> None:
    """A list whose length only deployment tells is no block, so the blocks themselves are asked for."""
    words = one_problem(
        {"Assistant": declaration(ExistingVpc={**IDS, "CidrBlock": value}, InterfaceEndpoints=[])},
        Parameters={"Blocks": {"Type": "AWS::SSM::Parameter::Value<List<String>>"}},
    )

    assert "a list with an item for each block" in words


@pytest.mark.parametrize(
    ("vpc", "words"),
    [
        ("vpc-1", "Assistant.Properties.ExistingVpc: names no VPC: an id alone"),
        ({"Ref": "Id"}, "Assistant.Properties.ExistingVpc: refers to no VPC of this template"),
        ({"Fn::ImportValue": "vpc"}, "Assistant.Properties.ExistingVpc: refers to no VPC of this template"),
        ({"VpcId": "vpc-1"}, "Assistant.Properties.ExistingVpc: SubnetIds is missing"),
        ({**IDS, "VpcId": "office"}, "Assistant.Properties.ExistingVpc.VpcId: does not have the form"),
        ({**IDS, "SubnetIds": []}, "Assistant.Properties.ExistingVpc.SubnetIds: does not have the form"),
        ({**IDS, "SubnetIds": "subnet-1"}, "Assistant.Properties.ExistingVpc.SubnetIds: does not have the form"),
        ({**IDS, "Subnets": []}, "Did you mean SubnetIds?"),
        ({**IDS, "CidrBlock": "999.0.0.0/16"}, "Assistant.Properties.ExistingVpc.CidrBlock: does not have the form"),
        ({**IDS, "CidrBlock": "office"}, "Assistant.Properties.ExistingVpc.CidrBlock: does not have the form"),
        ({**IDS, "SecurityGroupIds": ["x"]}, "Assistant.Properties.ExistingVpc.SecurityGroupIds: does not have"),
        (
            {**IDS, "SecurityGroupIds": {"Fn::Split": [",", {"Fn::ImportValue": "groups"}]}},
            "Assistant.Properties.ExistingVpc.SecurityGroupIds: is a list of unknown length",
        ),
        (get_att("Other", "VpcId"), "Other is in no VPC that this macro knows"),
        (get_att("Assistant", "VpcId"), "Assistant is in no VPC that this macro knows"),
        ({"Fn::If": ["Unknown", OFFICE, IDS]}, "Assistant.Properties.ExistingVpc: decides the expansion"),
    ],
)
def test_what_is_no_vpc_is_a_problem_with_its_place(vpc: Any, words: str) -> None:
    """Each way to get ExistingVpc wrong is named with the property it is in."""
    resources = {**network(A=subnet("Office")), "Assistant": declaration(ExistingVpc=vpc), "Other": declaration()}
    sections = {
        "Parameters": {"Id": {"Type": "AWS::EC2::VPC::Id"}},
        "Conditions": {"Unknown": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}},
    }
    assert any(words in str(problem) for problem in problems(resources, **sections))


def told(resources: dict[str, Any], **sections: Any) -> list[str]:
    """The place of each problem of the declaration, below its properties."""
    return [".".join(str(part) for part in problem.path[1:]) for problem in problems(resources, **sections)]


@pytest.mark.parametrize(
    ("vpc", "services", "places"),
    [
        (
            {**IDS, "SubnetIds": []},
            ["s3", "Bad_Name"],
            ["ExistingVpc.SubnetIds", "InterfaceEndpoints.0", "InterfaceEndpoints.1"],
        ),
        (OFFICE, ["bedrock-runtime", "dynamodb"], ["ExistingVpc", "ExistingVpc", "InterfaceEndpoints.1"]),
        ({"VpcId": OFFICE}, ["bedrok"], ["ExistingVpc", "ExistingVpc", "InterfaceEndpoints.0"]),
        (
            {**IDS, "SecurityGroupIds": "sg-1", "CidrBlock": 1},
            [],
            ["ExistingVpc.CidrBlock", "ExistingVpc.SecurityGroupIds"],
        ),
    ],
)
def test_problems_of_the_vpc_and_of_its_endpoints_are_reported_together(
    vpc: Any, services: Any, places: list[str]
) -> None:
    """No mistake waits behind another one, not a service behind a bad name, not DNS behind missing subnets."""
    office = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}
    resources = {"Office": office, "Assistant": declaration(ExistingVpc=vpc, InterfaceEndpoints=services)}

    assert sorted(told(resources)) == places


def test_an_endpoint_that_nobody_asks_for_is_no_problem() -> None:
    """Beside a list with a mistake in it, no message is about services of the default, which nobody wrote."""
    own = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcId": OFFICE,
            "PrivateDnsEnabled": True,
            "ServiceName": "com.amazonaws.us-east-1.bedrock-runtime",
        },
    }
    resources = {**network(A=subnet("Office")), "Own": own}

    assert told(in_office(resources, InterfaceEndpoints=["Bad_Name", "bedrock"])) == ["InterfaceEndpoints.0"]


def test_a_condition_chooses_the_members_of_the_vpc() -> None:
    """Fn::If with AWS::NoValue on a member of ExistingVpc leaves it out where the condition says so."""
    none = {"Ref": "AWS::NoValue"}
    vpc = {
        "SecurityGroupIds": {"Fn::If": ["Own", ["sg-1"], none]},
        "CidrBlock": {"Fn::If": ["Own", "10.0.0.0/8", none]},
    }
    own, generated = (expanded(given_vpc(**vpc), Conditions={"Own": {"Fn::Equals": [1, n]}}) for n in (1, 2))

    assert "AssistantSecurityGroup" not in own["Resources"]
    assert "AssistantSecurityGroup" in generated["Resources"]


def test_a_condition_chooses_the_vpc() -> None:
    """Fn::If on ExistingVpc, and AWS::NoValue in it, are decided where the condition is known."""
    vpc = {"Fn::If": ["Private", OFFICE, {"Ref": "AWS::NoValue"}]}
    resources = {**network(A=subnet("Office")), "Assistant": declaration(ExistingVpc=vpc)}
    inside = expanded(resources, Conditions={"Private": {"Fn::Equals": [1, 1]}})
    outside = expanded(resources, Conditions={"Private": {"Fn::Equals": [1, 2]}})

    assert chosen(inside) == ["A"]
    assert "VpcConfig" not in properties(outside, "Assistant")


def test_no_message_shows_the_value_of_a_parameter() -> None:
    """A parameter's value that does not fit is reported without it."""
    words = one_problem(
        {"Assistant": declaration(ExistingVpc={**IDS, "VpcId": {"Ref": "Id"}})},
        Parameters={"Id": {"Type": "String"}},
        values={"Id": "secret"},
    )

    assert "secret" not in words


def test_subnets_and_endpoints_that_a_loop_makes_are_seen() -> None:
    """A loop around what stands in the declaration's VPC is expanded, so that the declaration knows of it."""
    service = {"Fn::Sub": "com.amazonaws.${AWS::Region}.${S}"}
    endpoint = {"VpcId": {"Ref": "Office"}, "ServiceName": service, "VpcEndpointType": "Interface"}
    made = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {**endpoint, "PrivateDnsEnabled": True}}
    looped = {
        "Office": VPC,
        "Fn::ForEach::Subnets": ["I", ["A", "B"], {"Subnet${I}": subnet("Office", {"Fn::Sub": "us-east-1${I}"})}],
        "Assistant": declaration(ExistingVpc={"Ref": "Office"}),
    }
    config = properties(expanded(looped), "Assistant")["VpcConfig"]
    assert config["SubnetIds"] == [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]
    loop = {"Fn::ForEach::Endpoints": ["S", ["bedrock-runtime"], {"Endpoint&{S}": made}]}
    assert "Endpointbedrockruntime is an endpoint to bedrock-runtime in the same VPC" in one_problem({**looped, **loop})


@pytest.mark.parametrize("branch", [1, 2])
def test_what_is_wrong_in_a_branch_is_reported_there(branch: int) -> None:
    """The map in the branch of Fn::If that is taken is the place of what is wrong with it."""
    branches: list[Any] = ["Always" if branch == 1 else "Never", OFFICE, OFFICE]
    branches[branch] = {"VpcId": "office", "SubnetIds": IDS["SubnetIds"], "SecurityGroupIds": ["group"]}
    conditions = {"Always": {"Fn::Equals": ["a", "a"]}, "Never": {"Fn::Equals": ["a", "b"]}}
    found = problems({"Assistant": declaration(ExistingVpc={"Fn::If": branches})}, Conditions=conditions)

    place = ("Properties", "ExistingVpc", "Fn::If", branch)
    assert [item.path for item in found] == [(*place, "VpcId"), (*place, "SecurityGroupIds")]
