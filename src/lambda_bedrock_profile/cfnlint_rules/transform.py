"""W9008: A template that calls the macro."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.checking.transform import MACRO, uncalled


class NamedMacro(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint has no type information
    """Transform names the macro of the declarations; ``macro_name`` configures its name."""

    id = "W9008"
    shortdesc = "A template that calls the macro"
    description = "A template with declarations names the macro in its Transform section"
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-section-structure.html"
    tags: ClassVar[list[str]] = ["lambda-bedrock-profile"]

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {"macro_name": {"default": MACRO, "type": "string"}}
        self.configure()

    def match(self, cfn: Any) -> Iterator[RuleMatch]:
        """One finding at Transform, or at the first declaration where there is none."""
        resources = cfn.template.get("Resources") if isinstance(cfn.template, dict) else None
        if isinstance(resources, dict) and (found := uncalled(cfn.template, self.config["macro_name"])):
            yield RuleMatch(list(found[0]), found[1])
