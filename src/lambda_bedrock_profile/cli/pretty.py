"""Findings for people on a terminal: the line of the text, a caret under what is meant, the fix on its own line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TextIO

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lambda_bedrock_profile.cli.console import console
from lambda_bedrock_profile.cli.findings import NOUNS, Finding, Level
from lambda_bedrock_profile.cli.source import one_line
from lambda_bedrock_profile.values import Json

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
    """What of ``line`` is meant by a finding at ``column``, from 1: the value behind a key, or the key itself.

    The key is meant if ``message`` is about a name, or if its value does not stand in the line.
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
        meant = underlined(line, finding.position.column, finding.message)
        shown, meant = _window(one_line(line.expandtabs(1)), meant, width - len(number) - 4)
        parts.append(Text.assemble((f"{number} | ", "dim"), shown, no_wrap=True))
        parts.append(Text.assemble((f"{gutter} | ", "dim"), " " * meant.start, ("^" * meant.length, f"bold {colour}")))
    if finding.fix:
        row = Table.grid(padding=(0, 1))
        row.add_row(Text("fix:", "bold green"), Text(one_line(sentence(finding.fix))))
        parts.append(Padding(row, (0, 0, 0, len(number) + 1)))
    return Group(*parts)


def _brief(text: str) -> str:
    """``text``, cut if it lists hundreds of values; the other formats have the whole of it."""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rpartition(' ')[0]} …"


def _window(line: str, meant: Underlined, width: int) -> tuple[str, Underlined]:
    """As much of ``line`` as fits into ``width``, with what is meant in it."""
    if len(line) <= width:
        return line, meant
    start = max(0, min(meant.start - width // 3, len(line) - width)) if meant.start + meant.length > width - 1 else 0
    part = line[start : start + width]
    if start:
        part = "…" + part[1:]
    if start + width < len(line):
        part = part[:-1] + "…"
    at = meant.start - start
    return part, Underlined(at, max(1, min(meant.length, width - at)))


def sentence(text: str) -> str:
    """``text`` with a full stop, unless it is a question."""
    return text if text.endswith(("?", ".")) else f"{text}."


def _count(findings: Sequence[Finding], files: int) -> Text:
    """How many findings of each level there are, and in how many files."""
    levels = Counter(finding.rule.level for finding in findings)
    if not levels:
        return Text(f"No findings in {_files(files)}.", "green")
    found = ", ".join(f"{levels[level]} {NOUNS[level][levels[level] > 1]}" for level in NOUNS if levels[level])
    worst = next(level for level in NOUNS if levels[level])
    return Text(f"{found} in {_files(len({finding.file for finding in findings}))}", f"bold {COLOURS[worst]}")


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"
