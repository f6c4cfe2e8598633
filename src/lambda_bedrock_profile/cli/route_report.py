"""What can be said of the ways to one model: values for tables and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, Request, Route, partition
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.values import Json


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a model from one Region: by the profile of a geography, or on demand for ``geography`` None.

    ``chosen`` marks the answer to what was asked. If ``route`` is None, ``error`` says why.
    """

    geography: str | None
    route: Route | None
    error: Diagnostic | None
    chosen: bool

    def as_json(self) -> dict[str, Json]:
        """The way as plain data."""
        if self.error is not None:
            return {"geography": self.geography, "chosen": False, "why_not": self.error.what, "fix": self.error.fix}
        route = self.route
        assert route is not None
        return {
            "geography": self.geography,
            "chosen": self.chosen,
            "profile": route.profile_id,
            "source": route.source,
            "destinations": list(route.destinations),
            "regionless": route.regionless,
            "reason": route.reason,
        }


def ways(catalog: Catalog, model: str, region: str, selected: Route | None) -> list[Way]:
    """Every way to ``model`` from ``region``, narrowest geography first, and why there is none in the others."""
    known = [geography for geography in GEOGRAPHIES if geography in catalog.offers(model)]
    alone = Request(model, region, cross_region=False)
    return [
        *(_way(catalog, Request(model, region, geography), geography, selected) for geography in known),
        _way(catalog, alone, None, selected),
    ]


def _way(catalog: Catalog, request: Request, geography: str | None, selected: Route | None) -> Way:
    reasons = Report()
    route = catalog.route(request, reasons)
    return Way(geography, route, next(iter(reasons.errors), None), _is_same(selected, route))


def _is_same(selected: Route | None, route: Route | None) -> bool:
    """Whether both are the same route, whatever words led to it."""
    if selected is None or route is None:
        return False
    return (selected.profile_id, selected.destinations) == (route.profile_id, route.destinations)


def requested_regions(route: Route) -> tuple[str, ...]:
    """Every value that ``aws:RequestedRegion`` has when ``route`` is authorized.

    Source: as for ``exemption``. The destinations of a global profile are one value, ``unspecified``.
    """
    return (route.source, "unspecified") if route.regionless else route.regions


def allowed_regions(route: Route) -> dict[str, Json]:
    """What to have in the Condition of a service control policy that denies Regions, so that ``route`` works."""
    return {"StringNotEquals": {"aws:RequestedRegion": list(requested_regions(route))}}


def denial(route: Route) -> dict[str, Json] | None:
    """The statement without which ``exemption`` must not be used; None for a global route, which it would stop.

    The ARN of an application inference profile does not tell what the profile was copied from. So an exemption of
    application inference profiles lets calls pass through those that were copied from a global profile, unless the
    Region of the Region-less model ARN is denied.
    """
    if route.regionless:
        return None
    return {
        "Effect": "Deny",
        "Action": "bedrock:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "unspecified"}},
    }


def exemption(routes: Sequence[Route]) -> dict[str, Json]:
    """What to add to the Condition of a service control policy that denies Regions, so that ``routes`` work.

    Bedrock asks for each destination Region under its own ``aws:RequestedRegion``, with the profile in
    ``bedrock:InferenceProfileArn`` (Amazon Bedrock User Guide, "Geographic cross-Region inference" and "Global
    cross-Region inference"). Which profile the key names for an application profile is documented nowhere, so both are
    exempt.
    """
    arns = []
    for route in routes:
        if route.profile_id is not None:
            start = f"arn:{partition(route.source)}:bedrock:{route.source}:*"
            arns += [f"{start}:inference-profile/{route.profile_id}", f"{start}:application-inference-profile/*"]
    return {"ArnNotLike": {"bedrock:InferenceProfileArn": list(dict.fromkeys(arns))}}
