"""The catalog: every question about Bedrock's routing is asked here.

What ``auto`` once chose stays chosen. The system-defined inference profile is the source of the application inference
profile, and CloudFormation replaces the latter when its source changes; so a newer catalog that learns of a narrower
geography must not move existing stacks to it. ``merge`` compares the catalogs when a new one is made and records, under
``auto`` in the data, each choice that would have changed or was gone. Such a pin wins as long as the pinned profile is
offered, and where it no longer is, ``auto`` refuses and the user chooses. The pins are empty in the first catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from lambda_bedrock_profile.bedrock import refusals
from lambda_bedrock_profile.bedrock.contradictions import contradiction
from lambda_bedrock_profile.bedrock.data import CatalogData, Model, Profile, parse
from lambda_bedrock_profile.bedrock.decision import decide
from lambda_bedrock_profile.bedrock.geographies import AUTO, rank
from lambda_bedrock_profile.bedrock.model_ids import is_model_id, mistaken
from lambda_bedrock_profile.bedrock.offer import Offer
from lambda_bedrock_profile.bedrock.route import Refusal, Request, Route

_MOST_ANSWERS: Final = 4096
_UNLISTED: Final = Model(None, ())


class Catalog:
    """Answers for one ``CatalogData``, remembering the routes it found. It never changes what it answers."""

    __slots__ = ("_answers", "_covered", "_profiles", "data")

    def __init__(self, data: CatalogData) -> None:
        self.data = data
        self._profiles: dict[str, dict[str, Profile]] = {}
        for profile in sorted(data.profiles.values(), key=lambda profile: rank(profile.geography)):
            self._profiles.setdefault(profile.model, {})[profile.geography] = profile
        self._covered: frozenset[str] | None = None
        self._answers: dict[tuple[object, ...], Route | Refusal] = {}

    @classmethod
    @cache
    def bundled(cls) -> Catalog:
        """The catalog that comes with this version."""
        return cls(parse(Path(__file__).with_name("profiles.json").read_text("utf-8")))

    def route(
        self,
        model: str,
        source: str,
        geography: str = AUTO,
        *,
        cross_region: bool = True,
        destinations: Sequence[str] = (),
        shown: str | None = None,
    ) -> Route | Refusal:
        """How ``model`` is reached from the Region ``source``; a ``Refusal`` where it is not. Raises nothing.

        ``geography`` is ``auto`` or a geography by name. ``cross_region=False`` stays in the source Region.
        ``destinations`` are the destination Regions as the user knows them: they win over the catalog, and stand for
        what it does not know. ``shown`` are the words for the model in messages ("the value of parameter ModelId")
        where its id must not be shown; no message then quotes or suggests an id.
        """
        key = (model, source, geography, cross_region, tuple(destinations), shown)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            answer = self._answers[key] = self._route(Request(*key))
        return answer

    def _route(self, request: Request) -> Route | Refusal:
        if refusal := mistaken(request):
            return refusal
        if not is_model_id(request.model):
            return refusals.misshapen_model(request, self._near(request))
        offer = self.offer(request.model, request.source)
        if refusal := contradiction(request, offer):
            return refusal
        if not (offer.profiles or offer.on_demand or offer.hints or request.destinations):
            refuse = refusals.unreachable_model if request.model in self.data.models else refusals.unknown_model
            return refuse(request, self._near(request), self.as_of)
        return decide(request, offer)

    def _near(self, request: Request) -> tuple[str, ...]:
        """Ids to suggest. One that resembles a hidden id would give it away."""
        return () if request.hidden else self.nearest(request.model)

    def offer(self, model: str, source: str) -> Offer:
        """What is known of ``model`` as seen from the Region ``source``; empty where the model is not known."""
        if self._covered is None:
            self._covered = frozenset(self.regions)
        known = self.data.models.get(model, _UNLISTED)
        return Offer(
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
    def models(self) -> tuple[str, ...]:
        """The ids of every foundation model that can be reached in some Region, sorted."""
        on_demand = (model for model, known in self.data.models.items() if known.on_demand)
        return tuple(sorted({*self._profiles, *on_demand}))

    @property
    def regions(self) -> tuple[str, ...]:
        """Every source Region the catalog knows a system-defined inference profile in, sorted."""
        return tuple(sorted({source for profile in self.data.profiles.values() for source in profile.routes}))

    def offers(self, model: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Geography → source Region → destination Regions, of every profile of ``model``; empty where it has none.

        A geography without routes is known by the id of its profile only.
        """
        return {geography: profile.routes for geography, profile in self._profiles.get(model, {}).items()}

    def on_demand(self, model: str) -> tuple[str, ...]:
        """The Regions in which ``model`` is on demand with bedrock-runtime."""
        return self.data.models.get(model, _UNLISTED).on_demand

    def status(self, model: str) -> str | None:
        """``ACTIVE``, ``LEGACY``, or ``None`` where it is not known."""
        return self.data.models.get(model, _UNLISTED).status

    def nearest(self, text: str) -> tuple[str, ...]:
        """Up to three ids of ``models`` that ``text`` may have been meant for, the likeliest first."""
        # Imported where it is needed: it costs as much as the rest of the catalog, and only mistakes need it.
        from difflib import get_close_matches

        word = text.strip().lower()[:140]
        within = [model for model in self.models if word and word in model]
        return tuple(dict.fromkeys([*within, *get_close_matches(word, self.models, n=3)]))[:3]

    def has_profile_type(self, region: str) -> bool:
        """Whether CloudFormation has ``AWS::Bedrock::ApplicationInferenceProfile`` in ``region``.

        As of ``data.profile_type.as_of``; the API may make such profiles in Regions where CloudFormation does not.
        """
        return region in self.data.profile_type.regions
