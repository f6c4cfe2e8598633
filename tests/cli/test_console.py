"""Findings as people see them on a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lambda_bedrock_profile.cli.console import underlined
from tests.cli.conftest import Run, start, with_same_runtime

HERE = ("--region", "us-east-1")
COLOURS = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize(
    ("line", "column", "meant"),
    [
        ("  Runtime: python3.6", 3, "python3.6"),
        ("  Runtime: python3.6  # old", 3, "python3.6"),
        ("  A: {Runtime: python3.6, Handler: a.b}", 7, "python3.6"),
        ("  A: {Runtime: python3.6}", 7, "python3.6"),
        ('  A: {"Runtime": "a, b", X: 1}', 7, '"a, b"'),
        ('    "Runtime": "python3.6",', 5, '"python3.6"'),
        ('    "Timeout": 3,', 5, "3,"),
        ("  Tags: [{Key: a}, {Key: b}] # two", 3, "[{Key: a}, {Key: b}]"),
        ("  Model: !If [C, a, b]", 3, "!If [C, a, b]"),
        ("  Properties:", 3, "Properties"),
        ("    - not-an-arn", 7, "not-an-arn"),
        ("  List: [a, b]", 10, "a"),
        ("  A::B: x", 3, "x"),
        ("", 1, ""),
    ],
)
def test_the_caret_is_under_the_value(line: str, column: int, meant: str) -> None:
    """A finding at a key underlines the value behind it, and the key if its value does not stand in the line."""
    start, length = underlined(line, column)
    assert line[start : start + length] == meant
    assert length > 0


def test_a_wrong_name_is_underlined_itself() -> None:
    """If the message is about the name of a property, its value is not what is wrong."""
    line = "  Handlr: index.handler"
    begin, length = underlined(line, 3, "A.Handlr: is not a property")
    assert line[begin : begin + length] == "Handlr"


def on_terminal(*arguments: str, columns: int, text: str | None = None) -> str:
    """What a terminal of that width shows, without its colours."""
    process = start(*arguments, FORCE_COLOR="1", COLUMNS=str(columns), through=())
    return COLOURS.sub("", process.stdout + process.stderr)


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_blocks(columns: int, golden: Callable[[str, str], None]) -> None:
    """Each finding has its line of the text, a caret and its fix, wrapped between words; a count ends the list."""
    shown = with_same_runtime(on_terminal("lint", "wrong.yaml", "lint.yaml", "assistant.yaml", *HERE, columns=columns))
    assert max(map(len, shown.splitlines())) <= columns
    golden(f"lint_{columns}.txt", "".join(f"{line.rstrip()}\n" for line in shown.splitlines()))


def test_a_terminal_says_that_nothing_was_found() -> None:
    """A clean template gets a word on a terminal."""
    assert on_terminal("lint", "assistant.yaml", *HERE, columns=80) == "No findings in 1 file.\n"


@pytest.mark.parametrize("command", ["expand", "diff", "explain", "graph"])
def test_problems_of_every_command_are_shown_alike(command: str) -> None:
    """What keeps a template from being expanded is a block on a terminal, whatever the command."""
    shown = on_terminal(command, "wrong.yaml", *HERE, columns=80)
    assert "  fix: Did you mean Handler?" in shown
    assert shown.endswith("2 errors in 1 file\n")


def test_standard_error_has_colours_of_its_own() -> None:
    """Problems are coloured if standard error is looked at, and plain under NO_COLOR."""
    assert "\x1b[1;31m" in start("expand", "wrong.yaml", *HERE, FORCE_COLOR="1").stderr
    assert "\x1b" not in start("expand", "wrong.yaml", *HERE, FORCE_COLOR="1", NO_COLOR="1").stderr


def test_what_cannot_be_read_is_shown_with_its_line(tmp_path: Path) -> None:
    """A mistake in the YAML is shown where it is."""
    path = tmp_path / "t.yaml"
    path.write_text("Resources:\n  A: [1, 2\n  B: 3\n")
    shown = on_terminal("expand", str(path), *HERE, columns=80)
    assert "error[E0000]" in shown
    assert "3 |   B: 3" in shown
    assert shown.endswith("1 error in 1 file\n")


def test_a_long_line_is_cut_around_what_is_meant(tmp_path: Path) -> None:
    """In a template of one line the caret is under the value, and the rest is left out."""
    path = tmp_path / "t.yaml"
    properties = "{BedrockModelId: nobody.knows-v1:0, LambdaFunctionProps: {Runtime: python3.13, Handler: a.b}}"
    path.write_text(f"Resources: {{A: {{Type: Custom::LambdaBedrockProfile, Properties: {properties}}}}}")
    lines = on_terminal("expand", str(path), *HERE, columns=80).splitlines()
    (number,) = [index for index, line in enumerate(lines) if line.startswith("1 | ") and "nobody" in line]
    caret = lines[number + 1]
    assert lines[number][caret.index("^") : caret.rindex("^") + 1] == "nobody.knows-v1:0"
    assert max(map(len, lines)) <= 80


def test_prose_is_wrapped_between_words_and_yaml_is_not() -> None:
    """On a narrow terminal an explanation keeps its words whole, and its policy can be copied."""
    shown = on_terminal("explain", "private.yaml", *HERE, columns=60).splitlines()
    wide = on_terminal("explain", "private.yaml", *HERE, columns=500).splitlines()
    yaml = [line for line in wide if line.startswith("      ")]
    assert [line for line in yaml if line not in shown] == []
    assert max(len(line) for line in shown if not line.startswith("      ")) <= 60


def test_junit_has_a_case_for_each_finding(run: Run) -> None:
    """A CI server sees what failed where, and files that passed."""
    result = run("lint", "wrong.yaml", "assistant.yaml", *HERE, "--format", "junit")
    assert result.exit_code == 2
    suites = ElementTree.fromstring(result.stdout)
    counted = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in suites}
    assert counted == {"wrong.yaml": ("2", "2"), "assistant.yaml": ("1", "0")}
    first = suites[0][0]
    assert (first.get("name"), first.get("line")) == ("E9001 9:9", "9")
    assert "Did you mean Handler?" in str(first[0].get("message"))
