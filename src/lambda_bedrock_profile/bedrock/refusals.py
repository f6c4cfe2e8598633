"""Why there is no route, and the way out: the refusals that depend on what the catalog knows.

Each function words one situation. None of them writes the model's id but through ``Request.name``.
"""

from __future__ import annotations

from collections.abc import Sequence

from lambda_bedrock_profile.bedrock.geographies import GLOBAL, UNSETTLED, automatic
from lambda_bedrock_profile.bedrock.offer import Offer
from lambda_bedrock_profile.bedrock.route import Refusal, Request
from lambda_bedrock_profile.bedrock.wording import SINGLE, either, geographies, sentence, some


def misshapen_model(request: Request, near: Sequence[str]) -> Refusal:
    """No model could have such an id. ``near`` are ids that look like it."""
    return Refusal(
        "model",
        f"{request.name} is not shaped like the id of a foundation model, which is provider.model",
        f"Write {either(near)} if that is meant"
        if near
        else "Write a foundation-model id, such as amazon.nova-lite-v1:0",
    )


def unknown_model(request: Request, near: Sequence[str], as_of: str) -> Refusal:
    """No listing names the model. ``near`` are ids that look like it."""
    newer = (
        "if the model is newer than the catalog, name DestinationRegions and Geography "
        f"(or {SINGLE} with DestinationRegions: [{request.source}])"
    )
    return Refusal(
        "model",
        f"{request.name} is not a foundation model that the catalog of {as_of} knows",
        f"Write {either(near)} if that is meant; {newer}" if near else f"Check the id; {newer}",
    )


def unreachable_model(request: Request, near: Sequence[str], as_of: str) -> Refusal:
    """Listed, but neither on demand nor with a profile in any Region.

    Inference profiles work neither with bedrock-mantle nor with Provisioned Throughput (Amazon Bedrock User Guide,
    "Increase throughput with cross-Region inference").
    """
    instead = f", such as {either(near)}" if near else ""
    return Refusal(
        "model",
        f"{request.name} has neither an inference profile nor on-demand throughput in any Region (catalog of {as_of}); "
        "such ids usually serve the bedrock-mantle endpoint or Provisioned Throughput only",
        f"Choose a model that has one{instead}",
    )


def not_offered(request: Request, offer: Offer) -> Refusal:
    """The user's geography does not offer the model in the source Region."""
    asked = request.geography
    if asked in offer.unlisted:
        return _unlisted(request, offer, asked)
    sources = offer.elsewhere.get(asked, ())
    where = f" in {request.source}" if sources else ""
    what = f"{request.name} has no {asked} profile{where}{_dated(offer)}"
    if ways := _ways_here(offer):
        there = f"{asked} is offered in {some(sources)}" if sources else ""
        return Refusal("geography", what, sentence(f"Write {ways}", there))
    return Refusal("geography", what, sentence(_move(offer), _if_known(request)))


def no_automatic(request: Request, offer: Offer) -> Refusal:
    """``auto`` finds no profile for the model in the source Region, or none that it could keep to."""
    if offer.pin == UNSETTLED and automatic(offer.listed):
        return Refusal(
            "geography",
            f"Bedrock lists profiles of {request.name} in {request.source} that the bundled catalog does not know, and "
            "auto could not keep its choice among them",
            f"Write {_ways_here(offer)}",
        )
    if offer.pin and offer.listed:
        return Refusal(
            "geography",
            f"the {offer.pin} profile of {request.name} in {request.source}, which auto took, is no longer listed"
            f"{_dated(offer)}, and auto does not move data to another geography by itself",
            f"Write {_ways_here(offer)}; or, if the {offer.pin} profile still serves you, Geography: {offer.pin} with "
            "DestinationRegions",
        )
    if GLOBAL in offer.listed:
        stay = f", or {SINGLE} to stay in {request.source}" if offer.on_demand_here else ""
        return Refusal(
            "geography",
            f"{request.name} is offered in {request.source} through its global profile only{_dated(offer)}",
            "Write Geography: global, which lets Bedrock process the data in any commercial Region, "
            f"outside the geography of {request.source} too{stay}",
        )
    if offer.listed:
        return Refusal(
            "geography",
            f"{request.name} is offered in {request.source} only through geographies that auto does not know",
            f"Write {_ways_here(offer)}",
        )
    if offer.on_demand_here:
        return Refusal(
            "region",
            f"{request.name} has no system-defined inference profile in {request.source}, "
            f"where it is on demand{_dated(offer)}",
            f"Write {SINGLE}: the application inference profile is then made from the foundation model in "
            f"{request.source}{_maybe(offer)}",
        )
    if unlisted := offer.unlisted:
        return _unlisted(request, offer, unlisted[0])
    return _not_here(request, offer)


def not_on_demand(request: Request, offer: Offer) -> Refusal:
    """The user wants to stay in the source Region, where the bare model id does not work."""
    regions = offer.on_demand_elsewhere
    if regions:
        what = f"{request.name} is not on demand in {request.source}"
    else:
        what = f"{request.name} is on demand nowhere, and is offered through cross-Region inference profiles only"
    if geography := automatic(offer.listed, offer.pin):
        cure = f"Leave DeployCrossRegionProfile out to take the {geography} profile"
    elif offer.listed:
        cure = f"Leave DeployCrossRegionProfile out and write {geographies(offer.listed)}"
    else:
        cure = _move(offer)
    there = f"it is on demand in {some(regions)}" if offer.listed and regions else ""
    gone = next((hint.missing_since for hint in offer.hints if not hint.geography), "")
    what += f"; it was before {gone}" if gone else ""
    return Refusal("region", f"{what}{_dated(offer)}", sentence(cure, there, _if_known(request)))


def geography_needed(request: Request, offer: Offer) -> Refusal:
    """The user names the Regions, and which profile reaches them cannot be known."""
    candidates = (*offer.listed, *offer.unlisted)
    return Refusal(
        "geography",
        f"which inference profile of {request.name} reaches the DestinationRegions from {request.source} is not known",
        f"Write {geographies(candidates)} too" if candidates else "Name its Geography too, such as Geography: us",
    )


def _unlisted(request: Request, offer: Offer, geography: str) -> Refusal:
    """A profile that is known to exist, or to have existed, without a route that could be relied on."""
    hint = next((hint for hint in offer.hints if hint.geography == geography), None)
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
        f"{what}{_dated(offer)}",
        f"If you know that it is offered there, write Geography: {geography} and DestinationRegions{regions}",
    )


def _maybe(offer: Offer) -> str:
    """Profiles that weaker evidence speaks of, as the end of a sentence."""
    if not offer.unlisted:
        return ""
    return f"; if you know its {either(offer.unlisted)} profile to be offered, write Geography and DestinationRegions"


def _not_here(request: Request, offer: Offer) -> Refusal:
    what = f"{request.name} is not offered in {request.source}"
    if not offer.covered:
        what = f"the catalog of {offer.as_of} knows no inference profile in {request.source}"
    elif offer.status == "LEGACY":
        # Legacy models are listed only for accounts that used them recently, so their absence says least.
        what += f"{_dated(offer)}; it is LEGACY, and AWS may list it only for accounts that used it lately"
    else:
        what += _dated(offer)
    return Refusal("region", what, sentence(_move(offer), _if_known(request)))


def _ways_here(offer: Offer) -> str:
    """What the user can write to reach the model from the source Region; empty where nothing does."""
    ways = [geographies(offer.listed)] if offer.listed else []
    return either([*ways, f"{SINGLE} without Geography"] if offer.on_demand_here else ways)


def _move(offer: Offer) -> str:
    """Where to deploy instead, within the partition; empty where nowhere is known."""
    places = [f"{geography} in {some(regions)}" for geography, regions in offer.elsewhere.items()]
    if offer.on_demand_elsewhere:
        places.append(f"on demand in {some(offer.on_demand_elsewhere)}")
    return f"Deploy where it is offered: {'; '.join(places)}" if places else ""


def _if_known(request: Request) -> str:
    """The way past the catalog, for a user who knows more than it."""
    source = request.source
    if not request.cross_region:
        return f"if you know that it is on demand in {source}, write DestinationRegions: [{source}] too"
    return f"if you know that it is offered in {source}, write its Geography and DestinationRegions"


def _dated(offer: Offer) -> str:
    return f" (catalog of {offer.as_of})"
