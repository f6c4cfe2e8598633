"""A whole process, from its start to its end: the command line, the import of the macro, and what to compare with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks import templates
from benchmarks.alternating import medians
from benchmarks.rows import Note, Row
from lambda_bedrock_profile.checking.deployment import MACRO

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
MILLISECONDS = 1e3

CLI = ("-m", "lambda_bedrock_profile.cli")
TRANSLATE = """
import json, sys
from samtranslator.translator.transform import transform
class NoManagedPolicies:
    def load(self): return {}
json.dump(transform(json.load(open(sys.argv[1])), {}, NoManagedPolicies()), sys.stdout)
"""
CFN_LINT = "from cfnlint.runner import main; main()"
IMPORT = "import time; s = time.perf_counter(); import {}; print(time.perf_counter() - s)"
LOADED = """
import sys, lambda_bedrock_profile.macro
heavy = ("boto3", "botocore.session", "crhelper", "lambda_bedrock_profile.provider")
print(", ".join(name for name in heavy if name in sys.modules) or "none of " + ", ".join(heavy))
"""


def rows() -> Iterator[Row | Note]:
    """Start times of the commands, and import times of the two Lambda entry points."""
    with tempfile.TemporaryDirectory() as folder:
        sam = Path(folder) / "sam.json"
        sam.write_text(json.dumps(templates.functions(1)))
        ours = Path(folder) / "ours.json"
        ours.write_text(json.dumps(templates.declarations(1)))
        declared = Path(folder) / "declared.json"
        declared.write_text(json.dumps({"Transform": MACRO, **templates.declarations(1)}))
        processed = Path(folder) / "processed.json"
        processed.write_text(
            _python_text([*CLI, "expand", str(ours), "--region", templates.REGION, "--format", "json"])
        )
        lint = [*CLI, "lint", "--region", templates.REGION]
        sides: dict[str, Callable[[], float | None]] = {
            "expand": partial(_python, [*CLI, "expand", str(ours), "--region", templates.REGION]),
            "SAM": partial(_python, ["-c", TRANSLATE, str(sam)]),
            "lint": partial(_python, [*lint, str(processed)]),
            "lint declared": partial(_python, [*lint, str(declared)]),
            "cfn-lint": partial(_python, ["-c", CFN_LINT, "--regions", templates.REGION, "--", str(processed)]),
            "help": partial(_python, [*CLI, "--help"]),
            "bare": partial(_python, ["-c", ""]),
            "macro": partial(_told, IMPORT.format("lambda_bedrock_profile.macro")),
            "provider": partial(_told, IMPORT.format("lambda_bedrock_profile.macro, lambda_bedrock_profile.provider")),
        }
        found = {name: seconds * MILLISECONDS for name, seconds in medians(sides, ROUNDS).items()}
    expand = "expand, a file with 1 declaration"
    yield Row(f"{expand} | SAM translator, 1 function", found["expand"], found["SAM"], "ms", wanted=4)
    yield Row(f"{expand} | bare Python", found["expand"], found["bare"], "ms", "ours/theirs")
    yield Row("--help | bare Python", found["help"], found["bare"], "ms", "ours/theirs")
    processed_by = "cfn-lint on its processed template"
    yield Row("lint, a processed template | cfn-lint", found["lint"], found["cfn-lint"], "ms", "ours/theirs", 1.1)
    yield Row(
        f"lint, 1 declaration | {processed_by}", found["lint declared"], found["cfn-lint"], "ms", "ours/theirs", 1.1
    )
    yield Row("import of macro | of macro and provider", found["macro"], found["provider"], "ms")
    yield Note(f"loaded once macro is imported: {_python_text(['-c', LOADED])}")


def _python(arguments: Sequence[str]) -> None:
    _python_text(arguments)


def _told(program: str) -> float:
    """The seconds that ``program`` prints."""
    return float(_python_text(["-c", program]))


def _python_text(arguments: Sequence[str]) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "AWS_DEFAULT_REGION": templates.REGION}
    # Compiled files are kept, as an installation keeps them: the round that warms up writes them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
