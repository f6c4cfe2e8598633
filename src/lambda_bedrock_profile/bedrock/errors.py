"""Why there is no route, and the way out: each function words one situation.

Here are the texts that are no id of a model; ``unreached.py`` has the models without a route. None of them writes the
model's id but through ``Request.name``, and what they advise to write is looked up first (see ``advice``). Values that
are not shaped like a Region, or are no geography, are never quoted: they may come from a parameter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lambda_bedrock_profile.bedrock import advice
from lambda_bedrock_profile.bedrock.advice import write
from lambda_bedrock_profile.bedrock.availability import Refusal, Request
from lambda_bedrock_profile.bedrock.contradictions import contradiction
from lambda_bedrock_profile.bedrock.names import GEOGRAPHIES, is_model_id, names_model, split_profile_id
from lambda_bedrock_profile.bedrock.unreached import unreached

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.routing import Catalog

_EXAMPLE: Final = "amazon.nova-lite-v1:0"
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


def explain(catalog: Catalog, request: Request) -> Refusal:
    """Why the catalog has no route for ``request``."""
    if refusal := _mistaken(catalog, request):
        return refusal
    if not is_model_id(request.model):
        return _misshapen(catalog, request)
    available = catalog.availability(request.model, request.source)
    if refusal := contradiction(request, available):
        return refusal
    return replace(unreached(catalog, request, available), curable=True)


def _mistaken(catalog: Catalog, request: Request) -> Refusal | None:
    """Why the model of ``request`` is recognisably something else than a foundation-model id, or ``None``."""
    text = request.model
    if not text.strip():
        return Refusal("model", "the foundation-model id is empty", f"Write one, for example {write(_EXAMPLE)}")
    if text.strip().lower() in _NEVER_SET:
        return Refusal(
            "model",
            f"{request.name} is what a tool writes for a value that was never set",
            f"Write a foundation-model id, for example {write(_EXAMPLE)}",
        )
    if "," in text:
        return Refusal(
            "model",
            f"{request.name} holds a comma, and a declaration takes one foundation model",
            "Name one foundation-model id, and make a declaration of its own for each further model",
        )
    if any(character.isspace() for character in text):
        return _white_space(catalog, request)
    if text.startswith("arn:"):
        return _arn(catalog, request)
    if kind := next((kind for pattern, kind in _NO_MODELS.items() if pattern.fullmatch(text)), None):
        what = f"{request.name} is the id of {kind}, not of a foundation model"
        return Refusal("model", what, f"Write a foundation-model id, for example {write(_EXAMPLE)}")
    if split := split_profile_id(text):
        what = f"{request.name} is the id of a system-defined inference profile, not of a foundation model"
        if split_profile_id(split[1]):
            what = f"{request.name} begins with more than one geography, and the id of a foundation model with none"
        return _bare(catalog, request, what, *split)
    short = text if request.hidden or request.destinations or not is_model_id(text) else advice.base(catalog, text)
    return None if short == text else _suffixed(catalog, request, short)


def _white_space(catalog: Catalog, request: Request) -> Refusal:
    what = f"{request.name} holds white space"
    bare = "".join(request.model.split())
    if request.hidden:
        return Refusal("model", what, "Write the id without it")
    if advice.base(catalog, bare) in catalog.models:
        return _bare(catalog, request, what, "", bare)
    if refusal := _retired_by_name(catalog, request):
        return refusal
    options = advice.near(catalog, request)
    return Refusal("model", what, f"Write {', or '.join(options)}" if options else "Write the id without it")


def _arn(catalog: Catalog, request: Request) -> Refusal:
    kind, name = match.groups() if (match := _ARN.fullmatch(request.model)) else ("", "")
    if kind not in _ARN_KINDS:
        return Refusal(
            "model",
            f"{request.name} is an ARN, not the id of a foundation model",
            f"Write a foundation-model id, for example {write(_EXAMPLE)}",
        )
    what = f"{request.name} is the ARN of {_ARN_KINDS[kind]}, not the id of a foundation model"
    geography, model = (split_profile_id(name) or ("", "")) if kind == "inference-profile" else ("", name)
    if kind in ("foundation-model", "inference-profile") and is_model_id(model):
        return _bare(catalog, request, what, geography, model)
    if kind == "application-inference-profile":
        return Refusal(
            "model", what, "Write the id of the foundation model behind it: a profile of its own is made here"
        )
    return Refusal(
        "model",
        what,
        f"Write a foundation-model id, for example {write(_EXAMPLE)}: "
        "an application inference profile is made from a foundation model or a system-defined inference profile",
    )


def _bare(catalog: Catalog, request: Request, what: str, geography: str, model: str) -> Refusal:
    """How to write a ``model`` that was named together with its ``geography`` (empty: none), or by its ARN."""
    contradicts = bool(geography) and request.geography in GEOGRAPHIES and request.geography != geography
    if contradicts and not request.hidden:
        what += f"; its geography, {geography}, contradicts Geography: {request.geography}"
    while split := split_profile_id(model):
        model = split[1]
    if request.hidden or not is_model_id(model):
        bare = "Give the bare foundation-model id"
        crossing = geography and request.cross_region
        return Refusal("model", what, f"{bare}, and name the geography as Geography" if crossing else bare)
    model = advice.base(catalog, model)
    named = replace(request, model=model)
    if end := advice.retired(catalog, model, request.source):
        fix = advice.replacement(catalog, named, model, geography)
        return Refusal("model", f"{what}; {model} {end}", fix, curable=True)
    if words := advice.way(catalog, named, model, geography):
        return Refusal("model", what, f"Write {words}")
    inner = explain(catalog, named)
    return Refusal("model", f"{what}; {inner.what}", inner.fix, curable=inner.curable)


def _misshapen(catalog: Catalog, request: Request) -> Refusal:
    """No model could have such an id."""
    if not request.hidden and (refusal := _retired_by_name(catalog, request)):
        return refusal
    options = advice.near(catalog, request)
    return Refusal(
        "model",
        f"{request.name} is not shaped like the id of a foundation model, which is provider.model",
        f"Write {', or '.join(options)} if that is intended"
        if options
        else f"Write a foundation-model id, such as {_EXAMPLE}",
    )


def _retired_by_name(catalog: Catalog, request: Request) -> Refusal | None:
    """For a name, such as ``Claude 3.5 Haiku``, that only a retired model has."""
    if any(names_model(request.model, model) for model in catalog.models):
        return None
    model = advice.retired_named(catalog, request.model)
    end = advice.retired(catalog, model, request.source) if model else ""
    if not end:
        return None
    fix = advice.replacement(catalog, request, model)
    return Refusal("model", f"{request.name} is no foundation-model id; {model} {end}", fix)


def _suffixed(catalog: Catalog, request: Request, model: str) -> Refusal:
    """The id of a foundation model with a suffix that Bedrock's ids do not have."""
    suffix = request.model[len(model) + 1 :]
    why = _SUFFIXES.get(suffix, "such ids usually serve the bedrock-mantle endpoint or Provisioned Throughput only")
    what = f"{request.name} has the suffix ':{suffix}'; {why}"
    return replace(_bare(catalog, request, what, "", model), curable=True)
