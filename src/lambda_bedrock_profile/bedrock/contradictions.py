"""Parts of a request that cannot stand together, whatever the catalog knows of the model."""

from __future__ import annotations

from collections.abc import Sequence

from lambda_bedrock_profile.bedrock.advice import SINGLE, either, geographies
from lambda_bedrock_profile.bedrock.availability import Availability, Request
from lambda_bedrock_profile.bedrock.names import (
    AUTO,
    GEOGRAPHIES,
    PARTITIONS_WITH_PROFILES,
    automatic,
    home,
    is_region,
    partition,
)
from lambda_bedrock_profile.diagnostics import Report


def check_request(request: Request, available: Availability, report: Report) -> None:
    """Report the first contradiction in ``request``, whatever the model; ``available`` only helps to word the way out.

    ``report`` is bound to the properties of the declaration, and has no errors so far.
    """
    _check_regions(request, report)
    if report.errors:
        return
    if request.cross_region:
        _check_geography(request, available, report.at("Geography"))
    else:
        _check_single_region(request, report)


def _check_regions(request: Request, report: Report) -> None:
    source = request.source
    if not is_region(source):
        what = "the source Region is not the name of an AWS Region"
        report.at("BedrockModelId").error("route", what, "Name the Region of the stack, such as us-east-1")
        return
    here = partition(source)
    for index, region in enumerate(request.destinations):
        if not is_region(region):
            what, fix = "this is not the name of an AWS Region", "Write one Region per entry, such as us-east-1"
        elif region in request.destinations[:index]:
            what, fix = f"DestinationRegions names {region} twice", "Name each Region one time"
        elif (there := partition(region)) != here:
            what = f"{region} is of the partition {there}, and {source} is in {here}"
            fix = f"Name Regions of {here} only: no inference profile leads out of its partition"
        else:
            continue
        report.at("DestinationRegions", index).error("route", what, fix)
        return


def _check_single_region(request: Request, report: Report) -> None:
    source = request.source
    if request.geography != AUTO:
        report.at("Geography").error(
            "route",
            f"Geography contradicts {SINGLE}, which stays in {source}",
            "Leave out Geography, or DeployCrossRegionProfile",
        )
    elif request.destinations not in ((), (source,)):
        report.at("DestinationRegions").error(
            "route",
            f"DestinationRegions leads out of {source}, and {SINGLE} stays in it",
            f"Write DestinationRegions: [{source}], or leave DeployCrossRegionProfile out",
        )


def _check_geography(request: Request, available: Availability, report: Report) -> None:
    asked, here = request.geography, partition(request.source)
    if asked == AUTO:
        return
    fitting = [geography for geography in GEOGRAPHIES if home(geography) == here]
    if asked not in GEOGRAPHIES:
        # A live listing can be newer than this version.
        if asked not in available.profiles:
            options = either((AUTO, *(fitting or GEOGRAPHIES)))
            what = "Geography is not one that Bedrock is known to have"
            report.error("route", what, f"Write one of {options}", curable=True)
        return
    if home(asked) == here:
        return
    if request.destinations and here not in PARTITIONS_WITH_PROFILES:
        # Nothing is known of profiles there, so the user, who named the Regions too, is taken at their word.
        return
    report.error(
        "route",
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
