"""Write the model explorer: one page with every way to every model, ``python scripts/explorer.py [FILE]``.

The page is one file with its data, style and script inside; it asks no server for anything and works from a folder. The
data is the catalog in a compact form: each way is a row of numbers, which lead to lists of what many ways share. The
Bedrock statements are those of an expansion, with marks for what differs between ways; the script fills them in, and a
test compares the result with the expansion of every way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder) for folder in ("", "src")]

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, Request
from lambda_bedrock_profile.bedrock.lifecycle import LifeCycles
from lambda_bedrock_profile.bedrock.prices import Prices
from lambda_bedrock_profile.bedrock.stages import candidates, stage
from lambda_bedrock_profile.cli.routes import ways
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = Path(__file__).resolve().parent / "explorer_page"
DEFAULT: Final = ROOT / "build" / "explorer.html"

SAMPLE: Final = ("amazon.nova-lite-v1:0", "us-east-1", "us")
"""A model that is on demand in a Region, and has a profile of a geography there."""

MODELS, PROFILE, REGION, MODEL = "{models}", "{profile}", "{region}", "{model}"
"""What stands in the statements for the models' ARNs, the profile's id, and a Region and the model within an ARN."""


class Shared:
    """A list in which each value is one time, and the place of a value in it."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, value: Any) -> int:
        """The place of ``value``, which is added if it is new."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def data(catalog: Catalog, prices: Prices) -> dict[str, Any]:
    """Everything that the page shows, as plain data.

    ``ways`` are rows of places in ``models``, ``regions``, ``geographies`` (null: on demand), ``destinations``,
    ``lives``, ``prices`` and ``successors`` (-1: none), and at last 1 if ``Geography: auto`` takes this way.
    """
    destinations, lives, quotes, successors = Shared(), Shared(), Shared(), Shared()
    models, regions = catalog.models, _regions(catalog)
    geographies = [*GEOGRAPHIES, None]
    rows = []
    for model in models:
        for region in regions:
            for way in ways(catalog, model, region, catalog.find(Request(model, region))):
                if (route := way.route) is None:
                    continue
                at = stage(catalog, model, region, way.geography, catalog.as_of)
                instead = at.successor
                quote = prices.quote(route)
                reach = {"regions": list(route.destinations), "regionless": route.regionless}
                dates = {name: getattr(at.dates, name) for name in ("legacy", "extended", "end", "source")}
                price = {"tiers": quote.as_json()["tiers"] or {}, "notes": list(quote.notes)}
                following = instead and [instead.model, instead.geography, instead.suggestion]
                rows.append(
                    [
                        models.index(model),
                        regions.index(region),
                        geographies.index(way.geography),
                        destinations.place(reach),
                        lives.place({"listed": catalog.status(model), **dates}),
                        quotes.place(price),
                        successors.place(following) if following else -1,
                        int(way.is_answer),
                    ]
                )
    return {
        "catalog": catalog.as_of,
        "prices_as_of": prices.as_of,
        "prices_from": prices.source,
        "life_cycles_as_of": LifeCycles.bundled().as_of,
        "models": models,
        "regions": regions,
        "geographies": geographies,
        "destinations": destinations.values,
        "lives": lives.values,
        "prices": quotes.values,
        "successors": successors.values,
        "retired": retired(catalog),
        "by_provider": [region for region in regions if not catalog.makes_natively(region)],
        "statements": {"profile": statements(catalog, True), "on_demand": statements(catalog, False)},
        "ways": rows,
    }


def retired(catalog: Catalog) -> list[dict[str, Any]]:
    """The models that no Region has any more, with what is known of their end.

    ``instead`` is the id of the model to take, and whether that is a suggestion; None if there is none.
    """
    cycles = catalog.life_cycles
    rows = []
    for model in sorted({*cycles.models, *cycles.unlisted} - {*catalog.models}):
        end = max((entry.end for entry in cycles.models.get(model, ())), default="")
        since = cycles.unlisted.get(model, "")
        if since or "" < end <= catalog.as_of:
            words = f"ended on {end}" if end else f"in no listing of Bedrock since {since}"
            instead = next(candidates(catalog, model, SAMPLE[1]), None)
            rows.append({"model": model, "words": words, "instead": instead})
    return rows


def _regions(catalog: Catalog) -> tuple[str, ...]:
    """Every Region that some model can be called from."""
    on_demand = (region for model in catalog.models for region in catalog.on_demand(model))
    return tuple(sorted({*catalog.regions, *on_demand}))


def statements(catalog: Catalog, cross_region: bool) -> dict[str, Any]:
    """The Bedrock statements of a role with marks for the route, and ``arn``, the form of a model's ARN.

    They are taken from an expansion, so that the page follows the policy without being changed.
    """
    model, region, geography = SAMPLE
    way = {"Geography": geography} if cross_region else {"DeployCrossRegionProfile": False}
    function = {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": "pass"}}
    declaration = {"BedrockModelId": model, "LambdaFunctionProps": function, **way}
    template = {"Resources": {"Assistant": {"Type": "Custom::LambdaBedrockProfile", "Properties": declaration}}}
    processed = expand(template, StackContext(region, "111122223333"), catalog).template
    role = processed["Resources"]["AssistantRole"]["Properties"]
    profile, models, *_ = role["Policies"][0]["PolicyDocument"]["Statement"]
    arn = next(item["Fn::Sub"] for item in models["Resource"] if f":{region}:" in item["Fn::Sub"])
    text = json.dumps([profile, {**models, "Resource": MODELS}]).replace(f"{geography}.{model}", PROFILE)
    return {"statements": json.loads(text), "arn": arn.replace(f":{region}:", f":{REGION}:").replace(model, MODEL)}


def page(content: Mapping[str, Any]) -> str:
    """The page around ``content``: the same for equal data."""
    style = (PARTS / "style.css").read_text(encoding="utf-8")
    names = ("catalog.js", "details.js", "page.js")
    script = "".join((PARTS / name).read_text(encoding="utf-8") for name in names)
    # Within an element, no text may look like the end of it.
    text = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
    parts = {
        "STYLE": style,
        "SCRIPT": script,
        "DATA": text,
        "STYLE_DIGEST": _digest(style),
        "SCRIPT_DIGEST": _digest(script),
    }
    result = (PARTS / "page.html").read_text(encoding="utf-8")
    for name, value in parts.items():
        result = result.replace(f"<!--{name}-->", value)
    return result


def _digest(text: str) -> str:
    """The digest of a style or script, as a Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def write(target: Path) -> None:
    """Write the page to the file ``target``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(data(Catalog.bundled(), Prices.bundled())), encoding="utf-8")


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    write(path)
    print(f"{path}: {path.stat().st_size:,} bytes")
