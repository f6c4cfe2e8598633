"""The project's own stack on the embedded AWS: built, deployed, and ready to expand templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.embedded_aws import EmbeddedAws
from tests.support.macro_engine import MacroEngine
from tests.support.sam_cli import sam_deploy

STACK = "lambda-bedrock-profile"
PARAMETERS = {
    "RegisterMacro": "false",
    "ProfileMode": "provider",
}
"""What the embedded AWS needs: it has neither AWS::CloudFormation::Macro nor the native profile type."""


def deploy_macro(aws: EmbeddedAws, built: Path, parameters: Mapping[str, str] | None = None) -> MacroEngine:
    """Deploy the built template, and return CloudFormation with the macro registered."""
    sam_deploy(aws, built, STACK, PARAMETERS | dict(parameters or {}))
    outputs = aws.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    arns = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    return MacroEngine(aws, arns["MacroFunctionArn"])
