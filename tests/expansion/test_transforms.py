"""Beside other transforms: before or after AWS SAM the result is the same, and loops are served."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.sam_transform import SAM, translated
from tests.support.templates import (
    FUNCTION,
    MODEL,
    NO_VALUE,
    OTHER_NAMES,
    expanded,
    new,
    on,
    plain,
    problem,
    problems,
    profile_arn,
    resources,
    role,
    serverless,
    template,
    variables,
)

SECTIONS: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
}
OTHER_ROLE = "arn:aws:iam::111122223333:role/chat"
BUILT = {"CodeUri": "s3://bucket/chat.zip"}


FUNCTIONS = [
    pytest.param({"Chat": serverless(), "X": on({"Ref": "Chat"})}, id="bare"),
    pytest.param({"Chat": serverless(**BUILT, Policies="AWSXRayDaemonWriteAccess"), "X": on("Chat")}, id="a policy"),
    pytest.param(
        {
            "Chat": serverless(
                Policies=[
                    {"SQSPollerPolicy": {"QueueName": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
                    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]},
                ],
                Events={"Timer": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)"}}},
                FunctionUrlConfig={"AuthType": "AWS_IAM"},
            ),
            "Queue": {"Type": "AWS::SQS::Queue"},
            "X": on({"Fn::GetAtt": "Chat.Arn"}),
        },
        id="policies and events",
    ),
    pytest.param(
        {"Chat": serverless(Environment={"Variables": {"A": "1"}}), "X": on("Chat"), "Y": on("Chat", **OTHER_NAMES)},
        id="two models",
    ),
    pytest.param({"Chat": serverless({"Condition": "C"}), "X": on("Chat", {"Condition": "C"})}, id="condition"),
    pytest.param({"Chat": serverless(), "X": on("Chat", {"Condition": "C"})}, id="declaration under a condition"),
    pytest.param(
        {"Chat": serverless(Role={"Fn::GetAtt": ["Role", "Arn"]}), "Role": role(), "X": on("Chat")}, id="own role"
    ),
    pytest.param(
        {"Chat": serverless(Role={"Fn::If": ["C", OTHER_ROLE, NO_VALUE]}), "X": on("Chat")},
        id="own role if a condition holds",
    ),
    pytest.param(
        {"Chat": serverless(Role={"Fn::If": ["C", NO_VALUE, OTHER_ROLE]}), "X": on("Chat")},
        id="own role if it does not",
    ),
    pytest.param({"Chat": serverless(**BUILT, AutoPublishAlias="live"), "X": on("Chat")}, id="alias"),
    pytest.param({"X": new(), "Other": serverless()}, id="new function"),
]


@pytest.mark.parametrize("shared", [{}, {"Function": {"Timeout": 9, "Environment": {"Variables": {"G": "1"}}}}])
@pytest.mark.parametrize("resources", FUNCTIONS)
def test_both_orders_end_in_the_same_template(resources: dict[str, Any], shared: dict[str, Any]) -> None:
    """Listed before or after AWS SAM, the same functions, roles, policies and outputs are deployed."""
    outputs = {
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["X", "InferenceProfileArn"]}}, "Name": {"Value": {"Ref": "X"}}}
    }
    source = template({**SECTIONS, **outputs, **({"Globals": shared} if shared else {})}, **resources)
    before, after = _named(translated(expanded(source))), _named(expanded(translated(source)))
    assert before == after
    function = before["Resources"]["Chat" if "Chat" in resources else "X"]
    assert function["Type"] == "AWS::Lambda::Function"
    assert {"BEDROCK_MODEL", "BEDROCK_PROFILE"} <= variables(function).keys()


def _named(processed: dict[str, Any]) -> Any:
    """``processed`` without the digest that SAM makes of a function's properties for the id of its version.

    Nor has it the variable that this digest follows, which helps before SAM alone.
    """
    text = re.sub("ChatVersion[0-9a-f]{10}", "ChatVersion", json.dumps(processed))
    return json.loads(re.sub('"BEDROCK_PROFILE_REVISION": "[0-9a-f]{8}", ', "", text))


def test_the_policy_reaches_the_role_that_sam_makes() -> None:
    """The role of a serverless function is made by SAM, under the name that the policy refers to."""
    found = translated(expanded(template(SECTIONS, Chat=serverless(), X=on("Chat"))))["Resources"]
    assert found["ChatRole"]["Type"] == "AWS::IAM::Role"
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "ChatRole"}]
    assert found["Chat"]["Properties"]["Role"] == {"Fn::GetAtt": ["ChatRole", "Arn"]}
    assert found["Chat"]["DependsOn"] == ["XPolicy"]


def test_no_role_is_made_by_sam_for_a_role_of_no_value() -> None:
    """Such a function would be without one after SAM, so the policy has nowhere to go, and that is reported before."""
    source = template(Chat=serverless(Role=NO_VALUE))
    assert list(translated(source)["Resources"]) == ["Chat"]
    found = problem(template(Chat=serverless(Role=NO_VALUE), X=on("Chat")))
    assert found.path == ("Properties", "ExistingLambdaObj")


def test_variables_of_globals_are_still_there_after_sam() -> None:
    """What a function inherits from Globals is not lost for what is added."""
    shared = {"Globals": {"Function": {"Environment": {"Variables": {"G": "1"}}}}}
    found = translated(expanded(template(shared, Chat=serverless(), X=on("Chat"))))["Resources"]
    assert variables(found["Chat"]) == {"G": "1", "BEDROCK_MODEL": MODEL, "BEDROCK_PROFILE": profile_arn("X")}


@pytest.mark.parametrize("ignored", ["*", ["Environment"]])
def test_variables_of_globals_that_a_function_ignores_are_not_taken(ignored: Any) -> None:
    """SAM leaves them out, so one of the same name is no collision."""
    shared = {"Globals": {"Function": {"Environment": {"Variables": {"BEDROCK_MODEL": "1"}}}}}
    ignoring = serverless({"IgnoreGlobals": ignored})
    found = translated(expanded(template(shared, Chat=ignoring, X=on("Chat"))))["Resources"]
    assert variables(found["Chat"])["BEDROCK_MODEL"] == MODEL
    assert problem(template(shared, Chat=serverless({"IgnoreGlobals": 5}), X=on("Chat"))).kind == "collision"


def test_sam_would_drop_conditional_globals() -> None:
    """The reason for refusing them: SAM prefers a function's own map to an intrinsic function in Globals."""
    conditional = {"Fn::If": ["C", {"Variables": {"G": "1"}}, NO_VALUE]}
    shared = {**SECTIONS, "Globals": {"Function": {"Environment": conditional}}}
    own = {"Variables": {"A": "1"}}
    assert (
        translated(template(shared, Chat=serverless()))["Resources"]["Chat"]["Properties"]["Environment"] == conditional
    )
    found = translated(template(shared, Chat=serverless(Environment=own)))
    assert found["Resources"]["Chat"]["Properties"]["Environment"] == own
    assert problem(template(shared, Chat=serverless(), X=on("Chat"))).logical_id == "X"


def test_a_transform_section_is_tolerated() -> None:
    """An emulator that leaves Transform in the fragment gets it back."""
    for transforms in (SAM, ["LambdaBedrockProfile", SAM], [{"Name": "AWS::Include"}]):
        assert expanded(template({"Transform": transforms}, X=new()))["Transform"] == transforms


def test_other_transforms_inside_the_template_are_left_alone() -> None:
    """Fn::Transform of others stays where it stands, in resources and around functions."""
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/a.yaml"}}}
    source = template(
        {"Mappings": {"M": include}},
        Bucket={"Type": "AWS::S3::Bucket", "Properties": include},
        Chat=serverless(**include),
        X=on("Chat"),
    )
    found = expanded(source)
    assert found["Mappings"] is source["Mappings"]
    assert found["Resources"]["Bucket"] is source["Resources"]["Bucket"]
    assert found["Resources"]["Chat"]["Properties"]["Fn::Transform"] == include["Fn::Transform"]


LOOP = {
    "Fn::ForEach::Chats": [
        "Team",
        ["Search", "Sales"],
        {"${Team}Chat": new(InferenceProfileProps={"Tags": [{"Key": "team", "Value": {"Ref": "Team"}}]})},
    ]
}
OUTPUTS = {
    "Outputs": {
        "Fn::ForEach::Arns": [
            "Team",
            ["Search", "Sales"],
            {"${Team}Arn": {"Value": {"Fn::GetAtt": [{"Fn::Sub": "${Team}Chat"}, "InferenceProfileArn"]}}},
        ]
    }
}


def test_a_loop_around_a_declaration_makes_one_for_each_value() -> None:
    """A declaration in Fn::ForEach expands like the ones it stands for, and outputs in loops find them."""
    found = expanded(template(OUTPUTS, **LOOP))
    written_out = template(
        {"Outputs": {f"{team}Arn": {"Value": {"Fn::GetAtt": [f"{team}Chat", "InferenceProfileArn"]}}
                     for team in ("Search", "Sales")}},
        **{f"{team}Chat": new(InferenceProfileProps={"Tags": [{"Key": "team", "Value": team}]})
           for team in ("Search", "Sales")},
    )  # fmt: skip
    assert found == expanded(written_out)
    assert found["Outputs"]["SalesArn"] == {"Value": profile_arn("SalesChat")}


def test_a_loop_that_cannot_be_expanded_is_refused() -> None:
    """A loop over something unknown around a declaration is a problem that names the loop."""
    loop = ["I", {"Fn::ImportValue": "Teams"}, {"Chat${I}": new()}]
    found = problem(template(**{"Fn::ForEach::Chats": loop}))
    assert "Fn::ForEach::Chats" in found.where


def test_loops_around_other_resources_stay() -> None:
    """A template whose loops hold no declaration keeps them for AWS::LanguageExtensions, references pointed."""
    body = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${I}-${X.InferenceProfileId}"}}}
    source = template(**{"Fn::ForEach::Queues": ["I", ["A"], {"Q${I}": body}]}, X=new())
    identifier, values, found = expanded(source)["Resources"]["Fn::ForEach::Queues"]
    assert (identifier, values) == ("I", ["A"])
    assert found["Q${I}"]["Properties"] == {"QueueName": {"Fn::Sub": "${I}-${XInferenceProfile.InferenceProfileId}"}}


LOOPED = {"Fn::GetAtt": [{"Fn::Sub": "X${I}"}, "InferenceProfileArn"]}


def test_a_loop_that_makes_a_reference_to_a_declaration_is_expanded() -> None:
    """Outputs in a loop, one for each of the declarations written out, get the profiles that stand for these."""
    sections = {"Outputs": {"Fn::ForEach::O": ["I", ["A", "B"], {"Out${I}": {"Value": LOOPED}}]}}
    outputs = expanded(template(sections, XA=new(), XB=new()))["Outputs"]
    assert outputs == {f"Out{name}": {"Value": profile_arn(f"X{name}")} for name in "AB"}
    dotted = {"Outputs": {"Fn::ForEach::O": ["I", ["A"], {"Out${I}": {"Value": {"Fn::GetAtt": "X${I}.ModelId"}}}]}}
    assert expanded(template(dotted, XA=new()))["Outputs"] == {"OutA": {"Value": MODEL}}


@pytest.mark.parametrize(
    ("name", "attribute"), [({"Fn::Sub": "${I}"}, "InferenceProfileArn"), ({"Ref": "I"}, "ModelId")]
)
def test_a_loop_over_the_names_of_declarations_is_expanded(name: Any, attribute: str) -> None:
    """The ids themselves may be the collection, and other references to the declarations change nothing."""
    loop = ["I", ["XA", "XB"], {"Out${I}": {"Value": {"Fn::GetAtt": [name, attribute]}}}]
    beside = {"Plain": {"Value": {"Fn::Sub": "${XA.Arn} ${XB.Arn}"}}}
    outputs = expanded(template({"Outputs": {"Fn::ForEach::O": loop, **beside}}, XA=new(), XB=new()))["Outputs"]
    expected = {letter: profile_arn(f"X{letter}") if attribute.endswith("Arn") else MODEL for letter in "AB"}
    assert {letter: outputs[f"OutX{letter}"]["Value"] for letter in "AB"} == expected
    waiting = {"Fn::ForEach::Q": ["I", ["X"], {"Q${I}": {"Type": "AWS::SQS::Queue", "DependsOn": "${I}"}}]}
    queue = resources(template(Chat=serverless(), X=on("Chat"), **waiting))["QX"]
    assert queue["DependsOn"] == ["Chat", "XInferenceProfile", "XPolicy"]


def test_a_loop_over_other_names_may_use_the_bare_variable() -> None:
    """A reference that could be anything is none to a declaration where the values of the loop say so."""
    queues = {"Fn::ForEach::Q": ["I", ["Orders", "Bills"], {"${I}": {"Type": "AWS::SQS::Queue"}}]}
    arn = {"Fn::GetAtt": [{"Fn::Sub": "${I}"}, "Arn"]}
    arns = {"Outputs": {"Fn::ForEach::O": ["I", ["Orders"], {"${I}Arn": {"Value": arn}}]}}
    outputs = expanded(template(arns, Chat=serverless(), X=on("Chat"), **queues))["Outputs"]
    assert outputs == {"OrdersArn": {"Value": {"Fn::GetAtt": ["Orders", "Arn"]}}}


@pytest.mark.parametrize("values", [["A", "B"], {"Ref": "Unknown"}])
def test_a_reference_that_no_one_can_point_is_reported(values: Any) -> None:
    """A loop in properties, or over values that are not known, makes its references after this macro has run."""
    variables = {"Y": "y", "Fn::ForEach::V": ["I", values, {"P${I}": LOOPED}]}
    source = template(Role=role(), Chat=plain(Environment={"Variables": variables}), XA=new())
    (problem,) = problems(source)
    assert (problem.logical_id, problem.path[-2:]) == ("Chat", (2, "P${I}"))
    assert "X${I} in Fn::GetAtt can come to XA" in problem.what
    arn = {"Fn::GetAtt": [{"Fn::Sub": "X${I}"}, "Arn"]}
    variables["Fn::ForEach::V"] = ["I", values, {"P${I}": arn, "Q${I}": {"Fn::GetAtt": [{"Fn::Sub": "Q${I}"}, "Arn"]}}]
    assert expanded(source)["Resources"]["Chat"]["Properties"]["Environment"]["Variables"] == variables


def test_conditions_that_a_loop_makes_are_known() -> None:
    """A declaration in a loop may decide by the condition that the same loop makes for it."""
    sections = {
        "Parameters": {"On": {"Type": "String", "Default": "A"}},
        "Conditions": {"Fn::ForEach::C": ["I", ["A", "B"], {"Is${I}": {"Fn::Equals": [{"Ref": "On"}, {"Ref": "I"}]}}]},
    }
    model = {"Fn::If": ["Is${I}", MODEL, "amazon.nova-pro-v1:0"]}
    loop = {"Fn::ForEach::D": ["I", ["A", "B"], {"X${I}": new(BedrockModelId=model)}]}
    found = resources(template(sections, **loop))
    names = [found[f"X{name}InferenceProfile"]["Properties"]["ModelSource"]["CopyFrom"] for name in "AB"]
    assert [json.dumps(name).count("Is" + letter) for name, letter in zip(names, "AB", strict=True)] == [1, 1]


def test_what_a_loop_makes_is_seen_by_a_declaration() -> None:
    """A role that a loop makes gets the policy of the declaration that names it, and stays in its loop otherwise."""
    loop = {"Fn::ForEach::R": ["I", ["A", "B"], {"Role${I}": role()}]}
    function = {**FUNCTION, "Role": {"Fn::GetAtt": ["RoleA", "Arn"]}}
    found = resources(template(**loop, X=new(LambdaFunctionProps=function)))
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "RoleA"}]
    assert "RoleB" in found
    assert resources(template(**loop, X=new()))["Fn::ForEach::R"] == loop["Fn::ForEach::R"]
