"""``lint --engine all``: AWS's own validator beside cfn-lint, and what neither of them reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambda_bedrock_profile.cli.engines import Remark, not_said
from lambda_bedrock_profile.cli.findings import Rule
from scripts.preflight import Preflight, pack
from tests.cli.conftest import Run
from tests.cli.slips import SLIPS, TEMPLATE

HERE = ("--region", "us-east-1")
KEY = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"
WRITTEN_OUT = f"{TEMPLATE}        KmsKeyArn: {KEY}\n"
OLD = TEMPLATE.replace("python3.13", "python2.7")
PLAIN = f"""\
Resources:
  Chat:
    Type: AWS::Lambda::Function
    Properties:
      KmsKeyArn: {KEY}
      Role: !ImportValue role
      Runtime: python3.13
      Handler: index.handler
      Code: {{ZipFile: "def handler(event, context): return 1"}}
"""


@pytest.mark.parametrize("text", SLIPS.values(), ids=SLIPS)
def test_what_aws_refuses_does_not_pass_lint(text: str, run: Run) -> None:
    """Each slip is an error at a line of the declaration, without the second engine."""
    result = run("lint", "-", *HERE, text=text)
    assert result.exit_code == 2
    errors = [line for line in result.stdout.splitlines() if " E90" in line]
    assert errors != []
    assert all(int(line.split(":")[1]) >= TEMPLATE.count("\n") - 3 for line in errors)


def test_the_second_engine_reports_what_the_first_does_not(run: Run) -> None:
    """A finding of cloudformation-validate stands at the user's line, under an id that is none of ours."""
    assert run("lint", "-", *HERE, text=WRITTEN_OUT).output == ""
    lines = run("lint", "-", *HERE, "--engine", "all", text=WRITTEN_OUT).stdout.splitlines()
    assert [line for line in lines if line.startswith("<stdin>:11:9: AWS-W9002 ")] != []


def test_what_both_engines_report_is_reported_one_time(run: Run) -> None:
    """An outdated runtime is an error of both, and one line."""
    alone = run("lint", "-", *HERE, text=OLD).stdout.splitlines()
    both = run("lint", "-", *HERE, "--engine", "all", text=OLD).stdout.splitlines()
    assert [line for line in both if "AWS-" not in line] == alone
    assert any(" E2531 " in line or " E2533 " in line for line in alone)


def test_a_template_without_declarations_is_checked_by_both(run: Run, tmp_path: Path) -> None:
    """The second engine adds to cfn-lint's findings, and its ids can be ignored like any other."""
    path = tmp_path / "t.yaml"
    path.write_text(PLAIN)
    assert "AWS-" not in run("lint", str(path), *HERE).stdout
    found = json.loads(run("lint", str(path), *HERE, "--engine", "all", "--format", "json").stdout)
    rules = {each["rule"]: each["line"] for each in found}
    assert rules["AWS-W9002"] == 5
    path.write_text("Metadata: {cfn-lint: {config: {ignore_checks: [AWS-W]}}}\n" + PLAIN)
    assert "AWS-" not in run("lint", str(path), *HERE, "--engine", "all").stdout


def test_an_optional_parameter_is_no_finding(run: Run) -> None:
    """The second engine carries an empty default past its condition, which nobody would deploy."""
    example = Path(__file__).parents[2] / "examples" / "parameters.yaml"
    assert run("lint", str(example), *HERE, "--engine", "all").output == ""


def test_the_same_rule_at_the_same_place_is_said() -> None:
    """The engines class a rule differently, and number it alike."""
    at = ("Resources", "A")
    said = [Remark(at, Rule("E3002", "", "error"), "a")]
    others = [
        Remark(at, Rule("F3002", "", "error"), "b"),
        Remark(at, Rule("AWS-F3002", "", "error"), "c"),
        Remark(("Resources", "B"), Rule("F3002", "", "error"), "d"),
        Remark(("Resources", "B"), Rule("W3002", "", "warning"), "e"),
    ]
    assert [remark.what for remark in not_said(others, said)] == ["c", "d"]


SCRIPT = """\
"use strict";
exports.BUNDLED_LIBS = exports.BUNDLED_RULES = void 0;
exports.BUNDLED_RULES = [{"id": "pf-topic-name", "resourceTypes": ["AWS::SNS::Topic"], "rego": RULE},
    {"id": "pf-other", "resourceTypes": ["AWS::S3::Bucket"], "rego": "no rego"}];
exports.BUNDLED_LIBS = [{"name": "lib", "rego": "package cdk_preflight\\n\\nimport rego.v1\\n"}];
"""
RULE = """\
package cdk_preflight

import rego.v1

violation contains make_diag_full("pf-topic-name", "ERROR", name, "Properties.TopicName", "is elsewhere", "", "") if {
\tsome name in resources_of_type("AWS::SNS::Topic")
\tresolve(name, "Properties.TopicName") != data.cdk_preflight.deploy_region
}
"""


def test_the_pack_of_cdk_preflight_is_run_for_a_region() -> None:
    """Rules about the types of a template are read from the script, and know where the stack goes."""
    rules = pack(SCRIPT.replace("RULE}", json.dumps(RULE) + "}"))
    preflight = Preflight(rules, {"AWS::SNS::Topic"}, "eu-west-1")
    topics = {name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}} for name in ("eu-west-1", "x")}
    found = [*preflight.errors({"Resources": {"Here": topics["eu-west-1"], "There": topics["x"]}})]
    assert found == ["pf-topic-name at There.Properties.TopicName: is elsewhere"]
