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
import time
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
        started = time.monotonic()
        shutil.rmtree(target, ignore_errors=True)
        venv.create(target, with_pip=True, symlinks=True)
        # The lock is complete, so there is nothing to resolve or build; what is never imported need not be compiled.
        options = "--progress-bar off --no-input --no-deps --no-compile --only-binary :all: --require-hashes"
        pip = [str(target / "bin" / "python"), "-m", "pip", "install", *options.split()]
        install([*pip, "--requirement", str(lock)], name, lock.read_text().count("=="))
        megabytes = sum(file.lstat().st_size for file in target.rglob("*") if file.is_file()) / 1e6
        print(f".venv/{name}: {megabytes:.0f} MB, {time.monotonic() - started:.0f} s", flush=True)
        stamp.write_text(wanted)


def install(command: list[str], name: str, packages: int) -> None:
    """Run pip, and print after each quarter of the ``packages`` how far it is; all that it said if it fails."""
    print(f".venv/{name}: installing {packages} packages, the first time only …", flush=True)
    said: list[str] = []
    started = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line)
            # pip says one of these of each package, depending on where it comes from.
            if line.startswith(("Collecting ", "Processing ")):
                started += 1
                if started * 4 // packages > (started - 1) * 4 // packages:
                    print(f".venv/{name}: {started} of {packages} packages", flush=True)
    if pip.returncode:
        sys.stderr.write("".join(said))
        raise subprocess.CalledProcessError(pip.returncode, command)


def main(names: list[str]) -> None:
    """Make the environments ``names``, two at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(make, names))


if __name__ == "__main__":
    main(sys.argv[1:])
