"""``lint``: our checks and cfn-lint's, at the lines the user wrote."""

import json
from collections.abc import Callable
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from lambda_bedrock_profile.cli import findings
from tests.cli.conftest import Run, with_same_runtime

ALL = ("assistant.yaml", "beside_sam.yaml", "lint.yaml", "wrong.yaml")
HERE = ("--region", "us-east-1")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_findings_are_shown_where_they_were_written(
    form: str, run: Run, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding of cfn-lint in generated code is at its source: the property that was written, or the declaration."""
    monkeypatch.setattr(findings, "__version__", "1.2.3")
    result = run("lint", *ALL, *HERE, "--format", form)
    assert result.exit_code == 2
    golden(f"lint.{form}", with_same_runtime(result.stdout))


def test_sarif_and_json_are_json(run: Run) -> None:
    """Both machine formats parse, and have a finding each for each line of the text."""
    lines = len(run("lint", *ALL, *HERE).stdout.splitlines())
    assert len(json.loads(run("lint", *ALL, *HERE, "--format", "json").stdout)) == lines
    log = json.loads(run("lint", *ALL, *HERE, "--format", "sarif").stdout)
    assert len(log["runs"][0]["results"]) == lines


def test_rules_in_sarif_are_described(run: Run, tmp_path: Path) -> None:
    """Code scanning shows in words what a rule is about, whether it is ours or cfn-lint's own."""
    (tmp_path / "broken.yaml").write_text("A: [")
    parameters = "Parameters: {Teams: {Type: CommaDelimitedList}, Odd: {Type: Odd}}\nResources:"
    text = LOOP.replace("Resources:", parameters, 1).replace("[Search, Sales]", "!Ref Teams")
    text = text.replace("LambdaBedrockProfile, ", "", 1)
    result = run("lint", "-", str(tmp_path / "broken.yaml"), *HERE, "--format", "sarif", text=text)
    rules = json.loads(result.stdout)["runs"][0]["tool"]["driver"]["rules"]
    described = {rule["id"]: rule["shortDescription"]["text"] for rule in rules}
    assert set(described) == {"E0000", "E2002", "I9007", "W9008"}
    assert [rule for rule, words in described.items() if " " not in words] == []


def test_rules_in_sarif_lead_to_their_page_if_the_project_has_an_address(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is that of the package's metadata; without one there is no link that leads nowhere."""

    def help_uris() -> dict[str, str | None]:
        log = json.loads(run("lint", "wrong.yaml", *HERE, "--format", "sarif").stdout)
        return {rule["id"]: rule.get("helpUri") for rule in log["runs"][0]["tool"]["driver"]["rules"]}

    assert set(help_uris().values()) == {None}
    package = Message()
    package["Project-URL"] = "Homepage, https://example.org/owner/project"
    package["Project-URL"] = "Issues, https://example.org/owner/project/issues"
    monkeypatch.setattr(metadata, "metadata", lambda _: package)
    monkeypatch.setattr(findings, "__version__", "1.2.3")
    page = "https://example.org/owner/project/blob/v1.2.3/docs/rules.md"
    assert help_uris()["E9001"] == f"{page}#e9001"
    assert {uri for rule, uri in help_uris().items() if "90" not in rule} <= {None}


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("plain.yaml", "plain.yaml"),
        ("./a//b.yaml", "a/b.yaml"),
        ("with space & 100%.yaml", "with%20space%20%26%20100%25.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("e\\f#ü.yaml", "e%5Cf%23%C3%BC.yaml"),
    ],
)
def test_paths_in_sarif_are_uris(
    name: str, uri: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a file is called, SARIF names it by a relative reference that is no other file."""
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("{}")
    assert sarif_result(run("lint", name, "--format", "sarif"))["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": 1, "startColumn": 1},
    }


def test_paths_out_of_the_folder_are_whole_in_sarif(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute path, and one with steps upward, is a URI of scheme file."""
    (tmp_path / "in").mkdir()
    (tmp_path / "t.yaml").write_text("{}")
    monkeypatch.chdir(tmp_path / "in")
    for name in ("../t.yaml", str(tmp_path / "t.yaml")):
        place = sarif_result(run("lint", name, "--format", "sarif"))["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == (tmp_path / "t.yaml").resolve().as_uri()


def test_braces_in_messages_are_no_placeholders_in_sarif(run: Run) -> None:
    """SARIF has a brace of a message written twice, and reads {0} as a placeholder."""
    template = "Resources: {G: {Type: AWS::IAM::Group, Properties: {ManagedPolicyArns: [no-arn]}}}"
    plain = json.loads(run("lint", "-", *HERE, "--format", "json", text=template).stdout)[0]["message"]
    text = sarif_result(run("lint", "-", *HERE, "--format", "sarif", text=template))["message"]["text"]
    assert "{" in plain
    assert text.replace("{{", "{").replace("}}", "}") == plain
    assert text.count("{") == 2 * plain.count("{")


def sarif_result(result: Result) -> dict[str, Any]:
    """The only result of the only run."""
    (found,) = json.loads(result.stdout)["runs"][0]["results"]
    return dict(found)


def test_clean_templates_say_nothing(run: Run) -> None:
    """A good template ends with 0 and without a word, in several Regions at once."""
    result = run("lint", "assistant.yaml", "beside_sam.yaml", *HERE, "-r", "eu-central-1", "-r", "ap-northeast-1")
    assert (result.exit_code, result.output) == (0, "")


def test_a_finding_names_the_regions_it_is_true_in(run: Run) -> None:
    """What is wrong in one Region of several only says so."""
    output = run("lint", "-", *HERE, "-r", "eu-west-1", text=MAPPED).stdout
    assert "(in eu-west-1)" in output


MAPPED = """Transform: LambdaBedrockProfile
Mappings: {ByRegion: {us-east-1: {A: x}, eu-west-1: {A: y}}}
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: moonshotai.kimi-k3
      LambdaFunctionProps:
        {Runtime: python3.13, Handler: a.b, Description: !FindInMap [ByRegion, !Ref AWS::Region, A], Code: {ZipFile: x}}
"""


def test_the_regions_of_the_mappings_are_the_default(run: Run) -> None:
    """A template that maps by Region is checked in each of them."""
    assert "(in eu-west-1)" in run("lint", "-", text=MAPPED).stdout


def test_what_waits_for_a_value_is_said_to_be_unchecked(run: Run) -> None:
    """A model that comes from a parameter without a value is no mistake, and no silence either."""
    template = MAPPED.replace("moonshotai.kimi-k3", "!Ref Model").replace(
        "Mappings", "Parameters: {Model: {Type: String}}\nMappings"
    )
    result = run("lint", "-", *HERE, text=template)
    assert result.exit_code == 8
    assert "I9007" in result.stdout
    assert run("lint", "-", *HERE, "-p", "Model=moonshotai.kimi-k3", text=template).exit_code == 0
    assert "E9002" in run("lint", "-", *HERE, "-p", "Model=acme.none-v1:0", text=template).stdout


def test_a_misspelt_property_waits_for_no_parameter(run: Run) -> None:
    """A typo is an error although its value is a parameter that nobody has given a value."""
    template = MAPPED.replace("Mappings", "Parameters: {Network: {Type: 'AWS::EC2::VPC::Id'}}\nMappings", 1)
    template = template.replace("    Properties:", "    Properties:\n      ExistingVPC: !Ref Network", 1)
    result = run("lint", "-", *HERE, text=template)
    assert result.exit_code == 2
    assert result.stdout.splitlines()[0].endswith(
        "E9001 A.Properties.ExistingVPC: is not a property. Did you mean ExistingVpc?"
    )


def test_an_attribute_of_a_declaration_is_found_in_it_once(run: Run) -> None:
    """A wrong DeletionPolicy goes to every generated resource, and is found where it was written, once."""
    template = MAPPED.replace(
        "    Properties:", "    DeletionPolicy: [Retain]\n    UpdateReplacePolicy: Delete\n    Properties:"
    )
    lines = run("lint", "-", *HERE, text=template).stdout.splitlines()
    assert len(lines) == 2  # Its type, and its value, and neither of them for each resource.
    assert all(line.startswith("<stdin>:6:5: E3035 ['Retain'] is not ") for line in lines)


def test_a_finding_in_generated_code_names_the_resource(run: Run) -> None:
    """What is wrong in generated code only is shown at the declaration, with the path of what was generated."""
    template = MAPPED.replace("Runtime:", "DeadLetterConfig: {TargetArn: no-arn}, Runtime:")
    line = run("lint", "-", *HERE, text=template).stdout
    assert line.startswith("<stdin>:4:3: E3510 ")
    assert "[in generated ARole.Properties.Policies.0.PolicyDocument.Statement." in line


def test_one_wrong_dependency_is_reported_once(run: Run) -> None:
    """A name in DependsOn that is nothing goes to every generated resource, and is reported where it stands, once."""
    declaration = "    DependsOn: [T, Nope]\n    Properties:\n      VerifyModelAccess: true\n"
    template = MAPPED.replace("    Properties:\n", declaration) + "  T: {Type: AWS::SNS::Topic}\n"
    (line,) = run("lint", "-", *HERE, text=template).stdout.splitlines()
    assert line.startswith("<stdin>:6:20: E3005 Nope is no resource of the template")


POLICIES = """\
      RoleProps:
        Policies:
          - {PolicyName: P, PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}
          - {PolicyName: Q, PolicyDocument: {Statement: [{Effect: Alow, Action: "*", Resource: "*"}]}}
"""


def test_a_policy_of_the_user_is_found_among_the_users_own(run: Run) -> None:
    """The generated policy stands before the user's in the role, and not in the declaration."""
    lines = run("lint", "-", *HERE, text=MAPPED + POLICIES.replace("Allow", "Alowe")).stdout.splitlines()
    assert [line.split(" '")[0] for line in lines] == ["<stdin>:12:59: E3510", "<stdin>:13:59: E3510"]


def test_a_conditional_policy_is_found_in_its_branch(run: Run) -> None:
    """The generated policy stands in each branch of an Fn::If."""
    policies = POLICIES.replace("Policies:", "Policies: !If\n          - C\n          - []\n          -")
    policies = policies.replace("          - {", "            - {")
    text = MAPPED.replace("Resources:", "Conditions: {C: !Equals [!Ref AWS::StackName, x]}\nResources:", 1) + policies
    assert run("lint", "-", *HERE, text=text).stdout.startswith("<stdin>:17:61: E3510 ")


def test_the_tags_of_a_role_are_found_where_they_come_from(run: Run) -> None:
    """They are those of RoleProps, else those of the profile."""
    tags = "      InferenceProfileProps:\n        Tags: [{Key: a, Value: !Ref Nope}]\n"
    assert {line.split(":", 2)[1] for line in run("lint", "-", *HERE, text=MAPPED + tags).stdout.splitlines()} == {"11"}
    own = "      RoleProps: {Tags: [{Key: a, Value: !Ref Nope}]}\n"
    text = MAPPED + tags.replace("!Ref Nope", "b") + own
    assert {line.split(":", 2)[1] for line in run("lint", "-", *HERE, text=text).stdout.splitlines()} == {"12"}


def test_references_of_others_are_checked_beside_a_wrong_declaration(run: Run) -> None:
    """A name that is nothing is reported in the same run, and one that the declaration would make is not."""
    topics = "  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Nope}}\n"
    topics += "  U: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt ARole.Arn, TopicName: !Ref A}}\n"
    output = run("lint", "-", *HERE, text=MAPPED.replace("Handler", "Handlr") + topics).stdout
    assert "<stdin>:10:56: E1020 'Nope' " in output
    assert ":11:" not in output


INSIDE = """
Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: The function, VpcId: !GetAtt Model.VpcId}
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      Handler: index.handler
      Runtime: python3.13
      VpcConfig: {SubnetIds: [!Ref ModelSubnet1, !Ref ModelSubnet2], SecurityGroupIds: [!Ref Group]}
  Model:
    Type: Custom::LambdaBedrockProfile
    Properties: {BedrockModelId: amazon.nova-lite-v1:0, ExistingLambdaObj: !Ref Chat, DeployVpc: true}
"""


def test_a_function_that_names_the_new_vpc_itself_is_not_circular(run: Run) -> None:
    """The group waits for the VPC and the function for the group: clean, and beside a mistake nothing else is said."""
    assert run("lint", "-", *HERE, text=INSIDE).output == ""

    output = run("lint", "-", *HERE, text=INSIDE.replace("DeployVpc", "Geografy: us, DeployVpc")).stdout
    assert [line.split()[1] for line in output.splitlines()] == ["E9001"]


LOOP = """
Transform: [LambdaBedrockProfile, AWS::LanguageExtensions]
Resources:
  Fn::ForEach::All:
    - Team
    - [Search, Sales]
    - Assistant${Team}:
        Type: Custom::LambdaBedrockProfile
        DeletionPolicy: Retain
        UpdateReplacePolicy: Retain
        Properties:
          BedrockModelId: amazon.nova-lite-v1:0
          LambdaFunctionProps:
            Runtime: python2.7
            Handler: a.b
            Code: {ZipFile: "pass"}
"""


def test_a_finding_in_a_loop_is_found_in_its_body(run: Run) -> None:
    """What a loop makes twice is written once, and is found there: in cfn-lint's findings and in problems."""
    output = run("lint", "-", *HERE, text=LOOP).stdout
    assert output.startswith("<stdin>:14:13: E2533 ")
    assert len(output.splitlines()) == 1
    output = run("lint", "-", *HERE, text=LOOP.replace("Handler", "Handlr")).stdout
    assert "<stdin>:15:13: E9001 AssistantSearch.Properties.LambdaFunctionProps.Handlr" in output
    assert "AssistantSales in us-east-1 (<stdin>:7)" in run("explain", "-", *HERE, text=LOOP).stdout


@pytest.mark.parametrize("transform", ["[LambdaBedrockProfile, AWS::LanguageExtensions]", "LambdaBedrockProfile"])
def test_a_mistake_in_a_loop_brings_no_others_with_it(run: Run, transform: str) -> None:
    """What stands beside the mistake is checked as if the loop were expanded, with the declarations known as such."""
    text = LOOP.replace("[LambdaBedrockProfile, AWS::LanguageExtensions]", transform).replace(
        "Runtime: python2.7", "Runtime: python3.13"
    )
    assert run("lint", "-", *HERE, text=text).output == ""
    output = run("lint", "-", *HERE, text=text.replace("amazon.nova-lite-v1:0", "acme.none-v1:0")).stdout
    assert {line.split()[1] for line in output.splitlines()} == {"E9002"}


def test_a_loop_that_waits_for_a_parameter_is_only_unchecked(run: Run) -> None:
    """Where the values of a loop are not known, its declarations are no mistakes."""
    text = LOOP.replace("Resources:", "Parameters: {Teams: {Type: CommaDelimitedList}}\nResources:", 1)
    result = run("lint", "-", *HERE, text=text.replace("[Search, Sales]", "!Ref Teams"))
    assert (result.exit_code, result.stdout.split()[1]) == (8, "I9007")


def test_an_unreadable_template_is_a_finding_among_others(run: Run, tmp_path: Path) -> None:
    """One broken file does not keep the other files from being checked."""
    (tmp_path / "broken.yaml").write_text("A: [")
    lines = run("lint", str(tmp_path / "broken.yaml"), "missing.yaml", "wrong.yaml", *HERE).stdout.splitlines()
    assert [line.split(": ")[1].split()[0] for line in lines[:3]] == ["E0000", "E0000", "E9001"]


def test_a_parameter_counts_for_the_templates_that_have_it(run: Run, tmp_path: Path) -> None:
    """Several templates can be checked with the values of all; one that none of them has is a mistake."""
    other = tmp_path / "other.yaml"
    other.write_text(MAPPED.replace("moonshotai.kimi-k3", "!Ref Model") + "Parameters: {Model: {Type: String}}\n")
    values = ("-p", "Model=acme.none-v1:0", "-p", "Stage=prod")
    result = run("lint", "assistant.yaml", str(other), "wrong.yaml", *HERE, *values)
    assert f"{other}:7:7: E9002" in result.stdout
    result = run("lint", "assistant.yaml", str(other), *HERE, "-p", "Stag=prod")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No template has a parameter Stag. Did you mean Stage?" in result.stderr


def test_settings_of_cfn_lint_count(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that .cfnlintrc ignores is ignored here, too."""
    template = str(Path("lint.yaml").resolve())
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E2533, W2533, E3002, E1020]\n")
    monkeypatch.chdir(tmp_path)
    output = run("lint", template, *HERE).stdout
    assert "E3002" not in output
    assert "E3031" in output


WRONG_MODEL = """
Transform: LambdaBedrockProfile
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    METADATA
    Properties:
      BedrockModelId: acme.none-v1:0
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: x}}
"""


@pytest.mark.parametrize("ignored", ["E9002", "E90", "E"])
def test_our_own_checks_are_ignored_like_any_other(
    ignored: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of ours, or a beginning of its id, in .cfnlintrc is not shown, unless it is mandatory."""
    monkeypatch.chdir(tmp_path)
    assert "E9002" in run("lint", "-", *HERE, text=WRONG_MODEL.replace("METADATA", "")).stdout
    Path(".cfnlintrc").write_text(f"ignore_checks: [{ignored}]\n")
    result = run("lint", "-", *HERE, text=WRONG_MODEL.replace("METADATA", ""))
    assert (result.exit_code, result.output) == (0, "")
    Path(".cfnlintrc").write_text(f"ignore_checks: [{ignored}]\nmandatory_checks: [E9]\n")
    assert "E9002" in run("lint", "-", *HERE, text=WRONG_MODEL.replace("METADATA", "")).stdout


@pytest.mark.parametrize("ignored", ["E9002", "E90", "E"])
def test_metadata_of_a_template_hides_no_error_of_ours(ignored: str, run: Run) -> None:
    """What the macro refuses is an error, whatever the template says; checks that only warn can be ignored there."""
    template = f"Metadata: {{cfn-lint: {{config: {{ignore_checks: [{ignored}, W9]}}}}}}" + WRONG_MODEL
    template = template.replace("METADATA", "").replace("Transform: LambdaBedrockProfile", "")
    output = run("lint", "-", *HERE, text=template).stdout
    assert [line.split()[1] for line in output.splitlines()] == ["E9002"]


def test_metadata_of_a_declaration_ignores_checks(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A declaration can ignore a rule by its whole id, for itself only, in a loop too, and as far as it may."""
    metadata = "Metadata: {cfn-lint: {config: {ignore_checks: [E9002]}}}"
    template = WRONG_MODEL.replace("METADATA", metadata)
    assert run("lint", "-", *HERE, text=template).output == ""
    assert "E9002" in run("lint", "-", *HERE, text=template.replace("[E9002]", "[E900]")).stdout
    beside = (
        WRONG_MODEL.replace("METADATA", "")
        .replace("\nTransform: LambdaBedrockProfile\nResources:", "")
        .replace("  A:", "  B:")
    )
    assert len(run("lint", "-", *HERE, text=template + beside).stdout.splitlines()) == 1
    loop = LOOP.replace("amazon.nova-lite-v1:0", "acme.none-v1:0").replace("DeletionPolicy: Retain", metadata)
    assert "E9002" not in run("lint", "-", *HERE, text=loop).stdout
    monkeypatch.chdir(tmp_path)
    Path(".cfnlintrc").write_text("mandatory_checks: [E9002]\n")
    assert "E9002" in run("lint", "-", *HERE, text=template).stdout


def test_a_declaration_ignores_what_is_shown_at_it(run: Run) -> None:
    """A finding in a generated resource is shown at the declaration, whose Metadata can ignore it."""
    template = MAPPED.replace("Runtime:", "DeadLetterConfig: {TargetArn: no-arn}, Runtime:")
    metadata = "    Metadata: {cfn-lint: {config: {ignore_checks: [E3510]}}}\n    Properties:"
    assert run("lint", "-", *HERE, text=template.replace("    Properties:", metadata)).output == ""


TWO = """
Transform: LambdaBedrockProfile
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    METADATA
    Properties: &p
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python2.7, Handler: a.b, Code: {ZipFile: x}}
  B:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python2.7, Handler: a.b, Code: {ZipFile: x}}
"""


def test_equal_findings_of_two_declarations_are_two(run: Run) -> None:
    """The same mistake in two declarations is reported in both, and one can ignore it only for itself."""
    lines = run("lint", "-", *HERE, text=TWO.replace("METADATA", "")).stdout.splitlines()
    assert [line.split(" ")[:2] for line in lines] == [["<stdin>:9:29:", "E2533"], ["<stdin>:14:29:", "E2533"]]
    ignored = TWO.replace("METADATA", "Metadata: {cfn-lint: {config: {ignore_checks: [E2533]}}}")
    lines = run("lint", "-", *HERE, text=ignored).stdout.splitlines()
    assert [line.split(" ")[:2] for line in lines] == [["<stdin>:14:29:", "E2533"]]


def test_aliases_and_merges_are_reported_where_they_are(run: Run) -> None:
    """CloudFormation takes neither, so a template with declarations that has them is warned of."""
    missing = f"cfn-lint {metadata.version('cfn-lint')} has no rule about aliases"
    pytest.importorskip("cfnlint.rules.aws_cli.UsingAlias", reason=missing)
    text = TWO.replace("METADATA", "").replace("python2.7", "python3.13")
    text += "  C: {Type: Custom::LambdaBedrockProfile, Properties: *p}\n"
    text += "  D: {Type: Custom::LambdaBedrockProfile, Properties: {<<: *p, Geography: us}}\n"
    lines = run("lint", "-", *HERE, text=text).stdout.splitlines()
    assert [line.split(" ")[:2] for line in lines] == [
        ["<stdin>:15:55:", "W1101"],
        ["<stdin>:16:43:", "W1100"],
        ["<stdin>:16:60:", "W1101"],
    ]
    ignored = f"Metadata: {{cfn-lint: {{config: {{ignore_checks: [W1101, W1100]}}}}}}{text}"
    assert run("lint", "-", *HERE, text=ignored).output == ""


def test_an_unreadable_template_can_be_ignored(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in cfn-lint, E0000 is a check like any other."""
    monkeypatch.chdir(tmp_path)
    assert run("lint", "-", text="A: [").exit_code == 2
    Path(".cfnlintrc").write_text("ignore_checks: [E0000]\n")
    assert run("lint", "-", text="A: [").exit_code == 0


def test_regions_of_the_settings_come_before_those_of_mappings(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What .cfnlintrc or Metadata name is checked for, unless the command line names Regions."""
    monkeypatch.chdir(tmp_path)
    Path(".cfnlintrc").write_text("regions: [us-east-2, ap-northeast-1]\n")
    assert "(in ap-northeast-1)" in run("lint", "-", text=MAPPED).stdout
    assert run("lint", "-", *HERE, text=MAPPED).output == ""
    own = "Metadata: {cfn-lint: {config: {regions: [us-east-1, eu-central-1]}}}"
    assert "(in eu-central-1)" in run("lint", "-", text=f"{own}\n{MAPPED}").stdout


def test_settings_that_name_templates_or_all_regions_do_not_matter(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Templates are those of the command line, and ALL_REGIONS is no place where a stack goes."""
    monkeypatch.chdir(tmp_path)
    Path(".cfnlintrc").write_text("templates: [none/*.yaml]\nregions: [ALL_REGIONS]\n")
    result = run("lint", "-", text=WRONG_MODEL.replace("METADATA", ""))
    assert "E9002" in result.stdout
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("transform", "said"),
    [
        ("", "2:3: W9008 Transform does not name LambdaBedrockProfile, so CloudFormation will not expand A."),
        ("Transform: AWS::Serverless-2016-10-31", "1:1: W9008 Transform does not name LambdaBedrockProfile"),
        ("Transform: [AWS::Serverless-2016-10-31, LambdaBedrockProfil]", "1:1: W9008 LambdaBedrockProfil in Transform"),
        ("Transform: {Name: 111122223333::LambdaBedrockProfiles}", "1:1: W9008 LambdaBedrockProfiles in Transform"),
        ("Transform: {Name: 111122223333::LambdaBedrockProfile}", ""),
        ("Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]", ""),
    ],
)
def test_a_template_that_does_not_call_the_macro_is_reported(transform: str, said: str, run: Run) -> None:
    """A Transform without the macro's name, or with a misspelt one, would leave the declaration as it is."""
    lines = [transform, *MAPPED.splitlines()[2:]][not transform :]
    text = "\n".join(lines).replace("!FindInMap [ByRegion, !Ref AWS::Region, A]", "x")
    output = run("lint", "-", *HERE, text=text).stdout
    assert [line.startswith(f"<stdin>:{said}") for line in output.splitlines()] == ([True] if said else [])


def test_the_macro_is_missed_under_its_own_name(run: Run) -> None:
    """Where the macro has another name, that one is looked for in Transform, and the nearest one is reported."""
    named = WRONG_MODEL.replace("METADATA", "").replace("acme.none", "amazon.nova-lite")
    text = named.replace("Transform: LambdaBedrockProfile", "Transform: Profiles")
    assert run("lint", "-", *HERE, "--macro-name", "Profiles", text=text).output == ""
    assert "W9008 Transform does not name LambdaBedrockProfile" in run("lint", "-", *HERE, text=text).stdout
    output = run("lint", "-", *HERE, "--macro-name", "Profiles", text=text.replace("Profiles", "Profile")).stdout
    assert "W9008 Profile in Transform is not the name of the macro. Did you mean Profiles?" in output


def test_a_template_without_declarations_need_not_call_the_macro(run: Run) -> None:
    """Where there is nothing to expand, nothing is missing."""
    assert run("lint", "-", *HERE, text="Resources: {T: {Type: AWS::SNS::Topic}}").output == ""


def test_a_region_that_cfn_lint_does_not_know_is_one_line(run: Run) -> None:
    """A Region that is newer than cfn-lint is said to be so, and is no fault."""
    result = run("lint", "assistant.yaml", "--region", "eu-nowhere-9", "--provider-export", "P")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cfn-lint: does not know the Region eu-nowhere-9" in result.stderr


@pytest.mark.parametrize("where", ["Metadata: []", "Metadata: {cfn-lint: {config: {ignore_checks: [5]}}}", "Metadata:"])
def test_odd_metadata_is_a_finding(where: str, run: Run) -> None:
    """Where cfn-lint itself fails on a template, our checks still run and its failure is a finding."""
    output = run("lint", "-", *HERE, text=where + WRONG_MODEL.replace("METADATA", "")).stdout
    assert "E9002" in output
    assert "E0002 cfn-lint cannot check the template (" in output
    assert "E9002" in run("lint", "-", *HERE, text=WRONG_MODEL.replace("METADATA", where)).stdout


def test_help_names_the_exit_codes(run: Run) -> None:
    """The help says what the exit codes mean."""
    assert "2 for errors, 4 for warnings, 8 for information" in " ".join(run("lint", "--help").stdout.split())
