"""An older and a newer catalog made into one.

What a newer listing says counts; what it does not say counts for little. A Region that lists nothing and used to list
something was not reached, and keeps what was known. A row that is gone from a Region that was reached becomes a
hint, since LEGACY models are listed only for accounts that used them lately. And if ``auto`` would now choose
another geography than before, or none, its choice is pinned for ever (see ``routing``): a listing that lacks a profile
is too little to move a user's data to another geography, then or later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lambda_bedrock_profile.bedrock.catalog import Catalog
from lambda_bedrock_profile.bedrock.data import CatalogData, Hint, Model, Profile, ProfileType
from lambda_bedrock_profile.bedrock.identifiers import automatic, home

_Rows = dict[tuple[str, str, str], tuple[str, ...]]
"""(model, geography or empty for on demand, source Region) → destination Regions."""


def merge(old: CatalogData, new: CatalogData, as_of: str) -> CatalogData:
    """``old`` brought up to date by ``new``, dated ``as_of``; neither is changed."""
    before, listed = _rows(old), _rows(new)
    reached = {(bool(geography), source) for _, geography, source in listed}
    missing = {key: to for key, to in before.items() if key not in listed and (bool(key[1]), key[2]) in reached}
    rows = {key: to for key, to in before.items() if key not in missing} | listed
    hints = {(hint.model, hint.geography, hint.source): hint for hint in old.hints}
    hints |= {key: Hint(*key, to if key[1] else (), as_of) for key, to in missing.items()}
    return CatalogData(
        as_of,
        tuple(dict.fromkeys((*new.sources, *old.sources))),
        new.profile_type if new.profile_type.regions else old.profile_type,
        _models(old, new, rows),
        _profiles(old, new, rows),
        tuple(sorted(hint for key, hint in hints.items() if key not in rows)),
        _pins(old.auto, before, rows),
    )


def unreached(old: CatalogData, new: CatalogData) -> tuple[str, ...]:
    """Regions whose profiles ``merge`` keeps from ``old`` since ``new`` lists none there, sorted."""
    return tuple(sorted({*Catalog(old).regions} - {*Catalog(new).regions}))


def _rows(data: CatalogData) -> _Rows:
    rows: _Rows = {
        (profile.model, profile.geography, source): destinations
        for profile in data.profiles.values()
        for source, destinations in profile.routes.items()
    }
    rows |= {(name, "", region): (region,) for name, model in data.models.items() for region in model.on_demand}
    return rows


def _models(old: CatalogData, new: CatalogData, rows: Iterable[tuple[str, str, str]]) -> dict[str, Model]:
    on_demand: dict[str, list[str]] = {name: [] for name in (*old.models, *new.models)}
    for name, geography, source in sorted(rows):
        if not geography:
            on_demand[name].append(source)
    statuses = {name: model.status for data in (old, new) for name, model in data.models.items() if model.status}
    return {name: Model(statuses.get(name), tuple(regions)) for name, regions in sorted(on_demand.items())}


def _profiles(old: CatalogData, new: CatalogData, rows: _Rows) -> dict[str, Profile]:
    """Every profile with a route, and those that are known by their id only.

    Of the latter none in a partition in which the model has a route: there the listing says itself what it has.
    """
    routes: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for (model, geography, source), destinations in sorted(rows.items()):
        if geography:
            routes.setdefault((geography, model), {})[source] = destinations
    routed = {(model, home(geography)) for geography, model in routes}
    profiles = {
        profile.id: profile
        for data in (old, new)
        for profile in data.profiles.values()
        if not profile.routes and (profile.model, home(profile.geography)) not in routed
    }
    for (geography, model), sources in routes.items():
        rebuilt = Profile(geography, model, sources)
        known = new.profiles.get(rebuilt.id) or old.profiles[rebuilt.id]
        profiles[rebuilt.id] = rebuilt._replace(regionless=known.regionless)
    return profiles


def _pins(old: Mapping[str, Mapping[str, str]], before: _Rows, after: _Rows) -> dict[str, dict[str, str]]:
    """The pins there were, for ever, and each choice of ``auto`` that would change, or have nothing to choose."""
    pins = {model: dict(kept) for model, kept in old.items()}
    listed, still_listed = _listed(before), _listed(after)
    for (model, source), geographies in listed.items():
        choice = automatic(geographies)
        if choice is not None and choice != automatic(still_listed.get((model, source), ())):
            pins.setdefault(model, {}).setdefault(source, choice)
    return pins


def _listed(rows: _Rows) -> dict[tuple[str, str], set[str]]:
    """(model, source Region) → geographies of its profiles there."""
    geographies_of: dict[tuple[str, str], set[str]] = {}
    for model, geography, source in rows:
        if geography:
            geographies_of.setdefault((model, source), set()).add(geography)
    return geographies_of


def changes(old: CatalogData, new: CatalogData) -> list[str]:
    """What a reviewer wants to know of the step from ``old`` to ``new``: one line for each change, sorted.

    A destination that changed stands out: AWS says that the destinations of a geographic profile never do (Amazon
    Bedrock User Guide, "Supported Regions and models for inference profiles").
    """
    before, after = _rows(old), _rows(new)
    return sorted(
        [
            *_one_sided("+", "offered", after, before),
            *_one_sided("-", "no longer listed", before, after),
            *(
                f"! {_name(key)} from {key[2]}: destinations were {', '.join(before[key])}, are {', '.join(after[key])}"
                for key in before.keys() & after.keys()
                if before[key] != after[key]
            ),
            *(
                f"~ {name}: {old.models[name].status} became {model.status}"
                for name, model in new.models.items()
                if name in old.models and old.models[name].status != model.status
            ),
            *_auto(old.auto, new.auto),
            *_type_regions(old.profile_type, new.profile_type),
        ]
    )


def _name(key: tuple[str, str, str]) -> str:
    model, geography, _ = key
    return f"{geography}.{model}" if geography else f"{model} on demand"


def _one_sided(sign: str, word: str, rows: _Rows, others: _Rows) -> list[str]:
    sources: dict[str, list[str]] = {}
    for key in sorted(rows.keys() - others.keys()):
        sources.setdefault(_name(key), []).append(key[2])
    return [f"{sign} {name}: {word} in {', '.join(regions)}" for name, regions in sources.items()]


def _auto(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"= {model} in {source}: auto keeps {geography}"
        for model, pins in new.items()
        for source, geography in pins.items()
        if old.get(model, {}).get(source) != geography
    ]


def _type_regions(old: ProfileType, new: ProfileType) -> list[str]:
    name = "AWS::Bedrock::ApplicationInferenceProfile"
    return [
        *(f"+ {name}: in {region}" for region in new.regions if region not in old.regions),
        *(f"- {name}: no longer in {region}" for region in old.regions if region not in new.regions),
    ]
