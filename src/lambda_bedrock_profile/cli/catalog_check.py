"""``catalog check``: how old the catalog is, and where it is from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.data import render
from lambda_bedrock_profile.bedrock.lifecycle import LifeCycles
from lambda_bedrock_profile.bedrock.prices import Prices
from lambda_bedrock_profile.cli.catalog_file import BUNDLED, load


@click.command("check")
@click.option(
    "--file", type=click.Path(path_type=Path), default=BUNDLED, help="Another data file than the bundled one."
)
@click.option(
    "--max-age", type=click.IntRange(0), default=90, show_default=True, metavar="DAYS", help="Oldest that will do."
)
def command(file: Path, max_age: int) -> None:
    """Tell the catalog's age and sources.

    The dates of life cycles and the prices that come with this program are named with theirs.

    Exit code 1 if it is older than --max-age, or was edited by hand into another form.
    """
    data = load(file)
    catalog = Catalog(data)
    age = (date.today() - date.fromisoformat(data.as_of)).days
    click.echo(f"{file}")
    click.echo(f"  as of    {data.as_of}, {age} days old")
    click.echo(
        f"  holds    {len(catalog.models)} models, {len(data.profiles)} profiles, {len(catalog.regions)} source Regions"
    )
    for number, source in enumerate(data.sources):
        click.echo(f"  {'sources' if number == 0 else '':8} {source}")
    click.echo(f"  types    {data.profile_type.source}, {data.profile_type.as_of}")
    cycles, prices = LifeCycles.bundled(), Prices.bundled()
    click.echo(f"  dates    of {cycles.as_of}, {len(cycles.models)} models: {', '.join(cycles.sources)}")
    click.echo(f"  prices   of {prices.as_of}, {len(prices.models)} models: {prices.source}")
    for model, pins in data.auto.items():
        for source, geography in pins.items():
            click.echo(f"  pinned   {model} in {source}: {geography}")
    complaints = []
    if age > max_age:
        complaints.append(f"older than {max_age} days. Run lambda-bedrock-profile catalog refresh.")
    if file.read_text(encoding="utf-8") != render(data):
        complaints.append("not in the form that catalog refresh writes. Run it, and compare.")
    for complaint in complaints:
        click.echo(f"{file}: {complaint}", err=True)
    if complaints:
        raise click.exceptions.Exit(1)
