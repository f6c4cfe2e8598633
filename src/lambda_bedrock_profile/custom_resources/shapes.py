"""What properties have to look like, so that everything wrong with them is said at once.

A check takes a value and yields findings. CloudFormation hands every scalar over as a string, so there are three
shapes: text, list and object. A finding never holds the value it is about, which may come from a NoEcho parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from lambda_bedrock_profile.custom_resources.events import Event, RefusedError
from lambda_bedrock_profile.diagnostics import Problem


class Finding(NamedTuple):
    """One thing wrong: the path from the value down, what is wrong and what to do."""

    path: tuple[str | int, ...]
    what: str
    fix: str


Check = Callable[[Any], Iterator[Finding]]


def text(pattern: str, shortest: int, longest: int, allowed: str) -> Check:
    """A string of ``shortest`` to ``longest`` characters that matches ``pattern``, which ``allowed`` puts in words."""
    compiled = re.compile(pattern)

    def check(value: Any) -> Iterator[Finding]:
        if not isinstance(value, str):
            yield Finding((), "is not text", f"Give {allowed}")
        elif not shortest <= len(value) <= longest:
            yield Finding((), f"has {len(value)} characters", f"Give {shortest} to {longest} characters")
        elif not compiled.fullmatch(value):
            yield Finding((), "has a form that is not allowed", f"Give {allowed}")

    return check


def items(check_item: Check, fewest: int, most: int) -> Check:
    """A list of ``fewest`` to ``most`` items, each of which passes ``check_item``."""

    def check(value: Any) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield Finding((), "is not a list", "Give a list")
        elif not fewest <= len(value) <= most:
            yield Finding((), f"has {len(value)} items", f"Give {fewest} to {most} items")
        else:
            for index, item in enumerate(value):
                yield from _below(index, check_item(item))

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with every key of ``required``, any of ``optional`` and no other."""
    known = {**required, **(optional or {})}

    def check(value: Any) -> Iterator[Finding]:
        if not isinstance(value, Mapping):
            yield Finding((), "is not an object", f"Give an object with {', '.join(required)}")
            return
        for name in required:
            if name not in value:
                yield Finding((name,), "is missing", "Add it")
        for name, item in value.items():
            if name in known:
                yield from _below(name, known[name](item))
            else:
                yield Finding((str(name)[:64],), "is unknown", f"Remove it, or use one of {', '.join(known)}")

    return check


def validate(event: Event, check: Check) -> None:
    """Raises ``RefusedError`` with everything ``check`` finds in the event's own properties."""
    findings = list(check(own(event.properties)))
    if findings:
        problems = (Problem(event.logical_id, ("Properties", *path), what, fix) for path, what, fix in findings)
        raise RefusedError(" ".join(map(str, problems)))


def own(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """The resource's own properties: all but those by which CloudFormation finds the provider and waits for it."""
    return {name: value for name, value in properties.items() if name not in {"ServiceToken", "ServiceTimeout"}}


def _below(key: str | int, findings: Iterator[Finding]) -> Iterator[Finding]:
    for path, what, fix in findings:
        yield Finding((key, *path), what, fix)
