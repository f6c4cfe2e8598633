"""Properties that cannot stand together, or do nothing together."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from tests.support.declarations import flaw, flaws, minimal, valid, within
from tests.support.templates import CODE, FUNCTION, MODEL

EXISTING = {"BedrockModelId": MODEL, "ExistingLambdaObj": "Chat"}


@pytest.mark.parametrize("properties", [minimal(ExistingLambdaObj="Chat"), {"BedrockModelId": MODEL}, {}])
def test_there_is_exactly_one_function(properties: Any) -> None:
    """Both kinds of function, or neither, is one problem that says so."""
    (problem,) = (problem for problem in flaws(properties) if "exactly one of" in problem.fix)
    assert problem.path == ("Properties",)


@pytest.mark.parametrize("name", ["Runtime", "Handler", "Code"])
def test_a_misspelt_property_is_not_missing_too(name: str) -> None:
    """One typo is one problem, also where the property is needed."""
    function = {(name + "s" if key == name else key): value for key, value in FUNCTION.items()}
    assert flaw(minimal(LambdaFunctionProps=function)).fix.startswith(f"Did you mean {name}?")
    model = minimal(BedrockModelId=None, BedrockModelID=MODEL)
    assert flaw(model).fix == "Did you mean BedrockModelId?"


LATER: list[Any] = [
    {"Ref": "Network"},
    {"Ref": "Hidden"},
    {"Ref": "FromSsm"},
    {"Fn::GetAtt": ["Network", "VpcId"]},
    {"Fn::ImportValue": "network"},
    {"Fn::If": ["Never", "a", NO_VALUE]},
    {"Fn::If": ["OnlyDeploymentKnows", "a", "b"]},
    NO_VALUE,
    "{{resolve:ssm:/network}}",
    "text",
]
SCOPE = {
    "Parameters": {
        "Hidden": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
        "FromSsm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/network"},
    },
    "Conditions": {
        "Never": {"Fn::Equals": ["a", "b"]},
        "OnlyDeploymentKnows": {"Fn::Equals": [{"Fn::ImportValue": "x"}, "b"]},
    },
}


@pytest.mark.parametrize("value", LATER)
@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("ExistingVPC", "ExistingVpc"),
        ("RoleProps.PermissionBoundary", "PermissionsBoundary"),
        ("LogGroupProps.KmsKeyID", "KmsKeyId"),
        ("LambdaFunctionProps.Code.Zipfile", "ZipFile"),
        ("LambdaFunctionProps.TracingConfig.Mod", "Mode"),
        ("LambdaFunctionProps.VpcConfig.SubnetId", "SubnetIds"),
        ("ExistingVpc.CidrBlok", "CidrBlock"),
        ("Monitoring.AlarmTopicArm", "AlarmTopicArn"),
        ("Guardrail.Identifer", "Identifier"),
    ],
)
def test_a_misspelt_property_is_reported_whatever_its_value_is(path: str, meant: str, value: Any) -> None:
    """A typo whose value only deployment knows is an error as any other, and never ignored in silence."""
    found = flaws(within(path, value), scope=SCOPE)
    (problem,) = (item for item in found if item.what == "is not a property")
    assert problem.path == ("Properties", *path.split("."))
    assert problem.fix.startswith(f"Did you mean {meant}?")
    assert not any("cannot be known before deployment" in item.what for item in found)


@pytest.mark.parametrize("branch", [1, 2])
@pytest.mark.parametrize("condition", ["Never", "OnlyDeploymentKnows"])
def test_a_misspelt_property_is_reported_in_every_branch(condition: str, branch: int) -> None:
    """A typo in a branch of Fn::If is found there, whether the branch will be taken or not."""
    logging: list[Any] = [condition, NO_VALUE, NO_VALUE]
    logging[branch] = {"LogGruop": "x"}
    tags: list[Any] = [condition, NO_VALUE, NO_VALUE]
    tags[branch] = {"Key": "a", "Value": "b", "Valeu": {"Ref": "Hidden"}}
    properties = within("LambdaFunctionProps.LoggingConfig", {"Fn::If": logging})
    properties["InferenceProfileProps"] = {"Tags": [NO_VALUE, {"Fn::If": tags}]}
    vpcs: list[Any] = [condition, NO_VALUE, NO_VALUE]
    vpcs[branch] = {"VpcId": "vpc-1", "SubnetId": {"Ref": "Hidden"}}
    properties["ExistingVpc"] = {"Fn::If": vpcs}
    paths = [item.path for item in flaws(properties, scope=SCOPE) if item.what == "is not a property"]
    assert sorted(paths) == [
        ("Properties", "ExistingVpc", "Fn::If", branch, "SubnetId"),
        ("Properties", "InferenceProfileProps", "Tags", 1, "Fn::If", branch, "Valeu"),
        ("Properties", "LambdaFunctionProps", "LoggingConfig", "Fn::If", branch, "LogGruop"),
    ]


@pytest.mark.parametrize("value", [{"Ref": "F"}, {"Fn::GetAtt": ["F", "Arn"]}, {"Fn::ImportValue": "f"}, "F"])
@pytest.mark.parametrize("name", ["existingLambdaObj", "ExistingLambda", "LambdaFunctionProp"])
def test_a_misspelt_function_is_not_a_missing_one(name: str, value: Any) -> None:
    """The one message of a declaration whose function is misspelt is about the typo."""
    problem = flaw({"BedrockModelId": MODEL, name: value})
    assert problem.path == ("Properties", name)
    assert problem.fix.startswith("Did you mean ")


def test_a_misspelt_property_that_a_condition_leaves_out_is_not_missing_too() -> None:
    """One typo is one problem, also if a condition takes its value away."""
    function = {name: value for name, value in FUNCTION.items() if name != "Handler"}
    written_ = minimal(LambdaFunctionProps={**function, "Handlr": {"Fn::If": ["Never", "a.b", NO_VALUE]}})
    assert flaw(written_, scope=SCOPE).fix.startswith("Did you mean Handler?")


@pytest.mark.parametrize("missing", ["Runtime", "Handler"])
def test_a_function_from_source_needs_a_runtime_and_a_handler(missing: str) -> None:
    """A function that Lambda could not start is refused, and a container image is let through."""
    function = {name: value for name, value in FUNCTION.items() if name != missing}
    problem = flaw(minimal(LambdaFunctionProps=function))
    assert problem.what.startswith(f"{missing} is missing")
    valid(minimal(LambdaFunctionProps={"Code": {"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1"}}))
    valid(minimal(LambdaFunctionProps={"PackageType": "Image", "Code": {"ImageUri": {"Ref": "Image"}}}))


def test_a_function_needs_code() -> None:
    """A function without code is refused, an empty Code too."""
    assert flaw(minimal(LambdaFunctionProps={"Runtime": "python3.13", "Handler": "a.b"})).what == "Code is missing"


IMAGE = {"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1"}


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ({**FUNCTION, "Code": {**CODE, **IMAGE}}, "Code"),
        ({**FUNCTION, "Code": {**CODE, "S3Key": "k"}}, "Code"),
        ({**FUNCTION, "Code": {"S3Bucket": "b"}}, "Code"),
        ({**FUNCTION, "Code": {"S3Key": "k", "S3Bucket": NO_VALUE}}, "Code"),
        ({**FUNCTION, "Code": {"S3ObjectVersion": "3"}}, "Code"),
    ],
)
def test_a_function_has_one_source_of_its_code(function: dict[str, Any], path: str) -> None:
    """Two sources, or half of one, are reported before the deployment."""
    assert flaw(minimal(LambdaFunctionProps=function)).where == f"X.Properties.LambdaFunctionProps.{path}"


@pytest.mark.parametrize(
    "function",
    [
        {"PackageType": "Zip", "Code": IMAGE},
        {"PackageType": "Image", "Code": CODE},
        {"Code": IMAGE, "Runtime": "python3.13", "Layers": ["arn:aws:lambda:us-east-1:111122223333:layer:l:1"]},
        {**FUNCTION, "ImageConfig": {"Command": ["a"]}},
        {**FUNCTION, "Runtime": "java21"},
        {**FUNCTION, "Code": {"GitRepository": "x"}},
    ],
)
def test_what_suits_a_package_is_not_the_macros_matter(function: dict[str, Any]) -> None:
    """Rules of Lambda that the expansion does not depend on are cfn-lint's and CloudFormation's."""
    valid(minimal(LambdaFunctionProps=function))


def test_code_that_a_condition_chooses_is_left_to_deployment() -> None:
    """A function that is an archive here and an image there, all under Fn::If, is nobody's mistake."""
    either = {
        "PackageType": {"Fn::If": ["Image", "Image", "Zip"]},
        "Code": {"Fn::If": ["Image", IMAGE, {"S3Bucket": "b", "S3Key": "k"}]},
        "Runtime": {"Fn::If": ["Image", NO_VALUE, "java21"]},
        "Handler": {"Fn::If": ["Image", NO_VALUE, "a.B::c"]},
    }
    members = {
        "ZipFile": {"Fn::If": ["Image", NO_VALUE, "x"]},
        "S3Bucket": {"Fn::If": ["Image", "b", NO_VALUE]},
        "S3Key": {"Fn::If": ["Image", "k", NO_VALUE]},
    }
    valid(minimal(LambdaFunctionProps={"Code": {"Fn::If": ["Image", IMAGE, {"ImageUri": "other"}]}}))
    for condition in ({"Fn::Equals": ["a", "a"]}, {"Fn::Equals": ["a", "b"]}, {"Fn::Equals": ["a", {"Ref": "P"}]}):
        valid(minimal(LambdaFunctionProps=either), scope={"Conditions": {"Image": condition}})
        valid(minimal(LambdaFunctionProps={**FUNCTION, "Code": members}), scope={"Conditions": {"Image": condition}})


@pytest.mark.parametrize(("name", "low", "high"), [("Timeout", 901, 5400), ("MemorySize", 10241, 32768)])
def test_more_is_allowed_with_a_capacity_provider(name: str, low: int, high: int) -> None:
    """The larger limits of managed instances hold only beside CapacityProviderConfig."""
    provider: dict[str, Any] = {"CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {}}}
    flaw(minimal(LambdaFunctionProps={**FUNCTION, name: low}))
    valid(minimal(LambdaFunctionProps={**FUNCTION, **provider, name: high}))
    flaw(minimal(LambdaFunctionProps={**FUNCTION, **provider, name: high + 1}))


@pytest.mark.parametrize(
    ("model", "profile", "named"),
    [
        ("SAME", "SAME", "FoundationModelEnvironmentVariableName"),
        (None, "BEDROCK_MODEL", "InferenceProfileEnvironmentVariableName"),
        ("BEDROCK_PROFILE", None, "FoundationModelEnvironmentVariableName"),
    ],
)
def test_the_two_variables_need_two_names(model: str | None, profile: str | None, named: str) -> None:
    """One variable cannot hold both the model and the profile, defaults included."""
    properties = minimal(FoundationModelEnvironmentVariableName=model, InferenceProfileEnvironmentVariableName=profile)
    assert flaw(properties).path == ("Properties", named)


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({**EXISTING, "RoleProps": {"Path": "/a/"}}, "RoleProps"),
        ({**EXISTING, "LogGroupProps": {"RetentionInDays": 7}}, "LogGroupProps"),
        (
            minimal(RoleProps={}, LambdaFunctionProps={**FUNCTION, "Role": "arn:aws:iam::111122223333:role/r"}),
            "RoleProps",
        ),
        (
            minimal(LogGroupProps={}, LambdaFunctionProps={**FUNCTION, "LoggingConfig": {"LogGroup": "g"}}),
            "LogGroupProps",
        ),
    ],
)
def test_a_property_without_effect_is_reported(properties: Any, name: str) -> None:
    """Nobody believes in a setting that does nothing."""
    problem = flaw(properties)
    assert problem.path == ("Properties", name)
    assert problem.what.startswith("has no effect, since ")
    assert problem.fix == f"Remove {name}"


@pytest.mark.parametrize(
    ("properties", "path", "words"),
    [
        ({"VpcProps": {"MaxAzs": 1}}, (), "is ignored, since no VPC is made without DeployVpc: true"),
        ({"VpcProps": {"MaxAzs": 1}, "DeployVpc": False}, (), "is ignored, since no VPC"),
        ({"VpcProps": {"EnableDnsSupport": "false"}}, ("EnableDnsSupport",), "the private DNS names of the endpoints"),
        ({"VpcProps": {"EnableDnsHostnames": False}}, ("EnableDnsHostnames",), "is overridden, since the private DNS"),
        ({"VpcProps": {"NatGateways": 2}}, ("NatGateways",), "is overridden, since nothing leads out of the VPC"),
        ({"VpcProps": {"SubnetConfiguration": []}}, ("SubnetConfiguration",), "one isolated subnet in each zone"),
    ],
)
def test_what_is_ignored_or_overridden_of_a_vpc_is_a_warning(properties: Any, path: Any, words: str) -> None:
    """Whoever writes VpcProps as for the construct can deploy, and lint says what of it does nothing."""
    deploying = {"DeployVpc": True} if path else {}
    warning = flaw(minimal(**deploying, **properties))
    assert (warning.level, warning.rule, warning.path) == ("warning", "ignored", ("Properties", "VpcProps", *path))
    assert words in warning.what


@pytest.mark.parametrize(
    "properties",
    [
        {"VpcProps": {"EnableDnsSupport": True, "EnableDnsHostnames": "true", "NatGateways": 0}, "DeployVpc": True},
        {"VpcProps": {"EnableDnsSupport": {"Fn::If": ["Never", False, True]}}, "DeployVpc": True},
        {"VpcProps": {"MaxAzs": 1}, "DeployVpc": {"Fn::If": ["Never", True, False]}},
    ],
)
def test_what_agrees_with_the_vpc_that_is_made_is_no_warning(properties: Any) -> None:
    """Nothing is said of a value that is what the VPC has anyway, nor of a parameter that makes no VPC this time."""
    valid(minimal(**properties), scope=SCOPE)


def test_log_group_properties_have_an_effect_where_a_branch_leaves_the_log_group_open() -> None:
    """A LogGroup of AWS::NoValue, by itself or in a branch, leaves the function with the generated one."""
    for group in (NO_VALUE, {"Fn::If": ["C", "g", NO_VALUE]}):
        config = {"LogFormat": "JSON", "LogGroup": group}
        for logging in (config, {"Fn::If": ["C", config, NO_VALUE]}):
            function = {**FUNCTION, "LoggingConfig": logging}
            valid(minimal(LogGroupProps={"RetentionInDays": 7}, LambdaFunctionProps=function))
    chosen = {**FUNCTION, "LoggingConfig": {"Fn::If": ["C", {"LogGroup": "g"}, {"LogGroup": "h"}]}}
    flaw(minimal(LogGroupProps={"RetentionInDays": 7}, LambdaFunctionProps=chosen))


@pytest.mark.parametrize("other", [{"DeployVpc": True}, {"DeployVpc": "true"}, {"VpcProps": {}, "DeployVpc": True}])
def test_a_vpc_is_given_or_made(other: dict[str, Any]) -> None:
    """An existing VPC beside a new one is a contradiction."""
    problem = flaw(minimal(ExistingVpc={"Ref": "Vpc"}, **other))
    assert problem.path == ("Properties", "ExistingVpc")


@pytest.mark.parametrize(
    "path",
    [
        "LambdaFunctionProps.LoggingConfig",
        "LambdaFunctionProps.Environment",
        "LambdaFunctionProps.Environment.Variables",
        "RoleProps.Policies",
    ],
)
def test_what_both_sides_write_has_to_be_readable(path: str) -> None:
    """A value that something is added to may stand under Fn::If, and under no other function."""
    value: Any = [] if path.endswith("Policies") else {}
    valid(within(path, {"Fn::If": ["C", value, NO_VALUE]}))
    for wrong in (True, "text", 5):
        problem = flaw(within(path, {"Fn::If": ["C", value, wrong]}))
        assert problem.path == ("Properties", *path.split("."))
        assert "in each branch" in problem.fix
    for opaque in ({"Fn::ImportValue": "x"}, {"Fn::If": ["C", value, {"Ref": "P"}]}):
        problem = flaw(within(path, opaque))
        assert problem.path == ("Properties", *path.split("."))
        assert "nothing can be added" in problem.what


def test_a_role_takes_fifty_tags() -> None:
    """More tags than a role can take over are refused, unless the role has tags of its own."""
    tags = {"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]}
    assert "51 tags" in flaw(minimal(InferenceProfileProps=tags)).what
    valid(minimal(InferenceProfileProps=tags, RoleProps={"Tags": []}))
    valid({**EXISTING, "InferenceProfileProps": tags})
    valid(minimal(InferenceProfileProps={"Tags": tags["Tags"][:50]}))


def test_a_tag_key_is_there_once_and_is_not_of_aws() -> None:
    """Keys that are there twice, and those that AWS keeps for itself, are reported at their place."""
    tags = [{"Key": key, "Value": "v"} for key in ("app", "team", "app", "aws:cloud")]
    found = flaws(minimal(InferenceProfileProps={"Tags": tags}))
    assert {problem.path[-2:] for problem in found} == {(2, "Key"), (3, "Key")}
    numbers = [{"Key": key, "Value": "v"} for key in (4711, "4711", True, "true")]
    found = flaws(minimal(InferenceProfileProps={"Tags": numbers}))
    assert {problem.path[-2:] for problem in found} == {(1, "Key"), (3, "Key")}


def test_a_role_takes_keys_that_differ_in_case_for_one() -> None:
    """The tags go to the generated role, too, where they would be a duplicate; Bedrock tells them apart."""
    tags = {"Tags": [{"Key": "App", "Value": "v"}, {"Key": "app", "Value": "v"}]}
    assert flaw(minimal(InferenceProfileProps=tags)).path[-2:] == (1, "Key")
    valid({**EXISTING, "InferenceProfileProps": tags})
    valid(minimal(InferenceProfileProps=tags, RoleProps={"Tags": []}))


def test_a_policy_may_not_take_the_name_of_the_generated_one() -> None:
    """Two policies of one name in a role are one, and the permissions of the profile would be gone."""
    own = {"PolicyName": "LambdaBedrockProfile", "PolicyDocument": {"Statement": []}}
    assert flaw(minimal(RoleProps={"Policies": [own]})).path == ("Properties", "RoleProps", "Policies")
    valid(minimal(RoleProps={"Policies": [{**own, "PolicyName": "Own"}]}))


@pytest.mark.parametrize("name", ["AWS_REGION", "LAMBDA_TASK_ROOT"])
def test_a_variable_that_lambda_sets_itself_is_reported_at_its_place(name: str) -> None:
    """Lambda refuses a function with one, and the others beside it are fine."""
    function = {**FUNCTION, "Environment": {"Variables": {"LEVEL": "INFO", name: "x", "AWS_LAMBDA_EXEC_WRAPPER": "/w"}}}
    assert flaw(minimal(LambdaFunctionProps=function)).path[-1] == name


def test_names_of_variables_that_are_not_known_are_not_compared() -> None:
    """One that is not known is reported as such, and not as the default, too."""
    names = {
        "FoundationModelEnvironmentVariableName": {"Fn::ImportValue": "a"},
        "InferenceProfileEnvironmentVariableName": "BEDROCK_MODEL",
    }
    assert flaw(minimal(**names)).what.startswith("decides the expansion")


class TestRefusedHere:
    """Inputs that the construct this macro follows accepts, and that fail only in deployment, if ever."""

    @pytest.mark.parametrize("model", ["", None, {"Ref": "AWS::NoValue"}])
    def test_an_empty_or_missing_model(self, model: Any) -> None:
        """A declaration without a model is refused."""
        assert flaws(minimal(BedrockModelId=model))

    def test_a_function_of_another_stack(self) -> None:
        """An imported function cannot be given a profile."""
        assert flaws({"BedrockModelId": MODEL, "ExistingLambdaObj": {"Fn::ImportValue": "FnStack:Arn"}})

    @pytest.mark.parametrize(
        ("name", "value"), [("Timeout", 0), ("Timeout", 901), ("MemorySize", 64), ("Handler", None), ("Code", None)]
    )
    def test_function_properties_that_lambda_refuses(self, name: str, value: Any) -> None:
        """A limit of Lambda, or a property it needs, is checked before the deployment."""
        function = {key: item for key, item in {**FUNCTION, name: value}.items() if item is not None}
        assert flaws(minimal(LambdaFunctionProps=function))

    @pytest.mark.parametrize("name", ["with-dash", "with,comma", "1st", "A", ""])
    def test_a_variable_name_that_lambda_refuses(self, name: str) -> None:
        """The name of an environment variable is checked."""
        assert flaws(minimal(InferenceProfileEnvironmentVariableName=name))
        # An empty name leaves the model's variable out.
        assert bool(flaws(minimal(FoundationModelEnvironmentVariableName=name))) == bool(name)
        assert flaws(minimal(LambdaFunctionProps={**FUNCTION, "Code": CODE, "Environment": {"Variables": {name: "x"}}}))

    def test_a_profile_description_with_a_comma(self) -> None:
        """Texts that Bedrock's patterns do not match are refused."""
        assert flaws(minimal(InferenceProfileProps={"Description": "one, two"}))
