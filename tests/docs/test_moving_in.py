"""The page on moving in: its examples work, say what ``adopt`` says, and replace nothing that is to stay."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import without_macro
from lambda_bedrock_profile.cli.changes import changes, replacing
from lambda_bedrock_profile.cli.main import main
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.expand import expand

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "moving-in.md").read_text(encoding="utf-8")
RAW, RAW_AFTER, SAM, SAM_AFTER, CONSTRUCT = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
SCHEMA = json.loads((ROOT / "src/lambda_bedrock_profile/declaration/schema.json").read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Any]:
    """A template of the page."""
    return parse(text, "moving-in.md").template


def processed(text: str) -> dict[str, Any]:
    """What the macro makes of a template of the page."""
    context = StackContext("us-east-1", "111122223333", provider_arn="arn:aws:lambda:us-east-1:111122223333:function:p")
    return dict(expand(without_macro(read(text), "LambdaBedrockProfile"), context, Catalog.bundled()).template)


def declarations(template: dict[str, Any]) -> dict[str, Any]:
    """The properties of the declarations of a template."""
    found = template["Resources"].items()
    return {name: each["Properties"] for name, each in found if each["Type"] == TYPE}


@pytest.mark.parametrize("text", [RAW_AFTER, SAM_AFTER, CONSTRUCT], ids=["raw", "sam", "construct"])
def test_what_is_moved_in_expands(text: str) -> None:
    """A reader who copies the result deploys it."""
    assert any("InferenceProfile" in json.dumps(each) for each in processed(text)["Resources"].values())


@pytest.mark.parametrize(("before", "after"), [(RAW, RAW_AFTER), (SAM, SAM_AFTER)], ids=["raw", "sam"])
def test_adopt_says_the_same(before: str, after: str, tmp_path: Path) -> None:
    """The declaration of the page is the one that the command prints, but for tags, which are the reader's."""
    path = tmp_path / "template.yaml"
    path.write_text(before, encoding="utf-8")
    result = CliRunner().invoke(main, ["adopt", str(path), "--region", "us-east-1"], catch_exceptions=False)
    printed = read(result.output)
    expected = declarations(read(after))
    for properties in expected.values():
        properties.pop("InferenceProfileProps", None)
    assert (declarations(printed), printed["Transform"]) == (expected, read(after)["Transform"])


@pytest.mark.parametrize(("before", "after"), [(RAW, RAW_AFTER), (SAM, SAM_AFTER)], ids=["raw", "sam"])
def test_nothing_that_is_there_is_replaced_or_removed(before: str, after: str) -> None:
    """The update of a running stack keeps its function, its role and its profile."""
    for change in changes(read(before), processed(after)):
        assert change.kind != "removed"
        assert replacing(change, "us-east-1") == []


def test_the_moved_function_loses_the_way_past_its_profile() -> None:
    """No statement of the old template that allowed the bare model is left."""
    assert "foundation-model/*" not in json.dumps(processed(RAW_AFTER))
    for text in (RAW_AFTER, SAM_AFTER):
        written = json.dumps(read(text))
        assert "bedrock:Invoke" not in written


def test_each_prop_has_its_property() -> None:
    """The table names properties that there are, one for each prop of the construct."""
    section = PAGE.split("| prop of the construct |")[1].split("```ts")[0]
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", section, flags=re.MULTILINE)
    assert len(rows) == 10
    for prop, name in rows:
        assert name in SCHEMA["properties"]
        assert name.lower() == prop.lower()


def test_each_defect_has_its_answer() -> None:
    """All of them, in their order, and each with something to say."""
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", PAGE, flags=re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 39))
    assert all(answer.strip() for _, _, answer in rows)
