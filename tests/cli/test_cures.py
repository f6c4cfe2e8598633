"""Mistakes that people make, and the advice that they get: following it once ends the message.

Each template was written before the messages were looked at. It is checked, changed as the message says, and checked
again: it ends clean, or in a message about something else.
"""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run

HERE = ("--region", "us-east-1")
GOOD = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps:
        Runtime: python3.13
        Handler: index.handler
        Code: {ZipFile: "pass"}
"""
OUTPUT = GOOD + "Outputs:\n  Profile:\n    Value: !Ref Chat\n"
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
TAB = "a tab stands here, which YAML does not take. Indent with spaces."
QUOTE = "a quote is opened here and never closed. Close it."
RAIN = "It is a tag of rain, which replaces it: run rain pkg first."
TYPE = "is no type that the macro expands. Did you mean Custom::LambdaBedrockProfile?"
MAP = "Write a map with VpcId and SubnetIds."
NAMED = "{VpcId: !Ref Network, SubnetIds: [subnet-11112222], SecurityGroupIds: [sg-11112222]}"

CASES = [
    # (right, part of it, the mistake in its place, where it is reported, the advice)
    ("tab", GOOD, "      BedrockModelId", "\tBedrockModelId", "6:1", TAB),
    ("tab-deeper", GOOD, "        Runtime", "\t\tRuntime", "8:1", TAB),
    ("tab-list", GOOD, "  Chat:", "\tChat:", "3:1", TAB),
    ("quote", GOOD, "index.handler", '"index.handler', "9:18", None),
    ("quote-last", OUTPUT, "!Ref Chat", '"chat', "13:12", QUOTE),
    ("quote-single", OUTPUT, "!Ref Chat", "'it''s", "13:12", QUOTE),
    ("quote-key", OUTPUT, "Profile:\n", '"Profile:\n', "12:3", QUOTE),
    ("rain-embed", GOOD, '"pass"', "!Rain::Embed handler.py", "10:25", RAIN),
    ("rain-include", GOOD, '{ZipFile: "pass"}', "!Rain::S3 {Path: src}", "10:15", RAIN),
    ("rain-env", OUTPUT, "!Ref Chat", "!Rain::Env USER", "13:12", RAIN),
    ("type-plural", GOOD, "::LambdaBedrockProfile\n", "::LambdaBedrockProfiles\n", "4:5", TYPE),
    ("type-case", GOOD, "::LambdaBedrockProfile\n", "::lambdaBedrockProfile\n", "4:5", TYPE),
    ("type-swapped", GOOD, "::LambdaBedrockProfile\n", "::LambdaBedrcokProfile\n", "4:5", TYPE),
    ("ref", OUTPUT, "!Ref Chat", "!Ref Chatt", "13:12", "Did you mean Chat?"),
    ("ref-case", OUTPUT, "!Ref Chat", "!Ref chat", "13:12", "Did you mean Chat?"),
    ("ref-short", OUTPUT, "!Ref Chat", "!Ref Cha", "13:12", "Did you mean Chat?"),
    ("properties", GOOD, "    Properties:", "    Propertis:", "3:3", "has no Properties"),
]


NAMES = [each[0] for each in CASES]


@pytest.mark.parametrize(("right", "part", "wrong", "place", "advice"), [each[1:] for each in CASES], ids=NAMES)
def test_the_advice_of_a_message_ends_it(
    right: str, part: str, wrong: str, place: str, advice: str | None, run: Run
) -> None:
    """What a user reads names the place and the fix, and the fix is right."""
    text = right.replace(part, wrong, 1)
    assert text != right
    reported = run("lint", "-", *HERE, text=text).stdout.splitlines()
    if advice is not None:
        assert [line for line in reported if line.startswith(f"<stdin>:{place}:") and advice in line] != []
    assert reported != []
    assert run("lint", "-", *HERE, text=right).output == ""


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
def test_a_misspelt_command_is_told_the_nearest(wrong: str, right: str, run: Run) -> None:
    """A typing error in a command's name needs no look at the help."""
    result = run(wrong, "template.yaml")
    assert result.exit_code == 2
    assert f"Did you mean {right}?" in result.stderr
    assert run(right, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("wrong", "right"), [("eu-wes-1", "eu-west-1"), ("us-esat-1", "us-east-1"), ("ap-notheast-1", "ap-northeast-1")]
)
def test_a_misspelt_region_is_told_the_nearest(wrong: str, right: str, run: Run) -> None:
    """A typing error in a Region is one message, and not several about the catalog and the provider."""
    result = run("expand", "-", "--region", wrong, text=GOOD)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Did you mean {right}?" in result.stderr
    assert run("expand", "-", "--region", right, text=GOOD).exit_code == 0


@pytest.mark.parametrize("region", ["eu-west-4", "ap-southwest-1", "xx-north-1", "eu-nowhere-9"])
def test_a_new_region_needs_no_new_version(region: str, run: Run) -> None:
    """What could be the name of a Region that AWS opens tomorrow is taken as one."""
    assert "is not the name of a Region" not in run("expand", "-", "--region", region, text=GOOD).stderr
