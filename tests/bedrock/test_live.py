"""What Bedrock lists in a Region, read into the catalog."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import Catalog, Route
from lambda_bedrock_profile.bedrock.lifecycle import Dates, LifeCycles, changes
from lambda_bedrock_profile.bedrock.live import Listing, fetch_region, from_listings, life_cycles, overlay
from tests.support.catalogs import MODEL, ask, data, refused, taken

DATE = "2026-12-01"


def profile(geography: str, *regions: str, model: str = MODEL, partition: str = "aws") -> dict[str, Any]:
    """A summary as ListInferenceProfiles returns it."""
    arns = [f"arn:{partition}:bedrock:{region}::foundation-model/{model}" for region in regions]
    return {
        "inferenceProfileName": "A profile",
        "inferenceProfileArn": f"arn:{partition}:bedrock:us-east-1:111122223333:inference-profile/{geography}.{model}",
        "inferenceProfileId": f"{geography}.{model}",
        "models": [{"modelArn": arn} for arn in arns],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def model(name: str = MODEL, *types: str, status: str = "ACTIVE") -> dict[str, Any]:
    """A summary as ListFoundationModels returns it."""
    return {
        "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{name}",
        "modelId": name,
        "inferenceTypesSupported": list(types),
        "modelLifecycle": {"status": status},
    }


def test_the_region_of_each_model_arn_is_a_destination() -> None:
    """One call a Region tells every route from it."""
    listed = from_listings([Listing("us-east-1", (profile("us", "us-west-2", "us-east-1"),), ())], DATE)
    route = taken(Catalog(listed), MODEL, "us-east-1")
    assert (route.destinations, route.regionless) == (("us-east-1", "us-west-2"), False)
    assert listed.as_of == DATE


@pytest.mark.parametrize("regions", [("", "us-east-1"), ("",)])
def test_an_arn_without_a_region_marks_a_global_profile(regions: tuple[str, ...]) -> None:
    """The policy of a global profile gets the Region-less ARN, and the source Region whether it is listed or not."""
    listed = from_listings([Listing("us-east-1", (profile("global", *regions),), ())], DATE)
    route = taken(Catalog(listed), MODEL, "us-east-1", "global")
    assert (route.destinations, route.regionless) == (("us-east-1",), True)


@pytest.mark.parametrize("second", [("us-west-2", ""), ("us-west-2",)])
def test_an_arn_without_a_region_counts_wherever_it_is_listed(second: tuple[str, ...]) -> None:
    """A policy misses no ARN of a profile: not of another geography than global, nor if one Region leaves it out."""
    first = ("us-east-1",) if "" in second else ("us-east-1", "")
    listings = [
        Listing("us-east-1", (profile("us", *first),), ()),
        Listing("us-west-2", (profile("us", *second),), ()),
    ]
    catalog = Catalog(from_listings(listings, DATE))
    assert all(taken(catalog, MODEL, region).regionless for region in ("us-east-1", "us-west-2"))


def test_listings_of_several_regions_add_up_in_any_order() -> None:
    """The same answers of Bedrock give the same file."""
    first = Listing("us-east-1", (profile("us", "us-east-1"),), (model(MODEL, "ON_DEMAND"),))
    second = Listing("us-west-2", (profile("us", "us-west-2"),), (model(MODEL, "ON_DEMAND", status="LEGACY"),))
    listed = from_listings([second, first], DATE)
    assert listed == from_listings([first, second], DATE)
    assert set(listed.profiles[f"us.{MODEL}"].routes) == {"us-east-1", "us-west-2"}
    assert listed.models[MODEL].on_demand == ("us-east-1", "us-west-2")
    assert listed.models[MODEL].status == "LEGACY"


@pytest.mark.parametrize("order", [("ACTIVE", None), (None, "ACTIVE")])
def test_a_listing_without_a_status_takes_none_away(order: tuple[str | None, str | None]) -> None:
    """What one Region says of a model's life cycle is not lost because the next says nothing."""
    regions = ("us-east-1", "us-west-2")
    silent = {**model(), "modelLifecycle": {}}
    listed = [
        Listing(region, (), (model(status=status) if status else silent,))
        for region, status in zip(regions, order, strict=True)
    ]
    assert from_listings(listed, DATE).models[MODEL].status == "ACTIVE"


def test_only_on_demand_throughput_counts_as_single_region() -> None:
    """A model behind Provisioned Throughput is not taken for one that a function can call."""
    listed = from_listings([Listing("us-east-1", (), (model(MODEL, "PROVISIONED", "INFERENCE_PROFILE"),))], DATE)
    assert listed.models[MODEL].on_demand == ()


@pytest.mark.parametrize(
    "odd",
    [
        profile("us", "us-east-1", model="acme.thinker-trn2-1024k"),
        profile("US!", "us-east-1"),
        profile("us", "us-east-1", model="acme"),
        {**profile("us", "us-east-1"), "inferenceProfileId": "us.other.model"},
        {**profile("us", "us-east-1"), "models": []},
        {**profile("us"), "models": [{"modelArn": "arn:aws:bedrock:us-east-1:1:custom-model/x"}, {}]},
        {"models": [*profile("us", "us-east-1")["models"], *profile("us", "us-east-1", model="a.b")["models"]]},
        {},
    ],
)
def test_odd_summaries_are_left_out(odd: dict[str, Any]) -> None:
    """What is listed by mistake, or in a form of tomorrow, neither breaks a deployment nor reaches a policy."""
    listed = from_listings([Listing("us-east-1", (odd, profile("eu", "eu-west-1")), ({}, model("acme.x-trn3")))], DATE)
    assert set(listed.profiles) == {f"eu.{MODEL}"}
    assert set(listed.models) == {MODEL}


def test_the_dates_of_a_listing_count_in_its_region() -> None:
    """A refresh learns when models end, Region by Region, and forgets neither a successor nor another Region's date."""
    old = LifeCycles(
        "2026-10-01",
        ("a page",),
        {MODEL: (Dates(("eu-west-1", "us-east-1"), "2026-10-01", "", "2027-01-01", "acme.next", "a page"),)},
        {"acme.back-v1:0": "2026-09-01", "acme.gone-v1:0": "2026-09-01"},
    )
    dated = {**model(), "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": datetime(2027, 6, 1, tzinfo=UTC)}}
    listings = [
        Listing("us-east-1", (), (dated, model("acme.back-v1:0"))),
        Listing("us-west-2", (), (dated,)),
        Listing("ap-south-1", (), (model(),)),
    ]
    new = life_cycles(old, listings, DATE)
    assert {(entry.regions, entry.end, entry.successor) for entry in new.models[MODEL]} == {
        (("us-east-1", "us-west-2"), "2027-06-01", "acme.next"),
        (("eu-west-1",), "2027-01-01", "acme.next"),
    }
    assert (new.as_of, new.unlisted) == (DATE, {"acme.gone-v1:0": "2026-09-01"})
    assert changes(old, new) == [f"~ {MODEL}: ends on 2027-01-01, 2027-06-01"]
    assert life_cycles(new, listings, "2027-01-01") == new


def test_a_geography_of_tomorrow_is_read() -> None:
    """A user in live mode can name a geography as soon as Bedrock has it."""
    listed = from_listings([Listing("ap-northeast-2", (profile("kr", "ap-northeast-2"),), ())], DATE)
    assert taken(Catalog(listed), MODEL, "ap-northeast-2", "kr").profile_id == f"kr.{MODEL}"


def test_a_live_listing_replaces_its_own_region_only() -> None:
    """What one Region lists today counts there, and the rest of the catalog stays."""
    old = data({"us": {"us-east-1": "us-east-1", "us-west-2": "us-west-2"}})
    catalog = Catalog(overlay(old, Listing("us-east-1", (profile("us", "us-east-1", "us-east-2"),), ()), DATE))
    assert taken(catalog, MODEL, "us-east-1").destinations == ("us-east-1", "us-east-2")
    assert taken(catalog, MODEL, "us-west-2").destinations == ("us-west-2",)


def test_a_live_listing_that_lacks_a_profile_is_believed_with_a_hint() -> None:
    """In live mode a user learns before the deployment that the account cannot see the profile."""
    old = data({"us": {"us-east-1": "us-east-1"}})
    other = profile("us", "us-east-1", model="acme.other-v1:0")
    refusal = refused(Catalog(overlay(old, Listing("us-east-1", (other,), ()), DATE)), MODEL, "us-east-1")
    assert f"before {DATE}" in refusal.what


def test_auto_leaves_what_only_bedrock_knows_to_the_user() -> None:
    """A choice that the next listing could change is not made; the message names what can be written."""
    listing = Listing("us-east-1", (profile("us", "us-east-1"), profile("ca", "us-east-1")), ())
    for old in (data(), data({"us": {"us-west-2": "us-west-2"}})):
        catalog = Catalog(overlay(old, listing, DATE))
        refusal = refused(catalog, MODEL, "us-east-1")
        assert (refusal.path, "Geography: ca or us" in refusal.fix) == (("Geography",), True)
        assert refused(catalog, MODEL, "us-east-1", destinations=["us-east-1"]).path == ("Geography",)
        assert "write Geography: ca or us" in refused(catalog, MODEL, "us-east-1", cross_region=False).fix
        assert taken(catalog, MODEL, "us-east-1", "us").destinations == ("us-east-1",)


def test_a_global_profile_that_only_bedrock_knows_is_offered_as_any_other() -> None:
    """What a global profile means for the data is in the message in live mode, too."""
    catalog = Catalog(overlay(data(), Listing("us-east-1", (profile("global", ""),), ()), DATE))
    assert "any commercial Region" in refused(catalog, MODEL, "us-east-1").fix


def test_a_listing_completes_a_profile_known_by_its_id_only() -> None:
    """In GovCloud, which has one geography only, live mode saves the user both words."""
    listing = Listing("us-gov-west-1", (profile("us-gov", "us-gov-west-1", partition="aws-us-gov"),), ())
    catalog = Catalog(overlay(data({"us-gov": {}}), listing, DATE))
    assert taken(catalog, MODEL, "us-gov-west-1").geography == "us-gov"


def test_a_pin_holds_in_live_mode() -> None:
    """What was chosen before is chosen again as soon as Bedrock lists it again."""
    listing = Listing("us-east-1", (profile("us", "us-east-1"), profile("ca", "us-east-1")), ())
    catalog = Catalog(overlay(data(auto={MODEL: {"us-east-1": "us"}}), listing, DATE))
    assert taken(catalog, MODEL, "us-east-1").geography == "us"


profiles = st.dictionaries(st.sampled_from(["ca", "us", "eu", "kr", "global"]), st.just({"us-east-1": "us-east-1"}))
pins = st.none() | st.sampled_from(["ca", "us"])


@given(profiles, pins, st.sets(st.sampled_from(["ca", "us", "eu", "kr", "global"])))
def test_a_listing_never_chooses_for_auto(old: dict[str, dict[str, str]], pin: str | None, listed: set[str]) -> None:
    """With ``auto`` a template gets the geography that it gets without asking Bedrock, or a refusal."""
    bundled = data(old, auto={MODEL: {"us-east-1": pin}} if pin else {})
    listing = Listing("us-east-1", tuple(profile(geography, "us-east-1") for geography in listed), ())
    answer = ask(Catalog(overlay(bundled, listing, DATE)), MODEL, "us-east-1")
    if isinstance(answer, Route):
        assert answer.geography == (pin or taken(Catalog(bundled), MODEL, "us-east-1").geography)


def test_fetching_asks_for_system_defined_profiles_page_by_page() -> None:
    """No profile is lost beyond the first page, and application profiles do not mix in."""
    client = boto3.client("bedrock", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    asked = {"typeEquals": "SYSTEM_DEFINED", "maxResults": 1000}
    first, second = profile("us", "us-east-1"), profile("global", "us-east-1")
    with Stubber(client) as stub:
        stub.add_response("list_inference_profiles", {"inferenceProfileSummaries": [first], "nextToken": "t"}, asked)
        stub.add_response(
            "list_inference_profiles", {"inferenceProfileSummaries": [second]}, {**asked, "nextToken": "t"}
        )
        stub.add_response("list_foundation_models", {"modelSummaries": [model(MODEL, "ON_DEMAND")]}, {})
        listing = fetch_region(client)
        stub.assert_no_pending_responses()
    assert listing == Listing("us-east-1", (first, second), (model(MODEL, "ON_DEMAND"),))
