"""The foundation models that a text names: an id, the id of an inference profile, or the ARN of either.

Such texts stand in the policies and the variables of functions that call Bedrock without this macro.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog, split_profile_id
from lambda_bedrock_profile.template.branches import each
from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER, Scope, function_of, known
from lambda_bedrock_profile.template.references import attribute_reference
from lambda_bedrock_profile.values import Expression, Json
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

    ``models`` are ids; the text of another resource is among them if that is one of those meant.
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
    value = known(expression, scope)
    if isinstance(value, str | int | float):
        return str(value)
    function = function_of(expression)
    argument = expression[function] if function else None
    if function == "Ref" and isinstance(argument, str):
        return f"${{{argument}}}"
    if function == "Fn::GetAtt" and (target := attribute_reference(argument)):
        return f"${{{'.'.join(target)}}}"
    if function == "Fn::Sub":
        text, *local = argument if isinstance(argument, list) and argument else [argument]
        variables = local[0] if local and isinstance(local[0], dict) else {}
        return PLACEHOLDER.sub(lambda match: _variable(match[1].strip(), variables, scope), str(text))
    if function == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
        return str(argument[0]).join(_text(part, scope) for part in argument[1])
    return f"${{{function or 'value'}}}"


def _variable(name: str, variables: Mapping[str, Json], scope: Scope) -> str:
    """What the placeholder ``name`` of Fn::Sub comes to."""
    if name in variables:
        return _text(variables[name], scope)
    return f"${{{name}}}" if "." in name else _text({"Ref": name}, scope)
