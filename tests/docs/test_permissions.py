"""The policies on the page: what they are for passes, and what they are not for does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.support.goldens import goldens
from tests.support.policy_evaluation import allowed, statement_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
DEPLOY, NETWORK, CHECK, KEY = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL))
VIA = {"aws:CalledVia": ["cloudformation.amazonaws.com"]}
REGIONAL = {"aws:RequestedRegion": "REGION"}
MANAGED_LIMIT = 6_144
"""Characters of a managed policy, white space aside: AWS IAM User Guide, "IAM and AWS STS quotas"."""

ARNS = {
    "bedrock": "arn:aws:bedrock:REGION:111122223333:application-inference-profile/abc",
    "lambda": "arn:aws:lambda:REGION:111122223333:function:team-chat-Assistant-ABC",
    "iam": "arn:aws:iam::111122223333:role/team-chat-AssistantRole-ABC",
    "logs": "arn:aws:logs:REGION:111122223333:log-group:team-chat-AssistantLogGroup-ABC",
    "ec2": "*",
}
"""A resource of each service as CloudFormation names it in the stack team-chat."""

UNUSED = {
    *("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "lambda:GetLayerVersion"),
    *("lambda:PutRuntimeManagementConfig", "lambda:PutFunctionRecursionConfig", "lambda:PutFunctionScalingConfig"),
    *("lambda:PassCapacityProvider", "lambda:AssociateRuntimeAlias", "lambda:PublishVersion"),
    *("lambda:PutFunctionCodeSigningConfig", "lambda:DeleteFunctionCodeSigningConfig", "lambda:GetCodeSigningConfig"),
    *("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:CreateServiceLinkedRole"),
    *("iam:PutUserPolicy", "iam:GetUserPolicy", "iam:DeleteUserPolicy"),
    *("iam:PutGroupPolicy", "iam:GetGroupPolicy", "iam:DeleteGroupPolicy"),
    *("logs:PutDataProtectionPolicy", "logs:DeleteDataProtectionPolicy", "logs:CreateLogDelivery"),
    *("logs:DeleteLogDelivery", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy", "logs:PutIndexPolicy"),
    *("logs:DeleteIndexPolicy", "logs:PutBearerTokenAuthentication", "logs:PutLogGroupDeletionProtection"),
    *("ec2:AssociateSubnetCidrBlock", "ec2:DisassociateSubnetCidrBlock", "ec2:ModifyVpcTenancy"),
    "ec2:CreateVpcEncryptionControl",
}
"""Actions of properties that an expansion does not set by itself."""
ELSEWHERE = ("elasticfilesystem:", "s3files:", "firehose:", "s3:", "kms:", "autoscaling:", "vpc-lattice:", "vpce:")
"""Services of properties that the table of the page has, or that an expansion does not set."""
FUNCTIONS = ("AWS::Lambda::Function", "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Logs::LogGroup")
PROFILE = "AWS::Bedrock::ApplicationInferenceProfile"
NETWORKS = (
    *("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::SubnetRouteTableAssociation"),
    *("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::VPCEndpoint", "AWS::EC2::FlowLog"),
)


def permits(policies: list[dict[str, Any]], action: str, resource: str, context: dict[str, Any]) -> bool:
    """Whether IAM would allow the request by ``policies`` together."""
    statements = [each for policy in policies for each in policy["Statement"]]
    return allowed([statement_of(each) for each in statements], action, resource, context)


@cache
def needed(kind: str) -> frozenset[str]:
    """What CloudFormation calls for a resource of a type, by its registry schema."""
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
    operations = ("create", "read", "update", "delete")
    return frozenset(action for each in operations for action in handlers.get(each, {}).get("permissions", ()))


def requests(*kinds: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(action, resource, context) of what the types need, as far as an expansion sets the properties."""
    for action in sorted({action for kind in kinds for action in needed(kind)} - UNUSED):
        service = action.partition(":")[0]
        if action.startswith(ELSEWHERE):
            continue
        if action.startswith("ec2:"):
            yield action, "*", REGIONAL
        elif action.startswith("logs:Describe") and action != "logs:DescribeIndexPolicies":
            yield action, "*", {}
        elif action == "iam:PassRole":
            yield action, ARNS["iam"], {"iam:PassedToService": "lambda.amazonaws.com"}
        else:
            yield action, ARNS[service], {}


def test_every_generated_type_is_looked_at() -> None:
    """A new type of resource in an expansion needs a word on the page, and here."""
    generated = {
        resource["Type"]
        for golden in goldens()
        for name, resource in golden.expanded()["Resources"].items()
        if name not in golden.template["Resources"] and resource["Type"].startswith("AWS::")
    }
    assert generated - {*FUNCTIONS, PROFILE, *NETWORKS} <= {"AWS::CloudWatch::Alarm", "AWS::IAM::ManagedPolicy"}
    for kind in ("AWS::CloudWatch::Alarm", "AWS::IAM::ManagedPolicy"):
        actions = {action.partition(":")[2] for action in needed(kind) if not re.search("User|Group", action)}
        assert {action for action in actions if action not in PAGE} == set()


FOR_FUNCTIONS = [each for each in requests(*FUNCTIONS, PROFILE) if not each[0].startswith("ec2:")]
FOR_NETWORKS = [*requests(*NETWORKS, *FUNCTIONS)]


@pytest.mark.parametrize(("action", "resource", "context"), FOR_FUNCTIONS, ids=str)
def test_a_deployer_can_deploy_what_an_expansion_makes(action: str, resource: str, context: dict[str, Any]) -> None:
    """Each action that CloudFormation needs for a function, its role, its log group and its profile is granted."""
    assert permits([DEPLOY], action, resource, context)


@pytest.mark.parametrize(("action", "resource", "context"), FOR_NETWORKS, ids=str)
def test_with_the_second_policy_networks_can_be_deployed(action: str, resource: str, context: dict[str, Any]) -> None:
    """The two policies together have all that a declaration with DeployVpc needs."""
    assert permits([DEPLOY, NETWORK], action, resource, context)
    assert permits(
        [DEPLOY, NETWORK], "iam:PassRole", ARNS["iam"], {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}
    )


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("lambda:InvokeFunction", "MACRO_FUNCTION_ARN", {}),
        ("lambda:InvokeFunction", "PROVIDER_FUNCTION_ARN", {}),
        ("lambda:InvokeFunction", ARNS["lambda"], VIA),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:REGION:111122223333:function:other", {}),
        ("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/Admin", {}),
        ("iam:PassRole", ARNS["iam"], {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/Admin", {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("iam:AttachRolePolicy", ARNS["iam"], {}),
        ("bedrock:InvokeModel", "arn:aws:bedrock:REGION::foundation-model/amazon.nova-lite-v1:0", {}),
        ("cloudformation:DeleteStack", "arn:aws:cloudformation:REGION:111122223333:stack/other/1", {}),
        ("logs:GetLogEvents", ARNS["logs"], {}),
        ("ec2:CreateVpc", "*", {"aws:RequestedRegion": "elsewhere"}),
        ("ec2:RunInstances", "*", REGIONAL),
    ],
    ids=str,
)
def test_a_deployer_can_do_nothing_beside_that(action: str, resource: str, context: dict[str, Any]) -> None:
    """No direct call, no stack, function or role of others, no model, nothing in another Region."""
    assert not permits([DEPLOY, NETWORK], action, resource, context)


def test_a_deployer_reaches_both_functions_through_cloudformation() -> None:
    """The macro and the provider are called by CloudFormation for the deployer."""
    for name in ("MACRO_FUNCTION_ARN", "PROVIDER_FUNCTION_ARN"):
        assert permits([DEPLOY], "lambda:InvokeFunction", name, VIA)


def test_a_pipeline_that_checks_can_only_read() -> None:
    """It has what diff, stacks and settings call, and no other action."""
    [statement] = CHECK["Statement"]
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/lambda_bedrock_profile/cli").glob("*.py"))
    called = set(re.findall(r"\.(describe_stacks|get_template_summary|get_template)\(|\"(describe_stacks)\"", code))
    names = {next(filter(None, each)).replace("_", "") for each in called}
    assert {action.partition(":")[2].lower() for action in statement["Action"]} == names
    assert not permits([CHECK], "cloudformation:CreateChangeSet", "*", {})


def test_each_policy_fits_into_a_managed_one() -> None:
    """A policy that is longer than IAM takes would help nobody."""
    for policy in (DEPLOY, NETWORK, CHECK):
        assert len(re.sub(r"\s", "", json.dumps(policy))) <= MANAGED_LIMIT


def test_the_key_is_for_the_log_groups_of_the_account() -> None:
    """CloudWatch Logs may use the key for a log group of this account and Region, and for nothing else."""
    [logs] = [statement_of({k: v for k, v in each.items() if k != "Principal"}) for each in KEY["Statement"][1:]]
    key = "kms:EncryptionContext:aws:logs:arn"
    for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ReEncryptTo"):
        assert allowed([logs], action, "*", {key: ARNS["logs"]})
        assert not allowed([logs], action, "*", {key: ARNS["logs"].replace("1111", "4444")})
        assert not allowed([logs], action, "*", {})


def test_no_action_is_granted_that_nothing_needs() -> None:
    """Each action is one that a type needs, one of the stacks themselves, or the call of the two functions."""
    granted = {action for policy in (DEPLOY, NETWORK) for each in policy["Statement"] for action in actions(each)}
    wanted = {action for kind in (*FUNCTIONS, PROFILE, *NETWORKS) for action in needed(kind)}
    beside = {action for action in granted - wanted if not action.startswith("cloudformation:")}
    assert beside == {"ec2:Describe*", "lambda:InvokeFunction", "lambda:ListTags"}


def actions(statement: dict[str, Any]) -> list[str]:
    """The actions of a statement."""
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)
