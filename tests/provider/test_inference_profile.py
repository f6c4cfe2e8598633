"""``Custom::BedrockInferenceProfile``, played from recorded events against Bedrock's real service model."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import ANY, Stubber
from crhelper import CfnResource

from tests.provider.stage import ARN, NEW_ARN, ROUTE, SOURCE, Stage, models, profile, recorded, with_properties

CREATE = {
    "inferenceProfileName": "assistant",
    "description": "Nova Lite for the assistant",
    "modelSource": {"copyFrom": SOURCE},
    "tags": [{"key": "app", "value": "assistant"}, {"key": "team", "value": "search"}],
    "clientRequestToken": ANY,
}

# As the macro writes names: with the stack's id.
NAME = f"Assistant-0a1b2c3d-{recorded('create-profile')['StackId'].rpartition('/')[2]}"
NEW_NAME = NAME.replace("0a1b2c3d", "4e5f6a7b")


def created(stubber: Stubber, arn: str = ARN, **changes: Any) -> None:
    """Announces a create that succeeds."""
    stubber.add_response(
        "create_inference_profile", {"inferenceProfileArn": arn, "status": "ACTIVE"}, {**CREATE, **changes}
    )


def shown(stubber: Stubber, arn: str = ARN, **changes: Any) -> None:
    """Announces a look at the profile."""
    stubber.add_response(
        "get_inference_profile", profile(arn, **changes), {"inferenceProfileIdentifier": arn.rsplit("/", 1)[1]}
    )


def listed(stubber: Stubber, *pages: list[dict[str, Any]]) -> None:
    """Announces that the account's application profiles are listed, in ``pages``."""
    tokens: list[dict[str, str]] = [{}, *({"nextToken": str(number)} for number in range(1, len(pages))), {}]
    for page, token, following in zip(pages, tokens, tokens[1:], strict=False):
        answer = {"inferenceProfileSummaries": page, **following}
        stubber.add_response(
            "list_inference_profiles", answer, {"typeEquals": "APPLICATION", "maxResults": 1000, **token}
        )


def source_shown(stubber: Stubber) -> None:
    """Announces a look at the system-defined profile that is copied."""
    stubber.add_response(
        "get_inference_profile",
        profile(SOURCE, type="SYSTEM_DEFINED", models=models(*reversed(ROUTE))),
        {"inferenceProfileIdentifier": "us.amazon.nova-lite-v1:0"},
    )


def failing(stubber: Stubber, operation: str, code: str, message: str = "") -> None:
    """Announces a call that fails."""
    stubber.add_client_error(operation, code, message)


def test_create_gives_the_attributes_of_cloudformations_own_type(stage: Stage) -> None:
    """A created profile is known by its ARN and has the attributes of AWS::Bedrock::ApplicationInferenceProfile."""
    bedrock = stage.stub()
    created(bedrock)
    shown(bedrock)
    answer = stage.play(recorded("create-profile"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert answer["Data"] == {
        "InferenceProfileArn": ARN,
        "InferenceProfileId": "abcdef123456",
        "InferenceProfileIdentifier": ARN,
        "Status": "ACTIVE",
        "Type": "APPLICATION",
        "CreatedAt": "2026-11-23T10:00:00+00:00",
        "UpdatedAt": "2026-11-23T10:00:00+00:00",
    }
    stage.done()


def test_create_without_the_optional_properties(stage: Stage) -> None:
    """A profile needs neither description nor tags, and none is then sent to Bedrock."""
    bedrock = stage.stub()
    bedrock.add_response(
        "create_inference_profile",
        {"inferenceProfileArn": ARN},
        {name: CREATE[name] for name in ("inferenceProfileName", "modelSource", "clientRequestToken")},
    )
    shown(bedrock, description=None, createdAt=None, updatedAt=None)
    answer = stage.play(with_properties(recorded("create-profile"), Description=None, Tags=None))
    assert answer["Status"] == "SUCCESS"
    assert "CreatedAt" not in answer["Data"]


def test_one_request_delivered_twice_makes_one_profile(stage: Stage) -> None:
    """A request delivered again carries the same client token, one of another stack, resource or time another one."""
    tokens = []
    for changes in ({}, {}, {"RequestId": "2"}, {"StackId": "arn:stack/2"}, {"LogicalResourceId": "Second"}):
        bedrock = stage.stub()
        bedrock.client.meta.events.register(
            "provide-client-params.bedrock.CreateInferenceProfile",
            lambda params, **_: tokens.append(params["clientRequestToken"]),
        )
        created(bedrock)
        shown(bedrock)
        stage.play(recorded("create-profile", **changes))
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 4
    assert all(len(token) == 64 and token.isalnum() for token in tokens)


def test_create_waits_until_the_profile_is_active(stage: Stage) -> None:
    """A profile that is not visible or not ACTIVE yet is waited for, without a second invocation."""
    bedrock = stage.stub()
    created(bedrock)
    failing(bedrock, "get_inference_profile", "ResourceNotFoundException")
    shown(bedrock, status="CREATING")
    shown(bedrock)
    assert stage.play(recorded("create-profile"))["Status"] == "SUCCESS"
    assert stage.slept == [1.0, 2.0]


def test_a_profile_that_never_gets_active_is_removed(stage: Stage) -> None:
    """When the time is up enough is left to delete the unfinished profile, if need be twice, and to say so."""
    stage.seconds_left = 32
    bedrock = stage.stub()
    created(bedrock)
    for _ in range(4):
        shown(bedrock, status="CREATING")
    failing(bedrock, "delete_inference_profile", "ConflictException")
    bedrock.add_response("delete_inference_profile", {}, {"inferenceProfileIdentifier": "abcdef123456"})
    answer = stage.play(recorded("create-profile"))
    assert answer["Status"] == "FAILED"
    assert "did not become ACTIVE in time" in answer["Reason"]
    stage.done()


def test_a_failed_create_that_cannot_clean_up_names_the_profile(stage: Stage) -> None:
    """What could not be removed is the physical id of the failed answer, so that the roll-back deletes it."""
    bedrock = stage.stub()
    created(bedrock)
    failing(bedrock, "get_inference_profile", "AccessDeniedException", "not allowed")
    failing(bedrock, "delete_inference_profile", "AccessDeniedException", "not allowed")
    answer = stage.play(recorded("create-profile"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert (
        "GetInferenceProfile failed with AccessDeniedException. not allowed. Grant the provider's role"
        in (answer["Reason"])
    )
    assert f"DeleteInferenceProfile: AccessDeniedException): delete {ARN}" in answer["Reason"]


def test_an_unforeseen_error_after_create_removes_the_profile(stage: Stage) -> None:
    """Even an answer of Bedrock that nobody foresaw leaves no profile behind."""
    bedrock = stage.stub()
    created(bedrock)
    bedrock.client.get_inference_profile = lambda **_: {}
    bedrock.add_response("delete_inference_profile", {}, {"inferenceProfileIdentifier": "abcdef123456"})
    answer = stage.play(recorded("create-profile"))
    assert answer["Status"] == "FAILED"
    assert "unforeseen KeyError" in answer["Reason"]
    assert "lambda-request-1" in answer["Reason"]
    stage.done()


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
def test_a_refused_create_says_what_to_do(stage: Stage, code: str, advice: str) -> None:
    """Each refusal of Bedrock reaches the user with its code and a next step, and makes nothing."""
    failing(stage.stub(), "create_inference_profile", code, "Bedrock's own words")
    answer = stage.play(recorded("create-profile"))
    assert answer["Status"] == "FAILED"
    assert advice in answer["Reason"]
    assert code in answer["Reason"]
    assert "Bedrock's own words" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("not-created:")


def test_a_reason_repeats_no_secret_value(stage: Stage) -> None:
    """Name, description and tags, which may come from NoEcho parameters, are masked in Bedrock's own words."""
    message = (
        "Value 'hunter2' of 'team' at 'tags.1.member.value', 'top secret' and 'top' are invalid; secretname too. "
        "Steam, a teammate, hunter23 and secretnames are not. " + "-" * 436 + " top secret"
    )
    failing(stage.stub(), "create_inference_profile", "ValidationException", message)
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


def test_a_long_message_is_shortened(stage: Stage) -> None:
    """Of a message of Bedrock that goes on and on, enough is left to leave room for the advice after it."""
    failing(stage.stub(), "create_inference_profile", "AccessDeniedException", "#" * 1000)
    reason = stage.play(recorded("create-profile"))["Reason"]
    assert reason.count("#") == 600
    assert "Grant the provider's role" in reason


def test_an_unreachable_bedrock_is_named(stage: Stage) -> None:
    """Where no answer comes from Bedrock, the reason names the kind of failure."""
    from botocore.exceptions import EndpointConnectionError

    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://bedrock.us-west-1.amazonaws.com")

    stage.stub().client.create_inference_profile = unreachable
    assert "EndpointConnectionError" in stage.play(recorded("create-profile"))["Reason"]


def test_changed_tags_are_set_in_place(stage: Stage) -> None:
    """An update of tags keeps the profile: dropped keys are removed, the template's are set, others stay."""
    bedrock = stage.stub()
    shown(bedrock)
    bedrock.add_response("untag_resource", {}, {"resourceARN": ARN, "tagKeys": ["team"]})
    bedrock.add_response(
        "tag_resource",
        {},
        {"resourceARN": ARN, "tags": [{"key": "app", "value": "helper"}, {"key": "stage", "value": "prod"}]},
    )
    answer = stage.play(recorded("update-tags"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert answer["Data"]["InferenceProfileArn"] == ARN
    stage.done()


def test_all_tags_dropped(stage: Stage) -> None:
    """A template without tags removes those it had and sets none."""
    bedrock = stage.stub()
    shown(bedrock)
    bedrock.add_response("untag_resource", {}, {"resourceARN": ARN, "tagKeys": ["app", "team"]})
    assert stage.play(with_properties(recorded("update-tags"), Tags=None))["Status"] == "SUCCESS"
    stage.done()


def test_a_refused_tag_fails_with_the_profile_kept(stage: Stage) -> None:
    """A failed tag update still names the profile in use."""
    bedrock = stage.stub()
    shown(bedrock)
    failing(bedrock, "untag_resource", "ThrottlingException", "Not now, team!")
    answer = stage.play(recorded("update-tags"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert "Not now, ***!" in answer["Reason"]


@pytest.mark.parametrize(
    ("properties", "changes"),
    [
        ({"InferenceProfileName": "assistant-2"}, {"inferenceProfileName": "assistant-2"}),
        ({"InferenceProfileName": "assistant", "Description": "New"}, {"description": "New"}),
    ],
)
def test_name_and_description_are_replacements(
    stage: Stage, properties: dict[str, str], changes: dict[str, str]
) -> None:
    """A new name or description makes a new profile with a new physical id; CloudFormation then deletes the old."""
    bedrock = stage.stub()
    shown(bedrock)
    created(bedrock, NEW_ARN, **changes)
    shown(bedrock, NEW_ARN)
    answer = stage.play(with_properties(recorded("update-replacement"), **properties))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NEW_ARN)
    stage.done()


def test_another_source_is_a_replacement(stage: Stage) -> None:
    """A source that leads to other models makes a new profile."""
    source = "arn:aws:bedrock:us-west-1::foundation-model/amazon.nova-lite-v1:0"
    bedrock = stage.stub()
    shown(bedrock)
    created(bedrock, NEW_ARN, modelSource={"copyFrom": source})
    shown(bedrock, NEW_ARN)
    event = with_properties(
        recorded("update-replacement"), InferenceProfileName="assistant", ModelSource={"CopyFrom": source}
    )
    assert stage.play(event)["PhysicalResourceId"] == NEW_ARN
    stage.done()


def test_a_failed_replacement_keeps_the_old_profile(stage: Stage) -> None:
    """When the new profile cannot be made, the answer names the old one, which stays in use."""
    bedrock = stage.stub()
    shown(bedrock)
    failing(bedrock, "create_inference_profile", "ConflictException", "exists.")
    answer = stage.play(recorded("update-replacement"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert "the new profile is made before the old one is deleted" in answer["Reason"]


def test_a_replacement_that_fails_half_way_removes_the_new_profile(stage: Stage) -> None:
    """A replacement that cannot be finished leaves the old profile and nothing else."""
    bedrock = stage.stub()
    shown(bedrock)
    created(bedrock, NEW_ARN, inferenceProfileName="assistant-2")
    failing(bedrock, "get_inference_profile", "InternalServerException")
    bedrock.add_response("delete_inference_profile", {}, {"inferenceProfileIdentifier": "fedcba654321"})
    answer = stage.play(recorded("update-replacement"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    stage.done()


def rolled_back(**failed: Any) -> dict[str, Any]:
    """The event of a roll-back from ``failed`` properties to those the live profile has."""
    event = recorded("update-replacement")
    event["ResourceProperties"] = event["OldResourceProperties"]
    event["OldResourceProperties"] = {**event["OldResourceProperties"], **failed}
    return event


def test_rolling_back_a_failed_replacement_keeps_the_profile(stage: Stage) -> None:
    """The roll-back of a new name or source finds the live profile as it was, and looks no further."""
    other = "arn:aws:bedrock:us-west-1:123456789012:inference-profile/global.amazon.nova-lite-v1:0"
    bedrock = stage.stub()
    shown(bedrock, inferenceProfileName=NAME)
    source_shown(bedrock)
    bedrock.add_response("tag_resource", {}, {"resourceARN": ARN, "tags": CREATE["tags"]})
    event = rolled_back(InferenceProfileName=NEW_NAME, ModelSource={"CopyFrom": other})
    answer = stage.play(with_properties(event, InferenceProfileName=NAME))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    stage.done()


def test_rolling_back_from_refused_properties_keeps_the_profile(stage: Stage) -> None:
    """The roll-back of properties that were refused changes nothing, whatever they were."""
    model = "arn:aws:bedrock:us-west-1::foundation-model/amazon.nova-lite-v1:0"
    bedrock = stage.stub()
    shown(bedrock, models=models("us-west-1"))
    bedrock.add_response("tag_resource", {}, {"resourceARN": ARN, "tags": CREATE["tags"]})
    event = rolled_back(Tags="nonsense")
    event["ResourceProperties"] = {**event["ResourceProperties"], "ModelSource": {"CopyFrom": model}}
    assert stage.play(event)["PhysicalResourceId"] == ARN
    stage.done()


def rolled_back_late(name: str, new_name: str) -> dict[str, Any]:
    """The event of a roll-back from the new profile, which is finished, to the old one, which is still there."""
    event = rolled_back(InferenceProfileName=new_name)
    return with_properties({**event, "PhysicalResourceId": NEW_ARN}, InferenceProfileName=name)


def test_rolling_back_a_finished_replacement_finds_the_old_profile(stage: Stage) -> None:
    """Where a later resource failed, the old profile, on whatever page of the list, is the stack's again."""
    bedrock = stage.stub()
    shown(bedrock, NEW_ARN, inferenceProfileName=NEW_NAME)
    others = [profile(NEW_ARN, inferenceProfileName=NEW_NAME), profile(NEW_ARN, inferenceProfileName="another")]
    listed(bedrock, others, [profile(inferenceProfileName=NAME)])
    source_shown(bedrock)
    bedrock.add_response("tag_resource", {}, {"resourceARN": ARN, "tags": CREATE["tags"]})
    answer = stage.play(rolled_back_late(NAME, NEW_NAME))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert answer["Data"]["InferenceProfileArn"] == ARN
    stage.done()


@pytest.mark.parametrize("changes", [None, {"description": "Another"}, {"models": models("us-west-1")}])
def test_rolling_back_where_the_old_profile_is_gone_makes_it_again(
    stage: Stage, changes: dict[str, Any] | None
) -> None:
    """Where no profile has the old name, description and models, one is made."""
    again = ARN.replace("abcdef", "a0b1c2")
    bedrock = stage.stub()
    shown(bedrock, NEW_ARN, inferenceProfileName=NEW_NAME)
    listed(bedrock, [] if changes is None else [profile(inferenceProfileName=NAME, **changes)])
    if changes and "models" in changes:
        source_shown(bedrock)
    created(bedrock, again, inferenceProfileName=NAME)
    shown(bedrock, again, inferenceProfileName=NAME)
    assert stage.play(rolled_back_late(NAME, NEW_NAME))["PhysicalResourceId"] == again
    stage.done()


def test_a_profile_whose_name_does_not_tell_its_stack_is_not_taken_over(stage: Stage) -> None:
    """A name of the user's own may be that of another stack's profile: nobody looks for it, and a conflict fails."""
    bedrock = stage.stub()
    shown(bedrock, NEW_ARN, inferenceProfileName="assistant-2")
    failing(bedrock, "create_inference_profile", "ConflictException", "exists.")
    answer = stage.play(rolled_back_late("assistant", "assistant-2"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NEW_ARN)
    stage.done()


def test_a_new_resource_gets_a_new_profile(stage: Stage) -> None:
    """A create takes no profile over, whatever it is called."""
    bedrock = stage.stub()
    created(bedrock, inferenceProfileName=NAME)
    shown(bedrock, inferenceProfileName=NAME)
    assert stage.play(with_properties(recorded("create-profile"), InferenceProfileName=NAME))["Status"] == "SUCCESS"
    stage.done()


@pytest.mark.parametrize("physical_id", [ARN, "assistant-AssistantInferenceProfile-1ABC"])
def test_an_update_of_a_profile_that_is_gone_makes_a_new_one(stage: Stage, physical_id: str) -> None:
    """A profile deleted by hand is made again by the next update."""
    bedrock = stage.stub()
    if physical_id == ARN:
        failing(bedrock, "get_inference_profile", "ResourceNotFoundException")
    created(bedrock, NEW_ARN, inferenceProfileName="assistant-2")
    shown(bedrock, NEW_ARN)
    answer = stage.play(recorded("update-replacement", PhysicalResourceId=physical_id))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", NEW_ARN)
    stage.done()


def test_delete(stage: Stage) -> None:
    """Delete removes the profile of the physical id, whatever the properties say."""
    bedrock = stage.stub()
    bedrock.add_response("delete_inference_profile", {}, {"inferenceProfileIdentifier": "abcdef123456"})
    answer = stage.play(recorded("delete-profile", ResourceProperties={"Tags": 7}))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    stage.done()


def test_a_delete_is_answered_without_a_pause(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the log of a delete, which is in no group of the stack: not even where there is time to."""
    wait = vars(CfnResource)["_wait_for_cwlogs"]
    monkeypatch.setattr(wait, "__defaults__", (stage.sleep,))
    stage.seconds_left = 300
    stage.stub().add_response("delete_inference_profile", {})
    assert stage.play(recorded("delete-profile"))["Status"] == "SUCCESS"
    assert stage.slept == []


def test_delete_of_what_is_gone_succeeds(stage: Stage) -> None:
    """A profile somebody has deleted already does not stop the stack."""
    failing(stage.stub(), "delete_inference_profile", "ResourceNotFoundException")
    assert stage.play(recorded("delete-profile"))["Status"] == "SUCCESS"


@pytest.mark.parametrize("physical_id", ["not-created:b1a7d3f2", "assistant-AssistantInferenceProfile-1ABC"])
def test_delete_of_what_never_was_calls_nobody(stage: Stage, physical_id: str) -> None:
    """The roll-back of a create that made nothing succeeds without a call."""
    answer = stage.play(recorded("delete-profile", PhysicalResourceId=physical_id))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)


def test_delete_waits_out_conflicts_and_throttling(stage: Stage) -> None:
    """A profile that is busy, or a service that is or has failed, is tried again."""
    bedrock = stage.stub()
    for code in ("ConflictException", "ThrottlingException", "InternalServerException"):
        failing(bedrock, "delete_inference_profile", code)
    bedrock.add_response("delete_inference_profile", {})
    assert stage.play(recorded("delete-profile"))["Status"] == "SUCCESS"
    stage.done()


def test_a_delete_that_stays_in_conflict_fails_in_time(stage: Stage) -> None:
    """A conflict that does not pass is reported before the invocation runs out of time."""
    stage.seconds_left = 14
    bedrock = stage.stub()
    failing(bedrock, "delete_inference_profile", "ConflictException", "in use.")
    failing(bedrock, "delete_inference_profile", "ConflictException", "in use.")
    answer = stage.play(recorded("delete-profile"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert answer["Reason"] == "DeleteInferenceProfile failed with ConflictException. in use."
    stage.done()
