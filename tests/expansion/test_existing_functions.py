"""A function of the template gets a profile, and is otherwise left as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import (
    MODEL,
    NO_VALUE,
    OTHER_NAMES,
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

ADDED = {"BEDROCK_MODEL": MODEL, "BEDROCK_PROFILE": profile_arn("X")}
CONDITION = {"Conditions": {"C": {"Fn::Equals": ["a", "b"]}}}


@pytest.mark.parametrize(
    "reference", ["Chat", {"Ref": "Chat"}, {"Fn::GetAtt": ["Chat", "Arn"]}, {"Fn::GetAtt": "Chat.Arn"}]
)
def test_a_plain_function_gets_variables_and_a_policy(reference: Any) -> None:
    """The function learns its model and profile, and its role may call them before the function is there."""
    source = template(Chat=plain(Timeout=5), Role=role(), X=on(reference))
    found = resources(source)
    assert list(found) == ["Chat", "Role", "XPolicy", "XInferenceProfile"]
    assert found["Chat"] == {
        "Type": "AWS::Lambda::Function",
        "Properties": {**source["Resources"]["Chat"]["Properties"], "Environment": {"Variables": ADDED}},
        "DependsOn": ["XPolicy"],
    }
    assert found["Role"] is source["Resources"]["Role"]
    assert found["XPolicy"]["Type"] == "AWS::IAM::Policy"
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "Role"}]


@pytest.mark.parametrize(
    "policies",
    [
        None,
        "AWSLambdaBasicExecutionRole",
        ["AWSLambdaBasicExecutionRole", {"DynamoDBReadPolicy": {"TableName": "t"}}],
        {"SQSPollerPolicy": {"QueueName": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]},
        [{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}],
        {"Fn::If": ["C", "A", NO_VALUE]},
        {"Ref": "PolicyArn"},
    ],
)
def test_the_policies_of_a_serverless_function_stay(policies: Any) -> None:
    """Whatever form Policies has, it is not touched; the role that SAM makes gets a policy of its own."""
    written = {} if policies is None else {"Policies": policies}
    found = resources(template(CONDITION, Chat=serverless(**written), X=on("Chat")))
    assert found["Chat"] == serverless(**written, Environment={"Variables": ADDED}) | {"DependsOn": ["XPolicy"]}
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "ChatRole"}]


@pytest.mark.parametrize("function", [plain, serverless])
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (NO_VALUE, {"Variables": ADDED}),
        ({}, {"Variables": ADDED}),
        (None, {"Variables": ADDED}),
        ({"Variables": None}, {"Variables": ADDED}),
        ({"Variables": NO_VALUE}, {"Variables": ADDED}),
        ({"Variables": {"A": "1"}}, {"Variables": {**ADDED, "A": "1"}}),
        (
            {"Fn::If": ["C", {"Variables": {"A": "1"}}, NO_VALUE]},
            {"Fn::If": ["C", {"Variables": {**ADDED, "A": "1"}}, {"Variables": ADDED}]},
        ),
        (
            {"Variables": {"Fn::If": ["C", {"A": "1"}, {"Fn::If": ["C", NO_VALUE, {"B": "2"}]}]}},
            {"Variables": {"Fn::If": ["C", {**ADDED, "A": "1"}, {"Fn::If": ["C", ADDED, {**ADDED, "B": "2"}]}]}},
        ),
    ],
)
def test_variables_are_merged_whatever_stands_there(function: Any, environment: Any, expected: Any) -> None:
    """The function's own variables stay, in every branch of a condition."""
    found = resources(template(CONDITION, Chat=function(Environment=environment), Role=role(), X=on("Chat")))
    assert found["Chat"]["Properties"]["Environment"] == expected


@pytest.mark.parametrize(
    "environment", ["text", ["A"], {"Variables": "text"}, {"Variables": {"Ref": "P"}}, {"Ref": "P"}, {"Fn::If": ["C"]}]
)
def test_variables_that_nothing_can_be_added_to_are_a_problem(environment: Any) -> None:
    """An Environment that is no map is refused with the form that works."""
    source = template(Chat=plain(Environment=environment), Role=role(), X=on("Chat"))
    assert "Environment: {Variables: {...}}" in problem(source).fix


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SECRET_NAME", "is a variable that X sets to the id of its model"),
        ({"Ref": "Name"}, "an environment variable of that name is"),
    ],
)
def test_the_name_of_a_variable_is_not_shown_if_a_parameter_gives_it(name: Any, words: str) -> None:
    """A collision names the variable if the template does; the value of a parameter is in no message."""
    declared = {"Parameters": {"Name": {"Type": "String"}}}
    chat = serverless(Environment={"Variables": {"SECRET_NAME": "1"}})
    found = problem(
        template(declared, Chat=chat, X=on("Chat", FoundationModelEnvironmentVariableName=name)), Name="SECRET_NAME"
    )
    assert words in found.what
    assert ("SECRET_NAME" in str(found)) == (name == "SECRET_NAME")


def test_globals_stay_and_count() -> None:
    """SAM Globals are not merged or changed, but a variable that they set already is a collision."""
    shared = {"Globals": {"Function": {"Timeout": 9, "Environment": {"Variables": {"A": "1"}}}}}
    found = resources(template(shared, Chat=serverless(), X=on("Chat")))
    assert variables(found["Chat"]) == ADDED
    shared = {"Globals": {"Function": {"Timeout": 9, "Environment": {"Variables": {"BEDROCK_MODEL": "1"}}}}}
    assert problem(template(shared, Chat=serverless(), X=on("Chat"))).kind == "collision"
    assert resources(template(shared, Chat=plain(), Role=role(), X=on("Chat")))


@pytest.mark.parametrize(
    "environment",
    [
        {"Fn::If": ["C", {"Variables": {"A": "1"}}, NO_VALUE]},
        {"Variables": {"Fn::If": ["C", {"A": "1"}, {"A": "2"}]}},
    ],
)
def test_conditional_globals_are_refused_where_sam_would_drop_them(environment: Any) -> None:
    """SAM takes the function's own map instead of conditional Globals, so adding to it would lose variables."""
    shared = {**CONDITION, "Globals": {"Function": {"Environment": environment}}}
    found = problem(template(shared, Chat=serverless(), X=on("Chat")))
    assert "Globals" in found.what
    assert "Write the Environment in Chat itself" in found.fix
    assert resources(template(shared, Chat=serverless(Environment={"Variables": {"B": "1"}}), X=on("Chat")))


@pytest.mark.parametrize("network", [{}, {"DeployVpc": True}])
@pytest.mark.parametrize("properties", ["text", ["a"], 5])
def test_a_function_without_readable_properties_is_a_problem(properties: Any, network: dict[str, Any]) -> None:
    """A malformed function is reported and is no fault of the macro, also if it is to be moved into a VPC."""
    source = template(Chat={"Type": "AWS::Serverless::Function", "Properties": properties}, X=on("Chat", **network))
    assert problem(source).logical_id == "X"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (None, "no resource"),
        ({"Type": "AWS::S3::Bucket"}, "a resource of type AWS::S3::Bucket"),
        (on("Other"), "a resource of type Custom::LambdaBedrockProfile"),
        ("text", "no resource"),
    ],
)
def test_only_a_function_of_the_template_can_be_named(function: Any, words: str) -> None:
    """A missing resource, another type and a declaration without a function are refused by what they are."""
    others = {} if function is None else {"Chat": function}
    source = template(**others, Other=plain(), Role=role(), X=on("Chat", **OTHER_NAMES))
    found = problem(source)
    assert found.path == ("Properties", "ExistingLambdaObj")
    assert words in found.what


def test_a_function_that_a_loop_makes_is_told_where_to_go() -> None:
    """One of a loop that is not expanded is no function yet, and the message says where the declaration belongs."""
    loop = {"Fn::ForEach::Chats": ["Name", {"Ref": "Unknown"}, {"Chat${Name}": plain()}]}
    assert problem(template(Role=role(), **loop, X=on("ChatA"))).fix.endswith("write the declaration in the same loop")
    assert "loop" not in problem(template(Role=role(), X=on("ChatA"))).fix
    loop = {"Fn::ForEach::Chats": ["Name", ["A", "B"], {"Chat${Name}": plain()}]}
    found = resources(template(Role=role(), **loop, X=on("ChatA")))
    assert [name for name in ("ChatA", "ChatB") if "Environment" in found[name]["Properties"]] == ["ChatA"]
    both = {"Chat${Name}": plain(), "X${Name}": on({"Fn::Sub": "Chat${Name}"})}
    assert "XAPolicy" in resources(template(Role=role(), **{"Fn::ForEach::Chats": ["Name", ["A", "B"], both]}))


def test_several_declarations_on_one_function() -> None:
    """A function can have two models, each with its variables, profile and policy."""
    found = resources(template(Chat=serverless(), X=on("Chat"), Y=on({"Ref": "Chat"}, **OTHER_NAMES)))
    assert variables(found["Chat"]) == {**ADDED, "DRAFT_MODEL": MODEL, "DRAFT_PROFILE": profile_arn("Y")}
    assert found["Chat"]["DependsOn"] == ["XPolicy", "YPolicy"]
    names = [found[name]["Properties"]["PolicyName"] for name in ("XPolicy", "YPolicy")]
    assert names[0] != names[1]


def test_the_same_variable_from_two_declarations_is_a_problem() -> None:
    """Two declarations on one function need names that differ, and the later one is told so."""
    found = problem(
        template(Chat=serverless(), X=on("Chat"), Y=on("Chat", FoundationModelEnvironmentVariableName="MODEL"))
    )
    assert (found.logical_id, found.kind) == ("Y", "collision")
    assert "BEDROCK_PROFILE" in found.what


@pytest.mark.parametrize("turn", [1, -1])
def test_a_second_declaration_on_the_function_of_a_first(turn: int) -> None:
    """A function that one declaration makes can get a second model from another, whichever stands first."""
    declarations = [("X", new()), ("Y", on("X", **OTHER_NAMES))][::turn]
    found = resources(template(**dict(declarations)))
    assert variables(found["X"]) == {**ADDED, "DRAFT_MODEL": MODEL, "DRAFT_PROFILE": profile_arn("Y")}
    assert found["YPolicy"]["Properties"]["Roles"] == [{"Ref": "XRole"}]
    assert found["X"]["DependsOn"] == ["YPolicy"]
    taken = problems(template(**{**dict(declarations), "Y": on("X")}))
    assert [found.logical_id for found in taken] == ["Y", "Y"]


def test_a_second_declaration_reads_the_role_of_the_first() -> None:
    """The second one's policy goes to the role the function has, also where AWS::NoValue stands for none."""
    own = new(LambdaFunctionProps={**new()["Properties"]["LambdaFunctionProps"], "Role": {"Fn::GetAtt": ["R", "Arn"]}})
    found = resources(template(R=role(), X=own, Y=on("X", **OTHER_NAMES)))
    assert found["YPolicy"]["Properties"]["Roles"] == [{"Ref": "R"}]
    absent = new(LambdaFunctionProps={**new()["Properties"]["LambdaFunctionProps"], "Role": NO_VALUE})
    found = resources(template(X=absent, Y=on("X", **OTHER_NAMES)))
    assert found["YPolicy"]["Properties"]["Roles"] == [{"Ref": "XRole"}]


def test_a_function_under_no_readable_condition_is_reported() -> None:
    """A Condition that is an expression, which CloudFormation refuses, is no fault of the macro."""
    source = template(CONDITION, Role=role(), F=plain({"Condition": {"Fn::Sub": "C"}}), X=on("F"), Y=new())
    (problem,) = problems(source)
    assert (problem.logical_id, problem.what) == ("X", "the Condition of F is not the name of a condition")


def test_a_condition_that_stands_around_the_environment_is_not_asked_again() -> None:
    """The variables go into the branch of the declaration's own condition, bare, and the other branch stays."""
    environment = {"Fn::If": ["C", {"Variables": {"LEVEL": "INFO"}}, NO_VALUE]}
    source = template(
        {"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}},
        Role=role(),
        F=plain(Environment=environment),
        X=on("F", {"Condition": "C"}),
    )
    condition, then, otherwise = resources(source)["F"]["Properties"]["Environment"]["Fn::If"]
    assert (condition, otherwise) == ("C", NO_VALUE)
    assert then["Variables"].keys() == {"LEVEL", "BEDROCK_MODEL", "BEDROCK_PROFILE"}
    assert "Fn::If" not in str(then)


@pytest.mark.parametrize(
    "others",
    [
        {"Role": role(), "Chat": plain(), "X": on("Chat"), "Y": on("Chat")},
        {"X": new(), "Y": on("X")},
        {"Y": on("X"), "X": new()},
    ],
)
def test_two_declarations_with_the_same_variables_are_told_of_each_other(others: dict[str, Any]) -> None:
    """The message says from which declaration the function has the variable, whoever made the function."""
    found = problems(template(**others))
    assert {item.logical_id for item in found} == {"Y"}
    assert all(item.what.endswith(" already, from X") for item in found)
    assert [item.fix.rpartition(" ")[2] for item in found] == [
        "FoundationModelEnvironmentVariableName",
        "InferenceProfileEnvironmentVariableName",
    ]
