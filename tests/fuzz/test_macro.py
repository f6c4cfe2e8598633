"""The macro answers whatever event arrives: with a template, or with the reason why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from lambda_bedrock_profile import macro
from tests.fuzz.mutation import cases, mutated, seeds
from tests.support.template_text import read_template

ROOT = Path(__file__).parents[2]
EVENTS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "events").glob("macro-*.json"))]
TEMPLATES = [
    read_template(path.read_text(encoding="utf-8"))
    for path in sorted((*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "cli" / "templates").glob("*.yaml")))
]
LARGEST_ANSWER = 6 * 1024 * 1024
"""Lambda drops a larger one (AWS Lambda quotas)."""


def event(chance: Random) -> Any:
    """An event that CloudFormation would send, or nearly so."""
    base = dict(chance.choice(EVENTS))
    if chance.random() < 0.7:
        base["fragment"] = chance.choice(TEMPLATES)
    if chance.random() < 0.8:
        return {**base, "fragment": mutated(base["fragment"], chance)}
    return mutated(base, chance)


def check(given: Any) -> None:
    """The answer to ``given`` is one that CloudFormation can read, and no fault of the macro's own."""
    sent = json.dumps(given)
    answer = macro.handler(json.loads(sent), None)
    # Lambda writes the answer as UTF-8.
    text = json.dumps(answer, ensure_ascii=False).encode()
    assert len(text) < LARGEST_ANSWER
    assert answer["status"] in {"success", "failure"}
    if answer["status"] == "failure":
        assert answer["errorMessage"]
        assert "fault of the macro" not in answer["errorMessage"], sent
    else:
        assert isinstance(answer["fragment"], dict)
        again = macro.handler(json.loads(sent), None)
        assert json.dumps(again) == json.dumps(answer), sent


def test_any_event_is_answered() -> None:
    """No event ends the macro or makes it speak of a fault of its own, and equal events get equal bytes."""
    for chance in seeds():
        check(event(chance))


def test_what_was_found_stays_mended() -> None:
    """Each event that once went wrong is answered."""
    for case in cases("macro"):
        check(case)
