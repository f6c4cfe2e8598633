"""Writes what a command made: to standard output, or to a file that is whole or not there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from stat import S_IMODE
from typing import TextIO

from lambda_bedrock_profile.cli.source import Format, ReadError
from lambda_bedrock_profile.values import Expression


def on_terminal(stream: TextIO) -> bool:
    """Whether ``stream`` is looked at by somebody: a terminal, or what FORCE_COLOR says to be treated like one."""
    return stream.isatty() or bool(os.environ.get("FORCE_COLOR"))


def template_text(template: Expression, format: Format) -> str:
    """``template`` as text in ``format``, ending in a line break."""
    if format == "json":
        import json

        return json.dumps(template, indent=2, ensure_ascii=False) + "\n"
    from lambda_bedrock_profile.cli.yaml_format import yaml_text

    return yaml_text(template)


def write(content: str | bytes, output: str | None) -> None:
    """Put ``content`` into the file ``output``, or on standard output for None.

    Text is UTF-8 whatever the locale, as it has to be to be read again. A file is replaced in one step, so nobody ever
    reads half of it, and keeps its mode. Raises ReadError if it cannot be written.
    """
    if isinstance(content, str):
        content = content.encode()
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    target = Path(output)
    try:
        if target.exists() and not target.is_file():
            # A device or a pipe is written to, not replaced.
            target.write_bytes(content)
            return
        target = target.resolve()
        # A name that nobody can guess, and a file that must not be there: a link planted there is not followed.
        partial = target.with_name(f".{target.name}.{os.urandom(8).hex()}.partial")
        try:
            with partial.open("xb") as file:
                if target.exists():
                    # While there is nothing to read in it yet.
                    partial.chmod(S_IMODE(target.stat().st_mode))
                file.write(content)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        fix = "Name a file in a folder that is there and may be written to"
        raise ReadError(output, f"cannot be written: {error.strerror}", fix) from error
