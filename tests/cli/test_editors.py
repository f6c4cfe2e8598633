"""What editors and linters without our rules are given: a schema, CloudFormation's tags, and quiet declarations."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli.lint import fixed
from lambda_bedrock_profile.cli.read import parse, read
from lambda_bedrock_profile.cli.yaml_format import TAGS
from tests.cli.conftest import Run, start

jsonschema: Any = importlib.import_module("jsonschema")

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
OF_PROPERTIES = sorted((Path(__file__).parents[2] / "examples" / "properties").glob("*.yaml"))
HERE = ("--region", "us-east-1")


def test_the_schema_completes_the_models_of_the_catalog(run: Run) -> None:
    """An editor offers every model id, beside the properties of a declaration."""
    schema = json.loads(run("schema").stdout)
    properties = schema["definitions"]["declaration"]["properties"]["Properties"]["properties"]
    assert set(Catalog.bundled().models) <= set(properties["BedrockModelId"]["examples"])
    assert "LambdaFunctionProps" in properties


class Editor(yaml.SafeLoader):
    """YAML as an editor sees it: of a short tag, only its argument."""


def argument(loader: Editor, _: str, node: yaml.Node) -> Any:
    """What stands behind a short tag."""
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


Editor.add_multi_constructor("!", argument)


@pytest.mark.parametrize("example", [*EXAMPLES, *OF_PROPERTIES], ids=lambda path: path.stem)
def test_no_editor_marks_an_example(example: Path, run: Run) -> None:
    """With the schema of the command, the examples have no error in an editor, short tags included."""
    validator = jsonschema.Draft7Validator(json.loads(run("schema").stdout))
    seen = yaml.load(example.read_text(encoding="utf-8"), Loader=Editor)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(seen)] == []


@pytest.mark.parametrize(
    ("written", "marked"),
    [
        ("Geography: EU", True),
        ("Geographie: eu", True),
        ("DeployVpc: !Ref Private", False),
        ("Monitoring: {AlarmTopicArn: !Ref Alarms}", False),
        ("Monitoring: {AlarmTopicArn: !GetAtt Alarms.TopicArn}", False),
        ("Monitoring: {AlarmTopicArn: 'arn:aws:sqs:us-east-1:111122223333:alarms'}", True),
        ("LogGroupProps: {RetentionInDays: !Ref Days}", False),
        ("RoleProps: !If [C, {Path: /a/}, !Ref AWS::NoValue]", False),
    ],
)
def test_an_editor_marks_what_is_wrong_only(written: str, marked: bool, run: Run) -> None:
    """Names and words are checked while they are typed, and a short tag is no mistake."""
    validator = jsonschema.Draft7Validator(json.loads(run("schema").stdout))
    properties = f"BedrockModelId: x, ExistingLambdaObj: !Ref F, {written}"
    text = f"Resources: {{A: {{Type: Custom::LambdaBedrockProfile, Properties: {{{properties}}}}}}}"
    assert bool(list(validator.iter_errors(yaml.load(text, Loader=Editor)))) == marked


def test_every_tag_is_listed_for_editors(run: Run) -> None:
    """An editor that knows these tags marks none of CloudFormation's."""
    listed = json.loads(run("schema", "--custom-tags").stdout)
    assert {entry.split()[0] for entry in listed} == set(TAGS)


def findings_elsewhere(path: Path) -> list[str]:
    """The rules that cfn-lint breaks without our rules, as editors and agents run it."""
    return [match.rule.id for match in Runner(ConfigMixIn([], templates=[str(path)], regions=["us-east-1"])).run()]


@pytest.mark.parametrize("example", [*EXAMPLES, *OF_PROPERTIES], ids=lambda path: path.stem)
def test_an_example_is_quiet_in_every_linter(example: Path) -> None:
    """cfn-lint alone reports nothing in the examples."""
    assert findings_elsewhere(example) == []


INSERTED = "Metadata: {cfn-lint: {config: {ignore_checks: [E3003]}}}"
FIXED = [path for path in [*EXAMPLES, *OF_PROPERTIES] if INSERTED in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("example", FIXED, ids=lambda path: path.stem)
def test_a_fixed_template_is_as_the_example(example: Path, run: Run, tmp_path: Path) -> None:
    """Without the Metadata of the examples cfn-lint reports E3003, and --fix writes that Metadata again."""
    path = tmp_path / "template.yaml"
    text = "".join(line for line in example.read_text(encoding="utf-8").splitlines(True) if INSERTED not in line)
    path.write_text(text, encoding="utf-8")
    assert "E3003" in findings_elsewhere(path)
    assert run("lint", "--fix", str(path), *HERE).exit_code in (0, 8)
    assert path.read_text(encoding="utf-8") == example.read_text(encoding="utf-8")
    again = path.read_text(encoding="utf-8")
    assert run("lint", "--fix", str(path), *HERE).stderr == ""
    assert path.read_text(encoding="utf-8") == again


FLOW = "Resources: {A: {Type: Custom::LambdaBedrockProfile, Properties: {}}, B: {Type: 'AWS::SNS::Topic'}}"
AS_JSON = '{"Resources": {"A": {"Properties": {},\n  "Type": "Custom::LambdaBedrockProfile"}}}'
OWN = "Resources:\n  A:\n    Metadata: {Why: x}\n    Type: Custom::LambdaBedrockProfile\n"
WINDOWS = "Resources:\r\n  A:\r\n    Type: Custom::LambdaBedrockProfile\r\n    Properties: {}\r\n"


@pytest.mark.parametrize("text", [FLOW, AS_JSON, OWN, WINDOWS], ids=["flow", "json", "own-metadata", "windows"])
def test_every_form_of_a_template_can_be_fixed(text: str, run: Run, tmp_path: Path) -> None:
    """Metadata is added in brackets as well, and beside what a declaration has there already."""
    path = tmp_path / ("t.json" if text.startswith("{") else "t.yaml")
    path.write_bytes(text.encode())
    run("lint", "--fix", str(path), *HERE)
    before, after = parse(text, path.name).template["Resources"]["A"], read(str(path)).template["Resources"]["A"]
    metadata = {"cfn-lint": {"config": {"ignore_checks": ["E3003"]}}}
    assert after == {**before, "Metadata": {**metadata, **before.get("Metadata", {})}}
    assert (b"\r\n" in path.read_bytes()) == ("\r\n" in text)
    assert b"\r\n" not in path.read_bytes().replace(b"\r\n", b"")


HEAD = "Resources:\n  A:\n    Type: Custom::LambdaBedrockProfile\n"
IN_BRACKETS = HEAD + "    Metadata: {cfn-lint: {config: {ignore_checks: [W3037]}}} # mine\n"
WITH_DASHES = HEAD + (
    "    Metadata:\n      cfn-lint:\n        config:\n          ignore_checks:\n"
    "            - W3037\n            - I3011\n"
)
SAME_COLUMN = WITH_DASHES.replace("            - ", "          - ")
QUOTED = json.dumps(parse(IN_BRACKETS, "t.yaml").template)
OTHER_SETTING = HEAD + "    Metadata:\n      cfn-lint:\n        config:\n          regions: [us-east-1]\n"


@pytest.mark.parametrize("text", [IN_BRACKETS, WITH_DASHES, SAME_COLUMN, QUOTED, OTHER_SETTING])
def test_a_list_of_ones_own_is_extended(text: str, tmp_path: Path) -> None:
    """Checks that the user ignores stay, in the form in which they are written, and E3003 comes in front of them."""
    source = parse(text, "t.json" if text.startswith("{") else "t.yaml")
    after = parse(fixed(source), source.name)
    before, now = (each.template["Resources"]["A"]["Metadata"]["cfn-lint"]["config"] for each in (source, after))
    assert now == {**before, "ignore_checks": ["E3003", *before.get("ignore_checks", [])]}
    assert fixed(after) == after.text
    assert len(after.text.splitlines()) - len(text.splitlines()) == ("\n          " in text)


@pytest.mark.parametrize("value", ["{}", "[]", "text", "{cfn-lint: {config: {ignore_checks: []}}}", "{cfn-lint: 1}"])
def test_metadata_without_a_place_is_left_alone(value: str) -> None:
    """What would have to be written anew is not touched."""
    source = parse(f"{HEAD}    Metadata: {value}\n", "t.yaml")
    assert fixed(source) == source.text


def test_only_e3003_is_taken_out_of_what_is_generated(run: Run) -> None:
    """A declaration ignores E3003 for itself: it is reported in what is generated, and other checks stay ignored."""
    text = (
        "Transform: LambdaBedrockProfile\nResources:\n  A:\n    Type: Custom::LambdaBedrockProfile\n"
        "    Metadata: {Why: x, cfn-lint: {config: {ignore_checks: [E3003, E2533]}}}\n    Properties:\n"
        "      BedrockModelId: amazon.nova-lite-v1:0\n      RoleProps: {Policies: [{PolicyName: p}]}\n"
        "      LambdaFunctionProps: {Runtime: python2.7, Handler: a.b, Code: {ZipFile: x}}\n"
    )
    rules = [line.split()[1] for line in run("lint", "-", *HERE, text=text).stdout.splitlines()]
    assert rules == ["E3003"]
    template = parse(run("expand", "-", *HERE, text=text).stdout, "t").template
    kept = {"Why": "x", "cfn-lint": {"config": {"ignore_checks": ["E2533"]}}}
    assert template["Resources"]["A"]["Metadata"] == kept
    alone = parse(
        run("expand", "-", *HERE, text=text.replace("Why: x, ", "").replace(", E2533", "")).stdout, "t"
    ).template
    assert "Metadata" not in alone["Resources"]["A"]


def test_standard_input_cannot_be_fixed(run: Run) -> None:
    """There is no file to write into."""
    assert run("lint", "--fix", "-", *HERE, text=OWN).exit_code == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("expand t.yaml --region eu-cen", "eu-central-1"),
        ("lint t.yaml -r ap-northeast-1 -r us-e", "us-east-2"),
        ("expand assistant.yaml -p St", "Stage="),
        ("explain assistant.yaml As", "Assistant"),
        ("routes amazon.nova-l", "amazon.nova-lite-v1:0"),
    ],
)
def test_shells_complete_what_can_be_known(words: str, offered: str) -> None:
    """Regions, parameters and declarations of the template, and models are completed."""
    line = f"lambda-bedrock-profile {words}"
    settings = {"_LAMBDA_BEDROCK_PROFILE_COMPLETE": "bash_complete", "COMP_WORDS": line}
    through = ("env", *(f"{name}={value}" for name, value in settings.items()), f"COMP_CWORD={len(words.split())}")
    assert f"plain,{offered}\n" in start(through=through).stdout
