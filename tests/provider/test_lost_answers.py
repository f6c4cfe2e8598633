"""What Bedrock has done and nobody heard of: no profile stays behind, and the next attempt goes through."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.custom_resources.clients import Runtime
from lambda_bedrock_profile.custom_resources.events import Event, RefusedError
from tests.provider.chaos import (
    ACCOUNT,
    REGION,
    Aws,
    Chaos,
    Killed,
    failing,
    killed_after,
    lost_in_error,
    lost_in_time,
)
from tests.provider.stage import GENERATED, OWN, SOURCE, STACK, Stage, recorded, with_properties

CREATE = "CreateInferenceProfile"
NEW_NAME = GENERATED.replace("0a1b2c3d", "4e5f6a7b")
LOST = [
    pytest.param(lost_in_error(CREATE), id="error of the service"),
    pytest.param(lost_in_time(CREATE), id="no answer"),
    pytest.param(lambda do: do() and {}, id="answer without an ARN"),
]


@pytest.fixture
def aws(stage: Stage) -> Aws:
    """An account that has the sources of the recorded events."""
    return stage.aws


def create(name: str = GENERATED, request: str = "1") -> dict[str, Any]:
    """A Create of the profile ``name``."""
    return with_properties(recorded("create-profile", RequestId=request), InferenceProfileName=name)


def delete(physical_id: str, name: str = GENERATED) -> dict[str, Any]:
    """A Delete of what a Create has answered."""
    event = recorded("delete-profile", PhysicalResourceId=physical_id)
    return with_properties(event, InferenceProfileName=name)


@pytest.mark.parametrize("chaos", LOST)
@pytest.mark.parametrize("listing_delay", [0, 3])
@pytest.mark.parametrize("name", [GENERATED, "assistant"])
def test_a_profile_whose_answer_was_lost_is_found(
    stage: Stage, aws: Aws, chaos: Chaos, listing_delay: float, name: str
) -> None:
    """The tag tells that the profile is this resource's, so the create goes on with it, also when it shows late."""
    aws.listing_delay = listing_delay
    aws.next(CREATE, chaos)
    answer = stage.play(create(name))
    assert (answer["Status"], [answer["PhysicalResourceId"]]) == ("SUCCESS", list(aws.profiles))
    assert aws.names() == [name]


def test_an_attempt_that_did_nothing_is_repeated(stage: Stage, aws: Aws) -> None:
    """An error of the service that made nothing costs time, not the deployment."""
    aws.next(CREATE, *[failing(CREATE)] * 3)
    assert stage.play(create())["Status"] == "SUCCESS"
    assert len(aws.profiles) == 1


def test_a_refusal_after_a_lost_answer_does_not_hide_the_profile(stage: Stage, aws: Aws) -> None:
    """The profile that was made may have taken the last place of the quota: it is this resource's all the same."""
    aws.listing_delay = 3
    aws.next(CREATE, lost_in_error(CREATE), *[failing(CREATE, "ServiceQuotaExceededException")] * 5)
    answer = stage.play(create())
    assert (answer["Status"], [answer["PhysicalResourceId"]]) == ("SUCCESS", list(aws.profiles))


@pytest.mark.parametrize("chaos", LOST)
def test_what_was_lost_to_the_end_goes_with_the_roll_back(stage: Stage, aws: Aws, chaos: Chaos) -> None:
    """If the profile never shows in time, the Delete of what was not created looks for it again."""
    aws.listing_delay = 1000
    aws.next(CREATE, chaos)
    failed = stage.play(create())
    assert failed["Status"] == "FAILED"
    assert failed["PhysicalResourceId"].startswith("not-created:")
    assert len(aws.profiles) == 1
    stage.seconds_left = 290
    stage.slept.append(1000)
    assert stage.play(delete(failed["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert aws.profiles == {}


@pytest.mark.parametrize("physical_id", ["not-created:1", "assistant-AssistantInferenceProfile-1ABC"])
def test_lambdas_own_end_leaves_nothing(stage: Stage, aws: Aws, physical_id: str) -> None:
    """A provider that is killed after the create answers nobody; CloudFormation then deletes under an id of its own."""
    aws.next(CREATE, killed_after(CREATE))
    with pytest.raises(Killed):
        stage.provider.handler({**create(), "ResponseURL": stage.url}, stage.context)
    assert len(aws.profiles) == 1
    assert stage.play(delete(physical_id))["Status"] == "SUCCESS"
    assert aws.profiles == {}


def test_the_next_attempt_takes_what_was_left(stage: Stage, aws: Aws) -> None:
    """If even the roll-back could not look, the next attempt of the resource does not fail for ever."""
    aws.next(CREATE, killed_after(CREATE))
    with pytest.raises(Killed):
        stage.provider.handler({**create(), "ResponseURL": stage.url}, stage.context)
    aws.next("ListInferenceProfiles", failing("ListInferenceProfiles", "AccessDeniedException"))
    assert stage.play(delete("not-created:1"))["Status"] == "SUCCESS"
    [left] = aws.profiles
    answer = stage.play(with_properties(create(request="2"), Tags=[{"Key": "stage", "Value": "prod"}]))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", left)
    assert aws.profiles[left]["tags"].items() >= {"stage": "prod", **OWN}.items()


@pytest.mark.parametrize("readable", [True, False])
def test_a_late_delete_keeps_the_profile_in_use(stage: Stage, aws: Aws, readable: bool) -> None:
    """A second Create may take what the first has left before the first is cleaned up; what is in use stays.

    It stays as well if CloudFormation cannot be asked what is in use.
    """
    arn = aws.plant(GENERATED, OWN, SOURCE)
    aws.resources[STACK, "AssistantInferenceProfile"] = arn
    if not readable:
        aws.next("DescribeStackResource", failing("DescribeStackResource", "AccessDenied"))
    assert stage.play(delete("not-created:1"))["Status"] == "SUCCESS"
    assert aws.profiles.keys() == {arn}


@pytest.mark.parametrize("before", ["in the invocation", "with Lambda's end"])
def test_a_failed_replacement_leaves_no_second_profile(stage: Stage, aws: Aws, before: str) -> None:
    """The roll-back of an update names the profile in use alone, so it looks for what the update has made, too."""
    arn = aws.plant(GENERATED, OWN, SOURCE, description="Nova Lite for the assistant")
    aws.resources[STACK, "AssistantInferenceProfile"] = arn
    update = with_properties(recorded("update-replacement", PhysicalResourceId=arn), InferenceProfileName=NEW_NAME)
    if before == "with Lambda's end":
        aws.next(CREATE, killed_after(CREATE))
        with pytest.raises(Killed):
            stage.provider.handler({**update, "ResponseURL": stage.url}, stage.context)
    else:
        aws.listing_delay = 1000
        aws.next(CREATE, lost_in_error(CREATE))
        assert stage.play(update)["PhysicalResourceId"] == arn
    assert len(aws.profiles) == 2
    stage.seconds_left = 290
    stage.slept.append(1000)
    back = {**update, "OldResourceProperties": update["ResourceProperties"]}
    answer = stage.play(with_properties(back, InferenceProfileName=GENERATED))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert aws.profiles.keys() == {arn}


def test_a_roll_back_does_not_fail_for_what_it_cannot_clean(
    stage: Stage, aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    """The profile in use is as it was, so the stack rolls back; the log says what may be left."""
    arn = aws.plant(GENERATED, OWN, SOURCE, description="Nova Lite for the assistant")
    aws.next("ListInferenceProfiles", failing("ListInferenceProfiles", "AccessDeniedException"))
    update = with_properties(recorded("update-replacement", PhysicalResourceId=arn), InferenceProfileName=NEW_NAME)
    back = {**update, "OldResourceProperties": update["ResourceProperties"]}
    answer = stage.play(with_properties(back, InferenceProfileName=GENERATED))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert "a failed replacement may have left a profile behind" in caplog.text


@pytest.mark.parametrize(("code", "status"), [("ResourceNotFoundException", "SUCCESS"), ("AccessDenied", "FAILED")])
def test_a_profile_that_goes_while_it_is_looked_at(stage: Stage, aws: Aws, code: str, status: str) -> None:
    """A listing may show what is gone already: that is no profile of anybody's. Any other refusal is reported."""
    aws.plant(GENERATED, OWN, SOURCE)
    aws.next(CREATE, failing(CREATE, "ConflictException"))
    aws.next("ListTagsForResource", failing("ListTagsForResource", code))
    assert stage.play(with_properties(create(), Description=None))["Status"] == status


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsForResource", "GetInferenceProfile"])
@pytest.mark.parametrize("lost", [lost_in_error, lost_in_time])
def test_what_may_be_done_twice_is(stage: Stage, aws: Aws, operation: str, lost: Callable[[str], Chaos]) -> None:
    """A lost answer to anything but the create is no more than a second call."""
    arn = aws.plant("assistant", OWN, SOURCE, description="Nova Lite for the assistant")
    aws.next(operation, lost(operation))
    assert stage.play(recorded("update-tags", PhysicalResourceId=arn))["Status"] == "SUCCESS"
    assert aws.profiles[arn]["tags"].items() >= {"app": "helper", "stage": "prod"}.items()


@pytest.mark.parametrize("lost", [lost_in_error, lost_in_time])
def test_a_lost_answer_to_a_delete(stage: Stage, aws: Aws, lost: Callable[[str], Chaos]) -> None:
    """The profile is gone, and the second call says so."""
    arn = aws.plant("assistant", OWN, SOURCE)
    aws.next("DeleteInferenceProfile", lost("DeleteInferenceProfile"))
    assert stage.play(recorded("delete-profile", PhysicalResourceId=arn))["Status"] == "SUCCESS"
    assert aws.profiles == {}


# ---------------------------------------------------------------------------------------------------------- throttling


class Crowd:
    """Runs functions side by side on one clock that moves only while all of them sleep: no run takes any real time."""

    def __init__(self, seed: int) -> None:
        self.now, self.random = 0.0, random.Random(seed)
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, threading.Event]] = []

    def run(self, works: list[Callable[[], None]]) -> None:
        """Does all of ``works``, one at a time: the one whose sleep ends first goes on until it sleeps again."""
        self._back = threading.Semaphore(0)
        threads = []
        for work in works:
            start = threading.Event()
            self._wait_for(0.0, start)
            threads.append(threading.Thread(target=self._work, args=(start, work), daemon=True))
            threads[-1].start()
        while self._waiting:
            self.now, _, event = heapq.heappop(self._waiting)
            event.set()
            self._back.acquire()
        for thread in threads:
            thread.join()

    def sleep(self, seconds: float) -> None:
        """Lets the others go on for ``seconds``."""
        event = threading.Event()
        self._wait_for(seconds, event)
        self._back.release()
        event.wait()

    def _wait_for(self, seconds: float, event: threading.Event) -> None:
        heapq.heappush(self._waiting, (self.now + seconds, next(self._numbers), event))

    def _work(self, start: threading.Event, work: Callable[[], None]) -> None:
        start.wait()
        work()
        self._back.release()


def together(stage: Stage, aws: Aws, crowd: Crowd, events: list[dict[str, Any]]) -> Mapping[str, str]:
    """What becomes of ``events``, each in an invocation of its own, all at once: the physical ids and the failures."""
    outcomes: dict[str, str] = {}
    aws.now = lambda: crowd.now

    def invocation(raw: dict[str, Any]) -> None:
        end = crowd.now + 300
        runtime = Runtime(
            region=REGION,
            account=ACCOUNT,
            client=aws.client,
            seconds_left=lambda: end - crowd.now,
            sleep=crowd.sleep,
            jitter=crowd.random.random,
            claim=lambda _: None,
        )
        try:
            outcomes[raw["LogicalResourceId"]] = stage.provider.dispatch(Event.of(raw), runtime).physical_id
        except RefusedError as refusal:
            outcomes[raw["LogicalResourceId"]] = str(refusal)

    crowd.run([lambda raw=raw: invocation(raw) for raw in events])  # type: ignore[misc]
    return outcomes


@pytest.mark.parametrize("seed", range(5))
def test_twenty_profiles_at_once_against_one_call_a_second(stage: Stage, aws: Aws, seed: int) -> None:
    """A stack of twenty profiles is made, changed and deleted, though Bedrock takes one call a second."""
    aws.per_second = 1
    crowd = Crowd(seed)
    names = [f"Assistant{number}" for number in range(20)]
    events = [{**create(name), "LogicalResourceId": name} for name in names]
    made = together(stage, aws, crowd, events)
    assert sorted(made.values()) == sorted(aws.profiles)
    assert aws.names() == sorted(names)
    assert crowd.now < 265
    removed = together(
        stage,
        aws,
        crowd,
        [{**delete(made[name], name), "LogicalResourceId": name} for name in names],
    )
    assert removed == made
    assert aws.profiles == {}


def test_callers_that_were_throttled_together_do_not_come_back_together(stage: Stage, aws: Aws) -> None:
    """The pauses are random: equal ones would meet the same limit again and again."""
    aws.next(CREATE, *[failing(CREATE, "ThrottlingException", status=429)] * 4)
    stage.random = 0.25
    assert stage.play(create())["Status"] == "SUCCESS"
    assert stage.slept == [0.625, 1.25, 2.5, 5.0]
