"""What the value of an option can be: checked when it is given, and completed by shells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import click

from lambda_bedrock_profile.bedrock import Catalog, partition
from lambda_bedrock_profile.bedrock.identifiers import is_region
from lambda_bedrock_profile.checking.deployment import MACRO
from lambda_bedrock_profile.checking.settings_file import MACRO_NAME
from lambda_bedrock_profile.cli import aws
from lambda_bedrock_profile.cli.choices import export_of
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.values import Json

DIRECTIONS: Final = frozenset(
    {"north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"}
)
"""The words before the number in the name of a Region: what has none of them is misspelt if it is near a known one."""

_ARN: Final = (
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):[0-9]{12}:function:[\w-]{1,64}(:[$\w-]{1,128})?"
)
_EXPORT_NAME: Final = "[0-9A-Za-z:-]+"
"""CloudFormation on any other: "must consist only of alphanumeric characters, colons, or hyphens"."""


def region_name(value: str) -> str:
    """``value``, the name of a Region by its shape: a new Region needs no new version. Raises BadParameter."""
    if not is_region(value):
        raise click.BadParameter(f"{value!r} is not the name of a Region, such as us-east-1.")
    if value.split("-")[-2] not in DIRECTIONS and (near := _near_region(value)):
        raise click.BadParameter(f"{value!r} is not the name of a Region. Did you mean {near}?")
    return value


def _near_region(value: str) -> str | None:
    """The Region whose name ``value`` is a misspelling of: one with the same letters, else one that is much like it."""
    known = Catalog.bundled().regions
    same = next((region for region in known if sorted(region) == sorted(value)), None)
    return same or nearest(value, known, 0.85)


def region_names(value: str) -> tuple[str, ...]:
    """The names of Regions in ``value``, with commas between them; each counts one time. Raises BadParameter."""
    return tuple(dict.fromkeys(region_name(name.strip()) for name in value.split(",")))


def name_and_value(value: str) -> tuple[str, str]:
    """``NAME=VALUE`` as a pair. Raises BadParameter."""
    name, equals, text = value.partition("=")
    if not equals or not name.isalnum():
        raise click.BadParameter("write NAME=VALUE, with the name of a parameter of the template.")
    return name, text


def account_id(value: str) -> str:
    """``value``, the id of an account. Raises BadParameter."""
    if not aws.is_account_id(value):
        raise click.BadParameter("an account id has twelve digits.")
    return value


def macro_name(value: str) -> str:
    """``value``, the name of a macro as its stack takes it. Raises BadParameter."""
    if not re.fullmatch(MACRO_NAME, value):
        raise click.BadParameter(
            f"{value!r} is not the name of a macro: letters and digits, at most 64, a letter first."
        )
    return value


def provider_arn(value: str) -> str:
    """``value``, the ARN of a Lambda function. Raises BadParameter."""
    match = re.fullmatch(_ARN, value, re.ASCII)
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
    if not re.fullmatch(_EXPORT_NAME, value):
        raise click.BadParameter(f"{value!r} is not the name of an export, such as {export_of(MACRO)}.")
    return value


# ---------------------------------------------------------------------------------------------------------- completion


def completed_regions(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The Regions of the catalog that a shell completes."""
    return [region for region in Catalog.bundled().regions if region.startswith(incomplete)]


def _section_of_template(context: click.Context, section: str) -> Mapping[str, Json]:
    """A section of the template that the command line names so far; empty if it cannot be read."""
    from lambda_bedrock_profile.cli.read import read

    # Behind an option whose value is not there yet, click has not assigned the arguments.
    named = context.params.get("template") or context.params.get("templates") or tuple(context.args)
    path = named if isinstance(named, str) else next(iter(named or ()), None)
    try:
        content = read(path).template.get(section) if path else None
    except ReadError:
        return {}
    return content if isinstance(content, Mapping) else {}


def completed_parameters(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The parameters of the template that a shell completes, each with the sign that its value stands behind."""
    return [f"{name}=" for name in _section_of_template(context, "Parameters") if name.startswith(incomplete)]


def completed_declarations(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The declarations of the template that a shell completes."""
    resources = _section_of_template(context, "Resources").items()
    declared = [name for name, each in resources if isinstance(each, Mapping) and each.get("Type") == TYPE]
    return [name for name in declared if name.startswith(incomplete)]
