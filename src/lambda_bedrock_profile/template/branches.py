"""Values that a template writes with Fn::If: each branch is treated on its own, the condition stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lambda_bedrock_profile.template.intrinsics import NO_VALUE


def map_branches(value: Any, change: Callable[[Any], Any]) -> Any:
    """``change`` applied to ``value``, or to every branch of it where it is an Fn::If.

    A branch that is ``AWS::NoValue`` reaches ``change`` as None. Other intrinsic functions reach it as they are.
    """
    if _is_if(value):
        condition, then, otherwise = value["Fn::If"]
        return {"Fn::If": [condition, map_branches(then, change), map_branches(otherwise, change)]}
    return change(None if value == NO_VALUE else value)


def branches(value: Any) -> tuple[Any, ...]:
    """Every value that ``value`` can come to; None for ``AWS::NoValue``."""
    if _is_if(value):
        return branches(value["Fn::If"][1]) + branches(value["Fn::If"][2])
    return (None if value == NO_VALUE else value,)


def _is_if(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"Fn::If"}:
        return False
    argument = value["Fn::If"]
    return isinstance(argument, list) and len(argument) == 3
