"""Endpoint policies and the role: what the role may do passes the endpoints, and what cannot pass is said."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.network.templates import declaration, expanded, one_problem, problems
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import allowed
from tests.support.templates import ACCOUNT, NO_VALUE, get_att, on, plain, role, serverless, template

COUNT = {"Effect": "Allow", "Action": "bedrock:CountTokens", "Resource": "*"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
CARRIED = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "bedrock:CountTokens",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}},
}
PRIVATE = {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}
IN_VPC = {"ExistingVpc": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}}


def policies(*statements: Any) -> list[Any]:
    """The inline policies of a role."""
    return [{"PolicyName": "Extra", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]


def behind_the_first(resources: dict[str, Any], service: str = "bedrock-runtime") -> list[Any]:
    """The statements of an endpoint's policy without the one of the profiles."""
    found = expanded(resources, Conditions={"Debug": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}})["Resources"]
    (endpoint,) = [
        item["Properties"]
        for item in found.values()
        if item["Type"] == "AWS::EC2::VPCEndpoint"
        and item["Properties"]["ServiceName"]["Fn::Sub"].endswith(f".{service}")
    ]
    return list(endpoint["PolicyDocument"]["Statement"][1:])


def remarks(resources: dict[str, Any]) -> list[str]:
    """What the expansion has to say beside the processed template."""
    return [
        str(item)
        for item in expand(template(**resources), StackContext("us-east-1", ACCOUNT), Catalog.bundled()).remarks
    ]


def made(**properties: Any) -> dict[str, Any]:
    """A new function in a new VPC."""
    return {"X": declaration(DeployVpc=True, **properties)}


def existing(chat: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A function of the template in a VPC."""
    return {"Chat": chat, "X": on("Chat", **IN_VPC), **others}


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param(made(RoleProps={"Policies": policies(COUNT, READ)}), id="RoleProps"),
        pytest.param(existing(serverless(Policies=[{"Statement": [COUNT]}], **PRIVATE)), id="serverless"),
        pytest.param(existing(plain(**PRIVATE), Role=role(Policies=policies(COUNT))), id="role"),
        pytest.param(
            existing(
                plain(**PRIVATE),
                Role=role(),
                Extra={
                    "Type": "AWS::IAM::Policy",
                    "Properties": {**policies(COUNT)[0], "Roles": [{"Ref": "Role"}]},
                },
            ),
            id="attached policy",
        ),
        pytest.param(
            existing(
                plain(**PRIVATE),
                Role=role(ManagedPolicyArns=[{"Ref": "Extra"}]),
                Extra={"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": COUNT}}},
            ),
            id="managed policy of the template",
        ),
    ],
)
@pytest.mark.parametrize("service", ["bedrock-runtime", "bedrock"])
def test_what_the_role_may_do_at_bedrock_passes_the_endpoints(resources: dict[str, Any], service: str) -> None:
    """CountTokens that the user's own statement allows is not denied by the endpoint that the macro makes."""
    assert behind_the_first(resources, service) == [CARRIED]


def test_conditions_stay() -> None:
    """A statement under Fn::If passes under the same Fn::If, and the user's Condition holds beside ours."""
    own: dict[str, Any] = {**COUNT, "Sid": "Mine", "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}
    resources = made(RoleProps={"Policies": policies({"Fn::If": ["Debug", own, NO_VALUE]})})
    both = {**own["Condition"], "StringLike": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    assert behind_the_first(resources) == [{"Fn::If": ["Debug", {**CARRIED, "Condition": both}, NO_VALUE]}]


def test_a_statement_of_another_service_or_a_deny_is_not_carried_over() -> None:
    """The endpoints of Bedrock say nothing of Amazon S3, and what the role denies it denies itself."""
    denied = {**COUNT, "Effect": "Deny"}
    assert behind_the_first(made(RoleProps={"Policies": policies(READ, denied)})) == []


def test_two_functions_of_one_role_carry_a_statement_one_time() -> None:
    """An endpoint's policy does not grow with the functions of a role."""
    second = on("Draft", **IN_VPC)
    resources = existing(plain(**PRIVATE), Role=role(Policies=policies(COUNT)), Draft=plain(**PRIVATE), Y=second)
    assert behind_the_first(resources) == [CARRIED]


def test_a_guardrail_is_applied_through_the_endpoint() -> None:
    """Role and endpoint together let the call pass that the role alone let pass."""
    statement = {"Effect": "Allow", "Action": "bedrock:ApplyGuardrail", "Resource": "arn:aws:bedrock:*:*:guardrail/abc"}
    stack = Deployed(expanded(made(RoleProps={"Policies": policies(statement)})), "us-east-1")
    arn, caller = stack.arn("guardrail/abc"), {"aws:PrincipalAccount": ACCOUNT}
    for policy in (stack.identity("X"), stack.endpoint("bedrock-runtime", "XVpc")):
        assert allowed(policy, "bedrock:ApplyGuardrail", arn, caller)
        assert not allowed(policy, "bedrock:ApplyGuardrail", stack.arn("guardrail/other"), caller)


def test_statements_of_the_user_are_added_as_written() -> None:
    """PolicyStatements go into the policy of their endpoint, and of no other."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": get_att("Table", "Arn")}
    items = ["bedrock-runtime", {"Service": "bedrock", "PolicyStatements": [deny]}]
    table = {"Type": "AWS::DynamoDB::Table"}
    resources = {**made(InterfaceEndpoints=items), "Table": table}
    assert behind_the_first(resources, "bedrock") == [deny]
    assert behind_the_first(resources) == []


def test_an_endpoint_is_narrowed_to_the_accounts_own_resources() -> None:
    """A queue of another account is not reached through an endpoint with ResourceAccount: own."""
    items = ["bedrock-runtime", {"Service": "sqs", "ResourceAccount": "own"}]
    stack = expanded(made(InterfaceEndpoints=items))["Resources"]["XSqsEndpoint"]["Properties"]["PolicyDocument"]
    account = {"Ref": "AWS::AccountId"}
    assert stack["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": account},
        "StringEqualsIfExists": {"aws:ResourceAccount": account},
    }


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (["bedrock-runtime", {"Service": "bedrock-runtime"}], "is there twice"),
        ([{"Service": "bedrock-runtime", "ResourceAccount": "own"}], "has no effect"),
        ([{"Service": "bedrock-runtime", "PolicyStatement": []}], "is not a property. Did you mean PolicyStatements?"),
        ([{"Service": "bedrock-runtime", "PolicyStatements": [COUNT]}], "Principal is missing"),
        (["bedrock-runtime", {"Service": "sqs", "ResourceAccount": "mine"}], "is not one of the values"),
    ],
)
def test_a_wrong_item_is_reported(items: list[Any], words: str) -> None:
    """An item that cannot be meant is an error at its place."""
    found = one_problem(made(InterfaceEndpoints=items))
    assert words in found
    assert found.startswith("X.Properties.InterfaceEndpoints.")


def test_two_declarations_that_differ_about_an_account_are_reported() -> None:
    """There is one endpoint for both, so one of the two would not get what it asks for."""
    own = {"Service": "sqs", "ResourceAccount": "own"}
    other = declaration(ExistingVpc=get_att("X", "VpcId"), InterfaceEndpoints=["sqs"])
    found = one_problem({**made(InterfaceEndpoints=["bedrock-runtime", own]), "Y": other})
    assert "ResourceAccount is own for sqs here and not in Y" in found


def test_a_policy_that_no_endpoint_takes_is_an_error() -> None:
    """An endpoint's policy over 20,480 characters fails the deployment, so the macro says it before."""
    many = [{**COUNT, "Resource": f"arn:aws:bedrock:us-east-1::foundation-model/{'x' * 150}{n}"} for n in range(70)]
    found = problems(made(RoleProps={"Policies": policies(*many)}, InterfaceEndpoints=["bedrock-runtime"]))
    assert "characters, and an endpoint takes 20,480" in " ".join(map(str, found))


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"RoleProps": {"Policies": policies({**COUNT, "Action": "bedrock:Rerank"})}}, "bedrock-agent-runtime"),
        ({"RoleProps": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonBedrockReadOnly"]}}, "managed policy"),
        ({"InterfaceEndpoints": ["bedrock-runtime", "sqs"]}, "resources of any account"),
    ],
)
def test_what_cannot_pass_or_passes_too_far_is_information(properties: dict[str, Any], words: str) -> None:
    """The macro expands, and lint says what the endpoints do."""
    assert [words in remark for remark in remarks(made(**properties))].count(True) == 1


def test_nothing_is_said_of_what_passes() -> None:
    """An action that an endpoint lets through, and a service whose account is settled, are no remarks."""
    items = ["bedrock-runtime", {"Service": "sqs", "ResourceAccount": "any"}]
    assert remarks(made(InterfaceEndpoints=items, RoleProps={"Policies": policies(COUNT)})) == []
