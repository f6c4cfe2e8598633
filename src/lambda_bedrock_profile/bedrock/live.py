"""What Bedrock itself lists, turned into catalog data.

``ListInferenceProfiles`` names every model ARN of a profile, and the Region field of each is a destination: no profile
has to be looked up on its own. What a listing says holds for the Region it was asked in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from lambda_bedrock_profile.bedrock.catalog import Catalog
from lambda_bedrock_profile.bedrock.data import CatalogData, Model, Profile, ProfileType
from lambda_bedrock_profile.bedrock.identifiers import UNSETTLED, automatic, is_model_id
from lambda_bedrock_profile.bedrock.lifecycle import Dates, LifeCycles
from lambda_bedrock_profile.bedrock.merge import merge
from lambda_bedrock_profile.values import Json

SOURCE: Final = "Amazon Bedrock API: ListInferenceProfiles and ListFoundationModels in each source Region"

DATES: Final = "Amazon Bedrock API: ListFoundationModels, modelLifecycle"

_LARGEST_PAGE: Final = 1000
_MODEL_ARN: Final = re.compile(r"arn:[a-z-]+:bedrock:([a-z0-9-]*)::foundation-model/(.+)")
_GEOGRAPHY: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")

# Ids that name the hardware they run on have shown up in listings by mistake, and gone again.
_INTERNAL: Final = re.compile(r"-trn\d")


class Listing(NamedTuple):
    """What one Region lists: ``inferenceProfileSummaries`` and ``modelSummaries``, as the API returns them."""

    region: str
    profiles: tuple[Mapping[str, Json], ...]
    models: tuple[Mapping[str, Json], ...]


def fetch_region(client: Any) -> Listing:
    """List the system-defined inference profiles and the foundation models of the Region of a boto3 ``bedrock`` client.

    Needs ``bedrock:ListInferenceProfiles`` and ``bedrock:ListFoundationModels``. Raises what boto3 raises.
    """
    pages = client.get_paginator("list_inference_profiles").paginate(
        typeEquals="SYSTEM_DEFINED", PaginationConfig={"PageSize": _LARGEST_PAGE}
    )
    profiles = tuple(summary for page in pages for summary in page["inferenceProfileSummaries"])
    models = tuple(client.list_foundation_models()["modelSummaries"])
    return Listing(client.meta.region_name, profiles, models)


def from_listings(listings: Iterable[Listing], as_of: str, sources: tuple[str, ...] = (SOURCE,)) -> CatalogData:
    """The catalog data that ``listings`` alone add up to, dated ``as_of``.

    Summaries that fit no system-defined inference profile or foundation model of the field are left out. A listing does
    not say which Regions have the CloudFormation type; that part is empty.
    """
    ordered = sorted(listings, key=lambda listing: listing.region)
    profiles: dict[str, Profile] = {}
    for listing in ordered:
        for listed in _profiles(listing):
            earlier = profiles.get(listed.id, listed)
            profiles[listed.id] = Profile(
                listed.geography,
                listed.model,
                {**earlier.routes, **listed.routes},
                earlier.regionless or listed.regionless,
            )
    models = {profile.model: Model(None, ()) for profile in profiles.values()}
    for listing in ordered:
        for name, status, on_demand in _models(listing):
            earlier_model = models.get(name, Model(None, ()))
            regions = (*earlier_model.on_demand, listing.region) if on_demand else earlier_model.on_demand
            known = "LEGACY" if "LEGACY" in (status, earlier_model.status) else status or earlier_model.status
            models[name] = Model(known, regions)
    return CatalogData(as_of, sources, ProfileType("", "", ()), models, profiles)


def life_cycles(old: LifeCycles, listings: Iterable[Listing], as_of: str) -> LifeCycles:
    """``old`` with the dates that ``listings`` have, each in its own Region, as of the day ``as_of``.

    A successor, which no listing names, stays. So do dates in Regions that list none for the model.
    """
    listed: dict[str, dict[Dates, list[str]]] = {}
    names = set()
    for listing in sorted(listings, key=lambda listing: listing.region):
        for summary in listing.models:
            name, cycle = str(summary.get("modelId", "")), summary.get("modelLifecycle", {})
            dates = Dates(
                legacy=_day(cycle.get("legacyTime")),
                extended=_day(cycle.get("publicExtendedAccessTime")),
                end=_day(cycle.get("endOfLifeTime")),
                source=DATES,
            )
            names.add(name)
            if _public(name) and (dates.legacy or dates.end):
                listed.setdefault(name, {}).setdefault(dates, []).append(listing.region)
    models = dict(old.models)
    for name, groups in listed.items():
        known = old.models.get(name, ())
        successor = next((entry.successor for entry in known if entry.successor), "")
        regions = {region for group in groups.values() for region in group}
        fresh = [dates._replace(regions=tuple(group), successor=successor) for dates, group in groups.items()]
        kept = [entry._replace(regions=tuple(r for r in entry.regions if r not in regions)) for entry in known]
        kept = [entry for entry, was in zip(kept, known, strict=True) if entry.regions or not was.regions]
        models[name] = tuple(sorted((*fresh, *kept), key=lambda entry: (entry.end, entry.regions)))
    unlisted = {model: since for model, since in old.unlisted.items() if model not in names}
    if (models, unlisted) == (old.models, old.unlisted):
        return old
    return LifeCycles(as_of, tuple(dict.fromkeys((DATES, *old.sources))), models, unlisted)


def _day(time: Any) -> str:
    """The day of a timestamp as boto3 gives it; empty for none."""
    return f"{time:%Y-%m-%d}" if time else ""


def overlay(data: CatalogData, listing: Listing, as_of: str) -> CatalogData:
    """``data`` with one Region replaced by what that Region lists itself; everything ``merge`` promises holds.

    Nothing but ``data`` keeps what ``auto`` chooses: this listing is forgotten, and a later one, or a later version of
    ``data``, may offer a narrower geography. So if ``data`` has no choice, ``auto`` makes none.
    """
    listed, known, region = from_listings([listing], as_of), Catalog(data), listing.region
    merged = merge(data, listed, as_of)
    auto = {model: dict(pins) for model, pins in merged.auto.items()}
    for profile in listed.profiles.values():
        here = known.availability(profile.model, region)
        if here.pin is None and automatic(here.listed) is None:
            auto.setdefault(profile.model, {})[region] = here.sole_by_id or UNSETTLED
    return merged._replace(auto=auto)


def _profiles(listing: Listing) -> Iterator[Profile]:
    for summary in listing.profiles:
        matches = [_MODEL_ARN.fullmatch(model.get("modelArn", "")) for model in summary.get("models", ())]
        model_names = {match.group(2): None for match in matches if match}
        if len(model_names) != 1:
            continue
        (model,) = model_names
        regions = {match.group(1) for match in matches if match}
        geography = str(summary.get("inferenceProfileId", "")).removesuffix(f".{model}")
        if _GEOGRAPHY.fullmatch(geography) and _public(model):
            # Without a Regional ARN the source Region still counts: Bedrock authorizes the model there first.
            destinations = tuple(sorted(regions - {""})) or (listing.region,)
            yield Profile(geography, model, {listing.region: destinations}, "" in regions)


def _models(listing: Listing) -> Iterator[tuple[str, str | None, bool]]:
    for summary in listing.models:
        name = str(summary.get("modelId", ""))
        if _public(name):
            # Not the console's "In-Region" mark, which counts the bedrock-mantle endpoint too.
            on_demand = "ON_DEMAND" in summary.get("inferenceTypesSupported", ())
            yield name, summary.get("modelLifecycle", {}).get("status"), on_demand


def _public(model: str) -> bool:
    return is_model_id(model) and not _INTERNAL.search(model)
