"""Mistakes that people make, and the advice that they get: following it once ends the message.

Each template was written before the messages were looked at. It is checked, changed as the message says, and checked
again: it ends clean, or in a message about something else.
"""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.cli.mistakes import GIVEN_VPC, GOOD, MISTAKES, ROLE_TAGS, TAGS, VARIABLE, Mistake

HERE = ("--region", "us-east-1")
NETWORK = """\
Transform: LambdaBedrockProfile
Parameters:
  Network: {Type: "AWS::EC2::VPC::Id"}
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      ExistingVpc: !Ref Network
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""
MAP = "Write a map with VpcId and SubnetIds."
NAMED = "{VpcId: !Ref Network, SubnetIds: [subnet-11112222], SecurityGroupIds: [sg-11112222]}"

CLEAN: set[str] = set()
"""The right texts that have been seen to be clean."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.name for mistake in MISTAKES])
def test_the_advice_of_a_message_ends_it(mistake: Mistake, run: Run) -> None:
    """What a user reads names the place and the fix, and the fix is right."""
    text = mistake.right.replace(mistake.part, mistake.wrong, 1)
    assert text != mistake.right
    reported = run("lint", "-", *HERE, text=text).stdout.splitlines()
    assert [line for line in reported if line.startswith(f"<stdin>:{mistake.place}:")] != [] or not mistake.advice
    assert [line for line in reported if mistake.advice in line] != []
    if mistake.right not in CLEAN:
        assert run("lint", "-", *HERE, text=mistake.right).output == ""
        CLEAN.add(mistake.right)


@pytest.mark.parametrize(
    ("right", "part", "wrong"),
    [
        (VARIABLE, "{Variables: {STAGE: prod}}", "INCLUDED"),
        (VARIABLE, "{STAGE: prod}", "INCLUDED"),
        (VARIABLE, "      BedrockModelId", "      Fn::Transform: {Name: AWS::Include}\n      BedrockModelId"),
        (ROLE_TAGS, "{Key: app, Value: chat}]", "{Key: app, Value: chat}]\n        Policies: INCLUDED"),
    ],
)
def test_what_another_macro_includes_is_only_unchecked(right: str, part: str, wrong: str, run: Run) -> None:
    """CloudFormation includes it before it calls the macro, so a template that deploys is no error here."""
    include = "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://bucket/part.yaml'}}}"
    text = right.replace(part, wrong.replace("INCLUDED", include), 1)
    (line,) = run("lint", "-", *HERE, text=text).stdout.splitlines()
    assert " I9007 " in line
    assert "Deploy the template with the macro" in line
    result = run("expand", "-", *HERE, text=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "before CloudFormation calls the macro" in result.stderr


def test_a_mistake_in_each_of_two_names_is_one_message_each(run: Run) -> None:
    """A misspelt name in ExistingVpc is not reported as missing, too."""
    text = GIVEN_VPC.replace("VpcId:", "vpcId:").replace("SubnetIds:", "subnetIds:")
    lines = run("lint", "-", *HERE, text=text).stdout.splitlines()
    assert [line.rpartition(". ")[2] for line in lines] == ["Did you mean VpcId?", "Did you mean SubnetIds?"]


def test_a_wrong_name_is_reported_one_time(run: Run) -> None:
    """The rule of the property and that of the function report it alike."""
    text = TAGS.replace("Value: chat", 'Value: !Sub "${Vendor}"')
    (line,) = run("lint", "-", *HERE, text=text).stdout.splitlines()
    assert "(in " not in line


def test_a_value_is_asked_for_only_if_it_helps(run: Run) -> None:
    """A parameter's value makes no VPC of the template of it, so the message says what to write instead."""
    (line,) = run("lint", "-", *HERE, text=NETWORK).stdout.splitlines()
    assert line.startswith("<stdin>:9:7: E9001 ")
    assert line.endswith(MAP)
    assert (
        run("lint", "-", *HERE, text=NETWORK.replace("ExistingVpc: !Ref Network", f"ExistingVpc: {NAMED}")).output == ""
    )


@pytest.mark.parametrize("section", ["Mappings:", "Mappings: ", "Mappings: []"])
def test_an_empty_section_of_mappings_is_reported(section: str, run: Run) -> None:
    """One template for several Regions needs Mappings; an empty section is a message and no fault of the program."""
    result = run("expand", "-", "--regions", "us-east-1,eu-central-1", text=f"{section}\n{GOOD}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Remove the section, or write a mapping in it." in result.stderr
    assert run("expand", "-", "--regions", "us-east-1,eu-central-1", text=GOOD).exit_code == 0


@pytest.mark.parametrize(("wrong", "right"), [("expnd", "expand"), ("explian", "explain"), ("catalogue", "catalog")])
def test_a_misspelt_command_is_answered_with_the_nearest(wrong: str, right: str, run: Run) -> None:
    """A typing error in a command's name needs no look at the help."""
    result = run(wrong, "template.yaml")
    assert result.exit_code == 2
    assert f"Did you mean {right}?" in result.stderr
    assert run(right, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("wrong", "right"), [("eu-wes-1", "eu-west-1"), ("us-esat-1", "us-east-1"), ("ap-notheast-1", "ap-northeast-1")]
)
def test_a_misspelt_region_is_answered_with_the_nearest(wrong: str, right: str, run: Run) -> None:
    """A typing error in a Region is one message, and not several about the catalog and the provider."""
    result = run("expand", "-", "--region", wrong, text=GOOD)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Did you mean {right}?" in result.stderr
    assert run("expand", "-", "--region", right, text=GOOD).exit_code == 0


@pytest.mark.parametrize("region", ["eu-west-4", "ap-southwest-1", "xx-north-1", "eu-nowhere-9"])
def test_a_new_region_needs_no_new_version(region: str, run: Run) -> None:
    """What could be the name of a Region that AWS opens tomorrow is taken as one."""
    assert "is not the name of a Region" not in run("expand", "-", "--region", region, text=GOOD).stderr
