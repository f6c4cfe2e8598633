"""A template as it was written: its value in CloudFormation's long form, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from lambda_bedrock_profile.diagnostics import sentences

Format = Literal["yaml", "json"]


class Position(NamedTuple):
    """A place in a text: line and column, both from 1."""

    line: int
    column: int


START = Position(1, 1)


def one_line(text: str) -> str:
    """``text`` as it may be printed: names in a template can hold line breaks, and commands to a terminal."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


class ReadError(Exception):
    """Why an input cannot be used at all: one line of what is wrong and what to do, and where."""

    def __init__(self, name: str, what: str, fix: str, position: Position | None = None) -> None:
        self.name, self.what, self.fix, self.position = name, what, fix, position
        place = ":".join(str(part) for part in (name, *(position or ())))
        super().__init__(one_line(f"{place}: {sentences(what, fix)}"))


Positions = Mapping[int, Mapping[str | int, Position]]
"""Where the members of a map or list stand, by the identity of the map or list: keys of a map, items of a list."""


@dataclass(frozen=True, slots=True)
class Source:
    """One template: the name to show for it, its format, its text, its value and the positions of its parts."""

    name: str
    format: Format
    text: str = field(repr=False)
    template: dict[str, Any]
    positions: Positions = field(repr=False)

    def position(self, path: Sequence[str | int]) -> Position:
        """Where ``path`` stands, or the nearest part around it that is there."""
        at: Any = self.template
        position = START
        for step in path:
            found = self.positions.get(id(at), {}).get(step)
            if found is None:
                break
            position, at = found, at[step]
        return position
