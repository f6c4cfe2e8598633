"""The macro's provider on the command line: by its ARN, or by what the macro's stack exports."""

from pathlib import Path
from typing import Any

import pytest

from lambda_bedrock_profile.checking.deployment import MACRO
from lambda_bedrock_profile.cli.choices import export_of
from lambda_bedrock_profile.cli.engines import remarks
from lambda_bedrock_profile.cli.read import parse
from tests.cli.conftest import TEMPLATES, Run
from tests.support.macro_template import deployed

EXPORT = export_of(MACRO)
GOVERNMENT = ("us-gov-west-1", "us-gov-east-1")
WITHOUT_TYPE = ("--region", "eu-north-1")
ARN = "arn:aws:lambda:eu-north-1:111122223333:function:provider"
IN_GOVERNMENT = """
Resources:
  Assistant:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: anthropic.claude-sonnet-4-5-20250929-v1:0
      VerifyModelAccess: true
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""


def tokens(template: dict[str, Any]) -> list[Any]:
    """The service tokens of the custom resources."""
    resources = template["Resources"].values()
    return [item["Properties"]["ServiceToken"] for item in resources if item["Type"].startswith("Custom::")]


def test_the_export_is_the_one_of_the_macros_stack() -> None:
    """The name that messages and help give is what the macro's stack exports, also under another name of the macro."""
    assert deployed()["Outputs"]["ProviderFunctionArn"]["Export"]["Name"] == EXPORT
    other = deployed(MacroName="Profiles")["Outputs"]
    assert other["ProviderFunctionArn"]["Export"]["Name"] == export_of("Profiles")


def test_an_export_takes_the_place_of_the_arn(run: Run) -> None:
    """Every custom resource imports the provider, and the result is clean to cfn-lint."""
    result = run("expand", "assistant.yaml", *WITHOUT_TYPE, "--provider-export", EXPORT)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"ServiceToken: !ImportValue {EXPORT}" in result.stdout
    template = parse(result.stdout, "t").template
    assert tokens(template) == [{"Fn::ImportValue": EXPORT}]
    assert list(remarks(template, "eu-north-1")) == []


def test_one_template_serves_the_regions_that_need_the_provider(run: Run) -> None:
    """An export has one name everywhere, so --regions works in GovCloud, whose profiles the provider makes."""
    arguments = ("--regions", ",".join(GOVERNMENT), "--provider-export", "Bedrock-Provider")
    result = run("expand", "-", *arguments, text=IN_GOVERNMENT)
    assert (result.exit_code, result.stderr) == (0, "")
    template = parse(result.stdout, "t").template
    assert tokens(template) == [{"Fn::ImportValue": "Bedrock-Provider"}] * 2
    for region in GOVERNMENT:
        assert list(remarks(template, region)) == []


def test_regions_with_and_without_the_type_are_made_alike_by_the_provider(run: Run) -> None:
    """Where CloudFormation has the type in some of the Regions only, the message names the option that helps."""
    arguments = ("--regions", "us-east-1,eu-north-1", "--provider-export", EXPORT)
    result = run("expand", "assistant.yaml", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "AssistantInferenceProfile.Type" in result.stderr
    assert "--profile-mode" in result.stderr
    alike = run("expand", "assistant.yaml", *arguments, "--profile-mode", "provider")
    assert alike.exit_code == 0
    assert "Type: Custom::BedrockInferenceProfile" in alike.stdout


@pytest.mark.parametrize("command", ["diff", "explain", "graph", "lint"])
def test_what_only_shows_needs_no_provider(command: str, run: Run) -> None:
    """A Region that needs the provider can be looked at without one; a line says what expand will ask for."""
    result = run(command, "assistant.yaml", *WITHOUT_TYPE)
    assert result.exit_code == 0
    note = f"assistant.yaml: shown with the macro's provider as {EXPORT}, which expand needs to know.\n"
    assert result.stderr == ("" if command == "lint" else note)
    assert (command == "lint") == ("Custom" not in result.stdout)
    named = run(command, "assistant.yaml", *WITHOUT_TYPE, "--provider-export", EXPORT)
    assert (named.stdout, named.stderr) == (result.stdout, "")


@pytest.mark.parametrize("command", ["diff", "explain", "graph"])
def test_what_is_shown_has_the_provider_of_the_named_macro(command: str, run: Run) -> None:
    """Under another name the macro's stack has another export, and the macro's name is no part of what is shown."""
    text = (TEMPLATES / "assistant.yaml").read_text().replace("Transform: LambdaBedrockProfile", "Transform: Profiles")
    result = run(command, "-", *WITHOUT_TYPE, "--macro-name", "Profiles", text=text)
    assert "provider as Profiles-ProviderFunctionArn, which" in result.stderr
    default = run(command, "assistant.yaml", *WITHOUT_TYPE).stdout
    assert result.stdout.replace("<stdin>", "assistant.yaml") == default.replace(EXPORT, export_of("Profiles"))


def test_both_sides_of_a_difference_have_the_provider(run: Run, tmp_path: Path) -> None:
    """Where the new version only needs it, its default security groups are no difference to the old one."""
    text = (TEMPLATES / "private.yaml").read_text()
    new = tmp_path / "new.yaml"
    new.write_text(text.replace("DeployVpc: true", "DeployVpc: true\n      VerifyModelAccess: true"))
    output = run("diff", str(new), "--against", "private.yaml", "--region", "us-east-1", "--summary").stdout
    assert "AdvisorModelAccess" in output
    assert "+ AdvisorVpcDefaultSecurityGroup" not in output


def test_expand_never_makes_a_provider_up(run: Run, tmp_path: Path) -> None:
    """What would not deploy is refused, and nothing is written."""
    output = tmp_path / "out.yaml"
    for arguments in (WITHOUT_TYPE, ("--regions", "eu-north-1,us-west-1")):
        result = run("expand", "assistant.yaml", *arguments, "-o", str(output))
        assert (result.exit_code, result.stdout) == (1, "")
        assert "--provider-arn" in result.stderr
    assert not output.exists()


def test_a_mode_that_needs_the_provider_says_so(run: Run) -> None:
    """Where CloudFormation has the type, the mode is what asks for the provider, and another one is a way out."""
    there = run("expand", "assistant.yaml", "--region", "us-east-1", "--profile-mode", "provider")
    assert (there.exit_code, there.stdout) == (1, "")
    assert "the profile mode has the provider make every profile, and it is not deployed" in there.stderr
    assert "or take the mode auto" in there.stderr
    assert "CloudFormation has no" not in there.stderr
    missing = run("expand", "assistant.yaml", *WITHOUT_TYPE, "--profile-mode", "provider")
    assert "CloudFormation has no AWS::Bedrock::ApplicationInferenceProfile in eu-north-1" in missing.stderr


@pytest.mark.parametrize("command", ["diff", "explain", "graph"])
def test_other_problems_are_reported_once(command: str, run: Run) -> None:
    """A template that is wrong, too, is not shown, and its own problems are those that are reported."""
    wrong = run(command, "wrong.yaml", "--region", "us-east-1")
    assert run(command, "wrong.yaml", *WITHOUT_TYPE).stderr == wrong.stderr
    assert wrong.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--provider-arn", "provider"), "is not the ARN of a Lambda function, such as arn:aws:lambda:"),
        (("--provider-arn", "arn:aws:sns:eu-north-1:111122223333:provider"), "is not the ARN of a Lambda function"),
        (("--provider-arn", "arn:aws:lambda:eu-north-1:12:function:provider"), "is not the ARN of a Lambda function"),
        (
            ("--provider-arn", ARN.replace("aws", "aws-us-gov")),
            "function in eu-north-1 begins with arn:aws:",
        ),
        (
            ("--provider-arn", ARN.replace("north", "west")),
            "names a function in eu-west-1, and the stack is in eu-north-1",
        ),
        (("--provider-arn", ARN, "--provider-export", EXPORT), "use one of them"),
        (("--provider-export", "My.Provider"), "is not the name of an export, such as LambdaBedrockProfile-Provider"),
    ],
)
@pytest.mark.parametrize("command", ["expand", "lint", "diff", "explain", "graph"])
def test_a_provider_that_cannot_be_meant_ends_with_two(
    command: str, arguments: tuple[str, ...], message: str, run: Run
) -> None:
    """What would fail in a deployment only is refused at once, with what to write."""
    result = run(command, "assistant.yaml", *WITHOUT_TYPE, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:live", f"{ARN}:$LATEST"])
def test_a_function_may_be_named_with_its_alias(arn: str, run: Run) -> None:
    """Any ARN of a function of the Region is taken as it is."""
    result = run("expand", "assistant.yaml", *WITHOUT_TYPE, "--provider-arn", arn)
    assert tokens(parse(result.stdout, "t").template) == [arn]
