"""The provider's resources through their life, deployed by hand on the embedded AWS, without the macro."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.account import OWNER_TAG, Account
from tests.support.embedded_aws import ACCOUNT
from tests.support.macro_engine import StackError

PROVIDER = {"Fn::ImportValue": "LambdaBedrockProfile-ProviderFunctionArn"}
LITE, MICRO = (
    f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.amazon.nova-{size}-v1:0" for size in ("lite", "micro")
)


def template(
    name: str = "assistant",
    source: str = LITE,
    description: str | None = None,
    tags: dict[str, str] | None = None,
    **others: Any,
) -> str:
    """A template with one profile, and ``others`` that are made after it."""
    properties: dict[str, Any] = {"InferenceProfileName": name, "ModelSource": {"CopyFrom": source}}
    if description is not None:
        properties["Description"] = description
    if tags is not None:
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    profile = {"Type": "Custom::BedrockInferenceProfile", "Properties": {"ServiceToken": PROVIDER, **properties}}
    after = {name: {**resource, "DependsOn": "Profile"} for name, resource in others.items()}
    attributes = ("InferenceProfileArn", "InferenceProfileId", "InferenceProfileIdentifier", "Status", "Type")
    outputs = {name: {"Value": {"Fn::GetAtt": ["Profile", name]}} for name in attributes}
    return json.dumps({"Resources": {"Profile": profile, **after}, "Outputs": outputs})


def owner(account: Account) -> dict[str, str]:
    """The tag of the provider's own on the profile of the account's stack."""
    return {OWNER_TAG: f"{account.stack_id}/Profile"}


FAILS = {"Type": "Custom::Unknown", "Properties": {"ServiceToken": PROVIDER}}


def test_a_profile_is_made_with_the_attributes_of_the_native_type(account: Account) -> None:
    """The new profile is ACTIVE, copies its source, and its attributes are those of CloudFormation's own type."""
    outputs = account.deploy(template(description="For the assistant", tags={"team": "search"}))
    [(arn, profile)] = account.profiles().items()
    assert outputs == {
        "InferenceProfileArn": arn,
        "InferenceProfileId": arn.rpartition("/")[2],
        "InferenceProfileIdentifier": arn,
        "Status": "ACTIVE",
        "Type": "APPLICATION",
    }
    assert account.resources() == {"Profile": arn}
    assert (profile["inferenceProfileName"], profile["description"]) == ("assistant", "For the assistant")
    assert [model["modelArn"].rpartition("/")[2] for model in profile["models"]] == ["amazon.nova-lite-v1:0"]
    assert account.all_profile_tags(arn) == {"team": "search", **owner(account)}


def test_tags_change_in_place(account: Account) -> None:
    """Tags are set, changed and taken away on the same profile, and one that somebody else set stays."""
    before = account.deploy(template(tags={"team": "search", "stage": "test"}))
    arn = before["InferenceProfileArn"]
    account.aws.bedrock.tag_resource(resourceARN=arn, tags=[{"key": "audit", "value": "done"}])
    assert account.deploy(template(tags={"team": "billing", "owner": "ops"})) == before
    assert account.all_profile_tags(arn) == {"team": "billing", "owner": "ops", "audit": "done", **owner(account)}
    assert account.deploy(template()) == before
    assert account.all_profile_tags(arn) == {"audit": "done", **owner(account)}


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"name": "other", "source": MICRO}, {"name": "other", "description": "New"}],
    ids=["name", "source", "description"],
)
def test_what_bedrock_cannot_change_replaces_the_profile(account: Account, change: dict[str, Any]) -> None:
    """A new name, source or description makes a new profile and deletes the old one."""
    before = account.deploy(template())
    after = account.deploy(template(**change))
    assert after["InferenceProfileArn"] != before["InferenceProfileArn"]
    assert account.profiles().keys() == {after["InferenceProfileArn"]}


def test_a_failed_create_leaves_no_profile(account: Account) -> None:
    """Where another resource of the new stack fails, the profile is deleted again."""
    with pytest.raises(StackError, match="Late: "):
        account.deploy(template(Late=FAILS))
    assert account.status == "ROLLBACK_COMPLETE"
    assert account.profiles() == {}


def test_a_refused_profile_leaves_none(account: Account) -> None:
    """Properties that Bedrock would not take fail with every reason, and there is no profile to delete."""
    with pytest.raises(StackError) as failure:
        account.deploy(template(name="two  spaces", tags={"aws:team": "search"}))
    assert "Profile.Properties.InferenceProfileName" in str(failure.value)
    assert "Profile.Properties.Tags.0.Key" in str(failure.value)
    assert account.status == "ROLLBACK_COMPLETE"
    assert account.profiles() == {}


@pytest.mark.parametrize("change", [{"name": "other", "source": MICRO}, {"tags": {"team": "billing"}}])
def test_a_failed_update_brings_the_old_profile_back(account: Account, change: dict[str, Any]) -> None:
    """Where an update fails, the profile in use is the old one with its old tags, and the only one."""
    arn = account.deploy(template(tags={"team": "search"}))["InferenceProfileArn"]
    with pytest.raises(StackError, match="Late: "):
        account.deploy(template(**{"tags": {"team": "search"}, **change}, Late=FAILS))
    assert account.status == "UPDATE_ROLLBACK_COMPLETE"
    assert account.profiles().keys() == {arn}
    assert account.all_profile_tags(arn) == {"team": "search", **owner(account)}


def test_a_refused_update_keeps_the_profile(account: Account) -> None:
    """An update with properties that Bedrock would not take fails and rolls back to the same profile."""
    arn = account.deploy(template())["InferenceProfileArn"]
    with pytest.raises(StackError, match=r"Profile\.Properties\.InferenceProfileName"):
        account.deploy(template(name="two  spaces"))
    assert account.status == "UPDATE_ROLLBACK_COMPLETE"
    assert account.profiles().keys() == {arn}
    assert account.deploy(template(tags={"team": "search"}))["InferenceProfileArn"] == arn


def test_a_profile_that_is_gone_can_be_deleted(account: Account) -> None:
    """A stack whose profile somebody has deleted by hand can still be deleted."""
    arn = account.deploy(template())["InferenceProfileArn"]
    account.aws.bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    account.delete()
    assert account.profiles() == {}


def test_a_profile_that_is_gone_is_made_again(account: Account) -> None:
    """An update of a profile that somebody has deleted by hand makes a new one."""
    arn = account.deploy(template())["InferenceProfileArn"]
    account.aws.bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    made = account.deploy(template(tags={"team": "search"}))["InferenceProfileArn"]
    assert made != arn
    assert account.profiles().keys() == {made}


def test_deletion_takes_the_profile(account: Account) -> None:
    """With the stack its profile goes."""
    account.deploy(template())
    account.delete()
    assert account.profiles() == {}


def test_a_profile_of_the_first_version_is_taken_over(account: Account) -> None:
    """A profile without the provider's tag gets it with the stack's next update, and goes with the stack."""
    arn = account.deploy(template(tags={"team": "search"}))["InferenceProfileArn"]
    account.aws.bedrock.untag_resource(resourceARN=arn, tagKeys=[OWNER_TAG])
    assert account.deploy(template(tags={"team": "billing"}))["InferenceProfileArn"] == arn
    assert account.all_profile_tags(arn) == {"team": "billing", **owner(account)}
    account.aws.bedrock.untag_resource(resourceARN=arn, tagKeys=[OWNER_TAG])
    account.delete()
    assert account.profiles() == {}


def test_nobody_plants_a_profile_under_the_name_of_another_stack(account: Account) -> None:
    """One stack cannot make the profile that the next update of another would take; the other goes through."""
    guid = account.deploy(template()) and account.stack_id.rpartition("/")[2]
    name = f"Profile-0a1b2c3d-{guid}"
    with pytest.raises(StackError, match="holds the id of another stack"):
        account.deploy(template(name=name), stack="planting-stack")
    arn = account.deploy(template(name=name))["InferenceProfileArn"]
    assert account.profiles().keys() == {arn}


def test_the_profile_of_another_stack_outlives_the_roll_back_of_its_double(account: Account) -> None:
    """A name that is taken fails the second stack, whose roll-back leaves the profile of the first alone."""
    arn = account.deploy(template())["InferenceProfileArn"]
    with pytest.raises(StackError, match="ConflictException"):
        account.deploy(template(), stack="double-stack")
    assert account.profiles().keys() == {arn}


def test_an_unknown_type_says_what_there_is(account: Account) -> None:
    """A resource type that the provider does not know fails the deployment with the ones it knows."""
    with pytest.raises(StackError, match=r"Custom::BedrockInferenceProfile, Custom::BedrockModelAccess"):
        account.deploy(json.dumps({"Resources": {"Wrong": FAILS}}))
