"""Functions, roles and VPCs that several declarations share: who belongs to whom."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.stack.plan import function_for
from tests.support.templates import (
    FUNCTION,
    IDS,
    NO_VALUE,
    OTHER_NAMES,
    VPC,
    get_att,
    new,
    of_type,
    on,
    plain,
    problem,
    problems,
    profile_arn,
    properties,
    resources,
    role,
    serverless,
    subnet,
    template,
)

LITE, MICRO = "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"
CONFIG = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
OFFICE = {"Office": VPC, "Inside": subnet("Office")}
IN_OFFICE = {"SubnetIds": [{"Ref": "Inside"}], "SecurityGroupIds": ["sg-1"]}


def expansion(**items: Any) -> Expansion:
    """The expansion of a template of ``items``."""
    return expand({"Resources": items}, StackContext("us-east-1", "111122223333"), Catalog.bundled())


def draft(function: Any, **given: Any) -> dict[str, Any]:
    """A second declaration, with another model, on ``function``."""
    return on(function, **{**OTHER_NAMES, "BedrockModelId": MICRO, **given})


def let_through(found: dict[str, Any]) -> dict[str, str]:
    """What the endpoint policies name, as text, by the logical id of the endpoint."""
    endpoints = of_type({"Resources": found}, "VPCEndpoint")
    return {name: str(endpoint["Properties"]["PolicyDocument"]) for name, endpoint in endpoints.items()}


@pytest.mark.parametrize("turn", [1, -1])
def test_a_second_model_passes_the_endpoints_of_the_functions_vpc(turn: int) -> None:
    """A function in a new VPC can call the model of each of its declarations, in whatever order they stand."""
    declarations = [("Writer", new(DeployVpc=True)), ("Draft", draft({"Ref": "Writer"}))][::turn]
    found = resources(template(**dict(declarations)))

    runtime = let_through(found)["WriterBedrockRuntimeEndpoint"]
    assert str(profile_arn("WriterInferenceProfile")["Fn::GetAtt"]) not in runtime
    assert "WriterInferenceProfile" in runtime
    assert "DraftInferenceProfile" in runtime
    assert f"foundation-model/{MICRO}" in runtime
    assert "DraftInferenceProfile" in let_through(found)["WriterBedrockEndpoint"]
    assert set(of_type({"Resources": found}, "SecurityGroupIngress")) == {"WriterEndpointIngress"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"DeployVpc": True}, {"ExistingVpc": get_att("Writer", "VpcId")}),
        ({"DeployVpc": True}, {"ExistingVpc": {"Fn::Sub": "${Writer.VpcId}"}}),
        ({"ExistingVpc": IDS}, {"ExistingVpc": IDS}),
        ({"ExistingVpc": IDS}, {}),
        ({"ExistingVpc": {"Ref": "Office"}}, {"ExistingVpc": {"Ref": "Office"}}),
        ({"LambdaFunctionProps": {**FUNCTION, "VpcConfig": CONFIG}}, {"ExistingVpc": IDS}),
    ],
)
def test_two_declarations_of_a_function_can_name_its_vpc(first: Any, second: Any) -> None:
    """Both, one of them or the function's own VpcConfig says the VPC, and both models pass its endpoints."""
    found = resources(template(**OFFICE, Writer=new(**first), Draft=draft("Writer", **second)))

    policies = let_through(found)
    assert len(policies) == 2
    for policy in policies.values():
        assert "WriterInferenceProfile" in policy
        assert "DraftInferenceProfile" in policy
    rules = of_type({"Resources": found}, "SecurityGroupIngress").values()
    groups = [str(rule["Properties"]["SourceSecurityGroupId"]) for rule in rules]
    assert len(groups) == len(set(groups)) == 1
    assert "DraftSecurityGroup" not in found


@pytest.mark.parametrize("function", [plain, serverless])
def test_a_function_of_the_template_takes_its_second_model_into_its_vpc(function: Any) -> None:
    """The declaration without network properties joins the one that has them."""
    chat = function(VpcConfig=IN_OFFICE)
    items = {"Role": role(), "Chat": chat, "A": draft("Chat"), "B": on("Chat", ExistingVpc={"Ref": "Office"})}
    found = resources(template(**OFFICE, **items))

    assert all("AInferenceProfile" in policy for policy in let_through(found).values())
    assert set(of_type({"Resources": found}, "SecurityGroupIngress")) == {"BEndpointIngress"}
    assert found["Chat"]["Properties"]["VpcConfig"] == IN_OFFICE


def test_a_vpc_that_is_shared_has_the_zones_of_its_owner() -> None:
    """MaxAzs: "03" means three zones, for the declaration that makes the VPC and for its neighbours."""
    owner = new(DeployVpc=True, VpcProps={"MaxAzs": "03"})
    found = resources(template(Owner=owner, Guest=new(ExistingVpc=get_att("Owner", "VpcId"))))
    subnets = [properties({"Resources": found}, name)["VpcConfig"]["SubnetIds"] for name in ("Owner", "Guest")]
    assert subnets == [[{"Ref": f"OwnerSubnet{number}"} for number in (1, 2, 3)]] * 2


def test_a_joined_declaration_has_the_attributes_of_the_vpc() -> None:
    """!GetAtt of the second declaration gives the VPC and the security group of its function."""
    source = template(
        {"Outputs": {name: {"Value": get_att("Draft", name)} for name in ("VpcId", "SecurityGroupId", "RoleArn")}},
        Writer=new(DeployVpc=True),
        Draft=draft("Writer"),
    )
    outputs = expand(source, StackContext("us-east-1"), Catalog.bundled()).template["Outputs"]
    assert outputs["VpcId"]["Value"] == {"Ref": "WriterVpc"}
    assert outputs["SecurityGroupId"]["Value"] == get_att("WriterSecurityGroup", "GroupId")
    assert outputs["RoleArn"]["Value"] == get_att("WriterRole", "Arn")


def test_a_second_model_under_a_condition_passes_while_it_is_there() -> None:
    """The endpoint policy names the profile of a conditional declaration under its condition."""
    conditions = {"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}}}
    second = {**draft("Writer"), "Condition": "C"}
    found = resources(template(conditions, Writer=new(DeployVpc=True), Draft=second))
    statements = found["WriterBedrockRuntimeEndpoint"]["Properties"]["PolicyDocument"]["Statement"]
    assert [item.get("Fn::If", [None])[0] for item in statements] == [None, "C"]
    assert "Condition" not in found["WriterBedrockRuntimeEndpoint"]


@pytest.mark.parametrize("second", [{"DeployVpc": True}, {"ExistingVpc": {"Ref": "Office"}}])
def test_one_function_is_not_in_two_vpcs(second: dict[str, Any]) -> None:
    """Two declarations of a function that name different VPCs are refused with both."""
    found = problem(template(**OFFICE, Writer=new(DeployVpc=True), Draft=draft("Writer", **second)))
    assert found.where == "Draft.Properties.ExistingLambdaObj"
    assert "Writer is in another VPC (Writer) than" in found.what


def test_a_function_that_asks_for_no_vpc_is_moved_into_that_of_its_second_declaration() -> None:
    """A VPC that only the second declaration of a function names is the VPC of the function."""
    found = expansion(**OFFICE, Writer=new(), Draft=draft("Writer", ExistingVpc={"Ref": "Office"}))
    assert found.template["Resources"]["Writer"]["Properties"]["VpcConfig"]["SubnetIds"] == [{"Ref": "Inside"}]


@pytest.mark.parametrize("given", [{}, {"ExistingVpc": get_att("Broken", "VpcId")}])
def test_a_declaration_with_errors_gives_no_errors_to_its_neighbours(given: dict[str, Any]) -> None:
    """Only what is wrong is reported, not what follows from it."""
    broken = new(BedrockModelId=5, DeployVpc=True)
    neighbour = new(**given) if given else draft("Broken")
    assert {item.logical_id for item in problems(template(Broken=broken, Neighbour=neighbour))} == {"Broken"}


def test_functions_roles_and_vpcs_have_their_declarations() -> None:
    """Whoever merges policies or sets alarms finds all declarations of a role and of a VPC in one place."""
    found = expansion(
        Writer=new(DeployVpc=True),
        Draft=draft("Writer"),
        Other=new(LambdaFunctionProps={**FUNCTION, "Role": get_att("Draft", "RoleArn")}),
    )
    writer, second, other = map(function_for, found.grants)
    assert writer is second
    assert writer.declarations == ("Writer", "Draft")
    assert (writer.role.generated_by, writer.role.name) == ("Writer", {"Ref": "WriterRole"})
    assert writer.role is other.role
    assert writer.role.functions == ("Writer", "Other")
    assert writer.role.declarations == ("Writer", "Draft", "Other")
    assert writer.vpc is not None
    assert (writer.vpc.key, writer.vpc.made) == ("Writer", True)
    assert writer.vpc.declarations == ("Draft", "Writer")
    assert other.vpc is None


OWN = {"Own": role()}


def conditional(holds: bool) -> dict[str, Any]:
    """The condition HasRole, known before deployment."""
    return {"Conditions": {"HasRole": {"Fn::Equals": ["a", "a" if holds else "b"]}}}


@pytest.mark.parametrize("absent", ["", NO_VALUE, get_att("Lookup", "Arn"), 5])
def test_a_branch_that_is_not_taken_needs_no_role(absent: Any) -> None:
    """An empty role in the branch that is known not to be taken, as SAM writes it, is in nobody's way."""
    chosen = {"Fn::If": ["HasRole", absent, get_att("Own", "Arn")]}
    lookup = {"Lookup": {"Type": "AWS::S3::Bucket"}}
    found = resources(template(conditional(False), **OWN, **lookup, F=plain(Role=chosen), M=on("F")))
    assert found["MPolicy"]["Properties"]["Roles"] == [{"Ref": "Own"}]
    assert found["F"]["Properties"]["Role"] == chosen
    made = new(LambdaFunctionProps={**FUNCTION, "Role": chosen})
    assert resources(template(conditional(False), **OWN, **lookup, M=made))["M"]["Properties"]["Role"] == chosen


def test_a_branch_that_is_taken_needs_a_role() -> None:
    """The same function under the other value of the condition has no role, and is refused."""
    chosen = {"Fn::If": ["HasRole", "", get_att("Own", "Arn")]}
    assert problem(template(conditional(True), **OWN, F=plain(Role=chosen), M=on("F"))).logical_id == "M"


def test_a_function_under_the_condition_of_a_branch_takes_it() -> None:
    """A function that is there only if the condition holds never comes to the other branch."""
    unknown = {"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}}}
    chosen = {"Fn::If": ["C", get_att("Own", "Arn"), ""]}
    found = resources(template(unknown, **OWN, F=plain({"Condition": "C"}, Role=chosen), M=on("F")))
    assert found["MPolicy"]["Properties"]["Roles"] == [{"Ref": "Own"}]
    assert problem(template(unknown, **OWN, F=plain(Role=chosen), M=on("F"))).logical_id == "M"


@pytest.mark.parametrize(
    ("condition", "on_function", "role"),
    [
        ("C", False, ["C", get_att("Own", "Arn"), ""]),
        ("NotC", True, ["C", "", get_att("Own", "Arn")]),
        ("NotC", False, ["C", "", get_att("Own", "Arn")]),
        ("C", True, ["NotC", "", get_att("Own", "Arn")]),
        ("CAndD", True, ["C", get_att("Own", "Arn"), ""]),
    ],
)
def test_a_condition_that_settles_another_takes_its_branch(condition: str, on_function: bool, role: Any) -> None:
    """Nothing is needed in the branch that is not taken whenever the declaration, or its function, is there."""
    equals = {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}
    conditions = {"C": equals, "D": equals, "NotC": {"Fn::Not": [{"Condition": "C"}]}}
    conditions["CAndD"] = {"Fn::And": [{"Condition": "D"}, {"Condition": "C"}]}
    under: tuple[dict[str, Any], ...] = ({"Condition": condition}, {})
    function, declaration = under if on_function else under[::-1]
    found = resources(
        template({"Conditions": conditions}, **OWN, F=plain(function, Role={"Fn::If": role}), M=on("F", declaration))
    )
    assert found["MPolicy"]["Properties"]["Roles"] == [{"Ref": "Own"}]


@pytest.mark.parametrize(
    ("role", "what"),
    [
        (NO_VALUE, "F has no Role, "),
        ({"Fn::If": ["C", get_att("Own", "Arn"), NO_VALUE]}, "F has no Role in one branch"),
    ],
)
def test_a_role_of_no_value_is_a_missing_one(role: Any, what: str) -> None:
    """AWS::NoValue in the place of the Role, or in a branch of it, is no role that lacks a name."""
    unknown = {"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}}}
    assert problem(template(unknown, **OWN, F=plain(Role=role), M=on("F"))).what.startswith(what)


@pytest.mark.parametrize(("made_by_sam", "advised"), [(True, True), (False, False)])
def test_a_role_is_left_out_only_where_one_is_made(made_by_sam: bool, advised: bool) -> None:
    """AWS SAM makes a role for a function without Role; for a plain function nobody does, and it is not advised."""
    function = (serverless if made_by_sam else plain)(Role="nobody")
    assert problem(template(F=function, M=on("F"))).fix.endswith("leave Role out for a generated one") == advised


def test_roles_that_lead_to_each_other_say_so() -> None:
    """Two declarations that take each other's role have none, and the message says why."""
    functions = {name: {**FUNCTION, "Role": get_att(other, "RoleArn")} for name, other in ("AB", "BA")}
    found = problems(template(**{name: new(LambdaFunctionProps=function) for name, function in functions.items()}))
    assert [item.what for item in found] == [
        f"{other} has no attribute RoleArn, since its role leads back to itself" for other in "BA"
    ]


@pytest.mark.parametrize(
    ("attribute", "property_name"),
    [("RoleArm", "ExistingRole"), ("VpcIdd", "ExistingVpc"), ("ProfileArn", "ExistingInferenceProfile")],
)
def test_a_wrong_attribute_is_the_one_error_at_its_place(attribute: str, property_name: str) -> None:
    """The attribute that was meant says more than what the property is not."""
    user = new(**{property_name: get_att("A", attribute)})
    if property_name == "ExistingRole":
        del user["Properties"]["LambdaFunctionProps"]
    found = problem(template(A=new(DeployVpc=True), B=user))
    assert found.what == f"A has no attribute {attribute}"
    assert found.fix.startswith("Did you mean ")


def test_a_function_without_a_role_lacks_its_role() -> None:
    """The message says that Role is missing, and not that something is wrong with it."""
    function = plain()
    del function["Properties"]["Role"]
    found = problem(template(F=function, M=on("F")))
    assert found.what.startswith("F has no Role")
    assert found.fix.startswith("Write the Role of F")


@pytest.mark.parametrize(("holds", "words"), [(1, None), (2, "!If [Private, <VPC>, !Ref AWS::NoValue]")])
def test_a_conditional_vpc_config_is_reported_with_the_condition_to_write(holds: int, words: str | None) -> None:
    """ExistingVpc beside a VpcConfig that is not there here is answered with the Fn::If that goes with it."""
    sections = {"Conditions": {"Private": {"Fn::Equals": [1, holds]}}}
    config = {"Fn::If": ["Private", IN_OFFICE, NO_VALUE]}
    items = {**OFFICE, "Chat": serverless(VpcConfig=config), "M": on("Chat", ExistingVpc={"Ref": "Office"})}
    if words is None:
        assert "MEndpointIngress" in resources(template(sections, **items))
    else:
        assert problem(template(sections, **items)).fix.endswith(words)
    advised = {"Fn::If": ["Private", {"Ref": "Office"}, NO_VALUE]}
    assert "MPolicy" in resources(template(sections, **{**items, "M": on("Chat", ExistingVpc=advised)}))
