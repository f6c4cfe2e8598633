"""The command as a whole: help, version, completion, and how it ends."""

import json
import os
import re
from pathlib import Path
from typing import Any

import click
import pytest

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli.main import COMMANDS, main
from tests.cli.conftest import RUNNER, Run, start


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(flag: str, run: Run) -> None:
    """Both flags show all commands with what they do, and exit with 0."""
    result = run(flag)
    assert result.exit_code == 0
    for name, summary in COMMANDS.items():
        assert name in result.stdout
        assert summary in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_summary_it_is_listed_with(name: str, run: Run) -> None:
    """The list of commands, which is made without importing them, says what each says itself."""
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    assert (command.help or "").splitlines()[0].strip() == COMMANDS[name]
    assert "Examples:" in run(name, "--help").stdout


@pytest.mark.parametrize("name", ["expand", "lint", "diff", "explain", "graph", "adopt"])
def test_options_stand_in_groups_with_an_example(name: str, run: Run) -> None:
    """Every option is in one group, and what a group shows as an example is taken by the command."""
    shown = run(name, "--help").stdout
    command = main.get_command(click.Context(main), name)
    assert command is not None
    flags = [parameter.opts[-1] for parameter in command.params if isinstance(parameter, click.Option)]
    assert all(len(re.findall(rf"^  (-\w, )?{flag}\b", shown, re.MULTILINE)) == 1 for flag in flags)
    examples = re.findall(r"^  such as (.*)$", shown, re.MULTILINE)
    assert len(examples) >= 2
    for example in examples:
        command.make_context(name, [*example.split(), "template.yaml"])


def test_no_summary_is_cut(run: Run) -> None:
    """Lists of commands say the whole of what each does on a terminal of 80 columns."""
    for arguments in (("--help",), ("catalog", "--help")):
        assert not re.search(r"\w\.\.\.", run(*arguments).stdout)


def test_the_version_is_shown(run: Run) -> None:
    """--version names the program, the version of the package, in a checkout too, and the date of the catalog."""
    date = Catalog.bundled().as_of
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"lambda-bedrock-profile {__version__} (catalog of {date})\n")


def test_an_unknown_command_is_refused(run: Run) -> None:
    """A command that is not there ends with 2."""
    result = run("expandd")
    assert result.exit_code == 2
    assert "No such command" in result.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    """Completion works through the environment variable that its documentation names."""
    script = start(_LAMBDA_BEDROCK_PROFILE_COMPLETE=f"{shell}_source").stdout
    assert "lambda-bedrock-profile" in script
    words: dict[str, Any] = {
        "COMP_WORDS": "lambda-bedrock-profile exp",
        "COMP_CWORD": "exp" if shell == "fish" else "1",
    }
    assert "expand" in start(_LAMBDA_BEDROCK_PROFILE_COMPLETE=f"{shell}_complete", **words).stdout


@pytest.mark.parametrize(
    "words",
    [
        "expand",
        "lint",
        "lint a.yaml",
        "diff",
        "explain",
        "graph",
        "adopt",
        "expand -o",
        "graph --output",
        "diff a.yaml --against",
    ],
)
def test_shells_complete_the_names_of_files(words: str) -> None:
    """Where a file is named, the shell is told to complete the names of files."""
    line: dict[str, Any] = {
        "COMP_WORDS": f"lambda-bedrock-profile {words} t",
        "COMP_CWORD": str(len(words.split()) + 1),
    }
    assert start(_LAMBDA_BEDROCK_PROFILE_COMPLETE="bash_complete", **line).stdout == "file,t\n"


def test_a_process_behaves_in_a_pipe() -> None:
    """Standard output is the template and nothing else; the exit code is that of the documentation."""
    good = start("expand", "assistant.yaml", AWS_REGION="us-east-1")
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("AWSTemplateFormatVersion")
    assert start("expand", "wrong.yaml", AWS_REGION="us-east-1").returncode == 1
    assert start("expand", "missing.yaml", AWS_REGION="us-east-1").returncode == 2


OUTPUTS = [("--help",), ("--version",), ("catalog", "show"), ("lint", "lint.yaml"), ("expand", "assistant.yaml")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_full_disk_is_one_line(arguments: tuple[str, ...]) -> None:
    """Standard output that cannot be written ends with 1 and says so, whatever was printed."""
    with Path("/dev/full").open("w") as full:
        process = start(*arguments, stdout=full, AWS_REGION="us-east-1")
    assert process.returncode == 1
    assert process.stderr == "standard output: cannot be written: No space left on device.\n"


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_closed_standard_output_is_one_line(arguments: tuple[str, ...]) -> None:
    """A shell that closes it (`>&-`) gets an error, and nothing is read or asked for nobody."""
    process = start(*arguments, through=("/bin/sh", "-c", 'exec "$@" >&-', "sh"))
    assert (process.returncode, process.stderr) == (1, "standard output: is closed.\n")


def test_a_closed_standard_input_is_one_line() -> None:
    """A shell that closes it (`<&-`) is told what to do."""
    process = start("expand", "-", through=("/bin/sh", "-c", 'exec "$@" <&-', "sh"))
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == "<stdin>: is closed. Give it a template, or name a file.\n"


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_pipe_that_is_closed_early_is_no_fault(arguments: tuple[str, ...]) -> None:
    """Who only wants the first lines, as `head` does, gets no message."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        process = start(*arguments, stdout=pipe, AWS_REGION="us-east-1")
    assert (process.returncode, process.stderr) == (1, "")


LOCALES = [
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]
SPOKEN = """
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "# Zażółć é"}}
      Zażółć: 1
"""


@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_results_are_utf_8_in_every_locale(locale: dict[str, Any], tmp_path: Path) -> None:
    """What another program reads is the same bytes, whatever encoding the terminal has."""
    wrong, right, output = tmp_path / "wrong.yaml", tmp_path / "right.yaml", tmp_path / "out"
    wrong.write_text(SPOKEN, encoding="utf-8")
    right.write_text(SPOKEN.replace("      Zażółć: 1\n", ""), encoding="utf-8")
    for arguments, held in (
        (("expand", right), "# Zażółć é"),
        (("expand", right, "--format", "json"), "# Zażółć é"),
        (("lint", wrong), "Properties.Zażółć"),
        (("lint", wrong, "--format", "json"), "Properties.Zażółć"),
        (("lint", wrong, "--format", "sarif"), "Properties.Zażółć"),
    ):
        with output.open("w") as file:
            process = start(*map(str, arguments), stdout=file, AWS_REGION="us-east-1", **locale)
        assert process.stderr == ""
        assert held in output.read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_text_for_people_is_never_refused_by_a_locale(locale: dict[str, Any], tmp_path: Path) -> None:
    """What the encoding of the terminal has no character for is shown by its number."""
    template, output = tmp_path / "right.yaml", tmp_path / "out"
    template.write_text(SPOKEN.replace("      Zażółć: 1\n", ""), encoding="utf-8")
    with output.open("w") as file:
        process = start("diff", str(template), stdout=file, AWS_REGION="us-east-1", **locale)
    assert (process.returncode, process.stderr) == (0, "")
    assert b"Za\\u017c" in output.read_bytes()


HOSTILE = '{"Resources": {"A\\u001b[31m\\nB": {"Type": "Custom::LambdaBedrockProfile", "Properties": {"No\\n": 1}}}}'


@pytest.mark.parametrize("command", ["expand", "lint", "explain", "diff", "graph", "adopt"])
def test_names_in_a_template_cannot_reach_the_terminal_as_commands(command: str, run: Run) -> None:
    """Line breaks and escape sequences in names are shown, not sent."""
    result = run(command, "-", "--region", "us-east-1", text=HOSTILE)
    assert result.exit_code in (1, 2, 6)
    assert "\x1b" not in result.output
    assert all(line.startswith("<stdin>:") for line in (result.stdout + result.stderr).splitlines())


@pytest.mark.parametrize("command", ["expand", "lint", "explain", "diff", "graph", "adopt"])
@pytest.mark.parametrize("text", ["", "a: [", "[" * 100_000, "a: 1\na: 2", "\x00", "- a", "A: !Foo x"])
def test_bad_input_is_one_line_and_two_for_every_command(command: str, text: str, run: Run) -> None:
    """No command shows a trace for a template that cannot be read."""
    result = run(command, "-", "--region", "us-east-1", text=text)
    assert result.exit_code == 2
    assert len((result.stdout + result.stderr).splitlines()) == 1


@pytest.mark.parametrize("command", ["expand", "lint", "explain", "diff", "graph", "adopt"])
@pytest.mark.parametrize("text", ["{}", "Resources: []", "Resources:", "Outputs: {}", '{"Resources": 1}'])
def test_a_file_without_resources_is_no_template(command: str, text: str, run: Run) -> None:
    """What has no map of Resources is a wrong input for every command, as an empty file is."""
    result = run(command, "-", "--region", "us-east-1", text=text)
    assert result.exit_code == 2
    assert "is not a template, which has a map of Resources" in result.stdout + result.stderr


@pytest.mark.parametrize("command", ["expand", "lint", "explain", "diff", "graph", "adopt"])
@pytest.mark.parametrize("text", ["Resources: {}", "Resources: {A: 1}", "Resources: {A: {Type: []}}"])
def test_odd_resources_are_no_fault(command: str, text: str, run: Run) -> None:
    """Whatever resources hold, no command ends with the code of a fault."""
    arguments = [command, "-", "--region", "us-east-1"]
    assert RUNNER.invoke(main, arguments, input=text).exit_code in (0, 1, 2)


CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"


@pytest.mark.parametrize("command", ["diff", "explain"])
@pytest.mark.parametrize("terminal", ["NO_COLOR", "FORCE_COLOR"])
def test_texts_in_a_template_cannot_reach_the_terminal_as_commands(command: str, terminal: str, tmp_path: Path) -> None:
    """What could write to the clipboard of who looks at a template is shown, not sent: in names, keys and values."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    template = json.loads(EXPANDABLE)
    template["Resources"]["T" + CLIPBOARD] = {"Type": "AWS::SNS::Topic" + CLIPBOARD}
    template["Outputs"] = {"O" + CLIPBOARD: {"Value": "x" + CLIPBOARD, "K" + CLIPBOARD: "\u202e"}}
    new.write_text(json.dumps(template))
    del template["Resources"]["T" + CLIPBOARD]
    template["Outputs"]["O" + CLIPBOARD]["Value"] = "\x9b31m"
    old.write_text(json.dumps(template))
    against = ("--against", str(old)) if command == "diff" else ()
    process = start(command, str(new), *against, "--region", "us-east-1", through=("env", f"{terminal}=1"))
    assert process.returncode == 0
    shown = re.sub("\x1b\\[[0-9;]*m", "", process.stdout)
    assert [character for character in shown if not character.isprintable() and character != "\n"] == []


EXPANDABLE = """{"Resources": {"A": {"Type": "Custom::LambdaBedrockProfile", "Properties": {
  "BedrockModelId": "amazon.nova-lite-v1:0",
  "LambdaFunctionProps": {"Runtime": "python3.13", "Handler": "a.b", "Code": {"ZipFile": "x"}}}}}}"""
