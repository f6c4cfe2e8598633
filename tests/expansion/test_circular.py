"""Circular dependencies that the expansion closes: CloudFormation refuses them after the fact and does not say who."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import FUNCTION, new, on, plain, problem, problems, resources, role, serverless, template

WITH_ITSELF = {**FUNCTION, "Environment": {"Variables": {"ME": {"Ref": "X"}}}}
NAMED_AFTER_IT = {"LogGroupProps": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${X}"}}}
PERMISSION = {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": "X"}}}
BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {"NotificationConfiguration": {"LambdaConfigurations": [{"Function": {"Fn::GetAtt": "X.Arn"}}]}},
}


def a_statement(resource: Any) -> dict[str, Any]:
    """RoleProps with a policy on ``resource``."""
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]}
    return {"RoleProps": {"Policies": [{"PolicyName": "Own", "PolicyDocument": document}]}}


@pytest.mark.parametrize(
    ("properties", "way"),
    [
        (NAMED_AFTER_IT, "X -> XLogGroup -> X"),
        ({"InferenceProfileProps": {"Tags": [{"Key": "fn", "Value": {"Ref": "X"}}]}}, "X -> XRole -> X"),
        (a_statement([{"Fn::GetAtt": ["X", "Arn"]}]), "X -> XRole -> X"),
        (a_statement({"Fn::GetAtt": "Files.Arn"}), "X -> XRole -> Files -> X"),
        ({"LambdaFunctionProps": WITH_ITSELF}, "X -> X"),
    ],
)
def test_a_property_that_refers_to_what_waits_for_it_is_refused(properties: Any, way: str) -> None:
    """The error names the whole way round, and a name to write instead of a reference."""
    found = problem(template(X=new(**properties), Files=BUCKET))
    assert (found.where, found.kind) == ("X", "reference")
    assert found.what == f"circular dependency: {way}"
    assert "such as !Sub ${AWS::StackName}-" in found.fix


def test_a_new_function_that_depends_on_what_waits_for_it_is_refused() -> None:
    """DependsOn of the users of a declaration is named with the way round."""
    found = problem(template(Trigger=PERMISSION, X=new({"DependsOn": ["Trigger"]})))
    assert found.what.startswith("circular dependency: X -> ")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("X", "names the declaration itself"),
        ("XRole", "names XRole, and X makes that itself"),
        ("XLogGroup", "names XLogGroup, and X makes that itself"),
    ],
)
def test_a_declaration_that_waits_for_what_it_makes_is_refused_there(name: str, what: str) -> None:
    """The error is at DependsOn, and names what to remove."""
    found = problem(template(X=new({"DependsOn": name})))
    assert (found.where, found.what) == ("X.DependsOn", what)
    assert found.fix.startswith(f"Remove {name} from DependsOn")


def test_a_declaration_beside_a_function_cannot_wait_for_itself() -> None:
    """An existing function changes nothing about that."""
    found = problem(template(Role=role(), Chat=plain(), X=on("Chat", {"DependsOn": "X"})))
    assert (found.where, found.what) == ("X.DependsOn", "names the declaration itself")


def test_a_function_of_the_template_waits_for_what_waits_for_it() -> None:
    """What a declaration makes cannot wait for the function that it is made for."""
    declaration = on("Chat", InferenceProfileProps={"Tags": [{"Key": "fn", "Value": {"Ref": "Chat"}}]})
    found = problems(template(Role=role(), Chat=plain(), X=declaration))
    assert {item.logical_id for item in found} == {"X"}
    assert all(item.what.startswith("circular dependency: X") for item in found)


def test_what_only_the_template_closes_is_left_to_cloudformation() -> None:
    """A function of the template that refers to itself is nothing that the expansion has to do with."""
    itself = plain(Environment={"Variables": {"ME": {"Ref": "Chat"}}})
    assert "XPolicy" in resources(template(Role=role(), Chat=itself, X=on("Chat")))


def test_two_declarations_that_wait_for_each_other_are_one_problem() -> None:
    """A circular dependency of several declarations is reported one time, and another one beside it, too."""
    both = {"A": new({"DependsOn": "B"}), "B": new({"DependsOn": "A"})}
    assert problem(template(**both)).logical_id == "A"
    found = problems(template(**both, X=new(**NAMED_AFTER_IT)))
    assert [item.logical_id for item in found] == ["A", "X"]


def test_a_branch_that_is_not_taken_closes_nothing() -> None:
    """A condition that is known to be false takes its references with it."""
    conditions = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    named = {"LogGroupName": {"Fn::If": ["Never", {"Fn::Sub": "/aws/lambda/${X}"}, "/aws/lambda/assistant"]}}
    assert "XLogGroup" in resources(template(conditions, X=new(LogGroupProps=named)))


def test_a_role_that_waits_for_the_declaration_is_reported() -> None:
    """The policy waits for the role that it is attached to, so the role cannot wait for the policy."""
    waiting = {**role(), "DependsOn": "X"}
    found = problem(template(R=waiting, Chat=plain(Role={"Fn::GetAtt": "R.Arn"}), X=on("Chat")))
    assert (found.where, found.what) == ("X", "circular dependency: XPolicy -> R -> XPolicy")


@pytest.mark.parametrize("properties", [None, [], {"Fn::If": ["C", {}, {}]}])
def test_a_resource_without_readable_properties_can_be_part_of_one(properties: Any) -> None:
    """What stands there cannot be looked into, and its DependsOn counts all the same."""
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": "X", "Properties": properties}
    found = problem(template(W=handle, X=new({"DependsOn": "W"})))
    assert found.what == "circular dependency: X -> W -> X"


def test_the_events_of_a_serverless_function_close_nothing() -> None:
    """An API that names the function, and is named in its events, is what every SAM application has."""
    api = {
        "Type": "AWS::Serverless::Api",
        "Properties": {"StageName": "v1", "DefinitionBody": {"uri": {"Fn::Sub": "${Chat.Arn}/invocations"}}},
    }
    events = {"Get": {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}}}}
    assert "XPolicy" in resources(template(Chat=serverless(Events=events), Api=api, X=on("Chat")))


def test_references_that_close_nothing_pass() -> None:
    """What waits for the declaration, and what the declaration waits for, may be as long a chain as it likes."""
    queue = {"Type": "AWS::SQS::Queue"}
    chain = template(
        Queue=queue, X=new(**a_statement({"Fn::GetAtt": "Queue.Arn"})), Y=new({"DependsOn": "X"}), Trigger=PERMISSION
    )
    assert resources(chain)["YRole"]["DependsOn"] == ["X"]
