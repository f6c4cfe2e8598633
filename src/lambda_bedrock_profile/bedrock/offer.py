"""What the catalog knows of one foundation model, seen from one source Region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lambda_bedrock_profile.bedrock.data import Hint, Profile
from lambda_bedrock_profile.bedrock.geographies import home
from lambda_bedrock_profile.bedrock.regions import partition


@dataclass(frozen=True, slots=True)
class Offer:
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
        """The one geography that can be meant where none was ever listed, known though it is by its id only."""
        return self.by_id[0] if len(self.by_id) == 1 and not self.listed and self.pin is None else None

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Geographies that may be offered here: by their id, or by weaker evidence."""
        hinted = (hint.geography for hint in self.hints if hint.geography)
        return tuple(geography for geography in dict.fromkeys((*self.by_id, *hinted)) if geography not in self.listed)

    @property
    def elsewhere(self) -> Mapping[str, tuple[str, ...]]:
        """Geography → source Regions of the same partition from which its profile can be called."""
        here = partition(self.source)
        found = {
            geography: tuple(region for region in sorted(profile.routes) if partition(region) == here)
            for geography, profile in self.profiles.items()
        }
        return {geography: regions for geography, regions in found.items() if regions}

    @property
    def on_demand_here(self) -> bool:
        """Whether the bare model id works in the source Region."""
        return self.source in self.on_demand

    @property
    def on_demand_elsewhere(self) -> tuple[str, ...]:
        """The on-demand Regions of the same partition."""
        here = partition(self.source)
        return tuple(region for region in self.on_demand if partition(region) == here)
