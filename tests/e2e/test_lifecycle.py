"""A stack with the example of the README, from its first deployment to its deletion, on the embedded AWS."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.e2e.account import Account, assistant
from tests.support.embedded_aws import ACCOUNT
from tests.support.macro_engine import StackError
from tests.support.template_text import read_template

MICRO = "amazon.nova-micro-v1:0"


def test_the_function_answers_through_a_profile_of_its_own(account: Account) -> None:
    """The example deploys, and the model answers the function under the ARN of the stack's own profile."""
    outputs = account.deploy(assistant())
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])
    assert account.profiles().keys() == {outputs["ProfileArn"]}


def test_the_function_gets_what_the_reference_promises(account: Account) -> None:
    """Both variables, half a minute, traces, and a log group of its own that keeps its log for two years."""
    outputs = account.deploy(assistant())
    found = account.aws.functions.get_function_configuration(FunctionName=outputs["FunctionName"])
    assert found["Environment"]["Variables"] == {
        "BEDROCK_MODEL": "amazon.nova-lite-v1:0",
        "BEDROCK_PROFILE": outputs["ProfileArn"],
    }
    assert found["Timeout"] == 30
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["Role"] == outputs["RoleArn"]
    group = account.resources()["AssistantLogGroup"]
    assert found["LoggingConfig"]["LogGroup"] == group
    logs = account.aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [each["retentionInDays"] for each in logs] == [731]


def test_what_the_function_writes_is_in_its_log_group(account: Account) -> None:
    """The log of an invocation goes to the group that the stack made, and to no other."""
    outputs = account.deploy(assistant())
    before = account.holdings()
    account.ask(outputs["FunctionName"])
    group = account.resources()["AssistantLogGroup"]
    assert account.aws.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    assert account.holdings() == before


def test_profile_and_role_carry_the_tags(account: Account) -> None:
    """A tag of the declaration is on the profile and on the role, so cost can be attributed by either."""
    outputs = account.deploy(assistant(), {"Team": "billing"})
    role = outputs["RoleArn"].rpartition("/")[2]
    tags = account.aws.client("iam").list_role_tags(RoleName=role)["Tags"]
    assert account.profile_tags(outputs["ProfileArn"]) == {"team": "billing"}
    assert {"Key": "team", "Value": "billing"} in tags


def test_the_role_may_use_its_profile_and_the_models_behind_it(account: Account) -> None:
    """The deployed policy names the profile, and the model in each Region of the route only by way of the profile."""
    outputs = account.deploy(assistant())
    profile = outputs["ProfileArn"]
    policy = account.policy(outputs["RoleArn"].rpartition("/")[2])
    invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert policy["InvokeInferenceProfile"] == {
        "Sid": "InvokeInferenceProfile",
        "Effect": "Allow",
        "Action": [*invoke, "bedrock:GetInferenceProfile"],
        "Resource": [profile, f"arn:aws:bedrock:us-east-1:{ACCOUNT}:project/default"],
    }
    models = [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0"
        for region in ("us-east-1", "us-east-2", "us-west-2")
    ]
    system = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.amazon.nova-lite-v1:0"
    assert policy["InvokeModelThroughInferenceProfile"] == {
        "Sid": "InvokeModelThroughInferenceProfile",
        "Effect": "Allow",
        "Action": invoke,
        "Resource": models,
        "Condition": {"StringEquals": {"bedrock:InferenceProfileArn": [profile, system]}},
    }
    assert policy.keys() == {
        "InvokeInferenceProfile",
        "InvokeModelThroughInferenceProfile",
        "SendTraces",
        "WriteLogs",
    }


def test_changed_tags_keep_the_profile(account: Account) -> None:
    """A change of a tag is made in place: the profile keeps its ARN, and the function its answers."""
    before = account.deploy(assistant())
    after = account.deploy(assistant(), {"Team": "billing"})
    assert after == before
    assert account.profile_tags(after["ProfileArn"]) == {"team": "billing"}
    assert after["ProfileArn"] in account.ask(after["FunctionName"])


def test_a_changed_model_replaces_the_profile(account: Account) -> None:
    """A change of the model makes a new profile, points the same function to it, and deletes the old one."""
    before = account.deploy(assistant())
    after = account.deploy(assistant(BedrockModelId=MICRO))
    assert after["FunctionName"] == before["FunctionName"]
    assert account.profiles().keys() == {after["ProfileArn"]}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.aws.bedrock.get_inference_profile(inferenceProfileIdentifier=before["ProfileArn"])
    models = account.profiles()[after["ProfileArn"]]["models"]
    assert all(model["modelArn"].endswith(f"/{MICRO}") for model in models)
    assert after["ProfileArn"] in account.ask(after["FunctionName"])


def test_a_changed_model_takes_the_old_permissions_away(account: Account) -> None:
    """After a change of the model the role knows nothing of the old profile and the old model."""
    before = account.deploy(assistant())
    after = account.deploy(assistant(BedrockModelId=MICRO))
    policy = str(account.policy(after["RoleArn"].rpartition("/")[2]))
    assert before["ProfileArn"] not in policy
    assert "nova-lite" not in policy


def test_the_same_template_again_changes_nothing(account: Account) -> None:
    """A second deployment of the same template finds nothing to change."""
    account.deploy(assistant())
    with pytest.raises(StackError, match="didn't contain changes"):
        account.deploy(assistant())


def test_a_condition_brings_everything_and_takes_it_away(account: Account) -> None:
    """A declaration under a condition makes its resources where that holds, and none where it does not."""
    template = read_template(assistant())
    template["Resources"]["Assistant"]["Condition"] = "Wanted"
    template["Resources"]["Log"] = {"Type": "AWS::Logs::LogGroup"}
    template["Conditions"] = {"Wanted": {"Fn::Equals": [{"Ref": "Team"}, "search"]}}
    template["Outputs"] = {name: {**output, "Condition": "Wanted"} for name, output in template["Outputs"].items()}

    assert account.deploy(json.dumps(template), {"Team": "nobody"}) == {}
    before = account.holdings()
    outputs = account.deploy(json.dumps(template), {"Team": "search"})
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])
    assert account.deploy(json.dumps(template), {"Team": "nobody"}) == {}
    assert account.holdings() == before


def test_deletion_leaves_nothing(account: Account) -> None:
    """What a stack with a network of its own and alarms made, of each kind, is gone with it."""
    before = account.holdings()
    account.deploy(assistant(DeployVpc=True, Monitoring={}))
    made = {kind: things - before[kind] for kind, things in account.holdings().items()}
    # A declaration makes no guardrail, and Lambda makes the network interfaces.
    assert [kind for kind, things in made.items() if not things] == ["guardrails", "network interfaces"]
    account.delete()
    assert account.holdings() == before
    assert account.status is None
