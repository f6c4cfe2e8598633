"""The values of a routing question, without behaviour: what the user asks, what is known of the model, the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lambda_bedrock_profile.bedrock.data import Hint, Profile
from lambda_bedrock_profile.bedrock.names import AUTO, home, partition


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for: how ``model`` is reached from the Region ``source``.

    ``geography`` is ``auto`` or a geography by name. ``cross_region=False`` stays in the source Region.
    ``destinations`` are the destination Regions as the user knows them: they add to the catalog, and stand for what it
    does not know. ``display_name`` stands for the model in messages ("the value of parameter ModelId") if its id must
    not be shown; no message then quotes or suggests an id.
    """

    model: str
    source: str
    geography: str = AUTO
    cross_region: bool = True
    destinations: tuple[str, ...] = ()
    display_name: str | None = None

    @property
    def hidden(self) -> bool:
        """Whether the model's id must not appear in a message, nor anything that gives it away."""
        return self.display_name is not None

    @property
    def name(self) -> str:
        """The model as messages name it: the id in quotes, or the words that stand for it."""
        if self.display_name is not None:
            return self.display_name
        text = self.model if self.model.isprintable() else ascii(self.model)[1:-1]
        return f"'{text if len(text) <= 140 else text[:140] + '…'}'"


@dataclass(frozen=True, slots=True)
class Route:
    """How a request from one source Region reaches one foundation model.

    ``profile_id`` and ``geography`` name the system-defined inference profile; both are ``None`` for a route that stays
    in its source Region and needs none. ``destinations`` are sorted. ``regionless``: the profile also names the
    foundation-model ARN without a Region, and the policy must too (Amazon Bedrock User Guide, "Global cross-Region
    inference"). ``reason`` says in one sentence, without the model's id, why this route is taken.
    """

    model: str
    source: str
    destinations: tuple[str, ...]
    profile_id: str | None
    geography: str | None
    regionless: bool
    partition: str
    reason: str

    @property
    def regions(self) -> tuple[str, ...]:
        """Every Region whose foundation-model ARN the policy must name, sorted.

        Bedrock authorizes the model in the source Region and in each destination (Amazon Bedrock User Guide,
        "Geographic cross-Region inference"), and a source Region is not always one of its own destinations.
        """
        return tuple(sorted({self.source, *self.destinations}))


@dataclass(frozen=True, slots=True)
class Availability:
    """One model from one source Region: its profiles by geography, on-demand Regions, and what is less certain.

    ``covered`` tells whether the catalog knows anything at all of the source Region. ``pin`` is the geography that
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
        """The one geography that can be intended where none was ever listed, although known by its id only."""
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
