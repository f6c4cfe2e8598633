"""E9006: A template that can be expanded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.cfnlint_rules.expansion import matches


class ExpandableTemplate(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """The macro can read the template, and unroll the loops around declarations."""

    id = "E9006"
    shortdesc = "A template that can be expanded"
    description = "The template has the shape that the macro needs, and its loops have values that are known"
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html"
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """Every problem of this kind in the template."""
        return matches(cfn, "template")
