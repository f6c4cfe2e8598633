"""Ids and names that would stand for two things at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.template.collisions import check_collisions

GENERATED = {"X": {"X": {"Type": "T"}, "XRole": {"Type": "AWS::IAM::Role"}}}


def _collisions(template: dict[str, Any], generated: dict[str, Any]) -> tuple[Diagnostic, ...]:
    report = Report()
    check_collisions(template, generated, report)
    return report.errors


@pytest.mark.parametrize(
    ("template", "generated", "words"),
    [
        ({"Resources": {"X": {}, "XRole": {}}}, GENERATED, "a resource of the template"),
        ({"Resources": {"X": {}}, "Parameters": {"XRole": {}}}, GENERATED, "a parameter of the template"),
        ({"Resources": {"X": {}, "Y": {}}}, {**GENERATED, "Y": {"XRole": {}}}, "a resource that X expands to"),
    ],
)
def test_an_id_that_is_taken_is_a_problem_of_the_declaration(
    template: dict[str, Any], generated: dict[str, Any], words: str
) -> None:
    """A generated id never takes the place of anything else, and the message names what is in the way."""
    (problem,) = _collisions(template, generated)
    assert problem.kind == "collision"
    assert "XRole" in problem.what
    assert words in problem.what


def test_free_ids_are_no_problem() -> None:
    """A declaration may keep its own id for its function."""
    assert list(_collisions({"Resources": {"X": {}, "Other": {}}, "Parameters": None}, GENERATED)) == []


def named(name: Any, condition: str | None = None, kind: str = "AWS::Lambda::Function") -> dict[str, Any]:
    """A resource with a name, perhaps under a condition."""
    resource: dict[str, Any] = {"Type": kind, "Properties": {"FunctionName": name}}
    return {**resource, "Condition": condition} if condition else resource


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("same"), named("same")),
        (named(4711), named("4711")),
        (named({"Ref": "P"}), named({"Ref": "P"})),
        (named("same", "C"), named("same", "C")),
        (named("same", "C"), named("same")),
    ],
)
def test_two_functions_of_one_name_are_a_problem(one: Any, other: Any) -> None:
    """A name that two resources are given fails before the deployment does, generated or the user's own."""
    expected = "gives FunctionName the value that it has in"
    (problem,) = _collisions({"Resources": {"X": {}, "Y": {}}}, {"X": {"X": one}, "Y": {"Y": other}})
    assert (problem.logical_id, problem.kind) == ("Y", "collision")
    assert f"{expected} X" in problem.what
    (problem,) = _collisions({"Resources": {"X": {}, "Own": other}}, {"X": {"X": one}})
    assert f"{expected} Own" in problem.what


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("one"), named("two")),
        (named("same", "C"), named("same", "D")),
        (named("same"), named("same", kind="AWS::Other::Type")),
        (named("same"), {"Type": "AWS::Lambda::Function", "Properties": "text"}),
        (named("same"), {"Type": "AWS::Lambda::Function"}),
    ],
)
def test_names_that_cannot_meet_are_no_problem(one: Any, other: Any) -> None:
    """Different names, different conditions and types without such names are let through."""
    assert list(_collisions({"Resources": {"X": {}, "Own": other}}, {"X": {"X": one}})) == []
