"""Make each virtual environment ``.venv/NAME`` from ``requirements/NAME.lock``, unless it is there and current.

A file lock lets several commands ask for the same environment at once: one makes it, the others wait. The stamp holds
the digest of the lock file and of the interpreter, and is written last, so an interrupted installation starts afresh.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def stamp_text(lock: Path) -> str:
    """What an environment made from ``lock`` by this interpreter is stamped with."""
    return hashlib.sha256(lock.read_bytes() + sys.version.encode() + sys.prefix.encode()).hexdigest()


def make(name: str) -> None:
    """Make the environment ``name``, or return at once if it is current."""
    lock, target = ROOT / "requirements" / f"{name}.lock", ROOT / ".venv" / name
    stamp, wanted = target / "made-from", stamp_text(lock)
    target.parent.mkdir(exist_ok=True)
    with (target.parent / f"{name}.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"installing .venv/{name} from requirements/{lock.name} …", flush=True)
        shutil.rmtree(target, ignore_errors=True)
        venv.create(target, with_pip=True, symlinks=True)
        # The lock is complete, so there is nothing to resolve or build; what is never imported need not be compiled.
        options = "--quiet --no-input --no-deps --no-compile --only-binary :all: --require-hashes --requirement"
        subprocess.run([target / "bin" / "python", "-m", "pip", "install", *options.split(), lock], check=True)
        stamp.write_text(wanted)


def main(names: list[str]) -> None:
    """Make the environments ``names``, two at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(make, names))


if __name__ == "__main__":
    main(sys.argv[1:])
