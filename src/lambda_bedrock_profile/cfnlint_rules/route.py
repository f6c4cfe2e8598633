"""E9002: A route to the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.cfnlint_rules.expansion import matches


class ModelRoute(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """The model can be reached from the configured Regions."""

    id = "E9002"
    shortdesc = "A route to the model"
    description = "The foundation model and its geography are offered in the configured Regions"
    source_url = "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html"
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """Every problem of this kind in the template."""
        return matches(cfn, "route")
