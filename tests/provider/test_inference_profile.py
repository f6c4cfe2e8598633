"""``Custom::BedrockInferenceProfile``, played from recorded events against an AWS that asks IAM about every call."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from crhelper import CfnResource

from tests.provider.chaos import Aws, failing
from tests.provider.stage import ARN, GENERATED, GUID, MODEL, OTHER_STACK, OWN, SOURCE, Stage, recorded, with_properties

NEW_NAME = GENERATED.replace("0a1b2c3d", "4e5f6a7b")
GLOBAL = SOURCE.replace("/us.", "/global.")
BARE = f"arn:aws:bedrock:us-west-1::foundation-model/{MODEL}"
TAGS = {"app": "assistant", "team": "search"}


@pytest.fixture
def aws(stage: Stage) -> Aws:
    """An account that has the sources of the recorded events."""
    return stage.aws


def in_use(aws: Aws, name: str = "assistant", tags: dict[str, str] | None = None, **changes: Any) -> str:
    """The ARN of a profile that this resource has made."""
    description = {"description": "Nova Lite for the assistant"}
    on_profile = {**TAGS, **OWN} if tags is None else tags
    return aws.plant(name, on_profile, changes.pop("source", SOURCE), **{**description, **changes})


def operations(aws: Aws) -> list[str]:
    """What was called, in order, but for looks."""
    looks = ("Get", "List", "Describe")
    return [operation for operation, _ in aws.calls if not operation.startswith(looks)]


# ------------------------------------------------------------------------------------------------------------- Create


def test_create_gives_the_attributes_of_cloudformations_own_type(stage: Stage, aws: Aws) -> None:
    """A created profile is known by its ARN and has the attributes of AWS::Bedrock::ApplicationInferenceProfile."""
    answer = stage.play(recorded("create-profile"))
    [(arn, profile)] = aws.profiles.items()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert answer["Data"] == {
        "InferenceProfileArn": arn,
        "InferenceProfileId": arn.rpartition("/")[2],
        "InferenceProfileIdentifier": arn,
        "Status": "ACTIVE",
        "Type": "APPLICATION",
        "CreatedAt": "2026-11-23T10:00:00+00:00",
        "UpdatedAt": "2026-11-23T10:00:00+00:00",
    }
    assert (profile["inferenceProfileName"], profile["description"]) == ("assistant", "Nova Lite for the assistant")
    assert profile["tags"] == {**TAGS, **OWN}


def test_create_without_the_optional_properties(stage: Stage, aws: Aws) -> None:
    """A profile needs neither description nor tags, and has then no description and the provider's tag alone."""
    answer = stage.play(with_properties(recorded("create-profile"), Description=None, Tags=None))
    assert answer["Status"] == "SUCCESS"
    [profile] = aws.profiles.values()
    assert "description" not in profile
    assert profile["tags"] == OWN


def test_one_request_delivered_twice_makes_one_profile(stage: Stage, aws: Aws) -> None:
    """A request delivered again carries the same client token, one of another stack, resource or time another one."""
    tokens = []
    for changes in ({}, {}, {"RequestId": "2"}, {"StackId": OTHER_STACK}, {"LogicalResourceId": "Second"}):
        aws.profiles.clear()
        stage.play(recorded("create-profile", **changes))
        [tokens_of_one] = [each["clientRequestToken"] for name, each in aws.calls if name == "CreateInferenceProfile"]
        tokens.append(tokens_of_one)
        aws.calls.clear()
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 4
    assert all(len(token) == 64 and token.isalnum() for token in tokens)


def test_create_waits_until_the_profile_is_active(stage: Stage, aws: Aws) -> None:
    """A profile that is not visible or not ACTIVE yet is waited for, without a second invocation."""
    aws.next("GetInferenceProfile", failing("GetInferenceProfile", "ResourceNotFoundException"))
    aws.statuses = ["CREATING", "ACTIVE"]
    assert stage.play(recorded("create-profile"))["Status"] == "SUCCESS"
    assert stage.slept == [1.0, 2.0]


def test_a_profile_that_never_gets_active_is_removed(stage: Stage, aws: Aws) -> None:
    """When the time is up enough is left to delete the unfinished profile, if need be twice, and to say so."""
    stage.seconds_left = 32
    aws.statuses = ["CREATING"] * 9
    aws.next("DeleteInferenceProfile", failing("DeleteInferenceProfile", "ConflictException"))
    answer = stage.play(recorded("create-profile"))
    assert answer["Status"] == "FAILED"
    assert "did not become ACTIVE in time" in answer["Reason"]
    assert aws.profiles == {}


def test_a_failed_create_that_cannot_clean_up_names_the_profile(stage: Stage, aws: Aws) -> None:
    """What could not be removed is the physical id of the failed answer, so that the roll-back deletes it."""
    denied = [failing(name, "AccessDeniedException", "not allowed") for name in ("GetInferenceProfile",)]
    aws.next("GetInferenceProfile", *denied)
    aws.next("DeleteInferenceProfile", *[failing("DeleteInferenceProfile", "AccessDeniedException", "not allowed")] * 6)
    answer = stage.play(recorded("create-profile"))
    [arn] = aws.profiles
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert (
        "GetInferenceProfile failed with AccessDeniedException. not allowed. Grant the provider's role"
        in (answer["Reason"])
    )
    assert f"DeleteInferenceProfile: AccessDeniedException): delete {arn}" in answer["Reason"]


def test_an_unforeseen_error_after_create_removes_the_profile(stage: Stage, aws: Aws) -> None:
    """Even an answer of Bedrock that nobody foresaw leaves no profile behind."""
    aws.next("GetInferenceProfile", lambda _: {})
    answer = stage.play(recorded("create-profile"))
    assert answer["Status"] == "FAILED"
    assert "unforeseen KeyError" in answer["Reason"]
    assert "lambda-request-1" in answer["Reason"]
    assert aws.profiles == {}


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDeniedException", "Grant the provider's role"),
        ("ServiceQuotaExceededException", "raise the quota"),
        ("ThrottlingException", "Deploy again later"),
        ("TooManyTagsException", "Give fewer tags"),
        ("ValidationException", "CreateInferenceProfile failed with ValidationException"),
        ("ConflictException", "Give InferenceProfileName a new value"),
    ],
)
def test_a_refused_create_says_what_to_do(stage: Stage, aws: Aws, code: str, advice: str) -> None:
    """Each refusal of Bedrock reaches the user with its code and a next step, and makes nothing."""
    aws.next("CreateInferenceProfile", *[failing("CreateInferenceProfile", code, "Bedrock's own words")] * 99)
    answer = stage.play(recorded("create-profile"))
    assert answer["Status"] == "FAILED"
    assert advice in answer["Reason"]
    assert code in answer["Reason"]
    assert "Bedrock's own words" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("not-created:")


def test_a_reason_repeats_no_secret_value(stage: Stage, aws: Aws) -> None:
    """Name, description and tags, which may come from NoEcho parameters, are masked in Bedrock's own words."""
    message = (
        "Value 'hunter2' of 'team' at 'tags.1.member.value', 'top secret' and 'top' are invalid; secretname too. "
        "Steam, a teammate, hunter23 and secretnames are not. " + "-" * 436 + " top secret"
    )
    aws.next("CreateInferenceProfile", failing("CreateInferenceProfile", "ValidationException", message))
    event = with_properties(
        recorded("create-profile"),
        InferenceProfileName="secretname",
        Description="top secret",
        Tags=[{"Key": "team", "Value": "hunter2"}, {"Key": "top", "Value": ""}],
    )
    reason = stage.play(event)["Reason"]
    assert "Value '***' of '***' at 'tags.1.member.value', '***' and '***' are invalid; *** too. " in reason
    assert "Steam, a teammate, hunter23 and secretnames are not. " in reason
    assert reason.endswith("- ***.")


def test_a_conflict_shows_the_generated_name_and_no_other(stage: Stage, aws: Aws) -> None:
    """The user needs the name that is taken: the macro made it up; one of the user's own may be a secret."""
    for name in (GENERATED, "secretname"):
        aws.plant(name, {})
        reason = stage.play(with_properties(recorded("create-profile"), InferenceProfileName=name))["Reason"]
        assert (f"may have the name {GENERATED}." in reason) == (name == GENERATED)
        assert "secretname" not in reason


def test_a_long_message_is_shortened(stage: Stage, aws: Aws) -> None:
    """Of a message of Bedrock that goes on and on, enough is left to leave room for the advice after it."""
    aws.next("CreateInferenceProfile", failing("CreateInferenceProfile", "AccessDeniedException", "#" * 1000))
    reason = stage.play(recorded("create-profile"))["Reason"]
    assert reason.count("#") == 600
    assert "Grant the provider's role" in reason


def test_an_unreachable_bedrock_is_named(stage: Stage, aws: Aws) -> None:
    """If no answer comes from Bedrock, the reason names the kind of failure."""

    def unreachable(_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://bedrock.us-west-1.amazonaws.com")

    aws.next("CreateInferenceProfile", *[unreachable] * 99)
    assert "EndpointConnectionError" in stage.play(recorded("create-profile"))["Reason"]


def test_a_source_that_is_not_there(stage: Stage, aws: Aws) -> None:
    """A create from a model or profile that Bedrock does not have fails at once and makes nothing."""
    aws.sources.clear()
    answer = stage.play(recorded("create-profile"))
    assert "CreateInferenceProfile failed with ResourceNotFoundException" in answer["Reason"]
    assert stage.slept == []


# --------------------------------------------------------------------------------------------------------------- tags


def test_changed_tags_are_set_in_place(stage: Stage, aws: Aws) -> None:
    """An update of tags keeps the profile: dropped keys are removed, the template's are set, others stay."""
    arn = in_use(aws, tags={**TAGS, **OWN, "audit": "done"})
    answer = stage.play(recorded("update-tags", PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert answer["Data"]["InferenceProfileArn"] == arn
    assert aws.profiles[arn]["tags"] == {"app": "helper", "stage": "prod", "audit": "done", **OWN}


def test_all_tags_dropped(stage: Stage, aws: Aws) -> None:
    """A template without tags removes those it had and sets none."""
    arn = in_use(aws)
    answer = stage.play(with_properties(recorded("update-tags", PhysicalResourceId=arn), Tags=None))
    assert answer["Status"] == "SUCCESS"
    assert aws.profiles[arn]["tags"] == OWN
    assert operations(aws) == ["UntagResource"]


def test_a_refused_tag_fails_with_the_profile_kept(stage: Stage, aws: Aws) -> None:
    """A failed tag update still names the profile in use."""
    arn = in_use(aws)
    aws.next("UntagResource", failing("UntagResource", "ValidationException", "Not now, team!"))
    answer = stage.play(recorded("update-tags", PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "Not now, ***!" in answer["Reason"]


@pytest.mark.parametrize(("number", "status"), [(199, "SUCCESS"), (200, "FAILED")])
def test_the_providers_own_tag_is_one_of_the_200(stage: Stage, aws: Aws, number: int, status: str) -> None:
    """A user has 199 tags; the 200th is refused with the reason."""
    tags = [{"Key": f"key{index}", "Value": ""} for index in range(number)]
    answer = stage.play(with_properties(recorded("create-profile"), Tags=tags))
    assert answer["Status"] == status
    assert len(aws.profiles) == (status == "SUCCESS")
    if status == "FAILED":
        assert "Tags: has 200 items. Give at most 199: Bedrock allows 200, and the provider's own" in answer["Reason"]


# ------------------------------------------------------------------------------------------------------- replacements


@pytest.mark.parametrize(
    "properties",
    [{"InferenceProfileName": "assistant-2"}, {"InferenceProfileName": "assistant-2", "Description": "New"}],
)
def test_name_and_description_are_replacements(stage: Stage, aws: Aws, properties: dict[str, str]) -> None:
    """A new name or description makes a new profile with a new physical id; CloudFormation then deletes the old."""
    arn = in_use(aws)
    answer = stage.play(with_properties(recorded("update-replacement", PhysicalResourceId=arn), **properties))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != arn
    assert aws.profiles.keys() == {arn, answer["PhysicalResourceId"]}


def test_a_new_description_under_the_old_name_conflicts(stage: Stage, aws: Aws) -> None:
    """The old profile still has the name, and it is not taken for the new one."""
    arn = in_use(aws)
    event = recorded("update-replacement", PhysicalResourceId=arn)
    answer = stage.play(with_properties(event, InferenceProfileName="assistant", Description="New"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "the new profile is made before the old one is deleted" in answer["Reason"]


def test_another_source_is_a_replacement(stage: Stage, aws: Aws) -> None:
    """A source that leads to other models makes a new profile."""
    arn = in_use(aws)
    aws.profiles[arn]["inferenceProfileName"] = "renamed"
    event = recorded("update-replacement", PhysicalResourceId=arn)
    event["OldResourceProperties"]["InferenceProfileName"] = "renamed"
    answer = stage.play(with_properties(event, InferenceProfileName="assistant", ModelSource={"CopyFrom": BARE}))
    assert answer["Status"] == "SUCCESS"
    assert aws.profiles[answer["PhysicalResourceId"]]["models"] == [{"modelArn": BARE}]


def test_a_failed_replacement_keeps_the_old_profile(stage: Stage, aws: Aws) -> None:
    """When the new profile cannot be made, the answer names the old one, which stays in use."""
    arn = in_use(aws)
    aws.plant("assistant-2", {})
    answer = stage.play(recorded("update-replacement", PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "the new profile is made before the old one is deleted" in answer["Reason"]
    assert arn in aws.profiles


def test_a_replacement_that_fails_half_way_removes_the_new_profile(stage: Stage, aws: Aws) -> None:
    """A replacement that cannot be finished leaves the old profile and nothing else."""
    arn = in_use(aws)
    aws.next("GetInferenceProfile", None, failing("GetInferenceProfile", "ValidationException"))
    answer = stage.play(recorded("update-replacement", PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert aws.profiles.keys() == {arn}


def rolled_back(arn: str, **failed: Any) -> dict[str, Any]:
    """The event of a roll-back from ``failed`` properties to those the live profile has."""
    event = recorded("update-replacement", PhysicalResourceId=arn)
    event["ResourceProperties"] = event["OldResourceProperties"]
    event["OldResourceProperties"] = {**event["OldResourceProperties"], **failed}
    return event


def test_rolling_back_a_failed_replacement_keeps_the_profile(stage: Stage, aws: Aws) -> None:
    """The roll-back of a new name or source finds the live profile as it was."""
    arn = in_use(aws, GENERATED)
    event = rolled_back(arn, InferenceProfileName=NEW_NAME, ModelSource={"CopyFrom": GLOBAL})
    answer = stage.play(with_properties(event, InferenceProfileName=GENERATED))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert operations(aws) == ["TagResource"]


def test_rolling_back_from_refused_properties_keeps_the_profile(stage: Stage, aws: Aws) -> None:
    """The roll-back of properties that were refused changes nothing, whatever they were."""
    arn = in_use(aws, source=BARE)
    event = rolled_back(arn, Tags="nonsense")
    event["ResourceProperties"] = {**event["ResourceProperties"], "ModelSource": {"CopyFrom": BARE}}
    assert stage.play(event)["PhysicalResourceId"] == arn


@pytest.mark.parametrize(("name", "new_name"), [(GENERATED, NEW_NAME), ("assistant", "assistant-2")])
def test_rolling_back_a_finished_replacement_finds_the_old_profile(
    stage: Stage, aws: Aws, name: str, new_name: str
) -> None:
    """If a later resource failed, the old profile, on whatever page of the list, is the stack's again."""
    others = [aws.plant(f"another{number}", {}) for number in range(3)]
    old, new = in_use(aws, name), in_use(aws, new_name)
    event = rolled_back(new, InferenceProfileName=new_name)
    answer = stage.play(with_properties(event, InferenceProfileName=name))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert answer["Data"]["InferenceProfileArn"] == old
    assert aws.profiles.keys() == {*others, old, new}


def test_rolling_back_to_a_retired_model_asks_nobody_for_it(stage: Stage, aws: Aws) -> None:
    """The generated name and the tag decide alone: the old source is gone, and the stack rolls back all the same."""
    old, new = in_use(aws, GENERATED), in_use(aws, NEW_NAME, source=GLOBAL)
    del aws.sources[SOURCE]
    event = rolled_back(new, InferenceProfileName=NEW_NAME, ModelSource={"CopyFrom": GLOBAL})
    answer = stage.play(with_properties(event, InferenceProfileName=GENERATED))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)


@pytest.mark.parametrize("changes", [None, {"description": "Another"}, {"source": BARE}])
def test_rolling_back_where_the_old_profile_is_gone_makes_it_again(
    stage: Stage, aws: Aws, changes: dict[str, Any] | None
) -> None:
    """If no profile of this resource has the old name, description and models, one is made, if the name is free."""
    new = in_use(aws, "assistant-2")
    if changes is not None:
        in_use(aws, "assistant", **changes)
    answer = stage.play(rolled_back(new, InferenceProfileName="assistant-2"))
    if changes is None:
        assert answer["Status"] == "SUCCESS"
        assert aws.names() == ["assistant", "assistant-2"]
    else:
        assert "ConflictException" in answer["Reason"]


@pytest.mark.parametrize("physical_id", [ARN, "assistant-AssistantInferenceProfile-1ABC"])
def test_an_update_of_a_profile_that_is_gone_makes_a_new_one(stage: Stage, aws: Aws, physical_id: str) -> None:
    """A profile deleted by hand is made again by the next update."""
    answer = stage.play(recorded("update-replacement", PhysicalResourceId=physical_id))
    assert (answer["Status"], [answer["PhysicalResourceId"]]) == ("SUCCESS", list(aws.profiles))


# ------------------------------------------------------------------------------------------------------------- Delete


def test_delete(stage: Stage, aws: Aws) -> None:
    """Delete removes the profile of the physical id, whatever the properties say."""
    arn = in_use(aws)
    answer = stage.play(recorded("delete-profile", PhysicalResourceId=arn, ResourceProperties={"Tags": 7}))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert aws.profiles == {}


def test_a_delete_is_answered_without_a_pause(stage: Stage, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the log of a delete, which is in no group of the stack: not even if there is time to."""
    wait = vars(CfnResource)["_wait_for_cwlogs"]
    monkeypatch.setattr(wait, "__defaults__", (stage.sleep,))
    stage.seconds_left = 300
    assert stage.play(recorded("delete-profile", PhysicalResourceId=in_use(aws)))["Status"] == "SUCCESS"
    assert stage.slept == []


@pytest.mark.parametrize("operation", ["GetInferenceProfile", "ListTagsForResource", "DeleteInferenceProfile"])
def test_delete_of_what_is_gone_succeeds(stage: Stage, aws: Aws, operation: str) -> None:
    """A profile somebody has deleted already, or deletes meanwhile, does not stop the stack."""
    aws.next(operation, failing(operation, "ResourceNotFoundException"))
    event = recorded("delete-profile", PhysicalResourceId=in_use(aws))
    assert stage.play(event)["Status"] == "SUCCESS"


@pytest.mark.parametrize("physical_id", ["not-created:b1a7d3f2", "assistant-AssistantInferenceProfile-1ABC"])
def test_delete_of_what_never_was_deletes_nothing(stage: Stage, aws: Aws, physical_id: str) -> None:
    """The roll-back of a create that made nothing succeeds, and leaves the profile of another resource of that name."""
    other = aws.plant("assistant", {})
    answer = stage.play(recorded("delete-profile", PhysicalResourceId=physical_id))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
    assert aws.profiles.keys() == {other}
    assert operations(aws) == []


@pytest.mark.parametrize("properties", [{}, {"InferenceProfileName": ["x"]}, {"InferenceProfileName": ""}])
def test_delete_of_what_was_refused_calls_nobody(stage: Stage, aws: Aws, properties: dict[str, Any]) -> None:
    """Without a name there is nothing to look for."""
    event = recorded("delete-profile", PhysicalResourceId="not-created:1", ResourceProperties=properties)
    assert stage.play(event)["Status"] == "SUCCESS"
    assert aws.calls == []


def test_delete_waits_out_conflicts_and_throttling(stage: Stage, aws: Aws) -> None:
    """A profile that is busy, or a service that is or has failed, is tried again."""
    codes = ("ConflictException", "ThrottlingException", "InternalServerException")
    aws.next("DeleteInferenceProfile", *(failing("DeleteInferenceProfile", code) for code in codes))
    assert stage.play(recorded("delete-profile", PhysicalResourceId=in_use(aws)))["Status"] == "SUCCESS"
    assert aws.profiles == {}


def test_a_delete_that_stays_in_conflict_fails_in_time(stage: Stage, aws: Aws) -> None:
    """A conflict that does not pass is reported before the invocation runs out of time."""
    stage.seconds_left = 14
    arn = in_use(aws)
    aws.next("DeleteInferenceProfile", *[failing("DeleteInferenceProfile", "ConflictException", "in use.")] * 2)
    answer = stage.play(recorded("delete-profile", PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert answer["Reason"] == "DeleteInferenceProfile failed with ConflictException. in use."


def test_a_stack_of_another_kind_is_refused(stage: Stage, aws: Aws) -> None:
    """A request whose stack could not be distinguished from others by its id makes nothing."""
    answer = stage.play(recorded("create-profile", StackId="stack-1"))
    assert answer["Reason"].startswith("The request names no stack of CloudFormation.")
    assert aws.calls == []
    assert GUID not in answer["Reason"]
