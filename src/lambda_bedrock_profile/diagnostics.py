"""What is wrong with a template, in the user's words: where, what, and what to do.

Every step of the expansion reports problems as values, so that all of them reach the user at once. Only the end of
the pipeline raises, once, with the whole list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""A way into a template, as keys and list indices."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing the user has to mend.

    ``logical_id`` names the resource it was found in, or the section of the template where that is not Resources
    (``Outputs``; ``Template`` and ``Event`` for the whole); ``path`` leads from there to the value, as keys and
    list indices (``("Properties", "BedrockModelId")``); ``what`` says what is wrong and ``fix`` what to do, each a
    sentence without a full stop. Neither ever holds the value of a parameter. ``kind`` is a stable word for metrics
    and for machine-readable formats: ``property``, ``route``, ``reference``, ``collision``, ``limit``, ``template`` or
    ``event``. ``any_value`` says that the problem is there whatever the value at its place comes to.
    """

    logical_id: str
    path: Path
    what: str
    fix: str
    kind: str = "property"
    any_value: bool = False

    @property
    def where(self) -> str:
        """The place as one word: ``Assistant.Properties.BedrockModelId``."""
        return ".".join(str(part) for part in (self.logical_id, *self.path) if part != "")

    def __str__(self) -> str:
        return f"{self.where}: {sentences(self.what, self.fix)}"


class TemplateError(Exception):
    """The one exception of the expansion: it carries every problem found, in the order of the template."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def sentences(what: str, fix: str) -> str:
    """What is wrong and what to do, each without a full stop, as two sentences; the second may be a question."""
    return f"{what}. {fix}" + ("" if fix.endswith("?") else ".")


def nearest(name: str, offered: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one of ``offered`` that ``name`` was probably meant to be, or None.

    ``likeness`` is how alike the two have to be, from 0 to 1 (the same).
    """
    import difflib

    by_lower = {candidate.lower(): candidate for candidate in offered}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else None
