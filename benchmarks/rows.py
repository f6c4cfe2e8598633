"""What is printed: a row compares two figures, a note says what goes with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.table import Table
from rich.text import Text

Better = Literal["theirs/ours", "ours/theirs"]


@dataclass(frozen=True, slots=True)
class Note:
    """A line below the table."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Two figures in one unit and their ratio.

    ``ratio`` says which way it is taken, ``wanted`` the bound it should keep: at least that for ``theirs/ours`` (how
    many times faster or smaller we are), at most that for ``ours/theirs``. None where nothing is promised.
    """

    what: str
    ours: float
    theirs: float
    unit: str
    ratio: Better = "theirs/ours"
    wanted: float | None = None

    @property
    def value(self) -> float:
        """The ratio."""
        return self.theirs / self.ours if self.ratio == "theirs/ours" else self.ours / self.theirs

    @property
    def kept(self) -> bool | None:
        """Whether the ratio is as wanted; None where nothing is."""
        if self.wanted is None:
            return None
        return self.value >= self.wanted if self.ratio == "theirs/ours" else self.value <= self.wanted


def table(title: str, rows: Iterable[Row]) -> Table:
    """The rows as a table for a terminal."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim", expand=True)
    made.add_column("what", ratio=1)
    for name in ("ours", "theirs", "ratio", "wanted"):
        made.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        sign = "≥" if row.ratio == "theirs/ours" else "≤"
        wanted = "" if row.wanted is None else f"{sign} {row.wanted:g}"
        style = {True: "green", False: "red", None: ""}[row.kept]
        ratio = Text(f"{row.ratio} {row.value:6.2f}", style=style)
        made.add_row(row.what, figure(row.ours, row.unit), figure(row.theirs, row.unit), ratio, wanted)
    return made


def figure(value: float, unit: str) -> str:
    """A figure with three digits that count."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} {unit}"
