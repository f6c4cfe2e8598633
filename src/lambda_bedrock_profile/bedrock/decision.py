"""From a request and what the catalog knows to a route, or to the reason why there is none.

Three ways lead to a model, one function each: the single source Region, the Regions the user names, and the route the
catalog lists.
"""

from __future__ import annotations

from lambda_bedrock_profile.bedrock import refusals
from lambda_bedrock_profile.bedrock.geographies import AUTO, GLOBAL, automatic
from lambda_bedrock_profile.bedrock.offer import Offer
from lambda_bedrock_profile.bedrock.regions import partition
from lambda_bedrock_profile.bedrock.route import Refusal, Request, Route


def decide(request: Request, offer: Offer) -> Route | Refusal:
    """The route for ``request``, which holds no contradiction. Whether its model exists need not be known."""
    if not request.cross_region:
        return _single_region(request, offer)
    if request.destinations:
        return _named(request, offer)
    return _listed(request, offer)


def _single_region(request: Request, offer: Offer) -> Route | Refusal:
    if request.destinations:
        reason = f"DestinationRegions names {request.source} itself"
    elif offer.on_demand_here:
        reason = f"the model is on demand in {request.source}, and DeployCrossRegionProfile is false"
    else:
        return refusals.not_on_demand(request, offer)
    return _route(request, offer, None, (request.source,), reason + _embedding(request))


def _named(request: Request, offer: Offer) -> Route | Refusal:
    """The user's list wins over the catalog's, so that no later catalog can change what a template comes to."""
    geography: str | None = request.geography
    if geography == AUTO:
        geography = automatic(offer.listed, offer.pin) or offer.sole_by_id
        if geography is None:
            return refusals.geography_needed(request, offer)
    destinations = tuple(sorted(request.destinations))
    reason = f"DestinationRegions names the Regions of the {geography} profile"
    if geography in offer.listed and (known := offer.profiles[geography].routes[request.source]) != destinations:
        reason += f", where the catalog of {offer.as_of} lists {', '.join(known)}"
    return _route(request, offer, geography, destinations, reason)


def _listed(request: Request, offer: Offer) -> Route | Refusal:
    geography: str | None = request.geography
    reason = f"Geography is {geography}"
    if geography == AUTO:
        geography = automatic(offer.listed, offer.pin)
        if geography is None:
            return refusals.no_automatic(request, offer)
        reason = _why_automatic(geography, offer)
    if geography not in offer.listed:
        return refusals.not_offered(request, offer)
    return _route(request, offer, geography, offer.profiles[geography].routes[request.source], reason)


def _why_automatic(geography: str, offer: Offer) -> str:
    if geography != automatic(offer.listed):
        return f"{geography} is kept, although a narrower geography has since come to {offer.source}"
    others = [other for other in offer.listed if other not in (geography, GLOBAL)]
    if others:
        return f"{geography} is the narrowest geography that offers the model in {offer.source}"
    return f"{geography} is the one geography, short of global, that offers the model in {offer.source}"


def _embedding(request: Request) -> str:
    """What AWS says of models that embed, where the id says that this is one.

    Some models, such as embedding models, cannot be the source of an application inference profile. AWS publishes no
    list of them, so this warns and does not refuse (Amazon Bedrock User Guide, "Supported Regions and models for
    inference profiles").
    """
    if "embed" not in request.model:
        return ""
    return "; AWS warns that embedding models may not work as the source of an application inference profile"


def _route(request: Request, offer: Offer, geography: str | None, destinations: tuple[str, ...], reason: str) -> Route:
    profile = offer.profiles.get(geography) if geography else None
    return Route(
        model=request.model,
        source=request.source,
        destinations=destinations,
        profile_id=f"{geography}.{request.model}" if geography else None,
        geography=geography,
        regionless=geography == GLOBAL or (profile is not None and profile.regionless),
        partition=partition(request.source),
        reason=reason + ("; AWS lists it as LEGACY and will retire it" if offer.status == "LEGACY" else ""),
    )
