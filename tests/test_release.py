"""A release: what it consists of, that it is the same each time, and what keeps it from being made."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.yaml_format import yaml_text
from scripts import audit, release, validate_template
from scripts.plain_template import code_key, plain
from tests.support.template_text import read_template

ROOT = Path(__file__).parents[1]
ADDRESS = "https://example.org/owner/project"
KEY = code_key("1.2.3", "0" * 64)
ROLE = read_template((ROOT / "deploy" / "stack-set-execution-role.yaml").read_text(encoding="utf-8"))["Resources"][
    "ExecutionRole"
]["Properties"]

GIVEN = {
    "CodeBucket": "releases",
    "SignedCodeKey": "signed/code.zip",
    "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-0123456789abcdef0",
    "PermissionsBoundary": "arn:aws:iam::111122223333:policy/boundary",
    "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:111122223333:alarms",
}

NOT_OURS = ("ec2:", "elasticfilesystem:", "s3files:", "firehose:", "s3:REST.PUT.OBJECT")
"""Services of properties that the application does not use: VPCs, file systems, deliveries."""
UNUSED = {
    *("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "lambda:GetLayerVersion"),
    *("lambda:PutRuntimeManagementConfig", "lambda:PutFunctionRecursionConfig", "lambda:PutFunctionScalingConfig"),
    *("lambda:PassCapacityProvider", "lambda:AssociateRuntimeAlias", "lambda:PublishVersion"),
    *("iam:AttachRolePolicy", "iam:DetachRolePolicy", "logs:PutDataProtectionPolicy", "logs:CreateLogDelivery"),
    *("logs:PutResourcePolicy", "logs:PutIndexPolicy", "logs:PutBearerTokenAuthentication"),
    *("logs:DeleteDataProtectionPolicy", "logs:DeleteIndexPolicy", "logs:DeleteResourcePolicy"),
    *("logs:PutLogGroupDeletionProtection", "iam:PutUserPolicy", "iam:GetUserPolicy", "iam:DeleteUserPolicy"),
    *("iam:PutGroupPolicy", "iam:GetGroupPolicy", "iam:DeleteGroupPolicy"),
}
"""Actions of properties that the application does not set; to set one wants an action in the role."""


def application(key: str = KEY) -> dict[str, Any]:
    """The plain template of the application."""
    return plain(read(str(ROOT / "template.yaml")).template, key)


def functions(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The properties of the functions of a template."""
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]


# ------------------------------------------------------------------------------------------- the plain CloudFormation


def test_the_release_template_needs_no_sam() -> None:
    """No transform is left, so any account deploys it; and it fits into a request, without a bucket for it."""
    template = application()
    assert "Transform" not in template
    assert not any(each["Type"].startswith("AWS::Serverless") for each in template["Resources"].values())
    assert len(yaml_text(template).encode()) < 51_200


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1"])
def test_the_release_template_is_one_for_every_partition(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Region in which a release is built leaves no trace in it."""
    here = application()
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert application() == here


def test_the_code_is_found_by_its_digest() -> None:
    """New code is a new key, so that CloudFormation updates the functions; signed code has a key of its own."""
    codes = [function["Code"] for function in functions(application())]
    expected = {
        "S3Bucket": {"Ref": "CodeBucket"},
        "S3Key": {"Fn::If": ["HasSignedCode", {"Ref": "SignedCodeKey"}, KEY]},
    }
    assert codes == [expected] * 2


def test_linters_find_nothing_in_the_release_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """cfn-lint and AWS's offline validator pass both templates of a release."""
    text = yaml_text(application())
    role = (ROOT / "deploy" / "stack-set-execution-role.yaml").read_text(encoding="utf-8")
    assert [str(match) for each in (text, role) for match in lint(each)] == []
    for name, content in (("application", text), ("role", role)):
        path = tmp_path / f"{name}.yaml"
        path.write_text(content, encoding="utf-8")
        validate_template.main(str(path), *(f"{name}={value}" for name, value in GIVEN.items()))
    # The validator takes the values that it is given for written ones.
    found = [line for line in capsys.readouterr().out.splitlines() if "has a hardcoded ARN" not in line]
    assert found == []


# ------------------------------------------------------------------------------------- the role of a stack set


def statements() -> list[dict[str, Any]]:
    """The statements of the execution role."""
    return [statement for policy in ROLE["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def granted() -> set[str]:
    """The actions of the execution role."""
    actions = (statement["Action"] for statement in statements())
    return {action for item in actions for action in ([item] if isinstance(item, str) else item)}


def needed() -> Iterator[str]:
    """What CloudFormation calls for the resources of the release template, as their registry schemas say."""
    for kind in sorted({each["Type"] for each in application()["Resources"].values()}):
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
        for operation in ("create", "read", "update", "delete"):
            yield from handlers.get(operation, {}).get("permissions", ())


def test_the_stack_set_role_can_deploy_every_resource_of_the_release() -> None:
    """Create, read, update and delete of each resource type are granted, as its registry schema lists them."""
    missing = {action for action in needed() if not action.startswith(NOT_OURS)} - granted() - UNUSED
    assert missing == set()


def test_the_stack_set_role_can_do_nothing_else() -> None:
    """No wildcard in an action, no service beyond those of the stack, and no resource outside the stack's names."""
    services = {action.partition(":")[0] for action in granted()}
    assert services == {"cloudformation", "cloudwatch", "iam", "kms", "lambda", "logs", "s3"}
    assert not any("*" in action for action in granted())
    for statement in statements():
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        if statement["Resource"] == "*":
            assert all(re.match(r"\w+:(Describe|Get|List|Validate)", action) for action in actions)
        elif "Condition" not in statement and not actions[0].startswith(("s3:", "lambda:GetCodeSigningConfig")):
            assert "StackSet-lambda-bedrock-profile-*" in statement["Resource"]["Fn::Sub"]
    for name in ("AdministratorAccess", "SomebodysRole"):
        assert not fnmatch.fnmatch(name, "StackSet-lambda-bedrock-profile-*")


def test_the_stack_set_role_is_what_the_service_linked_role_can_make() -> None:
    """Inline policies only, within IAM's limit, no tags, and the name that StackSets demands."""
    assert ROLE.keys() == {"RoleName", "AssumeRolePolicyDocument", "Policies"}
    assert re.fullmatch(r"stacksets-exec-custom-[a-z-]{1,42}", ROLE["RoleName"])
    assert sum(len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) for policy in ROLE["Policies"]) < 10_240


# ------------------------------------------------------------------------------------------------ making the release


def test_without_an_address_there_is_no_release() -> None:
    """`make release` stops, and names the setting that a person has to fill in."""
    (found,) = release.obstacles("", "## 1.2.3 - 2026-11-26\n\n- Something.\n", "1.2.3")
    assert "no public address" in found
    assert "[tool.lambda-bedrock-profile] address in pyproject.toml" in found


def test_a_version_that_the_change_log_does_not_date_is_no_release() -> None:
    """The notes of a release are those of its version: it has a dated section, and nothing waits above it."""
    assert release.obstacles(ADDRESS, "## Unreleased\n\n## 1.2.3 - 2026-11-26\n\n- Something.\n", "1.2.3") == []
    found = release.obstacles(ADDRESS, "## Unreleased\n\n### Added\n\n- Something.\n", "1.2.3")
    assert [line.split(".")[0] for line in found] == ["CHANGELOG", "CHANGELOG"]
    assert "no dated section for 1.2.3" in found[0]
    assert "under Unreleased" in found[1]


def test_notes_are_those_of_the_version() -> None:
    """A release says what is new in it, and not what came before."""
    changes = "# Changelog\n\n## 1.2.3 - 2026-11-26\n\n- New.\n\n## 1.2.2 - 2026-01-01\n\n- Old.\n"
    assert release.notes(changes, "1.2.3") == "## 1.2.3 - 2026-11-26\n\n- New.\n"


def test_the_application_names_the_pages_of_the_project_when_there_are_any() -> None:
    """`sam publish` gets HomePageUrl and SourceCodeUrl from the one setting, and none while it is empty."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")

    def metadata(address: str) -> dict[str, Any]:
        found: dict[str, Any] = read_template(release.application(text, address))["Metadata"]
        return dict(found["AWS::ServerlessRepo::Application"])

    assert metadata(ADDRESS)["HomePageUrl"] == ADDRESS
    assert metadata(ADDRESS)["SourceCodeUrl"] == f"{ADDRESS}/tree/v{__version__}"
    assert not {"HomePageUrl", "SourceCodeUrl"} & metadata("").keys()


def test_a_release_holds_everything_and_its_checksums(tmp_path: Path) -> None:
    """Package, code, templates, SBOM and notes are there; digests are right; a second run gives the same bytes."""
    built = tmp_path / "built"
    (built / "package").mkdir(parents=True)
    (built / "package" / "code.py").write_text("code = 1\n")
    files = list(release.build(built, tmp_path / "dist"))
    sums = (tmp_path / "dist" / "SHA256SUMS").read_text()
    assert {line.split()[1] for line in sums.splitlines()} == {
        f"lambda_bedrock_profile-{__version__}-py3-none-any.whl",
        f"lambda_bedrock_profile-{__version__}.tar.gz",
        f"lambda-bedrock-profile-{__version__}.yaml",
        f"lambda-bedrock-profile-{__version__}.zip",
        "notes.md",
        "sbom.cdx.json",
        "stack-set-execution-role.yaml",
    }
    for line in sums.splitlines():
        digest, name = line.split()
        assert hashlib.sha256((tmp_path / "dist" / name).read_bytes()).hexdigest() == digest
    code = (tmp_path / "dist" / f"lambda-bedrock-profile-{__version__}.zip").read_bytes()
    template = (tmp_path / "dist" / f"lambda-bedrock-profile-{__version__}.yaml").read_text(encoding="utf-8")
    assert code_key(__version__, hashlib.sha256(code).hexdigest()) in template
    assert all(path.exists() for path in files)
    list(release.build(built, tmp_path / "again"))
    assert (tmp_path / "again" / "SHA256SUMS").read_text() == sums


# -------------------------------------------------------------------------------------------------- vulnerabilities


def test_a_package_that_was_not_looked_up_does_not_count_as_sound() -> None:
    """pip-audit ends with 0 where no database answers; the report says that nothing was looked up."""
    lines, vulnerabilities, missing = audit.report("a.lock", [{"name": "a", "skip_reason": "not found"}])
    assert (vulnerabilities, missing) == (0, 1)
    assert lines == ["a.lock: NOT looked up: 1 packages; the database of vulnerabilities did not answer"]
    assert audit.report("a.lock", [])[2] == 1


def test_a_known_vulnerability_is_named_with_its_fix() -> None:
    """Who reads the report knows what to raise to which version."""
    packages = [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}]
    lines, vulnerabilities, missing = audit.report("a.lock", packages)
    assert (vulnerabilities, missing) == (1, 0)
    assert lines[0] == "a.lock: a 1 has PYSEC-1, fixed in 2"
