"""How a newer catalog changes an older one, and how it never does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import Catalog, Route
from lambda_bedrock_profile.bedrock.data import CatalogData, Hint, Profile, ProfileType
from lambda_bedrock_profile.bedrock.merge import changes, merge, unreached
from lambda_bedrock_profile.diagnostics import Diagnostic
from tests.support.catalogs import MODEL, ask, data, refused, taken

DATE = "2026-12-01"
WIDE = {"apac": {"ap-northeast-1": "ap-northeast-1 ap-south-1"}}
NARROW = {"jp": {"ap-northeast-1": "ap-northeast-1 ap-northeast-3"}}


def beside(source: str) -> CatalogData:
    """A listing that reaches ``source`` and has another model's profile there only."""
    other = Profile("eu", "acme.other-v1:0", {source: (source,)})
    return data()._replace(profiles={other.id: other})


def geography(merged: CatalogData, source: str = "ap-northeast-1") -> str | None:
    """What ``auto`` takes."""
    return taken(Catalog(merged), MODEL, source).geography


def test_a_catalog_merged_with_itself_changes_its_date_only() -> None:
    """A refresh on a day when AWS changed nothing is a diff of one line."""
    bundled = Catalog.bundled().data
    merged = merge(bundled, bundled, DATE)
    assert merged == bundled._replace(as_of=DATE)
    assert changes(bundled, merged) == []


def test_new_profiles_and_source_regions_are_taken_over() -> None:
    """What AWS adds can be used."""
    merged = merge(
        data({"us": {"us-east-1": "us-east-1"}}),
        data({"us": {"us-east-1": "us-east-1", "ca-west-1": "us-east-1"}}),
        DATE,
    )
    assert geography(merged, "ca-west-1") == "us"
    assert merged.as_of == DATE


def test_auto_keeps_its_choice_when_a_narrower_profile_comes() -> None:
    """An upgrade of the macro never replaces the inference profile of a stack."""
    merged = merge(data(WIDE), data(WIDE | NARROW), DATE)
    assert merged.auto == {MODEL: {"ap-northeast-1": "apac"}}
    assert geography(merged) == "apac"
    assert "= acme.thinker-v1:0 in ap-northeast-1: auto keeps apac" in changes(data(WIDE), merged)


def test_a_pin_outlives_the_next_refresh() -> None:
    """A choice that was kept once is kept for ever: through a scan that failed, and through one without the model."""
    pinned = merge(data(WIDE), data(WIDE | NARROW), DATE)
    for newer in (data(WIDE | NARROW), data(WIDE), data(), beside("us-east-1"), beside("ap-northeast-1")):
        merged = merge(pinned, newer, "2027-01-01")
        assert merged.auto == pinned.auto
        assert geography(merge(merged, data(WIDE | NARROW), "2027-02-01")) == "apac"


def test_a_model_that_is_not_listed_for_a_while_keeps_its_geography() -> None:
    """A listing that lacks all of a model's profiles for once lets no narrower one in with the next."""
    gone = merge(data(WIDE), beside("ap-northeast-1"), DATE)
    assert isinstance(ask(Catalog(gone), MODEL, "ap-northeast-1"), Diagnostic)
    assert geography(merge(gone, data(WIDE | NARROW), "2027-01-01")) == "apac"


listings = st.lists(
    st.dictionaries(
        st.sampled_from(["ca", "us", "eu", "global"]),
        st.dictionaries(st.sampled_from(["ca-west-1", "us-east-1"]), st.just("us-east-1")),
    ).map(data)
    | st.sampled_from([beside("ca-west-1"), beside("us-east-1")]),
    max_size=6,
)


@given(listings)
def test_auto_chooses_once(refreshes: list[CatalogData]) -> None:
    """What ``auto`` once chose it chooses while that is offered, and refuses otherwise, whatever is listed between."""
    geographies: dict[str, str | None] = {}
    merged = data()
    for listing in refreshes:
        merged = merge(merged, listing, DATE)
        catalog = Catalog(merged)
        for source in ("ca-west-1", "us-east-1"):
            answer = ask(catalog, MODEL, source)
            if isinstance(answer, Route):
                assert answer.geography == geographies.setdefault(source, answer.geography)
            elif source in geographies:
                assert source not in catalog.offers(MODEL).get(str(geographies[source]), ())


def test_a_pin_outlives_its_profile() -> None:
    """A profile that a listing lacks for a while is not replaced meanwhile, and is back when a listing has it."""
    pinned = merge(data(WIDE), data(WIDE | NARROW), DATE)
    gone = merge(pinned, data(NARROW), "2027-01-01")
    assert gone.auto == pinned.auto
    assert "does not move data to another geography" in refused(Catalog(gone), MODEL, "ap-northeast-1").what
    assert geography(merge(gone, data(WIDE | NARROW), "2027-02-01")) == "apac"


def test_auto_does_not_widen_when_the_narrow_profile_is_gone() -> None:
    """A listing without the narrow profile does not send a user's data further than before."""
    gone = merge(data(WIDE | NARROW), data(WIDE), DATE)
    assert gone.auto == {MODEL: {"ap-northeast-1": "jp"}}
    answer = refused(Catalog(gone), MODEL, "ap-northeast-1")
    assert "Geography: apac" in answer.fix
    assert taken(Catalog(gone), MODEL, "ap-northeast-1", "apac").geography == "apac"


def test_a_wider_profile_needs_no_pin() -> None:
    """The pins hold what is needed and no more."""
    assert merge(data(NARROW), data(WIDE | NARROW), DATE).auto == {}


def test_a_new_choice_needs_no_pin() -> None:
    """If nothing could be deployed before, the narrowest geography is taken."""
    only_global = data({"global": {"ap-northeast-1": "ap-northeast-1"}})
    merged = merge(only_global, data(WIDE | NARROW), DATE)
    assert (geography(merged), merged.auto) == ("jp", {})


def test_a_region_that_lists_nothing_was_not_reached() -> None:
    """A scan that failed takes no Region away from anyone."""
    old = data({"us": {"us-east-1": "us-east-1", "us-west-2": "us-west-2"}}, on_demand="us-east-1 us-west-2")
    new = data({"us": {"us-east-1": "us-east-1"}}, on_demand="us-east-1", as_of=DATE)
    merged = merge(old, new, DATE)
    assert geography(merged, "us-west-2") == "us"
    assert merged.models[MODEL].on_demand == ("us-east-1", "us-west-2")
    assert unreached(old, new) == ("us-west-2",)


def test_profiles_and_on_demand_throughput_are_reached_apart() -> None:
    """An account that may list one of the two takes nothing of the other away."""
    profiles = {"us": {"us-east-1": "us-east-1"}}
    both = data(profiles, on_demand="us-east-1")
    for half in (data(profiles), data(on_demand="us-east-1")):
        merged = merge(both, half, DATE)
        assert geography(merged, "us-east-1") == "us"
        assert merged.models[MODEL].on_demand == ("us-east-1",)
        assert merged.hints == ()


def test_what_a_reached_region_no_longer_lists_becomes_a_hint() -> None:
    """The user of a vanished profile learns since when it is missing, and how to keep it."""
    both = {"us": {"us-east-1": "us-east-1 us-east-2"}, "global": {"us-east-1": "us-east-1"}}
    merged = merge(data(both), data({"global": both["global"]}), DATE)
    assert merged.hints == (Hint(MODEL, "us", "us-east-1", ("us-east-1", "us-east-2"), DATE),)
    assert f"us.{MODEL}" not in merged.profiles
    refusal = refused(Catalog(merged), MODEL, "us-east-1", "us")
    assert "DestinationRegions: [us-east-1, us-east-2]" in refusal.fix


def test_a_profile_that_comes_back_is_a_hint_no_more() -> None:
    """A legacy model that an account uses again routes as before."""
    both = {"us": {"us-east-1": "us-east-1 us-east-2"}, "global": {"us-east-1": "us-east-1"}}
    gone = merge(data(both), data({"global": both["global"]}), DATE)
    back = merge(gone, data(both), "2027-01-01")
    assert (back.hints, geography(back, "us-east-1")) == ((), "us")


def test_vanished_on_demand_throughput_becomes_a_hint_too() -> None:
    """A model that left a Region is not routed there any more, and not forgotten."""
    other = data(on_demand="us-west-2").models[MODEL]
    new = data()._replace(models={MODEL: data(on_demand="us-east-1").models[MODEL], "acme.other": other})
    merged = merge(data(on_demand="us-east-1 us-west-2"), new, DATE)
    assert merged.models[MODEL].on_demand == ("us-east-1",)
    assert merged.hints == (Hint(MODEL, "", "us-west-2", (), DATE),)


def test_a_profile_known_by_id_stays_until_its_routes_are_known() -> None:
    """What is known of GovCloud is not lost in a scan of commercial Regions, and completed by one of GovCloud."""
    by_id = data({"us-gov": {}})
    assert merge(by_id, data({"us": {"us-east-1": "us-east-1"}}), DATE).profiles[f"us-gov.{MODEL}"].routes == {}
    routed = merge(by_id, data({"us-gov": {"us-gov-west-1": "us-gov-west-1"}}), DATE)
    assert geography(routed, "us-gov-west-1") == "us-gov"


def test_a_status_is_updated_and_never_forgotten() -> None:
    """A model that turned LEGACY is reported as such, also when a later listing is silent."""
    legacy = merge(data(status="ACTIVE"), data(status="LEGACY"), DATE)
    assert legacy.models[MODEL].status == "LEGACY"
    assert merge(legacy, data(status=None), DATE).models[MODEL].status == "LEGACY"


def test_the_regions_of_the_resource_type_come_from_elsewhere() -> None:
    """Listings that do not know of CloudFormation do not take its Regions away."""
    silent = data()._replace(profile_type=ProfileType("", "", ()))
    newer = data()._replace(profile_type=ProfileType(DATE, "schemas", ("us-west-2",)))
    assert merge(data(), silent, DATE).profile_type == data().profile_type
    assert merge(data(), newer, DATE).profile_type.regions == ("us-west-2",)


def test_changes_are_reported_line_by_line() -> None:
    """A reviewer of a refresh reads what AWS changed, a changed destination before all."""
    old = data({"us": {"us-east-1": "us-east-1"}, "eu": {"eu-west-1": "eu-west-1"}}, on_demand="us-east-1")
    new = data({"us": {"us-east-1": "us-east-2"}, "jp": {"ap-northeast-1": "ap-northeast-1"}}, status="LEGACY")
    new = new._replace(profile_type=ProfileType(DATE, "schemas", ("us-west-2",)))
    assert changes(old, new) == [
        "! us.acme.thinker-v1:0 from us-east-1: destinations were us-east-1, are us-east-2",
        "+ AWS::Bedrock::ApplicationInferenceProfile: in us-west-2",
        "+ jp.acme.thinker-v1:0: offered in ap-northeast-1",
        "- AWS::Bedrock::ApplicationInferenceProfile: no longer in us-east-1",
        "- acme.thinker-v1:0 on demand: no longer listed in us-east-1",
        "- eu.acme.thinker-v1:0: no longer listed in eu-west-1",
        "~ acme.thinker-v1:0: ACTIVE became LEGACY",
    ]
