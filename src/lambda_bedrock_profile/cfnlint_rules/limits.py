"""E9005: Limits of CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.cfnlint_rules.expansion import matches


class ExpansionLimits(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """The processed template stays within CloudFormation's limits."""

    id = "E9005"
    shortdesc = "Limits of CloudFormation"
    description = "The processed template is within the limits of CloudFormation"
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """Every problem of this kind in the template."""
        return matches(cfn, "limit")
