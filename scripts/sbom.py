"""Print the software bill of materials of the Lambda artefact: CycloneDX 1.6, as JSON.

It is made from ``src/requirements.txt``, whose versions and digests are what the artefact is built from, and from the
metadata of the same versions in the environment that runs this. There is no time in it: the same lock file gives the
same document. Raises ValueError if the environment has another version, or a library whose licence was not reviewed.
Source: CycloneDX 1.6 JSON Reference.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from lambda_bedrock_profile import __version__  # noqa: E402 - the path comes first

LICENCES: Final = {
    "aws-lambda-powertools": "MIT-0",
    "crhelper": "Apache-2.0",
    "jmespath": "MIT",
    "typing-extensions": "PSF-2.0",
}
"""Library → SPDX id of its licence, read in the licence file that comes with it. A new library wants a new line."""

PROJECT: Final = "lambda-bedrock-profile"


class Pin(NamedTuple):
    """A line of a lock file: a library, its version and the SHA-256 of each of its distributions."""

    name: str
    version: str
    digests: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package URL, which names it in the document."""
        return f"pkg:pypi/{self.name}@{self.version}"


def pins(lock: str) -> list[Pin]:
    """The pins of a lock file's text."""
    lines = re.findall(r"^(\S+)==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]+)+)", lock, re.MULTILINE)
    return [Pin(name, version, tuple(re.findall("sha256:([0-9a-f]+)", hashes))) for name, version, hashes in lines]


def text() -> str:
    """The document, with a line break at its end."""
    locked = pins((ROOT / "src" / "requirements.txt").read_text(encoding="utf-8"))
    direct = (ROOT / "src" / "requirements.in").read_text(encoding="utf-8").split("\n")
    here = f"pkg:pypi/{PROJECT}@{__version__}"
    refs = {pin.name: pin.purl for pin in locked}
    depends = {here: [refs[name] for name in direct if name in refs]} | {pin.purl: _needs(pin, refs) for pin in locked}
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": here,
                "name": PROJECT,
                "version": __version__,
                "purl": here,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(pin) for pin in locked],
        "dependencies": [{"ref": ref, "dependsOn": sorted(needs)} for ref, needs in sorted(depends.items())],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return json.dumps({**document, "serialNumber": f"urn:uuid:{serial}"}, indent=2) + "\n"


def _component(pin: Pin) -> dict[str, Any]:
    if pin.name not in LICENCES:
        raise ValueError(f"{pin.name}: read its licence, and add it to LICENCES in scripts/sbom.py")
    return {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "licenses": [{"license": {"id": LICENCES[pin.name]}}],
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{pin.name}/{pin.version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
            }
        ],
    }


def _needs(pin: Pin, refs: dict[str, str]) -> list[str]:
    """The references of what ``pin`` requires itself, without its extras."""
    installed = importlib.metadata.distribution(pin.name)
    if installed.version != pin.version:
        raise ValueError(f"{pin.name}: {installed.version} is installed, the lock file has {pin.version}")
    required = [line for line in installed.requires or () if "extra ==" not in line]
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-") for line in required]
    return [refs[name] for name in names if name in refs]


if __name__ == "__main__":
    sys.stdout.write(text())
