"""The options that several commands share, and help in which those that belong together stand together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, NamedTuple, TypeVar

import click

from lambda_bedrock_profile.checking.deployment import MACRO
from lambda_bedrock_profile.checking.settings_file import NAME
from lambda_bedrock_profile.cli.choices import Choices, export_of
from lambda_bedrock_profile.cli.option_values import (
    account_id,
    completed_parameters,
    completed_regions,
    export_name,
    macro_name,
    name_and_value,
    provider_arn,
    region_name,
)

FILE: Final = click.Path(readable=False)
"""The type of what names a file, so that shells complete it; whoever reads it reports if it cannot be read."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _by_name(_: click.Context, __: click.Parameter, pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """``pairs`` by name. Raises BadParameter for a name that has two values."""
    values = dict(pairs)
    for name, value in pairs:
        if value != values[name]:
            raise click.BadParameter(f"{name} is given twice, with different values.")
    return values


_EXPANSION_OPTIONS: Final = (
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
        callback=_by_name,
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
    shell_complete=completed_regions,
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
        shell_complete=completed_regions,
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


def expansion_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that an expansion needs besides the Region; ``command`` gets them as ``choices``."""

    @wraps(command)
    def result(**given: Any) -> None:
        choices = Choices(**{name: given.pop(name) for name in Choices._fields if name in given})
        command(choices=choices.beside(given["template"]) if "template" in given else choices, **given)

    for option in reversed(_EXPANSION_OPTIONS):
        result = option(result)
    return result


# ---------------------------------------------------------------------------------------------------------------- help


def examples(*lines: str) -> str:
    """The end of a command's help: a line each of how to use it, by the short name of the command."""
    return "\n".join(["\b", "Examples:", *(f"  lbp {line}" for line in lines)])


class OptionGroup(NamedTuple):
    """``title`` stands above ``options``: the option → a value to show it with, empty if an example does without it."""

    title: str
    options: Mapping[str, str]


GROUPS: Final = (
    OptionGroup(
        "Where the stack goes",
        {
            "--region": "eu-central-1",
            "--regions": "",
            "--all-regions": "",
            "--account": "",
            "--parameter": "Model=amazon.nova-lite-v1:0",
        },
    ),
    OptionGroup(
        "The macro's stack",
        {
            "--as-macro": "",
            "--macro-name": "Search",
            "--provider-arn": "",
            "--provider-export": "Search-ProviderFunctionArn",
            "--profile-mode": "",
            "--settings": "",
        },
    ),
    OptionGroup("Life cycle of models", {"--on": "2027-01-31", "--fail-before": "2027-06-01"}),
)
"""The groups that several commands have, in the order in which they are shown."""


class GroupedCommand(click.Command):
    """A command whose own options come first, and then those that it shares with others, group by group."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each group under its title and with its example."""
        records = {
            parameter.opts[-1]: record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None
        }
        shared = {name for group in GROUPS for name in group.options}
        with formatter.section("Options"):
            formatter.write_dl([record for name, record in records.items() if name not in shared])
        for group in GROUPS:
            here = [name for name in group.options if name in records]
            example = " ".join(f"{name} {group.options[name]}" for name in here if group.options[name])
            if here:
                with formatter.section(group.title):
                    formatter.write(f"{'':>{formatter.current_indent}}such as {example}\n")
                    formatter.write_dl([records[name] for name in here])
