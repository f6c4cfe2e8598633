"""How messages list things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SINGLE: Final = "DeployCrossRegionProfile: false"
_MOST: Final = 8


def either(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def geographies(names: Sequence[str]) -> str:
    """``Geography: us, eu or global``."""
    return f"Geography: {either(names)}"


def some(regions: Sequence[str]) -> str:
    """``us-east-1, us-west-2 and 9 more``: enough of a list to act on, short enough for an event of a stack."""
    if len(regions) <= _MOST:
        return ", ".join(regions)
    return f"{', '.join(regions[: _MOST - 1])} and {len(regions) - _MOST + 1} more"


def sentence(*parts: str) -> str:
    """The parts that are not empty, set apart by semicolons, beginning with a capital."""
    text = "; ".join(filter(None, parts))
    return text[:1].upper() + text[1:]
