"""Reads a template: a file or standard input, YAML or JSON, into its long form with positions.

Of JSON the standard library judges the text, and a scan of its tokens finds the positions.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Final, NoReturn

from lambda_bedrock_profile.cli.source import (
    STANDARD_INPUT,
    START,
    Builder,
    Event,
    Format,
    Position,
    ReadError,
    Source,
    one_line,
)

MOST_BYTES: Final = 4 * 1024 * 1024
"""CloudFormation takes 1 MB; comments and layout may have been more before they were taken out."""


def read(path: str) -> Source:
    """The template in the file ``path``, or on standard input for ``-``.

    Raises ReadError if it cannot be read, is neither YAML nor JSON, or has no map of Resources.
    """
    name = "<stdin>" if path == STANDARD_INPUT else one_line(path)
    source = parse(_text(path, name), name)
    if not isinstance(source.template.get("Resources"), dict):
        fix = "Write resources by logical id below Resources"
        raise ReadError(name, "is not a template, which has a map of Resources", fix, source.position(["Resources"]))
    return source


def parse(text: str, name: str) -> Source:
    """The template in ``text``; ``name`` stands for it in messages. Raises ReadError."""
    if not text.strip():
        raise ReadError(name, "is empty", "Give it a template")
    try:
        return _parse(text, name)
    except ReadError as error:
        error.text = text
        raise


def _parse(text: str, name: str) -> Source:
    if not text.lstrip().startswith("{"):
        return _built(text, name, "yaml")
    try:
        return _built(text, name, "json")
    except ReadError as error:
        if name.endswith(".json"):
            raise
        try:
            # Braces are YAML, too, and YAML allows more between them.
            return _built(text, name, "yaml")
        except ReadError:
            raise error from None


def _built(text: str, name: str, format: Format) -> Source:
    builder = Builder(name)
    if format == "json":
        template = builder.build(_json_events(text, name))
    else:
        # A template in JSON needs no library for YAML.
        from lambda_bedrock_profile.cli.yaml_format import events

        template = builder.build(events(text, name))
    if not isinstance(template, dict):
        fix = "Write its sections by name, such as Resources"
        raise ReadError(name, "is not a template, which is a map of sections", fix, START)
    return Source(name, format, text, template, builder.positions)


def _text(path: str, name: str) -> str:
    if path == STANDARD_INPUT and sys.stdin is None:
        raise ReadError(name, "is closed", "Give it a template, or name a file")
    try:
        content = sys.stdin.buffer.read(MOST_BYTES + 1) if path == STANDARD_INPUT else _content(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fix = "Name a file that is there, or - for standard input"
        raise ReadError(name, f"cannot be read: {reason}", fix) from error
    if len(content) > MOST_BYTES:
        raise ReadError(name, f"has more than {MOST_BYTES:,} bytes", "CloudFormation takes a template of 1 MB at most")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise ReadError(name, "is not text in UTF-8", "Save it as UTF-8", position) from error


def _content(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MOST_BYTES + 1)


_HALF: Final = "[\ud800-\udfff]"
_TOKEN: Final = r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\]",:]+|\n'
"""Regular expressions, which are compiled when the first template in JSON is read."""


def _json_events(text: str, name: str) -> Iterator[Event]:
    """The steps through ``text``. Raises ReadError, with ``name`` in it, if it is not JSON."""
    try:
        json.loads(text, parse_constant=_no_constant, parse_int=_integer, parse_float=_float)
    except json.JSONDecodeError as error:
        raise _error(name, error.msg[:1].lower() + error.msg[1:], Position(error.lineno, error.colno)) from error
    except ValueError as error:
        raise _error(name, str(error), None) from error
    except RecursionError:
        # Nested too deep for the standard library: the builder finds where, and says so.
        pass
    return _scan(text, name)


def _scan(text: str, name: str) -> Iterator[Event]:
    line, start = 1, 0
    for match in re.finditer(_TOKEN, text):
        token = match[0]
        if token == "\n":
            line, start = line + 1, match.end()
            continue
        position = Position(line, match.start() - start + 1)
        if token in "{[":
            yield Event("map" if token == "{" else "list", position)
        elif token in "}]":
            yield Event("end", position)
        else:
            value = json.loads(token)
            if isinstance(value, str) and re.search(_HALF, value):
                raise ReadError(name, "holds half of a character", "Write both surrogates, or the character", position)
            yield Event("scalar", position, value)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > 100:
        raise ValueError("a number has more than 100 digits")
    return int(digits)


def _float(digits: str) -> float:
    if not isfinite(number := float(digits)):
        raise ValueError("a number is too large")
    return number


def _error(name: str, what: str, position: Position | None) -> ReadError:
    return ReadError(name, what, "Fix the JSON there, or just before", position)
