"""Existing functions that are in a VPC: they keep their VpcConfig, and have to be in the one that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.network.templates import declaration, expanded, one_problem
from tests.support.templates import IDS, VPC, get_att, network, of_type, properties, subnet

OFFICE = {"Ref": "Office"}
CONFIG = {"SubnetIds": [{"Ref": "A"}], "SecurityGroupIds": ["sg-1", {"Ref": "Group"}]}
GROUP = {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": OFFICE}}}
ROLE = {"Role": "arn:aws:iam::111122223333:role/own"}


def with_chat(vpc: Any = OFFICE, kind: str = "AWS::Serverless::Function", **given: Any) -> dict[str, Any]:
    """The VPC Office, the function Chat with the properties ``given``, and its declaration."""
    role = ROLE if kind == "AWS::Lambda::Function" else {}
    return {
        **network(A=subnet("Office")),
        **GROUP,
        "Chat": {"Type": kind, "Properties": {**role, **given}},
        "Model": declaration(ExistingLambdaObj={"Ref": "Chat"}, ExistingVpc=vpc),
    }


@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::Serverless::Function"])
def test_the_functions_own_security_groups_may_reach_the_endpoints(kind: str) -> None:
    """The function keeps its VpcConfig to the letter, and each of its groups gets a rule on the endpoints."""
    template = expanded(with_chat(kind=kind, VpcConfig=CONFIG))

    assert properties(template, "Chat")["VpcConfig"] == CONFIG
    sources = [
        rule["Properties"]["SourceSecurityGroupId"] for rule in of_type(template, "SecurityGroupIngress").values()
    ]
    assert sources == ["sg-1", {"Ref": "Group"}]
    assert "ModelSecurityGroup" not in template["Resources"]


def test_the_security_group_attribute_is_the_functions_first() -> None:
    """!GetAtt Model.SecurityGroupId is a group that the function has."""
    outputs = {"Group": {"Value": get_att("Model", "SecurityGroupId")}}

    assert expanded(with_chat(VpcConfig=CONFIG), Outputs=outputs)["Outputs"]["Group"]["Value"] == "sg-1"


def test_globals_put_a_serverless_function_into_its_vpc() -> None:
    """What SAM's Globals give counts as the function's own: maps merge, lists are joined."""
    shared = {"Function": {"VpcConfig": {**CONFIG, "SecurityGroupIds": ["sg-0"]}}}
    template = expanded(with_chat(VpcConfig={"SecurityGroupIds": ["sg-1"]}), Globals=shared)

    sources = [
        rule["Properties"]["SourceSecurityGroupId"] for rule in of_type(template, "SecurityGroupIngress").values()
    ]
    assert sources == ["sg-0", "sg-1"]


def test_globals_that_a_function_ignores_do_not_count() -> None:
    """IgnoreGlobals keeps a function out of the VPC of the others, so its declaration may move it."""
    resources = with_chat()
    resources["Chat"]["IgnoreGlobals"] = ["VpcConfig"]
    template = expanded(resources, Globals={"Function": {"VpcConfig": CONFIG}})
    assert properties(template, "Chat")["VpcConfig"]["SecurityGroupIds"] == [get_att("ModelSecurityGroup", "GroupId")]


def test_a_function_that_takes_its_globals_back_is_in_no_vpc() -> None:
    """VpcConfig: !Ref AWS::NoValue removes the one of Globals, and a new one would be joined with it."""
    words = one_problem(with_chat(VpcConfig={"Ref": "AWS::NoValue"}), Globals={"Function": {"VpcConfig": CONFIG}})
    assert "Chat is in no VPC" in words
    assert "Write IgnoreGlobals: [VpcConfig] in Chat in its place" in words


def test_a_condition_in_the_globals_is_followed() -> None:
    """Fn::If on VpcConfig is decided in SAM's Globals as on the function itself."""
    config = {"Fn::If": ["Private", CONFIG, {"Ref": "AWS::NoValue"}]}
    globals_ = {"Function": {"VpcConfig": config}}
    template = expanded(with_chat(), Globals=globals_, Conditions={"Private": {"Fn::Equals": [1, 1]}})

    assert len(of_type(template, "SecurityGroupIngress")) == 2


@pytest.mark.parametrize(
    "config",
    [
        {"SubnetIds": []},
        {"SubnetIds": ["subnet-1"]},
        {**CONFIG, "SecurityGroupIds": {"Fn::If": ["Off", ["sg-1"], {"Ref": "AWS::NoValue"}]}},
    ],
)
def test_a_function_without_a_vpc_is_a_problem(config: Any) -> None:
    """A function that has a VpcConfig keeps it, so one without subnets or groups is refused."""
    words = one_problem(with_chat(VpcConfig=config), Conditions={"Off": {"Fn::Equals": [1, 2]}})

    assert "Model.Properties.ExistingLambdaObj: Chat is in no VPC" in words


def test_a_function_in_another_vpc_is_a_problem() -> None:
    """Endpoints in a VPC that the function is not in are refused where the template shows it."""
    resources = {
        **with_chat(VpcConfig={**CONFIG, "SubnetIds": [{"Ref": "Theirs"}]}),
        "Lab": VPC,
        "Theirs": subnet("Lab"),
    }

    assert "Chat is in another VPC (Lab) than Office" in one_problem(resources)


def test_a_function_in_unknown_subnets_is_believed() -> None:
    """Subnets from parameters tell nothing before deployment, and the user knows."""
    assert expanded(with_chat(IDS, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}))


def test_a_new_vpc_for_a_function_elsewhere_is_a_problem() -> None:
    """DeployVpc beside an existing function would make a VPC that nothing is in."""
    resources = with_chat(VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})
    resources["Model"] = declaration(ExistingLambdaObj="Chat", DeployVpc=True)

    assert "Model.Properties.DeployVpc: the new VPC would be of no use" in one_problem(resources)


def test_a_function_that_is_in_the_new_vpc_already_may_have_it() -> None:
    """A function whose own VpcConfig names the new VPC's subnets is in it."""
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": get_att("Model", "VpcId")}}
    config = {"SubnetIds": [{"Ref": "ModelSubnet1"}], "SecurityGroupIds": [{"Ref": "Group"}]}
    resources = {
        "Group": group,
        "Chat": {"Type": "AWS::Serverless::Function", "Properties": {"VpcConfig": config}},
        "Model": declaration(ExistingLambdaObj="Chat", DeployVpc=True),
    }
    template = expanded(resources)

    assert properties(template, "Group")["VpcId"] == {"Ref": "ModelVpc"}
    assert properties(template, "ModelEndpointIngress")["SourceSecurityGroupId"] == {"Ref": "Group"}


def test_a_function_cannot_have_its_own_groups_by_way_of_its_declaration() -> None:
    """SecurityGroupId is a group of the function's, so where the function names it there is none to give: told so."""
    config = {"SubnetIds": [{"Ref": "ModelSubnet1"}], "SecurityGroupIds": [get_att("Model", "SecurityGroupId")]}
    resources = {
        "Chat": {"Type": "AWS::Serverless::Function", "Properties": {"VpcConfig": config}},
        "Model": declaration(ExistingLambdaObj="Chat", DeployVpc=True),
    }
    words = one_problem(resources)

    assert words.startswith("Chat.Properties.VpcConfig.SecurityGroupIds.0: Model has no attribute SecurityGroupId")


def test_no_resource_of_the_network_waits_for_the_function() -> None:
    """A declaration that depends on its own function leads to no circular dependency."""
    resources = with_chat(VpcConfig=CONFIG)
    resources["Model"]["DependsOn"] = "Chat"
    template = expanded(resources)

    assert not [name for name, item in template["Resources"].items() if "Chat" in item.get("DependsOn", [])]
