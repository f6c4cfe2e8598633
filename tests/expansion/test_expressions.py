"""The user's expressions decide and stay; what parameters hold is never told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bedrock_profile import macro
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    MODEL,
    expanded,
    new,
    on,
    problems,
    resources,
    role,
    serverless,
    template,
    variables,
)

SENTINEL = "s3ntinelvalue"
SECTIONS: dict[str, Any] = {
    "Parameters": {
        "Text": {"Type": "String", "Default": SENTINEL},
        "Model": {"Type": "String"},
        "Hidden": {"Type": "String", "NoEcho": True},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>"},
        "Items": {"Type": "CommaDelimitedList"},
        "Size": {"Type": "Number"},
    },
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "Text"}, "x"]}},
    "Mappings": {"Models": {"us-east-1": {"Id": MODEL}, "eu-central-1": {"Id": MODEL}}},
}
VALUES: dict[str, Any] = {
    "Text": SENTINEL,
    "Hidden": SENTINEL,
    "Stored": SENTINEL,
    "Items": [SENTINEL],
    "Size": "512",
    "Model": MODEL,
}
TEXT = {"Ref": "Text"}
HIDDEN = {"Fn::Sub": "${Hidden}-${Stored}"}

EXPRESSIONS: list[tuple[str, Any]] = [
    *(
        ("LambdaFunctionProps", {**FUNCTION, name: value})
        for name, value in {
            "Code": {"S3Bucket": TEXT, "S3Key": HIDDEN},
            "Description": HIDDEN,
            "FunctionName": TEXT,
            "Handler": TEXT,
            "MemorySize": {"Ref": "Size"},
            "Timeout": {"Fn::If": ["C", 60, {"Fn::ImportValue": "Timeout"}]},
            "Layers": {"Ref": "Items"},
            "KmsKeyArn": {"Ref": "Hidden"},
            "Tags": [{"Key": "a", "Value": TEXT}],
            "Environment": {"Variables": {"AA": TEXT, "BB": {"Ref": "Hidden"}, "CC": "{{resolve:ssm:/a}}"}},
            "ReservedConcurrentExecutions": {"Fn::ImportValue": "x"},
            "Architectures": [{"Fn::If": ["C", "arm64", "x86_64"]}],
            "VpcConfig": {"SubnetIds": {"Ref": "Items"}, "SecurityGroupIds": [TEXT]},
            "TracingConfig": {"Mode": {"Fn::If": ["C", "Active", "PassThrough"]}},
            "LoggingConfig": {"LogGroup": TEXT},
        }.items()
    ),
    ("InferenceProfileProps", {"InferenceProfileName": TEXT, "Description": TEXT}),
    ("InferenceProfileProps", {"Tags": [{"Key": "secret", "Value": {"Ref": "Hidden"}}, {"Key": "s", "Value": HIDDEN}]}),
    ("RoleProps", {"Path": {"Fn::Sub": "/${Hidden}/"}, "PermissionsBoundary": HIDDEN, "RoleName": TEXT}),
    ("RoleProps", {"ManagedPolicyArns": {"Ref": "Items"}, "Tags": [{"Key": "a", "Value": {"Ref": "Stored"}}]}),
    ("LogGroupProps", {"KmsKeyId": {"Ref": "Hidden"}, "LogGroupName": HIDDEN}),
    ("LogGroupProps", {"RetentionInDays": {"Fn::If": ["C", 7, 14]}}),
]


@pytest.mark.parametrize(("name", "value"), EXPRESSIONS)
def test_an_expression_stays_where_it_stood(name: str, value: Any) -> None:
    """Each property of the user's is in the processed template as it was written, and no parameter's value is."""
    source = template(SECTIONS, X=new(**{name: value}))
    found = resources(source, **VALUES)
    kind = {"LambdaFunctionProps": "X", "InferenceProfileProps": "XInferenceProfile", "RoleProps": "XRole"}
    properties = found[kind.get(name, "XLogGroup")]["Properties"]
    environment, logging = value.get("Environment", {}), value.get("LoggingConfig", {})
    if environment:
        assert environment["Variables"].items() <= properties["Environment"]["Variables"].items()
    assert logging.items() <= properties.get("LoggingConfig", {}).items()
    others = value.keys() - {"Environment", "LoggingConfig"}
    assert {key: properties[key] for key in others} == {key: value[key] for key in others}
    assert SENTINEL not in json.dumps(found)


@pytest.mark.parametrize(
    "expression",
    [
        {"Ref": "Model"},
        {"Fn::Sub": "${Model}"},
        {"Fn::If": ["C", "amazon.nova-pro-v1:0", {"Ref": "Model"}]},
        {"Fn::FindInMap": ["Models", {"Ref": "AWS::Region"}, "Id"]},
        {"Fn::Join": ["", ["amazon.", {"Fn::Select": [1, {"Fn::Split": ["amazon.", {"Ref": "Model"}]}]}]]},
    ],
)
def test_the_model_may_be_any_expression_that_is_known(expression: Any) -> None:
    """The model decides the route, and each ARN holds the expression and not what it comes to."""
    declared = template(SECTIONS, X=new(BedrockModelId=expression))
    found = resources({key: value for key, value in declared.items() if key != "Mappings"} if expression.keys() != {
        "Fn::FindInMap"} else declared, **VALUES)  # fmt: skip
    assert found["X"]["Properties"]["Environment"]["Variables"]["BEDROCK_MODEL"] == expression
    assert "nova-lite" not in json.dumps(found)
    assert ":inference-profile/us." in json.dumps(found["XInferenceProfile"])


def test_a_changed_parameter_changes_no_more_than_the_route() -> None:
    """Another model that takes the same route gives the same template, but for the name of the profile."""
    source = template(SECTIONS, X=new(BedrockModelId={"Ref": "Model"}))
    one, other = (expanded(source, **{**VALUES, "Model": model}) for model in (MODEL, "amazon.nova-micro-v1:0"))
    for found in (one, other):
        name = found["Resources"]["XInferenceProfile"]["Properties"].pop("InferenceProfileName")
        assert SENTINEL not in json.dumps(name)
    assert json.dumps(one["Resources"]["XInferenceProfile"]) == json.dumps(other["Resources"]["XInferenceProfile"])


REFUSED: list[dict[str, Any]] = [
    new(BedrockModelId=TEXT),
    new(BedrockModelId={"Fn::Sub": "us.${Text}"}),
    new(BedrockModelId={"Ref": "Hidden"}),
    new(BedrockModelId={"Ref": "Stored"}),
    new(Geography=TEXT),
    new(Geography={"Ref": "Hidden"}),
    new(DestinationRegions={"Ref": "Items"}),
    new(DeployVpc=TEXT),
    new(DeployCrossRegionProfile=HIDDEN),
    new(FoundationModelEnvironmentVariableName={"Fn::Sub": "${Text}-name"}),
    new(InterfaceEndpoints={"Ref": "Items"}),
    new(ExistingVpc={"VpcId": TEXT, "SubnetIds": {"Ref": "Items"}}),
    new(LambdaFunctionProps={**FUNCTION, "Timeout": TEXT, "MemorySize": TEXT, "Runtime": {"Fn::Sub": "${Text}!"}}),
    new(LambdaFunctionProps={**FUNCTION, "Role": TEXT, "Code": TEXT, "PackageType": TEXT}),
    new(
        InferenceProfileProps={
            "InferenceProfileName": {"Fn::Sub": "${Text}--"},
            "Tags": [{"Key": {"Fn::Sub": "${Text}!"}}],
        }
    ),
    new(RoleProps={"Policies": TEXT, "Tags": {"Fn::Select": [0, {"Fn::Split": ["v", TEXT]}]}}),
    new(LogGroupProps={"RetentionInDays": TEXT, "LogGroupName": {"Fn::Sub": "${Text} !"}}),
    on(TEXT),
    on({"Ref": "Hidden"}),
    on(TEXT, ExistingVpc={"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}),
    {**new(), "DeletionPolicy": "Snapshot", "Metadata": TEXT},
]


@pytest.mark.parametrize("declaration", REFUSED)
def test_no_message_tells_a_parameter(declaration: dict[str, Any]) -> None:
    """A refused property says what is wrong with it and never what came from a parameter."""
    found = problems(template(SECTIONS, X=declaration), provider=True, **VALUES)
    assert found
    for item in found:
        assert SENTINEL not in str(item).lower()


ACCEPTED = [
    new(
        LambdaFunctionProps={**FUNCTION, "Environment": {"Variables": {"AA": TEXT, "BB": {"Ref": "Hidden"}}}},
        InferenceProfileProps={"Tags": [{"Key": "secret", "Value": HIDDEN}]},
        RoleProps={"PermissionsBoundary": {"Ref": "Stored"}},
    ),
    on("Chat", BedrockModelId={"Ref": "Model"}),
]


@pytest.mark.parametrize("declarations", [*([item] for item in REFUSED), ACCEPTED])
def test_nothing_leaves_the_macro_with_a_secret_in_it(
    declarations: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the answer nor the log nor the standard streams of the macro show what a parameter holds."""
    resources = {f"X{number}": item for number, item in enumerate(declarations)}
    sections = {**SECTIONS, "Parameters": {**SECTIONS["Parameters"], "Text": {"Type": "String"}}}
    event: dict[str, Any] = {
        "region": "us-east-1",
        "accountId": ACCOUNT,
        "fragment": template(sections, Chat=serverless(), Role=role(), **resources),
        "transformId": f"{ACCOUNT}::LambdaBedrockProfile",
        "params": {"Secret": SENTINEL},
        "requestId": "4ccbdd1c-1e6f-4f0a-9e0e-5a1d6ae8e001",
        "templateParameterValues": VALUES,
    }
    answer = json.dumps(macro.handler(event, None))
    assert ('"success"' in answer) == (len(declarations) > 1)
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert "X0" in answer
    assert event["requestId"] in logged
    assert SENTINEL not in (answer + logged + "".join(capsys.readouterr())).lower()


DECIDING: list[tuple[dict[str, Any], str, Any]] = [
    ({"Geography": {"Ref": "Decides"}}, "String", "us"),
    ({"Geography": "us", "DestinationRegions": {"Ref": "Decides"}}, "CommaDelimitedList", ["us-east-2", "us-west-2"]),
    ({"DeployVpc": True, "InterfaceEndpoints": {"Ref": "Decides"}}, "CommaDelimitedList", ["bedrock-runtime", "sqs"]),
    ({"FoundationModelEnvironmentVariableName": {"Ref": "Decides"}}, "String", "MODEL_NAME"),
    ({"InferenceProfileEnvironmentVariableName": {"Ref": "Decides"}}, "String", "PROFILE_NAME"),
]


@pytest.mark.parametrize(("declared", "kind", "value"), DECIDING)
def test_a_value_that_decides_what_is_made_is_in_the_processed_template(
    declared: dict[str, Any], kind: str, value: Any
) -> None:
    """Regions, services and names of variables are written out, since what is made depends on them."""
    source = template({"Parameters": {"Decides": {"Type": kind}}}, X=new(**declared))
    texts = json.dumps(resources(source, "us-east-1", Decides=value))
    assert '"Decides"' not in texts
    assert all(item in texts for item in ([value] if kind == "String" else value))


@pytest.mark.parametrize("secret", [{"NoEcho": True}, {"Type": "AWS::SSM::Parameter::Value<String>"}])
@pytest.mark.parametrize(("declared", "kind", "value"), DECIDING)
def test_no_secret_decides_what_is_made(
    declared: dict[str, Any], kind: str, value: Any, secret: dict[str, Any]
) -> None:
    """A NoEcho or an SSM parameter is not looked at, so nothing can be made of it, and the error has its name alone."""
    source = template({"Parameters": {"Decides": {"Type": kind, **secret}}}, X=new(**declared))
    (found,) = problems(source, Decides=value)
    assert "its value cannot be known before deployment" in found.what
    assert not any(f" {item}" in str(found) for item in ([value] if kind == "String" else value))


def test_no_value_is_absent() -> None:
    """AWS::NoValue gives the default, for a property and inside the maps."""
    absent = {"Ref": "AWS::NoValue"}
    function = {**FUNCTION, "Role": absent, "Timeout": absent, "LoggingConfig": absent, "TracingConfig": absent}
    source = template(X=new(Geography=absent, RoleProps=absent, LambdaFunctionProps=function))
    assert resources(source) == resources(template(X=new()))


def test_a_profile_without_a_name_in_one_branch_gets_the_generated_one() -> None:
    """A name that a condition leaves out is made up, since a profile has to have one."""

    def name(**properties: Any) -> Any:
        found = resources(template(SECTIONS, X=new(**properties)), **VALUES)
        return found["XInferenceProfile"]["Properties"]["InferenceProfileName"]

    written = {"Fn::If": ["C", TEXT, {"Ref": "AWS::NoValue"}]}
    assert name(InferenceProfileProps={"InferenceProfileName": written}) == {"Fn::If": ["C", TEXT, name()]}


@pytest.mark.parametrize(
    "config",
    [
        {"LogGroup": {"Ref": "AWS::NoValue"}, "LogFormat": "JSON"},
        {"Fn::If": ["C", {"LogGroup": {"Ref": "AWS::NoValue"}}, {"LogFormat": "JSON"}]},
    ],
)
def test_a_log_group_of_no_value_is_none(config: Any) -> None:
    """A function whose LogGroup is AWS::NoValue logs to the generated group, and its role may."""
    found = resources(template(SECTIONS, X=new(LambdaFunctionProps={**FUNCTION, "LoggingConfig": config})), **VALUES)
    statements = found["XRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [item["Resource"] for item in statements if item["Sid"] == "WriteLogs"] == [
        {"Fn::GetAtt": ["XLogGroup", "Arn"]}
    ]
    assert "AWS::NoValue" not in json.dumps(found["XRole"])


@pytest.mark.parametrize(
    ("config", "targets"),
    [
        ({"TargetArn": "arn:aws:sqs:us-east-1:111122223333:q"}, ["arn:aws:sqs:us-east-1:111122223333:q"]),
        ({"TargetArn": {"Ref": "AWS::NoValue"}}, []),
        ({}, []),
        ({"Fn::If": ["Elsewhere", {"Ref": "AWS::NoValue"}, 5]}, []),
        (
            {"Fn::If": ["C", {"TargetArn": {"Fn::ImportValue": "Queue"}}, {"Ref": "AWS::NoValue"}]},
            [{"Fn::ImportValue": "Queue"}],
        ),
    ],
)
def test_dead_letters_may_be_sent_where_there_is_a_target(config: Any, targets: list[Any]) -> None:
    """The role may send to the function's dead-letter target, conditional or not, and to nothing without one."""
    found = resources(template(SECTIONS, X=new(LambdaFunctionProps={**FUNCTION, "DeadLetterConfig": config})), **VALUES)
    statements = json.dumps(found["XRole"]["Properties"]["Policies"])
    assert ("sqs:SendMessage" in statements) == bool(targets)
    for target in targets:
        assert json.dumps(target) in statements
    assert ('{"Ref": "AWS::NoValue"}' in statements) == ("Fn::If" in config)


def test_neighbours_under_a_condition_are_named_under_it() -> None:
    """The policy names a queue and a log group in the branch that has them, so neither has to be there in the other."""
    function = {
        **FUNCTION,
        "DeadLetterConfig": {"Fn::If": ["C", {"TargetArn": {"Fn::GetAtt": ["Q", "Arn"]}}, {"Ref": "AWS::NoValue"}]},
        "LoggingConfig": {"LogGroup": {"Fn::If": ["C", {"Ref": "G"}, {"Ref": "AWS::NoValue"}]}},
    }
    others = {
        name: {"Type": kind, "Condition": "C"}
        for name, kind in (("Q", "AWS::SQS::Queue"), ("G", "AWS::Logs::LogGroup"))
    }
    found = resources(template(SECTIONS, **others, X=new(LambdaFunctionProps=function)), **VALUES)
    statements = found["XRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (logs,) = (item["Resource"] for item in statements if item.get("Sid") == "WriteLogs")
    assert logs["Fn::If"][0] == "C"
    assert "${G}" in json.dumps(logs["Fn::If"][1])
    assert logs["Fn::If"][2] == {"Fn::GetAtt": ["XLogGroup", "Arn"]}
    (letters,) = (item["Fn::If"] for item in statements if "Fn::If" in item)
    assert letters[1]["Resource"] == {"Fn::GetAtt": ["Q", "Arn"]}
    assert letters[::2] == ["C", {"Ref": "AWS::NoValue"}]


def test_a_variable_of_no_value_is_not_there() -> None:
    """It is given the model or the profile, in a new function and in one of the template."""
    own = {"Variables": {"BEDROCK_MODEL": {"Ref": "AWS::NoValue"}}}
    found = resources(template(X=new(LambdaFunctionProps={**FUNCTION, "Environment": own})))
    assert variables(found["X"])["BEDROCK_MODEL"] == MODEL
    found = resources(template(Chat=serverless(Environment=own), X=on("Chat")))
    assert variables(found["Chat"])["BEDROCK_MODEL"] == MODEL


def test_an_image_is_said_to_be_one() -> None:
    """Lambda takes an image without PackageType for an archive, so it is written; what the user wrote stays."""
    image = {"Code": {"ImageUri": {"Ref": "P"}}}
    for function in (image, {**image, "PackageType": "Image"}):
        assert resources(template(X=new(LambdaFunctionProps=function)))["X"]["Properties"]["PackageType"] == "Image"
    assert "PackageType" not in resources(template(X=new()))["X"]["Properties"]


def test_a_branch_of_no_value_gets_the_default() -> None:
    """What stands under a condition has our default where that does not hold, not Lambda's or none."""

    def either(value: Any) -> dict[str, Any]:
        return {"Fn::If": ["C", value, {"Ref": "AWS::NoValue"}]}

    tags = [{"Key": "app", "Value": "assistant"}]
    declaration = new(
        LambdaFunctionProps={**FUNCTION, "Timeout": either(60), "TracingConfig": either({"Mode": "PassThrough"})},
        LogGroupProps={"RetentionInDays": either(7)},
        InferenceProfileProps={"Tags": tags},
        RoleProps={"Tags": either([])},
    )
    found = {name: item["Properties"] for name, item in resources(template(SECTIONS, X=declaration), **VALUES).items()}
    assert found["X"]["Timeout"] == {"Fn::If": ["C", 60, 30]}
    assert found["X"]["TracingConfig"] == {"Fn::If": ["C", {"Mode": "PassThrough"}, {"Mode": "Active"}]}
    assert found["XLogGroup"]["RetentionInDays"] == {"Fn::If": ["C", 7, 731]}
    assert found["XRole"]["Tags"] == {"Fn::If": ["C", [], tags]}
