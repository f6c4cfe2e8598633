"""The settings file: where it is found, what it does to every command, and how it is made from the macro's stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambda_bedrock_profile import macro
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.organisation import VARIABLES
from tests.cli.conftest import Run
from tests.support.macro_template import PARAMETERS

HERE = ("--region", "eu-west-1", "--account", "111122223333")
NAME = ".lambda-bedrock-profile.toml"
TEMPLATE = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""
RULES: dict[str, Any] = {
    "PermissionsBoundaryForRoles": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundary",
    "LogKmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k",
    "MinimumLogRetentionInDays": 1096,
    "RequiredTagKeys": ["team"],
    "AllowedGeographies": ["us"],
    "AllowedModels": ["anthropic.*"],
    "AllowNewVpc": False,
}


def toml(values: dict[str, Any]) -> str:
    """``values`` as a settings file."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """A folder that is a repository, with a template in a folder of its own."""
    (tmp_path / "project" / ".git").mkdir(parents=True)
    (tmp_path / "project" / "stacks").mkdir()
    (tmp_path / "project" / "stacks" / "chat.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def answer_of_macro(monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]) -> dict[str, Any]:
    """What the macro that was deployed with ``values`` answers to the template."""
    for name, value in values.items():
        text = ",".join(value) if isinstance(value, list) else str(value).lower() if value is False else str(value)
        monkeypatch.setenv(VARIABLES[name], text)
    macro.settings.cache_clear()
    fragment = parse(TEMPLATE, "t").template
    del fragment["Transform"]
    event = {"region": "eu-west-1", "accountId": "111122223333", "requestId": "r", "fragment": fragment}
    return macro.handler({**event, "templateParameterValues": {}}, None)


@pytest.mark.parametrize("rule", RULES)
def test_lint_and_expand_equal_the_deployed_macro(
    rule: str, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of the macro's stack and the same in the file have the same effect, in the same words."""
    (project / NAME).write_text(toml({rule: RULES[rule]}))
    answer = answer_of_macro(monkeypatch, {rule: RULES[rule]})
    expanded = run("expand", "stacks/chat.yaml", *HERE)
    linted = run("lint", "stacks/chat.yaml", *HERE)
    if answer["status"] == "success":
        assert parse(expanded.stdout, "t").template == json.loads(json.dumps(answer["fragment"]))
        assert "E9010" not in linted.stdout
    else:
        for line in answer["errorMessage"].splitlines():
            assert line in expanded.stderr
            assert f"E9010 {line}" in linted.stdout


def test_the_nearest_file_holds(project: Path, run: Run) -> None:
    """A file beside the template goes before one above it, and one above the repository does not count."""
    (project.parent / NAME).write_text(toml({"AllowedModels": ["acme.*"]}))
    assert run("expand", "stacks/chat.yaml", *HERE).exit_code == 0
    (project / NAME).write_text(toml({"AllowedModels": ["anthropic.*"]}))
    assert "matches anthropic.*" in run("expand", "stacks/chat.yaml", *HERE).stderr
    assert "matches anthropic.*" in run("expand", "-", *HERE, text=TEMPLATE).stderr
    (project / "stacks" / NAME).write_text(toml({"AllowedModels": ["amazon.*"]}))
    assert run("expand", "stacks/chat.yaml", *HERE).exit_code == 0
    named = run("expand", "stacks/chat.yaml", *HERE, "--settings", NAME)
    assert "matches anthropic.*" in named.stderr


@pytest.mark.parametrize("command", ["explain", "diff", "graph"])
def test_every_command_that_expands_goes_by_the_file(command: str, project: Path, run: Run) -> None:
    """What is shown is what the macro would make, or what it would refuse."""
    (project / NAME).write_text(toml({"AllowedModels": ["anthropic.*"]}))
    result = run(command, "stacks/chat.yaml", *HERE)
    assert result.exit_code == 1
    assert "AllowedModels of the macro's stack" in result.stderr


def test_the_macros_name_and_mode_are_settings_too(project: Path, run: Run) -> None:
    """The file stands for --macro-name and --profile-mode, which go before it."""
    (project / NAME).write_text(toml({"MacroName": "Profiles", "ProfileMode": "provider"}))
    text = TEMPLATE.replace("LambdaBedrockProfile\nRes", "Profiles\nRes")
    result = run("diff", "-", *HERE, text=text)
    assert "Custom::BedrockInferenceProfile" in result.stdout
    assert "Profiles-ProviderFunctionArn" in result.stdout
    assert "AWS::Bedrock::App" in run("diff", "-", *HERE, "--profile-mode", "native", text=text).stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("AllowedModel = 'x'", "AllowedModel is no setting. Did you mean AllowedModels?"),
        ("Colour = 'x'", "Colour is no setting. There are MacroName, ProfileMode,"),
        ("MacroName = 'a-b'", "MacroName is not the name of a macro."),
        ("ProfileMode = 'x'", "ProfileMode is no mode. Write one of native,"),
        ("AllowedGeographies = ['eur']", "AllowedGeographies holds eur, which is no geography. Did you mean eu?"),
        ("MacroName =", "is not TOML: "),
        (b"\xff", "is not text in UTF-8. Save it as UTF-8."),
    ],
)
def test_a_file_that_cannot_be_used_is_named(content: str | bytes, message: str, project: Path, run: Run) -> None:
    """A mistake in the file is one line, and nothing is checked by half of the rules."""
    (project / NAME).write_bytes(content if isinstance(content, bytes) else content.encode())
    for command in ("lint", "expand"):
        result = run(command, "stacks/chat.yaml", *HERE)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"{project / NAME}: {message}")
    assert message in run("settings").stderr


def test_a_file_that_is_named_has_to_be_there(project: Path, run: Run) -> None:
    """--settings never falls back to another file, or to none."""
    result = run("lint", "stacks/chat.yaml", *HERE, "--settings", "other.toml")
    assert (result.exit_code, result.stderr.strip()) == (
        2,
        "other.toml: cannot be read: No such file or directory. Name a file that is there.",
    )


def test_the_settings_that_hold_are_shown(project: Path, run: Run) -> None:
    """Without an option the command says which file holds, and how it is understood."""
    assert "so no rule of an organisation is checked" in run("settings").stderr
    (project / NAME).write_text(toml({**RULES, "RequiredTagKeys": "team, app"}))
    shown = run("settings").stdout
    assert shown == f"# {project / NAME}\n{toml({**RULES, 'RequiredTagKeys': ['team', 'app']})}"


# ---------------------------------------------------------------------------------------------- from the macro's stack


def described(parameters: dict[str, str], **more: Any) -> dict[str, Any]:
    """What DescribeStacks says of a stack."""
    values = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    stack = {"StackName": "s", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE", "Parameters": values, **more}
    return {"Stacks": [stack]}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """AWS with one stack."""
    client = boto3.client("cloudformation", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    stubber = Stubber(client)
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    stubber.activate()
    return stubber


DEFAULTS = {name: str(parameter["Default"]) for name, parameter in PARAMETERS.items()}


def test_the_file_is_made_from_the_macros_stack(stack: Stubber, project: Path, run: Run) -> None:
    """Each rule of the stack is in the file, so that it holds for the command line without a word more."""
    texts = {name: ",".join(each) if isinstance(each, list) else str(each) for name, each in RULES.items()}
    outputs = [{"OutputKey": "Version", "OutputValue": "1.2.3"}]
    parameters = DEFAULTS | texts | {"AllowNewVpc": "false"}
    stack.add_response("describe_stacks", described(parameters, Outputs=outputs), {"StackName": "macros"})
    result = run("settings", "--from-stack", "macros", "--region", "eu-west-1")
    assert (result.exit_code, result.stderr) == (0, f"{NAME}: has the settings of the stack macros.\n")
    head, _, rest = (project / NAME).read_text().partition("--from-stack macros\n")
    assert head.startswith("# The settings of the stack macros in eu-west-1, version 1.2.3.\n")
    assert rest == toml({"MacroName": "LambdaBedrockProfile", "ProfileMode": "auto", **RULES})
    assert rest in run("settings").stdout


def test_what_the_stack_does_not_set_is_not_in_the_file(stack: Stubber, project: Path, run: Run) -> None:
    """A stack without rules, or of a version that knew none, makes a file without rules."""
    for parameters in (DEFAULTS, {"MacroName": "LambdaBedrockProfile", "ProfileMode": "auto"}):
        stack.add_response("describe_stacks", described(parameters))
        result = run("settings", "--from-stack", "macros", "--region", "eu-west-1", "--output", "-")
        lines = [line for line in result.stdout.splitlines() if not line.startswith("#")]
        assert lines == ['MacroName = "LambdaBedrockProfile"', 'ProfileMode = "auto"']
    assert not (project / NAME).exists()


def test_another_stack_is_refused(stack: Stubber, project: Path, run: Run) -> None:
    """A stack that is not the macro's has no settings, and nothing is written."""
    stack.add_response("describe_stacks", described({"Bucket": "b"}))
    stack.add_client_error("describe_stacks", "ValidationError", "Stack with id gone does not exist")
    first = run("settings", "--from-stack", "other", "--region", "eu-west-1")
    second = run("settings", "--from-stack", "gone", "--region", "eu-west-1")
    assert (first.exit_code, second.exit_code) == (2, 2)
    assert first.stderr.startswith("stack other: is not the macro's stack: it has no parameter MacroName.")
    assert "Stack with id gone does not exist" in second.stderr
    assert not (project / NAME).exists()
