"""``Custom::BedrockModelAccess``, played from recorded events against Bedrock's real service model."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.provider.chaos import REGION, provider_policy
from tests.provider.stage import MODEL, ROUTE, Stage, models, profile, recorded, with_properties

PROFILE = f"us.{MODEL}"
EXISTING = "arn:aws:bedrock:us-west-1:123456789012:application-inference-profile/abcdefghijkl"


def available(**changes: Any) -> dict[str, Any]:
    """What Bedrock answers about a model the account can use."""
    return {
        "modelId": MODEL,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
        **changes,
    }


def bedrock_answers(
    stage: Stage,
    regions: Mapping[str, dict[str, Any] | str] | None = None,
    route: dict[str, Any] | str | None = None,
    asked: Iterable[str] = ROUTE,
    life_cycle: dict[str, Any] | None = None,
    existing: dict[str, Any] | str | None = None,
) -> None:
    """Announces one answer a Region (a text is an error code), one about the route, and one about an existing profile.

    They are asked for in any order of time.
    """
    for region in asked:
        stub = stage.stub(region=region)
        answer = (regions or {}).get(region, available())
        if isinstance(answer, str):
            for _ in range(99):
                stub.add_client_error("get_foundation_model_availability", answer)
        else:
            stub.add_response("get_foundation_model_availability", answer, {"modelId": MODEL})
    # The questions run side by side, and a Stubber wants one order: so the route is asked of a client of its own.
    availability = stage.clients["bedrock", REGION]
    stub = stage.stub()
    if isinstance(route, str):
        for _ in range(99):
            stub.add_client_error("get_inference_profile", route)
    elif route is not None:
        stub.add_response("get_inference_profile", route, {"inferenceProfileIdentifier": PROFILE})
    of_route = stub.client.get_inference_profile

    def get_inference_profile(**asked: str) -> Any:
        if asked != {"inferenceProfileIdentifier": EXISTING}:
            return of_route(**asked)
        if isinstance(existing, str):
            raise ClientError({"Error": {"Code": existing, "Message": "no"}}, "GetInferenceProfile")
        return existing

    stage.clients["bedrock", REGION] = SimpleNamespace(
        get_foundation_model=lambda **_: {"modelDetails": {"modelLifecycle": life_cycle or {"status": "ACTIVE"}}},
        get_foundation_model_availability=availability.get_foundation_model_availability,
        get_inference_profile=get_inference_profile,
    )


def routed(*regions: str) -> dict[str, Any]:
    """What Bedrock answers about the profile."""
    return profile("arn:aws:bedrock:us-west-1:123456789012:inference-profile/" + PROFILE, models=models(*regions))


def test_access_everywhere(stage: Stage) -> None:
    """If every Region agrees and the route is the granted one, the deployment goes on without a warning."""
    bedrock_answers(stage, route=routed(*ROUTE))
    answer = stage.play(recorded("create-model-access"))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Warnings": ""})
    stage.done()


@pytest.mark.parametrize(("end", "words"), [(None, ""), (datetime(2027, 1, 8, tzinfo=UTC), " and ends on 2027-01-08")])
def test_a_legacy_model_is_a_warning(stage: Stage, end: datetime | None, words: str) -> None:
    """The deployment goes on, and its owner learns that AWS will end the model, and when."""
    legacy = {"status": "LEGACY"} | ({"endOfLifeTime": end} if end else {})
    bedrock_answers(stage, route=routed(*ROUTE), life_cycle=legacy)
    answer = stage.play(recorded("create-model-access"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Warnings"].startswith(f"{MODEL} is LEGACY in {REGION}{words}. AWS refuses accounts that")


def test_the_source_region_is_asked_too(stage: Stage) -> None:
    """A source Region that is no destination counts as well: Bedrock authorizes the model there first."""
    bedrock_answers(stage, {REGION: available(authorizationStatus="NOT_AUTHORIZED")}, routed("us-east-1"))
    event = with_properties(recorded("create-model-access"), Regions=[region for region in ROUTE if region != REGION])
    assert f"not authorized for the model in {REGION}." in stage.play(event)["Reason"]
    stage.done()


def test_all_questions_are_asked_at_once(stage: Stage) -> None:
    """Sixteen questions are under way at the same time, and none may take long, or one would hold up the stack."""
    regions = [f"us-west-{number}" for number in range(1, 16)]
    together = threading.Barrier(len(regions) + 1, timeout=10)
    for region in regions:
        stage.clients["bedrock", region] = SimpleNamespace(
            get_foundation_model=lambda **_: {"modelDetails": {}},
            get_foundation_model_availability=lambda **_: together.wait() >= 0 and available(),
            get_inference_profile=lambda **_: together.wait() >= 0 and routed(*regions),
        )
    event = with_properties(recorded("create-model-access"), Regions=regions)
    assert stage.play(event)["Status"] == "SUCCESS"
    # The life cycle is asked for at the end, by a client of its own.
    assert stage.configs == [stage.provider.clients.PROBE] * (len(regions) + 1)


@pytest.mark.parametrize(
    ("denied", "what", "step"),
    [
        ({"agreementAvailability": {"status": "NOT_AVAILABLE"}}, "no agreement", "CreateFoundationModelAgreement"),
        ({"entitlementAvailability": "NOT_AVAILABLE"}, "not entitled", "AWS Marketplace subscription"),
        ({"authorizationStatus": "NOT_AUTHORIZED"}, "not authorized", "organization policy"),
    ],
)
def test_a_definite_no_fails_with_region_and_step(stage: Stage, denied: dict[str, Any], what: str, step: str) -> None:
    """A missing agreement, entitlement or authorization fails with every Region concerned and what fixes it."""
    no = available(**denied)
    bedrock_answers(stage, {"us-east-1": no, "us-west-2": no}, routed(*ROUTE))
    answer = stage.play(recorded("create-model-access"))
    assert answer["Status"] == "FAILED"
    assert what in answer["Reason"]
    assert "in us-east-1, us-west-2." in answer["Reason"]
    assert step in answer["Reason"]


def test_every_no_is_reported_together(stage: Stage) -> None:
    """Different things missing in different Regions are all in one reason."""
    bedrock_answers(
        stage,
        {
            "us-east-1": available(agreementAvailability={"status": "NOT_AVAILABLE"}),
            "us-east-2": available(authorizationStatus="NOT_AUTHORIZED"),
        },
        routed(*ROUTE, "us-gov-west-1"),
    )
    reason = stage.play(recorded("create-model-access"))["Reason"]
    assert all(part in reason for part in ("in us-east-1", "in us-east-2", "granted: us-gov-west-1"))


@pytest.mark.parametrize("answer", [available(regionAvailability="NOT_AVAILABLE"), "ResourceNotFoundException"])
def test_a_single_region_without_the_model_fails(stage: Stage, answer: dict[str, Any] | str) -> None:
    """Without a profile the model has to be offered in the deployment's own Region."""
    bedrock_answers(stage, {REGION: answer}, asked=[REGION])
    event = with_properties(recorded("create-model-access"), ProfileId=None, Regions=[REGION], Regionless=None)
    reason = stage.play(event)["Reason"]
    assert f"{MODEL}: the model is not offered in us-west-1. Deploy in a Region that offers the model" in reason


def test_a_routed_region_without_the_model_is_a_warning(stage: Stage) -> None:
    """If Bedrock itself routes to a Region, "not offered" is about calls without a profile, and only a warning."""
    no = available(regionAvailability="NOT_AVAILABLE", agreementAvailability={"status": "NOT_AVAILABLE"})
    bedrock_answers(stage, {"us-east-2": no}, routed(*ROUTE))
    answer = stage.play(recorded("create-model-access"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Warnings"].startswith("us-east-2: Bedrock does not offer the model itself")


def test_a_destination_without_the_model_fails_where_the_route_is_unknown(stage: Stage) -> None:
    """Without Bedrock's route, a destination that denies the model counts; the source need not be a destination."""
    no = available(regionAvailability="NOT_AVAILABLE")
    bedrock_answers(stage, {"us-east-2": no, REGION: no}, "ThrottlingException")
    assert "the model is not offered in us-east-2. " in stage.play(recorded("create-model-access"))["Reason"]


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ThrottlingException", "UnrecognizedClientException", "ValidationException"]
)
def test_what_cannot_be_asked_is_a_warning(stage: Stage, code: str) -> None:
    """A Region that gives no answer, for want of opt-in or rights or in a rush, does not fail the deployment."""
    bedrock_answers(stage, {"us-east-2": code}, code)
    answer = stage.play(recorded("create-model-access"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Warnings"] == (
        f"The route of {PROFILE} could not be asked in us-west-1 ({code}). us-east-2: could not be asked ({code})."
    )


@pytest.mark.parametrize("status", ["PENDING", "ERROR"])
def test_an_undecided_agreement_is_a_warning(stage: Stage, status: str) -> None:
    """An agreement under way is no "no"."""
    pending = available(agreementAvailability={"status": status})
    bedrock_answers(stage, {"us-east-1": pending}, routed(*ROUTE))
    answer = stage.play(recorded("create-model-access"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Warnings"] == f"us-east-1: the state of the agreement is {status}."


def test_a_route_beyond_the_grants_fails(stage: Stage) -> None:
    """Regions that Bedrock routes to and the policy does not grant are listed: calls would fail now and then."""
    bedrock_answers(stage, route=routed(*ROUTE, "ca-central-1", "ca-west-1"))
    reason = stage.play(recorded("create-model-access"))["Reason"]
    assert "granted: ca-central-1, ca-west-1." in reason
    assert "DestinationRegions" in reason


@pytest.mark.parametrize(("regionless", "status"), [("true", "SUCCESS"), ("false", "FAILED")])
def test_a_global_route_needs_the_model_without_a_region(stage: Stage, regionless: str, status: str) -> None:
    """A route that holds the Region-less model needs it granted."""
    route = routed(REGION)
    route["models"].append({"modelArn": f"arn:aws:bedrock:::foundation-model/{MODEL}"})
    bedrock_answers(stage, route=route, asked=[REGION])
    event = with_properties(recorded("create-model-access"), Regions=[REGION], Regionless=regionless)
    answer = stage.play(event)
    assert answer["Status"] == status
    assert ("the model ARN without a Region" in answer["Reason"]) == (status == "FAILED")


def test_a_profile_bedrock_does_not_have_fails(stage: Stage) -> None:
    """A profile that does not exist in the source Region is a definite no."""
    bedrock_answers(stage, route="ResourceNotFoundException")
    assert (
        f"Bedrock has no inference profile {PROFILE} in us-west-1."
        in (stage.play(recorded("create-model-access"))["Reason"])
    )


def test_a_region_that_hangs_does_not_hold_the_stack(stage: Stage) -> None:
    """Whoever does not answer within the invocation's time is a warning."""
    stage.seconds_left = 10.05
    bedrock_answers(stage, route=routed(*ROUTE))
    answered = threading.Event()
    stage.clients["bedrock", "us-east-1"] = SimpleNamespace(
        get_foundation_model=lambda **_: {"modelDetails": {}},
        get_foundation_model_availability=lambda **_: answered.wait(10) and available(),
    )
    answer = stage.play(recorded("create-model-access"))
    answered.set()
    assert answer["Status"] == "SUCCESS"
    assert "us-east-1: could not be asked (no answer in time)." in answer["Data"]["Warnings"]


def test_update_asks_again_and_keeps_the_id(stage: Stage) -> None:
    """An update asks with the new properties; nothing is replaced by it."""
    bedrock_answers(stage, route=routed(*ROUTE))
    event = recorded("create-model-access", RequestType="Update", PhysicalResourceId="model-access/A/1")
    answer = stage.play(event)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "model-access/A/1")
    stage.done()


def test_delete_asks_nobody(stage: Stage) -> None:
    """Delete succeeds without a call."""
    event = recorded("create-model-access", RequestType="Delete", PhysicalResourceId="model-access/A/1")
    assert stage.play(event)["Status"] == "SUCCESS"


def test_warnings_stay_short(stage: Stage) -> None:
    """However many Regions do not answer, the answer fits, and the log has every warning."""
    regions = [f"us-west-{number}" for number in range(1, 61)]
    bedrock_answers(stage, dict.fromkeys(regions, "UnrecognizedClientException"), routed(REGION), asked=regions)
    answer = stage.play(with_properties(recorded("create-model-access"), Regions=regions))
    assert answer["Status"] == "SUCCESS"
    assert len(answer["Data"]["Warnings"]) == 1500


# ------------------------------------------------------------------------------------------------- silence, roll-backs


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InternalServerException"])
@pytest.mark.parametrize("with_profile", [True, False])
def test_a_check_that_asked_nobody_fails(stage: Stage, code: str, with_profile: bool) -> None:
    """If the source Region gave no answer at all, nothing was checked, and nobody reads that all is well."""
    bedrock_answers(stage, {REGION: code}, code if with_profile else None)
    changes = {} if with_profile else {"ProfileId": None}
    answer = stage.play(with_properties(recorded("create-model-access"), **changes))
    assert answer["Status"] == "FAILED"
    assert f"{REGION}: Bedrock gave no answer, so nothing was checked." in answer["Reason"]
    assert code in answer["Reason"]


def test_a_source_that_answers_one_question_was_asked(stage: Stage) -> None:
    """The route alone is an answer: what the Region does not say about the model is a warning."""
    bedrock_answers(stage, {REGION: "AccessDeniedException"}, routed(*ROUTE))
    answer = stage.play(recorded("create-model-access"))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Warnings"] == f"{REGION}: could not be asked (AccessDeniedException)."


def test_a_throttled_question_is_asked_until_there_is_an_answer(stage: Stage) -> None:
    """A busy account is no reason to fail, as long as there is time."""
    stub = stage.stub()
    for _ in range(8):
        stub.add_client_error("get_foundation_model_availability", "ThrottlingException")
    stub.add_response("get_foundation_model_availability", available(), {"modelId": MODEL})
    event = with_properties(recorded("create-model-access"), ProfileId=None, Regions=[REGION])
    assert stage.play(event)["Status"] == "SUCCESS"
    assert sum(stage.slept) > 60


@pytest.mark.parametrize(
    ("request_type", "status", "answer"),
    [
        ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "SUCCESS"),
        ("Update", "UPDATE_IN_PROGRESS", "FAILED"),
        ("Create", "UPDATE_ROLLBACK_IN_PROGRESS", "FAILED"),
    ],
)
def test_a_rollback_to_a_retired_model_goes_on(stage: Stage, request_type: str, status: str, answer: str) -> None:
    """A stack that goes back to a model which Bedrock no longer has must not end in UPDATE_ROLLBACK_FAILED."""
    bedrock_answers(stage, {REGION: "ResourceNotFoundException"}, "ResourceNotFoundException")
    event = recorded("create-model-access", RequestType=request_type, PhysicalResourceId="model-access/A/1")
    stage.aws.stacks[event["StackId"]] = status
    played = stage.play(event)
    assert played["Status"] == answer
    words = played["Reason"] if answer == "FAILED" else played["Data"]["Warnings"]
    assert f"Bedrock has no inference profile {PROFILE}" in words


def test_a_status_that_cannot_be_read_is_said(stage: Stage) -> None:
    """Whoever takes the right to read stacks from the provider sees why the roll-back failed."""
    bedrock_answers(stage, route="ResourceNotFoundException")
    stage.aws.policy = provider_policy("ReadStacks")
    event = recorded("create-model-access", RequestType="Update", PhysicalResourceId="model-access/A/1")
    reason = stage.play(event)["Reason"]
    assert f"Bedrock has no inference profile {PROFILE}" in reason
    assert "Whether the stack rolls back could not be read: DescribeStacks failed with AccessDeniedException" in reason


def existing(*arns: str) -> dict[str, Any]:
    """What Bedrock answers about a profile that was made from the models with these ARNs."""
    return profile(EXISTING, models=[{"modelArn": arn} for arn in arns])


def stated(**changes: Any) -> dict[str, Any]:
    """The event of a declaration that names the profile EXISTING by its ARN."""
    return with_properties(recorded("create-model-access"), InferenceProfileArn=EXISTING, **changes)


@pytest.mark.parametrize("regions", [ROUTE, [region for region in ROUTE if region != REGION]])
def test_an_existing_profile_of_that_model_and_route_passes(stage: Stage, regions: list[str]) -> None:
    """A profile was made from what its declaration says, whether or not it routes to the source Region."""
    bedrock_answers(stage, route=routed(*ROUTE), existing=existing(*(item["modelArn"] for item in models(*regions))))
    answer = stage.play(stated())
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Warnings": ""})


@pytest.mark.parametrize(
    ("made", "models"),
    [
        ([f"arn:aws:bedrock:{REGION}::foundation-model/{MODEL}"], f"{MODEL} in {REGION};"),
        (
            [f"arn:aws:bedrock:{name}::foundation-model/{MODEL}" for name in ("", REGION)],
            f"{MODEL} in the model ARN without a Region, {REGION};",
        ),
        (
            [f"arn:aws:bedrock:{name}::foundation-model/amazon.nova-pro-v1:0" for name in ROUTE],
            f"amazon.nova-pro-v1:0 in {', '.join(sorted(ROUTE))};",
        ),
    ],
)
def test_an_existing_profile_of_something_else_fails_with_both_lists(
    stage: Stage, made: list[str], models: str
) -> None:
    """The reason has what the profile was made from and what the declaration says, so that either can be changed."""
    bedrock_answers(stage, route=routed(*ROUTE), existing=existing(*made))
    answer = stage.play(stated())
    assert answer["Status"] == "FAILED"
    assert f"was made from {models}" in answer["Reason"]
    assert f"say {MODEL} in {', '.join(sorted(ROUTE))}." in answer["Reason"]
    assert EXISTING not in answer["Reason"]


def test_an_existing_profile_that_bedrock_does_not_have_fails(stage: Stage) -> None:
    """A profile that was deleted since is found out before anything is made."""
    bedrock_answers(stage, route=routed(*ROUTE), existing="ResourceNotFoundException")
    assert f"no profile with the ARN in ExistingInferenceProfile in {REGION}" in stage.play(stated())["Reason"]


def test_an_existing_profile_that_cannot_be_asked_is_a_warning(stage: Stage) -> None:
    """No answer is no difference."""
    bedrock_answers(stage, route=routed(*ROUTE), existing="AccessDeniedException")
    answer = stage.play(stated())
    assert answer["Status"] == "SUCCESS"
    assert "could not be asked (AccessDeniedException)" in answer["Data"]["Warnings"]


def test_a_system_defined_profile_as_an_existing_one_fails(stage: Stage) -> None:
    """An ARN that only the deployment knows is held against the form of an application inference profile."""
    system = EXISTING.replace("application-", "")
    answer = stage.play(with_properties(recorded("create-model-access"), InferenceProfileArn=system))
    assert "the ARN of an application inference profile" in answer["Reason"]
