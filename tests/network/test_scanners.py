"""What security scanners say of the networks: no finding that is not answered in the resource's own metadata."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cloudformation_validate import CompositeEngine, Severity, ValidateConfig

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.expand import expand
from tests.support.goldens import Golden, goldens

CHECKOV = Path(__file__).parents[2] / ".venv" / "checkov" / "bin" / "checkov"
NETWORKS = [case for case in goldens() if case.name.startswith("network-")]


def test_checkov_finds_nothing_without_an_answer(tmp_path: Path) -> None:
    """Every finding of checkov is suppressed with a reason where it stands, by the macro or by the golden's user."""
    results = scanned([case.expected for case in NETWORKS], tmp_path)

    assert [(found["file_path"], found["check_id"], found["resource"]) for found in results["failed_checks"]] == []
    assert all(found["check_result"]["suppress_comment"] for found in results["skipped_checks"])


def test_a_user_can_answer_every_finding(tmp_path: Path) -> None:
    """Checkov asks three things about the function; with these written down it finds nothing at all."""
    case = next(case for case in NETWORKS if case.name == "network-new-vpc")
    template = case.template
    properties = template["Resources"]["Assistant"]["Properties"]
    del template["Resources"]["Assistant"]["Metadata"]
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps(expand(template, case.environment, Catalog.bundled()).template), encoding="utf-8")
    properties["LambdaFunctionProps"] |= {
        "ReservedConcurrentExecutions": 5,
        "DeadLetterConfig": {"TargetArn": {"Fn::ImportValue": "DeadLetters"}},
        "KmsKeyArn": {"Fn::ImportValue": "Key"},
    }
    properties["LogGroupProps"] = {"KmsKeyId": {"Fn::ImportValue": "Key"}, "RetentionInDays": 731}
    answered = tmp_path / "answered.json"
    answered.write_text(json.dumps(expand(template, case.environment, Catalog.bundled()).template), encoding="utf-8")

    results = scanned([asked, answered], tmp_path)
    failed = sorted((Path(found["file_path"]).name, found["check_id"]) for found in results["failed_checks"])
    assert failed == [(asked.name, f"CKV_AWS_{number}") for number in (115, 116, 173)]
    assert any(found["file_path"].endswith(answered.name) for found in results["passed_checks"])


def scanned(paths: list[Path], home: Path) -> dict[str, Any]:
    """What checkov says of the templates at ``paths``. It writes to its home, which is ``home`` here."""
    files = [argument for path in paths for argument in ("--file", str(path))]
    command = [str(CHECKOV), *files, "--framework", "cloudformation", "--skip-download", "--output", "json"]
    environment = {**os.environ, "HOME": str(home), "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    results: dict[str, Any] = json.loads(answer.stdout)["results"]
    return results


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: case.name)
def test_aws_validator_finds_nothing(case: Golden) -> None:
    """AWS's own offline validator has nothing to say."""
    parameters = {name: str(value) for name, value in case.environment.parameters.items()}
    config = ValidateConfig(severity_level=Severity.WARN, parameter_overrides=parameters)
    findings = CompositeEngine().validate_template(str(case.expected), config).diagnostics

    assert [finding.message for finding in findings] == []
