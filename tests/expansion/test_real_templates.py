"""Templates as people write them come back as they were, but for what a declaration in them adds."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.names import METADATA
from tests.support.templates import ACCOUNT, new, on

# About a hundred templates of others, kept beside the repository and not in it.
FOLDER = Path(__file__).parents[2].parent / "shared" / "templates"
FILES = sorted(path for path in FOLDER.glob("*") if path.suffix in (".json", ".yaml", ".yml"))
ENVIRONMENT = StackContext("us-east-1", ACCOUNT)
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")

pytestmark = pytest.mark.skipif(not FILES, reason="the folder with real templates is not there")


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def source(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each template that has resources."""
    text = request.param.read_text(encoding="utf-8")
    if "!Rain::" in text:
        pytest.skip("tags of another tool")
    template = parse(text, request.param.name).template
    if not isinstance(template.get("Resources"), dict):
        pytest.skip("a part of a template")
    return template


def expanded(template: dict[str, Any]) -> dict[str, Any]:
    """The processed template, as JSON would carry it, but for its version; the input has to stay as it is."""
    before = copy.deepcopy(template)
    processed: dict[str, Any] = json.loads(json.dumps(expand(template, ENVIRONMENT, Catalog.bundled()).template))
    assert template == before
    metadata = processed.get("Metadata", {})
    if metadata.pop(METADATA, None) and not metadata:
        del processed["Metadata"]
    return processed


def test_a_template_without_a_declaration_comes_back_equal(source: dict[str, Any]) -> None:
    """Naming the macro in a template changes nothing by itself."""
    assert expanded(source) == source


def test_a_declaration_adds_its_own_and_changes_nothing_else(source: dict[str, Any]) -> None:
    """A template with a declaration comes back equal outside the generated resources."""
    found = expanded({**source, "Resources": {**source["Resources"], "AddedAssistant": new()}})
    generated = [name for name in found["Resources"] if name.startswith("AddedAssistant")]
    assert generated == [
        "AddedAssistant",
        "AddedAssistantLogGroup",
        "AddedAssistantRole",
        "AddedAssistantInferenceProfile",
    ]
    assert _without(found, *generated) == source


def test_its_functions_get_a_profile_and_nothing_else_changes(source: dict[str, Any]) -> None:
    """Each function of a real template can have a profile; beyond its variables it stays as it was."""
    resources = source["Resources"]
    names = [name for name, item in resources.items() if isinstance(item, dict) and item.get("Type") in FUNCTIONS]
    for name in names:
        declared = {**source, "Resources": {**resources, "AddedModel": on({"Ref": name})}}
        found = expanded(declared)
        function = found["Resources"][name]
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables.pop("BEDROCK_PROFILE") == {"Fn::GetAtt": ["AddedModelInferenceProfile", "InferenceProfileArn"]}
        assert variables.pop("BEDROCK_MODEL")
        assert "AddedModelPolicy" in function["DependsOn"]
        if "Environment" not in resources[name]["Properties"]:
            del function["Properties"]["Environment"]
        function["DependsOn"] = resources[name].get("DependsOn")
        expected = {**resources[name], "DependsOn": resources[name].get("DependsOn")}
        assert function == expected
        assert _without(found, "AddedModelPolicy", "AddedModelInferenceProfile", name) == _without(source, name)


def _without(template: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**template, "Resources": {key: item for key, item in template["Resources"].items() if key not in names}}


def test_there_are_templates_of_many_kinds() -> None:
    """The folder holds enough to mean something: loops, serverless functions, conditions and mappings among them."""
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    assert len(texts) > 90
    for word in ("Fn::ForEach", "AWS::Lambda::Function", "Conditions", "Mappings", "Transform"):
        assert any(word in text for text in texts)
