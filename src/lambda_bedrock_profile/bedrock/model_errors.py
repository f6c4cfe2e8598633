"""Texts that name no model that can be reached: what they are instead, and what to write.

What a message advises is looked up before it is given: following it leads to a route in this Region. Every advice
that names a model goes through ``way``. It tries what could be written, the least change first, and words the first
that has a route. If there is none, it has no words, and the message offers something else and no id.

No message writes the model's id but through ``Request.name``. Values that are not shaped like a Region, or are no
geography, are never quoted: they may come from a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lambda_bedrock_profile.bedrock.data import Availability
from lambda_bedrock_profile.bedrock.identifiers import (
    AUTO,
    GEOGRAPHIES,
    GLOBAL,
    OUTSIDE,
    SINGLE,
    is_model_id,
    is_region,
    names_model,
    partition,
    split_profile_id,
    write,
)
from lambda_bedrock_profile.bedrock.routing import Request
from lambda_bedrock_profile.bedrock.stages import base, candidates, latest_day, retired, retired_named
from lambda_bedrock_profile.diagnostics import Report

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.catalog import Catalog

_EXAMPLE: Final = "amazon.nova-lite-v1:0"
_WRITE_ONE: Final = f"Write a foundation-model id, for example {write(_EXAMPLE)}"
_NEVER_SET: Final = frozenset({"undefined", "null", "none", "nil", "nan", "true", "false", "[object object]"})
_ARN: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:([a-z-]+)/(.+)", re.DOTALL)
_ARN_KINDS: Final = {
    "foundation-model": "a foundation model",
    "inference-profile": "a system-defined inference profile",
    "application-inference-profile": "an application inference profile",
    "custom-model": "a custom model",
    "imported-model": "an imported model",
    "provisioned-model": "a Provisioned Throughput",
    "custom-model-deployment": "the deployment of a custom model",
    "prompt-router": "a prompt router",
    "default-prompt-router": "a prompt router",
    "guardrail": "a guardrail",
    "guardrail-profile": "a guardrail profile",
    "prompt": "a prompt",
    "project": "a project",
}
_NO_MODELS: Final = {
    re.compile(r"([a-z-]+\.)?guardrail\.v[0-9]+:[0-9]+"): "a guardrail profile",
    re.compile(r"(anthropic\.claude|amazon\.nova|meta\.llama):[0-9]+"): "a prompt router",
}
"""Ids that have the form of a model's: Amazon Bedrock User Guide, "Distribute guardrail inference across AWS Regions"
and "Understanding intelligent prompt routing"."""
_SUFFIXES: Final = {
    "1m": "a tool writes it for the long context window, which a request asks for by a field of its own",
    "flex": "the service tier is a field of each request (serviceTier)",
    "priority": "the service tier is a field of each request (serviceTier)",
}


def check_text(catalog: Catalog, request: Request, report: Report) -> None:
    """Report a model that is recognisably something else than a foundation-model id."""
    text = request.model
    kind = next((kind for pattern, kind in _NO_MODELS.items() if pattern.fullmatch(text)), None)
    if not text.strip():
        report.error("route", "the foundation-model id is empty", f"Write one, for example {write(_EXAMPLE)}")
    elif text.strip().lower() in _NEVER_SET:
        report.error("route", f"{request.name} is what a tool writes for a value that was never set", _WRITE_ONE)
    elif "," in text:
        report.error(
            "route",
            f"{request.name} holds a comma, and a declaration takes one foundation model",
            "Name one foundation-model id, and make a declaration of its own for each further model",
        )
    elif any(character.isspace() for character in text):
        _report_white_space(catalog, request, report)
    elif text.startswith("arn:"):
        _report_arn(catalog, request, report)
    elif kind:
        report.error("route", f"{request.name} is the id of {kind}, not of a foundation model", _WRITE_ONE)
    elif split := split_profile_id(text):
        what = f"{request.name} is the id of a system-defined inference profile, not of a foundation model"
        if split_profile_id(split[1]):
            what = f"{request.name} begins with more than one geography, and the id of a foundation model with none"
        _report_bare(catalog, request, report, what, *split)
    elif is_model_id(text) and not (request.hidden or request.destinations):
        _check_suffix(catalog, request, report)


def _report_white_space(catalog: Catalog, request: Request, report: Report) -> None:
    what = f"{request.name} holds white space"
    bare = "".join(request.model.split())
    if request.hidden:
        report.error("route", what, "Write the id without it")
    elif base(catalog, bare) in catalog.models:
        _report_bare(catalog, request, report, what, "", bare)
    else:
        _check_retired_name(catalog, request, report)
        if not report.errors:
            options = near(catalog, request)
            report.error("route", what, f"Write {', or '.join(options)}" if options else "Write the id without it")


def _report_arn(catalog: Catalog, request: Request, report: Report) -> None:
    kind, name = match.groups() if (match := _ARN.fullmatch(request.model)) else ("", "")
    if kind not in _ARN_KINDS:
        report.error("route", f"{request.name} is an ARN, not the id of a foundation model", _WRITE_ONE)
        return
    what = f"{request.name} is the ARN of {_ARN_KINDS[kind]}, not the id of a foundation model"
    geography, model = (split_profile_id(name) or ("", "")) if kind == "inference-profile" else ("", name)
    if kind in ("foundation-model", "inference-profile") and is_model_id(model):
        _report_bare(catalog, request, report, what, geography, model)
    elif kind == "application-inference-profile":
        fix = "Write the id of the foundation model behind it: a profile of its own is made here"
        report.error("route", what, fix)
    else:
        made_from = (
            "an application inference profile is made from a foundation model or a system-defined inference profile"
        )
        report.error("route", what, f"{_WRITE_ONE}: {made_from}")


def _report_bare(
    catalog: Catalog,
    request: Request,
    report: Report,
    what: str,
    geography: str,
    model: str,
    *,
    listing_may_fix: bool = False,
) -> None:
    """Report how to write a ``model`` that was named together with its ``geography`` (empty: none), or by its ARN."""
    contradicts = bool(geography) and request.geography in GEOGRAPHIES and request.geography != geography
    if contradicts and not request.hidden:
        what += f"; its geography, {geography}, contradicts Geography: {request.geography}"
    while split := split_profile_id(model):
        model = split[1]
    if request.hidden or not is_model_id(model):
        bare = "Give the bare foundation-model id"
        crossing = geography and request.cross_region
        report.error(
            "route",
            what,
            f"{bare}, and name the geography as Geography" if crossing else bare,
            listing_may_fix=listing_may_fix,
        )
        return
    model = base(catalog, model)
    named = request._replace(model=model)
    if end := retired(catalog, model, request.source):
        fix = replacement(catalog, named, model, geography)
        report.error("route", f"{what}; {model} {end}", fix, listing_may_fix=True)
    elif words := way(catalog, named, model, geography):
        report.error("route", what, f"Write {words}", listing_may_fix=listing_may_fix)
    else:
        reasons = Report()
        catalog.route(named, reasons)
        for reason in reasons.errors:
            report.error(
                "route", f"{what}; {reason.what}", reason.fix, listing_may_fix=listing_may_fix or reason.listing_may_fix
            )


def report_misshapen(catalog: Catalog, request: Request, report: Report) -> None:
    """Report an id that no model could have."""
    if not request.hidden:
        _check_retired_name(catalog, request, report)
    if report.errors:
        return
    options = near(catalog, request)
    report.error(
        "route",
        f"{request.name} is not shaped like the id of a foundation model, which is provider.model",
        f"Write {', or '.join(options)} if that is intended"
        if options
        else f"Write a foundation-model id, such as {_EXAMPLE}",
    )


def _check_retired_name(catalog: Catalog, request: Request, report: Report) -> None:
    """Report a name, such as ``Claude 3.5 Haiku``, that only a retired model has."""
    if any(names_model(request.model, model) for model in catalog.models):
        return
    model = retired_named(catalog, request.model)
    end = retired(catalog, model, request.source) if model else ""
    if end:
        fix = replacement(catalog, request, model)
        report.error("route", f"{request.name} is no foundation-model id; {model} {end}", fix)


def _check_suffix(catalog: Catalog, request: Request, report: Report) -> None:
    """Report the id of a foundation model with a suffix that Bedrock's ids do not have."""
    model = base(catalog, request.model)
    if model == request.model:
        return
    suffix = request.model[len(model) + 1 :]
    why = _SUFFIXES.get(suffix, "such ids usually serve the bedrock-mantle endpoint or Provisioned Throughput only")
    what = f"{request.name} has the suffix ':{suffix}'; {why}"
    _report_bare(catalog, request, report, what, "", model, listing_may_fix=True)


# -------------------------------------------------------------------------------------------------------- what to write


def way(catalog: Catalog, request: Request, model: str, geography: str = "") -> str:
    """What to write so that ``request`` reaches ``model`` instead; empty if nothing leads there from its Region.

    ``geography`` is tried before the request's own. ``global`` comes last, and with what it means.
    """
    available = catalog.availability(model, request.source)
    other_request = request._replace(model=model, display_name=None, destinations=_usable(request))
    for candidate, addition in _alternatives(other_request, available, geography):
        route = catalog.find(candidate)
        if route is not None:
            if not addition and geography and route.geography:
                addition = f" and Geography: {route.geography}"
            return write(model) + addition
    return ""


def _alternatives(request: Request, available: Availability, geography: str) -> Iterator[tuple[Request, str]]:
    """What could be written, the least change first, with its words."""
    crossing = "" if request.cross_region else f", and remove {SINGLE}"
    if geography and request.cross_region:
        yield request._replace(geography=geography), f" and Geography: {geography}"
    yield request, ""
    for name in available.listed:
        if name != GLOBAL:
            yield request._replace(geography=name, cross_region=True), f" and Geography: {name}{crossing}"
    removed = [
        name
        for name, is_set in (("Geography", request.geography != AUTO), ("DestinationRegions", request.destinations))
        if is_set
    ]
    alone = request._replace(geography=AUTO, cross_region=False, destinations=())
    yield alone, f" and {SINGLE}" + (f", and remove {' and '.join(removed)}" if removed else "")
    removing = ", and remove DestinationRegions" if request.destinations else ""
    yield (
        request._replace(geography=GLOBAL, cross_region=True, destinations=()),
        f" and Geography: global{crossing}{removing}, {OUTSIDE}",
    )


def _usable(request: Request) -> tuple[str, ...]:
    """The destinations that the request names, unless they are an error of their own."""
    here = partition(request.source)
    named = request.destinations
    sound = len(set(named)) == len(named) and all(is_region(region) and partition(region) == here for region in named)
    return named if sound else ()


def near(catalog: Catalog, request: Request) -> list[str]:
    """What to write for each model that the request's id may have been intended for; none for a hidden model."""
    if request.hidden:
        return []
    ways = (way(catalog, request, model) for model in catalog.nearest(request.model, latest_day(catalog)))
    return [words for words in ways if words]


def replacement(catalog: Catalog, request: Request, model: str, geography: str = "") -> str:
    """What to write instead of a retired ``model``, as a sentence; if nothing is known, where to look."""
    if request.hidden:
        return "Select a model that is not retired"
    for name, suggestion in candidates(catalog, model, request.source):
        if words := way(catalog, request, name, geography):
            why = "a suggestion: the newest model of its family and size there" if suggestion else "its successor"
            return f"Write {words} ({why})"
    return f"Select another model: none of its family and size is known in {request.source}"
