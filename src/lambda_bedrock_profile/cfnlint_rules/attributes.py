"""E9003: Attributes of a declaration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.cfnlint_rules.expansion import matches


class DeclarationAttributes(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """Fn::GetAtt and Fn::Sub name attributes that a declaration has."""

    id = "E9003"
    shortdesc = "Attributes of a declaration"
    description = "Every attribute of a declaration that the template refers to exists"
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html"
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """Every problem of this kind in the template."""
        return matches(cfn, "reference")
