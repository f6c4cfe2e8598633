"""``expand``: the processed template on standard output, or the problems on standard error."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_bedrock_profile.cli.read import parse
from tests.cli.conftest import RUNNER, TEMPLATES, Run, start

HERE = ("--region", "us-east-1")


@pytest.mark.parametrize("name", ["assistant", "beside_sam"])
def test_the_processed_template_is_printed(name: str, run: Run, golden: Callable[[str, str], None]) -> None:
    """The output is the whole processed template, readable, without the macro's name and with the other transforms."""
    result = run("expand", f"{name}.yaml", *HERE)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"expand_{name}.yaml", result.stdout)


def test_problems_are_lines_with_places_in_the_order_of_the_text(run: Run, golden: Callable[[str, str], None]) -> None:
    """Every problem is a line of standard error that an editor can jump to; nothing else is printed."""
    result = run("expand", "wrong.yaml", *HERE)
    assert (result.exit_code, result.stdout) == (1, "")
    golden("expand_wrong.txt", result.stderr)


def test_json_stays_json_and_standard_input_is_a_dash(run: Run) -> None:
    """The output has the input's format, and says the same in either."""
    as_yaml = run("expand", "assistant.yaml", *HERE).stdout
    template = json.dumps(parse((TEMPLATES / "assistant.yaml").read_text(), "t").template)
    as_json = run("expand", "-", *HERE, text=template).stdout
    assert json.loads(as_json) == parse(as_yaml, "t").template
    assert run("expand", "-", *HERE, "--format", "yaml", text=template).stdout == as_yaml
    assert run("expand", "assistant.yaml", *HERE, "--format", "json").stdout == as_json


def test_the_result_of_an_expansion_is_left_alone(run: Run) -> None:
    """Expanding twice changes nothing more."""
    once = run("expand", "assistant.yaml", *HERE).stdout
    assert run("expand", "-", *HERE, text=once).stdout == once


@pytest.mark.parametrize(
    ("settings", "profile"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu.amazon"),
        ({"AWS_DEFAULT_REGION": "ap-northeast-1"}, "apac.amazon"),
        ({}, "us.amazon"),
        ({"AWS_PROFILE": "work"}, "eu.amazon"),
    ],
)
def test_the_region_comes_from_the_aws_settings(
    settings: dict[str, str], profile: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without --region the Region is that of the environment, else of the active profile of the configuration."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = us-west-2\n[profile work]\nregion = eu-central-1\nx = 50%\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert f"inference-profile/{profile}" in run("expand", "assistant.yaml").stdout


BY_ACCOUNT = """
Conditions: {Mine: !Equals [!Ref AWS::AccountId, "111122223333"]}
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: !If [Mine, amazon.nova-lite-v1:0, amazon.nova-micro-v1:0]
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "pass"}}
"""


@pytest.mark.parametrize("key", ["aws_account_id", "sso_account_id"])
def test_the_account_comes_from_the_option_or_the_settings(
    key: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What depends on the account can be decided as soon as the account is named anywhere."""
    result = run("expand", "-", *HERE, text=BY_ACCOUNT)
    assert result.exit_code == 1
    assert "AWS::AccountId" in result.stderr
    assert "nova-lite" in run("expand", "-", *HERE, "--account", "111122223333", text=BY_ACCOUNT).stdout
    config = tmp_path / "config"
    config.write_text(f"[default]\n{key} = 444455556666\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert "nova-micro" in run("expand", "-", *HERE, text=BY_ACCOUNT).stdout
    monkeypatch.setenv("AWS_ACCOUNT_ID", "111122223333")
    assert "nova-lite" in run("expand", "-", *HERE, text=BY_ACCOUNT).stdout


BY_PARAMETER = """
Parameters: {Model: {Type: String}, Regions: {Type: CommaDelimitedList, Default: ""}}
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: !Ref Model
      Geography: us
      DestinationRegions: !Ref Regions
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "pass"}}
"""


def test_parameters_decide_and_lists_are_split_at_commas(run: Run) -> None:
    """A value given for a parameter decides the expansion, and a list parameter takes several."""
    values = ("--parameter", "Model=acme.new-v1:0", "-p", "Regions=us-east-1, us-west-2")
    output = run("expand", "-", *HERE, *values, text=BY_PARAMETER).stdout
    assert "bedrock:us-west-2::foundation-model/${Model}" in output
    assert "acme" not in output


LIMITED = """
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Size: {Type: Number, AllowedValues: [1, 2]}
  Traced: {Type: String, AllowedValues: [true, false]}
  Zones: {Type: CommaDelimitedList, AllowedValues: [a, b]}
  Secret: {Type: String, NoEcho: true, AllowedValues: [x, y]}
  Named: {Type: "AWS::SSM::Parameter::Value<String>", AllowedValues: [x]}
Resources: {T: {Type: AWS::SNS::Topic}}
"""


@pytest.mark.parametrize("value", ["Stage=dev", "Size=2", "Traced=true", "Zones=b, a", "Zones=", "Named=/path"])
def test_a_value_that_the_parameter_allows_is_taken(value: str, run: Run) -> None:
    """AllowedValues are compared as texts, item by item for a list, and a repeated option may say the same again."""
    assert run("expand", "-", *HERE, "-p", value, "-p", value, text=LIMITED).exit_code == 0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Stage=pord", "The parameter Stage does not allow its value. Write dev or prod."),
        ("Size=3", "The parameter Size does not allow its value. Write 1 or 2."),
        ("Traced=yes", "The parameter Traced does not allow its value. Write true or false."),
        ("Zones=a,pord", "The parameter Zones does not allow its value. Write a or b."),
        ("Secret=pord", "The parameter Secret does not allow its value. Write x or y."),
    ],
)
def test_a_value_that_the_parameter_does_not_allow_is_refused(value: str, message: str, run: Run) -> None:
    """CloudFormation would refuse it before the macro runs; the message never repeats the value."""
    result = run("expand", "-", *HERE, "-p", value, text=LIMITED)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
    assert "pord" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("assistant.yaml", *HERE, "-p", "Stage=dev", "-p", "Stage=prod"), "Stage is given twice"),
        (("assistant.yaml", *HERE, "--region", "eu-west-1"), "there is expand --regions"),
        (("assistant.yaml",), "No Region"),
        (("assistant.yaml", "--region", "us-east"), "is not the name of a Region"),
        (("assistant.yaml", *HERE, "--account", "12"), "twelve digits"),
        (("assistant.yaml", *HERE, "-p", "Stage"), "write NAME=VALUE"),
        (("assistant.yaml", *HERE, "-p", "Stag=dev"), "no parameter Stag. Did you mean Stage?"),
        (("missing.yaml", *HERE), "missing.yaml: cannot be read"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_used_ends_with_two(arguments: tuple[str, ...], message: str, run: Run) -> None:
    """A wrong option or an unreadable file is exit code 2, with what to do and without a trace."""
    result = run("expand", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("AWS_REGION", "us-east", "AWS_REGION: 'us-east' is not the name of a Region. "),
        ("AWS_DEFAULT_REGION", "Ohio", "AWS_DEFAULT_REGION: 'Ohio' is not the name of a Region. "),
        ("AWS_ACCOUNT_ID", "12", "AWS_ACCOUNT_ID: '12' is not an account id"),
    ],
)
def test_a_wrong_setting_names_its_variable(
    name: str, value: str, message: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment holds is checked as an option is, and the variable is named; an option wins over it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv(name, value)
    result = run("expand", "assistant.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)
    assert run("expand", "assistant.yaml", *HERE, "--account", "111122223333").exit_code == 0


def test_a_wrong_region_in_the_configuration_names_the_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same holds for the active profile, whatever command asks."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = nowhere\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for arguments in (("expand", "assistant.yaml"), ("lint", "assistant.yaml"), ("routes", "amazon.nova-lite-v1:0")):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"{config}, region: 'nowhere' is not the name of a Region")


def test_a_broken_configuration_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A configuration file that cannot be read is one line, not a trace."""
    config = tmp_path / "config"
    config.write_text("region = us-west-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    result = run("expand", "assistant.yaml")
    assert result.exit_code == 2
    assert "is no AWS configuration file: File contains no section headers. Fix it, " in result.stderr


def test_output_is_written_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    """A file gets what would have been printed; after a problem it is what it was before."""
    output = tmp_path / "out.yaml"
    assert run("expand", "assistant.yaml", *HERE, "-o", str(output)).stdout == ""
    written = output.read_text()
    assert written == run("expand", "assistant.yaml", *HERE).stdout
    assert run("expand", "wrong.yaml", *HERE, "-o", str(output)).exit_code == 1
    assert output.read_text() == written
    assert list(tmp_path.iterdir()) == [output]


def test_no_planted_link_is_followed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who can write to the folder cannot have another file overwritten by a link at the name that is written first."""
    victim, output = tmp_path / "victim", tmp_path / "out.yaml"
    victim.write_text("precious")
    monkeypatch.setattr(os, "urandom", lambda number: bytes(number))
    (tmp_path / f".out.yaml.{bytes(8).hex()}.partial").symlink_to(victim)
    assert run("expand", "assistant.yaml", *HERE, "-o", str(output)).exit_code == 2
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_a_file_that_is_replaced_keeps_its_mode(mode: int, run: Run, tmp_path: Path) -> None:
    """Who may not read the file before may not read it afterwards."""
    output = tmp_path / "out.yaml"
    output.touch()
    output.chmod(mode)
    assert run("expand", "assistant.yaml", *HERE, "-o", str(output)).exit_code == 0
    assert (output.stat().st_mode & 0o777, output.read_text()[:3]) == (mode, "AWS")


def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path: Path) -> None:
    """A write that fails half-way is one line, and no part of it stays."""
    no_bytes = ("/bin/sh", "-c", 'ulimit -f 0 && exec "$@"', "sh")
    process = start("expand", "assistant.yaml", *HERE, "-o", str(tmp_path / "out.yaml"), through=no_bytes)
    assert (process.returncode, process.stdout) == (2, "")
    assert "out.yaml: cannot be written: File too large. " in process.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["missing/out.yaml", "."])
def test_an_output_that_cannot_be_written_is_refused(output: str, run: Run, tmp_path: Path) -> None:
    """A folder that is not there is exit code 2 and one line."""
    result = run("expand", "assistant.yaml", *HERE, "-o", str(tmp_path / output))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_the_template_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    """--output on the template itself is a mistake."""
    path = tmp_path / "t.yaml"
    path.write_text((TEMPLATES / "assistant.yaml").read_text())
    result = run("expand", str(path), *HERE, "-o", str(path))
    assert result.exit_code == 2
    assert "which would be lost" in result.stderr


TRANSFORMS = [
    ("LambdaBedrockProfile", None),
    (["LambdaBedrockProfile"], None),
    ({"Name": "LambdaBedrockProfile"}, None),
    ([{"Name": "111122223333::LambdaBedrockProfile"}, "X"], ["X"]),
    ("X", "X"),
    (None, None),
]


@pytest.mark.parametrize(("before", "after"), TRANSFORMS)
def test_only_the_macro_itself_leaves_transform(before: object, after: object, run: Run) -> None:
    """Other transforms stay in the result, since CloudFormation has yet to run them."""
    template = {"Transform": before, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
    if before is None:
        del template["Transform"]
    result = json.loads(run("expand", "-", *HERE, text=json.dumps(template)).stdout)
    assert result.get("Transform") == after


@pytest.mark.parametrize("where", [HERE, ("--regions", "us-east-1,eu-central-1")])
def test_the_macro_may_have_another_name(where: tuple[str, str], run: Run) -> None:
    """The name that --macro-name tells leaves Transform, and the default one is then any other transform."""
    text = (TEMPLATES / "assistant.yaml").read_text()
    text = text.replace("Transform: LambdaBedrockProfile", "Transform: [Profiles, LambdaBedrockProfile]")
    result = run("expand", "-", *where, "--macro-name", "Profiles", text=text)
    assert parse(result.stdout, "t").template["Transform"] == ["LambdaBedrockProfile"]
    assert parse(run("expand", "-", *where, text=text).stdout, "t").template["Transform"] == ["Profiles"]


@pytest.mark.parametrize("name", ["", "1Macro", "My-Macro", "111122223333::Macro", "M" * 65])
def test_what_is_no_name_of_a_macro_is_refused(name: str, run: Run) -> None:
    """A name that the macro's stack would not take ends with 2, and with what a name is made of."""
    result = run("expand", "assistant.yaml", *HERE, "--macro-name", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "letters and digits, at most 64, a letter first" in " ".join(result.stderr.split())


def test_expand_and_help_import_only_what_they_need() -> None:
    """Starting is quick: no AWS SDK, no linter, no table library; help needs nothing of templates."""
    script = (
        "import sys\n"
        "from lambda_bedrock_profile.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(sorted({*sys.modules, *(name.partition('.')[0] for name in sys.modules)}), file=sys.stderr)\n"
    )

    environ = {"PYTHONPATH": os.pathsep.join(sys.path)}

    def imported(*arguments: str) -> str:
        process = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, cwd=TEMPLATES, env=environ
        )
        return process.stderr

    for library in ("'boto3'", "'botocore'", "'cfnlint'", "'rich'", "'aws_lambda_powertools'", "'asyncio'"):
        assert library not in imported("expand", "assistant.yaml", *HERE)
    ours = "'lambda_bedrock_profile.cli.source'", "'lambda_bedrock_profile.diagnostics'"
    for module in ("'yaml'", "'difflib'", "'json'", *ours):
        assert module not in imported("--help")


def test_a_fault_of_the_program_shows_no_trace(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """An unforeseen error is one line and exit code 70; --debug shows where it was."""
    from lambda_bedrock_profile.cli import processed
    from lambda_bedrock_profile.cli.main import main

    def fault(*_: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr(processed, "expand", fault)
    result = RUNNER.invoke(main, ["expand", str(TEMPLATES / "assistant.yaml"), *HERE])
    assert result.exit_code == 70
    assert result.stderr == "lambda-bedrock-profile: unforeseen KeyError. See it with --debug.\n"
    with pytest.raises(KeyError):
        run("expand", "assistant.yaml", *HERE)
