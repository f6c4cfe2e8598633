"""Run every test that docs/security.md names: ``make claims``.

A claim of that page without a test is a sentence to doubt; a claim whose test fails is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "security.md"


def named_tests(page: str) -> Iterator[str]:
    """The tests that a page names, as pytest takes them: path and function, each once, in the order of the files."""
    named = set(re.findall(r"`(test_\w+)`", page))
    for path in sorted((ROOT / "tests").glob("**/test_*.py")):
        definitions = re.findall(r"^(class \w+|(?: {4})?def test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        group = ""
        for each in definitions:
            if each.startswith("class "):
                group = each.removeprefix("class ") + "::"
            elif (name := each.strip().removeprefix("def ")) in named:
                yield f"{path.relative_to(ROOT)}::{group if each.startswith(' ') else ''}{name}"


def main() -> int:
    """Run them; the exit status is pytest's."""
    import pytest

    return int(pytest.main(["-q", "-n", "2", *named_tests(PAGE.read_text(encoding="utf-8"))]))


if __name__ == "__main__":
    sys.exit(main())
