"""CloudFormation's limits, told before it would refuse the processed template."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.template.limits import SECTION_LIMITS, limit_problems


@pytest.mark.parametrize(("section", "limit"), SECTION_LIMITS.items())
def test_one_too_many_is_a_problem_with_both_figures(section: str, limit: int) -> None:
    """A template over a limit says how many it has and how many there may be, and one at the limit says nothing."""
    full = {section: {f"Item{number}": {} for number in range(limit)}}
    assert list(limit_problems(full)) == []
    (problem,) = limit_problems({section: {**full[section], "OneMore": {}}})
    assert problem.logical_id == section
    assert problem.kind == "limit"
    assert f"{limit + 1} {section.lower()}" in problem.what
    assert f"takes {limit}" in problem.what


def test_the_limits_are_cloudformations() -> None:
    """The figures are those of the CloudFormation User Guide."""
    assert SECTION_LIMITS == {"Resources": 500, "Mappings": 200, "Outputs": 200, "Parameters": 200}


def test_a_template_over_a_megabyte_is_a_problem_with_its_size() -> None:
    """The size that counts is that of the processed template as JSON, without white space."""
    fixed = len('{"Resources":{"A":{"Properties":{"Text":""}}}}')
    fits = _template("x" * (1_048_576 - fixed))
    assert list(limit_problems(fits)) == []
    (problem,) = limit_problems(_template("x" * (1_048_576 - fixed + 1)))
    assert "1,048,577 bytes" in problem.what
    assert "takes 1,048,576" in problem.what


def test_bytes_are_counted_and_not_characters() -> None:
    """Text outside ASCII has the size it has on the way to CloudFormation."""
    assert len(list(limit_problems(_template("語" * 350_000)))) == 1
    assert list(limit_problems(_template("語" * 340_000))) == []


@pytest.mark.parametrize("section", SECTION_LIMITS)
def test_an_empty_section_has_nothing_in_it(section: str) -> None:
    """A section that is written and left empty (null in JSON) is no fault of the macro."""
    assert list(limit_problems({section: None})) == []


def _template(text: str) -> dict[str, Any]:
    return {"Resources": {"A": {"Properties": {"Text": text}}}}
