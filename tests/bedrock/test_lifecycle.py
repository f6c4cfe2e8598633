"""When models end, on a day that is an argument: before LEGACY, in it, and past the end."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from lambda_bedrock_profile import bedrock
from lambda_bedrock_profile.bedrock import Catalog, Route
from lambda_bedrock_profile.bedrock.identifiers import family, version
from lambda_bedrock_profile.bedrock.lifecycle import Dates, LifeCycles, parse, render
from lambda_bedrock_profile.bedrock.stages import Stage, check_end, stage
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from tests.support.catalogs import ask

BUNDLED = Catalog.bundled()
CYCLES = LifeCycles.bundled()
SONNET = "anthropic.claude-sonnet-4-20250514-v1:0"


def before(day: str, days: int = 1) -> str:
    """The day so many days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def ending(at: Stage, fail_before: str = "") -> Diagnostic | None:
    """What is reported of the model at this stage, if anything is."""
    report = Report()
    check_end(at, "M", report, fail_before)
    return next(iter(report.all), None)


PLACES = [
    (model, entry, region)
    for model, entries in sorted(CYCLES.models.items())
    for entry in entries
    for region in (entry.regions or ("us-east-1", "eu-central-1"))[:2]
]


@pytest.mark.parametrize(
    ("model", "entry", "region"), PLACES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_dated_model_goes_from_active_to_legacy_to_ended(model: str, entry: Dates, region: str) -> None:
    """On three days each model with a date says what is true then: nothing, a warning, an error."""
    listed = model in BUNDLED.models
    ended = stage(BUNDLED, model, region, "auto", entry.end)
    report = ending(ended)
    assert report is not None
    assert (ended.status, report.level) == ("ended" if listed else "retired", "error")
    assert entry.end in report.what
    assert entry.source in report.what
    if not listed:
        return
    if entry.legacy:
        legacy = stage(BUNDLED, model, region, "auto", entry.legacy)
        report = ending(legacy)
        assert report is not None
        assert (legacy.status, report.level) == ("legacy", "warning")
        assert entry.end in report.what
    first = stage(BUNDLED, model, region, "auto", before(entry.legacy or entry.end, 200))
    early = first.days is not None and first.days > 90
    assert first.status == ("active" if BUNDLED.status(model) == "ACTIVE" or entry.legacy else "legacy")
    assert (ending(first) is None) == (early and first.status == "active")


def test_an_end_within_ninety_days_is_a_warning_and_a_day_can_make_it_an_error() -> None:
    """A pipeline can refuse models that end before a day of its choice."""
    dates = Dates((), end="2027-03-21")
    at = Stage("a.b", "us-east-1", "2026-12-20", "active", dates, "", None)
    assert ending(at) is None
    late = ending(at, "2027-06-01")
    assert late is not None
    assert late.level == "error"
    assert ending(at, "2027-03-21") is None
    near = ending(Stage("a.b", "us-east-1", "2026-12-21", "active", dates, "", None))
    assert near is not None
    assert (near.level, "ends on 2027-03-21 in us-east-1, in 90 days" in near.what) == ("warning", True)


def test_extended_access_counts_as_not_past() -> None:
    """A model that AWS still serves at a higher price is no error."""
    dates = Dates((), legacy="2026-01-01", extended="2026-06-01", end="2026-09-01")
    assert not dates.over("2026-08-31")
    assert dates.over("2026-09-01")
    later = Dates((), legacy="2026-01-01", extended="2026-12-01", end="2026-09-01")
    assert not later.over("2026-10-01")


def test_dates_hold_in_their_regions_only() -> None:
    """A model that ends in one Region today and in another later is not refused in the latter."""
    haiku = "anthropic.claude-3-haiku-20240307-v1:0"
    assert stage(BUNDLED, haiku, "us-gov-east-1", "us-gov", "2026-10-01").status == "ended"
    assert stage(BUNDLED, haiku, "ap-south-1", None, "2026-10-01").status == "legacy"
    unknown = stage(BUNDLED, haiku, "sa-east-1", None, "2030-01-01")
    assert (unknown.status, unknown.dates.end) == ("legacy", "")


def test_dates_of_the_commercial_regions_are_not_taken_for_govclouds() -> None:
    """A model that ends in Virginia is not reported as ended in GovCloud, whose dates are others."""
    sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert stage(BUNDLED, sonnet, "us-east-1", "us", "2027-05-01").status == "ended"
    there = stage(BUNDLED, sonnet, "us-gov-west-1", "us-gov", "2027-05-01")
    assert (there.status, there.days) == ("legacy", None)


@pytest.mark.parametrize(("geography", "region"), [("us", "us-east-1"), ("eu", "eu-west-1"), ("global", "sa-east-1")])
def test_the_successor_is_offered_in_the_region_and_geography(geography: str, region: str) -> None:
    """What is advised can be deployed in the Region of the stack, and sends data nowhere else than before."""
    for model in (*CYCLES.models, *CYCLES.unlisted):
        instead = stage(BUNDLED, model, region, geography, "2026-11-26").successor
        if instead is not None:
            route = ask(BUNDLED, instead.model, region, geography)
            assert isinstance(route, Route)
            assert instead.geography == geography
            assert instead.model not in CYCLES.models
            assert f"Write BedrockModelId: {instead.model} and Geography: {geography}" in instead.fix


def test_a_successor_that_a_source_names_is_told_from_a_suggestion() -> None:
    """The reader knows whose word it is."""
    named = stage(BUNDLED, SONNET, "us-east-1", "us", "2026-11-26").successor
    assert named is not None
    assert (named.model, named.suggestion) == ("anthropic.claude-sonnet-5", False)
    ours = stage(BUNDLED, "anthropic.claude-3-5-haiku-20241022-v1:0", "us-east-1", "us", "2026-11-26").successor
    assert ours is not None
    assert (ours.model, ours.suggestion) == ("anthropic.claude-haiku-5-5", True)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("anthropic.claude-3-5-haiku-20241022-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-5-5"),
        ("amazon.nova-lite-v1:0", "amazon.nova-2-lite-v1:0"),
        ("writer.palmyra-x4-v1:0", "writer.palmyra-x5-v1:0"),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ],
)
def test_family_and_version_are_read_off_the_id(older: str, newer: str) -> None:
    """A suggestion is of the same family and size, and newer."""
    assert family(older) == family(newer)
    assert version(older) < version(newer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anthropic.claude-opus-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"),
        ("meta.llama3-1-8b-instruct-v1:0", "meta.llama3-1-70b-instruct-v1:0"),
        ("amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"),
    ],
)
def test_another_size_is_another_family(one: str, other: str) -> None:
    """A small model is never suggested in the place of a large one."""
    assert family(one) != family(other)


def test_writing_what_was_read_gives_the_committed_file() -> None:
    """A refresh changes the lines that AWS changed and no others."""
    assert parse(render(CYCLES)) == CYCLES
    assert render(CYCLES) == Path(bedrock.__file__).with_name("lifecycle.json").read_text("utf-8")


def test_no_route_reads_the_dates() -> None:
    """A cold start does not wait for what only messages need, and no date ever decides an expansion."""
    LifeCycles.bundled.cache_clear()
    for profile in BUNDLED.data.profiles.values():
        for source in profile.routes:
            ask(Catalog(BUNDLED.data), profile.model, source, profile.geography)
            break
    assert LifeCycles.bundled.cache_info().currsize == 0
