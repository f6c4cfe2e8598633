"""Each property takes what CloudFormation's would, and says what it wants where it is given something else."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.declaration.schema import DEFAULTS, SCHEMA
from tests.support.declarations import flaw, flaws, valid, within, written
from tests.support.templates import FUNCTION

SENTINEL = "s3ntinel value!"
F = "LambdaFunctionProps"

MISFITS: list[tuple[str, Any]] = [
    ("BedrockModelId", 5), ("BedrockModelId", ""), ("BedrockModelId", None), ("BedrockModelId", ["a"]),
    (F, "text"), (F, [FUNCTION]),
    (f"{F}.Architectures", ["arm64", "x86_64"]), (f"{F}.Architectures", "arm64"),
    (f"{F}.CapacityProviderConfig", "x"), (f"{F}.Code", {}), (f"{F}.Code", ["x"]), (f"{F}.Code", "src/"),
    (f"{F}.CodeSigningConfigArn", 1), (f"{F}.DeadLetterConfig", "arn"), (f"{F}.Description", "x" * 257),
    (f"{F}.DurableConfig", 1), (f"{F}.Environment", "x"), (f"{F}.Environment", ["x"]),
    (f"{F}.EphemeralStorage", 512), (f"{F}.FileSystemConfigs", {}), (f"{F}.FunctionName", ""),
    (f"{F}.FunctionName", "x" * 141), (f"{F}.FunctionScalingConfig", 1), (f"{F}.Handler", "two words"),
    (f"{F}.Handler", ""), (f"{F}.Handler", "x" * 129), (f"{F}.ImageConfig", 1), (f"{F}.KmsKeyArn", 1),
    (f"{F}.Layers", "arn"), (f"{F}.Layers", ["a"] * 6), (f"{F}.LoggingConfig", "x"),
    (f"{F}.MemorySize", 64), (f"{F}.MemorySize", 10241), (f"{F}.MemorySize", "much"), (f"{F}.MemorySize", 128.5),
    (f"{F}.MemorySize", 40000), (f"{F}.PackageType", "Tar"), (f"{F}.PublishToLatestPublished", "yes"),
    (f"{F}.RecursiveLoop", "Maybe"), (f"{F}.ReservedConcurrentExecutions", -1), (f"{F}.Role", ""), (f"{F}.Role", 1),
    (f"{F}.Runtime", "Python 3"), (f"{F}.RuntimeManagementConfig", 1), (f"{F}.SnapStart", 1), (f"{F}.Tags", {}),
    (f"{F}.TenancyConfig", 1), (f"{F}.Timeout", 0), (f"{F}.Timeout", 901), (f"{F}.Timeout", True),
    (f"{F}.Timeout", "30 s"), (f"{F}.Timeout", -1), (f"{F}.TracingConfig", "Active"), (f"{F}.VpcConfig", 1),
    ("InferenceProfileProps", "x"), ("DeployCrossRegionProfile", "yes"), ("DeployCrossRegionProfile", 1),
    ("FoundationModelEnvironmentVariableName", "A"), ("FoundationModelEnvironmentVariableName", "1A"),
    ("FoundationModelEnvironmentVariableName", "MY-MODEL"), ("FoundationModelEnvironmentVariableName", "MODEL\n"),
    ("InferenceProfileEnvironmentVariableName", "_AB"), ("InferenceProfileEnvironmentVariableName", 7),
    ("Geography", "moon"), ("Geography", "US"), ("DestinationRegions", []), ("DestinationRegions", "us-east-1"),
    ("RoleProps", "x"), ("RoleProps.AssumeRolePolicyDocument", 1), ("RoleProps.Description", "x" * 1001),
    ("RoleProps.ManagedPolicyArns", "arn"), ("RoleProps.MaxSessionDuration", 60), ("RoleProps.Path", "app"),
    ("RoleProps.PermissionsBoundary", "boundary"), ("RoleProps.Policies", {}), ("RoleProps.RoleName", "a b"),
    ("RoleProps.RoleName", "x" * 65), ("RoleProps.Tags", {}),
    ("LogGroupProps", []), ("LogGroupProps.RetentionInDays", 2), ("LogGroupProps.RetentionInDays", True),
    ("LogGroupProps.LogGroupName", "a b"), ("LogGroupProps.LogGroupClass", "COLD"), ("LogGroupProps.KmsKeyId", 1),
    ("LogGroupProps.DataProtectionPolicy", "x"), ("LogGroupProps.DeletionProtectionEnabled", "maybe"),
    ("LogGroupProps.BearerTokenAuthenticationEnabled", 1), ("LogGroupProps.FieldIndexPolicies", {}),
    ("LogGroupProps.ResourcePolicyDocument", 1), ("LogGroupProps.Tags", {}),
    ("InferenceProfileProps.InferenceProfileName", "a--b"), ("InferenceProfileProps.InferenceProfileName", "x" * 65),
    ("InferenceProfileProps.InferenceProfileName", ""), ("InferenceProfileProps.Description", "no, commas"),
    ("InferenceProfileProps.Description", "x" * 201), ("InferenceProfileProps.Tags", {"a": "b"}),
    (f"{F}.Timeout", "9" * 5000),
    ("VerifyModelAccess", "perhaps"), ("DeployVpc", "perhaps"), ("InterfaceEndpoints", "bedrock"),
    ("InterfaceEndpoints", ["bedrock", "bedrock"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), MISFITS)
def test_a_misfit_is_one_problem_at_its_place(path: str, value: Any) -> None:
    """A wrong value gives exactly one message, which names the property and says what to write."""
    problem = flaw(within(path, value))
    assert problem.path == ("Properties", *path.split("."))
    assert problem.kind == "property"
    assert problem.what
    assert problem.fix.startswith(("Write ", "Remove "))


@pytest.mark.parametrize(
    ("path", "value", "inner"),
    [
        (f"{F}.Architectures", ["sparc"], (0,)),
        (f"{F}.DeadLetterConfig", {"TargetArn": 1}, ("TargetArn",)),
        (f"{F}.Environment", {"Variables": ["x"]}, ("Variables",)),
        (f"{F}.Environment", {"Variables": {"1A": "x"}}, ("Variables", "1A")),
        (f"{F}.Environment", {"Variables": {"AB\n": "x"}}, ("Variables", "AB\n")),
        (f"{F}.EphemeralStorage", {"Size": 100}, ("Size",)),
        (f"{F}.Layers", ["arn", 5], (1,)),
        (f"{F}.LoggingConfig", {"LogFormat": "XML"}, ("LogFormat",)),
        (f"{F}.TracingConfig", {"Mode": "On"}, ("Mode",)),
        (f"{F}.Code", {"ZipFile": ["x"]}, ("ZipFile",)),
        ("DestinationRegions", ["us-east-1", 7], (1,)),
        ("InterfaceEndpoints", ["Bedrock!"], (0,)),
        ("InferenceProfileProps.Tags", [{"Key": "a", "Value": "b"}, {"Key": "ключ", "Value": "b"}], (1, "Key")),
        ("InferenceProfileProps.Tags", [{"Key": "a", "Value": "b" * 257}], (0, "Value")),
        ("InferenceProfileProps.Tags", ["a=b"], (0,)),
    ],
)
def test_a_misfit_inside_a_value_names_the_way_to_it(path: str, value: Any, inner: tuple[str | int, ...]) -> None:
    """A message about a part of a value leads to that part, list indices included."""
    assert flaw(within(path, value)).path == ("Properties", *path.split("."), *inner)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("Geografy", "Geography"), ("BedrockModelID", None), ("ExistingLambda", "ExistingLambdaObj"),
        ("roleProps", "RoleProps"), (f"{F}.Memory", "MemorySize"), (f"{F}.runtime", "Runtime"),
        ("InferenceProfileProps.Tag", "Tags"), ("RoleProps.PermissionBoundary", "PermissionsBoundary"),
        ("LogGroupProps.Retention", "RetentionInDays"), (f"{F}.TracingConfig.Mod", "Mode"),
    ],
)  # fmt: skip
def test_an_unknown_property_names_the_nearest(path: str, near: str | None) -> None:
    """A slip of the pen is answered with the property that was probably meant."""
    problem = flaw(within(path, "x"))
    assert problem.path == ("Properties", *path.split("."))
    assert problem.fix == f"Did you mean {near or 'BedrockModelId'}?"


def test_a_property_unlike_any_other_gets_the_list() -> None:
    """Where nothing is near, the message shows what there is."""
    problem = flaw(within("RoleProps.Zzz", "x"))
    assert "ManagedPolicyArns" in problem.fix
    assert "RoleName" in problem.fix


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (f"{F}.CodeUri", "AWS::Serverless::Function"), (f"{F}.InlineCode", "ZipFile"), (f"{F}.Policies", "RoleProps"),
        (f"{F}.Tracing", "TracingConfig"), ("InferenceProfileProps.ModelSource", "BedrockModelId"),
        ("InferenceProfileProps.CopyFrom", "BedrockModelId"),
    ],
)  # fmt: skip
def test_properties_of_neighbours_are_known_by_name(path: str, word: str) -> None:
    """Properties of SAM or of the profile resource that have no place here say where their like goes."""
    problem = flaw(within(path, "x"))
    assert word in problem.what + problem.fix


def test_everything_wrong_is_told_at_once() -> None:
    """A declaration with many mistakes needs one run and not many."""
    properties = written(
        Geografy="us",
        DeployVpc="perhaps",
        LambdaFunctionProps={**FUNCTION, "Timeout": 901, "MemorySize": 1, "Nonsense": 1},
        InferenceProfileProps={"Tags": [{"Key": "a"}, {"Value": "b"}], "ModelSource": {}},
    )
    assert {problem.where for problem in flaws(properties, UpdatePolicy={})} == {
        "X.UpdatePolicy",
        "X.Properties.Geografy",
        "X.Properties.DeployVpc",
        "X.Properties.LambdaFunctionProps.Timeout",
        "X.Properties.LambdaFunctionProps.MemorySize",
        "X.Properties.LambdaFunctionProps.Nonsense",
        "X.Properties.InferenceProfileProps.Tags.0",
        "X.Properties.InferenceProfileProps.Tags.1",
        "X.Properties.InferenceProfileProps.ModelSource",
    }


@pytest.mark.parametrize("path", sorted({path for path, _ in MISFITS} - {"BedrockModelId"}))
@pytest.mark.parametrize("value", [SENTINEL, [SENTINEL, SENTINEL], {"Tags": SENTINEL}])
def test_no_message_shows_a_value(path: str, value: Any) -> None:
    """What stands in a property may be a secret, so no message repeats it."""
    for problem in flaws(within(path, value)):
        assert SENTINEL not in str(problem)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{F}.Timeout", "900"), (f"{F}.MemorySize", "128"), (f"{F}.EphemeralStorage", {"Size": "512"}),
        (f"{F}.PublishToLatestPublished", "true"), ("DeployCrossRegionProfile", "false"), ("DeployVpc", "true"),
        ("VerifyModelAccess", "false"), ("LogGroupProps.RetentionInDays", "731"), ("RoleProps.Path", "/"),
        ("RoleProps.Path", "/a/b/"), ("InferenceProfileProps.InferenceProfileName", "a b_c-d"),
        ("InferenceProfileProps.Description", "v1.0: a text"), ("InferenceProfileProps.Tags", []),
        (f"{F}.Environment", {"Variables": {"A1": "x", "b_": ""}}), (f"{F}.ReservedConcurrentExecutions", 0),
        (f"{F}.Code", {"S3Bucket": "b", "S3Key": "k"}), (f"{F}.Role", "arn:aws:iam::111122223333:role/r"),
    ],
)  # fmt: skip
def test_values_at_the_edge_are_taken(path: str, value: Any) -> None:
    """Numbers and booleans may be text, as they are in parameters, and limits include their ends."""
    valid(within(path, value))


def test_defaults_are_the_contracts() -> None:
    """What a property is where it is left out stays what the documentation says."""
    assert DEFAULTS == {
        "DeployVpc": False,
        "DeployCrossRegionProfile": True,
        "FoundationModelEnvironmentVariableName": "BEDROCK_MODEL",
        "InferenceProfileEnvironmentVariableName": "BEDROCK_PROFILE",
        "Geography": "auto",
        "InterfaceEndpoints": ["bedrock-runtime", "bedrock"],
        "VerifyModelAccess": False,
    }


def test_every_property_tells_what_it_expects() -> None:
    """No message ends in "a valid value": the schema has words for each of its values."""
    bare = [path for path, schema in _values("", SCHEMA) if path and "expects" not in schema]
    assert bare == []


def _values(path: str, schema: Any) -> Any:
    yield path, schema
    for name, item in schema.get("properties", {}).items():
        yield from _values(f"{path}.{name}", item)
    if "items" in schema:
        yield from _values(f"{path}[]", schema["items"])
