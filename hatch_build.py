"""What the package's metadata says of the project's public address: pages, and the links of the README.

The address is one setting, ``tool.lambda-bedrock-profile.address`` in ``pyproject.toml``. While it is empty, no URL is
written and the links of the README stay relative; ``make release`` refuses to go on then.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PAGES = {
    "Homepage": "",
    "Source": "",
    "Documentation": "/tree/v{version}/docs",
    "Changelog": "/blob/v{version}/CHANGELOG.md",
    "Issues": "/issues",
}
"""Label of a page → where it is below the address, as GitHub and GitLab lay them out."""

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?!https?:|#)(?P<target>[^)]+)\)")


def address(root: Path) -> str:
    """The project's public address without a slash at its end, or an empty text."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(settings["tool"]["lambda-bedrock-profile"]["address"]).rstrip("/")


def urls(address: str, version: str) -> dict[str, str]:
    """The pages of the project, by label; none without an address."""
    return {label: address + page.format(version=version) for label, page in PAGES.items()} if address else {}


def absolute(text: str, address: str, version: str) -> str:
    """``text`` in Markdown with its relative links led to the files of ``version``; unchanged without an address."""

    def link(match: re.Match[str]) -> str:
        kind = "raw" if match["image"] else "blob"
        return f"{match['image']}[{match['text']}]({address}/{kind}/v{version}/{match['target']})"

    return _LINK.sub(link, text) if address else text


class ProjectMetadata(MetadataHookInterface):
    """The hook that hatchling calls for the fields that ``pyproject.toml`` declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``readme`` and ``urls``."""
        root = Path(self.root)
        here, version = address(root), str(metadata["version"])
        text = absolute((root / "README.md").read_text(encoding="utf-8"), here, version)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(here, version)
