"""A finding: what a linter says about one place of a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from lambda_bedrock_profile.cli.source import Position, one_line
from lambda_bedrock_profile.problems import Problem

Level = Literal["error", "warning", "informational"]

RULES: Final = {
    "property": ("E9001", "Properties of a declaration"),
    "route": ("E9002", "A route to the model"),
    "reference": ("E9003", "Attributes of a declaration"),
    "collision": ("E9004", "Names that a declaration uses"),
    "limit": ("E9005", "Limits of CloudFormation"),
    "template": ("E9006", "A template that can be expanded"),
}
"""Kind of problem → (rule id, title). E9 is the range that cfn-lint leaves to others."""

UNCHECKED: Final = "I9007"
"""What depends on a parameter that has no value yet."""

UNCALLED: Final = "W9008"
"""A template that does not call the macro."""

UNREADABLE: Final = "E0000"
"""The id that cfn-lint gives to a template that cannot be read."""


def rule_of(problem: Problem) -> str:
    """The id of the rule that ``problem`` breaks."""
    return RULES.get(problem.kind, RULES["template"])[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``regions`` are those in which it is so; empty where it does not depend on the Region."""

    file: str
    position: Position
    rule: str
    level: Level
    message: str
    regions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The message in one line, with the Regions where it is not so in all of them."""
        return one_line(f"{self.message} (in {', '.join(self.regions)})" if self.regions else self.message)


def exit_code(findings: list[Finding]) -> int:
    """As cfn-lint's: 2 for errors, 4 for warnings, 8 for information, added up."""
    codes = {"error": 2, "warning": 4, "informational": 8}
    return sum({codes[finding.level] for finding in findings})
