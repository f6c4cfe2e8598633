"""The application's own template: clean to AWS's linters, and with roles that hold what their modes need."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from cfnlint.api import lint_file
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from lambda_bedrock_profile import __version__, macro
from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog
from lambda_bedrock_profile.custom_types import SERVICE_TIMEOUT
from lambda_bedrock_profile.organisation import NO_RULES, RETENTION_DAYS, VARIABLES, Organisation
from scripts import validate_template
from tests.support.macro_template import PARAMETERS, ROOT, TEMPLATE, as_list, deployed, granted, statements

SOURCE = ROOT / "src" / "lambda_bedrock_profile"
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
KEY = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
ANY_BOUNDARY = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundary"
SIGNING = "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-0123456789abcdef0"
TOPIC = "arn:aws:sns:us-east-1:111122223333:alarms"


def actions(resources: dict[str, Any], name: str) -> set[str]:
    """What the role ``name`` may do."""
    assert all(statement["Effect"] == "Allow" for statement in granted(resources, name))
    return {action for statement in granted(resources, name) for action in as_list(statement["Action"])}


def calls(*files: Path) -> set[str]:
    """The actions behind the operations of Bedrock, CloudFormation and EC2 that the code in ``files`` names."""
    words = {word for file in files for word in re.findall(r"[.\"]([a-z]+(?:_[a-z]+)+)\b", file.read_text())}
    services: tuple[Any, ...] = ("bedrock", "cloudformation", "ec2")
    operations = {name: boto3.client(name, region_name="us-east-1").meta.method_to_api_mapping for name in services}
    return {f"{name}:{operations[name][word]}" for name in services for word in words & operations[name].keys()}


# ------------------------------------------------------------------------------------------------------- the linters


def test_cfn_lint_finds_nothing() -> None:
    """cfn-lint has no finding, not even an informational one."""
    found = lint_file(TEMPLATE, {"include_checks": ["I"]})
    assert [f"{match.rule.id} {match.message} (line {match.linenumber})" for match in found] == []


@pytest.mark.parametrize("mode", ["bundled", "live"])
def test_cloudformation_validate_finds_nothing(mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS's own offline validator has no finding."""
    given = (f"PermissionsBoundary={BOUNDARY}", f"KmsKeyArn={KEY}", f"AlarmTopicArn={TOPIC}", f"CatalogMode={mode}")
    assert validate_template.main(str(TEMPLATE), *given) == 0
    assert capsys.readouterr().out == ""


# ------------------------------------------------------------------------------------------------------- permissions


@pytest.mark.parametrize("mode", PARAMETERS["CatalogMode"]["AllowedValues"])
@pytest.mark.parametrize("provider", PARAMETERS["Provider"]["AllowedValues"])
@pytest.mark.parametrize("key", ["", KEY])
def test_the_macros_role_holds_what_its_mode_needs(mode: str, provider: str, key: str) -> None:
    """The macro writes its logs and traces, reads its environment with a key, and asks Bedrock unless bundled."""
    resources = deployed(CatalogMode=mode, Provider=provider, KmsKeyArn=key)["Resources"]
    asks = set() if mode == "bundled" else {"bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"}
    assert actions(resources, "MacroFunctionRole") == LOGS | TRACES | asks | ({"kms:Decrypt"} if key else set())


@pytest.mark.parametrize("mode", PARAMETERS["CatalogMode"]["AllowedValues"])
@pytest.mark.parametrize("key", ["", KEY])
def test_the_providers_role_holds_what_it_needs(mode: str, key: str) -> None:
    """The provider keeps profiles, asks for model access and closes default groups, wherever routes come from."""
    resources = deployed(CatalogMode=mode, KmsKeyArn=key)["Resources"]
    profiles = {"CreateInferenceProfile", "DeleteInferenceProfile", "GetInferenceProfile", "ListInferenceProfiles"}
    assert actions(resources, "ProviderFunctionRole") == (
        LOGS
        | TRACES
        | {f"bedrock:{operation}" for operation in profiles}
        | {"bedrock:TagResource", "bedrock:UntagResource", "bedrock:ListTagsForResource"}
        | {"bedrock:GetFoundationModel", "bedrock:GetFoundationModelAvailability"}
        | {"cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"}
        | {"ec2:DescribeSecurityGroups", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"}
        | {"ec2:DescribeManagedPrefixLists", "ec2:DescribeVpcs"}
        | ({"kms:Decrypt"} if key else set())
    )


def test_a_provider_that_makes_no_profiles_may_not() -> None:
    """Where CloudFormation makes every profile, the provider may still delete and tag those it made before."""
    native, auto = (
        actions(deployed(ProfileMode=mode)["Resources"], "ProviderFunctionRole") for mode in ("native", "auto")
    )
    assert auto - native == {"bedrock:CreateInferenceProfile"}
    assert "bedrock:DeleteInferenceProfile" in native


def test_the_roles_hold_the_calls_that_the_code_makes() -> None:
    """Each call of the code to an AWS service is granted to the function that makes it, and no other call is."""
    resources = deployed(CatalogMode="auto")["Resources"]
    provider, asked = calls(*(SOURCE / "custom_resources").glob("*.py")), calls(SOURCE / "bedrock" / "live.py")
    assert actions(resources, "ProviderFunctionRole") == LOGS | TRACES | provider
    assert actions(resources, "MacroFunctionRole") == LOGS | TRACES | asked


@pytest.mark.parametrize("name", ["MacroFunctionRole", "ProviderFunctionRole"])
def test_everything_is_granted_only_where_aws_knows_no_resource(name: str) -> None:
    """An action is granted on every resource where it can be granted on no less, and only there."""
    # AWS's Service Authorization Reference, as cfn-lint carries it.
    reference = load_resource(AdditionalSpecs, "Policies.json")
    for statement in granted(deployed(CatalogMode="live", KmsKeyArn=KEY)["Resources"], name):
        for action in as_list(statement["Action"]):
            service, _, operation = action.partition(":")
            has_resource = "Resources" in reference[service]["Actions"][operation.lower()]
            assert has_resource == (statement["Resource"] != "*"), action


@pytest.mark.parametrize("name", ["MacroFunction", "ProviderFunction"])
def test_a_function_decrypts_its_own_environment_only(name: str) -> None:
    """The key opens nothing else to a function: neither data, nor the environment of another function."""
    statements = granted(deployed(KmsKeyArn=KEY)["Resources"], f"{name}Role")
    [decrypt] = [each for each in statements if "kms:Decrypt" in as_list(each["Action"])]
    assert decrypt == {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": KEY,
        "Condition": {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": {"Fn::GetAtt": [name, "Arn"]}}},
    }


def test_the_providers_arn_outlives_every_update() -> None:
    """The provider keeps its logical id and has no name of its own: a new ARN would strand every stack that uses it."""
    provider = deployed()["Resources"]["ProviderFunction"]
    assert provider["Type"] == "AWS::Serverless::Function"
    assert "FunctionName" not in provider["Properties"] | deployed()["Globals"]["Function"]


def test_the_macro_s_log_role_only_writes_the_macro_s_log() -> None:
    """CloudFormation, for this account alone, may write to the one log group of the macro."""
    role = deployed()["Resources"]["MacroLogRole"]
    [statement] = statements(role)
    assert set(statement["Action"]) == LOGS
    assert statement["Resource"] == {"Fn::GetAtt": ["MacroLogGroup", "Arn"]}
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_boundary_bounds_every_role() -> None:
    """Where a permissions boundary is given, no role is without it; where none is, none is named."""
    for boundary in ("", BOUNDARY):
        roles = [
            resource["Properties"]
            for resource in deployed(PermissionsBoundary=boundary)["Resources"].values()
            if resource["Type"] == "AWS::IAM::Role"
        ]
        assert len(roles) == 3
        assert {role.get("PermissionsBoundary", "") for role in roles} == {boundary}


def test_no_arn_spells_a_partition() -> None:
    """The template deploys in every partition: an ARN takes its partition from where it is."""
    assert "arn:aws" not in json.dumps([deployed(), deployed(CatalogMode="live")])


# ---------------------------------------------------------------------------------------------------------- resources


@pytest.mark.parametrize("registers", PARAMETERS["RegisterMacro"]["AllowedValues"])
@pytest.mark.parametrize("provider", PARAMETERS["Provider"]["AllowedValues"])
def test_outputs_are_there_with_what_they_are_of(registers: str, provider: str) -> None:
    """Each output names what is deployed, and is exported under the macro's name, beside version and catalog."""
    outputs = deployed(RegisterMacro=registers, Provider=provider, MacroName="Profiles")["Outputs"]
    versions = {"Version": __version__, "CatalogDate": Catalog.bundled().as_of}
    expected: dict[str, Any] = {**versions, "MacroFunctionArn": {"Fn::GetAtt": ["MacroFunction", "Arn"]}}
    if registers == "true":
        expected["MacroName"] = "Profiles"
    if provider == "on":
        expected["ProviderFunctionArn"] = {"Fn::GetAtt": ["ProviderFunction", "Arn"]}
    assert {name: output["Value"] for name, output in outputs.items()} == expected
    exported = {name: output["Export"] for name, output in outputs.items() if name not in versions}
    assert exported == {name: {"Name": f"Profiles-{name}"} for name in expected.keys() - versions.keys()}


def test_what_is_not_wanted_leaves_no_resource_and_no_reference() -> None:
    """Without provider and macro there is nothing of either, and nothing refers to what is not there."""
    resources = deployed(RegisterMacro="false", Provider="off")["Resources"]
    assert sorted(resources) == [
        "MacroDuration",
        "MacroFaults",
        "MacroFunction",
        "MacroFunctionErrors",
        "MacroFunctionLogGroup",
        "MacroFunctionRole",
        "MacroThrottles",
    ]
    assert "PROVIDER_ARN" not in resources["MacroFunction"]["Properties"]["Environment"]["Variables"]
    assert not re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(Provider|MacroLog)', json.dumps(resources))


def test_the_macro_learns_its_modes_from_its_environment() -> None:
    """The parameters reach the macro's function under the names that it reads."""
    function = deployed(CatalogMode="auto", ProfileMode="native")["Resources"]["MacroFunction"]["Properties"]
    variables = function["Environment"]["Variables"]
    assert variables == {
        "CATALOG_MODE": "auto",
        "PROFILE_MODE": "native",
        "PROVIDER_ARN": {"Fn::GetAtt": ["ProviderFunction", "Arn"]},
        "POWERTOOLS_SERVICE_NAME": "macro",
        **{variable: PARAMETERS[rule]["Default"] for rule, variable in VARIABLES.items()},
    }
    code = "".join((SOURCE / name).read_text(encoding="utf-8") for name in ("macro.py", "organisation.py"))
    assert all(f'"{name}"' in code for name in variables)


def test_the_rules_are_read_as_the_parameters_allow_them() -> None:
    """By default there is no rule; and what a parameter takes is a rule that the macro understands."""
    variables = deployed()["Resources"]["MacroFunction"]["Properties"]["Environment"]["Variables"]
    assert Organisation.of_environment({name: str(value) for name, value in variables.items()}) == NO_RULES
    assert PARAMETERS["MinimumLogRetentionInDays"]["AllowedValues"] == [0, *RETENTION_DAYS]
    accepted = [("AllowedGeographies", value) for value in (*GEOGRAPHIES, "not-global", "eu, us")]
    accepted += [("PermissionsBoundaryForRoles", value) for value in (BOUNDARY, ANY_BOUNDARY)]
    accepted += [("LogKmsKeyArn", value) for value in (KEY, KEY.replace("us-east-1:", "${AWS::Region}:"))]
    accepted += [("AllowedModels", "amazon.nova-*, anthropic.*"), ("RequiredTagKeys", "team,cost centre")]
    for name, value in accepted:
        assert re.fullmatch(PARAMETERS[name]["AllowedPattern"], value)
        assert Organisation.of({name: value}) != NO_RULES


def test_a_request_is_served_once_and_while_cloudformation_waits() -> None:
    """The provider gets no request twice and none that CloudFormation has given up, and ends before that itself."""
    function = deployed()["Resources"]["ProviderFunction"]["Properties"]
    called = function["EventInvokeConfig"]
    assert called["MaximumRetryAttempts"] == 0
    assert called["MaximumEventAgeInSeconds"] < SERVICE_TIMEOUT
    assert function["Timeout"] < SERVICE_TIMEOUT


def test_functions_have_log_groups_that_end() -> None:
    """Both functions log to groups of the stack, whose logs are kept as long as asked, under the key that was given."""
    resources = deployed(LogRetentionInDays="14", KmsKeyArn=KEY)["Resources"]
    groups = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::Logs::LogGroup"}
    assert all(group == {"RetentionInDays": "14", "KmsKeyId": KEY} for group in groups.values())
    functions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Serverless::Function"]
    used = {function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions}
    used.add(resources["Macro"]["Properties"]["LogGroupName"]["Ref"])
    assert used == groups.keys()
    assert len(used) == 3


def test_both_functions_take_signed_code_only_if_asked() -> None:
    """A code signing configuration that is given holds for both functions; without one neither names any."""
    for arn in ("", SIGNING):
        resources = deployed(CodeSigningConfigArn=arn)["Resources"].values()
        functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Function"]
        assert [function.get("CodeSigningConfigArn", "") for function in functions] == [arn, arn]


def test_a_function_that_nears_its_time_out_raises_the_alarm() -> None:
    """The alarm on the duration of each function comes at four fifths of the time that it has."""
    resources = deployed()["Resources"]
    for name, function in (("MacroDuration", "MacroFunction"), ("ProviderDuration", "ProviderFunction")):
        alarm, watched = resources[name]["Properties"], resources[function]["Properties"]
        assert alarm["Threshold"] == watched["Timeout"] * 1000 * 4 / 5
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]


@pytest.mark.parametrize("provider", ["on", "off"])
def test_the_dashboard_is_made_if_asked_and_shows_metrics_that_there_are(provider: str) -> None:
    """Its body is JSON, its metrics are those of the functions' own code, and its query has fields of the log."""
    assert "MacroDashboard" not in deployed()["Resources"]
    dashboard = deployed(Dashboard="true", Provider=provider)["Resources"]["MacroDashboard"]["Properties"]
    text, values = dashboard["DashboardBody"]["Fn::Sub"]
    assert values == {"Provider": {"Ref": "ProviderFunction"} if provider == "on" else "none"}
    widgets = json.loads(text.replace("${MacroName}", "Profiles"))["widgets"]
    code = (SOURCE / "macro.py").read_text(encoding="utf-8")
    for name in ("Expansions", "Declarations", "Faults", "Problems", "refused", "unforeseen", "problems", "request_id"):
        assert name in json.dumps(widgets)
        assert name in code


def test_alarms_tell_the_topic() -> None:
    """Every alarm tells the topic that was given when it starts and when it ends, and nobody where none was."""
    for topic in ("", TOPIC):
        resources = deployed(AlarmTopicArn=topic)["Resources"].values()
        alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
        assert len(alarms) == 8
        for actions in ("AlarmActions", "OKActions"):
            assert [alarm.get(actions, []) for alarm in alarms] == [[topic] if topic else []] * 8


def macro_with_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the macro an event that it meets with a fault of its own."""
    monkeypatch.setattr(macro, "expand", broken)
    event = {"region": "us-east-1", "accountId": "111122223333", "requestId": "r", "fragment": {}}
    assert macro.handler(event, None)["status"] == "failure"


def provider_with_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the provider a request that it meets with a fault of its own."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    from lambda_bedrock_profile import provider

    monkeypatch.setattr(provider, "dispatch", broken)
    event = {"RequestType": "Create", "LogicalResourceId": "X", "RequestId": "r", "StackId": "s"}
    provider.serve(event, SimpleNamespace(aws_request_id="r"))
    assert provider.helper.Status == "FAILED"


def broken(*_: Any) -> None:
    """Stands in for code with a fault."""
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("fault", "alarm"), [(macro_with_a_fault, "MacroFaults"), (provider_with_a_fault, "ProviderFaults")]
)
def test_a_fault_raises_the_alarm(
    fault: Callable[[pytest.MonkeyPatch], None],
    alarm: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The metric of a fault, as the function emits it, is the one that its alarm watches."""
    fault(monkeypatch)
    lines = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    [emitted] = list(lines)
    [metric] = emitted["_aws"]["CloudWatchMetrics"]
    watched = deployed()["Resources"][alarm]["Properties"]
    assert [each["Name"] for each in metric["Metrics"]] == [watched["MetricName"]]
    assert metric["Namespace"] == watched["Namespace"]
    [dimensions] = metric["Dimensions"]
    assert watched["Dimensions"] == [{"Name": name, "Value": emitted[name]} for name in dimensions]


# ----------------------------------------------------------------------------------------------------- samconfig.toml


@pytest.mark.parametrize("environment", ["default", "production"])
def test_samconfig_deploys_the_template_as_it_is(environment: str) -> None:
    """Both environments name a stack, acknowledge IAM, and give parameters that the template has and allows."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    assert settings["version"] == 0.1
    assert settings.keys() == {"version", "default", "production"}
    own = settings[environment]
    assert own["global"]["parameters"]["stack_name"] == "lambda-bedrock-profile"
    deploy = own["deploy"]["parameters"]
    assert deploy["capabilities"] == "CAPABILITY_IAM"
    for override in deploy.get("parameter_overrides", []):
        name, _, value = override.partition("=")
        assert value in map(str, PARAMETERS[name]["AllowedValues"])
