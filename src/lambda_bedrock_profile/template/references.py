"""References between the parts of a template: Ref, Fn::GetAtt, Fn::Sub and DependsOn, read and made.

``template/rewrite.py`` points them at something else.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER, function_of
from lambda_bedrock_profile.values import Expression, Json

VARIABLE: Final = re.compile(r"[$&]\{[^}]*\}")
"""A variable in a text, of Fn::Sub or of a loop."""


def ref(logical_id: str) -> dict[str, Json]:
    """``{"Ref": logical_id}``."""
    return {"Ref": logical_id}


def refs(logical_ids: Iterable[str]) -> list[dict[str, Json]]:
    """A Ref to each of ``logical_ids``."""
    return [ref(logical_id) for logical_id in logical_ids]


def get_att(logical_id: str, attribute: str) -> dict[str, Json]:
    """``{"Fn::GetAtt": [logical_id, attribute]}``."""
    return {"Fn::GetAtt": [logical_id, attribute]}


def sub(text: str, variables: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """``Fn::Sub`` of ``text``, in the short form if there are no local variables."""
    return {"Fn::Sub": [text, variables] if variables else text}


def embedded(value: Expression, variable: str) -> tuple[str, dict[str, Json]]:
    """How ``value`` is written inside the text of ``Fn::Sub``: (text, local variables).

    A string goes in as it is, a Ref or Fn::GetAtt as ``${Id}`` or ``${Id.Attribute}``; any other expression becomes the
    local variable ``variable``.
    """
    text = _inline(value)
    return ("${" + variable + "}", {variable: value}) if text is None else (text, {})


def _inline(value: Expression) -> str | None:
    if isinstance(value, str):
        return value.replace("${", "${!")
    if isinstance(value, dict) and len(value) == 1:
        if isinstance(target := value.get("Ref"), str):
            return "${" + target + "}"
        if target := attribute_reference(value.get("Fn::GetAtt")):
            return "${" + ".".join(target) + "}"
    return None


TextOf = Callable[[Expression], str | None]
"""The text that an expression is, or None."""


def text_with_references(value: Expression, text_of: TextOf, otherwise: TextOf) -> str | None:
    """``value`` as one text, in which each reference is ``${Id}`` or ``${Id.Attribute}``; None if it is no text.

    Of each part ``text_of`` is asked first: it decides what counts as known. Fn::Sub and Fn::Join are put together from
    their parts, and the text of anything else is ``otherwise``. For the length of an expression, or to compare two of
    them as they are, there is ``template/estimates.py``.
    """
    if (text := text_of(value)) is not None:
        return text
    function = function_of(value)
    argument = value[function] if function else None
    if function == "Fn::Sub" and (text := sub_text(argument)) is not None:
        local = argument[1] if isinstance(argument, list) and len(argument) > 1 else {}

        def part(match: re.Match[str]) -> str:
            name = match[1].strip()
            reference = {"Fn::GetAtt": name} if "." in name else ref(name)
            item = local[name] if isinstance(local, dict) and name in local else reference
            text_of_part = text_with_references(item, text_of, otherwise)
            return match[0] if text_of_part is None else text_of_part

        return PLACEHOLDER.sub(part, text)
    if function == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
        texts = [text_with_references(item, text_of, otherwise) for item in argument[1]]
        parts = [text for text in texts if text is not None]
        return str(argument[0]).join(parts) if len(parts) == len(texts) else None
    if not isinstance(value, str) and (text := _inline(value)) is not None:
        return text
    return otherwise(value)


def attribute_reference(argument: Expression) -> tuple[str, str] | None:
    """(logical id, attribute) of an argument of Fn::GetAtt, as a list or dotted; None if it is no literal."""
    if isinstance(argument, str):
        logical_id, dot, attribute = argument.partition(".")
        return (logical_id, attribute) if dot else None
    if isinstance(argument, list) and len(argument) > 1 and all(isinstance(part, str) for part in argument):
        return argument[0], ".".join(argument[1:])
    return None


def whole_reference(value: Expression) -> tuple[str, str] | None:
    """(logical id, attribute) if ``value`` is a reference and nothing else; the attribute of a Ref is empty."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if isinstance(value.get("Ref"), str):
        return value["Ref"], ""
    text = value.get("Fn::Sub")
    if isinstance(text, str) and (match := PLACEHOLDER.fullmatch(text)):
        logical_id, _, attribute = match[1].strip().partition(".")
        return logical_id, attribute
    return attribute_reference(value.get("Fn::GetAtt"))


def referred(value: Expression, attribute: str) -> str | None:
    """The logical id that ``value`` refers to, by Ref or by Fn::GetAtt of ``attribute``; None if it does neither."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if isinstance(value.get("Ref"), str):
        return str(value["Ref"])
    target = attribute_reference(value.get("Fn::GetAtt"))
    return target[0] if target and target[1] == attribute else None


def referred_in_text(value: Expression, attribute: str) -> str | None:
    """The same for an Fn::Sub whose text is that reference and nothing else: ``${Office}``, ``${Assistant.VpcId}``."""
    text = value.get("Fn::Sub") if isinstance(value, dict) and len(value) == 1 else None
    match = PLACEHOLDER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    name = match[1].strip()
    return referred({"Fn::GetAtt": name} if "." in name else {"Ref": name}, attribute)


def depends_on(resource: Mapping[str, Json]) -> list[Json]:
    """The DependsOn of ``resource`` as a list, in whichever form it is written; empty if there is none."""
    names = resource.get("DependsOn", [])
    return names if isinstance(names, list) else [names]


def targets_of(value: Expression) -> Iterator[str]:
    """Every logical id (or parameter name) that ``value`` refers to by Ref, Fn::GetAtt or Fn::Sub, in order."""
    return (name for name, _ in references_of(value))


def always_referred(value: Expression) -> Iterator[str]:
    """``targets_of`` without the branches of Fn::If: nothing waits for what is in a branch that is not taken."""
    if isinstance(value, dict) and "Fn::If" in value:
        return
    if isinstance(value, dict) and value.keys().isdisjoint(("Ref", "Fn::GetAtt", "Fn::Sub")):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from always_referred(item)
    elif isinstance(value, dict):
        yield from targets_of(value)


def references_of(value: Expression) -> Iterator[tuple[str, str]]:
    """(logical id, attribute) of every reference in ``value``, in order; the attribute of a Ref is empty."""
    if isinstance(value, list):
        for item in value:
            yield from references_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item, ""
            elif key == "Fn::GetAtt" and (target := attribute_reference(item)):
                yield target
            elif key == "Fn::Sub" and (text := sub_text(item)) is not None:
                local = item[1] if isinstance(item, list) and len(item) > 1 and isinstance(item[1], dict) else {}
                for name in (match[1].strip() for match in PLACEHOLDER.finditer(text)):
                    if name not in local:
                        logical_id, _, attribute = name.partition(".")
                        yield logical_id, attribute
                yield from references_of(local)
            else:
                yield from references_of(item)


def sub_text(argument: Expression) -> str | None:
    """The text of an argument of Fn::Sub, in the short or the long form; None if it is no literal."""
    text = argument[0] if isinstance(argument, list) and argument else argument
    return text if isinstance(text, str) else None


def replaced(original: dict[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """A copy of ``original`` with ``changes`` in it; a subclass (such as a node with a line number) stays one."""
    if type(original) is dict:
        return {**original, **changes}
    result = copy.copy(original)
    result.update(changes)
    return result


def could_be(text: str, name: str) -> bool:
    """Whether ``text``, with variables as ``${Name}`` or ``&{Name}`` in it, can come to ``name``."""
    first, *others = VARIABLE.split(text)
    if not others:
        return first == name
    *middle, last = others
    end = len(name) - len(last)
    if not name.startswith(first) or not name.endswith(last) or len(first) > end:
        return False
    at = len(first)
    for part in middle:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
