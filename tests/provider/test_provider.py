"""The provider as CloudFormation meets it: whatever comes in, one short and readable answer goes out."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.provider.chaos import failing
from tests.provider.stage import ARN, EVENTS, Receiver, Stage, profile, recorded, with_properties
from tests.support.goldens import goldens

SOURCES = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize("path", sorted(EVENTS.glob("provider-*.json")), ids=lambda path: path.stem)
def test_recorded_events_have_cloudformations_fields(path: Path) -> None:
    """A recorded event has exactly the fields CloudFormation sends for its kind of request."""
    event = json.loads(path.read_text(encoding="utf-8"))
    common = {
        "RequestType",
        "ResponseURL",
        "StackId",
        "RequestId",
        "LogicalResourceId",
        "ResourceType",
        "ResourceProperties",
    }
    more = {
        "Create": set(),
        "Delete": {"PhysicalResourceId"},
        "Update": {"PhysicalResourceId", "OldResourceProperties"},
    }
    assert set(event) == common | more[event["RequestType"]]


def test_the_macro_writes_what_the_provider_serves(provider: ModuleType) -> None:
    """The custom resources of the processed templates are those that the provider serves."""
    resources = (each for golden in goldens() for each in golden.expanded()["Resources"].values())
    types = {each["Type"] for each in resources if each["Type"].startswith("Custom::")}
    assert types == provider.RESOURCES.keys()


def test_an_unknown_type_fails_with_the_known_ones(stage: Stage) -> None:
    """A resource type this provider does not serve is refused at once, with those it does."""
    answer = stage.play(recorded("create-unknown-type"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        "This provider does not know the resource type of AssistantGuardrail. Use Custom::BedrockInferenceProfile, "
        "Custom::BedrockModelAccess, Custom::VpcDefaultSecurityGroup, Custom::ManagedPrefixList, or update the "
        "provider."
    )


def test_rolling_back_an_unknown_type_succeeds(stage: Stage) -> None:
    """The delete that follows a refused create passes, so that the stack is not stuck in its roll-back."""
    failed = stage.play(recorded("create-unknown-type"))
    delete = recorded("create-unknown-type", RequestType="Delete", PhysicalResourceId=failed["PhysicalResourceId"])
    answer = stage.play(delete)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", failed["PhysicalResourceId"])


def test_deleting_an_unknown_type_that_exists_fails(stage: Stage) -> None:
    """Nobody reads that something was deleted which the provider cannot delete."""
    event = recorded("create-unknown-type", RequestType="Delete", PhysicalResourceId="guardrail-1")
    answer = stage.play(event)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "guardrail-1")


def test_every_malformed_property_is_reported_together(stage: Stage) -> None:
    """One reason names every property with its path, what is wrong and what to do, and repeats no value."""
    event = recorded(
        "create-profile",
        ResourceProperties={
            "ServiceToken": "arn:aws:lambda:us-west-1:123456789012:function:provider",
            "Description": "",
            "InferenceProfileName": "s3cret--name",
            "ModelSource": {"CopyFrom": "amazon.s3cret", "Region": "us-east-1"},
            "Tags": [{"Key": "aws:s3cret"}, "s3cret", {"Key": "a", "Value": ["s3cret"]}],
            "Modles": "s3cret",
        },
    )
    answer = stage.play(event)
    reason = answer["Reason"]
    for expected in (
        "AssistantInferenceProfile.Properties.Description: has 0 characters. Give 1 to 200 characters.",
        ".Properties.InferenceProfileName: has a form that is not allowed. Give letters and digits",
        ".Properties.ModelSource.CopyFrom: has a form that is not allowed. Give the ARN of a foundation model",
        ".Properties.ModelSource.Region: is unknown. Remove it, or use one of CopyFrom.",
        ".Properties.Tags.0.Value: is missing. Add it.",
        ".Properties.Tags.0.Key: has a form that is not allowed.",
        ".Properties.Tags.1: is not an object. Give an object with Key, Value.",
        ".Properties.Tags.2.Value: is not text.",
        ".Properties.Modles: is unknown.",
    ):
        assert expected in reason
    assert "s3cret" not in reason


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Tags": {"app": "x"}}, "Tags: is not a list"),
        ({"Tags": [{"Key": f"k{number}", "Value": ""} for number in range(201)]}, "Tags: has 201 items"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Tags.1.Key: repeats the key"),
        ({"InferenceProfileName": None}, "InferenceProfileName: is missing"),
    ],
)
def test_malformed_profiles(stage: Stage, properties: dict[str, Any], expected: str) -> None:
    """Wrong shapes are refused before Bedrock is asked."""
    assert expected in stage.play(with_properties(recorded("create-profile"), **properties))["Reason"]


def test_properties_that_are_no_object(stage: Stage) -> None:
    """Properties of a wrong kind count as none, and every required one is asked for."""
    answer = stage.play(recorded("create-model-access", ResourceProperties=["x"]))
    assert all(f"{name}: is missing" in answer["Reason"] for name in ("ModelId", "Regions", "SourceRegion"))


def test_a_long_reason_is_cut_at_its_end(stage: Stage) -> None:
    """A reason too long for CloudFormation keeps its beginning, ends in a hint, and the log has all of it."""
    unknown = {f"Ünknown{number}": "x" for number in range(200)}
    answer = stage.play(with_properties(recorded("create-profile"), **unknown))
    assert answer["Reason"].startswith("AssistantInferenceProfile.Properties.Ünknown0: is unknown.")
    assert answer["Reason"].endswith("(the rest is in the provider's log)")
    assert len(stage.bodies[-1]) > 3500


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_an_unforeseen_error_is_answered(
    stage: Stage, request_type: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug of ours fails the request at once and leaves its place in the log, without the error's text."""
    text = "s3cret"

    def broken(*_: object) -> None:
        raise KeyError(text)

    monkeypatch.setattr(stage.provider.clients, "make_client", broken)
    answer = stage.play(recorded("update-tags", RequestType=request_type))
    assert answer["Status"] == "FAILED"
    assert "unforeseen KeyError. Search its log for lambda-request-1" in answer["Reason"]
    assert any("in broken" in record.getMessage() for record in caplog.records)
    assert text not in caplog.text + answer["Reason"]


def test_secrets_stay_out_of_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Even with the log turned up, neither the presigned URL nor a property's value is logged."""
    stage.aws.next("CreateInferenceProfile", failing("CreateInferenceProfile", "ValidationException", "bad 'hunter2'"))
    event = with_properties(recorded("create-profile"), Tags=[{"Key": "password", "Value": "hunter2"}])
    monkeypatch.setattr(stage.provider.helper, "_log_level", "DEBUG")
    assert stage.play(event)["Status"] == "FAILED"
    assert logging.getLogger().level == logging.DEBUG
    assert "ValidationException" in caplog.text
    assert "presigned-secret" not in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(("named", "level"), [("ERROR", "ERROR"), ("LOUD", "INFO"), ("", "INFO")])
def test_the_log_level_is_the_environments(
    provider: ModuleType, monkeypatch: pytest.MonkeyPatch, named: str, level: str
) -> None:
    """LOG_LEVEL sets how much is logged, and a level nobody knows does no harm."""
    monkeypatch.setenv("LOG_LEVEL", named)
    assert provider.log_level() == level


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "Create",
        {},
        {"RequestType": "Create"},
        recorded("create-profile", RequestType="Explode"),
        recorded("create-profile", StackId=None),
        recorded("create-profile", ResponseURL="http://localhost/"),
        recorded("create-profile", ResponseURL="https://"),
        recorded("create-profile", ResponseURL="https://[/"),
        recorded("create-profile", ResponseURL="https://host/a b"),
        recorded("create-profile", StackId="arn:%s"),
        recorded("create-profile", RequestId="%(message)s"),
        recorded("create-profile", LogicalResourceId="50%"),
        recorded("create-profile", LogicalResourceId="X" * 1025),
        recorded("create-profile", RequestId="two\nlines"),
    ],
)
def test_what_cannot_be_answered_is_left(stage: Stage, event: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An event without an address or a request to answer ends at once and is logged, without its content."""
    before = len(stage.bodies)
    stage.provider.handler(event, stage.context)
    assert len(stage.bodies) == before
    assert [record.getMessage() for record in caplog.records] == [
        "not a request of CloudFormation: no answer is possible"
    ]


def test_state_of_crhelpers_poller_is_ignored(stage: Stage) -> None:
    """An event cannot talk the helper into a poll it never started."""
    event = recorded("create-unknown-type", CrHelperPoll=True, CrHelperData={"x": "y"})
    answer = stage.play(event)
    assert (answer["Status"], answer["Data"]) == ("FAILED", {})


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Stands in for ``threading.Timer``, with which crhelper gives up shortly before Lambda ends the invocation."""
    timer = Mock()
    monkeypatch.setattr(threading, "Timer", timer)
    return timer


def emergency(stage: Stage, timer: Mock) -> None:
    """Lambda's time runs out."""
    seconds, give_up = timer.call_args.args
    assert seconds == stage.seconds_left - stage.provider.EMERGENCY
    give_up()


def test_out_of_time_names_what_was_made(stage: Stage, timer: Mock) -> None:
    """When Lambda's time runs out in the middle, the answer names the new profile, so that the roll-back deletes it."""

    def out_of_time(do: Callable[[], Any]) -> Any:
        emergency(stage, timer)
        return do()

    stage.aws.next("GetInferenceProfile", out_of_time)
    answer = stage.play(recorded("create-profile"))
    assert (answer["Status"], [answer["PhysicalResourceId"]]) == ("FAILED", list(stage.aws.profiles))
    assert answer["Reason"] == "Execution timed out"


def test_out_of_time_before_anything_was_made(stage: Stage, timer: Mock) -> None:
    """An emergency answer has a physical id, without which CloudFormation would not show the reason.

    What is made after it is removed, since nobody would know of it.
    """

    def out_of_time(do: Callable[[], Any]) -> Any:
        emergency(stage, timer)
        return do()

    stage.aws.next("CreateInferenceProfile", out_of_time)
    answer = stage.play(recorded("create-profile"))
    assert answer["PhysicalResourceId"].startswith("not-created:")
    assert stage.aws.profiles == {}


# ---------------------------------------------------------------------------------------------------- ids, the answer


@pytest.mark.parametrize("physical_id", ["100%", "%(message)s", "x" * 1025, "two\nlines", "ö", "\x1b]52;c;"])
@pytest.mark.parametrize("request_type", ["Update", "Delete"])
def test_an_id_that_no_resource_has_is_refused(
    stage: Stage, request_type: str, physical_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the log nor the answer repeats it: a percent sign stopped the log, and with it the answer."""
    answer = stage.play(recorded("update-tags", RequestType=request_type, PhysicalResourceId=physical_id))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"].startswith("refused-id:")
    assert physical_id not in caplog.text + json.dumps(answer, ensure_ascii=False)
    assert stage.aws.calls == []


@pytest.mark.parametrize("statuses", [[503], [500, 0, 503], [429], [0] * 6])
def test_the_answer_is_sent_until_it_is_taken(stage: Stage, receiver: Receiver, statuses: list[int]) -> None:
    """An answer that is met with an error, or with nothing, is sent again: the stack waits for it."""
    receiver.statuses[:] = statuses
    assert stage.play(recorded("create-unknown-type"))["Status"] == "FAILED"
    assert receiver.statuses == []
    assert len(stage.slept) == len(statuses)


@pytest.mark.parametrize("statuses", [[403], [503] * 99])
def test_an_answer_that_is_refused_ends_in_time(
    stage: Stage, receiver: Receiver, statuses: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """A definite refusal ends the sending at once, any other with the invocation, and the log says so."""
    receiver.statuses[:] = statuses
    stage.provider.handler({**recorded("create-unknown-type"), "ResponseURL": stage.url}, stage.context)
    receiver.statuses.clear()
    assert stage.seconds_left >= 1
    assert bool(stage.slept) == (len(statuses) > 1)
    assert "the answer was" in caplog.text
    assert "presigned-secret" not in caplog.text


def test_without_a_region_every_request_is_refused(receiver: Receiver) -> None:
    """A provider without a Region starts nevertheless and tells CloudFormation what to set."""
    event = recorded("update-tags", ResponseURL=receiver.url)
    program = (
        "import json, sys; from types import SimpleNamespace as N; from lambda_bedrock_profile.provider import handler;"
        "handler(json.load(sys.stdin), N(aws_request_id='1', get_remaining_time_in_millis=lambda: 60000))"
    )
    without = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {
        **without,
        "PYTHONPATH": str(SOURCES),
        "SSL_CERT_FILE": str(receiver.certificate),
        "HOME": "/nowhere",
    }
    subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(event), text=True, env=environment, check=True, timeout=60
    )
    answer = json.loads(receiver.bodies[-1])
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert answer["Reason"] == "The provider has no Region. Set AWS_REGION in its environment."


def test_clients_make_one_attempt_and_give_up_in_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are made for the Region asked for, repeat nothing themselves, and cannot hang for half a minute."""
    monkeypatch.undo()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    clients = stage.provider.clients
    for config in (clients.STEADY, clients.PROBE):
        made = clients.make_client("bedrock", "eu-central-1", config)
        assert made.meta.region_name == "eu-central-1"
        assert made.meta.config.retries["total_max_attempts"] == 1
        assert made.meta.config.connect_timeout + made.meta.config.read_timeout < 25


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=400),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=80), children, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    ["InferenceProfileName", "Description", "ModelSource", "Tags", "ModelId", "Regions", "SourceRegion", "VpcId", "X"]
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["create-profile", "update-tags", "create-model-access", "create-default-security-group", "create-prefix-list"]
    ),
    request_type=st.sampled_from(["Create", "Update", "Delete"]),
    properties=st.dictionaries(names | st.text(max_size=80), json_values, max_size=6) | json_values,
    old_properties=json_values,
    physical_id=st.none() | st.text(max_size=100),
)
def test_any_properties_get_one_short_answer(
    stage: Stage, name: str, request_type: str, properties: Any, old_properties: Any, physical_id: str | None
) -> None:
    """Whatever the properties are, the handler does not raise and gives exactly one answer below 4,096 bytes."""
    anything = SimpleNamespace(
        describe_security_groups=lambda **_: {"SecurityGroups": []},
        describe_vpcs=lambda **_: {"Vpcs": []},
        describe_managed_prefix_lists=lambda **_: {"PrefixLists": []},
        delete_inference_profile=lambda **_: {},
        get_inference_profile=lambda **_: profile(),
        create_inference_profile=lambda **_: {"inferenceProfileArn": ARN},
        list_inference_profiles=lambda **_: {"inferenceProfileSummaries": [profile()]},
        list_tags_for_resource=lambda **_: {"tags": []},
        describe_stack_resource=lambda **_: {"StackResourceDetail": {}},
        describe_stacks=lambda **_: {"Stacks": []},
    )
    stage.seconds_left = 120
    stage.clients = {(service, "us-west-1"): anything for service in ("bedrock", "cloudformation", "ec2")}
    stage.play(
        recorded(
            name,
            RequestType=request_type,
            ResourceProperties=properties,
            OldResourceProperties=old_properties,
            PhysicalResourceId=physical_id,
        )
    )
