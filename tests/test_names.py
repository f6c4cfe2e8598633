"""Every generated id and name: none may ever change, and each can be read back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile import names
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.names import STACK_GUID, unique_name

# The pattern and length of AWS::Bedrock::ApplicationInferenceProfile, InferenceProfileName.
VALID = re.compile(r"^([0-9a-zA-Z][ _-]?)+$")
LONGEST = 64
GUID = "50d6f0a0-d4a3-11e3-9aab-500c286f3262"


def deployed(name: dict[str, Any]) -> str:
    """What the expression comes to in a stack."""
    text, variables = name["Fn::Sub"]
    assert variables == {"Stack": STACK_GUID}
    return str(text.replace("${Stack}", GUID))


@given(logical_id=st.text(min_size=1, max_size=300), source=st.text(max_size=40))
def test_a_name_is_valid_whatever_the_id(logical_id: str, source: str) -> None:
    """Long, dashed and non-ASCII ids give a name that Bedrock takes."""
    name = deployed(unique_name(logical_id, [source]))
    assert VALID.match(name)
    assert len(name) <= LONGEST


@given(ids=st.lists(st.text(min_size=1, max_size=300), min_size=2, max_size=2, unique=True))
def test_two_ids_never_share_a_name(ids: list[str]) -> None:
    """Also ids that are alike in all that fits into a name, or in all but punctuation."""
    assert len({deployed(unique_name(logical_id, [])) for logical_id in ids}) == 2


@pytest.mark.parametrize(("one", "other"), [("my-thing", "mything"), ("A" * 40 + "1", "A" * 40 + "2"), ("é", "è")])
def test_ids_that_look_alike_have_names_of_their_own(one: str, other: str) -> None:
    """What is cut off or left out of the readable part is in the digest."""
    assert deployed(unique_name(one, [])) != deployed(unique_name(other, []))


def name_of(**properties: Any) -> Any:
    """The name of the profile of a declaration with ``properties``."""
    declaration = {
        "BedrockModelId": {"Ref": "Model"},
        "LambdaFunctionProps": {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": "x"}},
        "InferenceProfileProps": {"Description": {"Ref": "Text"}},
    }
    template = {
        "Parameters": {
            "Model": {"Type": "String", "Default": "amazon.nova-lite-v1:0"},
            "Text": {"Type": "String", "Default": "one"},
        },
        "Resources": {"Assistant": {"Type": "Custom::LambdaBedrockProfile", "Properties": declaration}},
    }
    environment = StackContext("us-east-1", parameters=properties)
    resources = expand(template, environment, Catalog.bundled()).template["Resources"]
    return resources["AssistantInferenceProfile"]["Properties"]["InferenceProfileName"]


@pytest.mark.parametrize("changed", [{"Model": "amazon.nova-pro-v1:0"}, {"Text": "two"}])
def test_a_changed_parameter_changes_the_name(changed: dict[str, str]) -> None:
    """A replacement that a parameter causes can be made before the original is deleted."""
    assert name_of(**changed) != name_of()


def test_the_same_input_gives_the_same_name_for_ever() -> None:
    """No version of the macro may rename, and so replace, a profile that stands."""
    assert unique_name("Assistant", ["us.amazon.nova-lite-v1:0", None])["Fn::Sub"][0] == "Assistant-801d66ef-${Stack}"


FROZEN = {
    "Role": "XRole",
    "Policy": "XPolicy",
    "DurablePolicy": "XDurablePolicy",
    "LogGroup": "XLogGroup",
    "InferenceProfile": "XInferenceProfile",
    "InferenceProfileNative": "XInferenceProfileNative",
    "InferenceProfileProvider": "XInferenceProfileProvider",
    "ModelAccess": "XModelAccess",
    "ThrottlesAlarm": "XThrottlesAlarm",
    "ServerErrorsAlarm": "XServerErrorsAlarm",
    "TokensAlarm": "XTokensAlarm",
    "SecurityGroup": "XSecurityGroup",
    "NetworkPolicy": "XNetworkPolicy",
    "EndpointIngress{}": "XEndpointIngress2",
    "Vpc": "XVpc",
    "Subnet{}": "XSubnet2",
    "RouteTable{}": "XRouteTable2",
    "Subnet{}RouteTableAssociation": "XSubnet2RouteTableAssociation",
    "VpcDefaultSecurityGroup": "XVpcDefaultSecurityGroup",
    "FlowLog": "XFlowLog",
    "FlowLogGroup": "XFlowLogGroup",
    "FlowLogRole": "XFlowLogRole",
    "EndpointSecurityGroup": "XEndpointSecurityGroup",
}


def test_generated_ids_are_the_same_for_ever() -> None:
    """No version of the macro renames, and so replaces, anything that users have: a new part adds a line here."""
    parts = (*names.PARTS_OF_A_DECLARATION, *names.PARTS_OF_A_VPC)
    assert {part: names.generated_id("X", part, 2 if "{}" in part else None) for part in parts} == FROZEN
    assert names.generated_id("X", names.ENDPOINT_INGRESS) == "XEndpointIngress"
    assert names.endpoint_id("Office", "bedrock-runtime") == "OfficeBedrockRuntimeEndpoint"
    assert names.endpoint_id("Office", "ecr.api") == "OfficeEcrApiEndpoint"
    assert names.prefix_list_id("Office", "s3") == "OfficeS3PrefixList"
    assert names.key_of_expression({"Fn::ImportValue": "vpc"}) == "Vpcdcfcb6f5"
    assert names.shared_policy_id("ChatRole", ["amazon.nova-lite-v1:0", "auto"], 2) == "ChatRoleBedrock6952b01dPolicy2"
    assert names.shared_policy_id('{"Ref": "R"}', [], 1) == "Role1fb8f77eBedrock4f53cda1Policy1"
    assert names.shared_policy_condition("P1") == "P1Needed"
    assert [names.half_of("X", depth) for depth in range(8)] == [1, 0, 1, 0, 1, 0, 0, 0]
    assert names.shared_condition("Office", ["A", "B"]) == "OfficeEndpointsfea4c5ce"


@pytest.mark.parametrize("part", [*names.PARTS_OF_A_DECLARATION, *names.PARTS_OF_A_VPC])
def test_each_id_says_whose_part_it_is(part: str) -> None:
    """The owner of what is generated can be read from its id, so a message can name the declaration."""
    for number in (None, 1, 12):
        logical_id = names.generated_id("Assistant2", part, number)
        assert names.owner_of(logical_id, part) == "Assistant2"
        assert ("Assistant2", part) in names.owners_and_parts(logical_id, {"Assistant2", "Other"})


def test_an_endpoint_is_read_back_and_a_stranger_is_not() -> None:
    """An endpoint belongs to its VPC; what nobody generates has no origin."""
    assert names.owners_and_parts("OfficeBedrockEndpoint", ["Office"]) == [("Office", "BedrockEndpoint")]
    assert names.owners_and_parts("OfficeS3PrefixList", ["Office"]) == [("Office", "S3PrefixList")]
    assert names.owners_and_parts("OfficeQueue", ["Office"]) == []
    assert names.owner_of("Office", names.VPC) is None
