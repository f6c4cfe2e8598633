"""``adopt``: declarations for functions that call Bedrock by hand, as a fragment of a template and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambda_bedrock_profile.cli.read import parse
from tests.cli.conftest import TEMPLATES, Run, start
from tests.support.templates import expanded

HERE = ("--region", "us-east-1")
NAMED = ("--model", "Classifier=us.amazon.nova-lite-v1:0")


def test_the_fragment_says_everything(run: Run, golden: Callable[[str, str], None]) -> None:
    """The declarations are YAML, and what to remove and what changes are comments beside them."""
    result = run("adopt", "by_hand.yaml", *HERE, *NAMED)
    assert result.exit_code == 0
    assert result.stderr == ""
    golden("adopt_by_hand.yaml", result.stdout)


def test_a_function_without_a_declaration_is_an_exit_code(run: Run) -> None:
    """A pipeline notices what was not adopted, and the reason is beside what was."""
    result = run("adopt", "by_hand.yaml", *HERE)
    assert result.exit_code == 1
    assert "# No declaration: the template does not show which model it calls." in result.stdout
    assert "--model Classifier=MODEL" in result.stdout
    assert "SummarizerModel:" in result.stdout


def test_the_fragment_added_to_the_template_expands(run: Run) -> None:
    """What is printed can be pasted: with it and without what it names, the template expands."""
    template = parse((TEMPLATES / "by_hand.yaml").read_text(encoding="utf-8"), "by_hand.yaml").template
    printed = parse(run("adopt", "by_hand.yaml", *HERE, *NAMED).stdout, "fragment").template
    assert printed["Transform"] == ["LambdaBedrockProfile", "AWS::Serverless-2016-10-31"]
    del template["Resources"]["Summarizer"]["Properties"]["Environment"]["Variables"]["MODEL_ID"]
    both = {**template, "Resources": {**template["Resources"], **printed["Resources"]}}
    processed = expanded(both)["Resources"]
    assert {f"{name}InferenceProfile" for name in printed["Resources"]} <= processed.keys()


def test_json_has_the_same_for_programs(run: Run) -> None:
    """Each caller has its declarations, its places with lines, and every permission that changes."""
    found: dict[str, Any] = json.loads(run("adopt", "by_hand.yaml", *HERE, *NAMED, "--format", "json").stdout)
    callers = {caller["id"]: caller for caller in found["callers"]}
    assert list(callers) == ["Summarizer", "Translator", "Classifier", "WorkerRole"]
    assert found["transform"] == ["LambdaBedrockProfile", "AWS::Serverless-2016-10-31"]
    lines = (TEMPLATES / "by_hand.yaml").read_text(encoding="utf-8").splitlines()
    for caller in callers.values():
        assert f"{caller['id']}:" in lines[caller["line"] - 1]
    (removal,) = callers["Translator"]["remove"]
    assert "Effect: Allow" in lines[removal["line"] - 1]
    assert removal["path"][:2] == ["Resources", "TranslatorRole"]
    assert {"action": "bedrock:InvokeModel", "resource": "*", "condition": None, "under": None} in callers[
        "Summarizer"
    ]["permissions_gone"]
    assert "bedrock:Retrieve" not in {each["action"] for each in callers["Summarizer"]["permissions_gone"]}


def test_a_template_without_calls_says_so(run: Run) -> None:
    """Nothing to adopt is no error, and standard output stays empty."""
    result = run("adopt", "assistant.yaml", *HERE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "assistant.yaml: nothing calls Bedrock without a declaration.\n"


def test_errors_of_the_template_come_first(run: Run) -> None:
    """A template that the macro would refuse is refused in the words of expand."""
    result = run("adopt", "wrong.yaml", *HERE)
    assert result.exit_code == 1
    assert result.stderr == run("expand", "wrong.yaml", *HERE).stderr


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["Summariser=amazon.nova-lite-v1:0"], "Did you mean Summarizer?"),
        (["Summarizer=a.b-1", "Summarizer=a.b-2"], "names two models for Summarizer"),
        (["a.b-1", "a.b-2"], "names two models for everything"),
    ],
)
def test_a_model_on_the_command_line_has_to_belong_somewhere(models: list[str], message: str, run: Run) -> None:
    """A misspelt function is not passed over, and no model wins over another in silence."""
    result = run("adopt", "by_hand.yaml", *HERE, *(part for model in models for part in ("--model", model)))
    assert result.exit_code == 2
    assert message in result.stderr


def test_nothing_is_written(run: Run) -> None:
    """The template and its folder stay as they were."""
    before = {path: path.read_bytes() for path in TEMPLATES.rglob("*") if path.is_file()}
    run("adopt", "by_hand.yaml", *HERE, *NAMED)
    assert {path: path.read_bytes() for path in TEMPLATES.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("typed", "completed"), [("amazon.nova-l", ""), ("Classifier=amazon.nova-l", "Classifier=")])
def test_shells_complete_models(typed: str, completed: str) -> None:
    """The ids of models complete, also behind the name of a function."""
    line: dict[str, Any] = {"COMP_WORDS": f"lambda-bedrock-profile adopt a.yaml --model {typed}", "COMP_CWORD": "4"}
    found = start(_LAMBDA_BEDROCK_PROFILE_COMPLETE="bash_complete", **line).stdout.splitlines()
    assert f"plain,{completed}amazon.nova-lite-v1:0" in found


def test_a_loop_is_named_and_not_looked_into(run: Run) -> None:
    """What a loop makes is not seen, and nobody takes the silence for an answer."""
    statement = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}
    policies = [{"PolicyDocument": {"Statement": statement}}]
    body = {"Role${Name}": {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}}
    template = {"Resources": {"Fn::ForEach::Roles": ["Name", ["A", "B"], body]}}
    result = run("adopt", "-", *HERE, text=json.dumps(template))
    assert result.stderr.splitlines()[0] == "<stdin>: Fn::ForEach::Roles is not looked into: it is a loop."
