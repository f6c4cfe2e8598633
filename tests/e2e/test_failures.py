"""Deployments that fail, on the embedded AWS: what the user reads, and what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.account import Account, assistant
from tests.support.macro_engine import MacroError, StackError
from tests.support.template_text import read_template

LLAMA = "meta.llama3-1-8b-instruct-v1:0"


def test_every_problem_is_in_the_message_of_cloudformation(account: Account) -> None:
    """Each of three mistakes is a line of CloudFormation's own sentence, and nothing is created."""
    template = assistant(InferenceProfilProps={}, DeployVpc="perhaps", Geography="mars")
    with pytest.raises(MacroError) as failure:
        account.deploy(template)
    message = str(failure.value)
    assert message.startswith("Transform 111122223333::LambdaBedrockProfile failed with: Assistant.Properties.")
    assert message.endswith(" Rollback requested by user.")
    lines = message.split(" failed with: ")[1].splitlines()
    assert sorted(line.split(": ")[0] for line in lines) == [
        "Assistant.Properties.DeployVpc",
        "Assistant.Properties.Geography",
        "Assistant.Properties.InferenceProfilProps",
    ]
    assert account.status is None


def test_a_refused_update_leaves_the_stack_as_it_is(account: Account) -> None:
    """A template that the macro refuses does not touch the running stack."""
    outputs = account.deploy(assistant())
    before = account.holdings()
    with pytest.raises(MacroError, match="Did you mean InferenceProfileProps"):
        account.deploy(assistant(InferenceProfilProps={}))
    assert account.status == "CREATE_COMPLETE"
    assert account.holdings() == before
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])


def test_the_message_holds_no_value_of_a_parameter(account: Account) -> None:
    """What is secret in a parameter does not turn up in CloudFormation's message."""
    template = read_template(assistant(Geography={"Ref": "Place"}))
    template["Parameters"]["Place"] = {"Type": "String", "NoEcho": True}
    with pytest.raises(MacroError) as failure:
        account.deploy(json.dumps(template), {"Place": "s3cret"})
    assert "Assistant.Properties.Geography" in str(failure.value)
    assert "s3cret" not in str(failure.value)


def test_a_template_without_declarations_passes_through(account: Account) -> None:
    """A template that only names the macro is deployed as it is."""
    template = {"Transform": "LambdaBedrockProfile", "Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}}}
    account.deploy(json.dumps(template))
    assert account.resources().keys() == {"Log"}


def test_a_model_without_agreement_fails_before_anything_is_made(account: Account) -> None:
    """With VerifyModelAccess a deployment fails with the Regions, what is missing and the step that mends it."""
    before = account.holdings()
    with pytest.raises(StackError) as failure:
        account.deploy(assistant(BedrockModelId=LLAMA, VerifyModelAccess=True))
    message = str(failure.value)
    assert message.startswith(f"AssistantModelAccess: {LLAMA}: no agreement for the model in ")
    assert "us-east-1" in message
    assert "CreateFoundationModelAgreement" in message
    assert account.status == "ROLLBACK_COMPLETE"
    assert account.holdings() == before


def test_a_model_with_an_agreement_deploys(account: Account) -> None:
    """With VerifyModelAccess the same deployment goes through once the agreement is there in every Region."""
    clients = [account.aws.client("bedrock", region) for region in ("us-east-1", "us-east-2", "us-west-2")]
    for bedrock in clients:
        offer = bedrock.list_foundation_model_agreement_offers(modelId=LLAMA)["offers"][0]
        bedrock.create_foundation_model_agreement(modelId=LLAMA, offerToken=offer["offerToken"])
    try:
        outputs = account.deploy(assistant(BedrockModelId=LLAMA, VerifyModelAccess=True))
        assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])
    finally:
        for bedrock in clients:
            bedrock.delete_foundation_model_agreement(modelId=LLAMA)


def test_a_network_is_not_made_for_a_model_that_is_not_there(account: Account) -> None:
    """A model that the account cannot use fails the deployment before its VPC is begun."""
    with pytest.raises(StackError):
        account.deploy(assistant(BedrockModelId=LLAMA, VerifyModelAccess=True, DeployVpc=True))
    events = account.aws.cloudformation.describe_stack_events(StackName=account.stack)["StackEvents"]
    begun = {event["LogicalResourceId"] for event in events} - {account.stack}
    assert begun == {"AssistantModelAccess"}


def test_a_failure_of_the_provider_rolls_everything_back(account: Account) -> None:
    """A tag that shows its forbidden character only at deployment fails it with its place, and nothing stays behind."""
    before = account.holdings()
    tags: Any = [{"Key": "stack", "Value": {"Fn::Sub": "${AWS::StackName}!"}}]
    with pytest.raises(StackError) as failure:
        account.deploy(assistant(InferenceProfileProps={"Tags": tags}, DeployVpc=True))
    assert "AssistantInferenceProfile: AssistantInferenceProfile.Properties.Tags" in str(failure.value)
    assert account.status == "ROLLBACK_COMPLETE"
    assert account.holdings() == before


def test_a_failure_after_the_profile_takes_the_profile_along(account: Account) -> None:
    """Where another resource of the stack fails, the profile that was made already is deleted with the rest."""
    before = account.holdings()
    template = read_template(assistant())
    template["Resources"]["Late"] = {
        "Type": "Custom::Unknown",
        "DependsOn": "Assistant",
        "Properties": {"ServiceToken": {"Fn::ImportValue": "LambdaBedrockProfile-ProviderFunctionArn"}},
    }
    with pytest.raises(StackError, match="Late: This provider does not know the resource type of Late"):
        account.deploy(json.dumps(template))
    assert account.status == "ROLLBACK_COMPLETE"
    assert account.holdings() == before


def test_a_failed_change_of_the_model_keeps_the_old_one_at_work(account: Account) -> None:
    """Where an update fails after the new profile was made, the old profile answers on and the new one is gone."""
    outputs = account.deploy(assistant())
    before = account.holdings()
    template = read_template(assistant(BedrockModelId="amazon.nova-micro-v1:0"))
    template["Resources"]["Late"] = {
        "Type": "Custom::Unknown",
        "DependsOn": "Assistant",
        "Properties": {"ServiceToken": {"Fn::ImportValue": "LambdaBedrockProfile-ProviderFunctionArn"}},
    }
    with pytest.raises(StackError, match="Late: "):
        account.deploy(json.dumps(template))
    assert account.status == "UPDATE_ROLLBACK_COMPLETE"
    assert account.holdings() == before
    assert outputs["ProfileArn"] in account.ask(outputs["FunctionName"])
