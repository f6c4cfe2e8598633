"""E9004: Names that a declaration uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.cfnlint_rules.expansion import matches


class DeclarationNames(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """Generated logical ids and environment variables are free."""

    id = "E9004"
    shortdesc = "Names that a declaration uses"
    description = "What a declaration expands to collides with nothing that is there"
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html"
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """Every problem of this kind in the template."""
        return matches(cfn, "collision")
