"""The model explorer: one page that says of every way to a model what the catalog and the expansion say.

The page is tried in a browser. Where none is installed those tests are skipped, with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from lambda_bedrock_profile.bedrock import Catalog, Request
from lambda_bedrock_profile.bedrock.prices import Prices, dollars
from lambda_bedrock_profile.bedrock.stages import stage
from lambda_bedrock_profile.cli.routes import ways
from scripts import explorer
from tests.policies.routes import routes
from tests.support.browser import Page, browser, installed
from tests.support.templates import expanded

CATALOG = Catalog.bundled()
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
MOST_BYTES = 1_500_000

in_a_browser = pytest.mark.skipif(installed() is None, reason="no Chromium is installed: the page is not tried")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the page, a file on this machine."""
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    explorer.write(path)
    return path.as_uri()


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """A tab of one browser for all tests."""
    with browser() as page:
        yield page


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """The tab with the page in it, as wide as a desk's."""
    tab.shape(1280)
    tab.open(address)
    return tab


def rows(page: Page) -> list[list[str]]:
    """The texts of the table's rows."""
    script = "[...byId('rows').rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
    found: list[list[str]] = page.run(script)
    return found


def focused(page: Page) -> str:
    """The id of what has the focus, or its text."""
    return str(page.run("document.activeElement.id || document.activeElement.textContent"))


def settle(page: Page) -> None:
    """Wait until the page has seen that its address changed: that event comes before the second picture."""
    page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")


@cache
def data() -> dict[str, Any]:
    """What the page is made from."""
    return explorer.data(CATALOG, Prices.bundled())


def test_the_page_has_every_way_of_the_catalog() -> None:
    """A model that can be called from a Region is in the table, by each geography and on demand."""
    names = data()
    shown = {
        (names["models"][model], names["regions"][region], names["geographies"][geography])
        for model, region, geography, *_ in names["ways"]
    }
    assert shown == {(route.model, route.source, route.geography) for route in routes()}


def test_the_page_is_one_file_of_a_size_to_carry(address: str) -> None:
    """The page asks for no other file, and is smaller than a photograph."""
    text = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert "<!--" not in text
    assert 'src="' not in text
    assert text.count("</script>") == 2


def test_equal_data_make_an_equal_page() -> None:
    """A site that is built twice is the same."""
    assert explorer.page(data()) == explorer.page(explorer.data(CATALOG, Prices.bundled()))


@in_a_browser
def test_each_declaration_and_policy_of_the_page_is_what_the_macro_makes(page: Page) -> None:
    """Whoever copies the declaration gets the route that was shown, and the permissions that were shown."""
    script = "ways.map((way) => [way.model, way.region, way.geography, declaration(way), pretty(policy(data, way))])"
    shown = page.run(script)
    assert len(shown) == len(data()["ways"])
    routes_of = {(route.model, route.source, route.geography): route for route in routes()}
    for model, region, geography, text, statements in shown:
        processed = expanded(yaml.safe_load(text), region, provider=True)
        role = processed["Resources"]["AssistantRole"]["Properties"]
        made = role["Policies"][0]["PolicyDocument"]["Statement"]
        assert [item for item in made if "bedrock:InvokeModel" in item["Action"]] == json.loads(statements), text
        regions = routes_of[model, region, geography].regions
        assert set(re.findall(r":bedrock:([a-z0-9-]*)::foundation-model/", statements)) == regions, text


@in_a_browser
@pytest.mark.parametrize("on", ["2026-01-01", "2026-11-26", "2027-06-30", "2029-01-01"])
def test_the_page_says_of_a_life_cycle_what_the_command_line_says(page: Page, on: str) -> None:
    """On each day, each way has the words and the status of `routes`, and the successor where there is one."""
    script = f"ways.map((way) => [way.model, way.region, way.geography, stage(way.life, '{on}'), way.successor])"
    for model, region, geography, shown, successor in page.run(script):
        at = stage(CATALOG, model, region, geography, on)
        assert shown == {"status": at.status, "words": at.words}, (model, region)
        if at.successor is not None:
            instead = [at.successor.model, at.successor.geography, at.successor.suggestion]
            assert successor == instead, (model, region)


@in_a_browser
def test_the_page_says_where_data_may_go_and_what_it_costs(page: Page) -> None:
    """Destinations, the way that auto takes, and the standard prices are those of the catalog."""
    script = (
        "ways.map((way) => [way.model, way.region, way.geography, way.automatic, reach(way), "
        "dollars(standard(way, 'input')), dollars(standard(way, 'output'))])"
    )
    shown = {(model, region, geography): rest for model, region, geography, *rest in page.run(script)}
    prices = Prices.bundled()
    for model in CATALOG.models:
        for region in data()["regions"]:
            for way in ways(CATALOG, model, region, CATALOG.find(Request(model, region))):
                route = way.route
                if route is None:
                    continue
                quote = prices.quote(route)
                costs = [dollars(cost) if cost is not None else "" for cost in map(quote.of, ("input", "output"))]
                reach = "any commercial Region" if route.regionless else " ".join(route.destinations)
                assert shown[model, region, way.geography] == [way.is_answer, reach, *costs], (model, region)


@in_a_browser
def test_the_page_asks_nobody_for_anything(page: Page) -> None:
    """No server learns that somebody reads the page, and the browser has nothing to complain about."""
    assert page.requests() == [page.run("location.href")]
    assert page.complaints() == []
    page.run("fetch('https://example.org/').catch(() => 0)")
    assert "example.org" not in "".join(page.requests())


@in_a_browser
def test_the_table_is_searched_filtered_and_sorted(page: Page) -> None:
    """Words as people write them find a model, and every filter and order is in the address."""
    page.run("byId('q').focus()")
    page.type("haiku 4.5, eu-central-1")
    assert {row[0] for row in rows(page)} == {HAIKU}
    assert {row[1] for row in rows(page)} >= {"eu-central-1"}
    page.run("byId('geography').value = 'eu'; byId('geography').dispatchEvent(new Event('change'))")
    assert {row[2].split()[0] for row in rows(page)} == {"eu"}
    assert page.run("location.hash") == "#q=haiku+4.5%2C+eu-central-1&geography=eu"
    page.run("byId('filters').reset()")
    assert page.run("location.hash") in ("", "#")
    page.run("byId('sort-input').click()")
    costs = [float(row[5].removeprefix("$")) for row in rows(page)]
    assert costs == sorted(costs)
    page.run("byId('sort-input').click()")
    assert page.run("document.querySelector('th.input').getAttribute('aria-sort')") == "descending"
    costs = [float(row[5].removeprefix("$")) for row in rows(page)]
    assert costs == sorted(costs, reverse=True)


@in_a_browser
def test_a_view_can_be_linked_to(page: Page, address: str) -> None:
    """An address with filters, an order, a day and a model shows the same to whoever opens it."""
    page.open(f"{address}#region=us-east-1&sort=-output&on=2031-01-01&life=all&model={HAIKU}&from=eu-west-1&by=global")
    assert {row[1] for row in rows(page)} == {"us-east-1"}
    assert page.run("byId('region').value") == "us-east-1"
    assert page.run("byId('details-title').textContent") == HAIKU
    assert "Geography: global" in page.run("byId('declaration-text').textContent")
    assert "inference-profile/global." in page.run("byId('policy-text').textContent")
    assert any(row[4].startswith("ended") for row in rows(page))


@in_a_browser
def test_ended_models_are_left_out_until_they_are_asked_for(page: Page, address: str) -> None:
    """Nobody selects a model that is gone, on the day of the reader."""
    page.open(f"{address}#on=2031-01-01")
    assert not any(row[4].startswith("ended") for row in rows(page))
    page.open(f"{address}#on=2031-01-01&life=all")
    everything = page.run("byId('count').textContent")
    assert everything.startswith(f"{len(data()['ways']):,} ways")


@in_a_browser
def test_a_retired_model_is_found_with_its_successor(page: Page) -> None:
    """Whoever searches for a model that no Region has reads when it ended, and what to take instead."""
    gone = next(each for each in data()["retired"] if each["model"] == "anthropic.claude-3-5-haiku-20241022-v1:0")
    page.run("byId('q').focus()")
    page.type("claude 3.5 haiku")
    told = page.run("byId('retired').textContent")
    newest = f"The newest model of its family and size is {gone['instead'][0]}."
    assert told == f"Retired: {gone['model']}, {gone['words']}. {newest}"
    page.run("byId('retired').querySelector('a').click()")
    settle(page)
    assert page.run("byId('details-title').textContent") == gone["instead"][0]
    page.run("byId('filters').reset()")
    assert page.run("byId('retired').hidden")


@in_a_browser
def test_a_model_is_selected_with_the_keyboard_alone(page: Page) -> None:
    """Tab leads past the filters to the first model, and Enter shows it, with the focus on its name."""
    for _ in range(40):
        page.press("Tab")
        if page.run("document.activeElement.matches('tbody a')"):
            break
    first = rows(page)[0]
    assert focused(page) == first[0]
    page.press("Enter")
    settle(page)
    assert focused(page) == "details-title"
    assert page.run("byId('details-title').textContent") == first[0]
    assert page.run("byId('from').value") == first[1]
    page.press("Tab")
    page.press("Enter")
    settle(page)
    assert page.run("byId('details').hidden")
    assert page.run("location.hash") in ("", "#")


@in_a_browser
def test_another_region_and_geography_of_the_model_are_one_selection_away(page: Page, address: str) -> None:
    """The selects of the details lead to the other ways, and keep the focus."""
    page.open(f"{address}#model={HAIKU}&from=us-east-1")
    page.run("byId('from').value = 'eu-central-1'; byId('from').dispatchEvent(new Event('change'))")
    settle(page)
    assert focused(page) == "from"
    assert "foundation-model" in page.run("byId('policy-text').textContent")
    assert page.run("byId('by').value") == "eu"
    page.run("byId('by').value = 'global'; byId('by').dispatchEvent(new Event('change'))")
    settle(page)
    assert focused(page) == "by"
    assert "Geography: global" in page.run("byId('declaration-text').textContent")


@in_a_browser
def test_the_declaration_and_the_permissions_are_copied(page: Page, address: str) -> None:
    """The button puts the text on the clipboard and says so; where the browser refuses, the text is selected."""
    page.open(f"{address}#model={HAIKU}&from=us-east-1")
    page.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.run("byId('copy-declaration').click()")
    settle(page)
    assert page.run("window.copied") == page.run("byId('declaration-text').textContent")
    assert page.run("byId('copy-declaration').textContent") == "Copied"
    page.run("navigator.clipboard.writeText = async () => { throw new Error(); }")
    page.run("byId('copy-policy').click()")
    settle(page)
    assert json.loads(page.run("getSelection().toString()")) == json.loads(page.run("byId('policy-text').textContent"))


@in_a_browser
@pytest.mark.parametrize("where", ["&from=us-gov-west-1&by=eu", "&from=nowhere-1", "&from=us-east-1&by=mars"])
def test_a_way_that_is_not_there_is_answered_with_those_that_are(page: Page, address: str, where: str) -> None:
    """A link to a model in a Region that lacks it says so and lists the Regions that have it."""
    page.open(f"{address}#model={HAIKU}{where}")
    text = page.run("byId('details').textContent")
    assert "The catalog has no such way to this model" in text
    assert "eu-central-1" in text
    assert page.complaints() == []


@in_a_browser
def test_what_an_address_says_is_text_and_never_part_of_the_page(page: Page, address: str) -> None:
    """A link made by somebody else cannot put elements or scripts into the page."""
    page.open(
        f"{address}#model=%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D1%3E&q=%3Cb%3E&region=%22&sort=constructor"
    )
    assert page.run("document.querySelectorAll('img, b').length") == 0
    assert "knows no model with this id" in page.run("byId('details').textContent")
    assert page.complaints() == []


@in_a_browser
def test_a_screen_reader_is_told_what_everything_is(page: Page, address: str) -> None:
    """The table, its headings, each filter, and the number of rows have a role and a name."""
    page.open(f"{address}#model={HAIKU}&from=eu-central-1")
    told = page.accessible()
    fields = {name for role, name in told if role in ("searchbox", "combobox")}
    assert fields == {"Search", "Called from", "Geography", "Provider", "Life cycle"}
    assert [name for role, name in told if role == "heading"][:2] == ["Model explorer", HAIKU]
    assert "status" in {role for role, _ in told}
    assert ("table", "Ways to call a model. Prices are US dollars per million tokens.") in told
    assert ("region", "Declaration") in told
    for role in ("button", "link", "combobox", "columnheader", "region"):
        assert all(name for kind, name in told if kind == role), role


@in_a_browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_a_telephone_and_a_desk_by_day_and_night(
    page: Page, address: str, width: int, dark: bool
) -> None:
    """Nothing is wider than the window, and every text has a contrast of at least 4.5 to 1 with what is behind it."""
    page.shape(width, dark=dark)
    page.open(f"{address}#model={HAIKU}&from=eu-central-1&life=all&on=2027-01-01")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    assert page.run(CONTRAST) >= 4.5
    table = [name for role, name in page.accessible() if role == "columnheader"]
    assert {"Model", "Called from", "Output"} <= {name.strip(" ↑↓") for name in table}


CONTRAST = """
(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color !== "rgba(0, 0, 0, 0)") return color;
    }
  };
  const shown = [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && element.checkVisibility());
  return Math.min(...shown.map((element) => {
    const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  }));
})()
"""
"""The lowest contrast of a text of the page (W3C, Web Content Accessibility Guidelines 2.2, 1.4.3)."""
