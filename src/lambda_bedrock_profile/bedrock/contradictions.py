"""Parts of a request that cannot stand together, whatever the catalog knows of the model."""

from __future__ import annotations

from collections.abc import Sequence

from lambda_bedrock_profile.bedrock.advice import SINGLE, either, geographies
from lambda_bedrock_profile.bedrock.availability import Availability, Refusal, Request
from lambda_bedrock_profile.bedrock.names import (
    AUTO,
    GEOGRAPHIES,
    PARTITIONS_WITH_PROFILES,
    automatic,
    home,
    is_region,
    partition,
)


def contradiction(request: Request, available: Availability) -> Refusal | None:
    """The first contradiction in ``request``, whatever the model; ``available`` only helps to word the way out."""
    if refusal := _source(request) or _destinations(request):
        return refusal
    return _geography(request, available) if request.cross_region else _single(request)


def _source(request: Request) -> Refusal | None:
    if is_region(request.source):
        return None
    return Refusal(
        "region",
        "the source Region is not the name of an AWS Region",
        "Name the Region of the stack, such as us-east-1",
    )


def _destinations(request: Request) -> Refusal | None:
    here = partition(request.source)
    for entry, region in enumerate(request.destinations):
        if not is_region(region):
            what, fix = "this is not the name of an AWS Region", "Write one Region per entry, such as us-east-1"
        elif region in request.destinations[:entry]:
            what, fix = f"DestinationRegions names {region} twice", "Name each Region one time"
        elif (there := partition(region)) != here:
            what = f"{region} is of the partition {there}, and {request.source} is in {here}"
            fix = f"Name Regions of {here} only: no inference profile leads out of its partition"
        else:
            continue
        return Refusal("destinations", what, fix, entry)
    return None


def _single(request: Request) -> Refusal | None:
    source = request.source
    if request.geography != AUTO:
        return Refusal(
            "geography",
            f"Geography contradicts {SINGLE}, which stays in {source}",
            "Leave out Geography, or DeployCrossRegionProfile",
        )
    if request.destinations not in ((), (source,)):
        return Refusal(
            "destinations",
            f"DestinationRegions leads out of {source}, and {SINGLE} stays in it",
            f"Write DestinationRegions: [{source}], or leave DeployCrossRegionProfile out",
        )
    return None


def _geography(request: Request, available: Availability) -> Refusal | None:
    asked, here = request.geography, partition(request.source)
    if asked == AUTO:
        return None
    fitting = [geography for geography in GEOGRAPHIES if home(geography) == here]
    if asked not in GEOGRAPHIES:
        if asked in available.profiles:
            # A live listing can be newer than this version.
            return None
        options = either((AUTO, *(fitting or GEOGRAPHIES)))
        what = "Geography is not one that Bedrock is known to have"
        return Refusal("geography", what, f"Write one of {options}", curable=True)
    if home(asked) == here:
        return None
    if request.destinations and here not in PARTITIONS_WITH_PROFILES:
        # Nothing is known of profiles there, so the user, who named the Regions too, is taken at their word.
        return None
    return Refusal(
        "geography",
        f"Geography {asked} belongs to the partition {home(asked)}, and {request.source} is in {here}",
        _of_this_partition(available, fitting)
        or f"No inference profile is known in {here}: if you know of one, name DestinationRegions too",
    )


def _of_this_partition(available: Availability, fitting: Sequence[str]) -> str:
    """What to write instead of a geography of another partition; empty if no geography is known there."""
    if available.listed:
        left_out = ", or leave Geography out" if automatic(available.listed, available.pin) else ""
        return f"Write {geographies(available.listed)}{left_out}"
    if available.on_demand_here and not available.unlisted:
        return f"Write {SINGLE}, without Geography"
    options = available.unlisted or fitting
    return (
        f"If you know that it is offered there, name {geographies(options)} and DestinationRegions" if options else ""
    )
