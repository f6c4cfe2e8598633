"""What an expression will come to, as far as the template shows: the rest is filled in by whoever asks.

``known`` decides, and has no answer if any part is unknown. A size has one all the same: at least this many characters.
So does the question whether two expressions differ in what is known of them. Both keep the shape of a value; one that
has to be a text, with the names of what is unknown in it, is ``text_with_references`` of ``template/references.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Final

from lambda_bedrock_profile.template.intrinsics import (
    ABSENT,
    DYNAMIC,
    PLACEHOLDER,
    Scope,
    condition,
    first_unknown,
    function_of,
    known,
)
from lambda_bedrock_profile.values import Expression

StandIn = Callable[[Expression], Expression]
"""What stands for an expression that only deployment knows."""
Choice = Callable[[Expression, Expression, Expression], Expression]
"""What stands for an Fn::If that only deployment decides: of (name of the condition, then, otherwise)."""


def filled(value: Expression, scope: Scope, stand_in: StandIn, choice: Choice) -> Expression:
    """``value`` without intrinsic functions; ABSENT if it comes to nothing.

    Of Fn::Sub, Fn::Join and Fn::Select the parts that are known are kept; everything else that is unknown is
    ``stand_in`` of the expression. An Fn::If that is unknown is ``choice`` of its filled branches. Never raises.
    """
    again = partial(filled, scope=scope, stand_in=stand_in, choice=choice)
    if isinstance(value, str):
        return stand_in(value) if DYNAMIC in value else value
    if isinstance(value, list):
        return [item for item in map(again, value) if item is not ABSENT]
    if not isinstance(value, dict):
        return value
    name = function_of(value)
    if name is None:
        items = {key: again(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not ABSENT}
    result = known(value, scope)
    if first_unknown(result) is None:
        return result
    try:
        partly = _PARTLY.get(name)
        return partly(value[name], scope, again, choice) if partly else stand_in(value)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return stand_in(value)  # CloudFormation has the word on a malformed call.


def smallest(value: Expression, scope: Scope, stand_in: StandIn) -> Expression:
    """``value`` filled with the shorter branch of each Fn::If that is unknown."""
    return filled(value, scope, stand_in, lambda _, *ways: min(ways, key=length))


def largest(value: Expression, scope: Scope, stand_in: StandIn) -> Expression:
    """``value`` filled with the longer branch of each Fn::If that is unknown."""
    return filled(value, scope, stand_in, lambda _, *ways: max(ways, key=length))


def as_far_as_known(value: Expression, scope: Scope) -> Expression:
    """``value`` with the text of each expression in the place of what only deployment knows.

    Two expressions give the same as long as nothing that is known of them differs.
    """
    return filled(value, scope, _text, lambda *ways: list(ways))


def length(value: Expression) -> int:
    """The characters of ``value``, which is filled, as JSON without white space between its parts."""
    return 0 if value is ABSENT else len(json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str))


Again = Callable[[Expression], Expression]


def _if(argument: Expression, scope: Scope, again: Again, choice: Choice) -> Expression:
    name, then, otherwise = argument
    holds = condition(name, scope)
    if isinstance(holds, bool):
        return again(then if holds else otherwise)
    return choice(name, again(then), again(otherwise))


def _sub(argument: Expression, scope: Scope, again: Again, choice: Choice) -> str:
    text, variables = (argument, {}) if isinstance(argument, str) else argument

    def value_of(name: str) -> str:
        if name in variables:
            return _text(again(variables[name]))
        return _text(again({"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name}))

    result: str = PLACEHOLDER.sub(lambda match: value_of(match[1].strip()), text)
    return result.replace("${!", "${")


def _join(argument: Expression, scope: Scope, again: Again, choice: Choice) -> str:
    separator, items = argument
    parts = again(items)
    result: str = separator.join(_text(part) for part in parts if isinstance(parts, list))
    return result


def _select(argument: Expression, scope: Scope, again: Again, choice: Choice) -> Expression:
    index, items = argument
    if not isinstance(items, list):
        raise TypeError("not a list")
    return again(items[int(index)])


_PARTLY: Final[dict[str, Callable[[Expression, Scope, Again, Choice], Expression]]] = {
    "Fn::If": _if,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
}


def _text(value: Expression) -> str:
    """``value`` inside a text; a stand-in can be anything."""
    if isinstance(value, str):
        return value
    return "" if value is ABSENT else json.dumps(value, sort_keys=True, default=str)
