"""Reads a template: a file or standard input, YAML or JSON, into its long form with positions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from lambda_bedrock_profile.cli.build import Builder
from lambda_bedrock_profile.cli.source import START, Format, Position, ReadError, Source, one_line

STANDARD_INPUT: Final = "-"
MOST_BYTES: Final = 4 * 1024 * 1024
"""CloudFormation takes 1 MB; comments and layout may have been more before they were taken out."""


def read(path: str) -> Source:
    """The template in the file ``path``, or on standard input for ``-``.

    Raises ReadError where it cannot be read, is neither YAML nor JSON, or has no map of Resources.
    """
    name = "<stdin>" if path == STANDARD_INPUT else one_line(path)
    source = parse(_text(path, name), name)
    if not isinstance(source.template.get("Resources"), dict):
        fix = "Write resources by logical id below Resources"
        raise ReadError(name, "is not a template, which has a map of Resources", fix, source.position(["Resources"]))
    return source


def parse(text: str, name: str) -> Source:
    """The template in ``text``; ``name`` stands for it in messages. Raises ReadError."""
    if not text.strip():
        raise ReadError(name, "is empty", "Give it a template")
    if not text.lstrip().startswith("{"):
        return _built(text, name, "yaml")
    try:
        return _built(text, name, "json")
    except ReadError as error:
        if name.endswith(".json"):
            raise
        try:
            # Braces are YAML, too, and YAML allows more between them.
            return _built(text, name, "yaml")
        except ReadError:
            raise error from None


def _built(text: str, name: str, format: Format) -> Source:
    if format == "json":
        from lambda_bedrock_profile.cli.read_json import events
    else:
        from lambda_bedrock_profile.cli.read_yaml import events
    builder = Builder(name)
    template = builder.build(events(text, name))
    if not isinstance(template, dict):
        fix = "Write its sections by name, such as Resources"
        raise ReadError(name, "is not a template, which is a map of sections", fix, START)
    return Source(name, format, text, template, builder.positions)


def _text(path: str, name: str) -> str:
    if path == STANDARD_INPUT and sys.stdin is None:
        raise ReadError(name, "is closed", "Give it a template, or name a file")
    try:
        content = sys.stdin.buffer.read(MOST_BYTES + 1) if path == STANDARD_INPUT else _content(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fix = "Name a file that is there, or - for standard input"
        raise ReadError(name, f"cannot be read: {reason}", fix) from error
    if len(content) > MOST_BYTES:
        raise ReadError(name, f"has more than {MOST_BYTES:,} bytes", "CloudFormation takes a template of 1 MB at most")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise ReadError(name, "is not text in UTF-8", "Save it as UTF-8", position) from error


def _content(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MOST_BYTES + 1)
