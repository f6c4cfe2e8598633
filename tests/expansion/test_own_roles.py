"""The role that a function runs as already: its name, as IAM wants it for a policy, out of whatever names the role."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    NO_VALUE,
    expanded,
    new,
    on,
    plain,
    problem,
    resources,
    role,
    serverless,
    template,
)

SECTIONS = {
    "Parameters": {
        "RoleArn": {"Type": "String"},
        "RoleName": {"Type": "String"},
        "Nested": {"Type": "String"},
        "Secret": {"Type": "String", "NoEcho": True},
    },
    "Conditions": {"C": {"Fn::Equals": ["a", "b"]}},
}
ARN = "arn:aws:iam::111122223333:role/"
LOOKED_UP = {"Fn::GetAtt": ["Lookup", "Arn"]}
IMPORTED = {"Fn::ImportValue": "Part"}
VALUES = {"Nested": "team/chat", "RoleArn": ARN + "service/team/chat", "RoleName": "chat", "Secret": "hunter2"}
BEHIND_ROLE = {"Fn::Split": [":role/", {"Fn::ImportValue": "Arn"}]}

NAMES: list[tuple[Any, Any]] = [
    ({"Fn::GetAtt": ["Role", "Arn"]}, {"Ref": "Role"}),
    ({"Fn::GetAtt": "Role.Arn"}, {"Ref": "Role"}),
    ({"Ref": "Role"}, {"Ref": "Role"}),
    (ARN + "chat", "chat"),
    (ARN + "service/team/chat", "chat"),
    ("arn:aws-us-gov:iam::111122223333:role/a+b=c,d.e@f-g_h", "a+b=c,d.e@f-g_h"),
    ({"Ref": "RoleArn"}, {"Fn::Select": [3, {"Fn::Split": ["/", {"Ref": "RoleArn"}]}]}),
    ({"Ref": "Secret"}, {"Fn::Select": [1, {"Fn::Split": [":role/", {"Ref": "Secret"}]}]}),
    ({"Fn::ImportValue": "Arn"}, {"Fn::Select": [1, BEHIND_ROLE]}),
    ({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/chat"}, "chat"),
    ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/path/${RoleName}"}, {"Fn::Sub": "${RoleName}"}),
    ({"Fn::Sub": ["arn:aws:iam::1:role/${N}", {"N": "chat"}]}, {"Fn::Sub": ["${N}", {"N": "chat"}]}),
    ({"Fn::Sub": "arn:aws:iam::1:role/{{resolve:ssm:role:3}}"}, "{{resolve:ssm:role:3}}"),
    ({"Fn::Sub": "${RoleArn}"}, {"Fn::Select": [3, {"Fn::Split": ["/", {"Fn::Sub": "${RoleArn}"}]}]}),
    ({"Fn::Sub": "${Role.Arn}"}, {"Ref": "Role"}),
    (
        {"Fn::GetAtt": ["Lookup", "Arn"]},
        {"Fn::Select": [1, {"Fn::Split": [":role/", {"Fn::GetAtt": ["Lookup", "Arn"]}]}]},
    ),
    ({"Fn::Sub": "arn:aws:iam::1:role/${Nested}"}, {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::Sub": "${Nested}"}]}]}),
    ({"Fn::Join": ["/", [{"Ref": "RoleArn"}, "path", {"Ref": "RoleName"}]]}, {"Ref": "RoleName"}),
    ({"Fn::Join": ["", ["arn:aws:iam::", IMPORTED, ":role/team/", IMPORTED]]}, IMPORTED),
    ({"Fn::Join": ["", ["arn:aws:iam::", IMPORTED, ":role/team/chat"]]}, "chat"),
    ({"Fn::Join": ["", [IMPORTED, "/a/chat-", IMPORTED, "-x"]]}, {"Fn::Join": ["", ["chat-", IMPORTED, "-x"]]}),
    ({"Fn::Join": [":", ["arn:aws:iam:", "1", "role/chat"]]}, "chat"),
    ({"Fn::Join": ["", [IMPORTED]]}, {"Fn::Select": [1, {"Fn::Split": [":role/", {"Fn::Join": ["", [IMPORTED]]}]}]}),
    (
        {"Fn::If": ["C", {"Fn::GetAtt": ["Role", "Arn"]}, ARN + "a/b"]},
        {"Fn::If": ["C", {"Ref": "Role"}, "b"]},
    ),
]


@pytest.mark.parametrize("kind", ["plain", "serverless", "new"])
@pytest.mark.parametrize(("written", "name"), NAMES)
def test_the_policy_goes_to_the_role_by_its_name(kind: str, written: Any, name: Any) -> None:
    """In whatever form a function names its role, the permissions reach that role, and the role itself stays."""
    others = {"Role": role(), "Lookup": {"Type": "Custom::RoleLookup"}}
    if kind == "new":
        source = template(SECTIONS, **others, X=new(LambdaFunctionProps={**FUNCTION, "Role": written}))
    else:
        chat = plain(Role=written) if kind == "plain" else serverless(Role=written)
        source = template(SECTIONS, **others, Chat=chat, X=on("Chat"))
    found = resources(source, **VALUES)
    assert found["XPolicy"]["Properties"]["Roles"] == [name]
    # A Ref is the role's name, which Lambda refuses; in a function of its own that is the user's to see.
    expected = {"Fn::GetAtt": ["Role", "Arn"]} if (kind, written) == ("new", {"Ref": "Role"}) else written
    assert found["X" if kind == "new" else "Chat"]["Properties"]["Role"] == expected
    assert found["Role"] is source["Resources"]["Role"]
    assert "XRole" not in found
    if kind == "new":
        assert found["X"]["DependsOn"] == ["XPolicy"]


@pytest.mark.parametrize(
    "written",
    [
        "chat",
        "arn:aws:iam::111122223333:user/chat",
        "arn:aws:iam::111122223333:role/",
        {"Fn::GetAtt": ["Bucket", "Arn"]},
        {"Fn::GetAtt": ["Inline", "Arn"]},
        {"Fn::If": ["C", {"Fn::GetAtt": ["Role", "Arn"]}, NO_VALUE]},
        {"Fn::Sub": "arn:aws:iam::1:role/"},
        {"Fn::Join": ["", ["arn:aws:iam::1:role/"]]},
        {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/{{resolve:ssm:/team/role}}"},
        {"Fn::Join": ["", ["arn:aws:iam::1:role/", "{{resolve:ssm:/team/role}}"]]},
        5,
    ],
)
def test_a_role_without_a_name_says_how_to_go_on(written: Any) -> None:
    """Where the role's name cannot be had, the message lists the forms from which it can."""
    others = {"Bucket": {"Type": "AWS::S3::Bucket"}, "Inline": {"Type": "AWS::IAM::RolePolicy"}}
    source = template(SECTIONS, Role=role(), **others, Chat=plain(Role=written), X=on("Chat"))
    found = problem(source)
    assert found.path == ("Properties", "ExistingLambdaObj")
    assert "Fn::GetAtt to a role of this template" in found.fix


def test_a_plain_function_without_a_role_is_a_problem() -> None:
    """CloudFormation would refuse such a function, and nothing can be attached to a role that is not there."""
    function = plain()
    del function["Properties"]["Role"]
    assert problem(template(Chat=function, X=on("Chat"))).path == ("Properties", "ExistingLambdaObj")


def test_two_functions_can_share_the_role_of_a_declaration() -> None:
    """A function may run as the role that a declaration generates, named by attribute or by its id."""
    for attribute in ({"Fn::GetAtt": ["X", "RoleArn"]}, {"Fn::GetAtt": ["XRole", "Arn"]}):
        source = template(X=new(RoleProps={"Path": "/team/"}), Chat=plain(Role=attribute), Y=on("Chat"))
        found = resources(source)
        assert found["Chat"]["Properties"]["Role"] == {"Fn::GetAtt": ["XRole", "Arn"]}
        assert found["YPolicy"]["Properties"]["Roles"] == [{"Ref": "XRole"}]


def test_the_own_role_of_a_declaration_keeps_its_name() -> None:
    """A function that runs as the role another declaration was given gets at that role itself, path or not."""
    own = new(LambdaFunctionProps={**FUNCTION, "Role": {"Fn::GetAtt": ["Role", "Arn"]}})
    other = new(LambdaFunctionProps={**FUNCTION, "Role": {"Fn::GetAtt": ["X", "RoleArn"]}})
    found = resources(template(Role=role(Path="/app/"), X=own, Y=other))
    assert found["YPolicy"]["Properties"]["Roles"] == [{"Ref": "Role"}]


@pytest.mark.parametrize("missing", [None, [], "text"])
def test_a_role_that_is_no_resource_has_no_name(missing: Any) -> None:
    """A resource that is left empty is reported, and no fault of the macro."""
    for written in ({"Ref": "R"}, {"Fn::GetAtt": ["R", "RoleArn"]}, {"Fn::GetAtt": ["R", "Arn"]}):
        source = template(R=missing, Chat=plain(Role=written), X=on("Chat"))
        if written != {"Fn::GetAtt": ["R", "Arn"]}:
            expanded(source)
        else:
            assert problem(source).path == ("Properties", "ExistingLambdaObj")


def test_a_new_function_with_a_role_in_one_branch_alone_is_refused() -> None:
    """The generated role cannot be there for one branch, and the message says what is the trouble."""
    own = {"Fn::If": ["C", {"Ref": "RoleArn"}, NO_VALUE]}
    found = problem(template(SECTIONS, X=new(LambdaFunctionProps={**FUNCTION, "Role": own})))
    assert found.what.startswith("is AWS::NoValue in one branch")


def test_a_policy_name_differs_between_stacks() -> None:
    """Two stacks may attach to one role, so the name of the inline policy carries the stack."""
    name = resources(template(Role=role(), Chat=plain(), X=on("Chat")))["XPolicy"]["Properties"]["PolicyName"]
    assert "${Stack}" in name["Fn::Sub"][0]
    assert name["Fn::Sub"][1]["Stack"]["Fn::Select"][1]["Fn::Split"][1] == {"Ref": "AWS::StackId"}


FOREIGN = "arn:aws:iam::999988887777:role/team/other"
TAKEN = {"Fn::If": ["C", ARN + "chat", FOREIGN]}


@pytest.mark.parametrize(
    ("source", "where"),
    [
        pytest.param(
            template(X=new(LambdaFunctionProps={**FUNCTION, "Role": FOREIGN})),
            "X.Properties.LambdaFunctionProps.Role: is",
            id="new",
        ),
        pytest.param(
            template(Chat=plain(Role=FOREIGN), X=on("Chat")),
            "X.Properties.ExistingLambdaObj: the Role of Chat is",
            id="existing",
        ),
        pytest.param(
            template(
                SECTIONS, X=new(LambdaFunctionProps={**FUNCTION, "Role": {"Fn::If": ["C", ARN + "chat", FOREIGN]}})
            ),
            "X.Properties.LambdaFunctionProps.Role: is",
            id="the branch that is taken",
        ),
    ],
)
def test_a_role_of_another_account_is_an_error(source: dict[str, Any], where: str) -> None:
    """Its policy would go to a role of the same name in this account, if there is one."""
    assert str(problem(source)).startswith(f"{where} a role of another account")


def test_a_role_of_another_account_in_a_branch_that_is_not_taken_is_none() -> None:
    """One template for two accounts names the role of each."""
    branches = {"Fn::If": ["C", FOREIGN, ARN + "chat"]}
    expanded(template(SECTIONS, X=new(LambdaFunctionProps={**FUNCTION, "Role": branches})))
    expanded(template(SECTIONS, Chat=plain({"Condition": "C"}, Role=FOREIGN), X=on("Chat", {"Condition": "C"})))


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (IMPORTED, True),
        ({"Fn::GetAtt": ["Stack", "Outputs.RoleArn"]}, True),
        ({"Fn::Sub": "${Stack.Outputs.RoleArn}"}, True),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/chat"}, False),
        ({"Fn::GetAtt": ["Role", "Arn"]}, False),
    ],
)
def test_a_role_of_another_stack_may_have_a_path(arn: Any, said: bool) -> None:
    """The macro expands, and lint says what makes such a deployment fail."""
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x"}}
    source = template(X=new(LambdaFunctionProps={**FUNCTION, "Role": arn}), Role=role(), Stack=stack)
    remarks = expand(source, StackContext("us-east-1", ACCOUNT), Catalog.bundled()).remarks
    assert ["path"] * said == [remark.rule for remark in remarks]
