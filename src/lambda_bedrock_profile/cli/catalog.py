"""``catalog``: what is known of Bedrock's routing, how old it is, and bringing it up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

import lambda_bedrock_profile.bedrock
from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, lifecycle
from lambda_bedrock_profile.bedrock.data import CatalogData, parse, render
from lambda_bedrock_profile.bedrock.identifiers import names_model
from lambda_bedrock_profile.bedrock.identifiers import partition as partition_of
from lambda_bedrock_profile.bedrock.lifecycle import LifeCycles
from lambda_bedrock_profile.bedrock.merge import changes, merge, unreached
from lambda_bedrock_profile.bedrock.prices import Prices
from lambda_bedrock_profile.bedrock.stages import stage
from lambda_bedrock_profile.cli.console import show, table
from lambda_bedrock_profile.cli.options import day_option, examples, regions_option
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.values import Json

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.live import Listing

BUNDLED: Final = Path(lambda_bedrock_profile.bedrock.__file__).with_name("profiles.json")
_AT_A_TIME: Final = 16
PARTITIONS: Final = ("aws", "aws-us-gov", "aws-cn", "aws-eusc")

_file_option: Final = click.option(
    "--file", type=click.Path(path_type=Path), default=BUNDLED, help="Another data file than the bundled one."
)


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


def load(path: Path) -> CatalogData:
    """The data in ``path``. Raises ReadError if it cannot be read, or is no catalog."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror}", "Name a catalog's data file") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "Name a file that catalog refresh wrote"
        raise ReadError(str(path), "is not the data of a catalog", fix) from error


# ----------------------------------------------------------------------------------------------------------------- show


@command.command("show")
@click.argument("text", required=False, default="")
@day_option
@_file_option
def _show(text: str, file: Path, day: str) -> None:
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


# ---------------------------------------------------------------------------------------------------------------- check


@command.command("check")
@_file_option
@click.option(
    "--max-age", type=click.IntRange(0), default=90, show_default=True, metavar="DAYS", help="Oldest that will do."
)
def _check(file: Path, max_age: int) -> None:
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


# -------------------------------------------------------------------------------------------------------------- refresh


@dataclass(frozen=True, slots=True)
class Answers:
    """What the Regions listed, and why the others did not, by Region."""

    listings: list[Listing] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


@command.command("refresh")
@regions_option("to ask; repeat for more.  [default: all]")
@click.option(
    "--partition",
    type=click.Choice(PARTITIONS),
    default="aws",
    show_default=True,
    help="Partition whose Regions are asked, which needs credentials of its own.",
)
@_file_option
@click.option("--dry-run", is_flag=True, help="Show what changed, and write nothing.")
def _refresh(regions: tuple[str, ...], partition: str, file: Path, dry_run: bool) -> None:
    """Bring the catalog up to date from Bedrock's own listings.

    Asks ListInferenceProfiles and ListFoundationModels in each Region; needs bedrock:ListInferenceProfiles and
    bedrock:ListFoundationModels, and changes nothing in AWS. A Region that fails is named, and what was known of it
    stays. The dates of life cycles are written beside the data file, as lifecycle.json.

    Prints every change. A line with ! is one that AWS says cannot happen: look at it.
    """
    from lambda_bedrock_profile.bedrock.live import from_listings, life_cycles

    old = load(file) if file.exists() else load(BUNDLED)
    answers = _ask(_clients(regions, partition))
    for region, reason in sorted(answers.failures.items()):
        click.echo(f"{region} failed and keeps what was known: {reason}", err=True)
    if not answers.listings:
        raise ReadError(
            str(file), "no Region answered, so nothing was changed", "Check the credentials and the network"
        )
    today = datetime.now(UTC).date().isoformat()
    listed = from_listings(answers.listings, today)
    asked_in = {partition_of(listing.region) for listing in answers.listings}
    left = [region for region in unreached(old, listed) if partition_of(region) in asked_in]
    if left:
        click.echo(f"The catalog keeps its date, {old.as_of}: not reached were {', '.join(left)}.", err=True)
    new = merge(old, listed, old.as_of if left else today)
    differences = changes(old, new)
    for line in differences:
        click.echo(line)
    asked = len(answers.listings) + len(answers.failures)
    click.echo(f"{len(answers.listings)} of {asked} Regions answered, {len(differences)} changes.", err=True)
    dates = file.with_name("lifecycle.json")
    cycles = lifecycle.parse(dates.read_text(encoding="utf-8")) if dates.exists() else LifeCycles.bundled()
    judged = life_cycles(cycles, answers.listings, today)
    for line in lifecycle.changes(cycles, judged):
        click.echo(line)
    if not dry_run:
        write(render(new), str(file))
        write(lifecycle.render(judged), str(dates))


def _clients(regions: Iterable[str], partition: str) -> Mapping[str, Json]:
    """A client of the bedrock service for each Region; made here, since sessions are not for several threads."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3})
    session = boto3.Session()
    try:
        here = tuple(regions) or tuple(session.get_available_regions("bedrock", partition_name=partition))
        return {region: session.client("bedrock", region_name=region, config=config) for region in here}
    except BotoCoreError as error:
        raise ReadError("AWS", str(error).rstrip("."), "Fix the AWS configuration") from error


def _ask(clients: Mapping[str, Json]) -> Answers:
    """Ask all Regions at once, with a progress bar on a terminal's standard error."""
    answers = Answers()
    with click.progressbar(_asked(clients), length=len(clients), label="Asking Regions", file=sys.stderr) as steps:
        for region, answer in steps:
            if isinstance(answer, str):
                answers.failures[region] = answer
            else:
                answers.listings.append(answer)
    return answers


def _asked(clients: Mapping[str, Json]) -> Iterator[tuple[str, Listing | str]]:
    """(Region, its listing or why there is none), as they come in."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from botocore.exceptions import BotoCoreError, ClientError

    from lambda_bedrock_profile.bedrock.live import fetch_region

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        futures = {pool.submit(fetch_region, client): region for region, client in clients.items()}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except (BotoCoreError, ClientError) as error:
                yield futures[future], " ".join(str(error).split())
