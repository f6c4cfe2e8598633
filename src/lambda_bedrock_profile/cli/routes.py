"""``routes``: how a model is reached, and why so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.text import Text

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, Request, Route, partition, split_profile_id
from lambda_bedrock_profile.bedrock.identifiers import sentence
from lambda_bedrock_profile.bedrock.stages import Stage, check_end, stage
from lambda_bedrock_profile.cli import aws
from lambda_bedrock_profile.cli.console import prose, show, table
from lambda_bedrock_profile.cli.options import day_option, examples, regions_option
from lambda_bedrock_profile.cli.source import one_line
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.values import Json


def _models(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    catalog, today = Catalog.bundled(), datetime.now(UTC).date().isoformat()
    ended = catalog.life_cycles.ended_everywhere
    return [model for model in catalog.models if model.startswith(incomplete) and not ended(model, today)]


@click.command(
    "routes",
    epilog=examples(
        "routes amazon.nova-lite-v1:0",
        "routes anthropic.claude-opus-4-6-v1 --region eu-central-1 --region us-east-1",
        "routes amazon.nova-lite-v1:0 --region us-east-1 --format json",
    ),
)
@click.argument("model", shell_complete=_models)
@regions_option("the model is called from; repeat for more.  [default: the one of the AWS settings, else all]")
@click.option(
    "-g",
    "--geography",
    type=click.Choice(["auto", *GEOGRAPHIES]),
    default="auto",
    show_default=True,
    help="Geography to take.",
)
@day_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(model: str, regions: tuple[str, ...], geography: str, day: str, form: str) -> None:
    """Show how a model is reached, and why so.

    MODEL is the id of a foundation model, or of a system-defined inference profile of one. For each Region: the
    inference profile of every geography side by side, where each may send data, which of them a declaration takes and
    why, when the model ends, and what a service control policy that denies Regions has to let through.

    Exit code 1 if there is no route from one of the Regions.
    """
    catalog = Catalog.bundled()
    if not regions and (default := aws.region()):
        regions = (default,)
    model, geography = _without_geography(model, geography)
    # If no Region leads to it, any one says why.
    here = regions or _sources(catalog, model, geography) or ("us-east-1",)
    reasons = Report()
    routes = {region: catalog.route(Request(model, region, geography), reasons.of(region)) for region in here}
    if form == "json":
        click.echo(json.dumps(_as_json(catalog, model, routes, day), indent=2))
    elif regions:
        for region, route in routes.items():
            _show_region(catalog, model, region, route, reasons.of(region).errors_here, day)
    elif any(routes.values()):
        _show_all(catalog, model, routes, day)
    else:
        _show_errors(catalog, model, reasons.errors[:1], day)
    if reasons.errors and (regions or not any(routes.values())):
        raise click.exceptions.Exit(1)


def _without_geography(model: str, geography: str) -> tuple[str, str]:
    """The id of a system-defined inference profile means its model by its geography, unless one is named."""
    split = split_profile_id(model) if geography == "auto" else None
    if split is None:
        return model, geography
    geography, bare = split
    what = f"{model} is the id of a system-defined inference profile: it means {bare} with Geography: {geography}."
    click.echo(one_line(what), err=True)
    return bare, geography


def _sources(catalog: Catalog, model: str, geography: str) -> tuple[str, ...]:
    """Every Region that the model can be called from, by a profile or on demand."""
    profiles = catalog.offers(model)
    asked = profiles if geography == "auto" else {geography: profiles.get(geography, {})}
    sources = {source for routes in asked.values() for source in routes}
    return tuple(sorted(sources | set(catalog.on_demand(model) if geography == "auto" else ())))


def _show_region(
    catalog: Catalog, model: str, region: str, route: Route | None, errors: Sequence[Diagnostic], day: str
) -> None:
    show(Text(one_line(f"{model} from {region}, catalog of {catalog.as_of}"), style="bold"), "")
    if model in catalog.models:
        every = ways(catalog, model, region, route)
        offered = sorted((way for way in every if way.route is not None), key=lambda way: not way.is_answer)
        if offered:
            rows = table("", "Geography", "Profile", "Data may go to", "Why")
            for way in offered:
                rows.add_row(*_cells(way, route), style="bold" if way.is_answer else None)
            show(rows, "")
        if missing := [way.geography or "on demand" for way in every if way.route is None]:
            show(prose(f"Not offered in {region}: {', '.join(missing)}.", 0), "")
    if model in catalog.models:
        _show_life_cycle(_stage(catalog, model, region, route, day))
    _show_errors(catalog, model, errors, day)
    if route is not None and route.profile_id is not None:
        _show_policy(route)
    show("")


def _stage(catalog: Catalog, model: str, region: str, route: Route | None, day: str) -> Stage:
    """Where the model is in its life cycle; the successor is one by the route, or by any if there is no route."""
    return stage(catalog, model, region, "auto" if route is None else route.geography, day)


def _show_life_cycle(at: Stage) -> None:
    report = Report()
    check_end(at, "the model", report)
    style = "red" if report.errors else "yellow" if report.remarks else ""
    fixes = "".join(f" {item.fix}." for item in report.all)
    show(Text(f"Life cycle on {at.on}: {at.words}.{fixes}", style=style))
    show(f"Source: {at.dates.source}" if at.dates.source else "", *([""] if at.dates.source else []))


def _cells(way: Way, asked: Route | None) -> tuple[str, ...]:
    """The row of a way that is offered."""
    route = way.route
    assert route is not None
    reason = asked.reason if way.is_answer and asked is not None else _how(way)
    return (
        "*" if way.is_answer else "",
        way.geography or "-",
        route.profile_id or "none: on demand",
        _reach(route),
        reason,
    )


def _reach(route: Route) -> str:
    return "any commercial Region" if route.regionless else " ".join(route.destinations)


def _how(way: Way) -> str:
    return f"with Geography: {way.geography}" if way.geography else "with DeployCrossRegionProfile: false"


def _show_policy(route: Route) -> None:
    """Both forms of a service control policy, the one that trusts nobody first."""
    show(
        prose(
            "A service control policy that denies Regions must let this route through. List its Regions in the "
            "Condition of the Deny statement, beside those that are there:",
            0,
        ),
        "",
        _lines(allowed_regions(route)),
        "",
        prose(
            "Or exempt the profiles. The exemption trusts everybody who may create an application inference profile in "
            "the account and Region, since the ARN of one does not say what it was copied from:",
            0,
        ),
        "",
        _lines(exemption(route)),
        "",
    )
    deny = denial(route)
    if deny is None:
        show(
            prose(
                "With the exemption, calls through a profile that was copied from any global profile pass, too. The "
                "Deny for unspecified that prevents it elsewhere is left out here: it would stop this function.",
                0,
            )
        )
    else:
        show(
            prose(
                "Use the exemption only together with this statement. Without it, calls through a profile that was "
                "copied from a global profile pass, too:",
                0,
            ),
            "",
            "  " + json.dumps(deny, indent=2).replace("\n", "\n  "),
        )


def _lines(condition: dict[str, Json]) -> str:
    """The members of ``condition``, to be copied into another one."""
    return json.dumps(condition, indent=2)[2:-2]


def _show_errors(catalog: Catalog, model: str, errors: Sequence[Diagnostic], day: str) -> None:
    for error in errors:
        show(Text(f"{sentence(error.what)}. {error.fix}.", style="red"))
    if errors and model not in catalog.models:
        show(*(f"  lambda-bedrock-profile routes {name}" for name in catalog.nearest(model, day)))


def _show_all(catalog: Catalog, model: str, routes: dict[str, Route | None], day: str) -> None:
    rows = table("From", "Profile", "Data may go to", "Also")
    for region, route in routes.items():
        others = [way for way in ways(catalog, model, region, route) if way.route is not None]
        also = ", ".join(way.geography or "on demand" for way in others if not way.is_answer)
        if route is not None:
            rows.add_row(region, route.profile_id or "none: on demand", _reach(route), also)
        else:
            rows.add_row(region, "-", "-", also)
    show(Text(one_line(f"{model}, catalog of {catalog.as_of}"), style="bold"), "", rows, "")
    regions: dict[str, list[str]] = {}
    for region, route in routes.items():
        regions.setdefault(_stage(catalog, model, region, route, day).words, []).append(region)
    for words, named in regions.items():
        show(f"Life cycle on {day}: {words}" + (f" in {', '.join(named)}." if len(regions) > 1 else "."))


def _as_json(catalog: Catalog, model: str, routes: dict[str, Route | None], day: str) -> dict[str, Json]:
    return {
        "model": model,
        "catalog": catalog.as_of,
        "near": [name for name in catalog.nearest(model, day) if name != model],
        "regions": {
            region: {
                "ways": [way.as_json() for way in ways(catalog, model, region, route)],
                "life_cycle": _stage(catalog, model, region, route, day).as_json(),
                **_policy_json(route),
            }
            for region, route in routes.items()
        },
    }


def _policy_json(route: Route | None) -> dict[str, Json]:
    """What a service control policy needs, both forms; null if no profile is used."""
    if route is None or route.profile_id is None:
        return {"policy_regions": None, "policy_exemption": None, "policy_exemption_needs": None}
    return {
        "policy_regions": allowed_regions(route),
        "policy_exemption": exemption(route),
        "policy_exemption_needs": denial(route),
    }


# ----------------------------------------------------------------------------------------------------------------- ways


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a model from one Region: by the profile of a geography, or on demand for ``geography`` None.

    ``is_answer`` marks the answer to what was asked. If ``route`` is None, ``error`` says why.
    """

    geography: str | None
    route: Route | None
    error: Diagnostic | None
    is_answer: bool

    def as_json(self) -> dict[str, Json]:
        """The way as plain data."""
        if self.error is not None:
            return {"geography": self.geography, "chosen": False, "why_not": self.error.what, "fix": self.error.fix}
        route = self.route
        assert route is not None
        return {
            "geography": self.geography,
            "chosen": self.is_answer,
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


# --------------------------------------------------------------------------------------------- service control policies


def allowed_regions(route: Route) -> dict[str, Json]:
    """What to have in the Condition of a service control policy that denies Regions, so that ``route`` works.

    These are the values that ``aws:RequestedRegion`` has when it is authorized. Source: as for ``exemption``. The
    destinations of a global profile are one value, ``unspecified``.
    """
    regions = (route.source, "unspecified") if route.regionless else route.regions
    return {"StringNotEquals": {"aws:RequestedRegion": list(regions)}}


def denial(route: Route) -> dict[str, Json] | None:
    """The statement without which ``exemption`` must not be used; None for a global route, which it would stop.

    The ARN of an application inference profile does not say what the profile was copied from. So an exemption of
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


def exemption(route: Route) -> dict[str, Json]:
    """What to add to the Condition of a service control policy that denies Regions, so that ``route`` works.

    Bedrock asks for each destination Region under its own ``aws:RequestedRegion``, with the profile in
    ``bedrock:InferenceProfileArn`` (Amazon Bedrock User Guide, "Geographic cross-Region inference" and "Global
    cross-Region inference"). Which profile the key names for an application profile is documented nowhere, so both are
    exempt.
    """
    start = f"arn:{partition(route.source)}:bedrock:{route.source}:*"
    arns = [f"{start}:inference-profile/{route.profile_id}", f"{start}:application-inference-profile/*"]
    return {"ArnNotLike": {"bedrock:InferenceProfileArn": arns}}
