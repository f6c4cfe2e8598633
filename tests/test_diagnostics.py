"""Reporting: bound to a place, collected in one list, worded alike everywhere."""

from __future__ import annotations

import pytest

from lambda_bedrock_profile.diagnostics import Diagnostic, Path, Report, TemplateError


def test_a_report_is_bound_to_its_place() -> None:
    """A message names the logical id that was bound once, and the path below it."""
    report = Report()
    declaration = report.of("Chat", "Properties")
    declaration.at("VpcProps", "MaxAzs").error("property", "is too large", "Write a whole number from 1 to 3")
    assert [str(item) for item in report.errors] == [
        "Chat.Properties.VpcProps.MaxAzs: is too large. Write a whole number from 1 to 3."
    ]


def test_all_places_report_into_one_list() -> None:
    """Errors come in the order in which they were reported, whichever report they went through."""
    report = Report()
    places = [report.of("B"), report.of("A", "Properties"), report.of("A").at("Properties", "X"), report]
    for place in places:
        place.error("property", "is wrong", "Fix it")
    assert [item.where for item in report.errors] == ["B", "A.Properties", "A.Properties.X", "Template"]
    assert [item.where for item in report.of("A", "Properties").errors_here] == ["A.Properties", "A.Properties.X"]


def test_what_is_no_error_is_a_remark() -> None:
    """Warnings and information do not make a template one that the macro refuses."""
    report = Report("Chat")
    report.warning("uncalled", "is not called", "Add it")
    report.information("unchecked", "cannot be checked", "Give it")
    assert report.errors == ()
    assert [item.level for item in report.remarks] == ["warning", "information"]


def test_the_exception_has_every_problem_on_a_line() -> None:
    """What a user of the macro reads is one line for each problem, and a question keeps its mark."""
    problems = [Diagnostic("A", (), "is wrong", "Fix it"), Diagnostic("B", ("C", 0), "is no name", "Did you mean D?")]
    assert str(TemplateError(problems)) == "A: is wrong. Fix it.\nB.C.0: is no name. Did you mean D?"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("Resources", "A", "Properties", "B", 0), "A.Properties.B.0"),
        (("Outputs", "A", "Value"), "Outputs.A.Value"),
        (("Resources",), "Resources"),
        ((), "Template"),
    ],
)
def test_a_place_outside_resources_is_named_by_its_section(path: Path, where: str) -> None:
    """Problems name a logical id in Resources, and the section itself elsewhere."""
    report = Report()
    report.in_template(path).error("reference", "is wrong", "Change it")
    assert [error.where for error in report.errors] == [where]


def test_a_place_has_one_error_if_a_reference_in_it_is_wrong() -> None:
    """What is wrong with the reading of a value stays; a reference that is surely wrong explains every other error."""
    report, wrong = Report("A"), Report("A")
    report.at("Model").error("property", "cannot be known", "Write it")
    earlier = report.errors
    for name in ("Role", "Vpc"):
        report.at(name).error("property", "is none", "Write one")
    wrong.at("Model").error("reference", "A has no attribute Modle", "Write Model", any_value=True)
    wrong.at("Role").error("reference", "A has no attribute Rloe", "Write Role", any_value=True)
    wrong.at("Vpc").error("reference", "A has no attribute Vpc here", "Add one")
    wrong.at("Output").error("reference", "A has no attribute Vpc here", "Add one")

    report.add_references(wrong.errors, earlier)

    assert sorted((item.path[0], item.rule) for item in report.errors) == [
        ("Model", "property"), ("Output", "reference"), ("Role", "reference"), ("Vpc", "property")
    ]  # fmt: skip
