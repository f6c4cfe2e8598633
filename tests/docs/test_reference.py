"""The reference page and the editor's schema: made from the macro's own schema, and true to it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from lambda_bedrock_profile.cli.read import parse
from scripts import reference

jsonschema: Any = importlib.import_module("jsonschema")

ROOT = Path(__file__).parents[2]
EDITOR = json.loads(reference.EDITOR_SCHEMA.read_text(encoding="utf-8"))
SCHEMA = json.loads(reference.SCHEMA.read_text(encoding="utf-8"))
TEMPLATES = sorted([*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("tests/golden/*/template.yaml")])

FUNCTION = {
    "Runtime": "python3.13",
    "Handler": "index.handler",
    "Code": {"ZipFile": "def handler(event, context): ..."},
}
CORRECT = {"BedrockModelId": "amazon.nova-lite-v1:0", "LambdaFunctionProps": FUNCTION}


def complaints(properties: dict[str, Any], **attributes: Any) -> list[str]:
    """What the editor's schema says about a declaration."""
    declaration = {"Type": "Custom::LambdaBedrockProfile", "Properties": properties, **attributes}
    validator = jsonschema.Draft7Validator(EDITOR)
    return [error.json_path for error in validator.iter_errors({"Resources": {"Assistant": declaration}})]


@pytest.mark.parametrize("path", reference.texts(), ids=lambda path: path.name)
def test_what_is_made_from_the_schema_is_up_to_date(path: Path) -> None:
    """The page and the editor's schema say what the macro accepts now; else run scripts/reference.py."""
    assert path.read_text(encoding="utf-8") == reference.texts()[path]


def test_every_property_has_its_section() -> None:
    """A reader finds each property of a declaration under a heading of its own, with its default."""
    page = reference.REFERENCE.read_text(encoding="utf-8")
    for name, item in SCHEMA["properties"].items():
        assert f"\n## {name}\n" in page
        assert item["description"] in page
    assert page.count("\n## ") == len(SCHEMA["properties"])


@pytest.mark.parametrize("name", SCHEMA["properties"])
def test_every_property_has_an_example_that_uses_it(name: str) -> None:
    """The example under a property shows that property, in one declaration of a template that the pages' tests lint."""
    path = reference.EXAMPLES / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    resources = parse(text, path.name).template["Resources"].values()
    uses = [name in each["Properties"] for each in resources if each["Type"] == reference.TYPE]
    assert uses.count(True) == 1
    assert reference.snippet(name) in reference.REFERENCE.read_text(encoding="utf-8")


def test_the_editor_schema_is_a_valid_schema() -> None:
    """Editors can load it: it is JSON schema, draft 7."""
    jsonschema.Draft7Validator.check_schema(EDITOR)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_editor_has_nothing_to_say_about_a_correct_template(path: Path) -> None:
    """Every example and every golden template passes, intrinsic functions included."""
    template = parse(path.read_text(encoding="utf-8"), path.name).template
    assert [error.message for error in jsonschema.Draft7Validator(EDITOR).iter_errors(template)] == []


@pytest.mark.parametrize("name", SCHEMA["properties"])
def test_every_property_may_be_an_intrinsic_function(name: str) -> None:
    """A call of an intrinsic function is no mistake, in whatever property it stands."""
    rest = {key: value for key, value in CORRECT.items() if key != name}
    if name in ("ExistingLambdaObj", "ExistingRole"):
        del rest["LambdaFunctionProps"]
    assert complaints({**rest, name: {"Fn::If": ["IsProduction", "a", {"Ref": "AWS::NoValue"}]}}) == []


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"Geografy": "us"}, "Properties"),
        ({"Geography": "mars"}, "Properties.Geography"),
        ({"DeployVpc": "yes"}, "Properties.DeployVpc"),
        ({"LambdaFunctionProps": {**FUNCTION, "Timeout": 0}}, "Properties.LambdaFunctionProps"),
        ({"ExistingLambdaObj": "Chat"}, "Properties"),
    ],
)
def test_an_editor_shows_what_the_macro_would_refuse(wrong: dict[str, Any], place: str) -> None:
    """Unknown names, wrong values and two functions at once are marked where they stand."""
    assert complaints({**CORRECT, **wrong}) == [f"$.Resources.Assistant.{place}"]


def test_flags_and_numbers_may_be_text() -> None:
    """What CloudFormation reads as a boolean or a number is one for the editor, too."""
    assert complaints({**CORRECT, "DeployVpc": "true", "LogGroupProps": {"RetentionInDays": "30"}}) == []


def test_attributes_that_a_declaration_cannot_have_are_marked() -> None:
    """A Condition passes; a CreationPolicy, which the macro refuses, does not."""
    assert complaints(CORRECT, Condition="IsProduction", DeletionPolicy="Retain") == []
    assert complaints(CORRECT, CreationPolicy={}) == ["$.Resources.Assistant"]
