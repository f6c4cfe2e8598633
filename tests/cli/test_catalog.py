"""``catalog``: what is known, how old it is, and how it is brought up to date."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambda_bedrock_profile.bedrock.data import parse, render
from lambda_bedrock_profile.cli.catalog import BUNDLED
from tests.cli.conftest import Run
from tests.support.catalogs import MODEL, data


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A copy of the bundled data file."""
    return Path(shutil.copy(BUNDLED, tmp_path / "profiles.json"))


def test_models_are_shown_with_their_geographies(run: Run) -> None:
    """Each model that matches is a row; nothing that matches is exit code 1."""
    result = run("catalog", "show", "nova-lite")
    assert result.exit_code == 0
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("amazon.")]
    assert row.split()[:2] == ["amazon.nova-lite-v1:0", "ACTIVE"]
    assert "us 4" in row
    assert run("catalog", "show", "acme").exit_code == 1


@pytest.mark.parametrize("text", ["haiku 4.5", "Claude Haiku 4.5", "haiku-4-5"])
def test_a_name_finds_the_model_with_these_words(run: Run, text: str) -> None:
    """Who writes a model's name as people do finds its id, and not another version's."""
    lines = run("catalog", "show", text).stdout.splitlines()
    rows = [line.split()[0] for line in lines if line.startswith("anthropic.")]
    assert rows == ["anthropic.claude-haiku-4-5-20251001-v1:0"]


def test_ends_are_shown_and_retired_models_named(run: Run) -> None:
    """The table has the day a model ends; a retired one is below it, with what is known of its end."""
    shown = run("catalog", "show", "sonnet-4-5", "--on", "2026-11-26").stdout
    assert "2027-04-08" in shown
    retired = run("catalog", "show", "nova-reel", "--on", "2026-11-26")
    assert "amazon.nova-reel-v1:1 was retired on 2026-09-30. Source: https://docs.aws" in retired.stdout
    assert retired.exit_code == 1


def test_age_and_sources_are_reported(run: Run, file: Path) -> None:
    """A catalog that is young enough is fine, and an old one is not."""
    today = datetime.now(UTC).date()
    for days, code in ((10, 0), (91, 1)):
        as_of = (today - timedelta(days=days)).isoformat()
        text = file.read_text()
        file.write_text(text.replace(parse(text).as_of, as_of))
        result = run("catalog", "check", "--file", str(file))
        assert result.exit_code == code
        assert as_of in result.stdout
        assert parse(text).sources[0] in result.stdout
    assert "catalog refresh" in result.stderr


def test_pins_are_told_with_their_model(run: Run, file: Path) -> None:
    """A reviewer sees for which model in which Region auto keeps to an old choice."""
    pins = {"acme.thinker-v1:0": {"ca-west-1": "us"}, "acme.other-v1:0": {"us-east-1": "us"}}
    file.write_text(render(parse(file.read_text())._replace(auto=pins)))
    lines = run("catalog", "check", "--file", str(file)).stdout.splitlines()
    assert "  pinned   acme.thinker-v1:0 in ca-west-1: us" in lines
    assert "  pinned   acme.other-v1:0 in us-east-1: us" in lines


def test_an_edited_file_is_noticed(run: Run, file: Path) -> None:
    """The file has one form, so that a review shows what AWS changed and nothing else."""
    file.write_text(file.read_text() + "\n")
    result = run("catalog", "check", "--file", str(file), "--max-age", "100000")
    assert result.exit_code == 1
    assert "not in the form" in result.stderr


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"as_of": 1}', None])
def test_a_file_that_is_no_catalog_is_one_line(run: Run, tmp_path: Path, content: str | None) -> None:
    """Any other file ends with 2 and without a trace."""
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content)
    for command in ("show", "check"):
        result = run("catalog", command, "--file", str(path))
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1


def profile(region: str, identifier: str, destinations: list[str]) -> dict[str, Any]:
    """A summary as ListInferenceProfiles gives it."""
    arn = f"arn:aws:bedrock:{region}:111122223333:inference-profile/{identifier}"
    model = identifier.partition(".")[2]
    return {
        "inferenceProfileName": identifier,
        "inferenceProfileId": identifier,
        "inferenceProfileArn": arn,
        "models": [{"modelArn": f"arn:aws:bedrock:{to}::foundation-model/{model}"} for to in destinations],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Stubber]:
    """Bedrock in Regions, as far as a test says; nothing else can be reached."""
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    clients = {region: session.client("bedrock", region_name=region) for region in ("us-east-1", "us-west-2")}
    stubs = {region: Stubber(client) for region, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    monkeypatch.setattr(boto3, "Session", lambda: session)
    monkeypatch.setattr(session, "client", lambda _, region_name, config: clients[region_name])
    return stubs.__getitem__


HERE = ("--region", "us-east-1", "--region", "us-west-2")


def test_a_refresh_asks_all_pages_and_shows_what_changed(
    run: Run, file: Path, bedrock: Callable[[str], Stubber]
) -> None:
    """A new profile on the second page is printed and written; a Region that fails is named and keeps its rows."""
    before = parse(file.read_text())
    east = bedrock("us-east-1")
    east.add_response("list_inference_profiles", {"inferenceProfileSummaries": [], "nextToken": "2"})
    new = profile("us-east-1", "us.acme.new-v1:0", ["us-east-1", "us-west-2"])
    east.add_response("list_inference_profiles", {"inferenceProfileSummaries": [new]})
    east.add_response("list_foundation_models", {"modelSummaries": []})
    bedrock("us-west-2").add_client_error("list_inference_profiles", "AccessDeniedException", "not today")
    result = run("catalog", "refresh", *HERE, "--file", str(file))
    assert result.exit_code == 0
    assert "+ us.acme.new-v1:0: offered in us-east-1\n" in result.stdout
    assert "us-west-2 failed and keeps what was known: " in result.stderr
    assert "not today" in result.stderr
    assert "1 of 2 Regions answered" in result.stderr
    after = parse(file.read_text())
    assert after.profiles["us.acme.new-v1:0"].routes == {"us-east-1": ("us-east-1", "us-west-2")}
    kept = "us.amazon.nova-lite-v1:0"
    assert after.profiles[kept].routes["us-west-2"] == before.profiles[kept].routes["us-west-2"]
    # Regions that did not answer are as old as they were, and so is the whole.
    assert after.as_of == before.as_of
    assert "The catalog keeps its date, 2026-10-27: not reached were " in result.stderr
    assert run("catalog", "check", "--file", str(file)).exit_code == 0


def test_regions_of_another_partition_do_not_hold_the_date(
    run: Run, file: Path, bedrock: Callable[[str], Stubber]
) -> None:
    """One account is of one partition: what it can never reach does not make a complete refresh incomplete."""
    known = {"us": {"us-east-1": "us-east-1"}, "us-gov": {"us-gov-west-1": "us-gov-west-1"}}
    file.write_text(render(data(known, as_of="2026-10-27")))
    east = bedrock("us-east-1")
    east.add_response(
        "list_inference_profiles", {"inferenceProfileSummaries": [profile("us-east-1", f"us.{MODEL}", ["us-east-1"])]}
    )
    east.add_response("list_foundation_models", {"modelSummaries": []})
    result = run("catalog", "refresh", "-r", "us-east-1", "--file", str(file))
    assert "not reached" not in result.stderr
    after = parse(file.read_text())
    assert after.as_of > "2026-10-27"
    assert after.profiles[f"us-gov.{MODEL}"].routes == {"us-gov-west-1": ("us-gov-west-1",)}


def test_a_dry_run_writes_nothing(run: Run, file: Path, bedrock: Callable[[str], Stubber]) -> None:
    """--dry-run shows the changes and leaves the file."""
    before = file.read_text()
    east = bedrock("us-east-1")
    new = profile("us-east-1", "us.acme.new-v1:0", ["us-east-1"])
    east.add_response("list_inference_profiles", {"inferenceProfileSummaries": [new]})
    east.add_response("list_foundation_models", {"modelSummaries": []})
    assert "+ us.acme.new" in run("catalog", "refresh", "-r", "us-east-1", "--dry-run", "--file", str(file)).stdout
    assert file.read_text() == before


def test_no_answer_at_all_changes_nothing(run: Run, file: Path, bedrock: Callable[[str], Stubber]) -> None:
    """Where every Region fails the file stays, and the command ends with 2."""
    before = file.read_text()
    for region in ("us-east-1", "us-west-2"):
        bedrock(region).add_client_error("list_inference_profiles", "ThrottlingException")
    result = run("catalog", "refresh", *HERE, "--file", str(file))
    assert result.exit_code == 2
    assert "no Region answered" in result.stderr
    assert file.read_text() == before


def test_without_regions_all_of_the_partition_are_asked(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Regions are those in which the SDK knows Bedrock."""
    from lambda_bedrock_profile.cli import catalog

    asked: list[str] = []

    def ask(clients: dict[str, Any]) -> catalog.Answers:
        asked.extend(clients)
        return catalog.Answers()

    monkeypatch.setattr(catalog, "_ask", ask)
    assert run("catalog", "refresh", "--file", str(file), "--partition", "aws-us-gov").exit_code == 2
    assert asked == ["us-gov-east-1", "us-gov-west-1"]
