"""The forms for issues: GitHub takes them, and they send nobody who found a weakness into the open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(FOLDER.glob("[0-9]-*.yml"))
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_github_asks_for(path: Path) -> None:
    """Name, description and fields, each with a label and an id of its own; else GitHub shows no form at all."""
    form: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"]
    assert form["description"]
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    assert {each["type"] for each in form["body"]} <= KINDS
    assert all(each["attributes"]["label"] for each in fields)
    assert len({each["id"] for each in fields}) == len(fields) > 0


def test_the_first_form_names_the_private_way() -> None:
    """Whoever reports a fault reads first where a weakness belongs."""
    assert "SECURITY.md" in FORMS[0].read_text(encoding="utf-8")
