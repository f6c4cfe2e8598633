"""Parts of a request that cannot stand, or cannot stand together, whatever the model.

Values that are not shaped like a Region, or are no geography, are never quoted: they may come from a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence

from lambda_bedrock_profile.bedrock.geographies import AUTO, GEOGRAPHIES, home
from lambda_bedrock_profile.bedrock.offer import Offer
from lambda_bedrock_profile.bedrock.regions import is_region, partition
from lambda_bedrock_profile.bedrock.route import Refusal, Request
from lambda_bedrock_profile.bedrock.wording import SINGLE, either, geographies

_PARTITIONS_WITH_PROFILES = frozenset(home(geography) for geography in GEOGRAPHIES)


def contradiction(request: Request, offer: Offer) -> Refusal | None:
    """The first contradiction in ``request``, or ``None``. ``offer`` only helps to word the way out."""
    if refusal := _source(request) or _destinations(request):
        return refusal
    return _geography(request, offer) if request.cross_region else _single(request)


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
            what, fix = f"DestinationRegions names {region} twice", "Name each Region once"
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


def _geography(request: Request, offer: Offer) -> Refusal | None:
    asked, here = request.geography, partition(request.source)
    if asked == AUTO:
        return None
    fitting = [geography for geography in GEOGRAPHIES if home(geography) == here]
    if asked not in GEOGRAPHIES:
        if asked in offer.profiles:
            # A live listing can be newer than this version.
            return None
        words = either((AUTO, *(fitting or GEOGRAPHIES)))
        return Refusal("geography", "Geography is not one that Bedrock is known to have", f"Write one of {words}")
    if home(asked) == here:
        return None
    if request.destinations and here not in _PARTITIONS_WITH_PROFILES:
        # Nothing is known of profiles there, so the user, who named the Regions too, is taken at their word.
        return None
    return Refusal(
        "geography",
        f"Geography {asked} belongs to the partition {home(asked)}, and {request.source} is in {here}",
        _instead(offer, fitting)
        or f"No inference profile is known in {here}: if you know of one, name DestinationRegions too",
    )


def _instead(offer: Offer, fitting: Sequence[str]) -> str:
    """What to write in the place of a geography of another partition; empty where nothing is known."""
    if offer.on_demand_here and not (offer.listed or offer.unlisted):
        return f"Write {SINGLE}, without Geography"
    return f"Write {geographies(offer.listed or fitting)}, or leave Geography out" if fitting else ""
