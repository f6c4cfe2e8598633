"""When models end: the dates that AWS publishes, as values, and the one text form of them that is committed.

``lifecycle.json`` has the dates, by model and, if they differ, by Region; and the ids that no listing of Bedrock has
any more. No route depends on a date: the macro expands a route past its date as before.

A model is ACTIVE, then LEGACY, and then it ends; the last part of LEGACY can be extended access at a higher price
(Amazon Bedrock API Reference, "FoundationModelLifecycle"). An account that has not used a LEGACY model for 15 days is
refused (Amazon Bedrock User Guide, "Model lifecycle").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from lambda_bedrock_profile.bedrock.identifiers import partition
from lambda_bedrock_profile.values import Json

_FIELDS: Final = ("legacy", "extended", "end", "successor")


class Dates(NamedTuple):
    """The dates of one model, ``2026-09-30`` or empty if not known.

    ``regions`` are those the dates are for; none means every commercial Region that no other entry of the model names.
    ``legacy``: LEGACY from then on. ``extended``: extended access, at a higher price, from then on. ``end``: not to be
    used from then on. ``successor``: the id of the model that ``source``, an address or a text, names as replacement.
    """

    regions: tuple[str, ...] = ()
    legacy: str = ""
    extended: str = ""
    end: str = ""
    successor: str = ""
    source: str = ""

    def over(self, on: str) -> bool:
        """Whether the model has ended by the day ``on``. A later date of extended access counts as not ended."""
        return bool(self.end) and on >= max(self.end, self.extended)


class LifeCycles(NamedTuple):
    """Everything that is known of the ends of models, as of a day.

    ``unlisted``: ids that listings of Bedrock do not have since a day; nothing says when they ended.
    """

    as_of: str
    sources: tuple[str, ...]
    models: Mapping[str, tuple[Dates, ...]]
    unlisted: Mapping[str, str]

    @classmethod
    @cache
    def bundled(cls) -> LifeCycles:
        """The dates that come with this version."""
        return parse(Path(__file__).with_name("lifecycle.json").read_text("utf-8"))

    def dates(self, model: str, region: str) -> Dates | None:
        """The dates of ``model`` in ``region``; None if none are known there.

        Dates without Regions are of the commercial ones: AWS's page has those of other partitions apart.
        """
        entries = self.models.get(model, ())
        here = next((entry for entry in entries if region in entry.regions), None)
        if here is None and partition(region) == "aws":
            here = next((entry for entry in entries if not entry.regions), None)
        return here

    def ended_everywhere(self, model: str, on: str) -> bool:
        """Whether ``model`` has ended by the day ``on`` in every Region that a date is known for."""
        entries = self.models.get(model, ())
        return bool(entries) and all(entry.over(on) for entry in entries)

    def retired(self, model: str) -> bool:
        """Whether something is known of the end of ``model``. Only asked of models that no listing has."""
        return model in self.unlisted or any(entry.end for entry in self.models.get(model, ()))


def changes(old: LifeCycles, new: LifeCycles) -> list[str]:
    """What a reviewer wants to know of the step from ``old`` to ``new``: one line for each model."""
    lines = []
    for model in sorted({*old.models, *new.models}):
        before, after = old.models.get(model), new.models.get(model)
        if before != after:
            ends = ", ".join(sorted({entry.end for entry in after or () if entry.end}))
            lines.append(f"~ {model}: {f'ends on {ends}' if ends else 'has no date for its end'}")
    return lines + [
        f"~ {model}: in no listing since {since}"
        for model, since in sorted(new.unlisted.items())
        if model not in old.unlisted
    ]


def parse(text: str) -> LifeCycles:
    """Read what ``render`` wrote. Raises ``ValueError``, ``KeyError`` or ``TypeError`` on anything else."""
    raw: dict[str, Json] = json.loads(text)
    pages: list[str] = raw["pages"]
    models = {
        model: tuple(
            Dates(
                tuple(entry.get("regions", "").split()),
                source=pages[entry["source"]] if "source" in entry else "",
                **{name: entry.get(name, "") for name in _FIELDS},
            )
            for entry in entries
        )
        for model, entries in raw["models"].items()
    }
    return LifeCycles(raw["as_of"], tuple(raw["sources"]), models, raw["unlisted"])


def render(cycles: LifeCycles) -> str:
    """The text of ``lifecycle.json``: one line a model, everything sorted, the same for equal data."""
    pages = sorted({entry.source for entries in cycles.models.values() for entry in entries if entry.source})
    lines = [
        f"{json.dumps(model)}: {json.dumps([_entry(entry, pages) for entry in entries])}"
        for model, entries in sorted(cycles.models.items())
    ]
    unlisted = [f"{json.dumps(model)}: {json.dumps(since)}" for model, since in sorted(cycles.unlisted.items())]
    sections = (
        f'"as_of": {json.dumps(cycles.as_of)}',
        f'"sources": {_block("[]", map(json.dumps, cycles.sources))}',
        f'"pages": {_block("[]", map(json.dumps, pages))}',
        f'"models": {_block("{}", lines)}',
        f'"unlisted": {_block("{}", unlisted)}',
    )
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _block(brackets: str, lines: Iterable[str]) -> str:
    body = ",\n".join(lines)
    return f"{brackets[0]}\n{body}\n{brackets[1]}" if body else brackets


def _entry(entry: Dates, pages: list[str]) -> dict[str, Json]:
    fields: dict[str, Json] = {"regions": " ".join(entry.regions)}
    fields |= {name: getattr(entry, name) for name in _FIELDS}
    kept = {name: value for name, value in fields.items() if value}
    return {**kept, "source": pages.index(entry.source)} if entry.source else kept
