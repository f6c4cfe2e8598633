"""What security scanners say of the networks: no finding that is not answered in the resource's own metadata."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cloudformation_validate import CompositeEngine, Severity, ValidateConfig

from tests.support.goldens import Golden, goldens

CHECKOV = Path(__file__).parents[2] / ".venv" / "checkov" / "bin" / "checkov"
NETWORKS = [case for case in goldens() if case.name.startswith("network-")]

# What a function and its logs need of these is for their user to say: AWS::Lambda::Function takes all of them.
OF_THE_FUNCTION = {
    "CKV_AWS_115": "ReservedConcurrentExecutions",
    "CKV_AWS_116": "DeadLetterConfig",
    "CKV_AWS_158": "LogGroupProps.KmsKeyId",
    "CKV_AWS_173": "KmsKeyArn",
}


@pytest.mark.skipif(not CHECKOV.exists(), reason="make environment-checkov makes it")
def test_checkov_finds_nothing_in_the_network() -> None:
    """Every finding of checkov on a resource of the network is suppressed with a reason where it stands."""
    files = [argument for case in NETWORKS for argument in ("--file", str(case.expected))]
    command = [str(CHECKOV), *files, "--framework", "cloudformation", "--skip-download", "--output", "json"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    failed = answer["results"]["failed_checks"]
    skipped = answer["results"]["skipped_checks"]

    assert not [(check["file_path"], check["check_id"], check["resource"]) for check in failed if _of_network(check)]
    assert all(check["check_result"]["suppress_comment"] for check in skipped)


def _of_network(check: dict[str, Any]) -> bool:
    kind, _, logical_id = check["resource"].rpartition(".")
    of_function = kind.endswith("::Function") or (kind == "AWS::Logs::LogGroup" and "FlowLog" not in logical_id)
    return not (of_function and check["check_id"] in OF_THE_FUNCTION)


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: case.name)
def test_aws_validator_finds_nothing(case: Golden) -> None:
    """AWS's own offline validator has nothing to say."""
    parameters = {name: str(value) for name, value in case.environment.parameters.items()}
    config = ValidateConfig(severity_level=Severity.WARN, parameter_overrides=parameters)
    findings = CompositeEngine().validate_template(str(case.expected), config).diagnostics

    assert [finding.message for finding in findings] == []
