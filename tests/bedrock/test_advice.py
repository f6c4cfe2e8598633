"""What a message advises is looked up before it is given: following it once ends in a route."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, Route, split_profile_id
from lambda_bedrock_profile.diagnostics import Diagnostic
from tests.support.catalogs import ask, refused

BUNDLED = Catalog.bundled()
CYCLES = BUNDLED.life_cycles
REGIONS = (*BUNDLED.regions, "me-central-1", "eusc-de-east-1", "cn-north-1")
RETIRED = sorted(model for model in {*CYCLES.unlisted, *CYCLES.models} - {*BUNDLED.models} if CYCLES.retired(model))
_ONE = re.compile(r"BedrockModelId: ([a-z0-9.:-]+?)(?=[\s,;)]|$)((?:(?!BedrockModelId:).)*)")


def variants(identifier: str) -> Iterator[str]:
    """An id as templates have it: bare, with a tool's suffix, and with the prefix of another geography."""
    yield identifier
    yield from (f"{identifier}:{suffix}" for suffix in ("1m", "flex", "priority"))
    geography, model = split_profile_id(identifier) or ("", identifier)
    yield f"{'eu' if geography in ('us', '') else 'us'}.{model}"


def followed(
    refusal: Diagnostic, region: str, geography: str = "auto", *, cross_region: bool = True
) -> list[Route | Diagnostic]:
    """The answers to what the message says to write, one for each id in it, beside what the declaration has already."""
    answers = []
    for model, rest in _ONE.findall(refusal.fix):
        named = re.search(r"Geography: ([a-z-]+)", rest)
        kept = "auto" if "remove Geography" in rest else geography
        crossing = cross_region or "remove DeployCrossRegionProfile: false" in rest
        single = re.search(r"(?<!remove )DeployCrossRegionProfile: false", rest)
        answers.append(
            ask(BUNDLED, model, region, named.group(1) if named else kept, cross_region=crossing and not single)
        )
    return answers


@pytest.mark.parametrize("region", REGIONS)
def test_following_a_message_about_an_id_once_ends_in_a_route(region: str) -> None:
    """Whatever id a template has, what its message says to write expands in this Region; or it names no id."""
    for known in (*BUNDLED.data.profiles, *RETIRED, *BUNDLED.models):
        for identifier in variants(known):
            answer = ask(BUNDLED, identifier, region)
            if isinstance(answer, Diagnostic):
                assert answer.fix
                wrong = [next_ for next_ in followed(answer, region) if isinstance(next_, Diagnostic)]
                assert not wrong, (identifier, region, answer, wrong)


def test_a_retired_model_is_never_advised() -> None:
    """No message leads from one model that is gone to the next."""
    for region in ("us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1"):
        for identifier in (*BUNDLED.data.profiles, *RETIRED):
            answer = ask(BUNDLED, identifier, region)
            advised = [model for model, _ in _ONE.findall(answer.fix)] if isinstance(answer, Diagnostic) else []
            assert not {*advised} & {*RETIRED}
            assert not [
                model for model in advised if (dates := CYCLES.dates(model, region)) and dates.over("2026-10-27")
            ]


@pytest.mark.parametrize(
    ("identifier", "region", "what", "fix"),
    [
        ("us.amazon.nova-pro-v1:0", "eu-central-1", "inference profile", "amazon.nova-pro-v1:0 and Geography: eu"),
        (
            "amazon.nova-lite-v1:0:flex",
            "us-east-1",
            "the service tier is a field of each request",
            "amazon.nova-lite-v1:0",
        ),
        ("us.anthropic.claude-sonnet-4-6:1m", "us-east-1", "inference profile", "-4-6 and Geography: us"),
        ("us.amazon.nova-lite-v1:0", "eu-west-2", "inference profile", "and DeployCrossRegionProfile: false"),
        ("anthropic.claude-sonnet-4-6:flex", "sa-east-1", "suffix ':flex'", "Geography: global, which lets Bedrock"),
        ("us.deepseek.r1-v1:0", "eu-west-1", "not offered in eu-west-1", "Deploy where it is offered: us in us-east-1"),
        (
            "us.anthropic.claude-3-5-haiku-20241022-v1:0",
            "us-east-1",
            "is retired: in no listing of Bedrock since 2026-06-20",
            "anthropic.claude-haiku-5-5 and Geography: us (a suggestion: the newest model of its family and size",
        ),
        ("amazon.nova-reel-v1:1", "us-east-1", "was retired on 2026-09-30 (source: https://", "none of its family and"),
        ("anthropic.claude-v2:1", "us-east-1", "in no listing of Bedrock since 2026-02-13", "Select another model"),
        ("anthropic.claude-instant-v1", "eu-west-1", "is retired", "Select another model"),
        ("amazon.titan-text-express-v1", "us-east-1", "is retired", "Select another model"),
        ("anthropic.claude-opus-4-20250514-v1:0", "us-west-2", "is retired", "anthropic.claude-opus-5-5"),
        ("amazon.nova-premier-v1:0", "us-east-1", "since 2026-09-15", "Select another model"),
        ("amazon.nova-sonic-v1:0", "us-east-1", "was retired on 2026-09-14", "amazon.nova-2-5-sonic"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1", "ended on 2026-10-14", "claude-sonnet-5 and Geo"),
        ("claude-haiku-4.5", "us-east-1", "not a foundation model", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("Claude Haiku 4.5", "us-east-1", "white space", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("Claude 3.5 Haiku", "us-east-1", "anthropic.claude-3-5-haiku-20241022-v1:0 is retired", "claude-haiku-5-5"),
        (
            "moonshotai.kimi-k3.1",
            "us-east-1",
            "its in and us and global profiles are known by their ids",
            "its Geography",
        ),
        ("claude-sonnet", "us-east-1", "not shaped like", "Write BedrockModelId: anthropic.claude-sonnet-5-5, or"),
    ],
)
def test_the_message_says_what_the_id_is_and_what_to_write(identifier: str, region: str, what: str, fix: str) -> None:
    """A reader of the message learns what is wrong and gets an id that works in the Region."""
    answer = refused(BUNDLED, identifier, region)
    assert what in answer.what
    assert fix in answer.fix


@pytest.mark.parametrize("model", ["amazon.titan-embed-text-v2:0", "cohere.rerank-v3-5:0"])
def test_the_doubt_about_embedding_and_rerank_models_is_in_the_message(model: str) -> None:
    """Nobody is promised a profile that AWS says cannot be made."""
    region = BUNDLED.on_demand(model)[0]
    assert "cannot be the source of an application inference profile" in refused(BUNDLED, model, region).fix


def test_a_geography_in_the_id_and_another_in_the_property_both_count_if_both_work() -> None:
    """The geography of the id comes first, since it is what the template was copied with."""
    answer = refused(BUNDLED, "apac.amazon.nova-pro-v1:0", "ap-south-1", "global")
    assert "contradicts Geography: global" in answer.what
    assert "Geography: apac" in answer.fix


@pytest.mark.parametrize("geography", [*GEOGRAPHIES, "auto", "moon"])
@pytest.mark.parametrize("cross_region", [True, False])
def test_advice_fits_the_other_properties_of_the_request(geography: str, cross_region: bool) -> None:
    """What is to be removed is said: the advice expands beside what else the declaration says."""
    for identifier in (
        "us.amazon.nova-lite-v1:0",
        "amazon.nova-lite-v1:0:flex",
        "us.anthropic.claude-opus-4-20250514-v1:0",
    ):
        for region in ("us-east-1", "eu-west-2", "ap-south-1"):
            answer = refused(BUNDLED, identifier, region, geography, cross_region=cross_region)
            ((_, rest),) = _ONE.findall(answer.fix)
            assert all(
                isinstance(next_, Route) for next_ in followed(answer, region, geography, cross_region=cross_region)
            ), answer
            if not cross_region and "Geography: " in rest:
                assert "remove DeployCrossRegionProfile: false" in rest


def test_a_live_listing_may_cure_what_depends_on_the_catalog_only() -> None:
    """Bedrock is asked about models and routes that are not listed, never about a Region written twice."""
    listing_may_fix = [
        refused(BUNDLED, "acme.new-v1:0", "us-east-1"),
        refused(BUNDLED, "deepseek.r1-v1:0", "eu-west-1"),
    ]
    hopeless = [
        refused(BUNDLED, "amazon.nova-lite-v1:0", "us-east-1", destinations=["us-east-1", "us-east-1"]),
        refused(BUNDLED, "amazon.nova-lite-v1:0", "us-east-1", "us", cross_region=False),
        refused(BUNDLED, "undefined", "us-east-1"),
        refused(BUNDLED, "us.amazon.nova-lite-v1:0", "us-east-1"),
    ]
    assert [answer.listing_may_fix for answer in listing_may_fix] == [True, True]
    assert [answer.listing_may_fix for answer in hopeless] == [False] * 4


@pytest.mark.parametrize("geography", ["auto", "us", "eu", "global"])
def test_what_a_message_about_a_known_model_says_to_write_expands(geography: str) -> None:
    """Every geography that a message offers, and the single Region if it offers that, have a route."""
    for region in REGIONS:
        for model in BUNDLED.models:
            answer = ask(BUNDLED, model, region, geography)
            if isinstance(answer, Route) or not answer.fix.startswith("Write "):
                continue
            offered = re.match(r"Write Geography: ((?:[a-z-]+(?:, | or )?)+)", answer.fix)
            names = re.split(", | or ", offered.group(1)) if offered else []
            for name in [name for name in names if name in GEOGRAPHIES]:
                assert isinstance(ask(BUNDLED, model, region, name), Route), (model, region, answer)
            if "DeployCrossRegionProfile: false" in answer.fix:
                assert isinstance(ask(BUNDLED, model, region, cross_region=False), Route), (model, region, answer)
