"""The shape that a template needs for anything in it to be read."""

from typing import Any

from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.template.resources import check_shape


def _shape(template: dict[str, Any]) -> tuple[Diagnostic, ...]:
    report = Report()
    check_shape(template, report)
    return report.errors


def test_a_template_without_resources_says_how_the_macro_is_called() -> None:
    """Fn::Transform inside a resource shows no template, and the message names the Transform section instead."""
    (problem,) = _shape({"Bucket": "x"})
    assert "Fn::Transform" in problem.what
    assert "Transform section" in problem.fix
    assert list(_shape({"Resources": {}})) == []


def test_resources_have_to_be_a_map() -> None:
    """A list of resources is a problem and no fault of the macro."""
    (problem,) = _shape({"Resources": [{"Type": "T"}]})
    assert (problem.logical_id, problem.path) == ("Template", ("Resources",))
