"""The size of the macro's artefact, as ``sam build`` leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.rows import Note, Row

BUILT = Path(__file__).resolve().parent.parent / ".aws-sam" / "build" / "MacroFunction"
LIMIT = 5.0
"""Megabytes wanted at most. Lambda itself takes 250 (AWS Lambda Developer Guide, "Lambda quotas")."""


def rows() -> Iterator[Row | Note]:
    """The artefact against the size wanted; nothing but a note where none is built."""
    if not BUILT.exists():
        yield Note("no artefact: make build, and measure again")
        return
    size = sum(path.stat().st_size for path in BUILT.rglob("*") if path.is_file() and path.suffix != ".pyc") / 1e6
    yield Row("macro's artefact, unpacked | wanted", size, LIMIT, "MB", "ours/theirs", 1)
