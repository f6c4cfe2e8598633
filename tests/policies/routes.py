"""Every route of the catalog, read from the data itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog, partition

CATALOG = Catalog.bundled()


@dataclass(frozen=True)
class Route:
    """A model, the Region it is called from, the Regions it may be served in; no geography is the source alone."""

    model: str
    source: str
    destinations: tuple[str, ...]
    geography: str | None = None

    @property
    def choice(self) -> Mapping[str, Any]:
        """The properties of a declaration that wants this route."""
        alone = {"DeployCrossRegionProfile": False}
        return {"BedrockModelId": self.model, **({"Geography": self.geography} if self.geography else alone)}

    @property
    def regions(self) -> frozenset[str]:
        """Where the model is authorized; the ARN without a Region is the last evaluation of a global route."""
        return frozenset([self.source, *self.destinations, *([""] if self.geography == "global" else [])])


@cache
def routes() -> tuple[Route, ...]:
    """Each profile in each of its source Regions, and each model in each Region that has it on demand."""
    data = CATALOG.data
    profiles = [
        Route(profile.model, source, tuple(destinations), profile.geography)
        for profile in data.profiles.values()
        for source, destinations in profile.routes.items()
    ]
    alone = [Route(model, region, (region,)) for model, known in data.models.items() for region in known.on_demand]
    return (*profiles, *alone)


@cache
def regions(of_partition: str) -> tuple[str, ...]:
    """Every Region of the catalog in a partition."""
    names = {name for route in routes() for name in (route.source, *route.destinations)}
    return tuple(sorted(name for name in names if partition(name) == of_partition))
