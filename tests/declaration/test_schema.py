"""Each property takes what CloudFormation's would, and says what it wants where it is given something else."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.declaration.property_names import near_miss
from lambda_bedrock_profile.declaration.schema import DEFAULTS, SCHEMA
from tests.support.declarations import flaw, flaws, minimal, valid, within
from tests.support.templates import FUNCTION

SENTINEL = "s3ntinel value!"
F = "LambdaFunctionProps"

MISFITS: list[tuple[str, Any]] = [
    ("BedrockModelId", ""), ("BedrockModelId", None), ("BedrockModelId", ["a"]), ("BedrockModelId", {"a": "b"}),
    (F, "text"), (F, [FUNCTION]),
    (f"{F}.CapacityProviderConfig", "x"), (f"{F}.Code", {}), (f"{F}.Code", ["x"]), (f"{F}.Code", "src/"),
    (f"{F}.DeadLetterConfig", "arn"), (f"{F}.Environment", "x"), (f"{F}.Environment", ["x"]),
    (f"{F}.FunctionName", ["x"]), (f"{F}.Handler", "two words"),
    (f"{F}.Handler", ""), (f"{F}.Handler", "x" * 129), (f"{F}.LoggingConfig", "x"),
    (f"{F}.MemorySize", 64), (f"{F}.MemorySize", 10241), (f"{F}.MemorySize", "much"), (f"{F}.MemorySize", 128.5),
    (f"{F}.MemorySize", 40000), (f"{F}.MemorySize", True), (f"{F}.Role", ""), (f"{F}.Role", []),
    (f"{F}.Runtime", "Python 3"), (f"{F}.Timeout", 0), (f"{F}.Timeout", 901), (f"{F}.Timeout", True),
    (f"{F}.Timeout", "30 s"), (f"{F}.Timeout", -1), (f"{F}.TracingConfig", "Active"), (f"{F}.VpcConfig", 1),
    ("InferenceProfileProps", "x"), ("DeployCrossRegionProfile", "yes"), ("DeployCrossRegionProfile", 1),
    ("FoundationModelEnvironmentVariableName", "A"), ("FoundationModelEnvironmentVariableName", "1A"),
    ("FoundationModelEnvironmentVariableName", "MY-MODEL"), ("FoundationModelEnvironmentVariableName", "MODEL\n"),
    ("InferenceProfileEnvironmentVariableName", "_AB"), ("InferenceProfileEnvironmentVariableName", 7),
    ("Geography", "moon"), ("Geography", "uk"), ("DestinationRegions", []), ("DestinationRegions", "us-east-1"),
    ("RoleProps", "x"), ("RoleProps.AssumeRolePolicyDocument", 1), ("RoleProps.Policies", {}), ("RoleProps.Tags", {}),
    ("LogGroupProps", []), ("LogGroupProps.RetentionInDays", "some"), ("LogGroupProps.RetentionInDays", True),
    ("LogGroupProps.LogGroupName", {}),
    ("InferenceProfileProps.InferenceProfileName", "a--b"), ("InferenceProfileProps.InferenceProfileName", "x" * 65),
    ("InferenceProfileProps.InferenceProfileName", ""), ("InferenceProfileProps.Description", "no, commas"),
    ("InferenceProfileProps.Description", "x" * 201), ("InferenceProfileProps.Tags", {"a": "b"}),
    (f"{F}.Timeout", "9" * 5000), (f"{F}.Tags", {}), ("LogGroupProps.Tags", {"a": "b"}),
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
        (f"{F}.DeadLetterConfig", {"TargetArn": []}, ("TargetArn",)),
        (f"{F}.Environment", {"Variables": ["x"]}, ("Variables",)),
        (f"{F}.Environment", {"Variables": {"1A": "x"}}, ("Variables", "1A")),
        (f"{F}.Environment", {"Variables": {"AB\n": "x"}}, ("Variables", "AB\n")),
        (f"{F}.LoggingConfig", {"LogGroup": {}}, ("LogGroup",)),
        (f"{F}.TracingConfig", {"Mode": ["On"]}, ("Mode",)),
        (f"{F}.Code", {"ZipFile": ["x"]}, ("ZipFile",)),
        ("DestinationRegions", ["us-east-1", []], (1,)),
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
        ("Geografy", "Geography"), ("BedrockModelID", "BedrockModelId"), ("ExistingLambda", "ExistingLambdaObj"),
        ("roleProps", "RoleProps"), (f"{F}.Handlr", "Handler"), (f"{F}.runtime", "Runtime"),
        (f"{F}.Tiemout", "Timeout"), (f"{F}.Rol", "Role"), (f"{F}.SnapStrat", "SnapStart"),
        ("InferenceProfileProps.Tag", "Tags"), ("RoleProps.PermissionBoundary", "PermissionsBoundary"),
        ("LogGroupProps.RetentionInDay", "RetentionInDays"), (f"{F}.TracingConfig.Mod", "Mode"),
        ("VpcProps.CidrBlok", "CidrBlock"), (f"{F}.Code.Zipfile", "ZipFile"),
    ],
)  # fmt: skip
def test_a_misspelt_property_names_the_nearest(path: str, near: str) -> None:
    """A slip of the pen is answered with the property that was probably meant."""
    (problem,) = (item for item in flaws(within(path, "x")) if item.what == "is not a property")
    assert problem.path == ("Properties", *path.split("."))
    assert problem.fix.startswith(f"Did you mean {near}?")


OPEN = ("LambdaFunctionProps", "RoleProps", "LogGroupProps", "VpcProps")


@pytest.mark.parametrize("name", ["ResponsePlan", "Memory", "KmsAliases", "Roles2030", "S4Bucket", "Codes4"])
@pytest.mark.parametrize("properties", OPEN)
def test_a_property_that_aws_adds_tomorrow_passes(properties: str, name: str) -> None:
    """A deployed macro takes what it does not know, and leaves it to CloudFormation to judge."""
    found = flaws({**within(f"{properties}.{name}", {"Any": ["thing", 1]}), "DeployVpc": True})
    assert [item for item in found if item.what == "is not a property"] == []


@pytest.mark.parametrize(("properties", "takes"), [(name, SCHEMA["properties"][name]["instead"]) for name in OPEN])
def test_a_near_miss_names_a_way_on(properties: str, takes: str) -> None:
    """Whoever really means the name is told what takes it: for a function, ExistingLambdaObj."""
    (known, *_) = SCHEMA["properties"][properties]["others"]
    (problem,) = (item for item in flaws(within(f"{properties}.{known}s", "x")) if item.path[-1] == f"{known}s")
    assert str(problem).endswith(f"Did you mean {known}? {takes}.")
    assert "ExistingLambdaObj takes a function" in SCHEMA["properties"]["LambdaFunctionProps"]["instead"]


@pytest.mark.parametrize(
    "path",
    [
        "Code.Zipfile",
        "DeadLetterConfig.TargetArm",
        "Environment.Variable",
        "LoggingConfig.LogGrup",
        "VpcConfig.SubnetId",
    ],
)
def test_a_near_miss_inside_a_property_names_the_same_way_on(path: str) -> None:
    """A member that AWS adds to a map of the function has the way on that a property has."""
    (problem,) = (item for item in flaws(within(f"{F}.{path}", "x")) if item.what == "is not a property")
    assert problem.fix.endswith("? ExistingLambdaObj takes a function with a property that really has that name")


def test_what_a_call_comes_to_is_named_by_the_way_into_it() -> None:
    """A mistake inside the result of a function has no place of its own, so the message says where in the result."""
    tags = {"Fn::Select": [0, [[{"Key": "a", "Value": "b", "Valeu": "c"}]]]}
    problem = flaw(minimal(InferenceProfileProps={"Tags": tags}))
    assert problem.path == ("Properties", "InferenceProfileProps", "Tags")
    assert problem.what == "comes to a value whose 0.Valeu is not a property"


def maps(definition: Any) -> Any:
    """Every definition of a map with names in ``definition``."""
    if "properties" in definition:
        yield definition
    for below in (*definition.get("properties", {}).values(), definition.get("items", {})):
        if below:
            yield from maps(below)


@pytest.mark.parametrize("definition", [item for item in maps(SCHEMA) if item.get("additionalProperties") is not False])
def test_no_known_name_is_a_near_miss_of_another(definition: Any) -> None:
    """If this version did not know one of the names of today, a template with it would pass all the same."""
    names = {*definition["properties"], *definition.get("others", ())}
    assert {name: near for name in names if (near := near_miss(name, names - {name}))} == {}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("handler", "Handler"), ("HANDLER", "Handler"), ("Handlre", "Handler"), ("Hanlder", "Handler"),
        ("Handers", "Handler"), ("Hndlrx", None), ("Handlersss", None), ("Cods", "Code"), ("Cose", "Code"),
        ("Co", None), ("Ipv6CidrBlock", None), ("ipv4CidrBlock", "Ipv4CidrBlock"), ("S4Key", None), ("S3Kay", "S3Key"),
    ],
)  # fmt: skip
def test_a_near_miss_is_at_most_two_letters_away(name: str, near: str | None) -> None:
    """Case does not count, a swap is one edit, short names have one, and names that differ in digits are others."""
    assert near_miss(name, ["Handler", "Code", "Ipv4CidrBlock", "S3Key"]) == near


@pytest.mark.parametrize(
    "path",
    ["BedrockModelId", f"{F}.FunctionName", f"{F}.Role", "InferenceProfileProps.Description",
     "InferenceProfileProps.InferenceProfileName", "LogGroupProps.LogGroupName"],
)  # fmt: skip
@pytest.mark.parametrize(("value", "text"), [(4711, "4711"), (True, "true"), (False, "false"), (1.5, "1.5")])
def test_a_number_or_boolean_where_a_text_belongs_is_that_text(path: str, value: Any, text: str) -> None:
    """CloudFormation takes them, so the macro does; what decides the expansion is the text."""
    found = [item for item in flaws(within(path, value)) if "wrong type" in item.what]
    assert found == []
    assert valid(within("BedrockModelId", value)).model_id == text


@pytest.mark.parametrize("value", [4711, True, "4711"])
def test_a_tag_value_may_be_a_number_or_a_boolean(value: Any) -> None:
    """A cost centre that YAML reads as a number is a tag's value like any other."""
    tags = [{"Key": "cost-center", "Value": value}]
    assert (
        valid(minimal(InferenceProfileProps={"Tags": tags})).props("InferenceProfileProps").expression("Tags") == tags
    )


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (f"{F}.CodeUri", "AWS::Serverless::Function"), (f"{F}.InlineCode", "ZipFile"), (f"{F}.Policies", "RoleProps"),
        (f"{F}.Tracing", "TracingConfig"), ("InferenceProfileProps.ModelSource", "BedrockModelId"),
        ("InferenceProfileProps.CopyFrom", "BedrockModelId"), (f"{F}.PermissionsBoundary", "RoleProps"),
        (f"{F}.RolePath", "RoleProps.Path"), (f"{F}.FunctionUrlConfig", "AWS::Lambda::Url"),
    ],
)  # fmt: skip
def test_properties_of_neighbours_are_known_by_name(path: str, word: str) -> None:
    """Properties of SAM or of the profile resource that have no place here say where their like goes."""
    problem = flaw(within(path, "x"))
    assert word in problem.what + problem.fix


def test_everything_wrong_is_reported_together() -> None:
    """A declaration with many mistakes needs one run and not many."""
    properties = minimal(
        Geografy="us",
        DeployVpc="perhaps",
        LambdaFunctionProps={**FUNCTION, "Timeout": 901, "MemorySize": 1, "Handlr": 1},
        InferenceProfileProps={"Tags": [{"Key": "a"}, {"Value": "b"}], "ModelSource": {}},
    )
    assert {problem.where for problem in flaws(properties, UpdatePolicy={})} == {
        "X.UpdatePolicy",
        "X.Properties.Geografy",
        "X.Properties.DeployVpc",
        "X.Properties.LambdaFunctionProps.Timeout",
        "X.Properties.LambdaFunctionProps.MemorySize",
        "X.Properties.LambdaFunctionProps.Handlr",
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
        (f"{F}.Timeout", "900"), (f"{F}.MemorySize", "128"), (f"{F}.EphemeralStorage", {"Size": "9"}),
        (f"{F}.Runtime", "nodejs4.3-edge"), ("RoleProps.MaxSessionDuration", 1),
        ("RoleProps.Path", "app"), ("LogGroupProps.RetentionInDays", 2), (f"{F}.TracingConfig", {"Mode": "Sometimes"}),
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
