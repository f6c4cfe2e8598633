"""What the catalog knows, as values, and the one text form of it that is committed.

``Availability`` is the part that one question is about: one model, seen from one source Region.

``profiles.json`` is made for reviewing: everything is sorted, one model, one route or one profile is one line, and
profiles that route alike share one table. ``render`` and ``parse`` are inverse to each other, so that a refresh changes
the lines that AWS changed and no others.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from lambda_bedrock_profile.bedrock.identifiers import home, partition, rank
from lambda_bedrock_profile.values import Json

_ITSELF: Final = "(source)"
"""How a route that leads to its own source Region is written, as the Regional half of every global profile does."""


class Model(NamedTuple):
    """A foundation model: its life-cycle status, and the Regions in which it has on-demand throughput.

    ``status`` is ``ACTIVE``, ``LEGACY`` or ``None`` (not known); ``on_demand`` the Regions in which the bare model id
    works with bedrock-runtime. The bedrock-mantle endpoint, which has no inference profiles, does not count.
    """

    status: str | None
    on_demand: tuple[str, ...]


class Profile(NamedTuple):
    """A system-defined inference profile: source Region → destination Regions, both by name.

    ``regionless``: the profile also names the foundation-model ARN without a Region, as global ones do. A profile
    without routes is known by its id only.
    """

    geography: str
    model: str
    routes: Mapping[str, tuple[str, ...]]
    regionless: bool = False

    @property
    def id(self) -> str:
        """The id to invoke or to copy from, ``us.amazon.nova-lite-v1:0``."""
        return f"{self.geography}.{self.model}"


class Hint(NamedTuple):
    """Weaker evidence that a model is offered somewhere: enough to name to the user, never enough to route by.

    ``geography`` is empty for on-demand throughput, ``destinations`` if they are not known. ``missing_since`` is the
    date (``2026-04`` or ``2026-04-30``) of the first listing without it, empty if only documentation names it.
    """

    model: str
    geography: str
    source: str
    destinations: tuple[str, ...] = ()
    missing_since: str = ""


class ProfileType(NamedTuple):
    """The Regions whose CloudFormation has ``AWS::Bedrock::ApplicationInferenceProfile``, on a date of their own."""

    as_of: str
    source: str
    regions: tuple[str, ...]


class CatalogData(NamedTuple):
    """Everything the catalog knows.

    ``as_of`` is the date of the listings, ``sources`` where they come from. ``profiles`` are by id. ``auto`` holds
    choices of ``auto`` to be kept although a narrower profile has come since: model → source Region → geography, or
    ``UNSETTLED`` in what a live listing was laid over.
    """

    as_of: str
    sources: tuple[str, ...]
    profile_type: ProfileType
    models: Mapping[str, Model]
    profiles: Mapping[str, Profile]
    hints: tuple[Hint, ...] = ()
    auto: Mapping[str, Mapping[str, str]] = MappingProxyType({})


class Availability(NamedTuple):
    """One model from one source Region: its profiles by geography, on-demand Regions, and what is less certain.

    ``covered`` says whether the catalog knows anything at all of the source Region. ``pin`` is the geography that
    ``auto`` keeps to here. ``hints`` are those for the source Region.
    """

    source: str
    as_of: str
    status: str | None
    profiles: Mapping[str, Profile]
    on_demand: tuple[str, ...]
    hints: tuple[Hint, ...]
    pin: str | None
    covered: bool

    @property
    def listed(self) -> tuple[str, ...]:
        """Geographies whose profile can be called from the source Region."""
        return tuple(geography for geography, profile in self.profiles.items() if self.source in profile.routes)

    @property
    def by_id(self) -> tuple[str, ...]:
        """Geographies of the source Region's partition whose profile is known by its id only."""
        here = partition(self.source)
        return tuple(g for g, profile in self.profiles.items() if not profile.routes and home(g) == here)

    @property
    def sole_by_id(self) -> str | None:
        """The one geography that can be intended if none was ever listed, although known by its id only."""
        return self.by_id[0] if len(self.by_id) == 1 and not self.listed and self.pin is None else None

    def left_out(self, geography: str | None, destinations: Sequence[str]) -> tuple[str, ...]:
        """The listed destination Regions of a geography's profile that ``destinations`` lack, sorted.

        Not the source Region, which a policy always has; empty if the profile is not listed here.
        """
        listed = self.profiles[geography].routes[self.source] if geography in self.listed else ()
        return tuple(sorted(set(listed) - {self.source, *destinations}))

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Geographies that may be offered here: by their id, or by weaker evidence."""
        hinted = (hint.geography for hint in self.hints if hint.geography)
        return tuple(geography for geography in dict.fromkeys((*self.by_id, *hinted)) if geography not in self.listed)

    @property
    def elsewhere(self) -> Mapping[str, tuple[str, ...]]:
        """Geography → source Regions of the same partition from which its profile can be called."""
        here = partition(self.source)
        regions = {
            geography: tuple(region for region in sorted(profile.routes) if partition(region) == here)
            for geography, profile in self.profiles.items()
        }
        return {geography: sources for geography, sources in regions.items() if sources}

    @property
    def on_demand_here(self) -> bool:
        """Whether the bare model id works in the source Region."""
        return self.source in self.on_demand

    @property
    def on_demand_elsewhere(self) -> tuple[str, ...]:
        """The on-demand Regions of the same partition."""
        here = partition(self.source)
        return tuple(region for region in self.on_demand if partition(region) == here)


def render(data: CatalogData) -> str:
    """The text of ``profiles.json``: JSON, ending in a line break, the same for equal data."""
    kind = data.profile_type
    sections = (
        f'"as_of": {_line(data.as_of)}',
        f'"sources": {_block("[]", map(_line, data.sources))}',
        f'"profile_type": {_line({"as_of": kind.as_of, "source": kind.source, "regions": " ".join(kind.regions)})}',
        f'"models": {_block("{}", (f"{_line(name)}: {_model(model)}" for name, model in sorted(data.models.items())))}',
        f'"profiles": {_block("[]", _tables(data.profiles.values()))}',
        f'"hints": {_block("[]", map(_hint, sorted(data.hints)))}',
        f'"auto": {_block("{}", (f"{_line(name)}: {_pins(pins)}" for name, pins in sorted(data.auto.items())))}',
    )
    return "{\n" + ",\n".join(sections) + "\n}\n"


def parse(text: str) -> CatalogData:
    """Read what ``render`` wrote.

    Raises ``ValueError``, ``KeyError`` or ``TypeError`` on anything else: the file is the project's own.
    """
    raw: dict[str, Json] = json.loads(text)
    kind = raw["profile_type"]
    return CatalogData(
        raw["as_of"],
        tuple(raw["sources"]),
        ProfileType(kind["as_of"], kind["source"], tuple(kind["regions"].split())),
        {name: Model(model["status"], tuple(model["on_demand"].split())) for name, model in raw["models"].items()},
        {profile.id: profile for profile in _profiles(raw["profiles"])},
        tuple(_read_hint(hint) for hint in raw["hints"]),
        raw["auto"],
    )


def _line(value: object) -> str:
    return json.dumps(value)


def _block(brackets: str, lines: Iterable[str]) -> str:
    body = ",\n".join(lines)
    return f"{brackets[0]}\n{body}\n{brackets[1]}" if body else brackets


def _model(model: Model) -> str:
    return _line({"status": model.status, "on_demand": " ".join(model.on_demand)})


def _pins(pins: Mapping[str, str]) -> str:
    return _line(dict(sorted(pins.items())))


def _hint(hint: Hint) -> str:
    fields = {
        "model": hint.model,
        "geography": hint.geography,
        "source": hint.source,
        "destinations": " ".join(hint.destinations),
        "missing_since": hint.missing_since,
    }
    return _line({name: value for name, value in fields.items() if value})


def _read_hint(raw: Mapping[str, str]) -> Hint:
    destinations = tuple(raw.get("destinations", "").split())
    return Hint(raw["model"], raw.get("geography", ""), raw["source"], destinations, raw.get("missing_since", ""))


def _tables(profiles: Iterable[Profile]) -> list[str]:
    """One block for each set of profiles of a geography that route alike, in the order of their routes."""
    alike: dict[tuple[int, str, bool, str], list[str]] = {}
    for profile in sorted(profiles, key=lambda profile: profile.id):
        key = (rank(profile.geography), profile.geography, profile.regionless, _block("{}", _routes(profile.routes)))
        alike.setdefault(key, []).append(profile.model)
    return [
        f'{{"geography": {_line(geography)}, "regionless": {_line(regionless)}, '
        f'"routes": {routes}, "models": {_block("[]", map(_line, models))}}}'
        for (_, geography, regionless, routes), models in sorted(alike.items())
    ]


def _routes(routes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """One line for each set of source Regions that lead to the same destinations."""
    sources: dict[str, list[str]] = {}
    for source, destinations in sorted(routes.items()):
        sources.setdefault(_ITSELF if destinations == (source,) else " ".join(destinations), []).append(source)
    return (f"{_line(' '.join(from_))}: {_line(to)}" for to, from_ in sources.items())


def _profiles(tables: Iterable[Mapping[str, Json]]) -> Iterator[Profile]:
    for table in tables:
        routes: dict[str, tuple[str, ...]] = {}
        for sources, to in table["routes"].items():
            destinations = tuple(to.split())
            routes.update((source, (source,) if to == _ITSELF else destinations) for source in sources.split())
        for model in table["models"]:
            yield Profile(table["geography"], model, routes, table["regionless"])
