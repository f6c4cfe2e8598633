"""Findings: what a linter says about one place of a template, and the formats that they are reported in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from lambda_bedrock_profile import __version__, rules
from lambda_bedrock_profile.cli.source import START, Position, ReadError, one_line
from lambda_bedrock_profile.diagnostics import Diagnostic, sentences
from lambda_bedrock_profile.values import Json

Level = Literal["error", "warning", "informational"]

NOUNS: Final[dict[Level, tuple[str, str]]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "informational": ("note", "notes"),
}
"""Level → how one and several findings of it are called."""


class Rule(NamedTuple):
    """A rule, ours or cfn-lint's own; ``title`` is what cfn-lint calls its short description."""

    id: str
    title: str
    level: Level


_LEVELS: Final[dict[rules.Level, Level]] = {
    "error": "error",
    "warning": "warning",
    "information": "informational",
}
RULES: Final = {name: Rule(rule.id, rule.title, _LEVELS[rule.level]) for name, rule in rules.RULES.items()}
"""Our own rules by their names, as findings have them."""

UNCHECKED: Final = RULES["unchecked"]
UNCALLED: Final = RULES["uncalled"]
UNREADABLE: Final = Rule("E0000", "A template that can be read", "error")
"""Under the id that cfn-lint has for it."""


def rule_of(diagnostic: Diagnostic) -> Rule:
    """The rule that ``diagnostic`` is about."""
    return RULES[diagnostic.rule]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    ``what`` says what is wrong and ``fix`` what to do; if there is a fix, neither ends with a full stop. ``regions``
    are those in which it is so; empty if it does not depend on the Region.
    """

    file: str
    position: Position
    rule: Rule
    what: str
    fix: str = ""
    regions: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What is wrong and what to do, in sentences."""
        return sentences(self.what, self.fix) if self.fix else self.what

    @property
    def where_true(self) -> str:
        """The Regions in which it is so, in brackets; empty if it is so in all of them."""
        return f" (in {', '.join(self.regions)})" if self.regions else ""

    @property
    def text(self) -> str:
        """The message in one line, with the Regions if it is not so in all of them."""
        return one_line(self.message + self.where_true)


def unreadable(error: ReadError) -> Finding:
    """The finding of a template that cannot be read."""
    return Finding(error.name, error.position or START, UNREADABLE, error.what, error.fix)


def exit_code(findings: list[Finding]) -> int:
    """As cfn-lint's: 2 for errors, 4 for warnings, 8 for information, added up."""
    codes = {"error": 2, "warning": 4, "informational": 8}
    return sum({codes[finding.rule.level] for finding in findings})


Texts = Mapping[str, str]
"""The texts of all files that were checked, by their names; empty for one that cannot be read."""


def text(findings: Sequence[Finding], _: Texts) -> str:
    """One line a finding, in the form that editors and terminals can jump to."""
    return "".join(f"{f.file}:{f.position.line}:{f.position.column}: {f.rule.id} {f.text}\n" for f in findings)


def as_json(findings: Sequence[Finding], _: Texts) -> str:
    """A list of maps."""
    items = [
        {
            "file": f.file,
            "line": f.position.line,
            "column": f.position.column,
            "rule": f.rule.id,
            "level": f.rule.level,
            "message": f.message,
            "regions": list(f.regions),
        }
        for f in findings
    ]
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def sarif(findings: Sequence[Finding], _: Texts) -> str:
    """SARIF 2.1.0 (OASIS), as GitHub code scanning takes it: paths are those of the command line."""
    titles = {finding.rule.id: finding.rule.title for finding in findings}
    page, our_ids = _page_of_rules(), {rule.id for rule in RULES.values()}
    rules: list[dict[str, Json]] = []
    for rule, title in sorted(titles.items()):
        help_uri = {"helpUri": f"{page}#{rule.lower()}"} if page and rule in our_ids else {}
        rules.append({"id": rule, "shortDescription": {"text": title}, **help_uri})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "lambda-bedrock-profile", "version": __version__, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding) for finding in findings],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _page_of_rules() -> str:
    """Where the page of the rules is, by the metadata of the installed package; empty if it names no public address."""
    from importlib import metadata

    try:
        urls = metadata.metadata("lambda-bedrock-profile").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    addresses = dict(str(each).split(", ", 1) for each in urls)
    home = addresses.get("Homepage")
    return f"{home}/blob/v{__version__}/docs/rules.md" if home else ""


def _result(finding: Finding) -> dict[str, Json]:
    levels = {"error": "error", "warning": "warning", "informational": "note"}
    region = {"startLine": finding.position.line, "startColumn": finding.position.column}
    place = {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}
    return {
        "ruleId": finding.rule.id,
        "level": levels[finding.rule.level],
        # A brace would begin a placeholder: 3.11.5.
        "message": {"text": finding.text.replace("{", "{{").replace("}", "}}")},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    """``file`` as a reference of RFC 3986, by the rules of 3.10: slashes, percents, and no steps upward."""
    path = Path(file)
    if ".." in path.parts:
        path = path.resolve()
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def github(findings: Sequence[Finding], _: Texts) -> str:
    """Workflow commands: GitHub Docs, "Workflow commands for GitHub Actions"."""
    levels = {"error": "error", "warning": "warning", "informational": "notice"}
    return "".join(
        f"::{levels[f.rule.level]} file={_property(f.file)},line={f.position.line},col={f.position.column},"
        f"title={_property(f.rule.id)}::{_data(f.text)}\n"
        for f in findings
    )


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def junit(findings: Sequence[Finding], texts: Texts) -> str:
    """JUnit's XML as CI servers take it: a suite a file, a failed case a finding, a passed one for a file without."""
    from xml.etree import ElementTree as Xml

    suites = Xml.Element("testsuites", name="lambda-bedrock-profile lint")
    for file in texts:
        here = [finding for finding in findings if finding.file == file]
        number = str(len(here))
        suite = Xml.SubElement(suites, "testsuite", name=file, tests=number if here else "1", failures=number)
        if not here:
            Xml.SubElement(suite, "testcase", name="lint", classname=file)
        for f in here:
            name = f"{f.rule.id} {f.position.line}:{f.position.column}"
            case = Xml.SubElement(suite, "testcase", name=name, classname=file, file=file, line=str(f.position.line))
            failure = Xml.SubElement(case, "failure", message=f.text, type=f.rule.level)
            failure.text = text([f], texts)
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def pretty(findings: Sequence[Finding], texts: Texts) -> str:
    """Blocks with the lines of the text, for people; coloured on a terminal."""
    from lambda_bedrock_profile.cli.console import printed

    return printed(findings, texts)


FORMATS: Final[dict[str, Callable[[Sequence[Finding], Texts], str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
    "junit": junit,
    "pretty": pretty,
}
