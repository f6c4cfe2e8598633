"""Build everything that a release consists of, into ``dist/``: ``release.py [--check]``.

========================================  ==============================================================================
``lambda_bedrock_profile-V.tar.gz``       the sdist, and the wheel beside it
``lambda-bedrock-profile-V.zip``          the code of both functions
``lambda-bedrock-profile-V.yaml``         the application as plain CloudFormation
``stack-set-execution-role.yaml``         the role with which a service-managed stack set deploys it
``sam/``                                  what ``sam package`` and ``sam publish`` take
``sbom.cdx.json``                         the software bill of materials
``notes.md``                              this version's part of CHANGELOG.md
``SHA256SUMS``                            the digest of every file above
========================================  ==============================================================================

The same sources give the same bytes. With ``--check`` nothing is built. It prints what keeps this from being a release:
no public address, a version that CHANGELOG.md does not date, or changes that are not committed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from hatch_build import address  # noqa: E402 - the paths come first
from lambda_bedrock_profile import __version__  # noqa: E402
from lambda_bedrock_profile.cli.read import parse  # noqa: E402
from lambda_bedrock_profile.cli.yaml_format import yaml_text  # noqa: E402
from scripts import sbom  # noqa: E402
from scripts.plain_template import code_key, plain  # noqa: E402

DIST: Final = ROOT / "dist"
BUILT: Final = ROOT / ".aws-sam" / "build" / "MacroFunction"
MOMENT: Final = (2000, 1, 1, 0, 0, 0)
"""The time of every file in the archive."""


def obstacles(public_address: str, changes: str, version: str) -> list[str]:
    """What keeps ``version`` from being released, in sentences; ``changes`` is the text of CHANGELOG.md."""
    reasons = []
    if not public_address:
        reasons.append(
            "The project has no public address. Fill in [tool.lambda-bedrock-profile] address in pyproject.toml: links "
            "of the package and of the application are made from it."
        )
    if not re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        reasons.append(f"CHANGELOG.md has no dated section for {version}. Give the section Unreleased that heading.")
    if re.search(r"^## Unreleased\n\s*[^\s#]*(?:###|-)", changes, re.MULTILINE):
        reasons.append("CHANGELOG.md has entries under Unreleased. Move them into the section of the version.")
    return reasons


def notes(changes: str, version: str) -> str:
    """The section of ``version`` in CHANGELOG.md, or the one that is not released yet."""
    sections = re.split(r"^## ", changes, flags=re.MULTILINE)[1:]
    titled = {section.split(maxsplit=1)[0]: section for section in sections}
    return "## " + (titled.get(version) or titled["Unreleased"]).strip() + "\n"


def archive(folder: Path, target: Path) -> str:
    """Zip ``folder`` as ``target``, in the order of the paths and without a time; return the SHA-256 of the archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), MOMENT)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, path.read_bytes())
    return digest(target)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def application(template: str, public_address: str) -> str:
    """``template.yaml`` for ``sam publish``: built code beside it, and the project's pages if it has an address."""
    text = template.replace("CodeUri: src/", "CodeUri: code/")
    text = re.sub(r"^ +BuildMethod: makefile\n", "", text, flags=re.MULTILINE)
    pages = f"    HomePageUrl: {public_address}\n    SourceCodeUrl: {public_address}/tree/v{__version__}\n"
    return re.sub(r"^( +SemanticVersion: .*\n)", r"\1" + pages if public_address else r"\1", text, flags=re.MULTILINE)


def build(built: Path = BUILT, dist: Path = DIST) -> Iterator[Path]:
    """Write everything below ``dist``, from the artefact in ``built``; yields each file."""
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1577836800"}
    package = [sys.executable, "-m", "hatchling", "build", "-d", str(dist)]
    subprocess.run(package, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    name = f"lambda-bedrock-profile-{__version__}"
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    key = code_key(__version__, archive(built, dist / f"{name}.zip"))
    deployable = yaml_text(plain(parse(template, "template.yaml").template, key))
    (dist / f"{name}.yaml").write_text(deployable, encoding="utf-8")
    shutil.copy(ROOT / "deploy" / "stack-set-execution-role.yaml", dist)
    (dist / "sbom.cdx.json").write_text(sbom.text(), encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (dist / "notes.md").write_text(notes(changes, __version__), encoding="utf-8")

    sam = dist / "sam"
    shutil.copytree(built, sam / "code")
    (sam / "template.yaml").write_text(application(template, address(ROOT)), encoding="utf-8")
    for each in ("LICENSE", "README.md"):
        shutil.copy(ROOT / each, sam)

    files = sorted(path for path in dist.iterdir() if path.is_file())
    sums = "".join(f"{digest(path)}  {path.name}\n" for path in files)
    (dist / "SHA256SUMS").write_text(sums, encoding="utf-8")
    yield from (*files, dist / "SHA256SUMS", sam / "template.yaml")


def main(arguments: list[str]) -> int:
    """Build; or only say what keeps this from being a release, and return 1 if anything does."""
    if "--check" in arguments:
        changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        reasons = obstacles(address(ROOT), changes, __version__)
        status = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
        if status.returncode or status.stdout:
            reasons.append("There are changes that are not committed. Commit or remove them.")
        if reasons:
            print("No release:", *reasons, sep="\n- ")
        return int(bool(reasons))
    for path in build():
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
