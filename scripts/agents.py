"""What agents read of the project: ``llms.txt`` and a skill, with the properties, three examples and the commands.

``scripts/reference.py`` writes them with the other pages that are made from the macro's own data.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
LLMS: Final = ROOT / "llms.txt"
SKILL: Final = ROOT / "docs" / "agent-skill" / "SKILL.md"
EXAMPLES: Final = {
    "A new function": "assistant.yaml",
    "A function that sam build builds": "sam-function.yaml",
    "Two models behind one function": "two-models.yaml",
}

SUMMARY: Final = (
    "A CloudFormation macro. A resource of type Custom::LambdaBedrockProfile in a template becomes a Lambda function "
    "(or takes one of the template), an Amazon Bedrock application inference profile with tags, and a role that may "
    "call the model through that profile only, in every Region that the profile leads to."
)
RULES: Final = """\
## How to write it

- `Transform: LambdaBedrockProfile` at the top; before `AWS::LanguageExtensions` and `AWS::Serverless-2016-10-31`.
- `BedrockModelId` is the id of a foundation model, without `us.`, `eu.` or another geography in front of it.
- The members of `LambdaFunctionProps` are those of
  AWS::Lambda::Function, not those of AWS::Serverless::Function. Properties of the role belong into `RoleProps`.
- `Tags` are a list: `[{Key: app, Value: assistant}]`.
- The function reads the profile's ARN from `BEDROCK_PROFILE` and passes it as `modelId`.
- No policy for Bedrock and no profile of one's own beside it: the macro makes both.
- `!GetAtt X.InferenceProfileArn`, `X.RoleArn`, `X.FunctionArn`, `X.ModelId` and `!Ref X` (the function's name) work
  everywhere in the template.
- For linters that run without the rules of this project, give each declaration
  `Metadata: {cfn-lint: {config: {ignore_checks: [E3003]}}}`, or run `lbp lint --fix template.yaml`.

Then run `lbp lint template.yaml --region REGION`. Each message names the place and the fix: follow it, and run it again
until nothing is reported. `lbp explain template.yaml` says what the declaration comes to.
"""
FRONT: Final = """\
---
name: lambda-bedrock-profile
description: >-
  Write and check CloudFormation templates with Custom::LambdaBedrockProfile: a Lambda function with its own Amazon
  Bedrock inference profile. Use it if a template has or should have that type, or if a function's Bedrock cost is to be
  tagged.
---
"""


def pages(schema: Mapping[str, Any]) -> dict[Path, str]:
    """Both files with their texts."""
    body = "\n".join([RULES, _properties(schema), _examples(), _commands()])
    return {
        LLMS: f"# LambdaBedrockProfile\n\n> {SUMMARY}\n\n{body}",
        SKILL: f"{FRONT}\n# LambdaBedrockProfile\n\n{SUMMARY}\n\n{body}",
    }


def _properties(schema: Mapping[str, Any]) -> str:
    rows = []
    for name, item in schema["properties"].items():
        needed = _default(item)
        rows.append(f"| {name} | {needed} | {' '.join(item['description'].split()).replace('|', '/')} |")
    return "\n".join(["## Properties\n", "| property | default | what |", "|---|---|---|", *rows, ""])


def _default(item: Mapping[str, Any]) -> str:
    value = item.get("default", "")
    return (
        ", ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _examples() -> str:
    texts = ((title, (ROOT / "examples" / file).read_text(encoding="utf-8")) for title, file in EXAMPLES.items())
    return "## Examples\n\n" + "\n".join(f"{title}:\n\n```yaml\n{text}```\n" for title, text in texts)


def _commands() -> str:
    sys.path.insert(0, str(ROOT / "src"))
    from lambda_bedrock_profile.cli.main import COMMANDS

    rows = [f"- `lbp {name}`: {what}" for name, what in COMMANDS.items()]
    return (
        "\n".join(["## Commands\n", *rows, "", "Each has `--help`. None needs an AWS account to check a template."])
        + "\n"
    )
