"""The stage the provider is played on: recorded events in, the answer CloudFormation would receive out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
from botocore.stub import Stubber

from tests.provider.chaos import ACCOUNT, OWNER, REGION, Aws
from tests.support.policy_evaluation import allowed

EVENTS = Path(__file__).parents[2] / "events"

ARN = "arn:aws:bedrock:us-west-1:123456789012:application-inference-profile/abcdef123456"
NEW_ARN = "arn:aws:bedrock:us-west-1:123456789012:application-inference-profile/fedcba654321"
MODEL = "amazon.nova-lite-v1:0"
SOURCE = f"arn:aws:bedrock:us-west-1:123456789012:inference-profile/us.{MODEL}"
STACK = "arn:aws:cloudformation:us-west-1:123456789012:stack/assistant/6f1b1c00-c8f0-11f1-9d5c-06d2b5a7f2a1"
"""The stack of the recorded events."""
GUID = STACK.rpartition("/")[2]
OTHER_STACK = "arn:aws:cloudformation:us-west-1:123456789012:stack/other/0d9e8f70-c8f1-11f1-8a3b-0a1b2c3d4e5f"
OWN = {OWNER: f"{STACK}/AssistantInferenceProfile"}
"""The provider's tag on a profile of the recorded events' resource."""
GENERATED = f"Assistant-0a1b2c3d-{GUID}"
"""A name as the macro generates it for the recorded events' stack."""
ROUTE = ("us-east-1", "us-east-2", "us-west-1", "us-west-2")


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    """The event in events/provider-NAME.json with ``changes`` to its own fields."""
    event: dict[str, Any] = json.loads((EVENTS / f"provider-{name}.json").read_text(encoding="utf-8"))
    return {**event, **changes}


def with_properties(event: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    """``event`` with ``properties`` put over its own; None removes one."""
    merged = {**event["ResourceProperties"], **properties}
    return {**event, "ResourceProperties": {name: value for name, value in merged.items() if value is not None}}


def profile(arn: str = ARN, **changes: Any) -> dict[str, Any]:
    """What Bedrock answers about a profile that looks as the recorded events want it."""
    answer = {
        "inferenceProfileName": "assistant",
        "description": "Nova Lite for the assistant",
        "inferenceProfileArn": arn,
        "inferenceProfileId": arn.rsplit("/", 1)[1],
        "createdAt": datetime(2026, 11, 23, 10, tzinfo=UTC),
        "updatedAt": datetime(2026, 11, 23, 10, tzinfo=UTC),
        "status": "ACTIVE",
        "type": "APPLICATION",
        "models": models(*ROUTE),
        **changes,
    }
    return {name: value for name, value in answer.items() if value is not None}


def models(*regions: str) -> list[dict[str, str]]:
    """The models of a profile that routes to ``regions``."""
    return [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{MODEL}"} for region in regions]


@dataclass
class Receiver:
    """Where CloudFormation waits for answers: an address, its certificate, and the bodies that it has taken."""

    url: str
    certificate: Path
    bodies: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """How the next answers are met before one is taken; 0 is a connection that ends."""


@dataclass
class Stage:
    """One test's world: stubbed clients, a clock that only moves when somebody sleeps, and the answers received."""

    provider: ModuleType
    url: str
    bodies: list[bytes]
    seconds_left: float = 120.0
    slept: list[float] = field(default_factory=list)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    configs: list[Any] = field(default_factory=list)
    stubbers: list[Stubber] = field(default_factory=list)
    aws: Aws = field(default_factory=Aws)
    """What answers for Bedrock and CloudFormation if no stubbed client does."""
    random: float = 1.0

    def __post_init__(self) -> None:
        self.aws.now = lambda: sum(self.slept)
        bare = f"arn:aws:bedrock:{REGION}::foundation-model/{MODEL}"
        self.aws.sources = {
            SOURCE: [model["modelArn"] for model in models(*ROUTE)],
            SOURCE.replace("/us.", "/global."): [
                *(model["modelArn"] for model in models(*ROUTE)),
                bare.replace(REGION, ""),
            ],
            bare: [bare],
        }

    def stub(self, service: str = "bedrock", region: str = REGION) -> Any:
        """The Stubber of a client of ``service`` in ``region``, which answers in order and fails on anything else."""
        client = boto3.client(service, region_name=region)  # type: ignore[call-overload]
        stubber = Stubber(client)
        stubber.activate()
        self.admit(service, client, region)
        self.stubbers.append(stubber)
        return stubber

    def admit(self, service: str, client: Any, region: str = REGION) -> None:
        """Lets ``client`` answer for ``service`` in ``region``, as far as the provider's role may call it."""

        def judge(params: dict[str, Any], model: Any, **_: Any) -> None:
            group = f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{params.get('GroupId')}"
            resource = group if model.name.startswith("Revoke") else "*"
            profile = params.get("inferenceProfileIdentifier")
            if profile is not None:
                resource = f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{profile}"
            if not allowed(self.aws.policy, f"{service}:{model.name}", resource, {}):
                raise AssertionError(f"the provider's role may not call {service}:{model.name} on {resource}")

        client.meta.events.register(f"before-parameter-build.{service}", judge)
        self.clients[service, region] = client

    def play(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Gives ``event`` to the handler and returns the one answer that went over HTTPS."""
        before = len(self.bodies)
        self.provider.handler({**event, "ResponseURL": self.url}, self.context)
        assert len(self.bodies) == before + 1
        assert len(self.bodies[-1]) < 4096
        answer: dict[str, Any] = json.loads(self.bodies[-1])
        for name in ("StackId", "RequestId", "LogicalResourceId"):
            assert answer[name] == event[name]
        assert 0 < len(answer["PhysicalResourceId"]) <= 1024
        return answer

    def done(self) -> None:
        """Asserts that every call the test announced was made."""
        for stubber in self.stubbers:
            stubber.assert_no_pending_responses()

    def client(self, service: str, region: str, config: object) -> Any:
        """Stands in for ``clients.make_client``."""
        self.configs.append(config)
        stubbed = self.clients.get((service, region))
        return self.aws.client(service, region) if stubbed is None else stubbed

    def sleep(self, seconds: float) -> None:
        """Moves the clock."""
        self.slept.append(seconds)
        self.seconds_left -= seconds

    @property
    def context(self) -> SimpleNamespace:
        """The Lambda context object, as far as it is used."""
        remaining: Callable[[], int] = lambda: int(self.seconds_left * 1000)  # noqa: E731
        return SimpleNamespace(
            aws_request_id="lambda-request-1",
            function_name="provider",
            invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:provider",
            get_remaining_time_in_millis=remaining,
        )
