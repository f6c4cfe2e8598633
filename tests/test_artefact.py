"""What is uploaded to Lambda: the same bytes wherever and by whomever it is built, and a list of what it holds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lambda_bedrock_profile import __version__
from scripts import sbom

ROOT = Path(__file__).parents[1]


def build(folder: Path, umask: int) -> Path:
    """Build the macro's artefact from a copy of the sources in ``folder``, under ``umask``."""
    sources, target = folder / "src", folder / "artefact"
    shutil.copytree(ROOT / "src", sources, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (sources, *sources.rglob("*")):
        path.chmod(path.stat().st_mode & ~umask)
    target.mkdir()
    command = [
        "make",
        "-s",
        "-C",
        str(sources),
        "build-MacroFunction",
        f"ARTIFACTS_DIR={target}",
        f"PYTHON={sys.executable}",
    ]
    subprocess.run(command, check=True, umask=umask, capture_output=True, env=dict(os.environ))
    return target


def content(folder: Path) -> dict[str, tuple[int, float, str]]:
    """Mode, time and digest of everything in ``folder``, by path."""
    paths = ((path, path.stat()) for path in sorted(folder.rglob("*")))
    return {
        str(path.relative_to(folder)): (
            stat.st_mode,
            stat.st_mtime,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path, stat in paths
    }


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two builds: two folders of different length, two umasks."""
    folders = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("a-longer-name") / "below"]
    folders[1].mkdir()
    with ThreadPoolExecutor() as pool:
        return list(pool.map(build, folders, (0o022, 0o077)))


def test_two_builds_in_two_folders_under_two_umasks_are_one(artefacts: list[Path]) -> None:
    """Whoever builds a release gets its bytes: no path, no umask and no time of a machine is in it."""
    one, other = (content(artefact) for artefact in artefacts)
    assert one == other
    assert "lambda_bedrock_profile/macro.py" in one


def test_lambda_can_read_what_is_built(artefacts: list[Path]) -> None:
    """Files are readable for all and folders can be entered, whatever the umask: Lambda runs as another user."""
    modes = {oct(mode & 0o777) for mode, _, _ in content(artefacts[1]).values()}
    assert modes == {"0o644", "0o755"}


# -------------------------------------------------------------------------------------------------------------- SBOM


def test_the_sbom_lists_what_the_artefact_holds(artefacts: list[Path]) -> None:
    """Every library in the artefact is in the SBOM with its version, and nothing else is."""
    installed = {path.name.removesuffix(".dist-info") for path in artefacts[0].glob("*.dist-info")}
    components = json.loads(sbom.text())["components"]
    assert {f"{each['name'].replace('-', '_')}-{each['version']}" for each in components} == installed


def test_every_component_has_licence_digests_and_place_among_the_others() -> None:
    """The licence is an SPDX id, the digests are those of the lock file, and dependencies name components."""
    document = json.loads(sbom.text())
    for component in document["components"]:
        assert component["licenses"] == [{"license": {"id": sbom.LICENCES[component["name"]]}}]
        (distribution,) = component["externalReferences"]
        assert distribution["hashes"]
    known = {component["bom-ref"] for component in document["components"]} | {
        document["metadata"]["component"]["bom-ref"]
    }
    for dependency in document["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= known
    assert document["metadata"]["component"]["version"] == __version__


def test_the_sbom_is_cyclonedx_and_the_same_each_time() -> None:
    """It validates against CycloneDX's own schema, and two runs write the same bytes."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.text()) is None
    assert sbom.text() == sbom.text()


def test_the_licences_are_listed_for_readers() -> None:
    """docs/releases.md names each library of the artefact with its licence."""
    page = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    for name, licence in sbom.LICENCES.items():
        assert f"| {name} | {licence} |" in page
