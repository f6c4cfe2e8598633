"""``catalog show``: the models, and where they are offered."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog
from lambda_bedrock_profile.bedrock.names import names_model
from lambda_bedrock_profile.bedrock.stages import stage
from lambda_bedrock_profile.cli.catalog_file import BUNDLED, load
from lambda_bedrock_profile.cli.console import show, table
from lambda_bedrock_profile.cli.options import day_option


@click.command("show")
@click.argument("text", required=False, default="")
@day_option
@click.option(
    "--file", type=click.Path(path_type=Path), default=BUNDLED, help="Another data file than the bundled one."
)
def command(text: str, file: Path, day: str) -> None:
    """List foundation models, where they are offered, and when they end.

    Those whose id contains TEXT, or all of them; `haiku 4.5` finds the ids with these words. For each: its status, the
    day it ends, the geographies it has a profile in with the number of source Regions, and the number of Regions in
    which it is on demand. `routes MODEL` shows the Regions themselves.

    Retired models that TEXT names follow, with what is known of their end. Exit code 1 if there is no model.
    """
    catalog = Catalog(load(file))
    models = [model for model in catalog.models if text.lower() in model or names_model(text, model)]
    rows = table("Model", "Status", "Ends", "Profiles, with source Regions", "On demand in")
    for model in models:
        offers = catalog.offers(model)
        known = [name for name in GEOGRAPHIES if name in offers] + [name for name in offers if name not in GEOGRAPHIES]
        profiles = ", ".join(f"{name} {len(offers[name]) or '?'}" for name in known)
        on_demand = str(len(catalog.on_demand(model)) or "-")
        rows.add_row(model, catalog.status(model) or "-", _ends(catalog, model), profiles or "-", on_demand)
    show(Text(f"Catalog of {catalog.as_of}: {len(models)} of {len(catalog.models)} models", style="bold"), "")
    if models:
        show(rows)
    for model in _retired(catalog, text) if text else ():
        at = stage(catalog, model, "us-east-1", "auto", day)
        show(f"{model} {at.sentence}." + (f" Source: {at.dates.source}" if at.dates.source else ""))
    if not models:
        raise click.exceptions.Exit(1)


def _ends(catalog: Catalog, model: str) -> str:
    """The days on which the model ends; the Regions are left to ``routes``."""
    ends = {dates.end for dates in catalog.life_cycles.models.get(model, ()) if dates.end}
    return ", ".join(sorted(ends)) or "-"


def _retired(catalog: Catalog, text: str) -> list[str]:
    """The retired ids that ``text`` names, sorted."""
    cycles = catalog.life_cycles
    ids = sorted({*cycles.models, *cycles.unlisted} - {*catalog.models})
    return [model for model in ids if cycles.retired(model) and (text.lower() in model or names_model(text, model))]
