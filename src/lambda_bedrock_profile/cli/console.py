"""Where tables and colours go: rich on standard output, plain in a pipe and under NO_COLOR."""

from __future__ import annotations

import os
import sys
from typing import Final, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lambda_bedrock_profile.cli.source import one_line
from lambda_bedrock_profile.cli.write import on_terminal

_IN_A_PIPE: Final = 10_000
"""So wide that nothing is folded: what reads a pipe wants a row to be a line."""


def console(stream: TextIO | None = None) -> Console:
    """The terminal behind ``stream``, standard output by default, in its own width; a pipe gets plain text."""
    stream = stream or sys.stdout
    terminal = on_terminal(stream)
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        file=stream,
        highlight=False,
        emoji=False,
        markup=False,
        force_terminal=terminal,
        width=None if terminal else _IN_A_PIPE,
        # Under NO_COLOR rich would leave bold and dim text in.
        color_system=None if plain else "auto",
    )


def table(*columns: str) -> Table:
    """An empty table: a header and space between columns, no lines, so that it can be cut and pasted."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        result.add_column(column, overflow="fold")
    return result


def harmless(text: str | Text) -> Text:
    """``text`` with nothing in it that a terminal takes for a command: a template can hold such characters."""
    if isinstance(text, Text) and text.plain.isprintable():
        return text
    plain = text if isinstance(text, str) else text.plain
    style = "" if isinstance(text, str) else text.style
    return Text("\n".join(one_line(line) for line in plain.split("\n")), style)


def prose(text: str, margin: int = 2) -> Padding:
    """A sentence behind a margin: on a terminal it is wrapped between words."""
    return Padding(harmless(text), (0, 0, 0, margin))


def show(*renderables: object) -> None:
    """Print ``renderables``, without the blanks that pad a table's last column.

    A line of text stays one line, however narrow the terminal, since some are there to be copied. A character of it
    that is a command to a terminal is shown by its number.
    """
    screen = console()
    with screen.capture() as capture:
        for renderable in renderables:
            if isinstance(renderable, str | Text):
                screen.print(harmless(renderable), soft_wrap=True)
            else:
                screen.print(renderable)
    for line in capture.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")
