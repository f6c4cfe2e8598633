"""The geographies of system-defined inference profiles, and the ids that begin with them.

The id of a system-defined inference profile is ``<geography>.<foundation-model id>``. Which geographies a source Region
can use differs by model and cannot be read off the Region's name: Canadian Regions use ``us``, Tel Aviv ``eu``, New
Zealand ``au``. So a geography is only ever looked up, never derived.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

GEOGRAPHIES: Final = ("jp", "au", "in", "ca", "us-gov", "apac", "us", "eu", "global")
"""Every geography, narrowest first. The order is a decision, and changing it changes what ``auto`` takes."""

GLOBAL: Final = "global"
"""The geography without a border: requests may be processed in any commercial Region."""

AUTO: Final = "auto"
"""What the user writes, or leaves out, to have the geography chosen."""

UNSETTLED: Final = ""
"""In the place of a pin where ``auto`` may not choose, since nothing would keep its choice."""

_SEPARATELY_OPERATED: Final = {"us-gov": "aws-us-gov"}


def home(geography: str) -> str:
    """The partition a geography's profiles live in."""
    return _SEPARATELY_OPERATED.get(geography, "aws")


def rank(geography: str) -> int:
    """The place of ``geography`` from narrow to wide; one that this version does not know comes last."""
    return GEOGRAPHIES.index(geography) if geography in GEOGRAPHIES else len(GEOGRAPHIES)


def split_profile_id(text: str) -> tuple[str, str] | None:
    """Split the id of a system-defined inference profile into its geography and its foundation-model id.

    ``None`` where ``text`` does not begin with a known geography, followed by a foundation-model id.
    """
    geography, _, model = text.partition(".")
    return (geography, model) if geography in GEOGRAPHIES and "." in model else None


def automatic(listed: Collection[str], pin: str | None = None) -> str | None:
    """The geography ``auto`` takes among those ``listed`` for a model in a source Region.

    The narrowest, unless an earlier catalog settled on another one (``pin``): then that one, or ``None`` where it is no
    longer listed. ``None`` under ``UNSETTLED``, too. Never ``global``, and never a geography this version does not
    know: how far those reach is for the user to judge.
    """
    if pin is not None:
        return pin if pin in listed else None
    return next((geography for geography in GEOGRAPHIES if geography in listed and geography != GLOBAL), None)
