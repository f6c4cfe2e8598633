"""What a call costs: the price of the route, or none; never a wrong one."""

from __future__ import annotations

from pathlib import Path

from lambda_bedrock_profile import bedrock
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.prices import Price, Prices, change, dollars, parse, render
from tests.support.catalogs import taken

BUNDLED = Catalog.bundled()
PRICES = Prices.bundled()
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
FILE = Path(bedrock.__file__).with_name("prices.json")


def test_a_profile_costs_what_its_geography_costs() -> None:
    """Input, output and cached price are those of the geography, not of the bare model."""
    quote = PRICES.quote(taken(BUNDLED, SONNET, "us-east-1"))
    assert quote.words == "$3.30 input, $16.50 output, $0.33 cached input per million tokens"
    assert quote.of("input", "batch") == 1.65
    assert "prompts of more than 200,000 tokens cost more" in quote.notes


def test_what_global_would_save_is_said_with_its_consequence() -> None:
    """A tenth for many models, and data may leave the geography; nothing if global is not offered."""
    route = taken(BUNDLED, SONNET, "us-east-1")
    saving = PRICES.global_saving(route, BUNDLED.offers(SONNET))
    assert saving.startswith("Geography: global would save 9 % of the input price and 9 % of the output price")
    assert "any commercial Region" in saving
    assert PRICES.global_saving(route, ()) == ""
    assert PRICES.global_saving(taken(BUNDLED, SONNET, "us-east-1", "global"), ("global",)) == ""


def test_a_price_that_is_not_known_is_not_made_up() -> None:
    """Neither the bare model's price for another Region, nor another geography's for this one."""
    known = Prices("2026-11-26", "a test", {"a.b": {"": Price({"standard": {"input": 1.0, "output": 2.0}})}})
    here = taken(BUNDLED, "amazon.nova-lite-v1:0", "us-east-1", cross_region=False)
    for model, source, geography, price in (
        ("a.b", "us-east-1", None, 1.0),
        ("a.b", "eu-west-2", None, None),
        ("a.b", "us-east-1", "us", None),
        ("a.c", "us-east-1", None, None),
    ):
        quote = known.quote(type(here)(model, source, (source,), None, geography, False, "aws", ""))
        assert quote.of("input") == price
        assert bool(quote.words) == (price is not None)
        assert bool(quote.notes) == (price is None)
        assert quote.as_json()["tiers"] == (None if price is None else {"standard": {"input": 1.0, "output": 2.0}})


def test_a_price_of_another_source_region_says_so() -> None:
    """AWS bills the price of the source Region, which the list may have for another one only."""
    model = "amazon.nova-2-lite-v1:0"
    assert not PRICES.quote(taken(BUNDLED, model, "us-east-1")).notes
    (note,) = PRICES.quote(taken(BUNDLED, model, "us-west-1")).notes
    assert note == "as listed for us-east-1; AWS bills the price of the source Region, us-west-1"


def test_a_change_of_model_is_a_change_of_price() -> None:
    """Each kind of token that costs another amount is a line, with the difference."""
    old, new = (PRICES.quote(taken(BUNDLED, SONNET, "us-east-1", geography)) for geography in ("us", "global"))
    assert change(old, new) == (
        "input: $3.30 → $3.00 (-9 %)",
        "output: $16.50 → $15.00 (-9 %)",
        "cached input: $0.33 → $0.30 (-9 %)",
    )
    assert change(old, old) == ()


def test_small_prices_keep_their_digits() -> None:
    """A price is shown to the cent, or as exactly as it is."""
    assert [dollars(value) for value in (3.3, 0.0825, 12.0, None)] == ["$3.30", "$0.0825", "$12.00", "not known"]


def test_the_file_has_one_form_and_a_date() -> None:
    """A refresh changes the lines that changed and no others; every model in it is one of the catalog's."""
    assert render(parse(FILE.read_text("utf-8"))) == FILE.read_text("utf-8")
    assert PRICES.as_of >= "2026-10-27"
    assert {*PRICES.models} <= {*BUNDLED.data.models}
