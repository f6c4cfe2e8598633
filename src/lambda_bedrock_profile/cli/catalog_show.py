"""``catalog show``: the models, and where they are offered."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog
from lambda_bedrock_profile.cli.catalog_file import BUNDLED, load
from lambda_bedrock_profile.cli.console import show, table


@click.command("show")
@click.argument("text", required=False, default="")
@click.option(
    "--file", type=click.Path(path_type=Path), default=BUNDLED, help="Another data file than the bundled one."
)
def command(text: str, file: Path) -> None:
    """List foundation models, and where they are offered.

    Those whose id contains TEXT, or all of them. For each: its status, the geographies it has a profile in with the
    number of source Regions, and the number of Regions in which it is on demand. `routes MODEL` shows the Regions
    themselves.

    Exit code 1 where there is none.
    """
    catalog = Catalog(load(file))
    found = [model for model in catalog.models if text.lower() in model]
    rows = table("Model", "Status", "Profiles, with source Regions", "On demand in")
    for model in found:
        offers = catalog.offers(model)
        known = [name for name in GEOGRAPHIES if name in offers] + [name for name in offers if name not in GEOGRAPHIES]
        profiles = ", ".join(f"{name} {len(offers[name]) or '?'}" for name in known)
        rows.add_row(model, catalog.status(model) or "-", profiles or "-", str(len(catalog.on_demand(model)) or "-"))
    show(Text(f"Catalog of {catalog.as_of}: {len(found)} of {len(catalog.models)} models", style="bold"), "")
    if not found:
        raise click.exceptions.Exit(1)
    show(rows)
