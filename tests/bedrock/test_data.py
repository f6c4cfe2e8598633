"""The data that comes with the project: complete, honest about its age, and reviewable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, partition, routing
from lambda_bedrock_profile.bedrock.data import Profile, parse, render
from lambda_bedrock_profile.bedrock.identifiers import home, is_region
from tests.support.catalogs import taken

FILE = Path(routing.__file__).with_name("profiles.json")
BUNDLED = Catalog.bundled()


def test_writing_what_was_read_gives_the_committed_file_byte_for_byte() -> None:
    """A refresh changes the lines that AWS changed and no others."""
    text = FILE.read_bytes().decode("utf-8")
    assert render(parse(text)) == text


def test_the_file_is_small_and_plain_json() -> None:
    """A cold start does not wait for the catalog."""
    assert FILE.stat().st_size < 60_000
    assert json.loads(FILE.read_text("utf-8"))["as_of"] == BUNDLED.as_of


def test_it_says_how_old_it_is_and_where_it_comes_from() -> None:
    """Whoever decides on the catalog can judge its age, the Regions of the resource type apart from the routes."""
    assert BUNDLED.data.sources
    assert (BUNDLED.as_of, BUNDLED.data.profile_type.as_of) == ("2026-10-27", "2026-10-20")
    assert BUNDLED.data.profile_type.source


@pytest.mark.parametrize("profile", BUNDLED.data.profiles.values(), ids=lambda profile: profile.id)
def test_every_listed_pair_routes_as_listed(profile: Profile) -> None:
    """Every profile is reached from every source Region that lists it, with exactly those destinations."""
    for source, destinations in profile.routes.items():
        route = taken(BUNDLED, profile.model, source, profile.geography)
        assert route.destinations == destinations
        assert route.profile_id == profile.id
        assert route.regionless == profile.regionless
        assert route.partition == partition(source)
        assert set(route.regions) == {source, *destinations}


def test_no_destination_lies_outside_the_partition_of_its_source() -> None:
    """A policy never names a model in a partition the function cannot reach."""
    for profile in BUNDLED.data.profiles.values():
        for source, destinations in profile.routes.items():
            assert destinations == tuple(sorted(set(destinations)))
            assert {partition(region) for region in destinations} == {partition(source)}


def test_every_region_and_geography_has_a_name_of_the_field() -> None:
    """A slip in the data cannot end up in an ARN."""
    profiles = BUNDLED.data.profiles.values()
    assert {profile.geography for profile in profiles} == set(GEOGRAPHIES)
    assert all(map(is_region, BUNDLED.regions))
    assert all(is_region(region) for model in BUNDLED.models for region in BUNDLED.on_demand(model))
    assert all(is_region(region) for profile in profiles for to in profile.routes.values() for region in to)
    assert all(map(is_region, BUNDLED.data.profile_type.regions))


def test_ids_that_were_never_meant_for_customers_are_left_out() -> None:
    """No message suggests a model that exists inside AWS only."""
    assert not [name for name in BUNDLED.data.models if "-trn" in name]


def test_it_holds_what_was_collected() -> None:
    """Nothing is lost on the way into the file: profiles, routes, sets of destinations, ids without routes."""
    routes = [to for profile in BUNDLED.data.profiles.values() for to in profile.routes.values()]
    unrouted = [profile for profile in BUNDLED.data.profiles.values() if not profile.routes]
    assert (len(BUNDLED.data.profiles), len(routes), len(set(routes)), len(unrouted)) == (185, 1497, 58, 29)
    assert {home(profile.geography) for profile in unrouted} == {"aws", "aws-us-gov"}
    assert BUNDLED.data.auto == {}
