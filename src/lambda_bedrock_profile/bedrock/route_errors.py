"""Why no route leads to a model, and the way out: each function words one situation.

``model_errors.py`` has the texts that are no id of a model, and looks up what a message advises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambda_bedrock_profile.bedrock.data import Availability
from lambda_bedrock_profile.bedrock.identifiers import (
    AUTO,
    GLOBAL,
    OUTSIDE,
    SINGLE,
    UNSETTLED,
    automatic,
    either,
    embedding_doubt,
    geographies,
    is_model_id,
    sentence,
    some,
)
from lambda_bedrock_profile.bedrock.model_errors import check_text, near, replacement, report_misshapen, way
from lambda_bedrock_profile.bedrock.routing import Request, check_request
from lambda_bedrock_profile.bedrock.stages import ended_everywhere, retired
from lambda_bedrock_profile.diagnostics import Report

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.catalog import Catalog


def explain(catalog: Catalog, request: Request, report: Report) -> None:
    """Report why the catalog has no route for ``request``: one error, at the property that has to change.

    ``report`` is bound to the properties of the declaration, and has no errors so far.
    """
    model = report.at("BedrockModelId")
    check_text(catalog, request, model)
    if report.errors:
        return
    if not is_model_id(request.model):
        report_misshapen(catalog, request, model)
        return
    available = catalog.availability(request.model, request.source)
    check_request(request, available, report)
    if not report.errors:
        _report_unreached(catalog, request, available, report)


def _report_unreached(catalog: Catalog, request: Request, available: Availability, report: Report) -> None:
    """Report why no route leads to the model of ``request``, whose id is sound; ``available`` is what is known of it.

    ``report`` is bound to the properties of the declaration. A listing of Bedrock's own may fix whatever is reported.
    """
    if not (available.profiles or available.on_demand or available.hints or request.destinations):
        _report_unknown(catalog, request, report)
    elif not request.cross_region:
        _report_not_on_demand(request, available, report)
    elif request.destinations:
        _report_destinations(request, available, report)
    elif request.geography != AUTO:
        _report_geography(request, available, report)
    elif end := _ended_everywhere(catalog, request, available):
        what = f"{request.name} is not offered in {request.source}{_dated(available)}; where it was, it {end}"
        _report(report, "BedrockModelId", what, replacement(catalog, request, request.model))
    else:
        _report_no_automatic(request, available, report)


def _report(report: Report, name: str, what: str, fix: str) -> None:
    report.at(name).error("route", what, fix, listing_may_fix=True)


def _ended_everywhere(catalog: Catalog, request: Request, available: Availability) -> str:
    """That the model has ended wherever a date is known, as a predicate; empty if it has not, or can be reached."""
    end = "" if available.hints else ended_everywhere(catalog, request.model)
    return "" if end and way(catalog, request, request.model) else end


def _report_unknown(catalog: Catalog, request: Request, report: Report) -> None:
    """Report a model that no Region has: it is retired, or serves something else, or is not listed."""
    model = request.model
    if end := retired(catalog, model, request.source):
        what = f"{request.name} {end}"
        _report(report, "BedrockModelId", what, replacement(catalog, request, model))
        return
    options = near(catalog, request)
    if model in catalog.data.models:
        # Profiles work neither with bedrock-mantle nor with Provisioned Throughput (Amazon Bedrock User Guide,
        # "Increase throughput with cross-Region inference").
        what = (
            f"{request.name} has neither an inference profile nor on-demand throughput in any Region "
            f"(catalog of {catalog.as_of}); such ids usually serve the bedrock-mantle endpoint or Provisioned "
            "Throughput only"
        )
        fix = "Select a model that has one" + (f"; write {', or '.join(options)}" if options else "")
    else:
        newer = (
            "if the model is newer than the catalog, name DestinationRegions and Geography "
            f"(or {SINGLE} with DestinationRegions: [{request.source}])"
        )
        what = f"{request.name} is not a foundation model that the catalog of {catalog.as_of} knows"
        fix = f"Write {', or '.join(options)} if that is intended; {newer}" if options else f"Check the id; {newer}"
    _report(report, "BedrockModelId", what, fix)


def _report_geography(request: Request, available: Availability, report: Report) -> None:
    """Report a geography that does not offer the model in the source Region."""
    geography = request.geography
    if geography in available.unlisted:
        _report_unlisted(request, available, geography, report)
        return
    sources = available.elsewhere.get(geography, ())
    here = f" in {request.source}" if sources else ""
    what = f"{request.name} has no {geography} profile{here}{_dated(available)}"
    if ways := _ways_here(available):
        there = f"{geography} is offered in {some(sources)}" if sources else ""
        fix = sentence(f"Write {ways}", there)
    else:
        fix = sentence(_move(available), _if_known(request))
    _report(report, "Geography", what, fix)


def _report_no_automatic(request: Request, available: Availability, report: Report) -> None:
    """Report that ``auto`` finds no profile for the model in the source Region, or none that it could keep to."""
    name, source = "Geography", request.source
    if available.pin == UNSETTLED and automatic(available.listed):
        what = (
            f"Bedrock lists profiles of {request.name} in {source} that the bundled catalog does not know, and "
            "auto could not keep its choice among them"
        )
        fix = f"Write {_ways_here(available)}"
    elif available.pin and available.listed:
        what = (
            f"the {available.pin} profile of {request.name} in {source}, which auto took, is no longer listed"
            f"{_dated(available)}, and auto does not move data to another geography by itself"
        )
        fix = (
            f"Write {_ways_here(available)}; or, if the {available.pin} profile still serves you, "
            f"Geography: {available.pin} with DestinationRegions"
        )
    elif GLOBAL in available.listed:
        stay = f", or {SINGLE} to stay in {source}" if available.on_demand_here else ""
        what = f"{request.name} is offered in {source} through its global profile only{_dated(available)}"
        fix = f"Write Geography: global, {OUTSIDE}, outside the geography of {source} too{stay}"
    elif available.listed:
        what = f"{request.name} is offered in {source} only through geographies that auto does not know"
        fix = f"Write {_ways_here(available)}"
    elif available.on_demand_here:
        name = "BedrockModelId"
        what = (
            f"{request.name} has no system-defined inference profile in {source}, and is on demand there"
            f"{_dated(available)}"
        )
        fix = (
            f"Write {SINGLE}: the application inference profile is then made from the foundation model in "
            f"{source}{'' if request.hidden else embedding_doubt(request.model)}{_maybe(available)}"
        )
    elif available.unlisted:
        _report_unlisted(request, available, available.unlisted[0], report)
        return
    else:
        _report_not_here(request, available, report)
        return
    _report(report, name, what, fix)


def _report_not_on_demand(request: Request, available: Availability, report: Report) -> None:
    """Report that the user wants to stay in the source Region, in which the bare model id does not work."""
    regions = available.on_demand_elsewhere
    if regions:
        what = f"{request.name} is not on demand in {request.source}"
    else:
        what = f"{request.name} is on demand nowhere, and is offered through cross-Region inference profiles only"
    if geography := automatic(available.listed, available.pin):
        fix = f"Leave DeployCrossRegionProfile out to take the {geography} profile"
    elif available.listed:
        fix = f"Leave DeployCrossRegionProfile out and write {geographies(available.listed)}"
    else:
        fix = _move(available)
    there = f"it is on demand in {some(regions)}" if available.listed and regions else ""
    missing_since = next((hint.missing_since for hint in available.hints if not hint.geography), "")
    what += f"; it was before {missing_since}" if missing_since else ""
    _report(report, "BedrockModelId", f"{what}{_dated(available)}", sentence(fix, there, _if_known(request)))


def _report_destinations(request: Request, available: Availability, report: Report) -> None:
    """Report DestinationRegions that leave out Regions of the profile, or that more than one profile may reach.

    Bedrock may send a call to each Region of a profile, whatever the user names.
    """
    source, geography = request.source, request.geography
    if geography == AUTO:
        geography = automatic(available.listed, available.pin) or ""
    missing = available.left_out(geography, request.destinations)
    if not missing:
        options = (*available.listed, *available.unlisted)
        what = f"which inference profile of {request.name} reaches the DestinationRegions from {source} is not known"
        fix = f"Write {geographies(options)} too" if options else "Name its Geography too, such as Geography: us"
        _report(report, "Geography", what, fix)
        return
    what = (
        f"DestinationRegions leaves out {', '.join(missing)}, and Bedrock may send any call of the {geography} profile "
        f"there{_dated(available)}: such a call would be denied"
    )
    listed = available.profiles[geography].routes[source]
    whole = f"DestinationRegions: [{', '.join(sorted({*listed, *request.destinations}))}]"
    if available.on_demand_here:
        fix = f"Write {SINGLE} instead, which stays in {source}, or {whole}"
    else:
        fix = f"Write {whole}; the model is not on demand in {source}, so no call stays there"
    _report(report, "DestinationRegions", what, fix)


def _report_unlisted(request: Request, available: Availability, geography: str, report: Report) -> None:
    """Report a profile that is known to exist, or to have existed, without a route that could be relied on."""
    hint = next((hint for hint in available.hints if hint.geography == geography), None)
    if hint is None and len(available.by_id) > 1:
        what = (
            f"no listing has the routes of {request.name}: its {' and '.join(available.by_id)} profiles are known by "
            "their ids only"
        )
        fix = f"If you know that one is offered in {request.source}, write its Geography and DestinationRegions"
    else:
        if hint is None or not (hint.destinations or hint.missing_since):
            what = f"the destination Regions of the {geography} profile of {request.name} are not known"
        elif hint.missing_since:
            what = f"{request.name} had its {geography} profile in {request.source} before {hint.missing_since}"
        else:
            profile = f"the {geography} profile of {request.name} in {request.source}"
            what = f"AWS documents {profile}, and no listing confirms it"
        regions = f": [{', '.join(hint.destinations)}]" if hint and hint.destinations else ""
        fix = f"If you know that it is offered there, write Geography: {geography} and DestinationRegions{regions}"
    _report(report, "BedrockModelId", f"{what}{_dated(available)}", fix)


def _report_not_here(request: Request, available: Availability, report: Report) -> None:
    """Report that nothing is known of the model in the source Region."""
    what = f"{request.name} is not offered in {request.source}"
    if not available.covered:
        what = f"the catalog of {available.as_of} knows no inference profile in {request.source}"
    elif available.status == "LEGACY":
        # Legacy models are listed only for accounts that used them recently, so their absence says least.
        what += f"{_dated(available)}; it is LEGACY, and AWS may list it only for accounts that used it lately"
    else:
        what += _dated(available)
    _report(report, "BedrockModelId", what, sentence(_move(available), _if_known(request)))


def _maybe(available: Availability) -> str:
    """Profiles that weaker evidence speaks of, as the end of a sentence."""
    if not available.unlisted:
        return ""
    names = either(available.unlisted)
    return f"; if you know its {names} profile to be offered, write Geography and DestinationRegions"


def _ways_here(available: Availability) -> str:
    """What the user can write to reach the model from the source Region; empty if nothing does."""
    ways = [geographies(available.listed)] if available.listed else []
    return either([*ways, f"{SINGLE} without Geography"] if available.on_demand_here else ways)


def _move(available: Availability) -> str:
    """Where to deploy instead, within the partition; empty if nowhere is known."""
    offers = [f"{geography} in {some(regions)}" for geography, regions in available.elsewhere.items()]
    if available.on_demand_elsewhere:
        offers.append(f"on demand in {some(available.on_demand_elsewhere)}")
    return f"Deploy where it is offered: {'; '.join(offers)}" if offers else ""


def _if_known(request: Request) -> str:
    """The way past the catalog, for a user who knows more than it."""
    source = request.source
    if not request.cross_region:
        return f"if you know that it is on demand in {source}, write DestinationRegions: [{source}] too"
    return f"if you know that it is offered in {source}, write its Geography and DestinationRegions"


def _dated(available: Availability) -> str:
    return f" (catalog of {available.as_of})"
