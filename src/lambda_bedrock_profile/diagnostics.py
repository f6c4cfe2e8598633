"""What is wrong with a template, in the user's words: where, what, and how to fix it.

Every step of the expansion gets a ``Report`` that is bound to a place, and reports there::

    declaration = report.of("Chat", "Properties")
    declaration.at("VpcProps", "MaxAzs").error("property", "is too large", "Write a whole number from 1 to 3")
    declaration.at("VpcProps").warning("ignored", "is ignored without DeployVpc", "Add DeployVpc: true, or remove it")

The first word is the name of a rule in ``rules.py``, which also says which of the three levels it has.
A step that can fail returns None if it has reported an error. All problems are reported together: only the end of the
expansion raises, one TemplateError with every error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile.rules import RULES, ErrorRule, InformationRule, Level, RuleName, WarningRule

Path = tuple[str | int, ...]
"""A way into a template, as keys and list indices."""


class Diagnostic(NamedTuple):
    """One thing to say about a template.

    ``logical_id`` names the resource that it is about, or the section of the template if that is not Resources
    (``Outputs``; ``Template`` and ``Event`` for the whole); ``path`` leads from there to the value, as keys and list
    indices (``("Properties", "BedrockModelId")``); ``what`` says what is wrong and ``fix`` what to do, each a sentence
    without a full stop. Neither ever holds the value of a parameter. ``rule`` is the name of a rule in the table.
    ``any_value``: it is true whatever the value at its place comes to. ``listing_may_fix``: a newer listing of
    Bedrock's profiles may fix it.
    """

    logical_id: str
    path: Path
    what: str
    fix: str
    rule: RuleName = "property"
    any_value: bool = False
    listing_may_fix: bool = False

    @property
    def place(self) -> tuple[str, Path]:
        """What it is about, as a key."""
        return self.logical_id, self.path

    @property
    def level(self) -> Level:
        """``error``, ``warning`` or ``information``, as the rule has it."""
        return RULES[self.rule].level

    @property
    def kind(self) -> str:
        """The name of the rule, for metrics."""
        return self.rule

    @property
    def where(self) -> str:
        """The place as one word: ``Assistant.Properties.BedrockModelId``; a long one without its middle."""
        parts = [_cut(str(part), LONGEST_ID) for part in (self.logical_id, *self.path) if part != ""]
        place = ".".join(parts)
        return place if len(place) <= MOST_PLACE else f"{place[: MOST_PLACE // 2]}…{place[-MOST_PLACE // 2 :]}"

    def __str__(self) -> str:
        return f"{self.where}: {sentences(_cut(self.what, MOST_TEXT), _cut(self.fix, MOST_TEXT))}"


LONGEST_ID: Final = 255
"""How long a logical id may be: AWS CloudFormation User Guide, "Understand CloudFormation quotas"."""

MOST_PLACE: Final = 600
MOST_TEXT: Final = 1_500
"""How many characters of a place and of a text a message has; a longer one is cut."""

MOST_PROBLEMS: Final = 50
MOST_MESSAGE: Final = 8_000
"""How many problems, and how many characters, one message has: the answer of a macro may have 6 MB (AWS Lambda
Developer Guide, "Lambda quotas"), and a person reads less."""


def summary(problems: Sequence[Diagnostic]) -> str:
    """One line for each of ``problems``, as many as fit into a message, and how many more there are."""
    lines: list[str] = []
    left = MOST_MESSAGE
    for problem in problems[:MOST_PROBLEMS]:
        line = str(problem)
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    more = len(problems) - len(lines)
    return "\n".join([*lines, f"And {more:,} more."] if more else lines)


def printable(text: str) -> str:
    """``text`` in a form that UTF-8 can carry: a lone half of a surrogate pair is written as its escape sequence."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _cut(text: str, most: int) -> str:
    return printable(text if len(text) <= most else f"{text[: most - 1]}…")


class Report:
    """Diagnostics that are being collected, and a place in the template that the next ones are about.

    ``of`` and ``at`` give a report of another place into the same list. Paths are relative to the place.
    """

    __slots__ = ("_diagnostics", "logical_id", "path")

    def __init__(
        self, logical_id: str = "Template", path: Path = (), diagnostics: list[Diagnostic] | None = None
    ) -> None:
        self.logical_id = logical_id
        self.path = path
        self._diagnostics: list[Diagnostic] = [] if diagnostics is None else diagnostics

    def of(self, logical_id: str, *path: str | int) -> Report:
        """The same list, bound to ``path`` of another resource or section."""
        return Report(logical_id, path, self._diagnostics)

    def at(self, *steps: str | int) -> Report:
        """The same list, bound to a place below this one."""
        return Report(self.logical_id, (*self.path, *steps), self._diagnostics)

    def in_template(self, path: Path) -> Report:
        """The same list, bound to a place by its path from the top of the template.

        Outside Resources the section stands for the logical id.
        """
        if len(path) > 1 and path[0] == "Resources":
            return self.of(str(path[1]), *path[2:])
        return self.of(str(path[0]), *path[1:]) if path else self.of("Template")

    def error(
        self, rule: ErrorRule, what: str, fix: str, *, any_value: bool = False, listing_may_fix: bool = False
    ) -> None:
        """Report an error at this place: the macro refuses the template."""
        self.add(Diagnostic(self.logical_id, self.path, what, fix, rule, any_value, listing_may_fix))

    def warning(self, rule: WarningRule, what: str, fix: str) -> None:
        """Report a warning at this place: the macro expands, and ``lint`` says it."""
        self.add(Diagnostic(self.logical_id, self.path, what, fix, rule))

    def information(self, rule: InformationRule, what: str, fix: str) -> None:
        """Report information at this place."""
        self.add(Diagnostic(self.logical_id, self.path, what, fix, rule))

    def add(self, *diagnostics: Diagnostic) -> None:
        """Take over ``diagnostics`` that were made elsewhere."""
        self._diagnostics.extend(diagnostics)

    def add_references(self, wrong: Iterable[Diagnostic], earlier: Iterable[Diagnostic]) -> None:
        """Take over ``wrong`` references, and leave one error at each place.

        At the place of an ``earlier`` error that one stays, since its fix replaces the value in any case. Elsewhere a
        reference that is wrong whatever values come is the cause of other errors at its place, and they are dropped.
        """
        kept = {item.place for item in earlier}
        causes = [item for item in wrong if item.any_value and item.place not in kept]
        explained = {item.place for item in causes}
        self._diagnostics[:] = [item for item in self._diagnostics if item.place not in explained]
        places_of_errors = {item.place for item in self.errors}
        self.add(*causes, *(item for item in wrong if item.place not in places_of_errors | explained))

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """Every diagnostic so far, in the order in which they were reported."""
        return tuple(self._diagnostics)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Every error so far, wherever it is."""
        return tuple(item for item in self._diagnostics if item.level == "error")

    @property
    def remarks(self) -> tuple[Diagnostic, ...]:
        """Every warning and all information so far."""
        return tuple(item for item in self._diagnostics if item.level != "error")

    @property
    def errors_here(self) -> tuple[Diagnostic, ...]:
        """The errors at this place or below it."""
        depth = len(self.path)
        return tuple(
            item for item in self.errors if item.logical_id == self.logical_id and item.path[:depth] == self.path
        )


class TemplateError(Exception):
    """The one exception of the expansion: it carries every error, in the order in which they were reported."""

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems: tuple[Diagnostic, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return summary(self.problems)


def sentences(what: str, fix: str) -> str:
    """What is wrong and what to do, each without a full stop, as two sentences; the second may be a question."""
    return f"{what}. {fix}" + ("" if fix.endswith("?") else ".")


def nearest(name: str, offered: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one of ``offered`` that ``name`` was probably meant to be, or None.

    ``likeness`` is how alike the two have to be, from 0 to 1 (the same).
    """
    import difflib

    by_lower = {candidate.lower(): candidate for candidate in offered}
    matches = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[matches[0]] if matches else None
