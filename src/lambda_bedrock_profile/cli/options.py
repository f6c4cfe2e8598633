"""What several commands take: the template, and the Region, account and parameters it is expanded for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.names import is_region
from lambda_bedrock_profile.checking.deployment import MACRO, serverless_first
from lambda_bedrock_profile.checking.settings_file import (
    MACRO_NAME,
    NAME,
    NO_SETTINGS,
    SettingsError,
    StackSettings,
    nearest_file,
    read_settings,
)
from lambda_bedrock_profile.cli import aws_settings
from lambda_bedrock_profile.cli.provider import export_name, export_of, provider_arn, provider_of
from lambda_bedrock_profile.cli.source import STANDARD_INPUT, ReadError
from lambda_bedrock_profile.context import ProfileMode, StackContext
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.values import Json

FILE: Final = click.Path(readable=False)
"""The type of what names a file, so that shells complete it; whoever reads it reports if it cannot be read."""

DIRECTIONS: Final = frozenset(
    {"north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"}
)
"""The words before the number in the name of a Region: what has none of them is misspelt if it is near a known one."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def region_name(value: str) -> str:
    """``value``, the name of a Region by its shape: a new Region needs no new version. Raises BadParameter."""
    if not is_region(value):
        raise click.BadParameter(f"{value!r} is not the name of a Region, such as us-east-1.")
    if value.split("-")[-2] not in DIRECTIONS and (near := _near_region(value)):
        raise click.BadParameter(f"{value!r} is not the name of a Region. Did you mean {near}?")
    return value


def _near_region(value: str) -> str | None:
    """The Region that ``value`` is probably meant to be: one with the same letters, else one that is much like it."""
    known = Catalog.bundled().regions
    same = next((region for region in known if sorted(region) == sorted(value)), None)
    return same or nearest(value, known, 0.85)


def region_names(value: str) -> tuple[str, ...]:
    """The names of Regions in ``value``, with commas between them; each counts once. Raises BadParameter."""
    return tuple(dict.fromkeys(region_name(name.strip()) for name in value.split(",")))


def name_and_value(value: str) -> tuple[str, str]:
    """``NAME=VALUE`` as a pair. Raises BadParameter."""
    name, equals, text = value.partition("=")
    if not equals or not name.isalnum():
        raise click.BadParameter("write NAME=VALUE, with the name of a parameter of the template.")
    return name, text


def _each_once(_: click.Context, __: click.Parameter, pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """``pairs`` by name. Raises BadParameter for a name that has two values."""
    values = dict(pairs)
    for name, value in pairs:
        if value != values[name]:
            raise click.BadParameter(f"{name} is given twice, with different values.")
    return values


def account_id(value: str) -> str:
    """``value``, the id of an account. Raises BadParameter."""
    if not aws_settings.is_account_id(value):
        raise click.BadParameter("an account id has twelve digits.")
    return value


def macro_name(value: str) -> str:
    """``value``, the name of a macro as its stack takes it. Raises BadParameter."""
    if not MACRO_NAME.fullmatch(value):
        raise click.BadParameter(
            f"{value!r} is not the name of a macro: letters and digits, at most 64, a letter first."
        )
    return value


def examples(*lines: str) -> str:
    """The end of a command's help: a line each of how to use it, by the short name of the command."""
    return "\n".join(["\b", "Examples:", *(f"  lbp {line}" for line in lines)])


def _regions(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The Regions of the catalog that a shell completes."""
    return [region for region in Catalog.bundled().regions if region.startswith(incomplete)]


def _written(context: click.Context, section: str) -> Mapping[str, Json]:
    """A section of the template on the command line that a shell completes; empty if it cannot be read."""
    from lambda_bedrock_profile.cli.read import read
    from lambda_bedrock_profile.cli.source import ReadError

    # Behind an option whose value is not there yet, click has not assigned the arguments.
    named = context.params.get("template") or context.params.get("templates") or tuple(context.args)
    path = named if isinstance(named, str) else next(iter(named or ()), None)
    try:
        found = read(path).template.get(section) if path else None
    except ReadError:
        return {}
    return found if isinstance(found, Mapping) else {}


def completed_parameters(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The parameters of the template that a shell completes, each with the sign that its value stands behind."""
    return [f"{name}=" for name in _written(context, "Parameters") if name.startswith(incomplete)]


def completed_declarations(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The declarations of the template that a shell completes."""
    resources = _written(context, "Resources").items()
    declared = [name for name, each in resources if isinstance(each, Mapping) and each.get("Type") == TYPE]
    return [name for name in declared if name.startswith(incomplete)]


_ENVIRONMENT: Final = (
    click.option(
        "--account", type=account_id, metavar="ID", help="Account of the stack.  [default: the one of the AWS settings]"
    ),
    click.option(
        "-p",
        "--parameter",
        "parameters",
        type=name_and_value,
        metavar="NAME=VALUE",
        multiple=True,
        callback=_each_once,
        shell_complete=completed_parameters,
        help="Value of a parameter of the template; a list as a,b. Repeat for more.",
    ),
    click.option(
        "--for",
        "purpose",
        type=click.Choice(["cloudformation", "sam"]),
        default="cloudformation",
        show_default=True,
        help="What comes next. With sam, a function's Code may be a path, for sam build to follow.",
    ),
    click.option(
        "--macro-name",
        "named_macro",
        type=macro_name,
        metavar="NAME",
        help=f"Name of the macro: what Transform calls it.  [default: of the settings file, else {MACRO}]",
    ),
    click.option(
        "--provider-arn",
        type=provider_arn,
        metavar="ARN",
        help="ARN of the macro's provider function, which some templates need.",
    ),
    click.option(
        "--provider-export",
        type=export_name,
        metavar="NAME",
        help=f"The same by the name that the macro's stack exports it under, such as {export_of(MACRO)}.",
    ),
    click.option(
        "--profile-mode",
        "named_mode",
        type=click.Choice(["auto", "native", "provider", "move-to-native", "move-to-provider"]),
        help="What makes inference profiles: CloudFormation's own type, the provider, or the one the Region has. The "
        "last two replace profiles of the other form.  [default: of the settings file, else auto]",
    ),
    click.option(
        "--settings",
        "settings_path",
        type=FILE,
        metavar="FILE",
        help=f"Settings of the macro's stack.  [default: {NAME} beside the template or above it]",
    ),
)


def _one_region(_: click.Context, __: click.Parameter, regions: Sequence[str]) -> str | None:
    """The one Region in ``regions``, or None. Raises BadParameter for several: the last would win, silently."""
    if len(set(regions)) > 1:
        raise click.BadParameter(
            "a stack has one Region; for one template that serves several there is expand --regions."
        )
    return regions[0] if regions else None


region_option: Final = click.option(
    "-r",
    "--region",
    type=region_name,
    shell_complete=_regions,
    metavar="REGION",
    multiple=True,
    callback=_one_region,
    help="Region of the stack.  [default: the one of the AWS settings]",
)


def regions_option(what: str) -> Callable[[_Command], _Command]:
    """The option for several Regions, as ``regions``; ``what`` ends with where they come from if none is named."""
    return click.option(
        "-r",
        "--region",
        "regions",
        type=region_name,
        shell_complete=_regions,
        metavar="REGION",
        multiple=True,
        help=f"Region {what}",
    )


def today() -> str:
    """The day in UTC, as ``2026-11-26``."""
    return datetime.now(UTC).date().isoformat()


def _day(_: click.Context, __: click.Parameter, value: datetime | None) -> str:
    """The day as ``2026-11-26``: the given one, or today's."""
    return value.date().isoformat() if value else today()


day_option: Final = click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    metavar="DATE",
    help="Day by which the life cycle of models is judged.  [default: today]",
)
"""The clock, as an argument: nothing below the command line asks what day it is."""

fail_before_option: Final = click.option(
    "--fail-before",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=lambda _, __, value: value.date().isoformat() if value else "",
    metavar="DATE",
    help="Make the end of a model before that day an error.",
)


def output_option(help: str) -> Callable[[_Command], _Command]:
    """The option for the file to write, as ``output``: None for standard output, which ``-`` means, too."""
    return click.option(
        "-o",
        "--output",
        type=FILE,
        metavar="FILE",
        callback=lambda _, __, value: None if value == "-" else value,
        help=help,
    )


def environment_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that an expansion needs besides the Region; ``command`` gets them as ``choices``."""

    @wraps(command)
    def result(**given: Any) -> None:
        choices = Choices(**{each.name: given.pop(each.name) for each in fields(Choices) if each.name in given})
        command(choices=choices.beside(given["template"]) if "template" in given else choices, **given)

    for option in reversed(_ENVIRONMENT):
        result = option(result)
    return result


def region_or_default(region: str | None) -> str:
    """``region``, or the Region of the AWS settings. Raises UsageError if there is none."""
    named_region = region or aws_settings.region()
    if not named_region:
        raise click.UsageError("No Region: name --region, or set AWS_REGION or a region in the AWS configuration file.")
    return named_region


@dataclass(frozen=True, slots=True)
class Choices:
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
            return replace(self, of_stack=read_settings(path))
        except SettingsError as error:
            raise ReadError(str(path), error.what, error.fix) from error

    def environment(
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
            account_id=self.account or aws_settings.account(),
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
    """The AllowedValues of a parameter where ``value`` is none of them; empty if it may be given.

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
