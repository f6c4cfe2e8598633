"""Models without a route from where the stack is: why, and the way out. Each function words one situation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambda_bedrock_profile.bedrock import advice
from lambda_bedrock_profile.bedrock.advice import OUTSIDE, SINGLE, either, embedding_doubt, geographies, sentence, some
from lambda_bedrock_profile.bedrock.availability import Availability, Refusal, Request
from lambda_bedrock_profile.bedrock.names import AUTO, GLOBAL, UNSETTLED, automatic

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.routing import Catalog


def unreached(catalog: Catalog, request: Request, available: Availability) -> Refusal:
    """Why no route leads to the model of ``request``, whose id is sound; ``available`` is what is known of it."""
    if not (available.profiles or available.on_demand or available.hints or request.destinations):
        return _unknown(catalog, request)
    if not request.cross_region:
        return _not_on_demand(request, available)
    if request.destinations:
        return _narrowed(request, available) or _geography_needed(request, available)
    if request.geography != AUTO:
        return _not_offered(request, available)
    end = "" if available.hints else advice.ended_everywhere(catalog, request.model)
    if end and not advice.way(catalog, request, request.model):
        what = f"{request.name} is not offered in {request.source}{_dated(available)}; where it was, it {end}"
        return Refusal("region", what, advice.replacement(catalog, request, request.model))
    return _no_automatic(request, available)


def _unknown(catalog: Catalog, request: Request) -> Refusal:
    """No Region has the model: it is retired, or serves something else, or is not listed."""
    model = request.model
    if end := advice.retired(catalog, model, request.source):
        return Refusal("model", f"{request.name} {end}", advice.replacement(catalog, request, model))
    options = advice.near(catalog, request)
    if model in catalog.data.models:
        # Profiles work neither with bedrock-mantle nor with Provisioned Throughput (Amazon Bedrock User Guide,
        # "Increase throughput with cross-Region inference").
        return Refusal(
            "model",
            f"{request.name} has neither an inference profile nor on-demand throughput in any Region "
            f"(catalog of {catalog.as_of}); such ids usually serve the bedrock-mantle endpoint or Provisioned "
            "Throughput only",
            f"Select a model that has one; write {', or '.join(options)}" if options else "Select a model that has one",
        )
    newer = (
        "if the model is newer than the catalog, name DestinationRegions and Geography "
        f"(or {SINGLE} with DestinationRegions: [{request.source}])"
    )
    return Refusal(
        "model",
        f"{request.name} is not a foundation model that the catalog of {catalog.as_of} knows",
        f"Write {', or '.join(options)} if that is intended; {newer}" if options else f"Check the id; {newer}",
    )


def _not_offered(request: Request, available: Availability) -> Refusal:
    """The user's geography does not offer the model in the source Region."""
    asked = request.geography
    if asked in available.unlisted:
        return _unlisted(request, available, asked)
    sources = available.elsewhere.get(asked, ())
    where = f" in {request.source}" if sources else ""
    what = f"{request.name} has no {asked} profile{where}{_dated(available)}"
    if ways := _ways_here(available):
        there = f"{asked} is offered in {some(sources)}" if sources else ""
        return Refusal("geography", what, sentence(f"Write {ways}", there))
    return Refusal("geography", what, sentence(_move(available), _if_known(request)))


def _no_automatic(request: Request, available: Availability) -> Refusal:
    """``auto`` finds no profile for the model in the source Region, or none that it could keep to."""
    if available.pin == UNSETTLED and automatic(available.listed):
        return Refusal(
            "geography",
            f"Bedrock lists profiles of {request.name} in {request.source} that the bundled catalog does not know, and "
            "auto could not keep its choice among them",
            f"Write {_ways_here(available)}",
        )
    if available.pin and available.listed:
        return Refusal(
            "geography",
            f"the {available.pin} profile of {request.name} in {request.source}, which auto took, is no longer listed"
            f"{_dated(available)}, and auto does not move data to another geography by itself",
            f"Write {_ways_here(available)}; or, if the {available.pin} profile still serves you, "
            f"Geography: {available.pin} with DestinationRegions",
        )
    if GLOBAL in available.listed:
        stay = f", or {SINGLE} to stay in {request.source}" if available.on_demand_here else ""
        return Refusal(
            "geography",
            f"{request.name} is offered in {request.source} through its global profile only{_dated(available)}",
            f"Write Geography: global, {OUTSIDE}, outside the geography of {request.source} too{stay}",
        )
    if available.listed:
        return Refusal(
            "geography",
            f"{request.name} is offered in {request.source} only through geographies that auto does not know",
            f"Write {_ways_here(available)}",
        )
    if available.on_demand_here:
        return Refusal(
            "region",
            f"{request.name} has no system-defined inference profile in {request.source}, and is on demand there"
            f"{_dated(available)}",
            f"Write {SINGLE}: the application inference profile is then made from the foundation model in "
            f"{request.source}{'' if request.hidden else embedding_doubt(request.model)}{_maybe(available)}",
        )
    if unlisted := available.unlisted:
        return _unlisted(request, available, unlisted[0])
    return _not_here(request, available)


def _not_on_demand(request: Request, available: Availability) -> Refusal:
    """The user wants to stay in the source Region, where the bare model id does not work."""
    regions = available.on_demand_elsewhere
    if regions:
        what = f"{request.name} is not on demand in {request.source}"
    else:
        what = f"{request.name} is on demand nowhere, and is offered through cross-Region inference profiles only"
    if geography := automatic(available.listed, available.pin):
        fix = f"Leave DeployCrossRegionProfile out to take the {geography} profile"
    elif available.listed:
        fix = f"Leave DeployCrossRegionProfile out and write {geographies(available.listed)}"
    else:
        fix = _move(available)
    there = f"it is on demand in {some(regions)}" if available.listed and regions else ""
    gone = next((hint.missing_since for hint in available.hints if not hint.geography), "")
    what += f"; it was before {gone}" if gone else ""
    return Refusal("region", f"{what}{_dated(available)}", sentence(fix, there, _if_known(request)))


def _narrowed(request: Request, available: Availability) -> Refusal | None:
    """DestinationRegions that leave out Regions of the profile, to which Bedrock may send a call all the same."""
    automatically = automatic(available.listed, available.pin)
    geography = automatically if request.geography == AUTO else request.geography
    missing = available.left_out(geography, request.destinations) if geography else ()
    if geography is None or not missing:
        return None
    source = request.source
    what = (
        f"DestinationRegions leaves out {', '.join(missing)}, and Bedrock may send any call of the {geography} profile "
        f"there{_dated(available)}: such a call would be denied"
    )
    listed = available.profiles[geography].routes[source]
    whole = f"DestinationRegions: [{', '.join(sorted({*listed, *request.destinations}))}]"
    if available.on_demand_here:
        return Refusal("destinations", what, f"Write {SINGLE} instead, which stays in {source}, or {whole}")
    return Refusal(
        "destinations", what, f"Write {whole}; the model is not on demand in {source}, so no call stays there"
    )


def _geography_needed(request: Request, available: Availability) -> Refusal:
    """The user names the Regions, and which profile reaches them cannot be known."""
    options = (*available.listed, *available.unlisted)
    return Refusal(
        "geography",
        f"which inference profile of {request.name} reaches the DestinationRegions from {request.source} is not known",
        f"Write {geographies(options)} too" if options else "Name its Geography too, such as Geography: us",
    )


def _unlisted(request: Request, available: Availability, geography: str) -> Refusal:
    """A profile that is known to exist, or to have existed, without a route that could be relied on."""
    hint = next((hint for hint in available.hints if hint.geography == geography), None)
    if hint is None and len(available.by_id) > 1:
        return Refusal(
            "region",
            f"no listing has the routes of {request.name}: its {' and '.join(available.by_id)} profiles are known by "
            f"their ids only{_dated(available)}",
            f"If you know that one is offered in {request.source}, write its Geography and DestinationRegions",
        )
    if hint is None or not (hint.destinations or hint.missing_since):
        what = f"the destination Regions of the {geography} profile of {request.name} are not known"
    elif hint.missing_since:
        what = f"{request.name} had its {geography} profile in {request.source} before {hint.missing_since}"
    else:
        what = (
            f"AWS documents the {geography} profile of {request.name} in {request.source}, and no listing confirms it"
        )
    regions = f": [{', '.join(hint.destinations)}]" if hint and hint.destinations else ""
    return Refusal(
        "region",
        f"{what}{_dated(available)}",
        f"If you know that it is offered there, write Geography: {geography} and DestinationRegions{regions}",
    )


def _maybe(available: Availability) -> str:
    """Profiles that weaker evidence speaks of, as the end of a sentence."""
    if not available.unlisted:
        return ""
    names = either(available.unlisted)
    return f"; if you know its {names} profile to be offered, write Geography and DestinationRegions"


def _not_here(request: Request, available: Availability) -> Refusal:
    what = f"{request.name} is not offered in {request.source}"
    if not available.covered:
        what = f"the catalog of {available.as_of} knows no inference profile in {request.source}"
    elif available.status == "LEGACY":
        # Legacy models are listed only for accounts that used them recently, so their absence says least.
        what += f"{_dated(available)}; it is LEGACY, and AWS may list it only for accounts that used it lately"
    else:
        what += _dated(available)
    return Refusal("region", what, sentence(_move(available), _if_known(request)))


def _ways_here(available: Availability) -> str:
    """What the user can write to reach the model from the source Region; empty if nothing does."""
    ways = [geographies(available.listed)] if available.listed else []
    return either([*ways, f"{SINGLE} without Geography"] if available.on_demand_here else ways)


def _move(available: Availability) -> str:
    """Where to deploy instead, within the partition; empty if nowhere is known."""
    places = [f"{geography} in {some(regions)}" for geography, regions in available.elsewhere.items()]
    if available.on_demand_elsewhere:
        places.append(f"on demand in {some(available.on_demand_elsewhere)}")
    return f"Deploy where it is offered: {'; '.join(places)}" if places else ""


def _if_known(request: Request) -> str:
    """The way past the catalog, for a user who knows more than it."""
    source = request.source
    if not request.cross_region:
        return f"if you know that it is on demand in {source}, write DestinationRegions: [{source}] too"
    return f"if you know that it is offered in {source}, write its Geography and DestinationRegions"


def _dated(available: Availability) -> str:
    return f" (catalog of {available.as_of})"
