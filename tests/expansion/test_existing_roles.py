"""A role that is no function's gets a profile: of an ECS task, a state machine, an agent and the like."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.support.sam_transform import translated
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    IDS,
    MODEL,
    NO_VALUE,
    get_att,
    new,
    plain,
    problem,
    problems,
    profile_arn,
    resources,
    role,
    serverless,
    template,
)

ARN = f"arn:aws:iam::{ACCOUNT}:role/tasks/Task"
CONDITIONS = {"Conditions": {"C": {"Fn::Equals": ["a", "a"]}, "D": {"Fn::Equals": ["a", "a"]}}}
MACHINE = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {"StartAt": "A", "States": {}}}}


def for_role(named: Any, attributes: dict[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
    """A declaration for a role in the place of a function."""
    written = {"BedrockModelId": MODEL, "ExistingRole": named, **more}
    properties = {name: value for name, value in written.items() if value is not None}
    return {"Type": "Custom::LambdaBedrockProfile", **(attributes or {}), "Properties": properties}


def user(value: Any) -> dict[str, Any]:
    """A resource with a reference in it."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}


@pytest.mark.parametrize("named", [{"Ref": "Task"}, get_att("Task", "Arn"), {"Fn::Sub": "${Task.Arn}"}])
def test_a_role_gets_a_profile_and_a_policy(named: Any) -> None:
    """The profile and the permissions are those that a function would have, and nothing else is made or changed."""
    found = resources(template(Task=role(), X=for_role(named)))
    assert list(found) == ["Task", "XPolicy", "XInferenceProfile"]
    assert found["Task"] == role()
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "Task"}]
    of_a_function = resources(template(X=new()))["XRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert found["XPolicy"]["Properties"]["PolicyDocument"]["Statement"] == of_a_function[:2]


def test_references_come_to_the_profile() -> None:
    """Ref is the profile's id; there is no function that an attribute could be of."""
    text = {"Fn::Sub": "${X} ${X.InferenceProfileId} ${X.InferenceProfileArn} ${X.ModelId} ${X.RoleArn}"}
    found = resources(template(Task=role(), X=for_role({"Ref": "Task"}), User=user(text), Other=user({"Ref": "X"})))
    own = "XInferenceProfile.InferenceProfile"
    assert found["User"]["Properties"]["Value"] == {
        "Fn::Sub": f"${{{own}Id}} ${{{own}Id}} ${{{own}Arn}} {MODEL} ${{Task.Arn}}"
    }
    assert found["Other"]["Properties"]["Value"] == get_att("XInferenceProfile", "InferenceProfileId")


@pytest.mark.parametrize("attribute", ["FunctionName", "FunctionArn", "Arn", "VpcId", "SecurityGroupId"])
def test_attributes_of_a_function_are_errors(attribute: str) -> None:
    """A reference to what is not there says why."""
    source = template(Task=role(), X=for_role({"Ref": "Task"}), User=user(get_att("X", attribute)))
    found = problem(source)
    assert (found.logical_id, found.rule) == ("User", "reference")
    assert "no function" in f"{found.what} {found.fix}"


def test_what_waits_for_the_declaration_waits_for_both() -> None:
    """DependsOn on it means the profile and the permissions."""
    task = {"Type": "AWS::ECS::Service", "DependsOn": "X"}
    found = resources(template(Task=role(), X=for_role({"Ref": "Task"}), Service=task))
    assert found["Service"]["DependsOn"] == ["XInferenceProfile", "XPolicy"]


@pytest.mark.parametrize(
    "properties",
    [
        {"FoundationModelEnvironmentVariableName": "MODEL"},
        {"InferenceProfileEnvironmentVariableName": "PROFILE"},
        {"RoleProps": {"Path": "/a/"}},
        {"LogGroupProps": {"RetentionInDays": 7}},
        {"DeployVpc": True},
        {"ExistingVpc": IDS},
        {"VpcProps": {"MaxAzs": 1}},
        {"InterfaceEndpoints": []},
    ],
)
def test_properties_of_a_function_are_errors(properties: dict[str, Any]) -> None:
    """What is about a function, its logs or its network has nothing to be about."""
    found = problem(template(Task=role(), X=for_role({"Ref": "Task"}, **properties)))
    (name,) = properties
    assert found.path == ("Properties", name)
    assert found.fix == f"Remove {name}"


def test_a_guardrail_of_a_role_has_no_variables() -> None:
    """The role may apply the guardrail; the names of variables would be of a function's."""
    guardrail = {"Identifier": "abc123", "Version": "1"}
    found = resources(template(Task=role(), X=for_role({"Ref": "Task"}, Guardrail=guardrail)))
    assert "bedrock:ApplyGuardrail" in str(found["XPolicy"])
    named = {**guardrail, "VersionEnvironmentVariableName": "VERSION"}
    wrong = problem(template(Task=role(), X=for_role({"Ref": "Task"}, Guardrail=named)))
    assert wrong.path == ("Properties", "Guardrail", "VersionEnvironmentVariableName")


def test_alarms_of_a_role_are_on_its_profile() -> None:
    """Monitoring is about the profile, whoever calls it."""
    found = resources(template(Task=role(), X=for_role({"Ref": "Task"}, Monitoring={})))
    dimension = {"Name": "ModelId", "Value": get_att("XInferenceProfile", "InferenceProfileId")}
    assert found["XThrottlesAlarm"]["Properties"]["Dimensions"] == [dimension]


@pytest.mark.parametrize(
    "more",
    [{"LambdaFunctionProps": FUNCTION}, {"ExistingLambdaObj": "Chat"}, {"ExistingRole": None}],
)
def test_there_is_one_for_whom_the_profile_is(more: dict[str, Any]) -> None:
    """Exactly one of a new function, an existing one and a role."""
    found = problem(template(Task=role(), Chat=serverless(), X=for_role({"Ref": "Task"}, **more)))
    assert found.path == ("Properties",)
    assert "ExistingRole" in found.fix


def test_a_wrong_function_beside_a_wrong_role_is_reported_too() -> None:
    """Whichever of the two is removed, the other is known to be wrong."""
    found = problems(template(X=for_role({"Ref": "Nope"}, ExistingLambdaObj="Nobody")))
    assert [item.path[1:] for item in found] == [(), ("ExistingLambdaObj",), ("ExistingRole",)]


@pytest.mark.parametrize(
    ("named", "what", "fix"),
    [
        ("Task", "is the text Task", "Write !Ref Task"),
        ("nobody", "is not the ARN of a role", "!Ref"),
        (ARN.replace(ACCOUNT, "999999999999"), "another account", "the stack's account"),
        ({"Ref": "Bucket"}, "AWS::S3::Bucket", "!Ref to a role"),
        (get_att("Bucket", "Arn"), "AWS::S3::Bucket", "!Ref to a role"),
        ({"Ref": "Chat"}, "is a function", "ExistingLambdaObj: !Ref Chat"),
        ({"Ref": "Nope"}, "no resource", "!Ref to a role"),
        (get_att("Task", "RoleId"), "Task", "!GetAtt Task.Arn"),
        ({"Ref": "Own"}, "not the role of Own", "!GetAtt Own.RoleArn"),
        (get_att("FixedRole", "Arn"), "AWS SAM makes no role for Fixed", "Role of Fixed"),
        ({"Fn::If": ["C", {"Ref": "Task"}, NO_VALUE]}, "AWS::NoValue", "Write a role in each branch"),
        ({"Fn::ImportValue": {"Fn::Sub": "r"}}, None, None),
    ],
)
def test_what_is_no_role_of_this_stack_is_refused(named: Any, what: str | None, fix: str | None) -> None:
    """Each is one error at the property, with what to write."""
    source = template(
        CONDITIONS,
        Task=role(),
        Bucket={"Type": "AWS::S3::Bucket"},
        Chat=serverless(),
        Own=new(),
        Fixed=serverless(Role=get_att("Task", "Arn")),
        X=for_role(named),
    )
    if what is None:
        assert resources(source)
        return
    found = problem(source)
    assert (found.logical_id, found.path) == ("X", ("Properties", "ExistingRole"))
    assert what in found.what
    assert str(fix) in found.fix


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (ARN, "Task"),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/a/Task"}, "Task"),
        ({"Ref": "Arn"}, {"Fn::Select": [1, {"Fn::Split": [":role/", {"Ref": "Arn"}]}]}),
    ],
)
def test_a_role_of_the_account_is_named_by_its_arn(named: Any, expected: Any) -> None:
    """The policy goes to the role of that name, whichever stack made it."""
    sections = {"Parameters": {"Arn": {"Type": "String"}}}
    found = resources(template(sections, X=for_role(named)))
    assert found["XPolicy"]["Properties"]["Roles"] == [expected]


@pytest.mark.parametrize("named", [{"Ref": "ChatRole"}, get_att("ChatRole", "Arn")])
@pytest.mark.parametrize("kind", [serverless(), MACHINE])
def test_the_role_that_sam_will_make_is_one_of_the_template(named: Any, kind: dict[str, Any]) -> None:
    """It is named like any other, before it is there."""
    found = resources(template(Chat=kind, X=for_role(named)))
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "ChatRole"}]
    assert found["Chat"] == kind


def test_both_orders_of_the_transforms_come_to_the_same() -> None:
    """Whether AWS SAM has made the role already or not, it gets the same policy."""
    chat = serverless()
    source = template(Chat=chat, X=for_role({"Ref": "ChatRole"}))
    first = translated({**source, "Resources": resources(source)})["Resources"]
    after = resources(template(**translated(template(Chat=chat))["Resources"], X=source["Resources"]["X"]))
    assert after == first
    assert after["XPolicy"]["Properties"]["Roles"] == [{"Ref": "ChatRole"}]


def test_the_role_of_another_declaration_gets_a_second_profile() -> None:
    """A function whose code takes a profile from elsewhere than its variables may call both."""
    found = resources(template(Own=new(), X=for_role(get_att("Own", "RoleArn"), BedrockModelId="amazon.nova-pro-v1:0")))
    assert found["XPolicy"]["Properties"]["Roles"] == [{"Ref": "OwnRole"}]
    assert "XRole" not in found
    assert found["Own"] == resources(template(Own=new()))["Own"]


def test_a_role_takes_a_profile_that_is_there() -> None:
    """Nothing is made but the policy; Ref is the id of that profile, also if it is taken from an ARN."""
    named = get_att("Own", "InferenceProfileArn")
    second = for_role({"Ref": "Task"}, BedrockModelId=None, ExistingInferenceProfile=named)
    found = resources(template(Own=new(), Task=role(), X=second, User=user({"Ref": "X"})))
    assert [name for name in found if name.startswith("X")] == ["XPolicy"]
    assert found["User"]["Properties"]["Value"] == get_att("OwnInferenceProfile", "InferenceProfileId")
    arn = {"Fn::Sub": "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${Own.InferenceProfileId}"}
    third = for_role({"Ref": "Task"}, ExistingInferenceProfile=arn)
    found = resources(template(Own=new(), Task=role(), X=third, User=user({"Ref": "X"})))
    text = {"Fn::Sub": arn["Fn::Sub"].replace("Own.", "OwnInferenceProfile.")}
    assert found["User"]["Properties"]["Value"] == {"Fn::Select": [1, {"Fn::Split": ["/", text]}]}


def test_a_function_takes_the_profile_of_a_role() -> None:
    """A profile that was made for a role is one like any other."""
    second = new(ExistingInferenceProfile=get_att("X", "InferenceProfileArn"))
    found = resources(template(Task=role(), X=for_role({"Ref": "Task"}), Own=second))
    assert found["Own"]["Properties"]["Environment"]["Variables"]["BEDROCK_PROFILE"] == profile_arn("X")


@pytest.mark.parametrize(
    ("its", "own", "expected"), [(None, None, None), ("C", None, "C"), (None, "C", "C"), ("C", "C", "C")]
)
@pytest.mark.parametrize("kind", ["role", "machine"])
def test_the_condition_of_the_role_counts(its: str | None, own: str | None, expected: str | None, kind: str) -> None:
    """What is generated is there when the role and the declaration are; AWS SAM's role is there with its resource."""
    under = {"Condition": its} if its else {}
    given = {"Task": {**role(), **under}} if kind == "role" else {"Chat": {**MACHINE, **under}}
    named = {"Ref": "Task" if kind == "role" else "ChatRole"}
    found = resources(template(CONDITIONS, **given, X=for_role(named, {"Condition": own} if own else {})))
    assert found["XPolicy"].get("Condition") == found["XInferenceProfile"].get("Condition") == expected


def test_two_conditions_are_an_error() -> None:
    """A role under one condition and its declaration under another are refused with both names."""
    source = template(CONDITIONS, Task={**role(), "Condition": "C"}, X=for_role({"Ref": "Task"}, {"Condition": "D"}))
    found = problem(source)
    assert (found.logical_id, found.path) == ("X", ("Condition",))
    assert "Task" in found.what


def test_metadata_goes_to_the_profile() -> None:
    """Metadata, DeletionPolicy and DependsOn mean what they mean on any resource."""
    attributes = {"Metadata": {"a": 1}, "DeletionPolicy": "Retain", "DependsOn": "Queue"}
    queue = {"Type": "AWS::SQS::Queue"}
    found = resources(template(Task=role(), Queue=queue, X=for_role({"Ref": "Task"}, attributes)))
    assert found["XInferenceProfile"]["Metadata"] == {"a": 1}
    assert "Metadata" not in found["XPolicy"]
    for name in ("XPolicy", "XInferenceProfile"):
        assert (found[name]["DeletionPolicy"], found[name]["DependsOn"]) == ("Retain", ["Queue"])


def test_every_endpoint_lets_a_role_through() -> None:
    """Where a task runs is not known, so each VPC of the template that could be it lets its profile through."""
    found = resources(template(Task=role(), X=for_role({"Ref": "Task"}), Own=new(DeployVpc=True)))
    (statement,) = found["OwnBedrockRuntimeEndpoint"]["Properties"]["PolicyDocument"]["Statement"]
    assert profile_arn("X") in statement["Resource"]
    alone = resources(template(Own=new(DeployVpc=True)))
    assert {name: item for name, item in found.items() if name in alone and "Endpoint" not in name} == {
        name: item for name, item in alone.items() if "Endpoint" not in name
    }


def test_the_deny_on_network_interfaces_stays_with_functions() -> None:
    """A declaration for the role of a function in a VPC changes nothing of what that function's code is denied."""
    found = resources(
        template(
            Role=role(),
            Chat=plain(),
            Last={
                "Type": "Custom::LambdaBedrockProfile",
                "Properties": {"BedrockModelId": MODEL, "ExistingLambdaObj": "Chat", "DeployVpc": True},
            },
            First=for_role({"Ref": "Role"}),
        )
    )
    assert "KeepNetworkInterfacesFromCode" not in str(found["FirstPolicy"])
    assert "KeepNetworkInterfacesFromCode" in str(found["LastPolicy"])


def test_a_wide_policy_of_the_role_is_a_warning() -> None:
    """A statement that lets the role call its model past the profile is reported, in the words for a role."""
    wide = {"Statement": [{"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}]}
    task = role(Policies=[{"PolicyName": "Wide", "PolicyDocument": wide}])
    source = template(Task=task, X=for_role({"Ref": "Task"}))
    (remark,) = expand(source, StackContext("us-east-1", ACCOUNT), Catalog.bundled()).remarks
    assert remark.rule == "moot"
    assert remark.what.startswith("lets the role call")


def test_a_role_in_a_loop_is_found() -> None:
    """A declaration and its role in one Fn::ForEach belong together."""
    loop = {"Task${Name}": role(), "X${Name}": for_role({"Ref": "Task${Name}"})}
    found = resources({"Resources": {"Fn::ForEach::Tasks": ["Name", ["One", "Two"], loop]}})
    assert found["XTwoPolicy"]["Properties"]["Roles"] == [{"Ref": "TaskTwo"}]


def test_a_role_of_a_declaration_with_errors_is_not_reported_twice() -> None:
    """What follows from a declaration that cannot be read is not said a second time."""
    source = template(Own=new(Geography="moon"), X=for_role(get_att("Own", "RoleArn")), User=user({"Ref": "X"}))
    assert [found.logical_id for found in problems(source)] == ["Own"]


def test_a_value_from_a_parameter_is_not_shown() -> None:
    """A wrong role from a parameter is refused without its value."""
    sections = {"Parameters": {"Arn": {"Type": "String"}}}
    assert "mars" not in str(problem(template(sections, X=for_role({"Ref": "Arn"})), Arn="arn:mars"))
