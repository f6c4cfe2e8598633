"""The catalog: which Regions a request can be served in, and why. All questions about routing are asked here.

A policy names a Region because the route of its declaration does. The Regions of a route come from ``profiles.json``;
if the macro's stack asks Bedrock itself (``CATALOG_MODE``), from ``live_routes.py``.

What ``auto`` took before stays taken. The system-defined inference profile is the source of the application inference
profile, and CloudFormation replaces the latter when its source changes; so a newer catalog that learns of a narrower
geography must not move existing stacks to it. ``merge`` compares the catalogs when a new one is made and records,
under ``auto`` in the data, each choice that would have changed or was gone. Such a pin wins as long as the pinned
profile is offered, and if it no longer is, ``auto`` refuses and the user selects the geography. The pins are empty in
the first catalog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from lambda_bedrock_profile.bedrock.data import Availability, CatalogData, Model, Profile, parse
from lambda_bedrock_profile.bedrock.identifiers import is_model_id, names_model, rank, split_profile_id, version
from lambda_bedrock_profile.bedrock.lifecycle import LifeCycles
from lambda_bedrock_profile.bedrock.routing import Request, Route, check_request, decide
from lambda_bedrock_profile.diagnostics import Diagnostic, Report

_MOST_ANSWERS: Final = 4096
_UNLISTED: Final = Model(None, ())


class Catalog:
    """Answers for one ``CatalogData``, and keeps the routes it has looked up. Its answers never change."""

    __slots__ = ("_covered", "_errors", "_profiles", "_routes", "data")

    def __init__(self, data: CatalogData) -> None:
        self.data = data
        self._profiles: dict[str, dict[str, Profile]] = {}
        for profile in sorted(data.profiles.values(), key=lambda profile: rank(profile.geography)):
            self._profiles.setdefault(profile.model, {})[profile.geography] = profile
        self._covered: frozenset[str] | None = None
        self._routes: dict[Request, Route | None] = {}
        self._errors: dict[Request, tuple[Diagnostic, ...]] = {}

    @classmethod
    @cache
    def bundled(cls) -> Catalog:
        """The catalog that comes with this version."""
        return cls(parse(Path(__file__).with_name("profiles.json").read_text("utf-8")))

    def route(self, request: Request, report: Report) -> Route | None:
        """The route for ``request``; None, and one error, if there is none. Raises nothing.

        ``report`` is bound to the properties of the declaration. The error is at the one that has to change, and
        has ``listing_may_fix`` if a newer catalog, or a listing of Bedrock's own, may have a route. Without it the
        request is wrong whatever Bedrock lists.
        """
        route = self.find(request)
        if route is None:
            for error in self._errors_of(request):
                report.at(*error.path).error("route", error.what, error.fix, listing_may_fix=error.listing_may_fix)
        return route

    def find(self, request: Request) -> Route | None:
        """The route for ``request``; None, and no error, if there is none."""
        if request not in self._routes:
            if len(self._routes) >= _MOST_ANSWERS:
                self._routes.clear()
            self._routes[request] = self._decide(request)
        return self._routes[request]

    def _decide(self, request: Request) -> Route | None:
        if not is_model_id(request.model) or split_profile_id(request.model):
            return None
        available, contradictions = self.availability(request.model, request.source), Report()
        check_request(request, available, contradictions)
        return None if contradictions.errors else decide(request, available)

    def _errors_of(self, request: Request) -> tuple[Diagnostic, ...]:
        """Why there is no route for ``request``: the words are imported if somebody needs them."""
        from lambda_bedrock_profile.bedrock.route_errors import explain

        if request not in self._errors:
            if len(self._errors) >= _MOST_ANSWERS:
                self._errors.clear()
            reasons = Report()
            explain(self, request, reasons)
            self._errors[request] = reasons.errors
        return self._errors[request]

    def availability(self, model: str, source: str) -> Availability:
        """What is known of ``model`` as seen from the Region ``source``; empty if the model is not known."""
        if self._covered is None:
            self._covered = frozenset(self.regions)
        known = self.data.models.get(model, _UNLISTED)
        return Availability(
            source=source,
            as_of=self.as_of,
            status=known.status,
            profiles=self._profiles.get(model, {}),
            on_demand=known.on_demand,
            hints=tuple(hint for hint in self.data.hints if hint.model == model and hint.source == source),
            pin=self.data.auto.get(model, {}).get(source),
            covered=source in self._covered,
        )

    @property
    def as_of(self) -> str:
        """The date of the listings, ``2026-10-27``."""
        return self.data.as_of

    @property
    def life_cycles(self) -> LifeCycles:
        """The dates of models, read when a message or a command first needs them: no route depends on a date."""
        return LifeCycles.bundled()

    @property
    def models(self) -> tuple[str, ...]:
        """The ids of every foundation model that can be reached in some Region, sorted."""
        on_demand = (model for model, known in self.data.models.items() if known.on_demand)
        return tuple(sorted({*self._profiles, *on_demand}))

    @property
    def regions(self) -> tuple[str, ...]:
        """Every source Region the catalog knows a system-defined inference profile in, sorted."""
        return tuple(sorted({source for profile in self.data.profiles.values() for source in profile.routes}))

    def offers(self, model: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Geography → source Region → destination Regions, of every profile of ``model``; empty if it has none.

        A geography without routes is known by the id of its profile only.
        """
        return {geography: profile.routes for geography, profile in self._profiles.get(model, {}).items()}

    def on_demand(self, model: str) -> tuple[str, ...]:
        """The Regions in which ``model`` is on demand with bedrock-runtime."""
        return self.data.models.get(model, _UNLISTED).on_demand

    def status(self, model: str) -> str | None:
        """``ACTIVE``, ``LEGACY``, or ``None`` if it is not known."""
        return self.data.models.get(model, _UNLISTED).status

    def nearest(self, text: str, on: str = "") -> tuple[str, ...]:
        """Up to three ids of ``models`` that ``text`` may have been intended for, the likeliest first.

        Models that have ended by the date ``on`` (by default that of the catalog) are left out. ``haiku 4.5`` and
        ``Claude Haiku 4.5`` are taken for ids with these words one after the other, the newest first.
        """
        # Imported only here: it costs as much as the rest of the catalog, and only mistakes need it.
        from difflib import get_close_matches

        word = text.strip().lower()[:140]
        cycles, on = self.life_cycles, on or self.as_of
        models = [model for model in self.models if not cycles.ended_everywhere(model, on)]
        if named := [model for model in models if names_model(word, model)]:
            newest = sorted(named, key=lambda model: (self.status(model) != "LEGACY", version(model)), reverse=True)
            return tuple(newest[:3])
        within = [model for model in models if word and word in model]
        return tuple(dict.fromkeys([*within, *get_close_matches(word, models, n=3)]))[:3]

    def has_profile_type(self, region: str) -> bool:
        """Whether CloudFormation has ``AWS::Bedrock::ApplicationInferenceProfile`` in ``region``.

        As of ``data.profile_type.as_of``; the API may make such profiles in Regions in which CloudFormation does not.
        """
        return region in self.data.profile_type.regions

    def makes_natively(self, region: str) -> bool:
        """Whether ``auto`` has profiles in ``region`` made by CloudFormation's own type.

        That is settled by the catalog that first listed the Region, and no later one changes it: a resource of a
        running stack cannot change its type. A Region that is in no catalog yet has the form that suits it.
        """
        form = _forms().get(region)
        return self.has_profile_type(region) if form is None else form == "native"


@cache
def _forms() -> Mapping[str, str]:
    """The form of profiles by Region, as ``profile_forms.json`` has it."""
    raw = json.loads(Path(__file__).with_name("profile_forms.json").read_text("utf-8"))
    return {region: form for form in ("native", "provider") for region in raw[form].split()}


@cache
def guardrail_profiles(source: str) -> Mapping[str, tuple[str, ...]]:
    """Id → destination Regions of each guardrail profile that a guardrail in the Region ``source`` may use.

    Bedrock may evaluate a cross-Region guardrail in all of them. Which profile a guardrail uses, if any, is a setting
    of the guardrail, and its ARN does not show it.
    """
    raw = json.loads(Path(__file__).with_name("guardrail_profiles.json").read_text(encoding="utf-8"))
    return {
        profile_id: tuple(destinations.split())
        for profile_id, routes in raw["profiles"].items()
        for sources, destinations in routes.items()
        if source in sources.split()
    }
