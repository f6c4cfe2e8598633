"""The GitHub Action: its steps run as on a runner, with the command of this checkout and a ``gh`` that records."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
SOUND = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the template chat.yaml, and the commands of a runner."""
    commands = tmp_path / "commands"
    commands.mkdir()
    command = f'#!/bin/sh\nPYTHONPATH={ROOT / "src"} exec {sys.executable} -m lambda_bedrock_profile.cli "$@"\n'
    for name, script in {
        "lambda-bedrock-profile": command,
        "gh": '#!/bin/sh\necho "$@" > "$GH_RECORD"\ncat "$5" >> "$GH_RECORD"\n',
    }.items():
        (commands / name).write_text(script)
        (commands / name).chmod(0o755)
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "chat.yaml").write_text(SOUND)
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def run(step: str, checkout: Path, **environment: str) -> tuple[int, str, str]:
    """(exit code, standard output, outputs) of a step."""
    folder = checkout.parent
    outputs = folder / "outputs"
    outputs.write_text("")
    given = {
        "PATH": f"{folder / 'commands'}:{os.environ['PATH']}", "HOME": str(folder), "GITHUB_OUTPUT": str(outputs),
        "GH_RECORD": str(folder / "comment"), "REGIONS": "us-east-1", "ENGINE": "cfn-lint", "TEMPLATES": "chat.yaml",
        "FILE": str(folder / "lint.sarif"), "COMMENT": str(folder / "comment.md"), "BASE": "HEAD", "NUMBER": "7",
        "AWS_CONFIG_FILE": os.devnull, **environment,
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]],
        cwd=checkout, env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, outputs.read_text()


def test_a_finding_is_in_the_file_and_in_the_log(checkout: Path) -> None:
    """Code scanning gets SARIF, the pull request an annotation, and an error ends the job after both."""
    (checkout / "chat.yaml").write_text(SOUND.replace("Handler:", "Handlr:"))
    code, log, outputs = run("Lint", checkout)
    assert (code, "failed=true" in outputs) == (0, True)
    assert log.startswith("::error file=chat.yaml,line=7")
    sarif = json.loads((checkout.parent / "lint.sarif").read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["E9001"]
    assert run("Fail if there are errors", checkout)[0] == 1


def test_a_sound_template_ends_well(checkout: Path) -> None:
    """No finding, no failure, and an empty list for code scanning."""
    code, log, outputs = run("Lint", checkout, REGIONS="us-east-1 eu-central-1")
    assert (code, log) == (0, "")
    assert "failed" not in outputs


def test_a_pull_request_shows_what_changes(checkout: Path) -> None:
    """The comment has the difference of the processed templates; a new template is compared with none."""
    assert run("Comment on what changes", checkout)[0] == 0
    assert not (checkout.parent / "comment").exists()
    (checkout / "chat.yaml").write_text(SOUND.replace("nova-lite", "nova-micro"))
    (checkout / "new.yaml").write_text(SOUND.replace("Chat:", "Other:"))
    code, log, _ = run("Comment on what changes", checkout, TEMPLATES="chat.yaml new.yaml")
    assert (code, log) == (0, "")
    comment = (checkout.parent / "comment").read_text()
    assert comment.startswith("pr comment 7 --body-file")
    assert "~ ChatInferenceProfile" in comment
    assert "+ OtherRole" in comment


def test_inputs_reach_the_steps_through_the_environment_only() -> None:
    """An expression in a script could run what a title or a branch says."""
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
    used = set(re.findall(r"inputs\.([a-z]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == ACTION["inputs"].keys()
