"""The macro's provider as the command line names it: by its ARN, or by what the macro's stack exports."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

import click

from lambda_bedrock_profile.bedrock import partition
from lambda_bedrock_profile.checking.deployment import MACRO
from lambda_bedrock_profile.context import StackContext

_ARN: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):[0-9]{12}:function:[\w-]{1,64}(:[$\w-]{1,128})?",
    re.ASCII,
)
_EXPORT_NAME: Final = re.compile("[0-9A-Za-z:-]+")
"""CloudFormation on any other: "must consist only of alphanumeric characters, colons, or hyphens"."""


def export_of(macro: str) -> str:
    """What the stack of the macro of the name ``macro`` exports the provider's ARN as: template.yaml, Outputs."""
    return f"{macro}-ProviderFunctionArn"


def provider_arn(value: str) -> str:
    """``value``, the ARN of a Lambda function. Raises BadParameter."""
    match = _ARN.fullmatch(value)
    if match is None:
        raise click.BadParameter(
            f"{value!r} is not the ARN of a Lambda function, such as "
            "arn:aws:lambda:us-east-1:111122223333:function:provider."
        )
    if match["partition"] != (there := partition(match["region"])):
        raise click.BadParameter(f"the ARN of a function in {match['region']} begins with arn:{there}:")
    return value


def export_name(value: str) -> str:
    """``value``, the name of an export by its shape. Raises BadParameter."""
    if not _EXPORT_NAME.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not the name of an export, such as {export_of(MACRO)}.")
    return value


def provider_of(region: str, arn: str | None, export: str | None) -> Any:
    """The provider for a stack in ``region``: its ARN, an expression of it, or None if neither is named.

    Raises UsageError if both are, or where the ARN is of another Region: CloudFormation would not call it.
    """
    if arn and export:
        raise click.UsageError("--provider-arn and --provider-export are two ways to name one thing: use one of them.")
    if arn and (there := arn.split(":")[3]) != region:
        raise click.UsageError(
            f"--provider-arn names a function in {there}, and the stack is in {region}. Name the one in {region}, or "
            "--provider-export: what the macro's stack exports has the same name in every Region."
        )
    return arn or (imported(export) if export else None)


def with_provider(where: StackContext, macro: str) -> StackContext:
    """``where`` with a provider: the one it has, else the one that the stack of ``macro`` exports.

    For what is only looked at: whether the provider is deployed is no matter of a template.
    """
    return replace(where, provider_arn=where.provider_arn or imported(export_of(macro)))


def imported(export: str) -> dict[str, str]:
    """The expression of what another stack of the same Region exports as ``export``."""
    return {"Fn::ImportValue": export}
