"""The examples expand wherever their model can be had, to templates that two linters find nothing in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint
from cloudformation_validate import CompositeEngine, Severity, ValidateConfig

from lambda_bedrock_profile.bedrock import Catalog, Route
from lambda_bedrock_profile.checking.deployment import MACRO, without_macro
from lambda_bedrock_profile.cli.read import parse
from tests.support.catalogs import ask
from tests.support.templates import expanded, profile_arn, variables

FOLDER = Path(__file__).parents[2] / "examples"
NAMES = (
    "assistant",
    "sam-function",
    "private-sam",
    "two-models",
    "shared-profile",
    "ecs-task",
    "conditional",
    "parameters",
    "language-extensions",
)
# The validator carries an empty default past the condition that guards it.
OPTIONAL = {"PermissionsBoundary": "arn:aws:iam::111122223333:policy/boundary"}
REGIONS = ("us-east-1", "eu-central-1", "ap-northeast-1")


def example(name: str) -> dict[str, Any]:
    """The template of an example, as it reaches the macro, other transforms kept."""
    path = FOLDER / f"{name}.yaml"
    return without_macro(parse(path.read_text(encoding="utf-8"), path.name).template, MACRO)


def test_every_example_is_tested() -> None:
    """A new example cannot be forgotten here."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} >= set(NAMES)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("name", NAMES)
def test_an_example_deploys_in_three_geographies(name: str, region: str, tmp_path: Path) -> None:
    """Each example expands in America, Europe and Asia, and cfn-lint and AWS's validator have nothing to say."""
    path = tmp_path / "processed.json"
    path.write_text(json.dumps(expanded(example(name), region)), encoding="utf-8")
    config = ValidateConfig(severity_level=Severity.WARN, parameter_overrides=OPTIONAL)
    native = CompositeEngine().validate_template(str(path), config)
    assert [f"{found.rule_id} {found.message}" for found in native.diagnostics] == []
    assert [str(match) for match in lint(path.read_text(encoding="utf-8"), config=ManualArgs(regions=[region]))] == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("parameters", {"Stage": "prod", **OPTIONAL}),
        ("conditional", {"Summaries": "off"}),
        ("language-extensions", {"Teams": ["A", "B", "C"]}),
    ],
)
def test_an_example_takes_other_parameters(name: str, values: dict[str, Any]) -> None:
    """The examples with parameters expand for other values than the defaults."""
    assert expanded(example(name), **values)["Resources"]


def test_the_examples_show_what_they_say() -> None:
    """The second model, the condition, the stages and the teams are there in what comes out."""
    writer = expanded(example("two-models"))["Resources"]["Writer"]
    assert variables(writer)["DRAFT_PROFILE"] == profile_arn("Draft")
    inbox = expanded(example("conditional"))["Resources"]["Inbox"]
    assert variables(inbox)["BEDROCK_PROFILE"]["Fn::If"][0] == "WithSummaries"
    names = [
        expanded(example("parameters"), Stage=stage)["Resources"]["ClassifierInferenceProfile"]["Properties"]
        for stage in ("dev", "prod")
    ]
    assert names[0]["InferenceProfileName"] != names[1]["InferenceProfileName"]
    teams = expanded(example("language-extensions"), Teams=["Search", "Sales"])
    assert teams["Outputs"]["ProfileOfSales"] == {"Value": profile_arn("AssistantSales")}
    assert "AssistantSearch" in teams["Resources"]


@pytest.mark.parametrize("region", REGIONS)
def test_the_models_of_the_examples_are_offered_there(region: str) -> None:
    """The Regions of the test above are ones that the examples' models can be had in, and none has an end in sight."""
    models = {"amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"}
    models.add("anthropic.claude-haiku-4-5-20251001-v1:0")
    for model in models:
        assert Catalog.bundled().status(model) == "ACTIVE"
        assert isinstance(ask(Catalog.bundled(), model, region), Route)
