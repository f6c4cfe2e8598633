"""What the commands say of a model on a day: before it is LEGACY, while it is, and past its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from lambda_bedrock_profile.bedrock import Catalog, Route
from lambda_bedrock_profile.bedrock.lifecycle import Dates, LifeCycles
from lambda_bedrock_profile.bedrock.stages import NOTICE_DAYS
from lambda_bedrock_profile.cli import check
from tests.cli.conftest import Run
from tests.support.catalogs import ask

BUNDLED = Catalog.bundled()
CYCLES = LifeCycles.bundled()

TEXT = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: {model}
      {way}
      LambdaFunctionProps: {{Runtime: python3.13, Handler: index.handler, Code: {{ZipFile: "pass"}}}}
"""


def way(model: str, region: str) -> tuple[str, str] | None:
    """(line of the declaration, geography for routes) that reaches the model from the Region; None if nothing does."""
    listed = BUNDLED.availability(model, region).listed
    if listed:
        return f"Geography: {listed[0]}", listed[0]
    alone = isinstance(ask(BUNDLED, model, region, cross_region=False), Route)
    return ("DeployCrossRegionProfile: false", "auto") if alone else None


def dated() -> Iterator[tuple[str, Dates, str]]:
    """Each model of the catalog with a date, and the first Region of that date that offers it."""
    for model in BUNDLED.models:
        for entry in CYCLES.models.get(model, ()):
            regions = entry.regions or tuple(r for r in BUNDLED.regions if CYCLES.dates(model, r) is entry)
            reached = [region for region in regions if way(model, region)]
            if reached and entry.end:
                yield model, entry, reached[0]


def before(day: str, days: int) -> str:
    """The day so many days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


DATED = list(dated())


def test_models_with_a_date_are_many() -> None:
    """The test below is about something."""
    assert len(DATED) > 20


@pytest.mark.parametrize(("model", "entry", "region"), DATED, ids=[f"{model}-{region}" for model, _, region in DATED])
def test_every_command_says_the_same_of_a_model_on_three_days(
    model: str, entry: Dates, region: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check warns of LEGACY and refuses what has ended; explain and routes have the date on each day."""
    monkeypatch.setattr(check, "remarks", lambda *_: iter(()))  # What cfn-lint says is not the question here.
    found = way(model, region)
    assert found is not None
    text = TEXT.format(model=model, way=found[0])
    listed = BUNDLED.status(model) == "LEGACY" and not entry.legacy
    last = max(entry.end, entry.extended)
    days = {
        before(entry.legacy or entry.end, NOTICE_DAYS + 200): ("LEGACY" if listed else "ACTIVE", ["W9035"] * listed),
        max(entry.legacy, before(entry.end, 1)): (None, ["W9035"]),
        last: (f"ended on {entry.end}", ["E9034"]),
    }
    for day, (words, rules) in days.items():
        result = run("lint", "-", "--region", region, "--on", day, "--format", "json", text=text)
        findings = [item for item in json.loads(result.stdout) if item["rule"] in ("E9034", "W9035")]
        assert [item["rule"] for item in findings] == rules
        for item in findings:
            assert item["line"] == 6
            assert entry.end in item["message"]
        where = ("--region", region, "--on", day)
        explained = run("explain", "-", *where, text=text).stdout
        shown = run("routes", model, *where, "-g", found[1]).stdout
        for output in (" ".join(explained.split()), " ".join(shown.split())):
            assert f"Life cycle on {day}: " in output
            assert (words or entry.end) in output.split(f"Life cycle on {day}: ")[1]


def test_a_successor_that_lint_names_expands_in_this_region(run: Run) -> None:
    """Following the message once ends in success: model and geography are looked up before they are advised."""
    text = TEXT.format(model="anthropic.claude-sonnet-4-20250514-v1:0", way="Geography: us")
    where = ("--region", "us-east-1", "--on", "2026-11-26")
    result = run("lint", "-", *where, text=text)
    assert result.exit_code == 2
    assert "E9034 Chat.Properties.BedrockModelId: anthropic.claude-sonnet-4-20250514-v1:0 ended on 2026-10-14" in (
        result.stdout
    )
    assert "Write BedrockModelId: anthropic.claude-sonnet-5 and Geography: us (its successor)" in result.stdout
    followed = TEXT.format(model="anthropic.claude-sonnet-5", way="Geography: us")
    assert run("lint", "-", *where, text=followed).output == ""


def test_a_pipeline_can_refuse_models_that_end_before_a_day(run: Run) -> None:
    """--fail-before makes the warning of a later end an error, and an end on the day itself is none."""
    text = TEXT.format(model="anthropic.claude-sonnet-4-5-20250929-v1:0", way="Geography: us")
    where = ("--region", "us-east-1")
    assert run("lint", "-", *where, "--fail-before", "2027-04-08", text=text).exit_code == 4
    result = run("lint", "-", *where, "--fail-before", "2027-06-01", text=text)
    assert (result.exit_code, "E9034" in result.stdout, "2027-04-08" in result.stdout) == (2, True, True)


def test_the_macro_has_no_clock(run: Run) -> None:
    """A model past its end expands as on the day before, so no update of a stack is blocked by a date."""
    text = TEXT.format(model="anthropic.claude-sonnet-4-20250514-v1:0", way="Geography: us")
    assert run("expand", "-", "--region", "us-east-1", text=text).exit_code == 0


def test_explain_has_the_price_of_a_call_for_programs_too(run: Run) -> None:
    """A program reads the dated price, the stage of the model and what is billed; what is not known is null."""
    text = TEXT.format(model="anthropic.claude-sonnet-4-5-20250929-v1:0", way="Geography: us")
    (found,) = json.loads(run("explain", "-", "--region", "us-east-1", "--format", "json", text=text).stdout)
    assert found["price"]["tiers"]["standard"]["input"] == 3.3
    assert found["price"]["as_of"]
    assert found["global_would_save"].startswith("Geography: global would save 9 % of the input price")
    assert (found["life_cycle"]["status"], found["life_cycle"]["end_of_life"]) == ("legacy", "2027-04-08")
    assert found["resources"]["ChatInferenceProfile"] == "AWS::Bedrock::ApplicationInferenceProfile"


def test_a_price_that_is_not_known_is_said_to_be(run: Run) -> None:
    """No figure is shown for a model that no list has a price of."""
    text = TEXT.format(model="new.model-v1", way="Geography: us\n      DestinationRegions: [us-east-1]")
    assert "What a call costs is not known; no price is known for its us profile." in (
        run("explain", "-", "--region", "us-east-1", text=text).stdout
    )
