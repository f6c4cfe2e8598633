"""E9001: Properties of a declaration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.cfnlint_rules.expansion import add_placeholders, matches


class DeclarationProperties(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """The properties of Custom::LambdaBedrockProfile; lifts E3003 for that type."""

    id = "E9001"
    shortdesc = "Properties of a declaration"
    description = "Names, types, patterns and combinations of the properties of Custom::LambdaBedrockProfile"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html"
    )
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def initialize(self, cfn: Any) -> None:
        """Lift E3003 for declarations: cfn-lint calls this for every rule before any rule looks at the template."""
        add_placeholders(cfn)

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """Every problem of this kind in the template."""
        return matches(cfn, "property")
