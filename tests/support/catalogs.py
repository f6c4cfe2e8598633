"""Small catalogs to reason about, written as a user would say them."""

from __future__ import annotations

from collections.abc import Mapping

from lambda_bedrock_profile.bedrock import Refusal, Route
from lambda_bedrock_profile.bedrock.data import CatalogData, Hint, Model, Profile, ProfileType

MODEL = "acme.thinker-v1:0"


def data(
    profiles: Mapping[str, Mapping[str, str]] | None = None,
    *,
    on_demand: str = "",
    status: str | None = "ACTIVE",
    hints: tuple[Hint, ...] = (),
    auto: Mapping[str, Mapping[str, str]] | None = None,
    as_of: str = "2026-10-27",
) -> CatalogData:
    """A catalog of one model; ``profiles`` are geography → source Region → destinations, set apart by spaces."""
    made = {
        f"{geography}.{MODEL}": Profile(
            geography, MODEL, {source: tuple(to.split()) for source, to in routes.items()}, geography == "global"
        )
        for geography, routes in (profiles or {}).items()
    }
    models = {MODEL: Model(status, tuple(on_demand.split()))}
    return CatalogData(
        as_of, ("a test",), ProfileType(as_of, "a test", ("us-east-1",)), models, made, hints, auto or {}
    )


def taken(answer: Route | Refusal) -> Route:
    """The route, where there has to be one."""
    assert isinstance(answer, Route), answer
    return answer


def refused(answer: Route | Refusal) -> Refusal:
    """The refusal, where there has to be one."""
    assert isinstance(answer, Refusal), answer
    return answer
