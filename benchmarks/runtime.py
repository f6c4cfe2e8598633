"""The macro as Lambda runs it: under awslambdaric, against a runtime API on this machine, next to an empty handler.

A cold start is from the start of the process to the first answer; Lambda adds its own sandbox to both sides alike. A
warm call is from handing the event over to having the answer, both through the runtime API. Lambda's code folder is
read-only, so Python compiles what the artefact does not bring compiled at each cold start; here it does, too. Files
compiled for Lambda's Python may be of no use to the Python that runs here, so the artefact is compiled for this one.
"""

from __future__ import annotations

import compileall
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import templates
from benchmarks.alternating import medians
from benchmarks.artefact import BUILT
from benchmarks.processes import MILLISECONDS, ROOT
from benchmarks.rows import Note, Row
from tests.support.runtime_api import Function, function

COLD, TURNS, CALLS = 9, 6, 10
MEGABYTE = 2**20
HANDLER = "lambda_bedrock_profile.macro.handler"
READ_ONLY = {"PYTHONDONTWRITEBYTECODE": "1"}
IGNORED = shutil.ignore_patterns("__pycache__")
EMPTY = "def handler(event, context):\n    return event\n"


def rows() -> Iterator[Row | Note]:
    """Cold start, warm call and memory, with one declaration; the warm call with a hundred, too."""
    built = BUILT.exists()
    one, hundred = (templates.event_text(templates.declarations(count)) for count in (1, 100))
    with tempfile.TemporaryDirectory() as name:
        code, compiled, empty = Path(name, "code"), Path(name, "compiled"), Path(name, "empty")
        shutil.copytree(BUILT if built else ROOT / "src", code, ignore=None if built else IGNORED)
        shutil.copytree(code, compiled)
        compileall.compile_dir(compiled, quiet=2)
        empty.mkdir()
        (empty / "empty.py").write_text(EMPTY)
        with function(empty, "empty.handler") as client:
            client.invoke(one)  # Python keeps what it compiles of the client: else each cold start would do that again.
        sides: dict[str, Callable[[], float | None]] = {
            "ours": partial(_cold, code, HANDLER, one),
            "compiled": partial(_cold, compiled, HANDLER, one),
            "empty": partial(_cold, empty, "empty.handler", one),
        }
        cold = {side: seconds * MILLISECONDS for side, seconds in medians(sides, COLD).items()}
        with function(code, HANDLER, READ_ONLY) as ours, function(empty, "empty.handler", READ_ONLY) as theirs:
            warm = {event: _warm(ours, theirs, event) for event in (one, hundred)}
            memory = ours.peak_memory(), theirs.peak_memory()
    name = "cold start to the first answer | empty handler"
    yield Row(f"{name}, compiled", cold["compiled"], cold["empty"], "ms", "ours/theirs", 2 if built else None)
    yield Row(f"{name}, built where Lambda's Python is not", cold["ours"], cold["empty"], "ms", "ours/theirs")
    yield Row("warm call, 1 declaration | empty handler", *warm[one], "ms", "ours/theirs")
    yield Row("warm call, 100 declarations | empty handler", *warm[hundred], "ms", "ours/theirs")
    if memory[0] and memory[1]:
        most = (memory[0] / MEGABYTE, memory[1] / MEGABYTE)
        yield Row("peak memory after all calls | empty handler", *most, "MiB", "ours/theirs")
    found = "the artefact" if built else "src, with libraries that are compiled: make build, and measure again"
    yield Note(f"code: {found}")


def _cold(code: Path, handler: str, event: str) -> float:
    with function(code, handler, READ_ONLY) as started:
        answer = started.invoke(event)
        if answer.failed:
            raise RuntimeError(answer.body)
        return answer.at - started.started


def _warm(ours: Function, theirs: Function, event: str) -> tuple[float, float]:
    """Median milliseconds of a call to either."""

    def call(side: Function) -> float:
        handed = time.perf_counter()
        return side.invoke(event).at - handed

    found = medians({"ours": lambda: call(ours), "theirs": lambda: call(theirs)}, TURNS, CALLS)
    return found["ours"] * MILLISECONDS, found["theirs"] * MILLISECONDS
