"""A template as it was written: its value in CloudFormation's long form, and where each part of it stands.

YAML and JSON are read by a library each, which gives a flat stream of events; the tree is built here. So neither
nesting nor aliases can exhaust a stack, and both formats have the same limits and messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from lambda_bedrock_profile.diagnostics import sentences
from lambda_bedrock_profile.values import Expression, Json

Format = Literal["yaml", "json"]

STANDARD_INPUT: Final = "-"
"""What names it in the place of a file."""


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
    """Why an input cannot be used at all: one line of what is wrong and what to do, and where.

    ``text`` is what was read, if something was.
    """

    text = ""

    def __init__(self, name: str, what: str, fix: str, position: Position | None = None) -> None:
        self.name, self.what, self.fix, self.position = name, what, fix, position
        place = ":".join(str(part) for part in (name, *(position or ())))
        super().__init__(one_line(f"{place}: {sentences(what, fix)}"))


Positions = Mapping[int, Mapping[str | int, Position]]
"""Where the members of a map or list stand, by the identity of the map or list: keys of a map, items of a list."""


class Source(NamedTuple):
    """One template: the name to show for it, its format, its text, its value and the positions of its parts."""

    name: str
    format: Format
    text: str
    template: dict[str, Json]
    positions: Positions

    def position(self, path: Sequence[str | int]) -> Position:
        """Where ``path`` stands, or the nearest part around it that is there."""
        at: Any = self.template
        position = START
        for step in path:
            position_of_step = self.positions.get(id(at), {}).get(step)
            if position_of_step is None:
                break
            position, at = position_of_step, at[step]
        return position


MOST_LEVELS: Final = 100
MOST_NODES: Final = 250_000
"""As many as cfn-lint takes; a template of the 1 MB that CloudFormation takes has far fewer."""


class Merge:
    """The value of a plain ``<<``: in the place of a key, the maps that follow are merged into this one."""


MERGE: Final = Merge()


class Event(NamedTuple):
    """One step through a text.

    ``kind`` is ``scalar``, ``map``, ``list``, ``end`` (of the innermost map or list) or ``alias``. ``value`` is a
    scalar's value or an alias' name, ``text`` a scalar as it is written, ``anchor`` the name that the node can be
    repeated by, ``function`` the intrinsic function that a short tag stands for.
    """

    kind: Literal["scalar", "map", "list", "end", "alias"]
    position: Position
    value: Expression = None
    text: str = ""
    anchor: str | None = None
    function: str | None = None


@dataclass(slots=True)
class _Open:
    """A map or list that has not ended.

    ``key`` is the pending key of a map, ``size`` the number of its values once aliases are resolved.
    """

    value: Expression
    position: Position
    anchor: str | None
    function: str | None
    places: dict[str | int, Position]
    key: tuple[str, Position] | None = None
    merged: list[Json] = field(default_factory=list)
    merging: bool = False
    size: int = 1


class Builder:
    """Builds one value. ``positions`` holds the places of the members of every map and list of it."""

    def __init__(self, name: str) -> None:
        self.positions: dict[int, dict[str | int, Position]] = {}
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Json, int] | None] = {}
        self._root: Any = None

    def build(self, events: Iterable[Event]) -> Any:
        """The value that ``events`` make; None if there are none. Raises ReadError."""
        for event in events:
            if event.kind == "end":
                self._close()
            elif event.kind == "scalar":
                self._add(self._called(event.value, event), event, 1)
            elif event.kind == "alias":
                value, size = self._alias(event)
                self._add(value, event, size)
            else:
                self._begin(event)
        return self._root

    def _begin(self, event: Event) -> None:
        if len(self._open) == MOST_LEVELS:
            raise self._error(
                event.position,
                f"is nested more than {MOST_LEVELS} levels deep",
                "CloudFormation takes no such template: check what wrote it",
            )
        if event.anchor:
            self._anchors[event.anchor] = None
        value: dict[str, Json] | list[Json] = {} if event.kind == "map" else []
        places = self.positions[id(value)] = {}
        self._open.append(_Open(value, event.position, event.anchor, event.function, places))

    def _close(self) -> None:
        done = self._open.pop()
        for source in done.merged:
            self._merge(source, done)
        whole = Event("end", done.position, anchor=done.anchor, function=done.function)
        self._add(self._called(done.value, whole), whole, done.size)

    def _called(self, argument: Any, event: Event) -> Any:
        """``argument``, as the call of the function that its short tag names."""
        if event.function is None:
            return argument
        if event.function == "Fn::GetAtt" and isinstance(argument, str):
            argument = argument.split(".", 1)
            self.positions[id(argument)] = dict.fromkeys(range(len(argument)), event.position)
        call = {event.function: argument}
        self.positions[id(call)] = {event.function: event.position}
        return call

    def _alias(self, event: Event) -> tuple[Json, int]:
        if event.value not in self._anchors:
            raise self._error(event.position, f"there is no anchor &{event.value} before this alias", "Define it first")
        value_and_size = self._anchors[event.value]
        if value_and_size is None:
            raise self._error(event.position, f"*{event.value} stands inside itself", "Write the value out")
        return value_and_size

    def _add(self, value: Expression, event: Event, size: int) -> None:
        """Put a finished ``value`` where it belongs."""
        if event.anchor:
            self._anchors[event.anchor] = (value, size)
        if not self._open:
            self._root = value
            return
        within = self._open[-1]
        within.size += size
        if within.size > MOST_NODES:
            raise self._error(
                event.position,
                f"has more than {MOST_NODES:,} values once aliases are resolved",
                "Write no aliases of aliases; CloudFormation takes none at all",
            )
        if value is MERGE and not (isinstance(within.value, dict) and within.key is None and not within.merging):
            value = "<<"
        if isinstance(within.value, list):
            within.places[len(within.value)] = event.position
            within.value.append(value)
        elif within.merging:
            self._merge_later(value, event, within)
        elif within.key is None:
            self._begin_key(value, event, within)
        else:
            key, position = within.key
            within.places[key] = position
            within.value[key] = value
            within.key = None

    def _begin_key(self, value: Expression, event: Event, within: _Open) -> None:
        if value is MERGE:
            within.merging = True
            return
        if isinstance(value, bool) or value is None:
            # YAML 1.1 reads On, Yes and the like as booleans, in the place of a key too.
            raise self._error(event.position, "a boolean or nothing stands where a key is expected", "Quote the key")
        if isinstance(value, dict | list):
            raise self._error(event.position, "a map or list stands where a key is expected", "Write a text as the key")
        # A number that is a key keeps its digits: an account id may start with a zero.
        key = event.text or str(value)
        if key in within.value:
            first = within.places[key].line
            raise self._error(event.position, f"{key} is written twice, first in line {first}", "Remove one of them")
        within.key = (key, event.position)

    def _merge_later(self, value: Expression, event: Event, within: _Open) -> None:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise self._error(event.position, "<< is given something that is not a map", "Give it maps only")
        within.merged += sources
        within.merging = False

    def _merge(self, source: dict[str, Json], into: _Open) -> None:
        """Add what ``into`` does not have: what stands in the map itself wins, then the sources in their order."""
        for key, item in source.items():
            if key not in into.places:
                into.value[key] = item
                into.places[key] = self.positions[id(source)][key]

    def _error(self, position: Position, what: str, fix: str) -> ReadError:
        return ReadError(self._name, what, fix, position)
