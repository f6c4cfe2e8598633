"""Circles that a reference of the user's closes: CloudFormation refuses them after the fact and does not say who."""

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
    ("properties", "path", "way"),
    [
        (
            {"LogGroupProps": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${X}"}}},
            "LogGroupProps.LogGroupName",
            "XLogGroup",
        ),
        (
            {"InferenceProfileProps": {"Tags": [{"Key": "fn", "Value": {"Ref": "X"}}]}},
            "InferenceProfileProps.Tags.0.Value",
            "XRole",
        ),
        (
            a_statement([{"Fn::GetAtt": ["X", "Arn"]}]),
            "RoleProps.Policies.0.PolicyDocument.Statement.0.Resource.0",
            "XRole",
        ),
        (
            a_statement({"Fn::GetAtt": "Files.Arn"}),
            "RoleProps.Policies.0.PolicyDocument.Statement.0.Resource",
            "XRole → Files",
        ),
    ],
)
def test_a_property_that_refers_to_what_waits_for_it_is_refused(properties: Any, path: str, way: str) -> None:
    """The problem names the whole way round, the place of the reference, and a name in its stead."""
    found = problem(template(X=new(**properties), Files=BUCKET))
    assert (found.where, found.kind) == (f"X.Properties.{path}", "reference")
    assert found.what == f"closes a circle: X → {way} → X, each waiting for the next"
    assert "such as !Sub ${AWS::StackName}-" in found.fix


def test_a_function_that_refers_to_itself_is_refused() -> None:
    """A new function finds the reference in its declaration, one of the template in its own properties."""
    made = problem(template(X=new(LambdaFunctionProps=WITH_ITSELF)))
    assert made.where == "X.Properties.LambdaFunctionProps.Environment.Variables.ME"
    own = plain(Environment=WITH_ITSELF["Environment"])
    existing = problem(template(Role=role(), Chat=own, X=on("Chat")))
    assert existing.where == "Chat.Properties.Environment.Variables.ME"


@pytest.mark.parametrize("name", ["Trigger", "X"])
def test_a_new_function_that_depends_on_what_waits_for_it_is_refused(name: str) -> None:
    """DependsOn the declaration itself or its users is told with what to remove."""
    found = problem(template(Trigger=PERMISSION, X=new({"DependsOn": [name]})))
    assert (found.where, found.fix) == ("X.DependsOn", f"Remove {name} from DependsOn")


def test_an_existing_function_in_a_circle_is_told_in_the_words_of_the_user() -> None:
    """DependsOn the declaration means all that it expands to, and the advice names both, as either can be written."""
    found = problem(template(Role=role(), Chat=plain(), X=on("Chat", {"DependsOn": "X"})))
    assert (found.where, found.fix) == ("X.DependsOn", "Remove X or XPolicy from DependsOn")
    tagged = on("Chat", InferenceProfileProps={"Tags": [{"Key": "fn", "Value": {"Ref": "Chat"}}]})
    tag = problem(template(Role=role(), Chat=plain(), X=tagged))
    assert tag.where == "X.Properties.InferenceProfileProps.Tags.0.Value"


def test_two_declarations_that_wait_for_each_other_are_one_problem() -> None:
    """A circle through several declarations is told once, and another circle beside it, too."""
    both = {"A": new({"DependsOn": "B"}), "B": new({"DependsOn": "A"})}
    assert problem(template(**both)).where == "A.DependsOn"
    found = problems(template(**both, X=new(**NAMED_AFTER_IT)))
    assert [item.logical_id for item in found] == ["A", "X"]


def test_every_circle_of_a_declaration_is_told_at_once() -> None:
    """Each reference that closes one is a problem of its own."""
    found = problems(template(X=new(LambdaFunctionProps=WITH_ITSELF, **NAMED_AFTER_IT)))
    assert [item.path[1] for item in found] == ["LambdaFunctionProps", "LogGroupProps"]


def test_a_circle_of_a_branch_that_is_not_taken_is_none() -> None:
    """A condition that is known to be false takes its references with it."""
    conditions = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    named = {"LogGroupName": {"Fn::If": ["Never", {"Fn::Sub": "/aws/lambda/${X}"}, "/aws/lambda/assistant"]}}
    assert "XLogGroup" in resources(template(conditions, X=new(LogGroupProps=named)))


def test_a_role_that_waits_for_the_declaration_is_told_once() -> None:
    """DependsOn is what can go, so it is named and not the function's reference to its role."""
    waiting = {**role(), "DependsOn": "X"}
    found = problem(template(R=waiting, Chat=plain(Role={"Fn::GetAtt": "R.Arn"}), X=on("Chat")))
    assert (found.where, found.fix) == ("R.DependsOn", "Remove X or Chat from DependsOn")


@pytest.mark.parametrize("properties", [None, [], {"Fn::If": ["C", {}, {}]}])
def test_a_circle_through_a_resource_without_readable_properties(properties: Any) -> None:
    """What stands there cannot be looked into, and its DependsOn is told all the same."""
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": "X", "Properties": properties}
    found = problem(template(W=handle, X=new({"DependsOn": "W"})))
    assert found.where == "X.DependsOn"


def test_the_events_of_a_serverless_function_close_no_circle() -> None:
    """An API that names the function, and is named in its events, is what every SAM application has."""
    api = {
        "Type": "AWS::Serverless::Api",
        "Properties": {"StageName": "v1", "DefinitionBody": {"uri": {"Fn::Sub": "${Chat.Arn}/invocations"}}},
    }
    events = {"Get": {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}}}}
    assert "XPolicy" in resources(template(Chat=serverless(Events=events), Api=api, X=on("Chat")))
    stage = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1", "Variables": {"F": {"Ref": "Chat"}}}}
    told = serverless(Environment={"Variables": {"API": {"Ref": "Api"}}})
    assert "XPolicy" in resources(template(Chat=told, Api=stage, X=on("Chat")))
    assert problem(template(Chat=told, Api=api, X=on("Chat"))).where == "Chat.Properties.Environment.Variables.API"


def test_references_that_close_no_circle_pass() -> None:
    """What waits for the declaration, and what the declaration waits for, may be as long a chain as it likes."""
    queue = {"Type": "AWS::SQS::Queue"}
    chain = template(
        Queue=queue, X=new(**a_statement({"Fn::GetAtt": "Queue.Arn"})), Y=new({"DependsOn": "X"}), Trigger=PERMISSION
    )
    assert resources(chain)["YRole"]["DependsOn"] == ["X"]
