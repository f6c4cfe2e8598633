"""Why there is no route, in the user's words, and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog, Request, Route
from lambda_bedrock_profile.bedrock.data import Hint
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from tests.support.catalogs import MODEL, ask, data, refused

NOVA = "amazon.nova-lite-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
BUNDLED = Catalog.bundled()


@pytest.mark.parametrize(
    ("model", "source", "asked", "place", "what", "fix"),
    [
        (
            "global only",
            "sa-east-1",
            {},
            "Geography",
            "through its global profile only",
            "Geography: global, which lets",
        ),
        (
            NOVA,
            "eu-central-1",
            {"geography": "us"},
            "Geography",
            "has no us profile in eu-central-1",
            "Geography: eu; us is offered in us-east-1",
        ),
        (NOVA, "us-east-1", {"geography": "jp"}, "Geography", "has no jp profile (", "Geography: us or DeployCross"),
        ("deepseek.r1-v1:0", "eu-west-1", {"geography": "eu"}, "Geography", "has no eu profile (", "us in us-east-1"),
        (
            NOVA,
            "us-gov-west-1",
            {"geography": "us"},
            "Geography",
            "us-gov-west-1 is in aws-us-gov",
            "Write DeployCrossRegionProfile: false, without Geography",
        ),
        (
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us-gov-west-1",
            {"geography": "us"},
            "Geography",
            "us-gov-west-1 is in aws-us-gov",
            "Write Geography: us-gov, or leave Geography out",
        ),
        (
            NOVA,
            "us-east-1",
            {"geography": "us-gov"},
            "Geography",
            "belongs to the partition aws-us-gov",
            "Geography: us",
        ),
        (NOVA, "cn-north-1", {"geography": "us"}, "Geography", "cn-north-1 is in aws-cn", "name DestinationRegions"),
        (
            NOVA,
            "us-east-1",
            {"geography": "emea"},
            "Geography",
            "not one that Bedrock is known to have",
            "auto, jp, au",
        ),
        (
            NOVA,
            "us-east-1",
            {"geography": "us", "cross_region": False},
            "Geography",
            "contradicts",
            "Leave out Geography",
        ),
        (
            NOVA,
            "us-west-1",
            {"cross_region": False},
            "BedrockModelId",
            "not on demand in us-west-1",
            "to take the us profile",
        ),
        (
            "deepseek.r1-v1:0",
            "us-east-1",
            {"cross_region": False},
            "BedrockModelId",
            "cross-Region inference profiles only",
            "DestinationRegions: [us-east-1] too",
        ),
        (
            "global only",
            "sa-east-1",
            {"cross_region": False},
            "BedrockModelId",
            "on demand nowhere",
            "Geography: global",
        ),
        (
            TITAN,
            "us-east-1",
            {},
            "BedrockModelId",
            "no system-defined inference profile in us-east-1, and is on demand there",
            "DeployCrossRegionProfile: false",
        ),
        (NOVA, "eu-west-2", {}, "BedrockModelId", "and is on demand there", "DeployCrossRegionProfile: false"),
        (NOVA, "me-central-1", {}, "BedrockModelId", "and is on demand there", "if you know its apac profile"),
        ("deepseek.r1-v1:0", "eu-west-1", {}, "BedrockModelId", "not offered in eu-west-1", "us in us-east-1"),
        (
            "openai.gpt-oss-20b-1:0",
            "af-south-1",
            {},
            "BedrockModelId",
            "not offered in af-south-1",
            "on demand in ap-northeast-1",
        ),
        (
            "anthropic.claude-3-7-sonnet-20250219-v1:0",
            "us-east-1",
            {},
            "BedrockModelId",
            "where it was, it ended on 2026-10-17",
            "Write BedrockModelId: anthropic.claude-sonnet-5-5 (a suggestion",
        ),
        ("anthropic.claude-opus-4-1-20250805-v1:0", "eu-west-1", {}, "BedrockModelId", "LEGACY", "us in us-east-1"),
        (
            NOVA,
            "cn-north-1",
            {},
            "BedrockModelId",
            "catalog of 2026-10-27 knows no inference profile in cn-north-1",
            "If you know",
        ),
        (
            NOVA,
            "mx-west-9",
            {},
            "BedrockModelId",
            "knows no inference profile in mx-west-9",
            "its Geography and DestinationRegions",
        ),
        (NOVA, "nowhere", {}, "BedrockModelId", "the source Region is not the name", "us-east-1"),
        (
            "xai.grok-4.6",
            "us-gov-west-1",
            {},
            "BedrockModelId",
            "destination Regions of the us-gov profile",
            "Geography: us-gov and DestinationRegions",
        ),
        (
            "anthropic.claude-sonnet-4-6",
            "me-south-1",
            {},
            "BedrockModelId",
            "AWS documents the global profile",
            "Geography: global and DestinationRegions: [me-south-1]",
        ),
        (
            "anthropic.claude-3-sonnet-20240229-v1:0",
            "ap-northeast-1",
            {"geography": "apac"},
            "BedrockModelId",
            "before 2026-10-27",
            "DestinationRegions: [ap-",
        ),
        (
            NOVA,
            "us-east-1",
            {"destinations": ["x"]},
            "DestinationRegions",
            "this is not the name of an AWS Region",
            "one Region per entry",
        ),
        (
            NOVA,
            "us-east-1",
            {"destinations": ["us-east-1"] * 2},
            "DestinationRegions",
            "names us-east-1 twice",
            "one time",
        ),
        (
            NOVA,
            "us-east-1",
            {"destinations": ["cn-north-1"]},
            "DestinationRegions",
            "of the partition aws-cn",
            "Regions of aws only",
        ),
        (
            NOVA,
            "us-east-1",
            {"destinations": ["us-east-2"], "cross_region": False},
            "DestinationRegions",
            "leads out of us-east-1",
            "DestinationRegions: [us-east-1]",
        ),
        (
            "new.model",
            "us-east-1",
            {"destinations": ["us-east-1"]},
            "Geography",
            "which inference profile of 'new.model'",
            "Name its Geography",
        ),
        (
            "global only",
            "sa-east-1",
            {"destinations": ["sa-east-1"]},
            "Geography",
            "which inference profile",
            "Geography: global too",
        ),
    ],
)
def test_a_model_that_is_not_to_be_had_this_way(
    model: str, source: str, asked: dict[str, Any], place: str, what: str, fix: str
) -> None:
    """The message says what is offered instead, here or elsewhere, and what to write to get it."""
    refusal = refused(BUNDLED, _global_only(source) if model == "global only" else model, source, **asked)
    assert refusal.path[0] == place
    assert what in refusal.what
    assert fix in refusal.fix


def test_an_error_is_at_the_property_that_has_to_change() -> None:
    """The place of the message is the line to edit, down to the one entry of a list."""
    report = Report("Chat", ("Properties",))
    assert BUNDLED.route(Request(NOVA, "us-east-1", destinations=("us-east-1", "x")), report) is None
    assert BUNDLED.route(Request(NOVA, "us-east-1", "jp"), report) is None
    assert [error.where for error in report.errors] == [
        "Chat.Properties.DestinationRegions.1",
        "Chat.Properties.Geography",
    ]
    assert {error.rule for error in report.all} == {"route"}


def _global_only(source: str) -> str:
    """A model that has its global profile in ``source``, and nothing else there or on demand."""
    return next(
        model
        for model in BUNDLED.models
        if not BUNDLED.on_demand(model)
        and [g for g, routes in BUNDLED.offers(model).items() if source in routes] == ["global"]
    )


def test_global_is_offered_with_its_consequence_and_the_alternative() -> None:
    """Nobody sends data out of the geography without knowing it, nor past the Region that would do."""
    catalog = Catalog(data({"global": {"sa-east-1": "sa-east-1"}}, on_demand="sa-east-1"))
    fix = refused(catalog, MODEL, "sa-east-1").fix
    assert "any commercial Region" in fix
    assert "DeployCrossRegionProfile: false to stay in sa-east-1" in fix


def test_no_profile_of_another_partition_is_offered() -> None:
    """A user in China is not advised to deploy in Virginia."""
    refusal = refused(BUNDLED, NOVA, "cn-north-1")
    assert "us-east-1" not in refusal.what + refusal.fix


def test_on_demand_throughput_that_went_missing_is_remembered() -> None:
    """A user whose Region lost a model learns when."""
    catalog = Catalog(data({"us": {"us-east-1": "us-east-1"}}, hints=(Hint(MODEL, "", "us-east-1", (), "2026-11-30"),)))
    assert "it was before 2026-11-30" in refused(catalog, MODEL, "us-east-1", cross_region=False).what


def test_staying_where_only_an_unknown_geography_is_offered() -> None:
    """If auto would not choose, the message says what can be written."""
    catalog = Catalog(data({"kr": {"ap-northeast-2": "ap-northeast-2"}}))
    assert "Geography: kr" in refused(catalog, MODEL, "ap-northeast-2", cross_region=False).fix


def test_a_model_with_nothing_but_a_hint_is_not_called_unreachable() -> None:
    """What was offered a while ago is not said to serve something else."""
    catalog = Catalog(data(hints=(Hint(MODEL, "apac", "ap-south-1", ("ap-south-1",), "2026-11-30"),)))
    assert "before 2026-11-30" in refused(catalog, MODEL, "ap-south-1").what


def test_destinations_that_leave_out_a_region_of_the_profile_are_refused() -> None:
    """Who names one Region to stay in it learns which others Bedrock may choose, and both lines that work."""
    refusal = refused(BUNDLED, NOVA, "us-east-1", destinations=("us-east-1",))
    assert (refusal.path, refusal.listing_may_fix) == (("DestinationRegions",), True)
    assert "leaves out us-east-2, us-west-2, and Bedrock may send any call of the us profile there" in refusal.what
    assert refusal.fix == (
        "Write DeployCrossRegionProfile: false instead, which stays in us-east-1, or "
        "DestinationRegions: [us-east-1, us-east-2, us-west-2]"
    )
    refusal = refused(BUNDLED, NOVA, "eu-west-1", destinations=("eu-west-1",))
    assert refusal.fix == (
        "Write DestinationRegions: [eu-central-1, eu-north-1, eu-west-1, eu-west-3]; the model is not on demand in "
        "eu-west-1, so no call stays there"
    )


def test_no_region_of_any_listed_profile_can_be_left_out() -> None:
    """Whatever the model, the geography and the Region: one Region less is refused by name, and one more is taken."""
    for model in BUNDLED.models:
        for geography, routes in BUNDLED.offers(model).items():
            for source, listed in routes.items():
                more = (*listed, "eu-north-9" if source.startswith("eu") else source.rsplit("-", 1)[0] + "-9")
                assert isinstance(ask(BUNDLED, model, source, geography, destinations=more), Route)
                for gone in set(listed) - {source}:
                    kept = tuple(region for region in listed if region != gone) or (source,)
                    answer = ask(BUNDLED, model, source, geography, destinations=kept)
                    assert isinstance(answer, Diagnostic)
                    assert f"leaves out {gone}, and" in answer.what
                if len(listed) > 1 and source in listed:
                    kept = tuple(region for region in listed if region != source)
                    assert isinstance(ask(BUNDLED, model, source, geography, destinations=kept), Route)
