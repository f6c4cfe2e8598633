"""CloudFormation's limits, reported before it would refuse the processed template."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.template.limits import SECTION_LIMITS, TEMPLATE_BYTES, check_limits, check_long_ids
from tests.support.goldens import goldens


def _limits(processed: dict[str, Any]) -> tuple[Diagnostic, ...]:
    """The errors of a processed template."""
    report = Report()
    check_limits(processed, processed, report)
    return report.errors


def _long(generated: dict[str, list[str]]) -> tuple[Diagnostic, ...]:
    """The errors of generated ids."""
    report = Report()
    check_long_ids(generated, report)
    return report.errors


@pytest.mark.parametrize(("section", "limit"), SECTION_LIMITS.items())
def test_one_too_many_is_a_problem_with_both_figures(section: str, limit: int) -> None:
    """A template over a limit says how many it has and how many there may be, and one at the limit says nothing."""
    full: dict[str, Any] = {section: {f"Item{number}": {} for number in range(limit)}}
    assert list(_limits(full)) == []
    (problem,) = _limits({section: {**full[section], "OneMore": {}}})
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
    assert list(_limits(fits)) == []
    (problem,) = _limits(_template("x" * (1_048_576 - fixed + 1)))
    assert "1,048,577 bytes" in problem.what
    assert "takes 1,048,576" in problem.what


def test_bytes_are_counted_and_not_characters() -> None:
    """Text outside ASCII has the size it has on the way to CloudFormation."""
    assert len(list(_limits(_template("語" * 350_000)))) == 1
    assert list(_limits(_template("語" * 340_000))) == []


def test_an_id_that_gets_too_long_is_a_problem_with_the_figure() -> None:
    """A logical id that leaves no room for what is generated is refused before CloudFormation would."""
    long = "X" * 252
    assert list(_long({long: [long, f"{long}Sub"]})) == []
    (problem,) = _long({long: [long, f"{long}Role"]})
    assert (problem.logical_id, problem.kind) == (long, "limit")
    assert "256 characters" in problem.what
    assert "takes 255" in problem.what


@pytest.mark.parametrize("section", SECTION_LIMITS)
def test_an_empty_section_has_nothing_in_it(section: str) -> None:
    """A section that is written and left empty (null in JSON) is no fault of the macro."""
    assert list(_limits({section: None})) == []


def _template(text: str) -> dict[str, Any]:
    return {"Resources": {"A": {"Properties": {"Text": text}}}}


def test_the_quick_measure_never_takes_a_large_template_for_a_small_one() -> None:
    """Golden templates many times over are reported if they are too large, whether their parts are shared or not."""
    for golden, times in itertools.product(goldens(), (60, 120, 240)):
        template = golden.expanded()
        copies = [{f"{number}{name}": item for name, item in template["Resources"].items()} for number in range(times)]
        text = json.dumps(template["Resources"])
        apart = [{f"{number}{name}": item for name, item in json.loads(text).items()} for number in range(times)]
        for parts in (copies, apart):
            large = {"Resources": {name: item for part in parts for name, item in part.items()}}
            exact = len(json.dumps(large, ensure_ascii=False, separators=(",", ":")).encode())
            found = [problem for problem in _limits(large) if problem.logical_id == "Template"]
            assert bool(found) == (exact > TEMPLATE_BYTES)
