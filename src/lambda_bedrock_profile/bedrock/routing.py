"""From a routing question to its answer: what the user asks, what contradicts itself, and which way is taken.

Three ways lead to a model, one function each: the single source Region, the Regions the user names, and the route the
catalog lists.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lambda_bedrock_profile.bedrock.data import Availability
from lambda_bedrock_profile.bedrock.identifiers import (
    AUTO,
    GEOGRAPHIES,
    GLOBAL,
    PARTITIONS_WITH_PROFILES,
    SINGLE,
    automatic,
    either,
    embedding_doubt,
    geographies,
    home,
    is_region,
    partition,
)
from lambda_bedrock_profile.diagnostics import Report


class Request(NamedTuple):
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


class Route(NamedTuple):
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
    requested, here = request.geography, partition(request.source)
    if requested == AUTO:
        return
    fitting = [geography for geography in GEOGRAPHIES if home(geography) == here]
    if requested not in GEOGRAPHIES:
        # A live listing can be newer than this version.
        if requested not in available.profiles:
            options = either((AUTO, *(fitting or GEOGRAPHIES)))
            what = "Geography is not one that Bedrock is known to have"
            report.error("route", what, f"Write one of {options}", listing_may_fix=True)
        return
    if home(requested) == here:
        return
    if request.destinations and here not in PARTITIONS_WITH_PROFILES:
        # Nothing is known of profiles there, so the user, who named the Regions too, is taken at their word.
        return
    report.error(
        "route",
        f"Geography {requested} belongs to the partition {home(requested)}, and {request.source} is in {here}",
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


def decide(request: Request, available: Availability) -> Route | None:
    """The route for ``request``, which has no contradiction in it. Whether its model exists need not be known."""
    if not request.cross_region:
        return _single_region(request, available)
    if request.destinations:
        return _named(request, available)
    return _listed(request, available)


def _single_region(request: Request, available: Availability) -> Route | None:
    if request.destinations:
        reason = f"DestinationRegions names {request.source} itself"
    elif available.on_demand_here:
        reason = f"the model is on demand in {request.source}, and DeployCrossRegionProfile is false"
    else:
        return None
    return _route(request, available, None, (request.source,), reason + embedding_doubt(request.model))


def _named(request: Request, available: Availability) -> Route | None:
    """The user's list wins over the catalog's, so that no later catalog can change what a template comes to.

    It may add Regions and leave none out: Bedrock chooses among all of them, and a call into one that the policy does
    not have is denied.
    """
    geography: str | None = request.geography
    if geography == AUTO:
        geography = automatic(available.listed, available.pin) or available.sole_by_id
        if geography is None:
            return None
    if available.left_out(geography, request.destinations):
        return None
    destinations = tuple(sorted(request.destinations))
    reason = f"DestinationRegions names the Regions of the {geography} profile"
    if geography in available.listed:
        known = available.profiles[geography].routes[request.source]
        if known != destinations:
            reason += f", where the catalog of {available.as_of} lists {', '.join(known)}"
    return _route(request, available, geography, destinations, reason)


def _listed(request: Request, available: Availability) -> Route | None:
    geography: str | None = request.geography
    reason = f"Geography is {geography}"
    if geography == AUTO:
        geography = automatic(available.listed, available.pin)
        if geography is None:
            return None
        reason = _why_automatic(geography, available)
    if geography not in available.listed:
        return None
    return _route(request, available, geography, available.profiles[geography].routes[request.source], reason)


def _why_automatic(geography: str, available: Availability) -> str:
    if geography != automatic(available.listed):
        return f"{geography} is kept, although a narrower geography has since come to {available.source}"
    others = [other for other in available.listed if other not in (geography, GLOBAL)]
    if others:
        return f"{geography} is the narrowest geography that offers the model in {available.source}"
    return f"{geography} is the one geography, short of global, that offers the model in {available.source}"


def _route(
    request: Request, available: Availability, geography: str | None, destinations: tuple[str, ...], reason: str
) -> Route:
    profile = available.profiles.get(geography) if geography else None
    return Route(
        model=request.model,
        source=request.source,
        destinations=destinations,
        profile_id=f"{geography}.{request.model}" if geography else None,
        geography=geography,
        regionless=geography == GLOBAL or (profile is not None and profile.regionless),
        partition=partition(request.source),
        reason=reason + ("; AWS lists it as LEGACY and will retire it" if available.status == "LEGACY" else ""),
    )
