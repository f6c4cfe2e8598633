"""JSON, with the position of every value: the standard library judges the text, a scan of its tokens finds them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Final, NoReturn

from lambda_bedrock_profile.cli.build import Event
from lambda_bedrock_profile.cli.source import Position, ReadError

_HALF: Final = re.compile("[\ud800-\udfff]")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\]",:]+|\n')


def events(text: str, name: str) -> Iterator[Event]:
    """The steps through ``text``. Raises ReadError, with ``name`` in it, where it is not JSON."""
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
    for match in _TOKEN.finditer(text):
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
            if isinstance(value, str) and _HALF.search(value):
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
    return ReadError(name, what, "Mend the JSON there, or just before", position)
