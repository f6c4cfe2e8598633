"""Small catalogs to reason about, written as a user would say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog, Request, Route
from lambda_bedrock_profile.bedrock.data import CatalogData, Hint, Model, Profile, ProfileType
from lambda_bedrock_profile.diagnostics import Diagnostic, Report

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


def ask(
    catalog: Catalog,
    model: str,
    source: str,
    geography: str = "auto",
    *,
    cross_region: bool = True,
    destinations: Iterable[str] = (),
    display_name: str | None = None,
) -> Route | Diagnostic:
    """The route that ``catalog`` has, or the one error that it reports."""
    report = Report()
    route = catalog.route(Request(model, source, geography, cross_region, tuple(destinations), display_name), report)
    if route is not None:
        assert not report.all
        return route
    (error,) = report.all
    return error


def taken(catalog: Catalog, model: str, source: str, geography: str = "auto", **asked: Any) -> Route:
    """The route, if there has to be one."""
    answer = ask(catalog, model, source, geography, **asked)
    assert isinstance(answer, Route), answer
    return answer


def refused(catalog: Catalog, model: str, source: str, geography: str = "auto", **asked: Any) -> Diagnostic:
    """The error, if there has to be one."""
    answer = ask(catalog, model, source, geography, **asked)
    assert isinstance(answer, Diagnostic), answer
    return answer
