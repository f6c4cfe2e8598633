"""The provider answers every request once, whatever AWS does, and leaves alone what belongs to another stack."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fuzz.mutation import mutated, seeds
from tests.provider.chaos import OWNER, Chaos, failing, lost_in_error, lost_in_time
from tests.provider.stage import ARN, OTHER_STACK, OWN, Stage, profile

EVENTS = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[2] / "events").glob("provider-*profile*.json"))
]
FOREIGN = ARN.replace("abcdef123456", "foreign00001")
OPERATIONS = ("CreateInferenceProfile", "GetInferenceProfile", "DeleteInferenceProfile", "ListInferenceProfiles",
              "TagResource", "UntagResource", "ListTagsForResource")  # fmt: skip
CODES = ("ThrottlingException", "AccessDeniedException", "ConflictException", "ResourceNotFoundException",
         "ValidationException", "InternalServerException")  # fmt: skip


def world(stage: Stage, chance: Random) -> Stage:
    """A stage with a profile of the event's own, one of another stack, and an AWS that misbehaves now and then."""
    made = replace(stage, slept=[], clients={}, configs=[], stubbers=[], seconds_left=120.0, aws=replace(stage.aws))
    made.aws.profiles.clear()
    made.aws.calls.clear()
    made.aws.chaos.clear()
    other = {OWNER: f"{OTHER_STACK}/Their"}
    made.aws.profiles[FOREIGN] = {**profile(FOREIGN), "inferenceProfileName": "theirs", "tags": other, "seen": 0}
    if chance.random() < 0.7:
        made.aws.profiles[ARN] = {**profile(), "tags": dict(OWN) if chance.random() < 0.7 else {}, "seen": 0}
    for _ in range(chance.randint(0, 5)):
        operation = chance.choice(OPERATIONS)
        kinds: list[Chaos] = [
            lost_in_error(operation),
            lost_in_time(operation),
            failing(operation, chance.choice(CODES)),
        ]
        made.aws.next(operation, *chance.choices([None, *kinds], k=chance.randint(1, 4)))
    return made


def request(chance: Random) -> dict[str, Any]:
    """A request of CloudFormation, at times with properties that nobody would write, or with another's profile."""
    event: dict[str, Any] = dict(chance.choice(EVENTS))
    for name in ("ResourceProperties", "OldResourceProperties"):
        if name in event and chance.random() < 0.4:
            event[name] = mutated(event[name], chance)
    if "PhysicalResourceId" in event and chance.random() < 0.3:
        event["PhysicalResourceId"] = chance.choice([FOREIGN, FOREIGN.upper(), "x" * 2000, "%0a", "", "not-created"])
    return event


def test_every_request_is_answered_once_and_foreign_profiles_stay(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under lost answers, throttling and refusals there is one answer, and no other stack's profile changes."""
    for chance in seeds():
        made = world(stage, chance)
        monkeypatch.setattr(stage.provider.clients, "make_client", made.client)
        monkeypatch.setattr(stage.provider, "time", SimpleNamespace(sleep=made.sleep))
        event = request(chance)
        before = copy.deepcopy(made.aws.profiles[FOREIGN])
        answer: dict[str, Any] = made.play(event)
        assert answer["Status"] in {"SUCCESS", "FAILED"}
        assert made.aws.profiles.get(FOREIGN) == before, event
