"""Two stacks with a profile each, any transitions, an AWS in chaos: each stack ends with its own profile alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lambda_bedrock_profile.custom_resources.clients import Runtime
from lambda_bedrock_profile.custom_resources.events import Event, RefusedError
from tests.provider.chaos import (
    ACCOUNT,
    OWNER,
    REGION,
    Aws,
    Chaos,
    Killed,
    failing,
    killed_after,
    lost_in_error,
    lost_in_time,
)
from tests.provider.stage import OTHER_STACK, SOURCE, STACK, Stage, recorded

OPERATIONS = (
    "CreateInferenceProfile",
    "GetInferenceProfile",
    "ListInferenceProfiles",
    "DeleteInferenceProfile",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    "DescribeStackResource",
)
ID = "AssistantInferenceProfile"


def disasters(chance: random.Random, operation: str) -> Iterator[Chaos | None]:
    """What becomes of the next calls of ``operation``: every fifth goes wrong in one of the ways there are."""
    ways = [
        lost_in_error(operation),
        lost_in_time(operation),
        failing(operation),
        failing(operation, "ThrottlingException", status=429),
        killed_after(operation),
    ]
    for _ in range(8):
        yield chance.choice(ways) if chance.random() < 0.2 else None


@dataclass
class Stack:
    """A stack with one profile, as CloudFormation takes it from one state to the next, roll-backs included."""

    stage: Stage
    aws: Aws
    stack_id: str
    clock: list[float]
    chance: random.Random
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    requests: int = 0

    def deploy(self, properties: dict[str, Any], later: bool) -> None:
        """Makes the stack, or changes it; ``later``: another resource fails after the profile."""
        if not self.physical_id:
            made, failed = self._ask("Create", properties, "")
            if failed or later:
                self._delete(made, properties)
            else:
                self._keep(made, properties)
            return
        before, old = self.physical_id, self.properties
        now, failed = self._ask("Update", properties, before, old)
        if not failed and not later:
            self._keep(now, properties)
            if now != before:
                self._delete(before, old)
            return
        # The roll-back. One that fails is continued until it does not, as a person would.
        self._keep(now, properties)
        back = self._insist("Update", old, now, properties)
        self._keep(back, old)
        if now != back:
            self._delete(now, properties)

    def delete(self) -> None:
        """Deletes the stack."""
        if self.physical_id:
            self._delete(self.physical_id, self.properties)
            self._keep("", {})

    def _keep(self, physical_id: str, properties: dict[str, Any]) -> None:
        self.physical_id, self.properties = physical_id, properties
        self.aws.resources[self.stack_id, ID] = physical_id

    def _delete(self, physical_id: str, properties: dict[str, Any]) -> None:
        self._insist("Delete", properties, physical_id)

    def _insist(self, *request: Any) -> str:
        for _ in range(50):
            physical_id, failed = self._ask(*request)
            if not failed:
                return physical_id
        raise AssertionError(f"{request} never ends")

    def _ask(
        self, request_type: str, properties: dict[str, Any], physical_id: str, old: dict[str, Any] | None = None
    ) -> tuple[str, bool]:
        """One request: the physical id that CloudFormation then goes by, and whether it failed."""
        self.requests += 1
        claimed: list[str] = []
        end = self.clock[0] + 300

        def sleep(seconds: float) -> None:
            self.clock[0] += seconds

        runtime = Runtime(
            region=REGION,
            account=ACCOUNT,
            client=self.aws.client,
            seconds_left=lambda: end - self.clock[0],
            sleep=sleep,
            jitter=self.chance.random,
            claim=claimed.append if request_type == "Create" else lambda _: None,
        )
        raw = recorded("create-profile", RequestType=request_type, StackId=self.stack_id)
        raw |= {"RequestId": f"{self.requests}", "PhysicalResourceId": physical_id, "LogicalResourceId": ID}
        raw |= {"ResourceProperties": properties, "OldResourceProperties": old or {}}
        try:
            return self.stage.provider.dispatch(Event.of(raw), runtime).physical_id, False
        except RefusedError:
            return (claimed or [physical_id or f"not-created:{self.requests}"])[-1], True
        except Killed:
            # No answer: CloudFormation goes by an id of its own if it has none.
            self.clock[0] = end + 30
            return physical_id or f"assistant-{ID}-1ABC", True


def properties(guid: str, number: int, tag: str, generated: bool) -> dict[str, Any]:
    """The properties of a profile, under a name that the macro generates for them or one of the user's own."""
    name = f"Assistant-{number:08x}-{guid}" if generated else f"own {guid[:8]} {number}"
    return {
        "InferenceProfileName": name,
        "Description": f"Number {number}",
        "ModelSource": {"CopyFrom": SOURCE},
        "Tags": [{"Key": "stage", "Value": tag}] if tag else [],
    }


@pytest.mark.parametrize("seed", range(60))
def test_each_stack_ends_with_its_own_profile(stage: Stage, seed: int) -> None:
    """Whatever is lost, fails, is throttled or killed: nothing of another is touched, and nothing is left behind."""
    chance, clock, aws = random.Random(seed), [0.0], stage.aws
    aws.now = lambda: clock[0]
    aws.listing_delay = chance.choice([0, 0, 5])
    stranger = aws.plant("somebody", {"app": "x"}, SOURCE)
    stacks = [Stack(stage, aws, stack_id, clock, chance) for stack_id in (STACK, OTHER_STACK)]
    for _ in range(12):
        stack = chance.choice(stacks)
        for operation in OPERATIONS:
            aws.chaos[operation] = list(disasters(chance, operation))
        if chance.random() < 0.15:
            stack.delete()
        else:
            guid = stack.stack_id.rpartition("/")[2]
            wanted = properties(guid, chance.randrange(3), chance.choice(["", "a", "b"]), chance.random() < 0.7)
            stack.deploy(wanted, later=chance.random() < 0.3)
        for each in stacks:
            if each.physical_id:
                profile = aws.profiles[each.physical_id]
                assert profile["inferenceProfileName"] == each.properties["InferenceProfileName"]
                assert profile["tags"][OWNER] == f"{each.stack_id}/{ID}"
                tags = {tag["Key"]: tag["Value"] for tag in each.properties["Tags"]}
                assert {key: value for key, value in profile["tags"].items() if key != OWNER} == tags
        in_use = {each.physical_id for each in stacks} - {""}
        assert aws.profiles.keys() == {stranger, *in_use}
    aws.chaos.clear()
    for stack in stacks:
        stack.delete()
    assert aws.profiles.keys() == {stranger}
    assert aws.profiles[stranger]["tags"] == {"app": "x"}
