"""A finding: what a linter says about one place of a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from lambda_bedrock_profile.cli.source import Position, one_line
from lambda_bedrock_profile.diagnostics import Problem

Level = Literal["error", "warning", "informational"]


class Rule(NamedTuple):
    """A rule, ours or cfn-lint's own; ``title`` is what cfn-lint calls its short description."""

    id: str
    title: str
    level: Level


RULES: Final = {
    "property": Rule("E9001", "Properties of a declaration", "error"),
    "route": Rule("E9002", "A route to the model", "error"),
    "reference": Rule("E9003", "Attributes of a declaration", "error"),
    "collision": Rule("E9004", "Names that a declaration uses", "error"),
    "limit": Rule("E9005", "Limits of CloudFormation", "error"),
    "template": Rule("E9006", "A template that can be expanded", "error"),
}
"""Kind of problem → rule. E9 is the range that cfn-lint leaves to others."""

UNCHECKED: Final = Rule("I9007", "Parameters that have a value", "informational")
UNCALLED: Final = Rule("W9008", "A template that calls the macro", "warning")
UNREADABLE: Final = Rule("E0000", "A template that can be read", "error")
"""Under the id that cfn-lint has for it."""


def rule_of(problem: Problem) -> Rule:
    """The rule that ``problem`` breaks."""
    return RULES.get(problem.kind, RULES["template"])


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``regions`` are those in which it is so; empty where it does not depend on the Region."""

    file: str
    position: Position
    rule: Rule
    message: str
    regions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The message in one line, with the Regions where it is not so in all of them."""
        return one_line(f"{self.message} (in {', '.join(self.regions)})" if self.regions else self.message)


def exit_code(findings: list[Finding]) -> int:
    """As cfn-lint's: 2 for errors, 4 for warnings, 8 for information, added up."""
    codes = {"error": 2, "warning": 4, "informational": 8}
    return sum({codes[finding.rule.level] for finding in findings})
