"""``catalog``: what is known of Bedrock's routing, how old it is, and bringing it up to date."""

from __future__ import annotations

import click

from lambda_bedrock_profile.cli import catalog_check, catalog_refresh, catalog_show
from lambda_bedrock_profile.cli.options import examples


@click.group(
    "catalog",
    epilog=examples(
        "catalog show claude",
        "catalog check --max-age 30",
        "catalog refresh --dry-run",
    ),
)
def command() -> None:
    """Look at, check and refresh the catalog of routes.

    The catalog says which foundation model is reached from which Region through which inference profile, and where the
    profile may send data. It comes with this program; every expansion takes its routes from it.
    """


for subcommand in (catalog_show.command, catalog_check.command, catalog_refresh.command):
    command.add_command(subcommand)
