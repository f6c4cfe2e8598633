"""The code in the pages: found, laid out as files, and run as a reader would run it.

A block of YAML, JSON or Python with a title is a file: ```` ```yaml title="assistant.yaml" ````. A block of the
language ``console`` is a session: a line that begins with ``$ `` is typed, what follows is printed, and both outputs
count. ``python -m scripts.page_code`` writes what the commands print now into the pages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if "decisions" not in path.parts)])

_BLOCK = re.compile(r"^( *)```([a-z]+)(?: title=\"([^\"]+)\")? *\n(.*?)^\1``` *$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: its language, its title or nothing, its text, and where the text begins in the page."""

    language: str
    title: str
    text: str
    start: int

    @property
    def is_template(self) -> bool:
        """Whether it is a template that calls the macro, and not a part of one."""
        return self.language == "yaml" and bool(re.search("^Transform:.*LambdaBedrockProfile", self.text, re.MULTILINE))


def blocks(page: Path) -> list[Block]:
    """The blocks of code of a page, in its order."""
    text = page.read_text(encoding="utf-8")
    result = []
    for match in _BLOCK.finditer(text):
        code = re.sub(f"^{match[1]}", "", match[4], flags=re.MULTILINE)
        result.append(Block(match[2], match[3] or "", code, match.start(4)))
    return result


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """(command, what it prints according to the page) of a session."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command}\n{more}"
        yield command, output


def lay_out(titled: Sequence[Block], folder: Path) -> None:
    """Write the blocks with titles as files; a later one with the same title replaces an earlier one."""
    for block in titled:
        if block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.text, encoding="utf-8")


def printed(command: str, folder: Path) -> str:
    """What ``command`` prints in ``folder``, on a machine without AWS settings, on standard output and error."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("lbp", "lambda-bedrock-profile"):
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lambda_bedrock_profile.cli "$@"\n')
        (tools / name).chmod(0o755)
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "AWS_CONFIG_FILE": os.devnull,
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "HOME": str(folder),
    }
    process = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return process.stdout


def sessions(page: Path) -> Iterator[tuple[Block, str]]:
    """Each session of a page, and its text as it is when it is run now, after the files that stand before it."""
    of_page = blocks(page)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "work"
        folder.mkdir()
        for number, block in enumerate(of_page):
            lay_out(of_page[number : number + 1], folder)
            if block.language == "console":
                yield block, "".join(f"$ {each}\n{printed(each, folder)}" for each, _ in commands(block))


def main() -> None:
    """Write what the commands print now into the pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block, now in reversed(list(sessions(page))):
            text = text[: block.start] + now + text[block.start + len(block.text) :]
        if text != page.read_text(encoding="utf-8"):
            page.write_text(text, encoding="utf-8")
            print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
