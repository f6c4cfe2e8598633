"""What holds for whatever is asked."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, Route, partition
from lambda_bedrock_profile.bedrock.data import CatalogData, parse, render
from lambda_bedrock_profile.diagnostics import Diagnostic
from tests.support.catalogs import ask

BUNDLED = Catalog.bundled()
SECRET = "hunter2"

regions = st.sampled_from([*BUNDLED.regions, "cn-north-1", "eusc-de-east-1", "mx-new-7"])
geographies = st.sampled_from(["auto", *GEOGRAPHIES])
real = st.sampled_from(sorted(BUNDLED.data.models))
models = st.one_of(real, st.text(max_size=40), real.map(lambda model: f"us.{model}"), real.map(str.upper))
requests = st.fixed_dictionaries(
    {
        "model": models,
        "source": st.one_of(regions, st.text(max_size=12)),
        "geography": st.one_of(geographies, st.text(max_size=8)),
        "cross_region": st.booleans(),
        "destinations": st.lists(st.one_of(regions, st.text(max_size=12)), max_size=4),
        "display_name": st.sampled_from([None, "the value of parameter P"]),
    }
)


@given(requests)
@example({"model": "arn:", "source": "us-east-1"})
def test_every_question_is_answered_in_full(request: dict[str, object]) -> None:
    """Whatever a template holds, the answer is a route or a refusal that says what is wrong and what to do."""
    answer = ask(BUNDLED, **request)  # type: ignore[arg-type]
    assert answer == ask(Catalog(BUNDLED.data), **request)  # type: ignore[arg-type]
    if isinstance(answer, Diagnostic):
        assert answer.path[0] in ("BedrockModelId", "Geography", "DestinationRegions")
        for sentence in (answer.what, answer.fix):
            assert sentence.strip()
            assert not sentence.endswith(".")
        # It follows the place in the template; what is a name keeps its capital.
        names = ("Geography", "DestinationRegions", "AWS", "Bedrock")
        assert answer.what.startswith(names) or not answer.what[0].isupper()


@given(requests)
def test_every_route_stays_in_its_partition(request: dict[str, object]) -> None:
    """No policy names a Region of another partition, and every profile id is made of its geography and its model."""
    answer = ask(BUNDLED, **request)  # type: ignore[arg-type]
    if isinstance(answer, Route):
        assert answer.destinations == tuple(sorted(set(answer.destinations)))
        assert {partition(region) for region in answer.regions} == {answer.partition}
        assert answer.source in answer.regions
        expected = f"{answer.geography}.{answer.model}" if answer.geography else None
        assert answer.profile_id == expected
        assert answer.reason
        assert answer.model not in answer.reason


@given(
    st.one_of(models, st.text(max_size=10).map(lambda text: f"us.{SECRET}.{text}"), st.just(f"arn:aws:x:::y/{SECRET}")),
    regions,
    geographies,
    st.booleans(),
)
def test_hidden_models_never_leak(model: str, source: str, geography: str, cross_region: bool) -> None:
    """A value that came from a parameter can be a secret, and no message gives it away."""
    answer = ask(BUNDLED, model, source, geography, cross_region=cross_region, display_name="the value of parameter P")
    if isinstance(answer, Diagnostic):
        message = f"{answer.what} {answer.fix}".replace("amazon.nova-lite-v1:0", "")
        assert SECRET not in message
        if len(model) > 12:
            assert model not in message
        assert not [known for known in BUNDLED.models if known in message]


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=3))
def test_what_is_no_geography_and_no_region_is_never_quoted(geography: str, destinations: list[str]) -> None:
    """The other values of a declaration may come from parameters too."""
    marked = [f"{SECRET}{text}" for text in destinations]
    answer = ask(BUNDLED, "a.b", "us-east-1", f"{SECRET}{geography}", destinations=marked)
    assert isinstance(answer, Diagnostic)
    assert SECRET not in answer.what + answer.fix


@given(st.data())
def test_any_subset_of_the_catalog_survives_writing_and_reading(draw: st.DataObject) -> None:
    """A refreshed file says exactly what was found, whichever profiles there are, and in only one way."""
    kept = draw.draw(st.sets(st.sampled_from(sorted(BUNDLED.data.profiles)), max_size=6))
    profiles = {name: BUNDLED.data.profiles[name] for name in kept}
    data = CatalogData(
        "2027-01-01", (), BUNDLED.data.profile_type, BUNDLED.data.models, profiles, (), {"a.b": {"us-east-1": "us"}}
    )
    assert parse(render(data)) == data
    assert render(parse(render(data))) == render(data)
