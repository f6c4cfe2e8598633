"""The code in the pages: templates expand and are clean, sessions print what they show, programs are programs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from click.testing import CliRunner

from lambda_bedrock_profile.cli.main import main
from scripts.page_code import PAGES, ROOT, Block, blocks, commands, lay_out, sessions

CUSTOM = {"s3": {"cp"}, "cloudformation": {"deploy", "package"}}
"""Commands of the AWS CLI that are no operation of a service."""
GLOBAL = {"--region", "--profile", "--output", "--query", "--no-cli-pager", "--cli-binary-format"}


def name(page: Path) -> str:
    """The path of a page in the repository."""
    return str(page.relative_to(ROOT))


def linted(page: Path) -> set[str]:
    """The templates that a session of the page lints itself, and so shows what is found in them."""
    typed = [command for each in blocks(page) if each.language == "console" for command, _ in commands(each)]
    return {word for command in typed if " lint " in command for word in command.split()}


# The examples of rules are tested with the rules.
TEMPLATES = [
    (page, block)
    for page in PAGES
    if page.name != "rules.md"
    for block in blocks(page)
    if block.is_template and block.title not in linted(page)
]


@pytest.mark.parametrize(("page", "block"), TEMPLATES, ids=lambda each: name(each) if isinstance(each, Path) else "")
def test_a_template_of_a_page_is_clean(page: Path, block: Block, tmp_path: Path) -> None:
    """What a reader copies from a page expands, and cfn-lint finds nothing in it."""
    lay_out([block], tmp_path)
    path = tmp_path / "template.yaml"
    path.write_text(block.text, encoding="utf-8")
    result = CliRunner().invoke(main, ["lint", str(path), "--region", "us-east-1", "--on", "2026-11-26"])
    assert (result.output, result.exit_code) == ("", 0)


README = blocks(ROOT / "README.md")
RECIPES = [
    line for block in README if block.language == "yaml" and not block.is_template for line in block.text.splitlines()
]


@pytest.mark.parametrize("line", RECIPES, ids=lambda line: line.split(":")[0].strip())
def test_a_line_of_the_recipes_can_be_added_to_the_first_example(line: str, tmp_path: Path) -> None:
    """Each is clean at the end of the README's first template."""
    path = tmp_path / "template.yaml"
    path.write_text(README[0].text + line, encoding="utf-8")
    result = CliRunner().invoke(main, ["lint", str(path), "--region", "us-east-1", "--on", "2026-11-26"])
    assert (result.output, result.exit_code) == ("", 0)


SESSIONS = [page for page in PAGES if any(block.language == "console" for block in blocks(page))]


@pytest.mark.parametrize("page", SESSIONS, ids=name)
def test_a_command_of_a_page_prints_what_the_page_shows(page: Path) -> None:
    """A reader who types it sees it; else run python -m scripts.page_code, and read the change."""
    for block, now in sessions(page):
        assert now == block.text


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_programs_and_documents_of_a_page_can_be_read(page: Path) -> None:
    """Python parses what is Python, and JSON with a title is JSON."""
    for block in blocks(page):
        if block.language == "python":
            ast.parse(block.text)
        if block.language == "json" and block.title:
            json.loads(block.text)


def aws_commands(page: Path) -> Iterator[list[str]]:
    """The words of each command of the AWS CLI in the shell blocks of a page."""
    for block in blocks(page):
        if block.language in ("sh", "bash"):
            text = block.text.replace("\\\n", " ")
            for line in re.findall(r"(?:^|\$\()\s*aws (.+?)(?:\)|$)", text, re.MULTILINE):
                yield line.split()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_aws_commands_of_a_page_exist(page: Path) -> None:
    """Service, operation and options of each command are those of AWS's service models."""
    session = botocore.session.get_session()
    for service, command, *words in aws_commands(page):
        if command in CUSTOM.get(service, ()) or command == "wait":
            continue
        model: Any = session.get_service_model(service)
        operations = {xform_name(each, "-"): each for each in model.operation_names}
        assert command in operations, f"aws {service} {command}"
        shape = model.operation_model(operations[command]).input_shape
        members = {"--" + xform_name(each, "-"): each for each in shape.members} if shape else {}
        flags = {f"--no-{option[2:]}" for option in members} | set(members) | GLOBAL
        assert {each.partition("=")[0] for each in words if each.startswith("--")} - flags == set()
