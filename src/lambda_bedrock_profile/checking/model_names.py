"""The foundation models that a text names: an id, the id of an inference profile, or the ARN of either.

Such texts stand in the policies and the variables of functions that call Bedrock without this macro.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog, split_profile_id
from lambda_bedrock_profile.template.branches import each
from lambda_bedrock_profile.template.intrinsics import Scope, function_of, known
from lambda_bedrock_profile.template.references import text_with_references
from lambda_bedrock_profile.values import Expression
from lambda_bedrock_profile.wildcards import matches

_PART: Final = r"(?:\$\{[^}]*\}|[^:])*"
_ARN: Final = re.compile(rf"arn:{_PART}:bedrock:(?P<region>{_PART}):{_PART}:(?P<kind>[a-z-]+|\*)(?:/(?P<id>.+))?")
_MODEL: Final = re.compile(r"[a-z0-9]+\.(?=.*[-*?])[a-z0-9.:*?-]+")
"""The id of a model, with wildcards or not. Each that Bedrock ever had has a hyphen, and ``amazon.com`` has none."""
_WILD: Final = re.compile(r"[*?]")
KINDS: Final = ("foundation-model", "inference-profile")
"""The resources of an ARN that a declaration takes over: a model, and a system-defined inference profile of one."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model, the geography of its profile (None: the model itself), and the Region of an ARN (empty: none)."""

    model: str
    geography: str | None = None
    region: str = ""


def model_name(text: str, catalog: Catalog) -> ModelName | None:
    """The one model that ``text`` names; None for any other text.

    An id with wildcards names a model if it fits one of the catalog only. ``bedrock/`` before an id, as LiteLLM writes
    it, is no part of it. A model that the catalog does not know is named if its provider is known: it may be retired.
    """
    arn = _ARN.fullmatch(text)
    if arn is not None and (arn["kind"] not in KINDS or not arn["id"]):
        return None
    geography, model = split_profile_id(_id(arn, text)) or (None, _id(arn, text))
    providers = {name.partition(".")[0] for name in catalog.models}
    if not _MODEL.fullmatch(model) or model.partition(".")[0] not in providers:
        return None
    if _WILD.search(model):
        fitting = [name for name in catalog.models if matches(model, name)]
        if len(fitting) != 1:
            return None
        (model,) = fitting
    return ModelName(model, geography, arn["region"] if arn is not None else "")


def _id(arn: re.Match[str] | None, text: str) -> str:
    return arn["id"] if arn is not None else text.removeprefix("bedrock/")


def opens(text: str, models: Collection[str], catalog: Catalog) -> bool:
    """Whether what the resource ``text`` of a statement opens is one of ``models``, or models and profiles at large.

    ``models`` are ids; the text of a resource of the template, such as a profile, can be among them.
    """
    if text == "*" or text in models:
        return True
    arn = _ARN.fullmatch(text)
    if arn is None or arn["kind"] not in (*KINDS, "*"):
        return False
    named = model_name(text, catalog)
    return named.model in models if named else _WILD.search(arn["id"] or "*") is not None


def texts_of(value: Expression, scope: Scope) -> list[str]:
    """Every text that ``value``, a list or an expression, may come to; what is not known stays ``${Name}`` in it."""
    return [_text(item, scope) for item, _ in each(value, ())]


def texts_within(value: Expression, scope: Scope) -> list[str]:
    """Every text that is somewhere within ``value``."""
    if isinstance(value, dict) and function_of(value) is None:
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in texts_within(item, scope)]
    return texts_of(value, scope)


def _text(expression: Expression, scope: Scope) -> str:
    return text_with_references(expression, partial(_known_text, scope=scope), _placeholder) or ""


def _known_text(expression: Expression, scope: Scope) -> str | None:
    value = known(expression, scope)
    return str(value) if isinstance(value, str | int | float) else None


def _placeholder(expression: Expression) -> str:
    """What stands for a value that cannot be had from a template: the function that gives it, if it is one."""
    return f"${{{function_of(expression) or 'value'}}}"
