"""Help in groups: options that belong together stand together, with an example of how they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import click


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
