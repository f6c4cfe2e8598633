"""How the tests run the command line: the real group, in this process, from the folder of the templates."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner, Result

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli import options
from lambda_bedrock_profile.cli.main import main

TEMPLATES = Path(__file__).with_name("templates")
GOLDEN = Path(__file__).with_name("golden")

# click 8.2 always keeps standard error apart, and no longer takes the option that says so.
_APART: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
RUNNER = CliRunner(**_APART)

Run = Callable[..., Result]


def start(
    *arguments: str, stdout: IO[str] | int = subprocess.PIPE, through: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process, started by the command ``through``."""
    return subprocess.run(
        [*through, sys.executable, "-m", "lambda_bedrock_profile.cli", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TEMPLATES,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )


def with_same_runtime(text: str) -> str:
    """``text`` with one runtime as cfn-lint's suggestion: each version of it suggests the newest that it knows."""
    return re.sub(r"'python3\.\d+'", "'python3.14'", text)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command with arguments, on one day; the AWS settings of the machine do not count, faults show a trace."""
    monkeypatch.setattr(options, "today", lambda: "2026-11-26")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(TEMPLATES)

    def run(*arguments: str, text: str | bytes | None = None) -> Result:
        return RUNNER.invoke(main, ["--debug", *arguments], input=text, catch_exceptions=False)

    return run


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the recorded one of that name."""

    def compare(name: str, text: str) -> None:
        # Each release and each catalog would change them.
        text = text.replace(f'Version: "{__version__}"', "Version: VERSION")
        text = text.replace(f'Catalog: "{Catalog.bundled().as_of}"', "Catalog: DATE")
        path = GOLDEN / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            pytest.fail(f"{path} was recorded: read it, and run again")
        assert text == path.read_text(encoding="utf-8")

    return compare
