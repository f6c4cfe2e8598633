"""Values that are written with Fn::If."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.template.branches import branches, map_branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE

NESTED = {"Fn::If": ["A", "x", {"Fn::If": ["B", NO_VALUE, "y"]}]}


def test_each_branch_is_changed_and_the_conditions_stay() -> None:
    """What is added to a conditional value is added whichever way the condition comes out."""
    changed = map_branches(NESTED, lambda value: f"<{value}>")
    assert changed == {"Fn::If": ["A", "<x>", {"Fn::If": ["B", "<None>", "<y>"]}]}
    assert NESTED == {"Fn::If": ["A", "x", {"Fn::If": ["B", {"Ref": "AWS::NoValue"}, "y"]}]}


def test_every_value_that_can_come_out_is_listed() -> None:
    """No branch of a conditional value is overlooked; AWS::NoValue counts as none."""
    assert branches(NESTED) == ("x", None, "y")
    assert branches(None) == (None,)


@pytest.mark.parametrize(
    "value", [{"Fn::If": ["A", "x"]}, {"Fn::If": "A"}, {"Fn::If": [], "B": 1}, {"Ref": "A"}, ["a"]]
)
def test_anything_else_is_one_value(value: Any) -> None:
    """A malformed Fn::If and other functions are taken as they are."""
    assert branches(value) == (value,)
    assert map_branches(value, lambda found: [found]) == [value]
