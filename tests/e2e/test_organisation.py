"""The organisation's rules on the embedded AWS: set on the macro's stack, they reach every stack that uses it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.bedrock import Catalog
from tests.e2e.account import Account, assistant
from tests.support.embedded_aws import ACCOUNT, ROOT
from tests.support.macro_engine import MacroError
from tests.support.macro_stack import STACK, deploy_macro

Rules = Callable[[Mapping[str, str]], None]
TAGS = {"Tags": [{"Key": "team", "Value": "search"}]}
RULES = {
    "PermissionsBoundaryForRoles": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundary",
    "LogKmsKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/logs",
    "MinimumLogRetentionInDays": "1096",
    "RequiredTagKeys": "team",
    "AllowedGeographies": "us",
    "AllowedModels": "amazon.*",
}
BROKEN: dict[str, dict[str, Any]] = {
    "PermissionsBoundaryForRoles": {"RoleProps": {"PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mine"}},
    "LogKmsKeyArn": {"LogGroupProps": {"KmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mine"}},
    "MinimumLogRetentionInDays": {"LogGroupProps": {"RetentionInDays": 30}},
    "RequiredTagKeys": {"InferenceProfileProps": {}},
    "AllowedGeographies": {"BedrockModelId": "amazon.nova-2-lite-v1:0", "Geography": "global"},
    "AllowedModels": {"BedrockModelId": "anthropic.claude-haiku-4-5-20251001-v1:0"},
    "AllowNewVpc": {"DeployVpc": True},
}
"""For each rule, the properties with which a declaration breaks that one and no other."""


@pytest.fixture
def rules(account: Account, built: Path) -> Iterator[Rules]:
    """Sets the rules on the macro's stack; at the end there are none."""
    last: Mapping[str, str] = NOTHING

    def set_rules(values: Mapping[str, str]) -> None:
        nonlocal last
        last = values
        deploy_macro(account.aws, built, values)

    yield set_rules
    if last != NOTHING:
        set_rules(NOTHING)


# The SAM CLI takes an empty value in quotes only.
NOTHING = dict.fromkeys(RULES, '""') | {"MinimumLogRetentionInDays": "0", "AllowNewVpc": "true"}


def command(account: Account, folder: Path, *arguments: str) -> str:
    """What the command line prints in ``folder``, with the credentials of the account."""
    environment = account.aws.environment | {"PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    program = [sys.executable, "-m", "lambda_bedrock_profile.cli", *arguments]
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_rules_reach_three_stacks_and_replace_nothing(account: Account, rules: Rules, tmp_path: Path) -> None:
    """``diff --stack`` says before what the next update of each stack does, and taking the rules back undoes it."""
    templates = {
        "plain": assistant(InferenceProfileProps=TAGS),
        "private": assistant(InferenceProfileProps=TAGS, DeployVpc=True),
        "kept": assistant(InferenceProfileProps=TAGS, LogGroupProps={"RetentionInDays": 3653}),
    }

    def update() -> dict[str, dict[str, str]]:
        """The physical ids of each stack after an update that sends the template."""
        found = {}
        for account.stack, template in templates.items():
            account.deploy(template)
            found[account.stack] = account.resources()
        return found

    before = update()
    rules(RULES)
    (tmp_path / ".git").mkdir()
    command(account, tmp_path, "settings", "--from-stack", STACK)
    for name, template in templates.items():
        (tmp_path / f"{name}.json").write_text(template)
        shown = command(account, tmp_path, "diff", f"{name}.json", "--stack", name)
        assert "PermissionsBoundary" in shown
        assert "replaced" not in shown
        assert set(re.findall(r"^[-+~] (\w+)", shown, flags=re.MULTILINE)) <= before[name].keys()
    assert update() == before
    # The embedded CloudFormation keeps the boundary of a role in the template only.
    assert {boundary(account, name) for name in templates} == {RULES["PermissionsBoundaryForRoles"]}
    groups = {name for each in before.values() for key, name in each.items() if key.endswith("LogGroup")}
    found = account.aws.client("logs").describe_log_groups()["logGroups"]
    days = [each["retentionInDays"] for each in found if each["logGroupName"] in groups]
    assert sorted(days) == [1096, 1096, 1096, 3653]
    for name in templates:
        assert command(account, tmp_path, "diff", f"{name}.json", "--stack", name) == ""
    version = {"Version": __version__, "Catalog": Catalog.bundled().as_of}
    assert [deployed(account, name)["Metadata"]["LambdaBedrockProfile"] for name in templates] == [version] * 3
    rules(NOTHING)
    assert update() == before
    assert {boundary(account, name) for name in templates} == {None}


def deployed(account: Account, stack: str) -> Any:
    """The processed template of a deployed stack."""
    body: Any = account.aws.cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    return json.loads(body) if isinstance(body, str) else body


def boundary(account: Account, stack: str) -> Any:
    """The boundary of the function's role in the template of a deployed stack."""
    found = deployed(account, stack)["Resources"]["AssistantRole"]["Properties"].get("PermissionsBoundary")
    return found["Fn::Sub"] if isinstance(found, dict) else found


def test_a_template_that_breaks_a_rule_is_refused_by_its_name(account: Account, rules: Rules) -> None:
    """The failed transform says which rule of the macro's stack it was, and nothing is made."""
    rules({**RULES, "AllowNewVpc": "false"})
    for name, properties in BROKEN.items():
        with pytest.raises(MacroError) as error:
            account.deploy(assistant(**{"InferenceProfileProps": TAGS, **properties}))
        assert f"({name} of the macro's stack)" in str(error.value)
        assert len(str(error.value).strip().splitlines()) == 1
    outputs = account.deploy(assistant(InferenceProfileProps=TAGS))
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])


def test_the_policy_of_a_pipeline_that_checks_lets_it_read_and_no_more(account: Account) -> None:
    """With the reading policy of the page on permissions, stacks can be looked at and not changed."""
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    [policy] = [block for block in re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL) if "ReadStacks" in block]
    iam, name = account.aws.client("iam"), "pipeline"
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="Check", PolicyDocument=policy)
    try:
        given = account.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        client = boto3.client(
            "cloudformation",
            endpoint_url=account.aws.url,
            verify=str(account.aws.certificate),
            region_name=account.aws.region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        assert client.describe_stacks(StackName=STACK)["Stacks"]
        assert client.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_stack(StackName=STACK)
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="Check")
        iam.delete_role(RoleName=name)
