"""What the commands show is what the macro makes, held against the macro's own answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bedrock_profile import macro
from lambda_bedrock_profile.checking.deployment import MACRO, without_macro
from lambda_bedrock_profile.cli.choices import export_of
from tests.cli.conftest import TEMPLATES, Run
from tests.support.goldens import FOLDER, Golden, goldens

CASES = [pytest.param(golden, id=golden.name) for golden in goldens()]
TOKEN = {"Fn::ImportValue": export_of(MACRO)}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the macro of the default deployment makes of a golden, but for the ServiceToken."""

    def make(golden: Golden) -> Any:
        where = golden.environment
        arn = f"arn:aws:lambda:{where.region}:{where.account_id}:function:provider"
        monkeypatch.setenv("PROVIDER_ARN", arn)
        event = {
            "region": where.region,
            "accountId": where.account_id,
            "requestId": "r",
            "fragment": without_macro(golden.template, MACRO),
            "templateParameterValues": dict(where.parameters),
        }
        answer = macro.handler(event, None)
        assert answer["status"] == "success"
        for resource in answer["fragment"]["Resources"].values():
            if resource.get("Properties", {}).get("ServiceToken"):
                resource["Properties"]["ServiceToken"] = TOKEN
        return answer["fragment"]

    return make


def arguments(golden: Golden) -> list[str]:
    """The command line for a golden, as its stack is deployed."""
    where = golden.environment
    values = [part for name, value in where.parameters.items() for part in ("-p", f"{name}={value}")]
    account = ["--account", where.account_id] if where.account_id else []
    return [str(FOLDER / golden.name / "template.yaml"), "--region", where.region, *account, *values]


@pytest.mark.parametrize("golden", CASES)
def test_expand_as_macro_prints_what_the_macro_makes(golden: Golden, made: Any, run: Run) -> None:
    """Byte for byte the same resources, the closed default security group included."""
    result = run("expand", *arguments(golden), "--as-macro", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    expected = made(golden)
    assert {**json.loads(result.stdout), "Transform": None} == {**expected, "Transform": None}


@pytest.mark.parametrize("golden", CASES)
def test_diff_and_graph_show_what_the_macro_makes(golden: Golden, made: Any, run: Run) -> None:
    """No resource of the macro is left out of the difference or of the picture."""
    names = list(made(golden)["Resources"])
    summary = run("diff", *arguments(golden), "--summary").stdout
    declared = golden.template["Resources"]
    new = [name for name in names if name not in declared or declared[name]["Type"] == "Custom::LambdaBedrockProfile"]
    assert [name for name in new if f"+ {name}  " not in summary] == []
    picture = run("graph", *arguments(golden)).stdout
    assert [name for name in names if f'"{name}<br/>' not in picture] == []


def test_expand_alone_names_what_the_macro_would_add(run: Run) -> None:
    """Without the macro's stack the result still deploys, and one line says what is left out and how to get it."""
    here = ("private.yaml", "--region", "us-east-1")
    plain = run("expand", *here)
    assert "ServiceToken" not in plain.stdout
    what = "the macro adds AdvisorVpcDefaultSecurityGroup, which needs its provider; add it with --as-macro"
    assert plain.stderr == f"private.yaml: {what}.\n"
    whole = run("expand", *here, "--as-macro")
    assert "AdvisorVpcDefaultSecurityGroup" in whole.stdout
    assert whole.stderr == ""
    several = run("expand", "private.yaml", "--regions", "us-east-1,us-west-2")
    assert several.stderr == plain.stderr


def test_explain_names_what_the_macro_adds(run: Run) -> None:
    """The explanation lists the resource that the macro's provider makes, and asks for no provider."""
    result = run("explain", "private.yaml", "--region", "us-east-1")
    assert "AdvisorVpcDefaultSecurityGroup" in result.stdout
    assert result.stderr == ""


def test_another_macro_has_another_export(run: Run) -> None:
    """--as-macro imports what the stack of the named macro exports, unless a provider is named."""
    text = (TEMPLATES / "private.yaml").read_text().replace("Transform: LambdaBedrockProfile", "Transform: Profiles")
    here = ("expand", "-", "--region", "us-east-1", "--as-macro", "--macro-name", "Profiles")
    assert "ServiceToken: !ImportValue Profiles-ProviderFunctionArn" in run(*here, text=text).stdout
    arn = "arn:aws:lambda:us-east-1:111122223333:function:provider"
    assert f"ServiceToken: {arn}" in run(*here, "--provider-arn", arn, text=text).stdout
