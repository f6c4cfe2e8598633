"""``python -m benchmarks``: measure everything and print one table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console

from benchmarks import artefact, expansion, hostile, processes, runtime
from benchmarks.rows import Note, Row, table

PARTS: dict[str, Callable[[], Iterator[Row | Note]]] = {
    "Warm expansion, event text to answer text": expansion.rows,
    "Small templates that ask for much work": hostile.rows,
    "A process from start to end": processes.rows,
    "The macro under Lambda's runtime client": runtime.rows,
    "What is uploaded": artefact.rows,
}


def main() -> int:
    """Measure part by part; 0 always: figures of a shared machine are for reading, not for passing."""
    console, started = Console(width=118), time.monotonic()
    for title, measure in PARTS.items():
        with console.status(title):
            found = list(measure())
        if rows := [row for row in found if isinstance(row, Row)]:
            console.print(table(title, rows))
        for note in found:
            if isinstance(note, Note):
                console.print(f"  {note.text}", highlight=False, markup=False)
        console.print()
    console.print(f"Python {sys.version.split()[0]}, {time.monotonic() - started:.0f} s in all", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
