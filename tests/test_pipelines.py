"""The pipelines of examples/ and .github run as far as they can without an account, and keep what they promise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PIPELINES = ROOT / "examples" / "pipelines"
TEMPLATE = ROOT / "examples" / "assistant.yaml"
WORKFLOWS = sorted((*(ROOT / ".github" / "workflows").glob("*.yml"), PIPELINES / "github-actions.yml"))

NO_STACKS = """#!/bin/sh
echo "aws $*" >>"$LOG"
test "$2" != describe-stacks
"""
"""The AWS CLI, in an account without stacks; it writes down what it is asked."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with the pipeline beside a template, the project's command, and an AWS CLI that only takes notes."""
    shutil.copy(PIPELINES / "pipeline.sh", tmp_path)
    shutil.copy(TEMPLATE, tmp_path / "template.yaml")
    commands = {"aws": NO_STACKS, "lbp": f'#!/bin/sh\nexec {sys.executable} -m lambda_bedrock_profile.cli "$@"\n'}
    (tmp_path / "bin").mkdir()
    for name, text in commands.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def pipeline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pipeline.sh in ``folder``."""
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "AWS_REGION": "eu-central-1",
        "AWS_ACCOUNT_ID": "111122223333",
        "LOG": str(folder / "log"),
    }
    command = ["./pipeline.sh", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_change_is_checked_and_shown(folder: Path) -> None:
    """A sound template passes, and the comment for the review says what the expansion adds."""
    done = pipeline(folder, "check", "template.yaml", "assistant")
    assert done.returncode == 0, done.stdout + done.stderr
    comment = (folder / "diff.md").read_text(encoding="utf-8")
    assert comment.startswith("The stack assistant is new in eu-central-1.")
    assert "AWS::Bedrock::ApplicationInferenceProfile" in comment
    assert comment.count("```") == 2


def test_a_mistake_stops_the_pipeline(folder: Path) -> None:
    """A wrong declaration fails the check with its line, and no comment is written."""
    path = folder / "template.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("BedrockModelId", "BedrockModel"), encoding="utf-8")
    done = pipeline(folder, "check", "template.yaml", "assistant")
    assert done.returncode != 0
    assert "BedrockModel" in done.stdout
    assert not (folder / "diff.md").exists()


def test_a_deployment_needs_no_macro(folder: Path) -> None:
    """What is deployed is the processed template: no custom transform is in it, and no capability for one is asked."""
    done = pipeline(folder, "deploy", "template.yaml", "assistant")
    assert done.returncode == 0, done.stderr
    assert "Transform" not in (folder / "processed.yaml").read_text(encoding="utf-8")
    (call,) = (folder / "log").read_text().splitlines()
    assert call.startswith("aws cloudformation deploy --template-file processed.yaml --stack-name assistant")
    assert "CAPABILITY_AUTO_EXPAND" not in call


def workflow(path: Path) -> dict[Any, Any]:
    """A workflow, with its triggers under ``True``, as YAML 1.1 reads ``on``."""
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_few_rights_and_no_text_of_strangers_in_its_commands(path: Path) -> None:
    """Rights are named at the top, and what a stranger can write reaches a command through its environment only."""
    loaded = workflow(path)
    assert loaded["permissions"]
    for job in loaded["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_the_package_is_published_without_a_token() -> None:
    """PyPI trusts the workflow itself: one job may ask for an identity, and no secret is named anywhere."""
    release = ROOT / ".github" / "workflows" / "release.yml"
    jobs = workflow(release)["jobs"]
    assert [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})] == ["publish"]
    assert "secrets." not in release.read_text(encoding="utf-8")


def test_ci_runs_what_a_contributor_runs() -> None:
    """The workflow calls .ci/run, and has no steps of its own that could pass or fail apart from it."""
    steps = workflow(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["everything"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
