"""The pictures of the command line in the documentation."""

from __future__ import annotations

from scripts.screens import DOCUMENTED, main, used_in_pages


def test_the_documentation_shows_what_the_commands_show() -> None:
    """Each picture is what its command prints today, and no picture is there that no page shows."""
    assert {path.stem for path in DOCUMENTED.glob("*.svg")} == used_in_pages()
    assert main(["--check"]) == 0
