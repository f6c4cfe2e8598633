"""What a message advises, looked up before it is given: following it once leads to a route in this Region.

Every advice that names a model goes through ``way``. It tries what could be written, the least change first, and words
the first that has a route. If there is none, it has no words, and the message offers something else and no id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambda_bedrock_profile.bedrock.availability import Availability, Request
from lambda_bedrock_profile.bedrock.lifecycle import candidates, stage
from lambda_bedrock_profile.bedrock.names import AUTO, GLOBAL, is_region, names_model, partition

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.routing import Catalog

SINGLE: Final = "DeployCrossRegionProfile: false"
OUTSIDE: Final = "which lets Bedrock process the data in any commercial Region"
_MOST: Final = 8


def either(options: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(options[:-1]), *options[-1:])))


def geographies(names: Sequence[str]) -> str:
    """``Geography: us, eu or global``."""
    return f"Geography: {either(names)}"


def some(regions: Sequence[str]) -> str:
    """``us-east-1, us-west-2 and 9 more``: enough of a list to act on, short enough for an event of a stack."""
    if len(regions) <= _MOST:
        return ", ".join(regions)
    return f"{', '.join(regions[: _MOST - 1])} and {len(regions) - _MOST + 1} more"


def sentence(*parts: str) -> str:
    """The parts that are not empty, set apart by semicolons, beginning with a capital."""
    text = "; ".join(filter(None, parts))
    return text[:1].upper() + text[1:]


def write(model: str) -> str:
    """``BedrockModelId: amazon.nova-lite-v1:0``."""
    return f"BedrockModelId: {model}"


def embedding_doubt(model: str) -> str:
    """What AWS says of models that embed, if the id ``model`` says that this is one; as the end of a sentence.

    Some models, such as embedding models, cannot be the source of an application inference profile. AWS publishes no
    list of them, so this warns and does not refuse (Amazon Bedrock User Guide, "Supported Regions and models for
    inference profiles"). Rerank models are called through another service and share the doubt.
    """
    if "embed" not in model and "rerank" not in model:
        return ""
    kind = "embedding" if "embed" in model else "rerank"
    return (
        "; AWS warns that some models, such as embedding models, cannot be the source of an application inference "
        f"profile, so the deployment of this {kind} model may fail"
    )


def way(catalog: Catalog, request: Request, model: str, geography: str = "") -> str:
    """What to write so that ``request`` reaches ``model`` instead; empty if nothing leads there from its Region.

    ``geography`` is tried before the request's own. ``global`` comes last, and with what it means.
    """
    available = catalog.availability(model, request.source)
    asked = replace(request, model=model, display_name=None, destinations=_usable(request))
    for candidate, words in _candidates(asked, available, geography):
        route = catalog.find(candidate)
        if route is not None:
            if not words and geography and route.geography:
                words = f" and Geography: {route.geography}"
            return write(model) + words
    return ""


def _candidates(asked: Request, available: Availability, geography: str) -> Iterator[tuple[Request, str]]:
    """What could be written, the least change first, with its words."""
    crossing = "" if asked.cross_region else f", and remove {SINGLE}"
    if geography and asked.cross_region:
        yield replace(asked, geography=geography), f" and Geography: {geography}"
    yield asked, ""
    for name in available.listed:
        if name != GLOBAL:
            yield replace(asked, geography=name, cross_region=True), f" and Geography: {name}{crossing}"
    removed = [
        name
        for name, given in (("Geography", asked.geography != AUTO), ("DestinationRegions", asked.destinations))
        if given
    ]
    alone = replace(asked, geography=AUTO, cross_region=False, destinations=())
    yield alone, f" and {SINGLE}" + (f", and remove {' and '.join(removed)}" if removed else "")
    yield (
        replace(asked, geography=GLOBAL, cross_region=True, destinations=()),
        f" and Geography: global{crossing}{', and remove DestinationRegions' if asked.destinations else ''}, {OUTSIDE}",
    )


def _usable(request: Request) -> tuple[str, ...]:
    """The destinations that the request names, unless they are an error of their own."""
    here = partition(request.source)
    named = request.destinations
    sound = len(set(named)) == len(named) and all(is_region(region) and partition(region) == here for region in named)
    return named if sound else ()


def near(catalog: Catalog, request: Request, text: str = "", geography: str = "") -> list[str]:
    """What to write for each model that the request's id may have been intended for; none for a hidden model."""
    if request.hidden:
        return []
    ways = (
        way(catalog, request, model, geography) for model in catalog.nearest(text or request.model, _today(catalog))
    )
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


def retired(catalog: Catalog, model: str, region: str) -> str:
    """What is known of the end of ``model``, as a predicate (``was retired on …``); empty if it has not ended.

    The day is that of the catalog or of the dates: the macro has no clock.
    """
    at = stage(catalog, model, region, AUTO, _today(catalog))
    if not at.over:
        return ""
    return at.sentence + (f" (source: {at.dates.source})" if at.dates.source else "")


def ended_everywhere(catalog: Catalog, model: str) -> str:
    """That ``model`` has ended wherever a date is known, as a predicate; empty if it has not."""
    cycles = catalog.life_cycles
    if not cycles.ended_everywhere(model, _today(catalog)):
        return ""
    last = max(cycles.models[model], key=lambda dates: dates.end)
    return f"ended on {last.end} (source: {last.source})"


def retired_named(catalog: Catalog, text: str) -> str:
    """The retired id that has the words of ``text``, if no other has; empty if there is none."""
    cycles = catalog.life_cycles
    ids = {*cycles.unlisted, *cycles.models} - {*catalog.models}
    named = sorted(model for model in ids if names_model(text, model) and cycles.retired(model))
    return named[0] if named else ""


def base(catalog: Catalog, model: str) -> str:
    """``model`` without the suffix that a tool added to its id (``:1m``, ``:flex``); the same if it has none."""
    cycles, known = catalog.life_cycles, set(catalog.models)
    shorter = model
    while shorter not in known and not cycles.retired(shorter) and ":" in shorter:
        shorter = shorter.rpartition(":")[0]
        if shorter in known or cycles.retired(shorter):
            return shorter
    return model


def _today(catalog: Catalog) -> str:
    """The latest day that the data knows of."""
    return max(catalog.as_of, catalog.life_cycles.as_of)
