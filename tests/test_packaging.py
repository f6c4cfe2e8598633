"""The package: what it requires, what it holds, and that what it is built from still passes its own tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from hatch_build import absolute, address, urls
from lambda_bedrock_profile import __version__
from tests.support.template_text import read_template

ROOT = Path(__file__).parents[1]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = SETTINGS["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
TEMPLATES = ROOT / "tests" / "cli" / "templates"

WITHOUT_EXTRAS = """
import runpy, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"aws_lambda_powertools", "boto3", "botocore", "cfnlint", "crhelper"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
runpy.run_module("lambda_bedrock_profile.cli", run_name="__main__", alter_sys=True)
"""
"""The command, as in an environment that lacks everything that an extra brings."""


def plain(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command without the libraries of the extras."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "AWS_REGION": "us-east-1"}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, *arguments],
        capture_output=True,
        text=True,
        cwd=TEMPLATES,
        env=environment,
    )


# ------------------------------------------------------------------------------------------------------ requirements


@pytest.mark.parametrize(
    "command",
    ["expand assistant.yaml", "explain assistant.yaml", "graph assistant.yaml", "routes amazon.nova-lite-v1:0",
     "catalog check", "--version", "--help"],
)  # fmt: skip
def test_a_plain_installation_gives_a_working_command(command: str) -> None:
    """`pip install` without an extra is enough to expand, explain, draw and look up."""
    result = plain(*command.split())
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("lint assistant.yaml", "cfn-lint", "lint"),
        ("diff assistant.yaml --stack live", "boto3", "aws"),
        ("catalog refresh --dry-run", "boto3", "aws"),
    ],
)
def test_a_command_without_its_library_names_the_extra(command: str, package: str, extra: str) -> None:
    """What a command lacks is one line with the command that installs it, and no trace."""
    result = plain(*command.split())
    assert result.returncode == 2
    name = command.split()[0]
    fix = f'Install it: pip install "lambda-bedrock-profile[{extra}]".'
    assert result.stderr == f"{name}: needs {package}, which is not installed. {fix}\n"


def test_only_lambda_requires_what_only_lambda_imports() -> None:
    """Powertools and crhelper come with the extra `lambda`; crhelper is capped, since its private names are used."""
    required = {Requirement(text).name: Requirement(text) for text in PROJECT["dependencies"]}
    assert set(required) == {"PyYAML", "click", "rich"}
    extras = {extra: {Requirement(text).name: Requirement(text) for text in texts} for extra, texts in EXTRAS.items()}
    assert {name for name, texts in extras.items() if "aws-lambda-powertools" in texts} == {"lambda"}
    assert extras["lambda"]["crhelper"].specifier.contains("2.0.12")
    assert not extras["lambda"]["crhelper"].specifier.contains("2.1.0")
    assert EXTRAS["cli"] == ["lambda-bedrock-profile[lint,aws]"]


def test_the_range_of_cfn_lint_holds_the_versions_that_were_tried() -> None:
    """cfn-lint is a range, so that it installs beside others who want it; development pins one version of it."""
    (lint,) = (Requirement(text) for text in EXTRAS["lint"])
    assert all(version in lint.specifier for version in ("1.41.0", "1.58.0"))
    assert re.search(r"^cfn-lint==[0-9.]+$", (ROOT / "requirements" / "dev.in").read_text(encoding="utf-8"), re.M)


def test_the_oldest_libraries_are_those_of_the_package() -> None:
    """`make test-oldest` runs with the lower bounds that the package declares, and no other."""
    declared = {
        requirement.name: spec.version
        for text in (*PROJECT["dependencies"], *EXTRAS["lint"], *EXTRAS["lambda"])
        for requirement in (Requirement(text),)
        for spec in requirement.specifier
        if spec.operator == ">="
    }
    lines = (ROOT / "requirements" / "oldest.in").read_text(encoding="utf-8").splitlines()
    assert dict(line.split("==") for line in lines if "==" in line) == declared


# ----------------------------------------------------------------------------------------- one version, one address


def test_the_version_has_one_source() -> None:
    """The package, the application and the change log speak of one version: that of the code."""
    template = read_template((ROOT / "template.yaml").read_text(encoding="utf-8"))
    assert template["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"] == __version__
    assert "version" in PROJECT["dynamic"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changes, re.M)[0] in {"Unreleased", __version__}


def test_without_an_address_no_url_is_invented() -> None:
    """While the setting is empty, the package has no URLs and its README keeps relative links."""
    assert urls("", "1.2.3") == {}
    assert absolute("[a](docs/a.md)", "", "1.2.3") == "[a](docs/a.md)"


def test_with_an_address_every_link_of_the_readme_works_on_an_index_page() -> None:
    """Relative links and pictures become links to the release's files; other links stay."""
    text = absolute((ROOT / "README.md").read_text(encoding="utf-8"), "https://example.org/a/b", "1.2.3")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets
    assert all(re.match("https?://|#", target) for target in targets)
    assert "![" not in text or "(https://example.org/a/b/raw/v1.2.3/docs/" in text
    assert urls("https://example.org/a/b", "1.2.3")["Source"] == "https://example.org/a/b"


# -------------------------------------------------------------------------------------------------- wheel and sdist


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the unpacked sdist, made from what the version control would check out."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return wheel, folder / sdist.name.removesuffix(".tar.gz")


def test_the_wheel_holds_the_editor_schema_and_both_commands(built: tuple[Path, Path]) -> None:
    """Editors find the schema in the installed package, and `lbp` is the command's short name."""
    with zipfile.ZipFile(built[0]) as wheel:
        schema = wheel.read("lambda_bedrock_profile/editor-schema.json")
        (entry_points,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith("entry_points.txt"))
        metadata = wheel.read(f"lambda_bedrock_profile-{__version__}.dist-info/METADATA").decode()
    assert schema == (ROOT / "docs" / "editor-schema.json").read_bytes()
    assert re.findall(r"^([\w-]+) = lambda_bedrock_profile\.cli\.main:main$", entry_points, re.M) == [
        "lambda-bedrock-profile",
        "lbp",
    ]
    assert metadata.count("Project-URL:") == len(urls(address(ROOT), __version__))


def test_the_sdist_holds_everything_that_its_tests_read(built: tuple[Path, Path]) -> None:
    """Whoever packages the project for a distribution can run its tests: all are collected there, and some are run."""
    environment = {**os.environ, "PYTHONPATH": "src"}
    # Everything is collected, so a missing file of any test's module fails the run.
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "test_pages or test_schema"]
    done = subprocess.run(run, cwd=built[1], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
