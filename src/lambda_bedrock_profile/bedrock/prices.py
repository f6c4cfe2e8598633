"""What a call costs, as of a day: US dollars per million tokens, by model, geography and tier.

``prices.json`` is read by the command line only, and the Lambda artefact leaves it out: no price is ever in a processed
template. No price is better than a wrong one: if the list has none for a route, none is given, and the reason is.

AWS bills the source Region's price, whatever the destination, and a cross-Region profile has no surcharge of its own
(Amazon Bedrock User Guide, "Increase throughput with cross-Region inference").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from lambda_bedrock_profile.bedrock.identifiers import GLOBAL, OUTSIDE, partition
from lambda_bedrock_profile.bedrock.routing import Route
from lambda_bedrock_profile.values import Json

STANDARD: Final = "standard"
BASE_REGIONS: Final = ("us-east-1", "us-east-2", "us-west-2")
"""The Regions that a list's entry without geography and Region is for: it has no price for another one by itself."""

BILLED: Final[Mapping[str, str]] = {
    "AWS::EC2::VPCEndpoint": "each interface endpoint, by hour and Availability Zone, and by gigabyte processed",
    "AWS::Logs::LogGroup": "each log group, by gigabyte ingested and by gigabyte and month stored",
    "AWS::EC2::FlowLog": "the flow log, by gigabyte ingested into its log group",
    "AWS::Lambda::Function": "each function, by request and by gigabyte-second",
    "AWS::CloudWatch::Alarm": "each alarm, by month",
}
"""Resource type → what AWS bills for and by what; without a figure, since it differs by Region and use."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens: tier → ``input``, ``output``, ``cache_read``, ``cache_write``, as far as known.

    ``longer``: prompts of more tokens than this cost more (0: not known to). ``region``: the Region whose price list
    has it, empty if the list does not say.
    """

    tiers: Mapping[str, Mapping[str, float]]
    longer: int = 0
    region: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a route, or why there is none. ``notes`` are sentences without a final full stop."""

    as_of: str
    source: str
    price: Price | None
    notes: tuple[str, ...]

    def of(self, token: str, tier: str = STANDARD) -> float | None:
        """Dollars per million ``input``, ``output`` or ``cache_read`` tokens; None if not known."""
        return self.price.tiers.get(tier, {}).get(token) if self.price else None

    @property
    def words(self) -> str:
        """``$3.30 input, $16.50 output, $0.33 cached input per million tokens``; empty if no price is known."""
        names = {"input": "input", "output": "output", "cache_read": "cached input"}
        parts = [f"{dollars(value)} {name}" for token, name in names.items() if (value := self.of(token)) is not None]
        return f"{', '.join(parts)} per million tokens" if parts else ""

    def as_json(self) -> dict[str, Json]:
        """The quote as plain data; what is not known is null."""
        tiers = {tier: dict(costs) for tier, costs in self.price.tiers.items()} if self.price else None
        return {
            "as_of": self.as_of,
            "source": self.source,
            "unit": "USD per million tokens",
            "tiers": tiers,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Prices:
    """Every price that is known: model → geography or Region (empty: neither) → price."""

    as_of: str
    source: str
    models: Mapping[str, Mapping[str, Price]]

    @classmethod
    @cache
    def bundled(cls) -> Prices:
        """The prices that come with this version. Raises ``FileNotFoundError`` in the Lambda artefact."""
        return parse(Path(__file__).with_name("prices.json").read_text("utf-8"))

    def quote(self, route: Route) -> Quote:
        """The price of a call by ``route``, or why none is known."""
        return self.quote_of(route.model, route.source, route.geography)

    def quote_of(self, model: str, source: str, geography: str | None) -> Quote:
        """The same for a model that the Region ``source`` calls through a geography's profile; None: on demand."""
        known = self.models.get(model, {})
        price = known.get(geography or source)
        if price is None and partition(source) != "aws":
            # GovCloud's lists are by Region, with the same price for a profile and on demand.
            price = known.get(source)
        elif price is None and geography is None and source in BASE_REGIONS:
            price = known.get("")
        if price is None:
            way = f"its {geography} profile" if geography else f"on-demand use in {source}"
            return Quote(self.as_of, self.source, None, (f"no price is known for {way}",))
        notes = []
        if price.region and price.region != source and geography != GLOBAL:
            notes.append(f"as listed for {price.region}; AWS bills the price of the source Region, {source}")
        if price.longer:
            notes.append(f"prompts of more than {price.longer:,} tokens cost more")
        return Quote(self.as_of, self.source, price, tuple(notes))

    def global_saving(self, route: Route, offered: Iterable[str]) -> str:
        """What ``Geography: global`` would save on ``route``, in words; empty if it saves nothing or is not known.

        ``offered`` are the geographies whose profile the source Region can call.
        """
        if route.geography in (None, GLOBAL) or GLOBAL not in offered:
            return ""
        here, there = self.quote(route), self.quote_of(route.model, route.source, GLOBAL)
        parts = []
        for token in ("input", "output"):
            price, lower = here.of(token), there.of(token)
            if price and lower is not None and lower < price:
                parts.append(f"{100 * (price - lower) / price:.0f} % of the {token} price")
        if not parts:
            return ""
        return f"Geography: global would save {' and '.join(parts)}, {OUTSIDE}"


def change(before: Quote, after: Quote) -> tuple[str, ...]:
    """How the price per million tokens changes from one quote to another: a line for each kind of token that does."""
    lines = []
    for token in ("input", "output", "cache_read"):
        old, new = before.of(token), after.of(token)
        if old == new:
            continue
        name = "cached input" if token == "cache_read" else token
        percent = f" ({100 * (new - old) / old:+.0f} %)" if old and new is not None else ""
        lines.append(f"{name}: {dollars(old)} → {dollars(new)}{percent}")
    return tuple(lines)


def dollars(value: float | None) -> str:
    """``$3.30``, with as many digits as a small price needs; ``not known`` for None."""
    if value is None:
        return "not known"
    text = f"{value:.6f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def parse(text: str) -> Prices:
    """Read what ``render`` wrote. Raises ``ValueError``, ``KeyError`` or ``TypeError`` on anything else."""
    raw: dict[str, Json] = json.loads(text)
    models = {
        model: {
            key: Price(entry["tiers"], entry.get("longer", 0), entry.get("region", "")) for key, entry in prices.items()
        }
        for model, prices in raw["models"].items()
    }
    return Prices(raw["as_of"], raw["source"], models)


def render(prices: Prices) -> str:
    """The text of ``prices.json``: one line a price, everything sorted, the same for equal data."""
    models = []
    for model, known in sorted(prices.models.items()):
        lines = ",\n".join(f" {json.dumps(key)}: {_entry(price)}" for key, price in sorted(known.items()))
        models.append(f"{json.dumps(model)}: {{\n{lines}\n}}")
    head = f'"as_of": {json.dumps(prices.as_of)},\n"source": {json.dumps(prices.source)}'
    body = ",\n".join(models)
    return f'{{\n{head},\n"models": {{\n{body}\n}}\n}}\n'


def _entry(price: Price) -> str:
    fields: dict[str, Json] = {"tiers": {tier: dict(costs) for tier, costs in price.tiers.items()}}
    fields |= {"longer": price.longer} if price.longer else {}
    return json.dumps(fields | ({"region": price.region} if price.region else {}))
