"""What the options say of an expansion, and the context of a stack in one Region that follows from it.

The macro's provider is part of it: named by its ARN, or by what the macro's stack exports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from lambda_bedrock_profile.checking.deployment import MACRO, serverless_first
from lambda_bedrock_profile.checking.settings_file import (
    NO_SETTINGS,
    SettingsError,
    StackSettings,
    nearest_file,
    read_settings,
)
from lambda_bedrock_profile.cli import aws
from lambda_bedrock_profile.cli.source import STANDARD_INPUT, ReadError
from lambda_bedrock_profile.context import ProfileMode, StackContext
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.values import Json


def region_or_default(region: str | None) -> str:
    """``region``, or the Region of the AWS settings. Raises UsageError if there is none."""
    named_region = region or aws.region()
    if not named_region:
        raise click.UsageError("No Region: name --region, or set AWS_REGION or a region in the AWS configuration file.")
    return named_region


class Choices(NamedTuple):
    """What the options say of an expansion, whatever the Region.

    ``of_stack`` are the settings of the macro's stack, from the file that ``beside`` finds.
    """

    account: str | None
    parameters: Mapping[str, str]
    purpose: str
    named_macro: str | None
    provider_arn: str | None
    provider_export: str | None
    named_mode: ProfileMode | None
    settings_path: str | None
    of_stack: StackSettings = NO_SETTINGS

    @property
    def macro_name(self) -> str:
        """What Transform calls the macro."""
        return self.named_macro or self.of_stack.macro_name or MACRO

    @property
    def profile_mode(self) -> ProfileMode:
        """What makes inference profiles."""
        return self.named_mode or self.of_stack.profile_mode or "auto"

    def beside(self, template: str) -> Choices:
        """The same with the settings of the file that ``--settings`` names, or that holds for the file ``template``.

        Raises ReadError for a file that cannot be used.
        """
        folder = Path.cwd() if template == STANDARD_INPUT else Path(template).resolve().parent
        path = Path(self.settings_path) if self.settings_path else nearest_file(folder)
        if path is None:
            return self
        try:
            return self._replace(of_stack=read_settings(path))
        except SettingsError as error:
            raise ReadError(str(path), error.what, error.fix) from error

    def context(
        self,
        region: str,
        template: Mapping[str, Json],
        beside: Sequence[Mapping[str, Json]] = (),
        deployed: Mapping[str, str] | None = None,
    ) -> StackContext:
        """What the expansion of ``template`` in ``region`` needs to know.

        ``deployed`` are the parameter values of a stack; they and those of the command line count for the parameters
        that ``template`` has. Raises UsageError as ``check_parameters`` does, and for a provider that ``region`` cannot
        have.
        """
        self.check_parameters(template, beside)
        declared = _parameters(template)
        values = {**(deployed or {}), **self.parameters}
        return StackContext(
            region=region,
            account_id=self.account or aws.account(),
            parameters={name: value for name, value in values.items() if name in declared},
            provider_arn=provider_of(region, self.provider_arn, self.provider_export),
            profile_mode=self.profile_mode,
            organisation=self.of_stack.organisation,
            local_code=self.purpose == "sam",
            serverless_first=serverless_first(template, self.macro_name),
        )

    def check_parameters(self, template: Mapping[str, Json], beside: Sequence[Mapping[str, Json]] = ()) -> None:
        """Raise UsageError for a parameter on the command line that changes nothing, or cannot have its value.

        It changes nothing if neither ``template`` has it nor one of the templates ``beside`` it, all those of the
        command. Such a parameter is misspelt, and would be passed over in silence.
        """
        declared = _parameters(template)
        known = [name for each in (template, *beside) for name in _parameters(each)]
        for name, value in self.parameters.items():
            if name not in known:
                near = nearest(name, known)
                hint = f" Did you mean {near}?" if near else ""
                none = "No template has a parameter" if len(beside) > 1 else "The template has no parameter"
                raise click.UsageError(f"{none} {name}.{hint}")
            if name in declared and (allowed := _allowed_instead(declared[name], value)):
                raise click.UsageError(f"The parameter {name} does not allow its value. Write {' or '.join(allowed)}.")


def _parameters(template: Mapping[str, Json]) -> Mapping[str, Json]:
    section = template.get("Parameters")
    return section if isinstance(section, Mapping) else {}


def _allowed_instead(declared: Any, value: str) -> list[str]:
    """The AllowedValues of a parameter if ``value`` is none of them; empty if it may be given.

    CloudFormation Template Reference, "Parameters": of a list, each item has to be one. The value for a parameter of
    Systems Manager is its name, so it says nothing here.
    """
    kind = str(declared.get("Type")) if isinstance(declared, Mapping) else ""
    allowed = declared.get("AllowedValues") if isinstance(declared, Mapping) else None
    if not isinstance(allowed, list) or kind.startswith("AWS::SSM::"):
        return []
    texts = [item if isinstance(item, str) else json.dumps(item) for item in allowed]
    of_list = kind == "CommaDelimitedList" or kind.startswith("List<")
    given = [item.strip() for item in value.split(",") if item] if of_list else [value]
    return [] if set(given) <= set(texts) else texts


# -------------------------------------------------------------------------------------------------------- the provider


def export_of(macro: str) -> str:
    """What the stack of the macro of the name ``macro`` exports the provider's ARN as: template.yaml, Outputs."""
    return f"{macro}-ProviderFunctionArn"


def provider_of(region: str, arn: str | None, export: str | None) -> Any:
    """The provider for a stack in ``region``: its ARN, an expression of it, or None if neither is named.

    Raises UsageError if both are, or if the ARN is of another Region: CloudFormation would not call it.
    """
    if arn and export:
        raise click.UsageError("--provider-arn and --provider-export are two ways to name one thing: use one of them.")
    if arn and (there := arn.split(":")[3]) != region:
        raise click.UsageError(
            f"--provider-arn names a function in {there}, and the stack is in {region}. Name the one in {region}, or "
            "--provider-export: what the macro's stack exports has the same name in every Region."
        )
    return arn or (imported(export) if export else None)


def with_provider(context: StackContext, macro: str) -> StackContext:
    """``context`` with a provider: the one it has, else the one that the stack of ``macro`` exports.

    For what is only looked at: whether the provider is deployed is no matter of a template.
    """
    return context._replace(provider_arn=context.provider_arn or imported(export_of(macro)))


def imported(export: str) -> dict[str, str]:
    """The expression of what another stack of the same Region exports as ``export``."""
    return {"Fn::ImportValue": export}
