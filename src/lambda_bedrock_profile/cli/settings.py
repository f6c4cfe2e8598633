"""``settings``: the settings of the macro's stack that the other commands go by, and the file that they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from lambda_bedrock_profile.checking.settings_file import (
    KEYS,
    NAME,
    SettingsError,
    StackSettings,
    nearest_file,
    read_settings,
    settings_of_values,
)
from lambda_bedrock_profile.cli.aws import described_stack
from lambda_bedrock_profile.cli.choices import region_or_default
from lambda_bedrock_profile.cli.options import examples, output_option, region_option
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.organisation import (
    BOUNDARY,
    GEOGRAPHIES_ALLOWED,
    LOG_KEY,
    MODELS,
    NEW_VPC,
    RETENTION,
    TAG_KEYS,
)
from lambda_bedrock_profile.values import Json


@click.command(
    "settings",
    epilog=examples(
        "settings",
        "settings --from-stack lambda-bedrock-profile --region eu-central-1",
        "settings --from-stack lambda-bedrock-profile --output -",
    ),
)
@click.option("--from-stack", "stack", metavar="NAME", help="The macro's stack, whose parameters are read.")
@region_option
@output_option(f"Write to FILE.  [default: {NAME} with --from-stack, else standard output]")
def command(stack: str | None, region: str | None, output: str | None) -> None:
    """Show or write the settings of the macro's stack.

    expand, lint, diff, explain and graph go by the file .lambda-bedrock-profile.toml beside a template, or in a folder
    above it up to the root of the repository: the organisation's rules, the macro's name and the profile mode. So what
    they say is what the macro will do. Without an option, the file that holds here is shown, as it is understood.

    With --from-stack, the file is made from the parameters of the deployed stack. That needs
    cloudformation:DescribeStacks.
    """
    if stack is None:
        path = nearest_file(Path.cwd())
        if path is None:
            click.echo(f"No {NAME} here or above, so no rule of an organisation is checked.", err=True)
            return
        write(f"# {path}\n{_text(_read(path))}", output)
        return
    region = region_or_default(region)
    stack_description = described_stack(stack, region)
    values = {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack_description.get("Parameters", ())}
    if "MacroName" not in values:
        fix = "Name the stack of template.yaml, such as lambda-bedrock-profile"
        raise ReadError(f"stack {stack}", "is not the macro's stack: it has no parameter MacroName", fix)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack_description.get("Outputs", ())}
    version = f", version {outputs['Version']}" if "Version" in outputs else ""
    head = f"# The settings of the stack {stack} in {region}{version}.\n# Made by: lambda-bedrock-profile settings "
    settings = _understood({name: values[name] for name in KEYS if name in values}, stack)
    target = NAME if click.get_current_context().get_parameter_source("output") is _DEFAULT else output
    write(f"{head}--from-stack {stack}\n{_text(settings)}", target)
    if target is not None:
        click.echo(f"{target}: has the settings of the stack {stack}.", err=True)


_DEFAULT: Final = click.core.ParameterSource.DEFAULT


def _read(path: Path) -> StackSettings:
    try:
        return read_settings(path)
    except SettingsError as error:
        raise ReadError(str(path), error.what, error.fix) from error


def _understood(values: Mapping[str, Json], stack: str) -> StackSettings:
    try:
        return settings_of_values(values, Path(stack))
    except SettingsError as error:
        fix = f"{error.fix}, or use the version of this command that belongs to the stack"
        raise ReadError(f"stack {stack}", error.what, fix) from error


def _text(settings: StackSettings) -> str:
    """``settings`` as the file has them, without what is not set."""
    rules = settings.organisation
    values = {
        "MacroName": settings.macro_name or "",
        "ProfileMode": settings.profile_mode or "",
        BOUNDARY: rules.boundary,
        LOG_KEY: rules.log_key,
        RETENTION: rules.least_retention,
        TAG_KEYS: list(rules.tag_keys),
        GEOGRAPHIES_ALLOWED: list(rules.geographies),
        MODELS: list(rules.models),
        NEW_VPC: rules.new_vpc,
    }
    # A text, number, boolean or list of texts is written in TOML as in JSON.
    options = {name: value for name, value in values.items() if bool(value) != (name == NEW_VPC)}
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in options.items())
