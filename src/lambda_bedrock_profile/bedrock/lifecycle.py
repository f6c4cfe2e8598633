"""When models end: the dates that AWS publishes, what they mean on a day, and what to take instead.

``lifecycle.json`` has the dates, by model and, if they differ, by Region; and the ids that no listing of Bedrock has
any more. No route depends on a date: the macro expands a route past its date as before. The day is always an argument.

A model is ACTIVE, then LEGACY, and then it ends; the last part of LEGACY can be extended access at a higher price
(Amazon Bedrock API Reference, "FoundationModelLifecycle"). An account that has not used a LEGACY model for 15 days is
refused (Amazon Bedrock User Guide, "Model lifecycle").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lambda_bedrock_profile.bedrock.availability import Request
from lambda_bedrock_profile.bedrock.names import AUTO, partition
from lambda_bedrock_profile.values import Json

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.routing import Catalog

NOTICE_DAYS: Final = 90
"""An end within so many days is worth a warning even if the model is not LEGACY yet."""

_FIELDS: Final = ("legacy", "extended", "end", "successor")
_VERSION_SUFFIX: Final = re.compile(r"-v\d+(?::\d+)?$")
_PART: Final = re.compile(r"[.:-]")
_NO_FAMILY: Final = frozenset({"instruct", "it", "chat", "preview", "latest"})
_SIZE: Final = re.compile(r"[a-z]?\d+b")


@dataclass(frozen=True, slots=True)
class Dates:
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


@dataclass(frozen=True, slots=True)
class LifeCycles:
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


@dataclass(frozen=True, slots=True)
class Successor:
    """The model to take instead, and the geography in which the Region offers it; None: on demand.

    ``suggestion``: no source names it; it is the newest model of the same family and size.
    """

    model: str
    geography: str | None
    suggestion: bool

    @property
    def fix(self) -> str:
        """What to write, as the beginning of a sentence."""
        way = f"Geography: {self.geography}" if self.geography else "DeployCrossRegionProfile: false"
        why = "a suggestion, the newest model of its family and size there" if self.suggestion else "its successor"
        return f"Write BedrockModelId: {self.model} and {way} ({why})"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one model in one Region is in its life cycle on the day ``on``.

    ``status``: ``active``, ``legacy``, ``extended`` (the last part of legacy), ``ended``, ``retired`` (in no listing
    any more) or ``unknown``. ``unlisted_since`` is set for retired models without a date.
    """

    model: str
    region: str
    on: str
    status: str
    dates: Dates
    unlisted_since: str
    successor: Successor | None

    @property
    def over(self) -> bool:
        """Whether the model cannot be used any more."""
        return self.status in ("ended", "retired")

    @property
    def days(self) -> int | None:
        """Days from ``on`` to the end, negative after it; None if no end is known."""
        return (date.fromisoformat(self.dates.end) - date.fromisoformat(self.on)).days if self.dates.end else None

    @property
    def words(self) -> str:
        """The stage and its dates, without the model's id: ``LEGACY since 2026-04-14, ends on 2026-10-14``."""
        dates = self.dates
        if self.status == "retired":
            since = f"retired: in no listing of Bedrock since {self.unlisted_since}"
            return f"retired on {dates.end}" if dates.end else since
        if self.status == "ended":
            return f"ended on {dates.end}"
        parts = {
            "active": "ACTIVE",
            "legacy": f"LEGACY since {dates.legacy}" if dates.legacy else "LEGACY",
            "extended": f"LEGACY, in extended access at a higher price since {dates.extended}",
            "unknown": "its life cycle is not known",
        }
        later = [parts[self.status]]
        if self.status == "active" and dates.legacy:
            later.append(f"LEGACY from {dates.legacy}")
        if dates.extended > self.on:
            later.append(f"extended access from {dates.extended}")
        if dates.end:
            later.append(f"ends on {dates.end}")
        return ", ".join(later)

    @property
    def sentence(self) -> str:
        """The stage as the predicate of a sentence whose subject is the model."""
        if self.status == "retired":
            return f"was {self.words}" if self.dates.end else f"is {self.words}"
        return f"{'' if self.status == 'ended' else 'is '}{self.words} in {self.region}"

    def as_json(self) -> dict[str, Json]:
        """The stage as plain data; what is not known is null."""
        successor = self.successor
        return {
            "status": self.status,
            "legacy": self.dates.legacy or None,
            "extended_access": self.dates.extended or None,
            "end_of_life": self.dates.end or None,
            "unlisted_since": self.unlisted_since or None,
            "source": self.dates.source or None,
            "successor": successor.model if successor else None,
            "successor_geography": successor.geography if successor else None,
            "successor_is_suggestion": successor.suggestion if successor else None,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check of the day reports: ``level`` is ``error`` or ``warning``; ``what`` and ``fix`` as in Refusal."""

    level: str
    what: str
    fix: str


def stage(catalog: Catalog, model: str, region: str, geography: str | None, on: str) -> Stage:
    """Where ``model`` is in its life cycle in the source Region ``region`` on the day ``on`` (``2026-11-26``).

    ``geography`` is that of the route, None for on demand: the successor is one that the Region offers in it.
    """
    cycles = catalog.life_cycles
    dates = cycles.dates(model, region) or Dates()
    listed = catalog.status(model)
    if model not in catalog.models and cycles.retired(model):
        dates = dates if dates.end else next(iter(cycles.models.get(model, ())), dates)
        status = "retired"
    elif dates.over(on):
        status = "ended"
    elif dates.extended and on >= dates.extended:
        status = "extended"
    elif (dates.legacy and on >= dates.legacy) or (listed == "LEGACY" and not dates.legacy):
        status = "legacy"
    else:
        status = "active" if listed or dates.end else "unknown"
    unlisted = cycles.unlisted.get(model, "") if status == "retired" and not dates.end else ""
    ending = status not in ("active", "unknown") or bool(dates.end)
    instead = successor(catalog, model, region, geography) if ending else None
    return Stage(model, region, on, status, dates, unlisted, instead)


def finding(at: Stage, name: str, fail_before: str = "") -> Finding | None:
    """What to report of a model at this stage, ``name`` standing for it; None if there is nothing to report.

    An error if the model has ended, or ends before the day ``fail_before``; a warning if it is LEGACY or ends within
    ``NOTICE_DAYS``.
    """
    days = at.days
    soon = days is not None and days <= NOTICE_DAYS
    early = bool(fail_before and at.dates.end and max(at.dates.end, at.dates.extended) < fail_before)
    if not (at.over or early or soon or at.status in ("legacy", "extended")):
        return None
    what = f"{name} {at.sentence}"
    if days is not None and days > 0:
        what += f", in {days} days"
    if at.status in ("legacy", "extended"):
        what += "; AWS refuses accounts that have not used a LEGACY model for 15 days"
    if at.dates.source:
        what += f" (source: {at.dates.source})"
    none = f"Select another model: no model of its family and size is known in {at.region}"
    return Finding("error" if at.over or early else "warning", what, at.successor.fix if at.successor else none)


def successor(catalog: Catalog, model: str, region: str, geography: str | None) -> Successor | None:
    """The model to take instead of ``model`` that ``region`` offers in ``geography``; None: on demand.

    The one a source names, if it is offered so; else the newest of the same family and size, as a suggestion.
    """
    for name, suggestion in candidates(catalog, model, region):
        route = catalog.find(Request(name, region, geography or AUTO, cross_region=geography is not None))
        if route is not None:
            return Successor(name, route.geography, suggestion)
    return None


def candidates(catalog: Catalog, model: str, region: str) -> Iterator[tuple[str, bool]]:
    """Models to take instead of ``model``, the best first, and whether each is a suggestion of ours.

    Whether ``region`` offers them is not checked. None of them is LEGACY, or has a date for its end.
    """
    cycles = catalog.life_cycles
    here = cycles.dates(model, region)
    entries = (*([here] if here else []), *cycles.models.get(model, ()))
    named = dict.fromkeys(entry.successor for entry in entries if entry.successor)
    yield from ((name, False) for name in named if name not in cycles.models)
    wanted, old = family(model), version(model)
    newer = [other for other in catalog.models if family(other) == wanted and version(other) > old]
    for name in sorted(newer, key=version, reverse=True):
        if catalog.status(name) != "LEGACY" and name not in cycles.models and name not in named:
            yield name, True


def family(model: str) -> tuple[str, ...]:
    """Provider, family and size in an id: ``("anthropic", "claude", "haiku")``, whatever the version."""
    provider, _, name = model.partition(".")
    parts = [part for part in _PART.split(_VERSION_SUFFIX.sub("", name)) if part not in _NO_FAMILY]
    kept = (part if _SIZE.fullmatch(part) else part.rstrip("0123456789") for part in parts)
    return (provider, *(part for part in kept if part and part != "v"))


def version(model: str) -> tuple[tuple[int, ...], str]:
    """The numbers of the version in an id, and its date, in an order in which newer is greater."""
    name = _VERSION_SUFFIX.sub("", model.partition(".")[2])
    parts = [part for part in _PART.split(name) if not _SIZE.fullmatch(part)]
    digits = [part[len(part.rstrip("0123456789")) :] for part in parts]
    numbers = tuple(int(number) for number in digits if number and len(number) < 4)
    return numbers, max((number for number in digits if len(number) == 8), default="")


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
