"""Pin every requirement again: ``requirements/*.in`` and ``src/requirements.in`` to lock files with hashes.

The locks hold for Python 3.11 and newer on every platform, and name no package index. Runs in the environment ``lock``,
whose uv writes every hash that the project trusts, and is installed by its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    *("--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-annotate", "--no-emit-index-url"),
)


def main() -> int:
    """Write every lock file anew."""
    pairs = [(ROOT / "src" / "requirements.in", ROOT / "src" / "requirements.txt")]
    pairs += [(source, source.with_suffix(".lock")) for source in sorted((ROOT / "requirements").glob("*.in"))]
    with tempfile.TemporaryDirectory() as folder:
        uv = Path(sys.executable).with_name("uv")
        environment = {**os.environ, "UV_CACHE_DIR": folder}
        for source, lock in pairs:
            print(lock.relative_to(ROOT))
            names = [os.path.relpath(source, ROOT), "--output-file", os.path.relpath(lock, ROOT)]
            subprocess.run([uv, "pip", "compile", *OPTIONS, *names], check=True, cwd=ROOT, env=environment)
    return 0


if __name__ == "__main__":
    sys.exit(main())
