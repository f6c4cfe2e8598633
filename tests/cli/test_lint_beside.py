"""What lint says beside a declaration that cannot be expanded, and of settings that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

TEMPLATE = """
Transform: LambdaBedrockProfile
Parameters:
  Model: {Type: String}
Resources:
  Assistant:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: MODEL
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: x}}
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucktName: !GetAtt Assistant.InferenceProfileId}
"""


@pytest.mark.parametrize("model", ["!Ref Model", "nobody.knows-v1:0"])
def test_the_rest_of_a_template_is_checked_all_the_same(model: str, run: Run, tmp_path: Path) -> None:
    """A declaration that cannot be expanded hides no mistake elsewhere, and adds none that is not there."""
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("MODEL", model), encoding="utf-8")
    result = run("lint", str(path), "--region", "us-east-1")
    rules = [line.split(" ")[1] for line in result.stdout.splitlines()]
    unused = ["W2001"] if "Ref" not in model else []
    assert sorted(rules) == sorted(["I9007" if "Ref" in model else "E9002", "E3002", *unused])


@pytest.mark.parametrize("content", ["ignore_checks: [", "append_rules: [no.such.module]"])
def test_a_broken_settings_file_is_named(
    content: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .cfnlintrc that cfn-lint cannot read is one line that says so, and no fault of the program."""
    (tmp_path / ".cfnlintrc").write_text(content, encoding="utf-8")
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("MODEL", "nobody.knows-v1:0"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("lint", str(path), "--region", "us-east-1")
    assert result.exit_code == 2
    assert ".cfnlintrc" in result.stderr
    assert len(result.stderr.splitlines()) == 1
