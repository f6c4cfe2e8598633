"""``diff``: what an expansion adds, and what a new version of a template changes."""

import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from lambda_bedrock_profile.cli.changes import changes, refused, replacing
from lambda_bedrock_profile.cli.read import parse
from tests.cli.conftest import TEMPLATES, Run

HERE = ("--region", "us-east-1")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("added", ("beside_sam.yaml",)),
        ("changed", ("assistant_changed.yaml", "--against", "assistant.yaml")),
        ("summary", ("private.yaml", "--summary")),
    ],
)
def test_differences_are_shown_by_resource(
    name: str, arguments: tuple[str, ...], run: Run, golden: Callable[[str, str], None]
) -> None:
    """What is added, removed and changed, value by value; a replaced profile is said to get a new ARN."""
    result = run("diff", *arguments, *HERE)
    assert result.exit_code == 0
    golden(f"diff_{name}.txt", result.stdout)


def test_equal_templates_have_no_difference(run: Run) -> None:
    """Against itself a template has nothing to show; --exit-code tells the two outcomes apart."""
    result = run("diff", "assistant.yaml", "--against", "assistant.yaml", "--exit-code", *HERE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert run("diff", "assistant.yaml", "--exit-code", *HERE).exit_code == 1


def test_a_parameter_of_either_version_can_be_given(run: Run, tmp_path: Path) -> None:
    """A value counts for the version that has the parameter; one that neither has is a mistake."""
    earlier = tmp_path / "earlier.yaml"
    earlier.write_text(BY_PARAMETER.replace("Model", "Id", 1).replace("!Ref Model", "!Ref Id"))
    values = ("-p", "Model=amazon.nova-micro-v1:0", "-p", "Id=amazon.nova-lite-v1:0", *HERE)
    result = run("diff", "-", "--against", str(earlier), "--summary", *values, text=BY_PARAMETER)
    assert result.exit_code == 0
    assert "AInferenceProfile" in result.stdout
    result = run("diff", "-", "--against", str(earlier), "-p", "Modell=x", *HERE, text=BY_PARAMETER)
    assert "No template has a parameter Modell. Did you mean Model?" in result.stderr


@pytest.mark.parametrize("mode", ["move-to-native", "move-to-provider"])
def test_a_profile_that_is_moved_is_shown_as_a_replacement(mode: str, run: Run, tmp_path: Path) -> None:
    """The old profile goes and the new one comes, under another id, so the user sees that the ARN changes."""
    before = tmp_path / "processed.json"
    provider = ("--provider-arn", "arn:aws:lambda:us-east-1:111122223333:function:provider")
    before.write_text(run("expand", "assistant.yaml", *HERE, "--format", "json").stdout)
    result = run("diff", "assistant.yaml", "--against", str(before), "--profile-mode", mode, *provider, *HERE)
    suffix = {"move-to-native": "Native", "move-to-provider": "Provider"}[mode]
    assert "AssistantInferenceProfile " in result.stdout.replace("\n", " ")
    assert f"AssistantInferenceProfile{suffix}" in result.stdout


def test_colour_is_for_terminals_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets plain text, and so does a terminal under NO_COLOR."""
    assert "\x1b" not in run("diff", "assistant.yaml", *HERE).stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in run("diff", "assistant.yaml", *HERE).stdout
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[32m" in run("diff", "assistant.yaml", *HERE).stdout


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """AWS with one stack, as far as the command asks."""
    client = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    stubber = Stubber(client)
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    stubber.activate()
    return stubber


BY_PARAMETER = """
Parameters: {Model: {Type: String}}
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: !Ref Model
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "pass"}}
"""
PARAMETERS = [
    {"ParameterKey": "Model", "ParameterValue": "/model", "ResolvedValue": "amazon.nova-lite-v1:0"},
    {"ParameterKey": "Secret", "ParameterValue": "****"},
    {"ParameterKey": "Gone", "ParameterValue": "x"},
]


@pytest.mark.parametrize("as_text", [True, False])
def test_a_deployed_stack_is_compared_with_its_own_parameter_values(as_text: bool, stack: Stubber, run: Run) -> None:
    """The processed template of the stack is the old side, and what it was deployed with decides the new one."""
    processed = run("expand", "-", *HERE, "-p", "Model=amazon.nova-lite-v1:0", text=BY_PARAMETER).stdout
    body = processed if as_text else json.dumps(parse(processed, "t").template)
    described = {"StackName": "s", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE", "Parameters": PARAMETERS}
    stack.add_response("get_template", {"TemplateBody": body}, {"StackName": "s", "TemplateStage": "Processed"})
    stack.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "s"})
    result = run("diff", "-", "--stack", "s", *HERE, text=BY_PARAMETER)
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("token", ["arn:aws:lambda:us-east-1:111122223333:function:p", {"Fn::Sub": "arn:${X}"}])
def test_a_deployed_stack_calls_the_provider_that_it_calls(token: object, stack: Stubber, run: Run) -> None:
    """The service tokens of a deployed stack are no difference, whatever they are."""
    text = (TEMPLATES / "private.yaml").read_text()
    processed = parse(run("expand", "-", *HERE, "--as-macro", text=text).stdout, "t").template
    processed["Resources"]["AdvisorVpcDefaultSecurityGroup"]["Properties"]["ServiceToken"] = token
    described = {"StackName": "s", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    stack.add_response("get_template", {"TemplateBody": json.dumps(processed)})
    stack.add_response("describe_stacks", {"Stacks": [described]})
    result = run("diff", "-", "--stack", "s", *HERE, text=text)
    assert (result.exit_code, result.stdout) == (0, "")


def test_what_another_transform_made_of_a_deployed_stack_is_no_difference(stack: Stubber, run: Run) -> None:
    """Functions that SAM made are not said to be replaced; what declarations make is compared."""
    processed = parse(run("expand", "beside_sam.yaml", *HERE).stdout, "t").template
    deployed = json.loads(json.dumps(processed))
    for resource in deployed["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Type"] = "AWS::Lambda::Function"
    deployed["Resources"]["ChatRole"] = {"Type": "AWS::IAM::Role"}
    (name,) = [name for name in deployed["Resources"] if name.endswith("InferenceProfile")]
    deployed["Resources"][name]["Properties"]["Description"] = "before"
    described = {"StackName": "s", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    stack.add_response("get_template", {"TemplateBody": json.dumps(deployed)})
    stack.add_response("describe_stacks", {"Stacks": [described]})
    result = run("diff", "beside_sam.yaml", "--stack", "s", "--summary", *HERE)
    assert [line.split("  ")[0] for line in result.stdout.splitlines()] == [f"~ {name}"]
    assert "makes the rest of the stack, so only what declarations make is compared" in result.stderr


def test_a_stack_that_is_not_there_is_one_line(stack: Stubber, run: Run) -> None:
    """What AWS says is passed on, without a trace."""
    stack.add_client_error("get_template", "ValidationError", "Stack with id s does not exist")
    result = run("diff", "assistant.yaml", "--stack", "s", *HERE)
    assert result.exit_code == 2
    assert result.stderr.startswith("stack s: ")
    assert "Stack with id s does not exist" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_only_one_old_side_can_be_named(run: Run) -> None:
    """--against and --stack contradict each other."""
    assert run("diff", "assistant.yaml", "--against", "a", "--stack", "b", *HERE).exit_code == 2


@pytest.mark.parametrize(("old", "new"), [(True, 1), (0, False), (1, 1.0), ("1", 1)])
def test_values_of_two_types_differ(old: object, new: object) -> None:
    """What Python takes for equal is another text in the template."""
    (change,) = changes({"Outputs": {"A": {"Value": old}}}, {"Outputs": {"A": {"Value": new}}})
    (detail,) = change.details
    assert (detail.path, detail.old, detail.new) == (("Value",), old, new)


IPV4 = {"IpFamily": "ipv4"}
FAMILY = "KubernetesNetworkConfig.IpFamily"


@pytest.mark.parametrize(
    ("type_name", "old", "new", "replaced"),
    [
        ("AWS::Lambda::Function", {"FunctionName": "a"}, {"FunctionName": "b"}, ["FunctionName"]),
        ("AWS::Lambda::Function", {"Timeout": 1}, {"Timeout": 2}, []),
        ("AWS::Bedrock::ApplicationInferenceProfile", {"Tags": []}, {"Tags": [{"Key": "a", "Value": "b"}]}, []),
        ("AWS::Bedrock::ApplicationInferenceProfile", {"Description": "a"}, {}, ["Description"]),
        ("Custom::BedrockInferenceProfile", {"Description": "a"}, {"Description": "b"}, ["Description"]),
        ("AWS::EKS::Cluster", {"KubernetesNetworkConfig": IPV4}, {"KubernetesNetworkConfig": {}}, [FAMILY]),
        ("AWS::EKS::Cluster", {"KubernetesNetworkConfig": IPV4}, {}, ["KubernetesNetworkConfig"]),
        ("Custom::Other", {"A": 1}, {"A": 2}, []),
    ],
)
def test_create_only_properties_mean_replacement(
    type_name: str, old: dict[str, object], new: dict[str, object], replaced: list[str]
) -> None:
    """A changed create-only property is named, whether it changed itself or within a larger value."""
    templates = [{"Resources": {"A": {"Type": type_name, "Properties": side}}} for side in (old, new)]
    (change,) = changes(*templates)
    assert replacing(change, "us-east-1") == replaced


def test_a_changed_type_means_replacement() -> None:
    """A profile that moves from the provider to CloudFormation's own type is another resource."""
    old, new = ({"Resources": {"A": {"Type": name}}} for name in ("Custom::BedrockInferenceProfile", "AWS::SNS::Topic"))
    (change,) = changes(old, new)
    assert replacing(change, "us-east-1") == ["Type"]


TOKEN = "arn:aws:lambda:us-east-1:111122223333:function:"


@pytest.mark.parametrize(
    ("type_name", "old", "new", "marked"),
    [
        ("Custom::Other", {"ServiceToken": f"{TOKEN}a"}, {"ServiceToken": f"{TOKEN}b"}, True),
        ("AWS::CloudFormation::CustomResource", {"ServiceToken": f"{TOKEN}a"}, {"ServiceToken": f"{TOKEN}b"}, True),
        ("Custom::Other", {"ServiceToken": TOKEN, "A": 1}, {"ServiceToken": TOKEN, "A": 2}, False),
        ("AWS::SNS::Topic", {"ServiceToken": f"{TOKEN}a"}, {"ServiceToken": f"{TOKEN}b"}, False),
    ],
)
def test_a_changed_service_token_is_marked(
    type_name: str, old: dict[str, object], new: dict[str, object], marked: bool
) -> None:
    """CloudFormation fails an update that gives a custom resource another function."""
    templates = [{"Resources": {"A": {"Type": type_name, "Properties": side}}} for side in (old, new)]
    (change,) = changes(*templates)
    assert refused(change) == marked


def test_another_provider_is_refused_on_the_screen(run: Run, tmp_path: Path) -> None:
    """A macro that was moved to another provider says so at every custom resource."""
    before = tmp_path / "processed.json"
    at_a = ("--provider-arn", f"{TOKEN}a", "--profile-mode", "provider", *HERE)
    before.write_text(run("expand", "assistant.yaml", *at_a, "--format", "json").stdout)
    at_b = ("--against", str(before), "--provider-arn", f"{TOKEN}b", "--profile-mode", "provider", *HERE)
    assert "CloudFormation refuses the update" in run("diff", "assistant.yaml", *at_b).stdout
    (change,) = json.loads(run("diff", "assistant.yaml", *at_b, "--format", "json").stdout)
    assert change["refused"]
    assert change["details"] == [
        {"path": ["Properties", "ServiceToken"], "old": f"{TOKEN}a", "new": f"{TOKEN}b"},
    ]


ROLE = ("Resources", "added")


def test_a_difference_can_be_read_by_programs(run: Run) -> None:
    """JSON has each change with its kind, what is replaced, and the values of both sides."""
    arguments = ("diff", "assistant_changed.yaml", "--against", "assistant.yaml", *HERE, "--format", "json")
    found = {change["name"]: change for change in json.loads(run(*arguments).stdout)}
    profile = found["AssistantInferenceProfile"]
    assert (profile["change"], profile["refused"]) == ("changed", False)
    assert profile["replaced_because_of"] != []
    assert all({"path", "old", "new"} >= detail.keys() > {"path"} for detail in profile["details"])
    added = json.loads(run("diff", "assistant.yaml", *HERE, "--format", "json").stdout)
    assert {change["name"]: change["change"] for change in added}["AssistantRole"] == "added"
    assert all("Type" in change["item"] for change in added if (change["section"], change["change"]) == ROLE)
    short = json.loads(run("diff", "assistant.yaml", *HERE, "--format", "json", "--summary").stdout)
    assert all("item" not in change for change in short)


FIXED = """
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    UpdateReplacePolicy: Delete
    Properties:
      BedrockModelId: anthropic.claude-sonnet-4-6
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
      InferenceProfileProps: {InferenceProfileName: team-chat, Description: One}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sonnet-4-6", "opus-4-8", "ModelSource.CopyFrom changed"),
        ("Description: One", "Description: Two", "Description changed"),
        ("sonnet-4-6\n", "sonnet-4-6\n      Geography: global\n", "ModelSource.CopyFrom changed"),
        ("Description: One", "Description: One, Tags: [{Key: a, Value: b}]", ""),
        ("team-chat, Description: One", "team-talk, Description: Two", ""),
    ],
)
def test_a_fixed_name_that_stays_is_a_warning(old: str, new: str, words: str, run: Run, tmp_path: Path) -> None:
    """Whoever keeps the name of a profile that is replaced learns before the deployment that it will fail."""
    (tmp_path / "earlier.yaml").write_text(FIXED, encoding="utf-8")
    result = run("diff", "-", "--against", str(tmp_path / "earlier.yaml"), *HERE, text=FIXED.replace(old, new))
    assert result.exit_code == 0
    assert ("InferenceProfileName: stays, and " + words in result.stderr) is bool(words)
    assert ("warning" in result.stderr) is bool(words)


def test_a_profile_that_is_kept_is_a_warning_if_it_is_replaced(run: Run, tmp_path: Path) -> None:
    """With Retain the way back to the earlier model is blocked, whoever names the profile."""
    text = FIXED.replace("Policy: Delete", "Policy: Retain").replace("InferenceProfileName: team-chat, ", "")
    (tmp_path / "earlier.yaml").write_text(text, encoding="utf-8")
    against = ("diff", "-", "--against", str(tmp_path / "earlier.yaml"), *HERE)
    result = run(*against, text=text.replace("sonnet-4-6", "opus-4-8"))
    assert "Chat.UpdateReplacePolicy: keeps the replaced profile under its name" in result.stderr
    assert run(*against, text=text.replace("Runtime: python3.13", "Runtime: python3.14")).stderr == ""


def test_another_model_has_another_price(run: Run, tmp_path: Path) -> None:
    """The change in price stands at the profile, in a summary too; a price that no list has is said not to be known."""
    text = FIXED.replace("InferenceProfileName: team-chat, ", "")
    (tmp_path / "earlier.yaml").write_text(text, encoding="utf-8")
    against = ("diff", "-", "--against", str(tmp_path / "earlier.yaml"), "--summary", *HERE)
    shown = run(*against, text=text.replace("anthropic.claude-sonnet-4-6", "amazon.nova-lite-v1:0")).stdout
    assert "price per million tokens, as of 2026-11-26: input: $3.30 → $0.06 (-98 %)" in shown
    unknown = "x.new-v1\n      Geography: us\n      DestinationRegions: [us-east-1]"
    assert "input: $3.30 → not known" in run(*against, text=text.replace("anthropic.claude-sonnet-4-6", unknown)).stdout
    assert "price" not in run(*against, text=text.replace("One", "Two")).stdout


def tenants(number: int) -> str:
    """A function with as many profiles of one model."""
    head = "Resources:\n  Chat:\n    Type: AWS::Serverless::Function\n"
    head += "    Properties: {CodeUri: chat/, Handler: app.handler, Runtime: python3.13}\n"
    return head + "".join(
        f"  T{each}:\n    Type: Custom::LambdaBedrockProfile\n"
        "    Properties: {BedrockModelId: anthropic.claude-sonnet-4-6, ExistingLambdaObj: Chat, "
        f'FoundationModelEnvironmentVariableName: "", InferenceProfileEnvironmentVariableName: PROFILE_{each}}}\n'
        for each in range(number)
    )


def test_the_form_of_the_policies_is_reported(run: Run, tmp_path: Path) -> None:
    """One declaration too many for inline policies changes them all into managed ones, and the difference says why."""
    few, many = tmp_path / "few.yaml", tmp_path / "many.yaml"
    few.write_text(tenants(8))
    many.write_text(tenants(9))
    there = ("--region", "eu-central-1", "--summary")
    lines = run("diff", str(many), "--against", str(few), *there).stdout.splitlines()
    (added,) = [line for line in lines if "AWS::IAM::ManagedPolicy" in line]
    assert added.startswith("+ ChatRoleBedrock")
    assert added.endswith("the inline policies of their role would be longer than IAM allows")
    assert sum(line.startswith("- T") and "AWS::IAM::Policy" in line for line in lines) == 8
    lines = run("diff", str(few), "--against", str(many), *there).stdout.splitlines()
    (removed,) = [line for line in lines if "AWS::IAM::ManagedPolicy" in line]
    assert removed.endswith("its permissions move to other policies, which are there before it is deleted")
