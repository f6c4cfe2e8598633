"""``explain``: a declaration in plain words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_bedrock_profile.cli.explain import FUNCTION_DEFAULTS, STATEMENTS
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.stack.functions import DEFAULTS
from tests.cli.conftest import Run

HERE = ("--region", "us-east-1")
GOLDENS = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", ["assistant", "beside_sam", "private"])
def test_a_declaration_is_explained(name: str, run: Run, golden: Callable[[str, str], None]) -> None:
    """Model, Regions, resources, permissions with their reasons, costs and defaults, in one text."""
    result = run("explain", f"{name}.yaml", *HERE)
    assert result.exit_code == 0
    golden(f"explain_{name}.txt", result.stdout)


def test_every_statement_of_a_policy_has_its_reason(run: Run) -> None:
    """No statement that an expansion makes is left out of the explanation."""
    private = parse(run("expand", "private.yaml", *HERE).stdout, "t").template["Resources"]
    durable = parse(run("expand", "-", *HERE, text=DURABLE).stdout, "t").template["Resources"]
    files, guarded = (
        parse(run("expand", str(GOLDENS / name / "template.yaml"), *HERE).stdout, "t").template["Resources"]
        for name in ("file-system", "guardrail")
    )
    roles = (private["AdvisorRole"], files["ChatRole"], guarded["AssistantRole"])
    policies = [role["Properties"]["Policies"][0] for role in roles]
    documents = [each["PolicyDocument"] for each in (*policies, durable["XDurablePolicy"]["Properties"])]
    assert {statement["Sid"] for document in documents for statement in document["Statement"]} == STATEMENTS.keys()


def test_a_durable_function_is_told_of_its_policy(run: Run) -> None:
    """The statement that stands in a policy of its own is explained, too."""
    assert "its durable executions" in run("explain", "-", *HERE, text=DURABLE).stdout


def test_a_function_that_is_moved_is_told_of_its_network(run: Run) -> None:
    """The policy that a function needs once it is in a VPC is explained, too."""
    shown = run("explain", "-", *HERE, text=MOVED).stdout
    assert "make and remove its network interfaces" in shown
    assert "look at network interfaces and subnets" in shown


def test_every_default_of_a_function_has_its_words() -> None:
    """No default that a new function gets is left out of the explanation."""
    assert FUNCTION_DEFAULTS.keys() == DEFAULTS.keys()


DURABLE = """
Transform: LambdaBedrockProfile
Resources:
  X:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps:
        {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: x}, DurableConfig: {ExecutionTimeout: 900}}
"""
MOVED = """
Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: index.handler, InlineCode: x}
  X:
    Type: Custom::LambdaBedrockProfile
    Properties: {BedrockModelId: amazon.nova-lite-v1:0, ExistingLambdaObj: !Ref Chat, DeployVpc: true}
"""
CONDITIONAL = """
Conditions: {Never: !Equals [a, b]}
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: Never}
  X:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      RoleProps:
        Policies: [{PolicyName: Own, PolicyDocument: {Statement: {Effect: Deny, Action: "s3:*", Resource: "*"}}}]
      LambdaFunctionProps:
        {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: x},
         DeadLetterConfig: !If [Never, {TargetArn: !GetAtt Q.Arn}, !Ref AWS::NoValue]}
"""


def test_a_statement_under_a_condition_is_explained(run: Run) -> None:
    """What the role may do in one branch only is reported, beside policies of the user's in whatever form."""
    result = run("explain", "-", *HERE, text=CONDITIONAL)
    assert result.exit_code == 0
    assert STATEMENTS["SendDeadLetters"][0] in " ".join(result.stdout.split())


def test_one_declaration_can_be_named(run: Run) -> None:
    """With a name only that declaration is explained; a name that is not there is told the nearest."""
    assert run("explain", "assistant.yaml", "Assistant", *HERE).stdout == run("explain", "assistant.yaml", *HERE).stdout
    result = run("explain", "assistant.yaml", "Asistant", *HERE)
    assert result.exit_code == 2
    assert "Did you mean Assistant?" in result.stderr


def test_a_template_without_declarations_says_so(run: Run) -> None:
    """Where there is nothing to explain, a line says why there is no text."""
    result = run("explain", "-", *HERE, text="Resources: {T: {Type: AWS::SNS::Topic}}")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "<stdin>: has no Custom::LambdaBedrockProfile, so there is nothing to explain.\n"


def test_a_single_region_is_said_to_keep_the_data(run: Run) -> None:
    """Without cross-Region inference, data stays where it is."""
    template = """
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      DeployCrossRegionProfile: false
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "pass"}}
"""
    assert "Data stays in eu-west-2." in run("explain", "-", "-r", "eu-west-2", text=template).stdout


def test_problems_end_with_one(run: Run) -> None:
    """A template with problems is not explained."""
    result = run("explain", "wrong.yaml", *HERE)
    assert (result.exit_code, result.stdout) == (1, "")
