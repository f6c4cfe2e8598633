"""The SAM CLI, as an operator uses it, on the embedded AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.embedded_aws import ROOT, EmbeddedAws

SAM = ROOT / ".venv" / "sam" / "bin" / "sam"


class SamError(Exception):
    """The SAM CLI ended with an error; holds what it printed."""


def sam_build(folder: Path, *, template: Path = ROOT / "template.yaml") -> Path:
    """Build ``template``'s functions into ``folder``, and return the built template."""
    _sam(folder, os.environ, "build", "--parallel", "--template", template, "--build-dir", folder / "build")
    return folder / "build" / "template.yaml"


def sam_deploy(aws: EmbeddedAws, built: Path, stack: str, parameters: Mapping[str, str]) -> None:
    """Deploy a built template as ``stack``."""
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    _sam(
        aws.folder,
        aws.environment,
        "deploy",
        *("--template-file", built, "--stack-name", stack, "--region", aws.region),
        *("--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"),
        *("--parameter-overrides", *overrides),
    )


def sam_package(aws: EmbeddedAws, template: Path) -> str:
    """The text of ``template`` with the code that it names uploaded."""
    packaged = aws.folder / "packaged.yaml"
    arguments = ("--template-file", template, "--output-template-file", packaged, "--region", aws.region)
    _sam(aws.folder, aws.environment, "package", *arguments, "--resolve-s3", "--no-progressbar")
    return packaged.read_text(encoding="utf-8")


def _sam(folder: Path, environment: Mapping[str, str], *arguments: str | Path) -> None:
    """Run the SAM CLI with its settings, caches and home in ``folder``."""
    surroundings = {
        **environment,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHON": sys.executable,
        "SAM_CLI_POLL_DELAY": "0.2",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(folder / "sam-cli"),
    }
    # An empty configuration: the project's samconfig.toml speaks of real accounts.
    settings = folder / "samconfig.toml"
    settings.write_text("version = 0.1\n")
    command = [SAM, *arguments, "--config-file", settings]
    done = subprocess.run(command, env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SamError(f"sam {arguments[0]} failed:\n{done.stdout}{done.stderr}")
