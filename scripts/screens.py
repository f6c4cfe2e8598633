"""Draw what each command shows on a terminal, as SVG: ``python scripts/screens.py [--check] [FOLDER]``.

The commands are run as processes on terminals of 80 and 120 columns, in the folder of their templates. Into FOLDER all
pictures are written, to be looked at; without it those that the documentation shows, into ``docs/screens``. With
``--check`` nothing is written, and those that are out of date are named.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parent.parent
DOCUMENTED: Final = ROOT / "docs" / "screens"
TEMPLATES: Final = ROOT / "tests" / "cli" / "templates"
WIDTHS: Final = (80, 120)
COMMANDS: Final = {
    "help": "--help",
    "expand": "expand wrong.yaml",
    "lint": "lint wrong.yaml lint.yaml",
    "diff": "diff assistant_changed.yaml --against assistant.yaml",
    "explain": "explain assistant.yaml --on 2026-11-26",
    "routes": "routes amazon.nova-lite-v1:0 --region eu-central-1",
    "graph": "graph assistant.yaml --view calls",
}
"""Name of the picture → what is typed behind the name of the command."""

_FONT: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def screen(arguments: str, columns: int) -> str:
    """What a terminal of that width shows when the command is called with ``arguments``, as SVG."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "FORCE_COLOR": "1",
        "COLUMNS": str(columns),
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }
    process = subprocess.run(
        [sys.executable, "-m", "lambda_bedrock_profile.cli", *arguments.split()],
        cwd=TEMPLATES,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    terminal = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    terminal.print(Text.assemble(("$ ", "dim"), (f"lbp {arguments}", "bold")))
    for line in Text.from_ansi(process.stdout).split("\n"):
        # A terminal breaks a line that is too long wherever it ends.
        for part in line.divide(range(columns, max(len(line), 1), columns)):
            terminal.print(part, no_wrap=True)
    svg = terminal.export_svg(title=f"{columns} columns", unique_id=f"s{columns}")
    # The font of whoever looks at it, and no request to another server.
    return "".join(f"{line.rstrip()}\n" for line in _FONT.sub("", svg).splitlines())


def used_in_pages() -> set[str]:
    """The names of the pictures that pages of the documentation show."""
    pages = (page.read_text(encoding="utf-8") for page in DOCUMENTED.parent.rglob("*.md"))
    return {name for page in pages for name in re.findall(r"screens/([a-z]+-[0-9]+)\.svg", page)}


def main(arguments: list[str]) -> int:
    """Write the pictures, or with ``--check`` compare them; the exit code."""
    check = "--check" in arguments
    folders = [Path(each) for each in arguments if each != "--check"]
    folder = folders[0] if folders else DOCUMENTED
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {f"{name}-{columns}": (typed, columns) for name, typed in COMMANDS.items() for columns in WIDTHS}
    old = []
    for name in sorted(pictures.keys() if folders else pictures.keys() & used_in_pages()):
        path, drawn = folder / f"{name}.svg", screen(*pictures[name])
        if check and not (path.exists() and path.read_text(encoding="utf-8") == drawn):
            old.append(str(path))
        elif not check:
            path.write_text(drawn, encoding="utf-8")
    for name in old:
        print(f"{name}: is out of date. Run python scripts/screens.py.")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
