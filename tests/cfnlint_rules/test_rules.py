"""The rules inside plain cfn-lint, as users and editors run it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import lambda_bedrock_profile.cfnlint_rules

MODULE = "lambda_bedrock_profile.cfnlint_rules"
FOLDER = str(Path(lambda_bedrock_profile.cfnlint_rules.__file__).parent)


class Found(NamedTuple):
    """Rule, line and message of a finding."""

    rule: str
    line: int
    message: str


def lint(
    folder: Path, template: str, *arguments: str, rules: str | None = MODULE, region: str = "us-east-1"
) -> list[Found]:
    """What cfn-lint finds in ``template``."""
    path = folder / "template.yaml"
    path.write_text(template)
    append = ("--append-rules", rules) if rules else ()
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "-f",
        "json",
        "--regions",
        region,
        *append,
        *arguments,
        "--",
        str(path),
    ]
    process = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={"PYTHONPATH": ":".join(sys.path), "HOME": str(folder)}
    )
    assert not process.stderr, process.stderr
    matches = json.loads(process.stdout or "[]")
    return [Found(m["Rule"]["Id"], m["Location"]["Start"]["LineNumber"], m["Message"]) for m in matches]


GOOD = """\
AWSTemplateFormatVersion: 2010-09-09
Transform: LambdaBedrockProfile
Resources:
  Assistant:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps:
        Runtime: python3.13
        Handler: index.handler
        Code: {ZipFile: "pass"}
Outputs:
  Profile: {Value: !GetAtt Assistant.InferenceProfileArn}
"""


def test_the_rules_bring_no_command_line_with_them() -> None:
    """An editor that loads the rules needs neither the commands nor the libraries that those are made of."""
    code = f"import sys, {MODULE}; print(*sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert {"click", "rich", "lambda_bedrock_profile.cli"}.isdisjoint(done.stdout.split())


def test_without_the_rules_a_service_token_is_missed(tmp_path: Path) -> None:
    """What the rules are for: plain cfn-lint takes a declaration for a custom resource."""
    assert [found.rule for found in lint(tmp_path, GOOD, rules=None)] == ["E3003"]


@pytest.mark.parametrize("rules", [MODULE, FOLDER])
def test_a_good_declaration_is_clean(tmp_path: Path, rules: str) -> None:
    """The module's name and the folder's path work alike, and E3003 is gone."""
    assert lint(tmp_path, GOOD, rules=rules) == []


def test_the_configuration_file_is_enough(tmp_path: Path) -> None:
    """In .cfnlintrc, the rules need no option, so editors find them."""
    (tmp_path / ".cfnlintrc").write_text(f"append_rules: [{MODULE}]\n")
    assert lint(tmp_path, GOOD, rules=None) == []


@pytest.mark.parametrize(("properties", "line"), [("", 4), ("\n    Properties: {}", 6)])
def test_a_declaration_without_properties_is_reported_by_its_own_rule(
    tmp_path: Path, properties: str, line: int
) -> None:
    """What is missing are the declaration's properties, and no service token besides."""
    head = GOOD.partition("\n    Properties:")[0]
    found = lint(tmp_path, f"{head}{properties}\n")
    assert {(match.rule, match.line) for match in found} == {("E9001", line)}


def test_other_custom_resources_still_need_a_service_token(tmp_path: Path) -> None:
    """E3003 is lifted for this type and for no other."""
    other = GOOD.replace("Outputs:", "  Other:\n    Type: Custom::Other\n    Properties: {A: b}\nOutputs:")
    assert [found.rule for found in lint(tmp_path, other)] == ["E3003"]


@pytest.mark.parametrize(
    ("change", "rule", "line", "message"),
    [
        (("Handler", "Handlr"), "E9001", 10, "Did you mean Handler?"),
        (("BedrockModelId:", "BedrockModel:"), "E9001", 7, "Did you mean BedrockModelId?"),
        (("nova-lite", "nova-light"), "E9002", 7, "amazon.nova-lite-v1:0"),
        (("amazon.nova", "us.amazon.nova"), "E9002", 7, "Geography: us"),
        ((".InferenceProfileArn", ".ProfileArn"), "E9003", 13, "Assistant has no attribute ProfileArn"),
        (("Outputs:", "  AssistantRole: {Type: AWS::SNS::Topic}\nOutputs:"), "E9004", 4, "AssistantRole"),
    ],
)
def test_each_rule_finds_its_mistakes_at_the_line(
    tmp_path: Path, change: tuple[str, str], rule: str, line: int, message: str
) -> None:
    """A mistake is found by its rule, in the line in which it was made."""
    found = lint(tmp_path, GOOD.replace(*change))
    assert [match for match in found if (match.rule, match.line) == (rule, line) and message in match.message]


def test_a_processed_template_beyond_a_limit_is_found(tmp_path: Path) -> None:
    """499 topics and a declaration are more resources than CloudFormation takes once they are expanded."""
    topics = "".join(f"  T{n}: {{Type: AWS::SNS::Topic}}\n" for n in range(499))
    found = lint(tmp_path, GOOD.replace("Outputs:", f"{topics}Outputs:"))
    assert [match.rule for match in found if match.rule.startswith("E9")] == ["E9005"]


def test_the_model_has_to_be_offered_in_the_configured_regions(tmp_path: Path) -> None:
    """A Region that does not offer the model is named."""
    american = GOOD.replace("amazon.nova-lite-v1:0", "deepseek.r1-v1:0")
    assert lint(tmp_path, american) == []
    assert [match.rule for match in lint(tmp_path, american, region="ap-northeast-1")] == ["E9002"]


def test_a_parameter_without_a_value_is_no_mistake(tmp_path: Path) -> None:
    """What depends on a value that only a deployment gives cannot be checked, and is not complained about."""
    parameter = GOOD.replace("amazon.nova-lite-v1:0", "!Ref Model")
    parameter = parameter.replace("Resources:", "Parameters: {Model: {Type: String}}\nResources:")
    assert lint(tmp_path, parameter) == []
    first = parameter.replace(
        "{Type: String}", "{Type: String, AllowedValues: [acme.none-v1:0, amazon.nova-lite-v1:0]}"
    )
    assert [match.rule for match in lint(tmp_path, first)] == ["E9002"]


def test_serverless_templates_are_checked_too(tmp_path: Path) -> None:
    """Beside a serverless function, which cfn-lint transforms first, a declaration is checked like any other."""
    template = """\
Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: "pass", Handler: index.handler, Runtime: python3.13}
  ChatModel:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      ExistingLambdaObj: !Ref Chat
"""
    assert lint(tmp_path, template) == []
    assert "E9001" in [match.rule for match in lint(tmp_path, template.replace("!Ref Chat", "!Ref Chatt"))]


LOOP = """\
Transform: [LambdaBedrockProfile, AWS::LanguageExtensions]
Parameters: {Teams: {Type: CommaDelimitedList, Default: "Search,Sales"}}
Resources:
  Fn::ForEach::All:
    - Team
    - !Ref Teams
    - Assistant${Team}:
        Type: Custom::LambdaBedrockProfile
        Properties:
          BedrockModelId: amazon.nova-lite-v1:0
          LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""


def test_declarations_in_loops_are_checked_too(tmp_path: Path) -> None:
    """With or without the transform that cfn-lint itself wants for loops, a mistake in one is found in its body."""
    assert lint(tmp_path, LOOP) == []
    wrong = LOOP.replace("nova-lite", "nova-light")
    assert {(found.rule, found.line) for found in lint(tmp_path, wrong)} == {("E9002", 10)}
    found = lint(tmp_path, wrong.replace("[LambdaBedrockProfile, AWS::LanguageExtensions]", "LambdaBedrockProfile"))
    assert ("E9002", 10) in {(each.rule, each.line) for each in found}


def test_a_loop_without_known_values_is_reported(tmp_path: Path) -> None:
    """What keeps the macro from reading a template is reported under the id that lint has for it."""
    imported = LOOP.replace("!Ref Teams", "!Split [',', !ImportValue Teams]")
    imported = imported.replace("[LambdaBedrockProfile, AWS::LanguageExtensions]", "LambdaBedrockProfile")
    assert "E9006" in {found.rule for found in lint(tmp_path, imported)}


def test_a_template_that_does_not_call_the_macro_is_reported(tmp_path: Path) -> None:
    """The name of the macro is missed in Transform."""
    (found,) = lint(tmp_path, GOOD.replace("Transform: LambdaBedrockProfile", "Transform: AWS::Serverless-2016-10-31"))
    assert (found.rule, found.line) == ("W9008", 2)


def test_the_name_of_the_macro_can_be_configured(tmp_path: Path) -> None:
    """Where the macro has another name, cfn-lint's own way to configure a rule tells it."""
    renamed = GOOD.replace("Transform: LambdaBedrockProfile", "Transform: Profiles")
    assert [found.rule for found in lint(tmp_path, renamed)] == ["W9008"]
    assert lint(tmp_path, renamed, "--configure-rule", "W9008:macro_name=Profiles") == []
    (tmp_path / ".cfnlintrc").write_text("configure_rules: {W9008: {macro_name: Profiles}}\n")
    assert lint(tmp_path, renamed) == []
    assert [found.rule for found in lint(tmp_path, GOOD)] == ["W9008"]


def test_a_check_can_be_ignored_like_any_other(tmp_path: Path) -> None:
    """cfn-lint's own ways to ignore a check work on these."""
    wrong = GOOD.replace("nova-lite", "nova-light")
    assert lint(tmp_path, wrong, "--ignore-checks", "E9002") == []


@pytest.mark.parametrize(
    "resources", ["{Assistant: []}", "{Assistant: {Type: [x]}}", "{Assistant: {Type: Custom::LambdaBedrockProfile}}"]
)
def test_odd_templates_are_left_to_cfn_lint(tmp_path: Path, resources: str) -> None:
    """Nothing a template holds makes a rule raise (which cfn-lint would report as E0002)."""
    found = lint(tmp_path, f"Transform: LambdaBedrockProfile\nResources: {resources}\n")
    assert not [match for match in found if match.rule == "E0002" and "E9" in match.message]


def test_a_misspelt_property_is_found_although_its_value_is_a_parameter(tmp_path: Path) -> None:
    """In an editor, too, a typo is an error whatever its value will be."""
    wrong = GOOD.replace("    Properties:", "    Properties:\n      ExistingVPC: !Ref Network", 1)
    wrong = wrong.replace("Resources:", "Parameters: {Network: {Type: String}}\nResources:", 1)
    (found,) = (each for each in lint(tmp_path, wrong) if each.rule == "E9001")
    assert found.message.endswith("Did you mean ExistingVpc?")


def test_the_organisations_rules_are_those_of_the_settings_file(tmp_path: Path) -> None:
    """A settings file above the template holds in editors, too; one that cannot be used is reported as well."""
    settings = tmp_path / ".lambda-bedrock-profile.toml"
    settings.write_text('RequiredTagKeys = ["team"]\n')
    (found,) = lint(tmp_path, GOOD)
    assert found.rule == "E9010"
    assert found.message.startswith("Assistant.Properties.InferenceProfileProps.Tags: lacks the tag team")
    settings.write_text("Nonsense = 1\n")
    (found,) = lint(tmp_path, GOOD)
    assert (found.rule, found.line) == ("E9010", 1)
    assert "Nonsense is no setting" in found.message
