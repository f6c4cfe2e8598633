"""Look up known vulnerabilities of everything that is pinned: ``audit.py [--required]``, in the environment ``audit``.

pip-audit asks PyPI's database. Behind some proxies PyPI serves packages and not that database; pip-audit then skips
every package and still ends with 0. So what was skipped is counted and printed here: no answer does not mean that there
is no vulnerability. With ``--required`` a package that was not looked up is a failure, too; a release is made so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
OPTIONS: Final = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def ask(lock: Path) -> list[dict[str, Any]]:
    """What pip-audit says of each package of a lock file; empty if it gives no answer at all."""
    kept = ("--cache-dir", str(ROOT / ".cache" / "pip-audit"))  # and nothing in the home of whoever runs it
    command = [str(Path(sys.executable).with_name("pip-audit")), *OPTIONS, *kept, "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        dependencies: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return []
    return dependencies


def report(name: str, packages: list[dict[str, Any]]) -> tuple[list[str], int, int]:
    """The lines to print for a lock file, the number of vulnerabilities, and the number of packages not looked up."""
    asked = [package for package in packages if "vulns" in package]
    skipped = len(packages) - len(asked)
    lines = [
        f"{name}: {package['name']} {package['version']} has {vulnerability['id']}, "
        f"fixed in {', '.join(vulnerability['fix_versions']) or 'no version'}"
        for package in asked
        for vulnerability in package["vulns"]
    ]
    vulnerabilities = len(lines)
    if asked:
        lines.append(f"{name}: {len(asked)} packages looked up, {vulnerabilities} known vulnerabilities")
    if skipped or not packages:
        count = f"{skipped} packages" if packages else "nothing"
        lines.append(f"{name}: NOT looked up: {count}; the database of vulnerabilities did not answer")
    return lines, vulnerabilities, skipped or int(not packages)


def main(arguments: list[str]) -> int:
    """Print what is known of each lock file; 1 for a vulnerability, and with ``--required`` for a missing answer."""
    failed = False
    for lock in (ROOT / "src" / "requirements.txt", *sorted((ROOT / "requirements").glob("*.lock"))):
        if lock.stem == "oldest":
            continue  # versions that are old on purpose
        lines, vulnerabilities, missing = report(str(lock.relative_to(ROOT)), ask(lock))
        print(*lines, sep="\n", flush=True)
        failed |= bool(vulnerabilities) or ("--required" in arguments and bool(missing))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
