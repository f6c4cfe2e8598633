"""``catalog refresh``: ask Bedrock in every Region, show what changed, write the data file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from lambda_bedrock_profile.bedrock import lifecycle
from lambda_bedrock_profile.bedrock.data import render
from lambda_bedrock_profile.bedrock.lifecycle import LifeCycles
from lambda_bedrock_profile.bedrock.merge import changes, merge, unreached
from lambda_bedrock_profile.bedrock.names import partition as partition_of
from lambda_bedrock_profile.cli.catalog_file import BUNDLED, load
from lambda_bedrock_profile.cli.options import regions_option
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.values import Json

if TYPE_CHECKING:
    from lambda_bedrock_profile.bedrock.live import Listing

_AT_A_TIME: Final = 16
PARTITIONS: Final = ("aws", "aws-us-gov", "aws-cn", "aws-eusc")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the Regions listed, and why the others did not, by Region."""

    listings: list[Listing] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


@click.command("refresh")
@regions_option("to ask; repeat for more.  [default: all]")
@click.option(
    "--partition",
    type=click.Choice(PARTITIONS),
    default="aws",
    show_default=True,
    help="Partition whose Regions are asked, which needs credentials of its own.",
)
@click.option(
    "--file", type=click.Path(path_type=Path), default=BUNDLED, help="Another data file than the bundled one."
)
@click.option("--dry-run", is_flag=True, help="Show what changed, and write nothing.")
def command(regions: tuple[str, ...], partition: str, file: Path, dry_run: bool) -> None:
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
    from botocore.exceptions import BotoCoreError, ClientError

    from lambda_bedrock_profile.bedrock.live import fetch_region

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        futures = {pool.submit(fetch_region, client): region for region, client in clients.items()}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except (BotoCoreError, ClientError) as error:
                yield futures[future], " ".join(str(error).split())
