"""Draw the README's first example, and the same with DeployVpc: ``python scripts/pictures.py``.

Needs Graphviz, or its port from ``pip install graphviz-pure``. The pictures are what ``graph --view calls`` draws.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES: Final = {"calls": "", "private-network": "      DeployVpc: true\n"}
"""Name of the picture below docs → what is added to the example."""

_EXAMPLE: Final = re.compile(r"```yaml(?: title=\"[^\"]+\")?\n(.*?)```", re.DOTALL)


def example(added: str) -> str:
    """The README's first example, with ``added`` at its end."""
    match = _EXAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert match is not None
    return match[1] + added


def draw(name: str, added: str) -> None:
    """Write the picture ``name``."""
    path = ROOT / "docs" / f"{name}.svg"
    arguments = ["graph", "-", "--view", "calls", "--region", "us-east-1", "--output", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "lambda_bedrock_profile.cli", *arguments]
    subprocess.run(command, input=example(added), text=True, check=True, env=environment)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line.rstrip()}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    for each in PICTURES.items():
        draw(*each)
