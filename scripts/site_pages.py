"""Build the documentation site: ``python -m scripts.site_pages FOLDER``, which ``make site`` runs.

A page of the repository keeps its place below ``docs/``; the pages at the root go to ``project/``, and README.md is the
first page. A link that leaves the pages, such as one to an example, gets a copy of the file, so the site needs nothing
but itself. Rules have a page each, made from their table.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from scripts import explorer, rule_pages

ROOT: Final = Path(__file__).resolve().parent.parent
AT_ROOT: Final[Mapping[str, str]] = {
    "README.md": "index.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CODE_OF_CONDUCT.md": "project/code-of-conduct.md",
    "SECURITY.md": "project/security-policy.md",
}
"""Path in the repository → path of the page."""
RULES: Final = "docs/rules.md"
EXPLORER: Final = "explorer.html"
"""The page of all models, which is no Markdown and has no navigation."""
GENERATOR: Final = ROOT / ".venv" / "site" / "bin" / "zensical"
SITE: Final = ROOT / "docs" / "site"
"""The configuration of the site, the template of its pages, and the script that they load."""
NOT_PAGES: Final = ("docs/site/", "docs/agent-skill/")

_FENCE: Final = re.compile(r"^( *)(```+).*?^\1\2 *$", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(?<=\]\()([^)#\s]+)(#[^)\s]*)?(?=\))")


def sources() -> dict[str, str]:
    """Each file that is part of the site, by its path in the repository, with its path in the site."""
    below_docs = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*") if path.is_file())
    kept = {path: path.removeprefix("docs/") for path in below_docs if not path.startswith(NOT_PAGES)}
    renamed = {path: re.sub("README.md$", "index.md", target) for path, target in kept.items()}
    return {path: target for path, target in AT_ROOT.items() if (ROOT / path).exists()} | renamed


def build(target: Path) -> None:
    """Build the site into ``target``, which is emptied first; raises CalledProcessError for any warning."""
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        command = [str(GENERATOR), "build", "--strict", "--config-file", f"{folder}/mkdocs.yml"]
        subprocess.run(command, check=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(Path(folder) / "site", target)


def lay_out(target: Path) -> None:
    """Write the configuration, every page, and every file that a page links to, into a folder that is empty."""
    folder = target / "pages"
    shutil.copytree(SITE, target, dirs_exist_ok=True)
    targets = sources()
    for path, name in targets.items():
        if not path.endswith(".md"):
            _copy(path, folder / name)
        elif path != RULES:
            _write(folder / name, page(path, (ROOT / path).read_text(encoding="utf-8"), targets, folder))
    for name, text in rule_pages.pages().items():
        _write(folder / name, text)
    explorer.write(folder / EXPLORER)


def page(path: str, text: str, targets: Mapping[str, str], folder: Path) -> str:
    """The ``text`` of a page with the links of the site; files that it links to are copied into ``folder``."""

    def in_site(link: re.Match[str]) -> str:
        name, anchor = link[1], link[2] or ""
        if "://" in name or name.startswith("mailto:"):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if target == RULES and anchor:
            return _relative(targets[path], f"rules/{anchor[1:]}.md")
        if target not in targets and f"{target}/README.md" in targets:
            target = f"{target}/README.md"
        # A file that is no page must not become one; hidden folders are left out of sites.
        copy = f"files/{target.lstrip('.')}".removesuffix(".md")
        if target not in targets:
            _copy(target, folder / copy)
        return _relative(targets[path], targets.get(target, copy)) + anchor

    return "".join(_LINK.sub(in_site, part) if is_prose else part for part, is_prose in parts(text))


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """``text`` cut at its blocks of code: each part, and whether it is prose."""
    end = 0
    for block in _FENCE.finditer(text):
        yield text[end : block.start()], True
        yield block[0], False
        end = block.end()
    yield text[end:], True


def _relative(source: str, target: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(source) or ".")


def _copy(path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / path, target)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
