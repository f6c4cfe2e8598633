"""The golden cases: each shows one behaviour as a whole, and each is a template that CloudFormation takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint
from cloudformation_validate import CompositeEngine, Severity, ValidateConfig

from lambda_bedrock_profile.diagnostics import TemplateError
from tests.support.goldens import Golden, goldens, text_of

CASES = [pytest.param(golden, id=golden.name) for golden in goldens()]
GEOGRAPHIES = ("us-east-1", "eu-central-1", "ap-northeast-1", "eu-west-2", "ca-central-1")
"""Regions of different geographies, and two more for the models that not all of the first three have."""


@pytest.mark.parametrize("golden", CASES)
def test_the_processed_template_is_the_one_on_file(golden: Golden) -> None:
    """A user's stack changes only when a golden file does."""
    assert text_of(golden.expanded()) == golden.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("golden", CASES)
def test_two_linters_find_nothing_in_three_geographies(golden: Golden, tmp_path: Path) -> None:
    """The processed template passes cfn-lint and AWS's offline validator in its own Region and in two others."""
    linted: list[str] = []
    refused = set()
    for region in dict.fromkeys([golden.environment.region, *GEOGRAPHIES]):
        if len(linted) == 3:
            break
        try:
            template = golden.expanded(region)
        except TemplateError as error:
            refused |= {problem.kind for problem in error.problems}
            continue
        assert findings(template, region, tmp_path) == []
        linted.append(region)
    assert (len(linted), linted[0]) == (3, golden.environment.region)
    assert refused <= {"route"}


def test_no_byte_depends_on_the_order_of_a_set() -> None:
    """Two processes with different hash seeds write the same templates and the same messages, in the same order."""
    code = (
        "from tests.support.goldens import goldens, text_of\n"
        "from lambda_bedrock_profile.expand import expand\n"
        "for golden in goldens():\n"
        "    print(text_of(golden.expanded()))\n"
        "props = {name: 10**6 for name in ('MemorySize', 'Timeout', 'Memory', 'Time', 'Handlr', 'Runtim')}\n"
        "properties = {'LambdaFunctionProps': props, 'X': 1, 'Y': 2}\n"
        "resource = {'Type': 'Custom::LambdaBedrockProfile', 'Properties': properties}\n"
        "try:\n"
        "    expand({'Resources': {'A': resource}}, golden.environment, None)\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    outputs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
        outputs.append(done.stdout)
    assert "A.Properties.LambdaFunctionProps.Timeout" in outputs[0]
    assert outputs[0] == outputs[1]


def findings(template: dict[str, Any], region: str, folder: Path) -> list[str]:
    """What the linters say of ``template`` in ``region``."""
    path = folder / f"{region}.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    native = CompositeEngine().validate_template(str(path), ValidateConfig(severity_level=Severity.WARN))
    matches = lint(path.read_text(encoding="utf-8"), config=ManualArgs(regions=[region]))
    return [str(match) for match in matches] + [f"{found.rule_id} {found.message}" for found in native.diagnostics]
