"""Where a model is in its life cycle on a day, and what to take instead.

The day is always an argument; ``latest_day`` is the one that the data knows of, since the macro has no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from lambda_bedrock_profile.bedrock.identifiers import AUTO, family, names_model, version
from lambda_bedrock_profile.bedrock.lifecycle import Dates
from lambda_bedrock_profile.bedrock.routing import Request
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.values import Json

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.catalog import Catalog

NOTICE_DAYS: Final = 90
"""An end within so many days is worth a warning even if the model is not LEGACY yet."""


class Successor(NamedTuple):
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


class Stage(NamedTuple):
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


def check_end(at: Stage, name: str, report: Report, fail_before: str = "") -> None:
    """Report a model that ends, ``name`` standing for it; its stage is ``at``.

    An error if the model has ended, or ends before the day ``fail_before``; a warning if it is LEGACY or ends within
    ``NOTICE_DAYS``.
    """
    days = at.days
    soon = days is not None and days <= NOTICE_DAYS
    early = bool(fail_before and at.dates.end and max(at.dates.end, at.dates.extended) < fail_before)
    if not (at.over or early or soon or at.status in ("legacy", "extended")):
        return
    what = f"{name} {at.sentence}"
    if days is not None and days > 0:
        what += f", in {days} days"
    if at.status in ("legacy", "extended"):
        what += "; AWS refuses accounts that have not used a LEGACY model for 15 days"
    if at.dates.source:
        what += f" (source: {at.dates.source})"
    none = f"Select another model: no model of its family and size is known in {at.region}"
    fix = at.successor.fix if at.successor else none
    if at.over or early:
        report.error("ended", what, fix)
    else:
        report.warning("ending", what, fix)


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


def retired(catalog: Catalog, model: str, region: str) -> str:
    """What is known of the end of ``model``, as a predicate (``was retired on …``); empty if it has not ended.

    The day is that of the catalog or of the dates: the macro has no clock.
    """
    at = stage(catalog, model, region, AUTO, latest_day(catalog))
    if not at.over:
        return ""
    return at.sentence + (f" (source: {at.dates.source})" if at.dates.source else "")


def ended_everywhere(catalog: Catalog, model: str) -> str:
    """That ``model`` has ended wherever a date is known, as a predicate; empty if it has not."""
    cycles = catalog.life_cycles
    if not cycles.ended_everywhere(model, latest_day(catalog)):
        return ""
    last = max(cycles.models[model], key=lambda dates: dates.end)
    return f"ended on {last.end} (source: {last.source})"


def retired_named(catalog: Catalog, text: str) -> str:
    """The retired id that has the words of ``text``, if no other has; empty if there is none."""
    cycles = catalog.life_cycles
    ids = {*cycles.unlisted, *cycles.models} - {*catalog.models}
    named = sorted(model for model in ids if names_model(text, model) and cycles.retired(model))
    return named[0] if named else ""


def base(catalog: Catalog, model: str) -> str:
    """``model`` without the suffix that a tool added to its id (``:1m``, ``:flex``); the same if it has none."""
    cycles, known = catalog.life_cycles, set(catalog.models)
    shorter = model
    while shorter not in known and not cycles.retired(shorter) and ":" in shorter:
        shorter = shorter.rpartition(":")[0]
        if shorter in known or cycles.retired(shorter):
            return shorter
    return model


def latest_day(catalog: Catalog) -> str:
    """The latest day that the data knows of."""
    return max(catalog.as_of, catalog.life_cycles.as_of)
