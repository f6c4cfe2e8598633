"""Which way to a foundation model is taken."""

from __future__ import annotations

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.data import Hint
from tests.support.catalogs import MODEL, ask, data, refused, taken

NOVA = "amazon.nova-lite-v1:0"
BUNDLED = Catalog.bundled()


@pytest.mark.parametrize(
    ("model", "source", "geography"),
    [
        (NOVA, "us-east-1", "us"),
        (NOVA, "eu-central-1", "eu"),
        (NOVA, "ap-south-1", "apac"),
        (NOVA, "ca-central-1", "ca"),
        ("amazon.nova-pro-v1:0", "il-central-1", "eu"),
        ("anthropic.claude-sonnet-4-6", "ca-central-1", "us"),
        ("anthropic.claude-sonnet-4-6", "ap-southeast-6", "au"),
        ("anthropic.claude-sonnet-4-6", "ap-northeast-3", "jp"),
        ("openai.gpt-5.6-luna", "ap-south-2", "in"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1", "us-gov"),
    ],
)
def test_auto_looks_the_geography_up(model: str, source: str, geography: str) -> None:
    """A user need not know that Canada is served by us, Tel Aviv by eu and New Zealand by au."""
    route = taken(BUNDLED, model, source)
    assert (route.geography, route.profile_id) == (geography, f"{geography}.{model}")


def test_auto_never_sends_data_out_of_the_geography() -> None:
    """No model in any Region is routed through global unless the user says so."""
    answers = [ask(BUNDLED, model, source) for model in BUNDLED.models for source in BUNDLED.regions]
    assert not [answer for answer in answers if getattr(answer, "geography", None) == "global"]
    assert not [answer for answer in answers if getattr(answer, "regionless", False)]


@pytest.mark.parametrize(("narrow", "wide"), [("jp", "apac"), ("au", "apac"), ("in", "apac"), ("ca", "us")])
def test_auto_takes_the_narrowest_geography(narrow: str, wide: str) -> None:
    """Data stays in one country if a profile for the country exists."""
    catalog = Catalog(
        data(
            {
                wide: {"ap-east-1": "ap-east-1 ap-west-1"},
                narrow: {"ap-east-1": "ap-east-1"},
                "global": {"ap-east-1": ""},
            }
        )
    )
    route = taken(catalog, MODEL, "ap-east-1")
    assert (route.geography, route.destinations) == (narrow, ("ap-east-1",))
    assert "narrowest" in route.reason


def test_auto_keeps_to_a_pin_while_it_is_offered() -> None:
    """A stack's profile is not replaced because a narrower geography has come since."""
    both = {"apac": {"ap-east-1": "ap-east-1 ap-west-1"}, "jp": {"ap-east-1": "ap-east-1"}}
    pinned = taken(Catalog(data(both, auto={MODEL: {"ap-east-1": "apac"}})), MODEL, "ap-east-1")
    assert pinned.geography == "apac"
    assert "kept" in pinned.reason
    gone = Catalog(data({"jp": {"ap-east-1": "ap-east-1"}}, auto={MODEL: {"ap-east-1": "apac"}}))
    assert "Geography: jp" in refused(gone, MODEL, "ap-east-1").fix


def test_regions_of_the_user_do_not_move_a_pin() -> None:
    """A stack that names its Regions is refused, not moved, if the geography it was made in is listed no more."""
    catalog = Catalog(data({"ca": {}}, auto={MODEL: {"us-east-1": "us"}}))
    assert refused(catalog, MODEL, "us-east-1", destinations=["us-east-1"]).path == ("Geography",)


def test_a_pin_does_not_bind_who_names_the_geography() -> None:
    """What the user spells out is what the user gets."""
    both = {"apac": {"ap-east-1": "ap-east-1 ap-west-1"}, "jp": {"ap-east-1": "ap-east-1"}}
    catalog = Catalog(data(both, auto={MODEL: {"ap-east-1": "apac"}}))
    assert taken(catalog, MODEL, "ap-east-1", "jp").geography == "jp"


def test_global_is_taken_where_it_is_asked_for() -> None:
    """The policy learns that the Region-less model ARN belongs to it."""
    route = taken(BUNDLED, "amazon.nova-2-lite-v1:0", "us-east-1", "global")
    assert (route.regionless, route.destinations, route.regions) == (True, ("us-east-1",), ("us-east-1",))


def test_a_source_region_outside_its_own_destinations_is_still_named() -> None:
    """Bedrock authorizes the model in the source Region too, so the policy must name it."""
    route = taken(BUNDLED, "openai.gpt-5.4", "ca-central-1")
    assert "ca-central-1" not in route.destinations
    assert route.regions == ("ca-central-1", "us-east-1", "us-east-2", "us-west-2")


def test_single_region_needs_no_system_defined_profile() -> None:
    """DeployCrossRegionProfile: false stays in the source Region."""
    route = taken(BUNDLED, NOVA, "us-east-1", cross_region=False)
    assert (route.profile_id, route.geography, route.regionless) == (None, None, False)
    assert route.destinations == route.regions == ("us-east-1",)


def test_single_region_of_an_embedding_model_comes_with_a_warning() -> None:
    """AWS publishes no list of models without application profiles, so the user is warned and not stopped."""
    assert "embedding" in taken(BUNDLED, "amazon.titan-embed-text-v2:0", "us-east-1", cross_region=False).reason


def test_the_user_may_know_a_model_before_the_catalog() -> None:
    """A model of tomorrow deploys today, its Regions sorted so that the output does not depend on their order."""
    route = taken(BUNDLED, "new.model-v1", "us-east-1", "us", destinations=["us-west-2", "us-east-1"])
    assert (route.profile_id, route.destinations) == ("us.new.model-v1", ("us-east-1", "us-west-2"))
    single = taken(BUNDLED, "new.model-v1", "us-east-1", cross_region=False, destinations=["us-east-1"])
    assert (single.profile_id, single.destinations) == (None, ("us-east-1",))
    assert taken(BUNDLED, "new.model-v1", "us-east-1", "global", destinations=["us-east-1"]).regionless


def test_the_users_regions_win_over_the_catalog() -> None:
    """A user who knows of one more Region of the profile gets it into the policy before the catalog has it."""
    more = ("us-east-1", "us-east-2", "us-east-9", "us-west-2")
    route = taken(BUNDLED, NOVA, "us-east-1", destinations=more)
    assert (route.profile_id, route.destinations) == (f"us.{NOVA}", more)
    assert "lists us-east-1, us-east-2, us-west-2" in route.reason
    same = taken(BUNDLED, NOVA, "us-east-1", destinations=["us-east-1", "us-east-2", "us-west-2"])
    assert "lists" not in same.reason


def test_regions_complete_a_profile_known_by_id_only() -> None:
    """In GovCloud, whose routes are mostly not published, naming the Regions is enough."""
    route = taken(BUNDLED, "xai.grok-4.6", "us-gov-west-1", destinations=["us-gov-east-1", "us-gov-west-1"])
    assert (route.profile_id, route.partition) == ("us-gov.xai.grok-4.6", "aws-us-gov")


@pytest.mark.parametrize(
    "profiles",
    [{"ca": {}, "us": {}}, {"ca": {}, "global": {"us-east-1": "us-east-1"}}],
    ids=["two ids", "a listed one"],
)
def test_regions_do_not_decide_between_geographies(profiles: dict[str, dict[str, str]]) -> None:
    """If more than one profile is possible, the user says which, and no policy is written for the wrong one."""
    refusal = refused(Catalog(data(profiles)), MODEL, "us-east-1", destinations=["us-east-1"])
    assert refusal.path == ("Geography",)
    assert all(geography in refusal.fix for geography in profiles)


def test_regions_do_not_open_another_partition() -> None:
    """A user in Virginia who names Regions and us-gov gets an error, not a profile that cannot be."""
    answer = refused(BUNDLED, NOVA, "us-east-1", "us-gov", destinations=["us-east-1"])
    assert "belongs to the partition aws-us-gov" in answer.what


def test_a_region_with_weaker_evidence_takes_both_words_of_the_user() -> None:
    """If a profile was listed earlier, geography and Regions together bring it back."""
    gone = Hint(MODEL, "apac", "me-central-1", ("ap-south-1", "me-central-1"), "2026-04")
    catalog = Catalog(data({"apac": {"ap-south-1": "ap-south-1"}}, hints=(gone,)))
    assert refused(catalog, MODEL, "me-central-1", destinations=gone.destinations).path == ("Geography",)
    assert taken(catalog, MODEL, "me-central-1", "apac", destinations=gone.destinations).geography == "apac"


def test_a_partition_without_known_profiles_takes_the_users_word() -> None:
    """A user of the European Sovereign Cloud is not held up by what the catalog does not know."""
    route = taken(BUNDLED, NOVA, "eusc-de-east-1", "eu", destinations=["eusc-de-east-1"])
    assert (route.partition, route.profile_id) == ("aws-eusc", f"eu.{NOVA}")


def test_a_legacy_model_says_so() -> None:
    """Whoever reads why a route was taken learns that AWS will retire the model."""
    assert (
        "LEGACY" in taken(Catalog(data({"us": {"us-east-1": "us-east-1"}}, status="LEGACY")), MODEL, "us-east-1").reason
    )
    assert "LEGACY" not in taken(Catalog(data({"us": {"us-east-1": "us-east-1"}})), MODEL, "us-east-1").reason


def test_a_geography_newer_than_this_version_is_never_automatic() -> None:
    """How far an unknown geography reaches is for the user to judge, who can name it."""
    catalog = Catalog(data({"kr": {"ap-east-1": "ap-east-1 ap-west-1"}}))
    assert "Geography: kr" in refused(catalog, MODEL, "ap-east-1").fix
    assert taken(catalog, MODEL, "ap-east-1", "kr").profile_id == f"kr.{MODEL}"
    assert "kr in ap-east-1" in refused(catalog, MODEL, "us-east-1", "kr").fix


def test_asking_again_gives_the_very_same_answer() -> None:
    """A hundred declarations of one model are looked up once."""
    assert ask(BUNDLED, NOVA, "us-east-1") is ask(BUNDLED, NOVA, "us-east-1")


def test_a_route_cannot_be_changed() -> None:
    """Nobody who was given a route can change what others are given."""
    with pytest.raises(AttributeError):
        taken(BUNDLED, NOVA, "us-east-1").model = "other"  # type: ignore[misc]


def test_answers_are_forgotten_in_time() -> None:
    """A process that is asked for ever stays small: what it was asked thousands of questions ago it looks up again."""
    catalog = Catalog(data({"us": {"us-east-1": "us-east-1"}}))
    first = ask(catalog, MODEL, "us-east-1")
    for number in range(5000):
        ask(catalog, f"a.b{number}", "us-east-1")
    again = ask(catalog, MODEL, "us-east-1")
    assert again == first
    assert again is not first
