"""What else can be asked of the catalog."""

from __future__ import annotations

import pytest

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, partition, split_profile_id
from lambda_bedrock_profile.bedrock.identifiers import is_region

BUNDLED = Catalog.bundled()


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "aws"),
        ("eu-west-1", "aws"),
        ("xx-new-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
    ],
)
def test_the_partition_follows_from_the_region(region: str, name: str) -> None:
    """ARNs are right in every partition."""
    assert partition(region) == name
    assert is_region(region)


@pytest.mark.parametrize("text", ["", "us-east", "us-east-1a", "US-EAST-1", "us-east-1\n", "us east 1", "*", "-east-1"])
def test_what_is_not_shaped_like_a_region_is_none(text: str) -> None:
    """A wildcard or a slip never reaches an ARN."""
    assert not is_region(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("us.amazon.nova-lite-v1:0", ("us", "amazon.nova-lite-v1:0")),
        ("us-gov.xai.grok-4.6", ("us-gov", "xai.grok-4.6")),
        ("global.us.a.b", ("global", "us.a.b")),
        ("amazon.nova-lite-v1:0", None),
        ("us.amazon", None),
        ("us.", None),
        ("", None),
    ],
)
def test_a_profile_id_is_split_into_geography_and_model(text: str, parts: tuple[str, str] | None) -> None:
    """What the user copied from the console can be told apart."""
    assert split_profile_id(text) == parts


def test_every_bundled_profile_id_splits_into_its_parts() -> None:
    """Every system-defined profile id is recognised as one."""
    for profile in BUNDLED.data.profiles.values():
        assert split_profile_id(profile.id) == (profile.geography, profile.model)


def test_no_model_id_looks_like_a_profile_id() -> None:
    """No real foundation model is mistaken for a profile."""
    assert not [model for model in BUNDLED.data.models if split_profile_id(model)]


def test_geographies_begin_with_the_narrowest() -> None:
    """The order in which auto tries them is the documented one."""
    assert GEOGRAPHIES == ("jp", "au", "in", "ca", "us-gov", "apac", "us", "eu", "global")


def test_all_offers_of_a_model_side_by_side() -> None:
    """A user can compare the geographies of a model before choosing."""
    offers = BUNDLED.offers("amazon.nova-lite-v1:0")
    assert set(offers) == {"ca", "apac", "us", "eu"}
    assert offers["us"]["us-east-1"] == ("us-east-1", "us-east-2", "us-west-2")
    assert BUNDLED.offers("no.model") == {}


def test_on_demand_and_status_of_a_model() -> None:
    """What a table of models needs besides the routes."""
    assert "us-east-1" in BUNDLED.on_demand("amazon.nova-lite-v1:0")
    assert BUNDLED.status("amazon.nova-lite-v1:0") == "ACTIVE"
    assert (BUNDLED.on_demand("no.model"), BUNDLED.status("no.model")) == ((), None)


def test_models_are_those_that_can_be_reached() -> None:
    """A list of models holds none that the macro cannot give a profile."""
    assert list(BUNDLED.models) == sorted(BUNDLED.models)
    assert "amazon.nova-lite-v1:0" in BUNDLED.models
    assert "amazon.nova-lite-v1:0:24k" not in BUNDLED.models


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("amazon.nova-lite-v1", "amazon.nova-lite-v1:0"),
        ("Amazon.Nova-Lite-V1:0", "amazon.nova-lite-v1:0"),
        ("claude-sonnet-4-5", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("antropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
    ],
)
def test_the_nearest_id_comes_first(text: str, first: str) -> None:
    """A slip is answered with the id that was meant."""
    assert BUNDLED.nearest(text)[0] == first
    assert len(BUNDLED.nearest(text)) <= 3


@pytest.mark.parametrize("text", ["", " ", "zzzzzzzz"])
def test_nothing_is_near_to_nothing(text: str) -> None:
    """Nonsense is not answered with a guess."""
    assert BUNDLED.nearest(text) == ()


def test_regions_of_the_cloudformation_type() -> None:
    """The stand-in is used in exactly the Regions in which CloudFormation lacks the type."""
    assert BUNDLED.has_profile_type("us-east-1")
    assert BUNDLED.has_profile_type("eusc-de-east-1")
    assert not BUNDLED.has_profile_type("us-west-1")
    assert not BUNDLED.has_profile_type("us-gov-west-1")


def test_the_bundled_catalog_is_read_once() -> None:
    """Warm invocations do not read the file again."""
    assert Catalog.bundled() is Catalog.bundled()
