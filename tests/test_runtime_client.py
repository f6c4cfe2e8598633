"""The macro's function as Lambda starts it: under its runtime client, against a runtime API on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runtime_api import Function, function

ROOT = Path(__file__).parents[1]
EVENTS = ROOT / "events"


@pytest.fixture(scope="module")
def macro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Function, Path]]:
    """The function, started once, and the file with its log."""
    log = tmp_path_factory.mktemp("runtime") / "log"
    with log.open("wb") as output:
        environment = {"POWERTOOLS_SERVICE_NAME": "macro"}
        handler = "lambda_bedrock_profile.macro.handler"
        with function(ROOT / "src", handler, environment, output=output.fileno()) as started:
            yield started, log


def test_an_event_is_answered_with_the_processed_template(macro: tuple[Function, Path]) -> None:
    """The runtime client finds the handler, and its answer arrives as JSON (events/macro-create.json)."""
    event = json.loads((EVENTS / "macro-create.json").read_text(encoding="utf-8"))
    answer = macro[0].invoke(event)
    assert not answer.failed
    assert (answer.body["requestId"], answer.body["status"]) == (event["requestId"], "success")
    assert answer.body["fragment"]["Resources"]["Assistant"]["Type"] == "AWS::Lambda::Function"


def test_a_refused_template_is_an_answer_and_no_error(macro: tuple[Function, Path]) -> None:
    """CloudFormation gets every problem (events/macro-failure.json); Lambda counts no error, and goes on serving."""
    for _ in range(2):
        answer = macro[0].invoke((EVENTS / "macro-failure.json").read_text(encoding="utf-8"))
        assert not answer.failed
        assert answer.body["status"] == "failure"
        assert answer.body["errorMessage"]


@pytest.mark.parametrize("event", [None, [], 7, "text"])
def test_an_event_of_no_kind_is_answered_too(macro: tuple[Function, Path], event: object) -> None:
    """Whatever JSON arrives, the function's process survives it."""
    assert macro[0].invoke(json.dumps(event)).body["status"] == "failure"


def test_each_line_of_the_log_is_json(macro: tuple[Function, Path]) -> None:
    """Log and metrics can be searched: structured lines, with the request's id."""
    started, log = macro
    event = json.loads((EVENTS / "macro-create.json").read_text(encoding="utf-8"))
    started.invoke(event)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert any(line.get("request_id") == event["requestId"] and line["level"] == "INFO" for line in lines)
    assert any("Expansions" in line for line in lines)
