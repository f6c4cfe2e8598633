"""The documentation site: complete, without a link into nothing, and in need of nobody's server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from lambda_bedrock_profile.rules import RULES, Rule
from scripts import site_pages
from tests.support.browser import browser, installed

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src"}
"""Tag → attribute with the address of what a browser loads by itself."""


class Page(HTMLParser):
    """What a page of the site loads, where it leads to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the addresses and the ids of one tag."""
        values = {name: value or "" for name, value in attrs}
        self.places.update(values[name] for name in ("id", "name") if name in values)
        if tag in LOADED and LOADED[tag] in values:
            self.loads.append(values[LOADED[tag]])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make site`` builds it."""
    folder = tmp_path_factory.mktemp("built") / "site"
    site_pages.build(folder)
    return folder


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    """Every page of the site, by its path."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_the_site_loads_nothing_from_elsewhere(pages: dict[Path, Page]) -> None:
    """It works from a folder and without a network: scripts, styles, fonts and pictures are its own."""
    assert [(path.name, each) for path, page in pages.items() for each in page.loads if urlsplit(each).netloc] == []


def test_every_link_of_the_site_leads_somewhere(pages: dict[Path, Page]) -> None:
    """A link within the site names a file of the site, and a place that the page has."""
    broken = []
    for path, page in pages.items():
        # The page for addresses that do not exist is served from any folder, so its links begin at the server.
        for link in page.links if path.name != "404.html" else []:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            places = pages[target].places if target in pages else {""}
            if not target.exists() or (address.fragment and unquote(address.fragment) not in {*places, "__top"}):
                broken.append(f"{path.name}: {link}")
    assert broken == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_each_rule_has_a_page_with_its_message(site: Path, rule: Rule) -> None:
    """Who looks up an id finds what it means, both examples and the message that the first one gets."""
    text = re.sub("<[^>]+>", "", (site / "rules" / f"{rule.id.lower()}.html").read_text(encoding="utf-8"))
    assert f"{rule.id}: {rule.title}" in text
    assert text.count("Resources:") >= 2
    message = text.partition("reports:")[2].partition("An example that does not break it")[0]
    assert f"{rule.id} " in message if not rule.earlier else "warning: " in message


def navigated(entries: list[Any]) -> Iterator[str]:
    """Every page below ``entries`` of the navigation."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for below in entry.values():
                yield from navigated(below if isinstance(below, list) else [below])


def test_every_page_is_in_the_navigation() -> None:
    """A reader can find each page without a search; rules are reached from their list."""
    configuration = yaml.safe_load((site_pages.SITE / "mkdocs.yml").read_text(encoding="utf-8"))
    named = [page for page in navigated(configuration["nav"]) if page != site_pages.EXPLORER]
    pages = {target for target in site_pages.sources().values() if target.endswith(".md")}
    assert sorted(named) == sorted(pages)


SEARCH = """
(async () => {
  document.querySelector(".md-search__button").click();
  const inputs = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
    each.shadowRoot ? inputs(each.shadowRoot) : each.matches("input:not([type=checkbox], [type=radio])") ? [each] : []);
  let last = ["nothing"];
  for (let tries = 0; tries < 100; tries += 1) {
    await new Promise((done) => setTimeout(done, 100));
    const input = inputs(document)[0];
    if (!input) continue;
    if (input.value !== WORDS) {
      input.value = WORDS;
      input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    }
    const addresses = [...input.getRootNode().querySelectorAll("a")].map((each) => each.href);
    if (addresses.some((each) => each.includes(PAGE))) return "";
    last = addresses;
  }
  return `found: ${last.join(" ")}`;
})()
"""
"""Types WORDS into the search of a page; nothing if PAGE is found, else what is found after ten seconds."""


@pytest.mark.skipif(installed() is None, reason="no Chromium is installed: the search is not tried")
@pytest.mark.parametrize(
    ("words", "page"),
    [("GovCloud", "how-to/govcloud.html"), ("E9002", "rules/e9002.html"), ("LangChain", "frameworks.html")],
)
def test_the_search_works_from_a_folder(site: Path, words: str, page: str) -> None:
    """Who opens a page of the site as a file finds what they look for, and nothing is asked from a server."""
    with browser() as tab:
        tab.open((site / "index.html").as_uri())
        assert tab.run(SEARCH.replace("WORDS", f'"{words}"').replace("PAGE", f'"/site/{page}"')) == ""
        assert [each for each in tab.requests() if not each.startswith(("file:", "data:"))] == []
