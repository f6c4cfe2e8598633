"""DeployVpc: the minimal, most private VPC to run the pattern."""

from __future__ import annotations

from typing import Any

import pytest

from tests.network.templates import declaration, expanded, one_problem, problems
from tests.support.templates import FUNCTION, get_att, of_type, properties


def with_props(**props: Any) -> dict[str, Any]:
    """A template whose declaration makes a VPC with ``props``."""
    return {"Assistant": declaration(DeployVpc=True, VpcProps=props)}


def test_ids_are_those_of_the_contract() -> None:
    """A new version of the macro replaces nobody's VPC: the ids are spelled out here, once and for all."""
    template = expanded({"Assistant": declaration(DeployVpc=True)}, provider_arn="arn:aws:lambda:::function:provider")

    assert set(template["Resources"]) == {
        "Assistant",
        "AssistantRole",
        "AssistantLogGroup",
        "AssistantInferenceProfile",
        "AssistantVpc",
        "AssistantSubnet1",
        "AssistantRouteTable1",
        "AssistantSubnet1RouteTableAssociation",
        "AssistantSubnet2",
        "AssistantRouteTable2",
        "AssistantSubnet2RouteTableAssociation",
        "AssistantFlowLog",
        "AssistantFlowLogGroup",
        "AssistantFlowLogRole",
        "AssistantVpcDefaultSecurityGroup",
        "AssistantSecurityGroup",
        "AssistantEndpointSecurityGroup",
        "AssistantEndpointIngress",
        "AssistantBedrockRuntimeEndpoint",
        "AssistantBedrockEndpoint",
    }


def test_nothing_leads_out_of_the_vpc() -> None:
    """The VPC has no internet gateway, no NAT gateway and no route of any kind."""
    template = expanded({"Assistant": declaration(DeployVpc=True)})
    kinds = {resource["Type"] for resource in template["Resources"].values()}

    assert not {kind for kind in kinds if "Gateway" in kind or kind == "AWS::EC2::Route" or kind == "AWS::EC2::EIP"}


def test_nothing_in_the_vpc_gets_a_public_address() -> None:
    """Neither a subnet of the VPC nor anything in it is given an address that the internet could reach."""
    template = expanded({"Assistant": declaration(DeployVpc=True, VpcProps={"MaxAzs": 3})})
    subnets = of_type(template, "Subnet")

    assert len(subnets) == 3
    for logical_id in subnets:
        written = properties(template, logical_id)
        assert written["MapPublicIpOnLaunch"] is False
        assert not {name for name in written if "Ipv6" in name}
    assert not of_type(template, "EIP")


def test_dns_is_on_whatever_the_user_writes_about_the_vpc() -> None:
    """Private DNS names of the endpoints resolve in every new VPC, also where a condition would turn DNS off."""
    template = expanded(
        with_props(EnableDnsSupport={"Fn::If": ["Off", {"Ref": "AWS::NoValue"}, True]}),
        Conditions={"Off": {"Fn::Equals": [1, 1]}},
    )

    assert properties(template, "AssistantVpc")["EnableDnsSupport"] is True
    assert properties(template, "AssistantVpc")["EnableDnsHostnames"] is True


@pytest.mark.parametrize(
    "props",
    [
        {"EnableDnsHostnames": "false"},
        {"EnableDnsSupport": False},
        {"NatGateways": 1},
        {"SubnetConfiguration": [{"subnetType": "PUBLIC", "name": "a"}]},
    ],
)
def test_what_is_overridden_changes_nothing(props: dict[str, Any]) -> None:
    """Whoever takes VpcProps over from the construct gets the same isolated VPC, with DNS on."""
    assert expanded(with_props(**props)) == expanded(with_props())


@pytest.mark.parametrize("tenancy", ["dedicated", "host"])
def test_a_tenancy_that_lambda_cannot_connect_to_is_a_problem(tenancy: str) -> None:
    """The user learns before the deployment that no function can be in a VPC of that tenancy."""
    words = one_problem(with_props(InstanceTenancy=tenancy))
    assert "Assistant.Properties.VpcProps.InstanceTenancy: is dedicated or host, and Lambda cannot connect" in words


def test_the_function_is_in_the_vpc_with_the_generated_security_group() -> None:
    """The function runs in every isolated subnet, in a group that lets it out to the endpoints alone."""
    template = expanded({"Assistant": declaration(DeployVpc=True)})

    assert properties(template, "Assistant")["VpcConfig"] == {
        "SubnetIds": [{"Ref": "AssistantSubnet1"}, {"Ref": "AssistantSubnet2"}],
        "SecurityGroupIds": [get_att("AssistantSecurityGroup", "GroupId")],
    }
    (rule,) = properties(template, "AssistantSecurityGroup")["SecurityGroupEgress"]
    assert rule.pop("Description")
    assert rule == {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "DestinationSecurityGroupId": get_att("AssistantEndpointSecurityGroup", "GroupId"),
    }
    assert "SecurityGroupIngress" not in properties(template, "AssistantSecurityGroup")


def test_security_groups_of_the_function_come_before_the_generated_one() -> None:
    """A user can give the function a group of their own for its other peers, without losing the way to Bedrock."""
    function = {**FUNCTION, "VpcConfig": {"SecurityGroupIds": [{"Ref": "Database"}]}}
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": get_att("Assistant", "VpcId")}}
    template = expanded({"Assistant": declaration(DeployVpc=True, LambdaFunctionProps=function), "Database": group})

    groups = properties(template, "Assistant")["VpcConfig"]["SecurityGroupIds"]
    assert groups == [{"Ref": "Database"}, get_att("AssistantSecurityGroup", "GroupId")]
    assert properties(template, "Database")["VpcId"] == {"Ref": "AssistantVpc"}


def test_subnets_of_the_function_beside_a_new_vpc_are_a_problem() -> None:
    """Two answers to where the function runs are refused, not merged."""
    function = {**FUNCTION, "VpcConfig": {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"]}}
    words = one_problem({"Assistant": declaration(DeployVpc=True, LambdaFunctionProps=function)})

    assert words.startswith("Assistant.Properties.LambdaFunctionProps.VpcConfig: stands beside DeployVpc")


@pytest.mark.parametrize("own_role", [False, True])
def test_the_role_that_is_used_may_have_network_interfaces(own_role: bool) -> None:
    """The function can be created: the role it runs as, the user's own included, may make its network interfaces."""
    function = {**FUNCTION, "Role": "arn:aws:iam::111122223333:role/own"} if own_role else FUNCTION
    template = expanded({"Assistant": declaration(DeployVpc=True, LambdaFunctionProps=function)})
    policy = (
        properties(template, "AssistantPolicy")["PolicyDocument"]
        if own_role
        else properties(template, "AssistantRole")["Policies"][0]["PolicyDocument"]
    )

    assert "ManageNetworkInterfaces" in {statement["Sid"] for statement in policy["Statement"]}


def test_the_flow_log_can_be_turned_off() -> None:
    """FlowLogs: false leaves out the flow log with its log group and role."""
    template = expanded(with_props(FlowLogs=False))

    assert not {logical_id for logical_id in template["Resources"] if "FlowLog" in logical_id}


def test_the_flow_log_follows_the_organisations_rules() -> None:
    """Boundary and path of RoleProps hold for the flow log's role, retention and key of LogGroupProps for its group."""
    template = expanded(
        {
            "Assistant": declaration(
                DeployVpc=True,
                RoleProps={"PermissionsBoundary": "arn:aws:iam::111122223333:policy/boundary", "Path": "/functions/"},
                LogGroupProps={"RetentionInDays": 30, "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"},
            )
        }
    )

    assert properties(template, "AssistantFlowLogRole")["PermissionsBoundary"].endswith("boundary")
    assert properties(template, "AssistantFlowLogRole")["Path"] == "/functions/"
    assert properties(template, "AssistantFlowLogGroup") == {
        "RetentionInDays": 30,
        "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1",
    }


def test_the_provider_closes_the_default_security_group() -> None:
    """Where the provider is deployed, the VPC's default security group loses its rules."""
    template = expanded({"Assistant": declaration(DeployVpc=True)}, provider_arn="arn:aws:lambda:::function:provider")

    assert template["Resources"]["AssistantVpcDefaultSecurityGroup"] == {
        "Type": "Custom::VpcDefaultSecurityGroup",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "ServiceToken": "arn:aws:lambda:::function:provider",
            "ServiceTimeout": 330,
            "VpcId": {"Ref": "AssistantVpc"},
        },
    }


def test_without_the_provider_there_is_no_custom_resource() -> None:
    """A macro deployed without its provider makes a VPC that CloudFormation can create alone."""
    template = expanded({"Assistant": declaration(DeployVpc=True)})

    assert not [item for item in template["Resources"].values() if item["Type"].startswith("Custom::")]


def test_properties_of_the_user_reach_the_vpc() -> None:
    """Tags and tenancy are the user's; what is not a property of a VPC stays out of it."""
    template = expanded(
        with_props(MaxAzs=1, FlowLogs=True, InstanceTenancy="default", Tags=[{"Key": "a", "Value": "b"}])
    )

    assert properties(template, "AssistantVpc") == {
        "CidrBlock": "10.0.0.0/16",
        "InstanceTenancy": "default",
        "Tags": [{"Key": "a", "Value": "b"}],
        "EnableDnsHostnames": True,
        "EnableDnsSupport": True,
    }


def test_what_the_declaration_stands_under_holds_for_the_network() -> None:
    """Condition, DependsOn and DeletionPolicy of the declaration are those of every resource of its network."""
    resource = {
        **declaration(DeployVpc=True),
        "Condition": "Wanted",
        "DependsOn": "Before",
        "DeletionPolicy": "Retain",
    }
    before = {"Type": "AWS::SNS::Topic"}
    template = expanded({"Assistant": resource, "Before": before}, Conditions={"Wanted": {"Fn::Equals": [1, 1]}})

    for logical_id, item in template["Resources"].items():
        if logical_id != "Before":
            assert (item["Condition"], item["DeletionPolicy"]) == ("Wanted", "Retain"), logical_id
            assert "Before" in item["DependsOn"], logical_id


def test_attributes_name_the_vpc_and_the_security_group() -> None:
    """The rest of the template can put things into the VPC and open ends for the function."""
    outputs = {
        "Vpc": {"Value": get_att("Assistant", "VpcId")},
        "Group": {"Value": {"Fn::Sub": "${Assistant.SecurityGroupId}"}},
    }
    template = expanded({"Assistant": declaration(DeployVpc=True)}, Outputs=outputs)

    assert template["Outputs"]["Vpc"]["Value"] == {"Ref": "AssistantVpc"}
    assert template["Outputs"]["Group"]["Value"] == {"Fn::Sub": "${AssistantSecurityGroup.GroupId}"}


def test_attributes_of_a_network_exist_only_with_one() -> None:
    """A declaration without a VPC says so where its VpcId is asked for."""
    words = one_problem({"Assistant": declaration()}, Outputs={"Vpc": {"Value": get_att("Assistant", "VpcId")}})

    assert "Assistant has no attribute VpcId" in words


def test_properties_without_a_vpc_are_a_problem() -> None:
    """InterfaceEndpoints that would have no effect are reported, not dropped."""
    words = one_problem({"Assistant": declaration(InterfaceEndpoints=["bedrock-runtime"])})

    assert words.startswith("Assistant.Properties.InterfaceEndpoints: has no effect")


def test_a_toggle_may_leave_the_properties_of_the_vpc_in_place() -> None:
    """DeployVpc can come from a parameter: where it is false, VpcProps and InterfaceEndpoints wait in silence."""
    resource = declaration(DeployVpc={"Ref": "Private"}, VpcProps={"MaxAzs": 1}, InterfaceEndpoints=["bedrock-runtime"])
    parameters = {"Private": {"Type": "String", "Default": "false"}}

    assert not of_type(expanded({"Assistant": resource}, Parameters=parameters), "VPC")
    assert of_type(expanded({"Assistant": resource}, Parameters=parameters, values={"Private": "true"}), "VPC")


def test_a_new_vpc_without_a_way_to_bedrock_is_a_problem() -> None:
    """An isolated VPC without an endpoint to bedrock-runtime reaches nothing, so it is not made."""
    words = one_problem({"Assistant": declaration(DeployVpc=True, InterfaceEndpoints=[])})

    assert "leaves the new VPC without an endpoint to bedrock-runtime" in words


def own_endpoint(service: Any) -> dict[str, Any]:
    """A declaration that makes a VPC without endpoints, and the user's own endpoint in it."""
    endpoint = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcId": get_att("Assistant", "VpcId"),
            "ServiceName": service,
            "PrivateDnsEnabled": True,
        },
    }
    return {"Assistant": declaration(DeployVpc=True, InterfaceEndpoints=[]), "Own": endpoint}


@pytest.mark.parametrize(
    "service",
    [
        {"Fn::Sub": "com.amazonaws.${AWS::Region}.bedrock-runtime"},
        {"Fn::Sub": "com.amazonaws.${AWS::Region}.bedrock-runtime-fips"},
        {"Fn::ImportValue": "service"},
    ],
)
def test_a_new_vpc_may_have_its_endpoints_in_the_template(service: Any) -> None:
    """Users who write their own endpoint for the new VPC are left to it, and the function may reach it."""
    template = expanded(own_endpoint(service))

    (rule,) = properties(template, "AssistantSecurityGroup")["SecurityGroupEgress"]
    assert rule["CidrIp"] == get_att("AssistantVpc", "CidrBlock")


def test_an_endpoint_to_another_service_is_no_way_to_bedrock() -> None:
    """A new VPC whose only endpoint is the user's own to SQS is refused: the function could call nothing there."""
    words = one_problem(own_endpoint("com.amazonaws.us-east-1.sqs"))

    assert "leaves the new VPC without an endpoint to bedrock-runtime" in words


def test_ipv6_is_refused_with_what_to_do() -> None:
    """Dual stack is not made, and the message says how to have it."""
    (problem,) = problems(with_props(AmazonProvidedIpv6CidrBlock=True))

    assert "IPv4 alone" in problem.what
    assert "AWS::EC2::VPCCidrBlock" in problem.fix


def test_a_long_id_leaves_descriptions_that_ec2_takes() -> None:
    """The id of the declaration is in the descriptions of groups and rules, which have 255 characters at most."""
    template = expanded({"A" * 225: declaration(DeployVpc=True)}, provider_arn="arn:aws:lambda:::function:provider")
    groups = [group["Properties"] for group in of_type(template, "SecurityGroup").values()]
    rules = [rule["Properties"] for rule in of_type(template, "SecurityGroupIngress").values()]
    texts = [item.get("Description") or item["GroupDescription"] for item in [*groups, *rules]]
    assert max(map(len, texts)) == 255
