"""Functions without a VpcConfig: a declaration moves them into its VPC, and lets them leave it again."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.network.templates import declaration, expanded, one_problem
from tests.support.templates import (
    IDS,
    OTHER_NAMES,
    get_att,
    network,
    new,
    of_type,
    on,
    plain,
    properties,
    role,
    serverless,
    subnet,
)
from tests.support.templates import template as with_sections

GROUP = get_att("ModelSecurityGroup", "GroupId")
CONFIG = {"SubnetIds": [{"Ref": "ModelSubnet1"}, {"Ref": "ModelSubnet2"}], "SecurityGroupIds": [GROUP]}
SECTIONS: dict[str, Any] = {
    "Parameters": {"On": {"Type": "String"}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "On"}, "yes"]}},
}


def chat(kind: str = "serverless", **given: Any) -> dict[str, Any]:
    """The function Chat without a VpcConfig, and its role if it is no serverless one."""
    return {"Chat": serverless(**given)} if kind == "serverless" else {"Chat": plain(**given), "Role": role()}


def model(attributes: dict[str, Any] | None = None, /, **given: Any) -> dict[str, Any]:
    """A declaration that moves Chat into a new VPC, unless ``given`` says another one."""
    return on({"Ref": "Chat"}, attributes, **({"DeployVpc": True} if "ExistingVpc" not in given else {}), **given)


@pytest.mark.parametrize("kind", ["serverless", "plain"])
def test_a_function_is_moved_into_the_new_vpc(kind: str) -> None:
    """DeployVpc beside a function without a VpcConfig gives it one, with a group, and permission for interfaces."""
    template = expanded({**chat(kind), "Model": model()}, Outputs={"G": {"Value": get_att("Model", "SecurityGroupId")}})

    assert properties(template, "Chat")["VpcConfig"] == CONFIG
    assert template["Outputs"]["G"]["Value"] == GROUP
    policy = properties(template, "ModelNetworkPolicy")
    assert policy["Roles"] == [{"Ref": "ChatRole" if kind == "serverless" else "Role"}]
    actions = {action for item in policy["PolicyDocument"]["Statement"] for action in item["Action"]}
    assert {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"} <= actions


def test_the_policy_outlasts_the_function_in_the_vpc() -> None:
    """CloudFormation deletes in reverse order: subnets and group first, which need the interfaces to be gone."""
    resources = expanded({**chat(), "Model": model()})["Resources"]

    assert resources["Chat"]["DependsOn"] == ["ModelPolicy", "ModelNetworkPolicy"]
    for logical_id in ("ModelSubnet1", "ModelSubnet2", "ModelSecurityGroup"):
        assert resources[logical_id]["DependsOn"] == ["ModelNetworkPolicy"]


@pytest.mark.parametrize(
    "own",
    [
        {"Chat": serverless(Policies=[{"Statement": [{"Action": "s3:*", "Resource": get_att("Model", "VpcId")}]}])},
        {"Chat": plain(), "Role": role(Description={"Fn::Sub": "${ModelSubnet1}"})},
        {
            "Chat": plain(),
            "Role": role(ManagedPolicyArns=[{"Ref": "Shared"}]),
            "Shared": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Description": get_att("Other", "VpcId")}},
            "Other": declaration(ExistingVpc=get_att("Model", "VpcId")),
        },
    ],
)
def test_a_role_that_refers_to_the_network_is_not_waited_for(own: dict[str, Any]) -> None:
    """The network cannot wait for a policy on a role that waits for the network: that would be circular."""
    resources = expanded({**own, "Model": model()})["Resources"]

    assert "DependsOn" not in resources["ModelSubnet1"]
    assert "ModelNetworkPolicy" in resources["Chat"]["DependsOn"]


def test_a_function_is_moved_into_a_vpc_of_the_template() -> None:
    """ExistingVpc moves a function, too; its subnets are the user's, and the group waits for the policy."""
    template = expanded({**network(A=subnet("Office")), **chat(), "Model": model(ExistingVpc={"Ref": "Office"})})

    assert properties(template, "Chat")["VpcConfig"] == {"SubnetIds": [{"Ref": "A"}], "SecurityGroupIds": [GROUP]}
    assert "DependsOn" not in template["Resources"]["A"]
    assert template["Resources"]["ModelSecurityGroup"]["DependsOn"] == ["ModelNetworkPolicy"]


def test_a_function_is_moved_with_groups_of_the_users() -> None:
    """SecurityGroupIds of ExistingVpc are the function's, and nothing more is said of what it can reach."""
    vpc = {**IDS, "SecurityGroupIds": ["sg-1"]}
    source = with_sections(**chat(), Model=model(ExistingVpc=vpc))
    expansion = expand(source, StackContext("us-east-1"), Catalog.bundled())

    config = properties(expansion.template, "Chat")["VpcConfig"]
    assert config == {"SubnetIds": IDS["SubnetIds"], "SecurityGroupIds": ["sg-1"]}
    assert "ModelSecurityGroup" not in expansion.template["Resources"]
    assert expansion.remarks == ()


def test_a_moved_function_loses_every_other_way_out() -> None:
    """Whoever moves a function is told that it reaches nothing else any more."""
    source = with_sections(**chat(), Model=model())
    (remark,) = expand(source, StackContext("us-east-1"), Catalog.bundled()).remarks

    assert (remark.level, remark.where) == ("information", "Model.Properties.DeployVpc")
    assert "can reach the endpoints there and nothing else" in remark.what


def test_under_a_condition_the_function_is_in_the_vpc_while_it_is_there() -> None:
    """The VpcConfig of a function that always stands is an Fn::If, and waits for the policy within it."""
    template = expanded({**chat(), "Model": model({"Condition": "C"})}, **SECTIONS)

    group = {"Fn::Select": [0, [GROUP, {"Ref": "ModelNetworkPolicy"}]]}
    config = {**CONFIG, "SecurityGroupIds": [group]}
    assert properties(template, "Chat")["VpcConfig"] == {"Fn::If": ["C", config, {"Ref": "AWS::NoValue"}]}
    assert "DependsOn" not in template["Resources"]["Chat"]


def test_two_declarations_that_name_one_vpc_are_in_one() -> None:
    """The second declaration names the VPC of the first: one VPC, one set of endpoints."""
    second = model(ExistingVpc=get_att("Model", "VpcId"), **OTHER_NAMES)
    template = expanded({**chat(), "Model": model(), "Second": second})

    assert len(of_type(template, "VPC")) == 1
    groups = [GROUP, get_att("SecondSecurityGroup", "GroupId")]
    assert properties(template, "Chat")["VpcConfig"] == {**CONFIG, "SecurityGroupIds": groups}


@pytest.mark.parametrize("first", [{"DeployVpc": True}, {"ExistingVpc": IDS}])
def test_two_vpcs_for_one_function_are_a_problem(first: dict[str, Any]) -> None:
    """Two declarations with DeployVpc, or with two VPCs, do not move a function into both."""
    words = one_problem({**chat(), "Model": on("Chat", **first), "Second": on("Chat", DeployVpc=True, **OTHER_NAMES)})

    assert words.startswith("Second.Properties.DeployVpc: Model moves Chat into another VPC")
    assert "Write ExistingVpc: !GetAtt Model.VpcId, or leave it out" in words


@pytest.mark.parametrize("turned", [False, True])
def test_a_declaration_without_a_network_joins_the_one_of_its_function(turned: bool) -> None:
    """The endpoints know both profiles, whichever declaration comes first."""
    declarations = {"Model": model(), "Second": on("Chat", **OTHER_NAMES)}
    template = expanded({**chat(), **dict(reversed(declarations.items()) if turned else declarations.items())})

    (statement,) = properties(template, "ModelBedrockEndpoint")["PolicyDocument"]["Statement"]
    assert len(statement["Resource"]) == 2
    assert "SecondNetworkPolicy" not in template["Resources"]


def test_a_declaration_moves_the_function_of_another_one() -> None:
    """A new function without a VPC is moved by the second declaration that is on it."""
    template = expanded({"Chat": new(), "Model": on("Chat", DeployVpc=True, **OTHER_NAMES)})

    assert properties(template, "Chat")["VpcConfig"] == CONFIG
    assert properties(template, "ModelNetworkPolicy")["Roles"] == [{"Ref": "ChatRole"}]


def test_capacity_providers_have_a_vpc_of_their_own() -> None:
    """Lambda takes no VpcConfig beside a CapacityProviderConfig, and AWS SAM neither."""
    assert "Chat has a CapacityProviderConfig" in one_problem({**chat(CapacityProviderConfig={}), "Model": model()})
