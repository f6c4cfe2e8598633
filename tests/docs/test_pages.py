"""The pages: what they point at is there, and what they tell to run can be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lambda_bedrock_profile import names
from lambda_bedrock_profile.cli.main import COMMANDS, main
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.stack.attributes import ATTRIBUTES, FUNCTION_ATTRIBUTES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
PATH_IN_CODE = re.compile(r"`((?:tests|docs|src|scripts|examples|events|benchmarks)/[\w./-]+)`")
CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_at_is_there(page: Path) -> None:
    """Links to files, and paths written as code, lead somewhere."""
    text = page.read_text(encoding="utf-8")
    links = [page.parent / target for target, _ in LINK.findall(text) if "://" not in target]
    named = [ROOT / path.rstrip(".") for path in PATH_IN_CODE.findall(text)]
    assert [str(path) for path in (*links, *named) if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_exist(page: Path) -> None:
    """Every target of make and every command of the command line that a page names is there."""
    code = "\n".join(block or span for block, span in CODE.findall(page.read_text(encoding="utf-8")))
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"^\$? ?make ([a-z-]+)", code, re.MULTILINE)) - set(targets) == set()
    assert set(re.findall(r"lambda-bedrock-profile ([a-z]+)\b", code)) - COMMANDS.keys() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_tests_that_a_page_names_exist(page: Path) -> None:
    """A page that says 'shown by' names a test that runs."""
    named = set(re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")))
    sources = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    assert [name for name in sorted(named) if f"def {name}(" not in sources] == []


@pytest.mark.parametrize("folder", ["how-to", "decisions"])
def test_the_list_of_a_folder_is_complete(folder: str) -> None:
    """A new page is not forgotten in the list that leads to it."""
    text = (ROOT / "docs" / folder / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs" / folder).glob("*.md")} - {"README.md"}
    assert pages - {target for target, _ in LINK.findall(text)} == set()


# The changelog is history; the reference and the skill have the descriptions of the schema.
LONGER = ("CHANGELOG.md", "docs/reference.md", "docs/agent-skill")
SENTENCES = [str(page.relative_to(ROOT)) for page in PAGES if not str(page.relative_to(ROOT)).startswith(LONGER)]
NO_PROSE = re.compile(r"```.*?```|<!--.*?-->|^\|[^\n]*$|^#[^\n]*$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", SENTENCES)
def test_no_sentence_is_long(name: str) -> None:
    """Who reads English as a second language gets 35 words a sentence at most."""
    text = re.sub(r"\]\([^)]*\)", "]", (ROOT / name).read_text(encoding="utf-8"))
    # A block of code, a table, a heading and an empty line end a sentence, and so does a new item of a list.
    prose = re.sub(r"^ *(?:[-*]|[0-9]+\.) ", "\n\n", NO_PROSE.sub("\n\n", text), flags=re.MULTILINE)
    sentences = re.split(r"(?<=[.!?])\s+|\n\s*\n", prose)
    assert [each for each in sentences if len(each.split()) > 35] == []


def test_the_page_on_attributes_is_complete() -> None:
    """Every attribute of a declaration, and every logical id that the expansion can make, is explained there."""
    page = (ROOT / "docs/attributes.md").read_text(encoding="utf-8")
    attributes = [name for name in ATTRIBUTES if name not in FUNCTION_ATTRIBUTES]
    assert [name for name in attributes if f"`{name}`" not in page] == []
    parts = (*names.PARTS_OF_A_DECLARATION, *names.PARTS_OF_A_VPC)
    ids = [(f"X{part.replace('{}', '')}", f"X{part.replace('{}', '1')}") for part in parts]
    assert [id for ways in ids if not any(re.search(rf"\b{id}\b", page) for id in ways) for id in ways] == []


def options(command: click.Command) -> Iterator[str]:
    """Every option of ``command`` and its subcommands, in its long form."""
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("--"))
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            if subcommand := command.get_command(click.Context(command), name):
                yield from options(subcommand)


def test_the_page_on_the_command_line_names_every_option() -> None:
    """The README sends who wants all of it there."""
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    assert [name for name in options(main) if name != "--version" and name not in page] == []


def test_the_page_on_the_command_line_has_every_command() -> None:
    """Who looks up a command finds it under a heading of its own, and no command is there that is gone."""
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## ([a-z-]+)$", page, re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


def test_the_parameters_of_the_macros_stack_are_those_of_its_template() -> None:
    """The table for organisations has every parameter, in the words and with the default of template.yaml."""
    page = (ROOT / "docs/organisations.md").read_text(encoding="utf-8")
    parameters = parse((ROOT / "template.yaml").read_text(encoding="utf-8"), "template.yaml").template["Parameters"]
    rows = []
    for name, parameter in parameters.items():
        default = f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"
        rows.append(f"| `{name}` | {parameter['Description']} | {default} |")
    assert "\n".join(["|---|---|---|", *rows, ""]) in page
