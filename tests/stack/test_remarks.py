"""Warnings about stacks that deploy and do not do what their writer expects."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic
from lambda_bedrock_profile.expand import expand
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    MODEL,
    get_att,
    new,
    on,
    plain,
    problem,
    resources,
    role,
    serverless,
    template,
)


def remarks(source: Any) -> list[Diagnostic]:
    """The warnings about ``source``, which expands."""
    found = expand(source, StackContext("us-east-1", ACCOUNT), Catalog.bundled()).remarks
    assert {item.level for item in found} <= {"warning"}
    return list(found)


def logs(name: Any) -> dict[str, Any]:
    """A log group of the template."""
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": 30}}


NAMES: list[Any] = [
    {"Fn::Sub": "/aws/lambda/${X}"},
    {"Fn::Sub": ["/aws/lambda/${Name}", {"Name": {"Ref": "X"}}]},
    {"Fn::Join": ["", ["/aws/lambda/", {"Ref": "X"}]]},
    {"Fn::Join": ["/", ["", "aws", "lambda", {"Ref": "X"}]]},
    {"Fn::If": ["C", {"Fn::Sub": "/aws/lambda/${X}"}, {"Ref": "AWS::NoValue"}]},
]
CONDITIONS = {"Conditions": {"C": {"Fn::Equals": [1, 1]}}}


@pytest.mark.parametrize("name", NAMES)
def test_a_log_group_that_stays_empty_is_a_warning(name: Any) -> None:
    """Whoever makes the log group of the function by its name learns that the function writes to another one."""
    (warning,) = remarks(template(CONDITIONS, X=new(), Logs=logs(name)))
    assert (warning.rule, warning.where) == ("unused", "Logs.Properties.LogGroupName")
    assert "LogGroupProps of X" in warning.fix
    assert "LoggingConfig: {LogGroup: !Ref Logs}" in warning.fix


def test_a_log_group_of_a_function_with_a_name_stays_empty_too() -> None:
    """It is the same if both names are written out, or are the same parameter's."""
    named = {**FUNCTION, "FunctionName": "chat"}
    assert remarks(template(X=new(LambdaFunctionProps=named), Logs=logs("/aws/lambda/chat")))
    assert not remarks(template(X=new(LambdaFunctionProps=named), Logs=logs("/aws/lambda/other")))


def test_a_log_group_that_is_used_is_no_warning() -> None:
    """A function of the template writes to the group of its name, and so does one that is told to."""
    name = {"Fn::Sub": "/aws/lambda/${F}"}
    assert not remarks(template(Role=role(), F=plain(), X=on("F"), Logs=logs(name)))
    told = {**FUNCTION, "FunctionName": "chat", "LoggingConfig": {"LogGroup": {"Ref": "Logs"}}}
    assert not remarks(template(X=new(LambdaFunctionProps=told), Logs=logs("/aws/lambda/chat")))


def test_an_id_that_is_taken_is_answered_without_a_new_name() -> None:
    """Renaming would replace what is deployed, so the message says how the function can use what is there."""
    own = problem(template(X=new(), XLogGroup=logs({"Fn::Sub": "/aws/lambda/${X}"})))
    assert own.fix.startswith("Write LoggingConfig: {LogGroup: !Ref XLogGroup} in LambdaFunctionProps")
    assert "remove its LogGroupName, which refers to X" in own.fix
    assert "ExistingLambdaObj" in own.fix
    assert "refers" not in problem(template(X=new(), XLogGroup=logs("/x"))).fix
    taken = problem(template(X=new(), XRole=role()))
    assert taken.fix.startswith("Write Role: !GetAtt XRole.Arn in LambdaFunctionProps")
    other = problem(template(X=new(), XRole={"Type": "AWS::SNS::Topic"}))
    assert other.fix.startswith("Rename X or the other one. Or: Write the function as a resource")
    assert "is replaced" in problem(template(X=new(), XInferenceProfile={"Type": "AWS::SNS::Topic"})).fix


def test_what_the_messages_about_taken_ids_advise_expands() -> None:
    """Following either message once ends in success."""
    told = {**FUNCTION, "LoggingConfig": {"LogGroup": {"Ref": "XLogGroup"}}}
    assert resources(template(X=new(LambdaFunctionProps=told), XLogGroup=logs("/x")))
    with_role = {**FUNCTION, "Role": get_att("XRole", "Arn")}
    assert resources(template(X=new(LambdaFunctionProps=with_role), XRole=role()))


def test_nothing_depends_twice_on_what_it_refers_to() -> None:
    """The processed template has no DependsOn that a reference makes superfluous, and none is lost."""
    topic = {"Type": "AWS::SNS::Topic"}
    function = {**FUNCTION, "DeadLetterConfig": {"TargetArn": {"Ref": "T"}}}
    found = resources(template(X=new({"DependsOn": ["T", "U"]}, LambdaFunctionProps=function), T=topic, U=topic))
    assert found["X"]["DependsOn"] == ["U"]
    assert found["XInferenceProfile"]["DependsOn"] == ["T", "U"]
    one = {**FUNCTION, "Description": {"Fn::If": ["C", {"Ref": "T"}, "none"]}}
    found = resources(template(CONDITIONS, X=new({"DependsOn": "T"}, LambdaFunctionProps=one), T=topic))
    assert found["X"]["DependsOn"] == ["T"]


KEY = {"Environment": {"Variables": {"AWS_BEARER_TOKEN_BEDROCK": "{{resolve:ssm:/key}}"}}}


def test_an_api_key_among_the_variables_is_a_warning() -> None:
    """With it the SDK calls as the owner of the key, whatever the role may do."""
    (warning,) = remarks(template(X=new(LambdaFunctionProps={**FUNCTION, **KEY})))
    assert (warning.rule, warning.logical_id) == ("moot", "X")
    assert warning.path == ("Properties", "LambdaFunctionProps", "Environment", "Variables", "AWS_BEARER_TOKEN_BEDROCK")
    (warning,) = remarks(template(Role=role(), F=plain(**KEY), X=on("F"), Y=on("F", **VARIABLES)))
    assert warning.where == "F.Properties.Environment.Variables.AWS_BEARER_TOKEN_BEDROCK"
    shared = {"Globals": {"Function": KEY}}
    assert [item.rule for item in remarks(template(shared, F=serverless(), X=on("F")))] == ["moot"]


VARIABLES = {"FoundationModelEnvironmentVariableName": "M2", "InferenceProfileEnvironmentVariableName": "P2"}


def policies(action: Any, resource: Any = "*", **more: Any) -> list[Any]:
    """The policies of a role with one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]


ANY_MODEL = {"Fn::Sub": "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/*"}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("bedrock:*", "*"),
        ("*", "*"),
        (["s3:GetObject", "bedrock:InvokeModel"], "*"),
        ("bedrock:Invoke*", ANY_MODEL),
        ("bedrock:InvokeModel", f"arn:aws:bedrock:*::foundation-model/{MODEL}"),
        ("bedrock:InvokeModel", {"Fn::Join": [":", ["arn:aws:bedrock", {"Ref": "AWS::Region"}, "", "*"]]}),
    ],
)
def test_a_policy_that_opens_the_bare_model_is_a_warning(action: Any, resource: Any) -> None:
    """A statement beside ours that allows the model itself makes the tags of the profile a courtesy."""
    own = policies(action, resource)
    (warning,) = remarks(template(X=new(RoleProps={"Policies": own})))
    where = "X.Properties.RoleProps.Policies.0.PolicyDocument.Statement.0"
    assert (warning.rule, warning.where) == ("moot", where)
    (warning,) = remarks(template(Role=role(Policies=own), F=plain(), X=on("F"), Y=on("F", **VARIABLES)))
    assert warning.where == "Role.Properties.Policies.0.PolicyDocument.Statement.0"
    (warning,) = remarks(template(F=serverless(Policies=own[0]["PolicyDocument"]), X=on("F")))
    assert warning.where == "F.Properties.Policies.Statement.0"
    attached = {"Type": "AWS::IAM::Policy", "Properties": {**own[0], "Roles": [{"Ref": "Role"}]}}
    (warning,) = remarks(template(Role=role(), F=plain(), X=on("F"), Own=attached))
    assert warning.where == "Own.Properties.PolicyDocument.Statement.0"
    beside = {"Type": "AWS::IAM::RolePolicy", "Properties": {**own[0], "RoleName": {"Ref": "Role"}}}
    (warning,) = remarks(template(Role=role(), F=plain(), X=on("F"), Own=beside))
    assert warning.where == "Own.Properties.PolicyDocument.Statement.0"


def test_a_policy_on_a_role_that_is_not_shown_is_a_warning_too() -> None:
    """The template attaches it, so what it allows is known, whatever else the role has."""
    arn = "arn:aws:iam::111122223333:role/shared"
    attached = {"Type": "AWS::IAM::Policy", "Properties": {**policies("bedrock:*")[0], "Roles": ["shared"]}}
    (warning,) = remarks(template(F=plain(Role=arn), X=on("F"), Own=attached))
    assert warning.where == "Own.Properties.PolicyDocument.Statement.0"


def test_a_policy_in_a_branch_is_named_by_its_branch() -> None:
    """The place leads to the statement itself, also through Fn::If and a managed policy of the template."""
    branch = {"Fn::If": ["C", policies("bedrock:*")[0], {"Ref": "AWS::NoValue"}]}
    (warning,) = remarks(template(CONDITIONS, X=new(RoleProps={"Policies": [branch]})))
    assert warning.where == "X.Properties.RoleProps.Policies.0.Fn::If.1.PolicyDocument.Statement.0"
    document = policies("bedrock:*")[0]["PolicyDocument"]
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    (warning,) = remarks(template(X=new(RoleProps={"ManagedPolicyArns": [{"Ref": "Own"}]}), Own=managed))
    assert warning.where == "Own.Properties.PolicyDocument.Statement.0"


@pytest.mark.parametrize(
    ("action", "resource", "more"),
    [
        ("bedrock:ApplyGuardrail", "*", {}),
        ("bedrock:*", "arn:aws:bedrock:us-east-1:111122223333:guardrail/g", {}),
        ("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/cohere.*", {}),
        ("bedrock:*", "*", {"Condition": {"StringEquals": {"bedrock:InferenceProfileArn": "x"}}}),
        ("bedrock:*", "*", {"Effect": "Deny"}),
        ("bedrock:InvokeModel", {"Ref": "Model"}, {}),
        ("s3:*", "*", {}),
    ],
)
def test_a_policy_that_leaves_the_model_alone_is_no_warning(action: Any, resource: Any, more: Any) -> None:
    """What a function needs besides its profile is nobody's mistake."""
    parameters = {"Parameters": {"Model": {"Type": "String"}}}
    assert not remarks(template(parameters, X=new(RoleProps={"Policies": policies(action, resource, **more)})))


@pytest.mark.parametrize("name", ["AmazonBedrockFullAccess", "AdministratorAccess", "PowerUserAccess"])
def test_a_managed_policy_that_opens_every_model_is_a_warning(name: str) -> None:
    """The same by a policy of AWS, as an ARN or as SAM takes it."""
    arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{name}"}
    (warning,) = remarks(template(X=new(RoleProps={"ManagedPolicyArns": [arn]})))
    assert warning.path[:4] == ("Properties", "RoleProps", "ManagedPolicyArns", 0)
    assert remarks(template(F=serverless(Policies=[name]), X=on("F")))


def test_a_vpc_beside_a_capacity_provider_is_a_warning() -> None:
    """A function of managed instances is in the network of its capacity provider, whatever is made here."""
    function = {**FUNCTION, "CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {}}}
    (warning,) = remarks(template(X=new(LambdaFunctionProps=function, DeployVpc=True)))
    assert (warning.rule, warning.where) == ("ignored", "X.Properties.LambdaFunctionProps.CapacityProviderConfig")
    assert not remarks(template(X=new(LambdaFunctionProps=function)))
