"""A page of the site for each rule, made from the table in ``rules.py``: its message is what the command prints."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from lambda_bedrock_profile.checking.settings_file import NAME as SETTINGS_FILE
from lambda_bedrock_profile.cli.main import main
from lambda_bedrock_profile.rules import RULES, Level, Rule
from scripts.reference import shortened

DAY: Final = "2026-11-26"
"""The day that ``lint`` judges the examples by, so that the pages stay as they are."""
MEANINGS: Final[dict[Level, str]] = {
    "error": "**Error.** The macro refuses the template, and so do `lint` and `expand`.",
    "warning": "**Warning.** The macro expands the template. `lint` reports that it may not do what you want.",
    "information": "**Information.** The macro expands the template. `lint` reports it so that you know.",
}
HEAD: Final = """\
# Rules

`lint` and the rules for cfn-lint report under these ids. Each has a page with an example that breaks it, the message,
and an example that does not break it. The tests run both examples of each rule.

*Error*: the macro refuses the template. *Warning* and *information*: the macro expands it.
"""


def pages() -> dict[str, str]:
    """The text of each page by its path in the site, the list of all included."""
    rows = [f"| [{rule.id}](rules/{rule.id.lower()}.md) | {rule.level} | {rule.title} |" for rule in RULES.values()]
    listed = "\n".join([HEAD, "| rule | level | title |", "|---|---|---|", *rows, ""])
    return {"rules.md": listed} | {f"rules/{rule.id.lower()}.md": page(rule) for rule in RULES.values()}


def page(rule: Rule) -> str:
    """The page of one rule."""
    command, message = _message(rule)
    before = [("The deployed template", rule.earlier)] if rule.earlier else []
    examples = [*before, ("An example that breaks it", rule.broken)]
    return "\n".join(
        [
            f"# {rule.id}: {rule.title}\n",
            f"{MEANINGS[rule.level]}\n",
            f"{rule.description}. Source: <{rule.source}>\n",
            *_settings(rule),
            *(_example(title, text) for title, text in examples),
            f"`{command}` reports:\n\n```text\n{shortened(message)}```\n",
            _example("An example that does not break it", rule.clean),
            _how_to_suppress(rule),
        ]
    )


def _settings(rule: Rule) -> list[str]:
    """The settings file that a rule of the organisation needs."""
    return (
        [f"With this `{SETTINGS_FILE}` beside the template:\n\n```toml\n{rule.settings}```\n"] if rule.settings else []
    )


def _how_to_suppress(rule: Rule) -> str:
    text = (
        "To suppress it, write the id into `ignore_checks`: in the `Metadata` of the declaration "
        f"(`cfn-lint: {{config: {{ignore_checks: [{rule.id}]}}}}`) for that declaration, in `.cfnlintrc` for all."
    )
    if rule.level == "error" and rule.name != "ended":
        text = "An error can be kept out of the report of `lint`, and the macro refuses the template all the same."
    return f"{text} More: [command line](../command-line.md#lint).\n"


def _example(title: str, text: str) -> str:
    return f"{title}:\n\n```yaml\n{shortened(text)}```\n"


def _message(rule: Rule) -> tuple[str, str]:
    """The command that finds the example broken, and what it prints."""
    arguments = ["lint", "template.yaml", "--region", "us-east-1", "--on", DAY, "--format", "text"]
    if rule.earlier:
        arguments = ["diff", "template.yaml", "--against", "deployed.yaml", "--region", "us-east-1", "--summary"]
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("template.yaml").write_text(rule.broken, encoding="utf-8")
        Path("deployed.yaml").write_text(rule.earlier, encoding="utf-8")
        if rule.settings:
            Path(SETTINGS_FILE).write_text(rule.settings, encoding="utf-8")
        environment = {"AWS_CONFIG_FILE": os.devnull, "NO_COLOR": "1"}
        result = CliRunner(env=environment).invoke(main, arguments, catch_exceptions=False)
    return _command_line(arguments), result.output


def _command_line(arguments: Sequence[str]) -> str:
    return "lbp " + " ".join(arguments[:-2] if arguments[0] == "lint" else arguments)
