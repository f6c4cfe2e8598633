"""Texts that are no foundation-model id: what they are instead, and the cure.

Everything here can be told from the text alone, without knowing which models exist.
"""

from __future__ import annotations

import re
from typing import Final

from lambda_bedrock_profile.bedrock.geographies import GEOGRAPHIES, split_profile_id
from lambda_bedrock_profile.bedrock.route import Refusal, Request
from lambda_bedrock_profile.bedrock.wording import geographies

_EXAMPLE: Final = "amazon.nova-lite-v1:0"
_NEVER_SET: Final = frozenset({"undefined", "null", "none", "nil", "nan", "true", "false", "[object object]"})

# Narrower than the pattern of BedrockModelId in the API (no custom-model suffix), wider in the number of dots.
_SHAPE: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,3}(?::[a-z0-9-]{1,63}){0,2}")
_LONGEST: Final = 140

_ARN: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:([a-z-]+)/(.+)", re.DOTALL)
_ARN_KINDS: Final = {
    "foundation-model": "a foundation model",
    "inference-profile": "a system-defined inference profile",
    "application-inference-profile": "an application inference profile",
    "custom-model": "a custom model",
    "imported-model": "an imported model",
    "provisioned-model": "a Provisioned Throughput",
}


def is_model_id(text: str) -> bool:
    """Whether ``text`` is shaped like the id of a foundation model, such as ``amazon.nova-lite-v1:0``."""
    return len(text) <= _LONGEST and _SHAPE.fullmatch(text) is not None


def mistaken(request: Request) -> Refusal | None:
    """Why the model of ``request`` is recognisably something else than a foundation-model id, or ``None``."""
    text = request.model
    if not text.strip():
        return Refusal("model", "the foundation-model id is empty", f"Write one, for example {_write(_EXAMPLE)}")
    if text.strip().lower() in _NEVER_SET:
        return Refusal(
            "model",
            f"{request.name} is what a tool writes for a value that was never set",
            f"Write a foundation-model id, for example {_write(_EXAMPLE)}",
        )
    if "," in text:
        return Refusal(
            "model",
            f"{request.name} holds a comma, and a declaration takes one foundation model",
            "Name one foundation-model id, and make a declaration of its own for each further model",
        )
    if any(character.isspace() for character in text):
        bare = "".join(text.split())
        cure = _write(bare) if is_model_id(bare) and not request.hidden else "the id without it"
        return Refusal("model", f"{request.name} holds white space", f"Write {cure}")
    if text.startswith("arn:"):
        return _arn(request)
    if split := split_profile_id(text):
        return _profile_id(request, *split)
    return None


def _profile_id(request: Request, geography: str, model: str) -> Refusal:
    what = f"{request.name} is the id of a system-defined inference profile, not of a foundation model"
    if split_profile_id(model):
        what = f"{request.name} begins with more than one geography, and the id of a foundation model with none"
    return Refusal("model", what + _beside(request, geography), _cure(request, geography, model))


def _arn(request: Request) -> Refusal:
    kind, name = match.groups() if (match := _ARN.fullmatch(request.model)) else ("", "")
    if kind not in _ARN_KINDS:
        return Refusal(
            "model",
            f"{request.name} is an ARN, not the id of a foundation model",
            f"Write a foundation-model id, for example {_write(_EXAMPLE)}",
        )
    what = f"{request.name} is the ARN of {_ARN_KINDS[kind]}, not the id of a foundation model"
    geography, model = (split_profile_id(name) or ("", "")) if kind == "inference-profile" else ("", name)
    if kind in ("foundation-model", "inference-profile") and is_model_id(model):
        return Refusal("model", what + _beside(request, geography), _cure(request, geography, model))
    if kind == "application-inference-profile":
        return Refusal(
            "model", what, "Write the id of the foundation model behind it: a profile of its own is made here"
        )
    return Refusal(
        "model",
        what,
        f"Write a foundation-model id, for example {_write(_EXAMPLE)}: "
        "an application inference profile is made from a foundation model or a system-defined inference profile",
    )


def _cure(request: Request, geography: str, model: str) -> str:
    """How to write a model that was named together with its geography, or by its ARN."""
    while split := split_profile_id(model):
        model = split[1]
    if request.hidden or not is_model_id(model):
        bare = "Give the bare foundation-model id"
        return f"{bare}, and name the geography as Geography" if geography and request.cross_region else bare
    if geography and request.cross_region:
        meant = (geography, request.geography) if _contradicts(request, geography) else (geography,)
        return f"Write {_write(model)} and {geographies(meant)}"
    return f"Write {_write(model)}"


def _beside(request: Request, geography: str) -> str:
    """What else is wrong with an id that names ``geography``, as the end of a sentence."""
    if request.hidden or not _contradicts(request, geography):
        return ""
    return f"; its geography, {geography}, contradicts Geography: {request.geography}"


def _contradicts(request: Request, geography: str) -> bool:
    """Whether the user names another geography than the one in the id; what is no geography is never quoted."""
    return bool(geography) and request.geography in GEOGRAPHIES and request.geography != geography


def _write(model: str) -> str:
    return f"BedrockModelId: {model}"
