"""The ways through a template: everything in it, and what stands at a path. None recurses, however deep a value is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.values import Expression, Json


def parts(value: Expression) -> Iterator[Json]:
    """``value`` and everything in it at any depth, in the order of the text; a map before what is in it."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, dict):
            waiting += reversed(part.values())
        elif isinstance(part, list):
            waiting += reversed(part)


def walk(value: Expression) -> Iterator[tuple[Path, Json]]:
    """(path, part) of ``value``, whose path is empty, and everything in it, in the same order."""
    waiting: list[tuple[Path, Json]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        yield path, part
        steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        waiting += reversed([((*path, step), item) for step, item in steps])


def existing(value: Expression, path: Sequence[str | int]) -> Path:
    """The longest beginning of ``path`` that leads to something in ``value``."""
    for depth, step in enumerate(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return tuple(path[:depth])
    return tuple(path)


def at(value: Expression, path: Sequence[str | int]) -> Expression:
    """What stands at ``path`` of ``value``, or at the longest beginning of it that leads to something."""
    for step in existing(value, path):
        value = value[step]
    return value
