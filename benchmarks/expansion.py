"""Warm expansion in one process: the macro's handler, and the SAM translator on the same job.

Each side takes the text that its service would hand it and gives the text that it would answer, so both read JSON, do
their work and write JSON. The macro logs and counts as in Lambda; what it prints goes to the null device.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import templates
from benchmarks.alternating import medians
from benchmarks.rows import Note, Row

CALLS = {1: 20, 10: 10, 100: 4}
ROUNDS = 10
FASTER_THAN_FUNCTIONS = {1: 40.0, 10: None, 100: 8.0}
ROUND_TRIPS = {1: None, 10: None, 100: 4.0}
MILLISECONDS = 1e3
MICROSECONDS = 1e6

ExpandText = Callable[[str], str]


def rows() -> Iterator[Row | Note]:
    """One, ten and a hundred declarations against three yardsticks, and the time for each declaration."""
    with Path(os.devnull).open("w") as void, contextlib.redirect_stdout(void):
        # Imported in here: the logger keeps the standard output that it finds.
        macro, sam = macro_text(), sam_text()
        times = {count: _times(count, calls, macro, sam) for count, calls in CALLS.items()}
        ten, hundred = _equal_work(macro)
    for count, found in times.items():
        ours, name = found["ours"] * MILLISECONDS, f"{count} declaration{'s' if count > 1 else ''}"
        functions, by_hand = found["functions"] * MILLISECONDS, found["by hand"] * MILLISECONDS
        yield Row(f"{name} | SAM, functions", ours, functions, "ms", wanted=FASTER_THAN_FUNCTIONS[count])
        yield Row(f"{name} | SAM, whole stack by hand", ours, by_hand, "ms")
        trip = found["round trip"] * MILLISECONDS
        yield Row(f"{name} | JSON, answer and back", ours, trip, "ms", "ours/theirs", ROUND_TRIPS[count])
        yield Row(f"{name} | what any macro has to do", ours, found["least"] * MILLISECONDS, "ms", "ours/theirs")
    yield Row("for each declaration, at 100 | at 10", hundred, ten, "µs", "ours/theirs", 1.0)
    yield Note("ours: json.loads, macro.handler with its log and metrics, json.dumps.")
    yield Note("what any macro has to do: read JSON, fit declarations to the schema, measure the answer, write JSON.")
    yield Note("SAM: json.loads, samtranslator's transform, json.dumps; 'functions' has no profiles and log groups.")


def macro_text() -> ExpandText:
    """The macro, from the text of an event to the text of the answer."""
    from lambda_bedrock_profile.macro import handler

    def expand(event: str) -> str:
        return json.dumps(handler(json.loads(event), None))

    return expand


def sam_text() -> ExpandText:
    """The SAM translator, from the text of a template to the text of the translated one."""
    os.environ.setdefault("AWS_DEFAULT_REGION", templates.REGION)
    from samtranslator.translator.transform import transform

    # It warns of metrics that nobody collects; writing that would only cost it time.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)

    class NoManagedPolicies:
        """The templates name none, so IAM need not be asked for them."""

        def load(self) -> dict[str, str]:
            return {}

    def expand(template: str) -> str:
        return json.dumps(transform(json.loads(template), {}, NoManagedPolicies()))

    return expand


def least_text(answer: Any) -> ExpandText:
    """Everything around an expansion, and no expansion: ``answer`` is there already."""
    from lambda_bedrock_profile.declaration import find, schema
    from lambda_bedrock_profile.diagnostics import Report
    from lambda_bedrock_profile.template.intrinsics import Scope
    from lambda_bedrock_profile.template.limits import check_limits

    def expand(event: str) -> str:
        for logical_id, resource in find(json.loads(event)["fragment"]):
            schema.read(resource["Properties"], Scope(), Report(logical_id))
        check_limits(answer["fragment"], answer["fragment"], Report())
        return json.dumps(answer)

    return expand


def _times(count: int, calls: int, macro: ExpandText, sam: ExpandText) -> dict[str, float]:
    event = templates.event_text(templates.declarations(count))
    answer = json.loads(macro(event))
    if answer["status"] != "success":
        raise RuntimeError(answer["errorMessage"])
    text = json.dumps(answer)
    inputs = {"functions": templates.functions(count), "by hand": templates.by_hand(count)}
    sides: dict[str, Callable[[], None]] = {
        "ours": partial(_run, macro, event),
        "round trip": lambda: _run(lambda told: json.dumps(json.loads(told)), text),
        "least": partial(_run, least_text(answer), event),
        **{name: partial(_run, sam, json.dumps(template)) for name, template in inputs.items()},
    }
    return medians(sides, ROUNDS, calls)


def _equal_work(macro: ExpandText) -> tuple[float, float]:
    """Microseconds for each declaration: of ten templates with ten, and of one with a hundred."""
    ten, hundred = (templates.event_text(templates.declarations(count)) for count in (10, 100))
    sides: dict[str, Callable[[], None]] = {
        "ten": partial(_run, macro, ten, 10),
        "hundred": partial(_run, macro, hundred),
    }
    found = medians(sides, ROUNDS, CALLS[100])
    return found["ten"] * MICROSECONDS / 100, found["hundred"] * MICROSECONDS / 100


def _run(expand: ExpandText, text: str, times: int = 1) -> None:
    for _ in range(times):
        expand(text)
