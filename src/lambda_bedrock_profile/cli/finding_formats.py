"""Findings as text, JSON, SARIF and annotations of GitHub Actions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.cli.finding import Finding


def text(findings: Sequence[Finding]) -> str:
    """One line a finding, in the form that editors and terminals can jump to."""
    return "".join(f"{f.file}:{f.position.line}:{f.position.column}: {f.rule.id} {f.text}\n" for f in findings)


def as_json(findings: Sequence[Finding]) -> str:
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


def sarif(findings: Sequence[Finding]) -> str:
    """SARIF 2.1.0 (OASIS), as GitHub code scanning takes it: paths are those of the command line."""
    titles = {finding.rule.id: finding.rule.title for finding in findings}
    rules = [{"id": rule, "shortDescription": {"text": title}} for rule, title in sorted(titles.items())]
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


def _result(finding: Finding) -> dict[str, Any]:
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


def github(findings: Sequence[Finding]) -> str:
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


FORMATS: Final[dict[str, Callable[[Sequence[Finding]], str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
