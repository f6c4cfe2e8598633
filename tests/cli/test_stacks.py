"""``stacks``: which deployed stacks use the macro, and what is to be done about them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli.read import parse
from tests.cli.conftest import Run

HERE = ("--region", "us-east-1")
MODEL = "amazon.nova-lite-v1:0"
ENDED = "anthropic.claude-sonnet-4-20250514-v1:0"
ARN = "arn:aws:cloudformation:us-east-1:111122223333:stack/{}/id"
TEMPLATE = """\
Transform: LambdaBedrockProfile
Parameters: {{Model: {{Type: String, Default: {0}}}}}
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: {1}
      LambdaFunctionProps: {{Runtime: python3.13, Handler: index.handler, Code: {{ZipFile: "pass"}}}}
"""


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """AWS with the stacks that a test adds."""
    client = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    stubber = Stubber(client)
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    stubber.activate()
    return stubber


def listed(*names: str, **more: Any) -> dict[str, Any]:
    """What DescribeStacks lists."""
    common = {"CreationTime": 0, "StackStatus": "UPDATE_COMPLETE", **more}
    return {"Stacks": [{"StackName": name, "StackId": ARN.format(name), **common} for name in names]}


def add(stack: Stubber, name: str, body: Any, transforms: tuple[str, ...] = ("LambdaBedrockProfile",)) -> None:
    """A stack that is asked about, with its processed template."""
    summary = {"DeclaredTransforms": list(transforms), "Metadata": json.dumps(body.get("Metadata", {}))}
    stack.add_response("get_template_summary", summary, {"StackName": name})
    stack.add_response(
        "get_template", {"TemplateBody": json.dumps(body)}, {"StackName": name, "TemplateStage": "Processed"}
    )


def processed(run: Run, model: str, written: str = "") -> Any:
    """The processed template of a declaration with ``model``."""
    text = run("expand", "-", *HERE, text=TEMPLATE.format(model, written or model)).stdout
    return parse(text, "t").template


def test_stacks_are_listed_by_version_with_their_models(stack: Stubber, run: Run) -> None:
    """Stacks of older versions come first, and others than those that use the macro are not there."""
    new, old = processed(run, MODEL), processed(run, ENDED)
    del old["Metadata"]
    stack.add_response("describe_stacks", listed("new", "other", "old", "expanded"))
    add(stack, "new", new)
    stack.add_response("get_template_summary", {"DeclaredTransforms": ["AWS::Serverless-2016-10-31"]})
    add(stack, "old", old)
    add(stack, "expanded", new, transforms=())
    result = run("stacks", *HERE)
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    date = Catalog.bundled().as_of
    assert [row[:4] for row in rows[1:]] == [
        [__version__, date, "us-east-1", "expanded"],
        [__version__, date, "us-east-1", "new"],
    ]
    assert rows[0][:4] == ["not", "recorded", "us-east-1", "old"]
    assert rows[0][4] == ENDED
    assert "ended on" in result.stdout
    assert result.exit_code == 1


def test_a_model_that_will_end_fails_only_if_asked(stack: Stubber, run: Run) -> None:
    """--on and --fail-before mean what they mean for lint."""
    for arguments, code in (((), 0), (("--fail-before", "2030-01-01"), 1), (("--on", "2031-01-01"), 1)):
        stack.add_response("describe_stacks", listed("a"))
        add(stack, "a", processed(run, "anthropic.claude-sonnet-4-5-20250929-v1:0"))
        assert run("stacks", *HERE, *arguments).exit_code == code


def test_a_model_from_a_parameter_is_that_of_the_stack(stack: Stubber, run: Run) -> None:
    """The stack's own parameter values count, and what only deployment knew is not guessed."""
    body = processed(run, MODEL, "!Ref Model")
    values = [{"ParameterKey": "Model", "ParameterValue": "amazon.nova-pro-v1:0"}]
    stack.add_response("describe_stacks", listed("a", Parameters=values))
    add(stack, "a", body)
    (found,) = json.loads(run("stacks", *HERE, "--format", "json").stdout)
    assert found["models"][0]["model"] == "amazon.nova-pro-v1:0"
    assert found["models"][0]["life_cycle"]["status"] == "active"
    body["Parameters"]["Model"]["NoEcho"] = True
    stack.add_response("describe_stacks", listed("a", Parameters=values))
    add(stack, "a", body)
    (found,) = json.loads(run("stacks", *HERE, "--format", "json").stdout)
    (model,) = found["models"]
    assert model == {"profile": "ChatInferenceProfile", "model": None, "geography": None, "life_cycle": None}


def test_an_account_without_such_stacks_has_none(stack: Stubber, run: Run) -> None:
    """A line says so, and a stack whose first change set was never executed has no template to ask for."""
    stack.add_response("describe_stacks", listed("a", StackStatus="REVIEW_IN_PROGRESS"))
    result = run("stacks", *HERE)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No stack uses the macro.\n")


def test_what_aws_refuses_is_one_line(stack: Stubber, run: Run) -> None:
    """Missing permissions are named, without a trace."""
    stack.add_client_error("describe_stacks", "AccessDenied", "not authorized")
    result = run("stacks", *HERE)
    assert result.exit_code == 2
    assert result.stderr.startswith("stacks in us-east-1: ")
