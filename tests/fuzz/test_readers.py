"""Any text is a template or an error with a place: the readers of YAML and JSON end in no other way."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.cli.write import template_text
from tests.fuzz.mutation import cases, mutated_text, seeds

ROOT = Path(__file__).parents[2]
TEXTS = [
    path.read_text(encoding="utf-8")
    for folder in ("examples", "tests/cli/templates")
    for path in sorted((ROOT / folder).glob("*.yaml"))
]
TEXTS += [
    json.dumps(parse(text, "base").template, indent=indent)
    for text, indent in zip(TEXTS[:4], (None, 2, 1, 4), strict=True)
]


def check(text: str) -> None:
    """``text`` is refused in one line, or read; what was read can be written and read again to the same."""
    try:
        source = parse(text, "fuzz.yaml")
    except ReadError as error:
        refusal = str(error)
    else:
        written = template_text(source.template, source.format)
        assert parse(written, "fuzz.yaml").template == source.template, text
        return
    assert refusal
    assert "\n" not in refusal


def test_any_text_is_read_or_refused() -> None:
    """No text ends a reader with a trace, and what is written reads back the same."""
    for chance in seeds():
        check(text(chance))


def text(chance: Random) -> str:
    """A template's text with a few changes."""
    return mutated_text(chance.choice(TEXTS), chance)


def test_what_was_found_stays_mended() -> None:
    """Each text that once went wrong is read or refused."""
    for case in cases("readers"):
        check(case)
