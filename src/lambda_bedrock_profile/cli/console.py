"""What people look at on a terminal: tables, text and findings, by rich; plain in a pipe and under NO_COLOR."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TextIO

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lambda_bedrock_profile.cli.findings import NOUNS, Finding, Level
from lambda_bedrock_profile.cli.source import one_line
from lambda_bedrock_profile.cli.write import on_terminal
from lambda_bedrock_profile.values import Json

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


# ------------------------------------------------------------------------------------------------------------- findings

COLOURS: Final[dict[Level, str]] = {"error": "red", "warning": "yellow", "informational": "blue"}

_KEY: Final = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'{}\[\],][^{}\[\],]*?)\s*:(?=\s|$)[ \t]*""")
_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
_MOST_CHARACTERS: Final = 500
_ABOUT_NAMES: Final = ("is not a property", "was unexpected", "is written twice")
"""Words of messages that are about the name of a property, not about its value."""


class Underlined(NamedTuple):
    """A part of a line: ``start`` counts from 0."""

    start: int
    length: int


def printed(findings: Sequence[Finding], texts: Mapping[str, str], stream: TextIO | None = None) -> str:
    """``findings`` and how many there are, as text for the terminal behind ``stream``, standard output by default.

    ``texts`` are those of all files that were checked, by their names.
    """
    screen = console(stream)
    # A pipe has no width, and who asks for this form there wants to read it.
    screen.width = min(screen.width, 120) if not screen.is_terminal else screen.width
    with screen.capture() as capture:
        for finding in findings:
            screen.print(_block(finding, texts.get(finding.file, ""), screen.width))
            screen.print()
        screen.print(_count(findings, len(texts)))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def underlined(line: str, column: int, message: str = "") -> Underlined:
    """What of ``line`` a finding at ``column``, from 1, is about: the value behind a key, or the key itself.

    It is the key if ``message`` is about a name, or if the value does not stand in the line.
    """
    start = min(column - 1, len(line))
    key = _KEY.match(line, start)
    about_name = any(words in message for words in _ABOUT_NAMES)
    if key is None:
        return Underlined(start, max(_value_length(line, start), 1))
    if about_name or not (length := _value_length(line, key.end())):
        return Underlined(start, len(key[0].rstrip().removesuffix(":").rstrip()))
    return Underlined(key.end(), length)


def _value_length(line: str, start: int) -> int:
    """The length of the value at ``start``: in flow style up to a comma or bracket, else to the end of the line."""
    quoted = _QUOTED.match(line, start)
    if quoted:
        return len(quoted[0])
    before = _QUOTED.sub("", line[:start])
    flow = before.count("{") + before.count("[") > before.count("}") + before.count("]")
    depth = 0
    for index in range(start, len(line)):
        character = line[index]
        if character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth < 0:
                return len(line[start:index].rstrip())
            if depth == 0 and line[start] in "{[":
                return index + 1 - start
        elif (character == "," and flow and not depth) or line.startswith(" #", index):
            return len(line[start:index].rstrip())
    return len(line[start:].rstrip())


def _block(finding: Finding, text: str, width: int) -> Group:
    colour = COLOURS[finding.rule.level]
    noun = NOUNS[finding.rule.level][0]
    head = Text.assemble((f"{noun}[{finding.rule.id}]" if finding.rule.id else noun, f"bold {colour}"), ": ")
    head.append(one_line(_brief(finding.what) + finding.where_true), "bold")
    place = f"{finding.file}:{finding.position.line}:{finding.position.column}"
    number = str(finding.position.line)
    gutter = " " * len(number)
    parts: list[Json] = [head, Text.assemble(f"{gutter}--> ", (place, "cyan"))]
    lines = text.splitlines()
    if 0 < finding.position.line <= len(lines):
        line = lines[finding.position.line - 1]
        mark = underlined(line, finding.position.column, finding.message)
        visible, mark = _window(one_line(line.expandtabs(1)), mark, width - len(number) - 4)
        parts.append(Text.assemble((f"{number} | ", "dim"), visible, no_wrap=True))
        parts.append(Text.assemble((f"{gutter} | ", "dim"), " " * mark.start, ("^" * mark.length, f"bold {colour}")))
    if finding.fix:
        row = Table.grid(padding=(0, 1))
        row.add_row(Text("fix:", "bold green"), Text(one_line(sentence(finding.fix))))
        parts.append(Padding(row, (0, 0, 0, len(number) + 1)))
    return Group(*parts)


def _brief(text: str) -> str:
    """``text``, cut if it lists hundreds of values; the other formats have the whole of it."""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rpartition(' ')[0]} …"


def _window(line: str, mark: Underlined, width: int) -> tuple[str, Underlined]:
    """As much of ``line`` as fits into ``width``, with the marked part in it, and where that is then."""
    if len(line) <= width:
        return line, mark
    start = max(0, min(mark.start - width // 3, len(line) - width)) if mark.start + mark.length > width - 1 else 0
    part = line[start : start + width]
    if start:
        part = "…" + part[1:]
    if start + width < len(line):
        part = part[:-1] + "…"
    at = mark.start - start
    return part, Underlined(at, max(1, min(mark.length, width - at)))


def sentence(text: str) -> str:
    """``text`` with a full stop, unless it is a question."""
    return text if text.endswith(("?", ".")) else f"{text}."


def _count(findings: Sequence[Finding], files: int) -> Text:
    """How many findings of each level there are, and in how many files."""
    levels = Counter(finding.rule.level for finding in findings)
    if not levels:
        return Text(f"No findings in {_files(files)}.", "green")
    counts = ", ".join(f"{levels[level]} {NOUNS[level][levels[level] > 1]}" for level in NOUNS if levels[level])
    worst = next(level for level in NOUNS if levels[level])
    return Text(f"{counts} in {_files(len({finding.file for finding in findings}))}", f"bold {COLOURS[worst]}")


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"
