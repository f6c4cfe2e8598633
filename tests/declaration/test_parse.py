"""From a resource to a Declaration: decisions are known, expressions stay, and attributes have a meaning."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.declaration import TYPE, find, parse
from lambda_bedrock_profile.declaration.parse import DECISIONS, PROPERTY_OBJECTS
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope
from tests.support.declarations import flaw, flaws, minimal, parsed, valid, within
from tests.support.templates import CODE, FUNCTION, MODEL

IMPORT = {"Fn::ImportValue": "x"}


def test_every_declaration_is_found_in_its_order() -> None:
    """All resources of the type are expanded, and none of another type."""
    template = {"Resources": {"B": {"Type": TYPE}, "N": "text", "L": [{"Type": TYPE}], "A": {"Type": TYPE}, "C": {}}}
    assert [logical_id for logical_id, _ in find(template)] == ["B", "A"]


def test_decisions_are_values_and_expressions_stay() -> None:
    """A parameter decides which model it is, and the user's own expression is what goes on."""
    scope = {
        "Parameters": {
            "Model": {"Type": "String"},
            "Vpc": {"Type": "String"},
            "Regions": {"Type": "CommaDelimitedList"},
        },
        "Mappings": {"Names": {"us-east-1": {"Model": "MODEL_NAME"}}},
        "Conditions": {"Single": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}},
    }
    properties = minimal(
        BedrockModelId={"Ref": "Model"},
        DeployVpc={"Ref": "Vpc"},
        Geography={"Fn::If": ["Single", "us", "eu"]},
        DestinationRegions={"Ref": "Regions"},
        FoundationModelEnvironmentVariableName={"Fn::FindInMap": ["Names", {"Ref": "AWS::Region"}, "Model"]},
    )
    found = valid(
        properties, scope=scope, values={"Model": MODEL, "Vpc": "true", "Regions": ["us-east-1", "us-west-2"]}
    )
    assert (found.model_id, found.model) == (MODEL, {"Ref": "Model"})
    assert found.deploy_vpc is True
    assert found.geography == "us"
    assert found.destination_regions == ("us-east-1", "us-west-2")
    assert found.model_variable == "MODEL_NAME"
    assert found.properties.expressions == properties


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_that_cannot_be_known_names_the_ways_out(name: str) -> None:
    """A property that decides the expansion and hangs on an import says so, with what to do."""
    problem = flaw(minimal(**{name: IMPORT}))
    assert problem.path == ("Properties", name)
    assert "since it is the result of Fn::ImportValue" in problem.what
    assert "parameter" in problem.fix
    assert "Mappings" in problem.fix


def test_a_secret_decides_nothing() -> None:
    """NoEcho and SSM parameters are refused where they would decide, without a word about their values."""
    scope = {
        "Parameters": {"A": {"Type": "String", "NoEcho": True}, "B": {"Type": "AWS::SSM::Parameter::Value<String>"}}
    }
    properties = minimal(BedrockModelId={"Ref": "A"}, Geography={"Ref": "B"})
    found = flaws(properties, scope=scope, values={"A": "hunter2", "B": "hunter2"})
    assert [problem.path[-1] for problem in found] == ["BedrockModelId", "Geography"]
    assert "hunter2" not in "".join(map(str, found))


@pytest.mark.parametrize("name", PROPERTY_OBJECTS)
@pytest.mark.parametrize("value", [IMPORT, {"Fn::If": ["C", {}, {}]}, {"Ref": "P"}])
def test_a_property_object_has_to_be_written_out(name: str, value: Any) -> None:
    """A map that is the result of a function cannot be merged with anything, and the message says which function."""
    found = [problem for problem in flaws(minimal(**{name: value})) if problem.path == ("Properties", name)]
    assert any(f"is the result of {next(iter(value))}" in problem.what for problem in found)


@pytest.mark.parametrize("name", PROPERTY_OBJECTS)
@pytest.mark.parametrize("function", ["Fn::If", "Fn::ImportValue", "Fn::Select"])
def test_a_function_of_no_value_is_no_empty_map(name: str, function: str) -> None:
    """A broken call in the place of a property object is reported there; it neither crashes nor counts as empty."""
    properties = minimal(DeployVpc=True, **{name: {function: NO_VALUE}})
    found = [problem for problem in flaws(properties) if problem.path == ("Properties", name)]
    assert any(f"is the result of {function}" in problem.what for problem in found)


@pytest.mark.parametrize("name", PROPERTY_OBJECTS)
def test_what_another_macro_puts_there_is_not_known(name: str) -> None:
    """A map that Fn::Transform includes is read by CloudFormation before the macro is called, and not here."""
    properties = minimal(DeployVpc=True, **{name: {"Fn::Transform": {"Name": "AWS::Include"}}})
    found = [problem for problem in flaws(properties) if problem.path == ("Properties", name)]
    assert any("before CloudFormation calls the macro" in problem.what for problem in found)


@pytest.mark.parametrize(
    "function",
    [
        {"PackageType": "Image", "Code": {"ImageUri": IMPORT}},
        {**FUNCTION, "Code": {"S3Bucket": IMPORT, "S3Key": {"Fn::GetAtt": ["A", "B"]}}},
        {**FUNCTION, "Code": {"ZipFile": "{{resolve:ssm:/code}}"}},
        {**FUNCTION, "Code": IMPORT},
        {**FUNCTION, "Runtime": IMPORT, "Handler": IMPORT, "Timeout": IMPORT, "Layers": [IMPORT] * 5},
        {**FUNCTION, "Environment": {"Variables": {"AA": IMPORT}}, "LoggingConfig": {"LogGroup": IMPORT}},
    ],
)
def test_a_value_that_is_not_known_fits_everywhere(function: Any) -> None:
    """An expression that only the deployment can settle is neither missing nor of the wrong kind."""
    assert valid(minimal(LambdaFunctionProps=function)).props("LambdaFunctionProps").expressions == function


DYNAMIC = "{{resolve:ssm:/team/value}}"
MAPS_AND_LISTS = [
    (name, *inner)
    for name in PROPERTY_OBJECTS
    for inner in [(), *((key,) for key, item in SCHEMA["properties"][name]["properties"].items() if "type" in item)]
    if not inner or SCHEMA["properties"][name]["properties"][inner[0]]["type"] in ("object", "array")
]


@pytest.mark.parametrize("names", [*MAPS_AND_LISTS, ("LambdaFunctionProps", "Environment", "Variables")])
def test_a_dynamic_reference_is_no_map_and_no_list(names: tuple[str, ...]) -> None:
    """CloudFormation puts a text in its place, so it is refused where one cannot stand, whatever is done with it."""
    where = ".".join(("Properties", *names))
    found = [problem for problem in flaws(within(".".join(names), DYNAMIC)) if problem.where == f"X.{where}"]
    assert "is a dynamic reference, and that comes to a text" in [problem.what for problem in found]


def test_an_item_that_is_a_dynamic_reference_is_reported_at_its_place() -> None:
    """A text among tags is none, and is found there."""
    tags = [{"Key": "a", "Value": DYNAMIC}, DYNAMIC]
    assert flaw(within("InferenceProfileProps.Tags", tags)).path[-2:] == ("Tags", 1)


def test_unknown_items_do_not_move_the_others() -> None:
    """A list with conditional items is checked item by item, and a problem names the right one."""
    scope = {"Conditions": {"C": {"Fn::Equals": [IMPORT, "x"]}}}
    first = {"Fn::If": ["C", {"Key": "a", "Value": "b"}, NO_VALUE]}
    tags: list[Any] = [first, {"Key": "team", "Value": IMPORT}]
    valid(minimal(InferenceProfileProps={"Tags": tags}), scope=scope)
    problem = flaw(minimal(InferenceProfileProps={"Tags": [*tags, {"Key": "only"}]}), scope=scope)
    assert problem.path == ("Properties", "InferenceProfileProps", "Tags", 2)


def test_absent_items_do_not_move_the_others() -> None:
    """A wrong item is reported at its place in the template, behind items that a condition leaves out."""
    absent = {"Fn::If": ["Never", {"Key": "a", "Value": "b"}, NO_VALUE]}
    tags = [absent, NO_VALUE, {"Key": "a", "Value": []}, {"Key": "app"}]
    scope = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    found = flaws(minimal(InferenceProfileProps={"Tags": tags}), scope=scope)
    assert {problem.path[3:] for problem in found} == {(2, "Value"), (3,)}


def test_no_value_means_not_written() -> None:
    """AWS::NoValue takes a property, or a member of a property object, out of the declaration."""
    found = valid(
        minimal(Geography=NO_VALUE, RoleProps=NO_VALUE, LambdaFunctionProps={**FUNCTION, "Role": NO_VALUE}),
        Condition="C",
    )
    assert found.geography == "auto"
    assert found.properties.expressions == minimal()
    assert found.condition == "C"
    problem = flaw(minimal(BedrockModelId=NO_VALUE))
    assert (problem.path, problem.what) == (("Properties",), "BedrockModelId is missing")


@pytest.mark.parametrize("name", sorted(SCHEMA["properties"].keys() - minimal().keys()))
def test_no_value_gives_the_same_declaration_as_nothing(name: str) -> None:
    """A property of AWS::NoValue decides what the property decides that is not there."""
    assert valid(minimal(**{name: NO_VALUE})) == valid(minimal())


@pytest.mark.parametrize(
    "reference",
    ["Chat", {"Ref": "Chat"}, {"Fn::GetAtt": ["Chat", "Arn"]}, {"Fn::GetAtt": "Chat.Arn"}, {"Ref": "Which"}],
)
def test_an_existing_function_is_named_in_every_form(reference: Any) -> None:
    """The logical id, a Ref, the Arn and a parameter that holds the id all name the same function."""
    scope = {"Parameters": {"Which": {"Type": "String", "Default": "Chat"}}}
    properties = {"BedrockModelId": MODEL, "ExistingLambdaObj": reference}
    assert valid(properties, scope=scope).existing_function == "Chat"


@pytest.mark.parametrize(
    "reference",
    [
        IMPORT,
        {"Fn::GetAtt": ["Chat", "Version"]},
        {"Fn::Sub": "${Chat.Arn}"},
        {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "B"}]},
        {"Fn::Nonsense": "x"},
    ],
)
def test_a_function_that_is_not_named_is_refused_with_the_forms_that_work(reference: Any) -> None:
    """A function of another stack, or one that depends on a condition, is refused with a way on."""
    scope = {"Conditions": {"C": {"Fn::Equals": ["a", "a"]}}}
    problem = flaw({"BedrockModelId": MODEL, "ExistingLambdaObj": reference}, scope=scope)
    assert problem.path == ("Properties", "ExistingLambdaObj")
    assert "!Ref" in problem.fix


def test_attributes_of_the_resource_are_kept() -> None:
    """Condition, DependsOn, both policies and Metadata come along with the declaration."""
    attributes = {"Condition": "C", "DependsOn": ["A"], "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Delete",
                  "Metadata": {"a": 1}}  # fmt: skip
    assert valid(minimal(), **attributes).attributes == attributes


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("CreationPolicy", {}, "Remove CreationPolicy"),
        ("UpdatePolicy", {}, "Remove UpdatePolicy"),
        ("DeletionPolicy", "Snapshot", "Retain or Delete"),
        ("DeletionPolicy", "Keep", "Retain or Delete or RetainExceptOnCreate"),
        ("DependsOn", {"A": "B"}, "one logical id"),
        ("DependsOn", ["A", 5], "one logical id"),
        ("UpdateReplacePolicy", "Snapshot", "Retain or Delete"),
        ("Condition", {"Fn::Equals": ["a", "b"]}, "the name of one condition"),
        ("DependOn", "A", "Did you mean DependsOn?"),
        ("Conditions", "A", "Did you mean Condition?"),
        ("Properteis", {}, "there are"),
    ],
)
def test_an_attribute_without_a_meaning_is_refused(name: str, value: Any, word: str) -> None:
    """An attribute that would be lost in the expansion, or means nothing there, is reported and not dropped."""
    problem = flaw(minimal(), **{name: value})
    assert problem.path == (name,)
    assert word in problem.fix


@pytest.mark.parametrize("properties", [None, "text", [], 5])
def test_properties_have_to_be_a_map(properties: Any) -> None:
    """Properties that are no map are reported where they are written, and a declaration without any as a whole."""
    declaration, (problem,) = parsed(properties)
    assert declaration is None
    assert str(problem).startswith("X.Properties: is not a map. Write Properties with BedrockModelId and ")
    parse("X", {"Type": TYPE}, Scope(), report := Report())
    (missing,) = report.errors
    assert str(missing).startswith("X: has no Properties. Write Properties with BedrockModelId and ")


def test_what_follows_is_checked_beside_problems() -> None:
    """A declaration whose decisions are in order is read on in spite of other problems, so all are found in one run."""
    declaration, found = parsed(minimal(LambdaFunctionProps={"Code": CODE, "Timeout": 0}))
    assert declaration is not None
    assert len(found) == 3
    declaration, found = parsed({"BedrockModelId": MODEL})
    assert declaration is not None
    assert len(found) == 1
    assert parsed(minimal(Geography="moon"))[0] is None


@pytest.mark.parametrize("logical_id", ["プロフィル", "my-model", "My Model", "a.b"])
def test_a_logical_id_is_letters_and_digits(logical_id: str) -> None:
    """An id that CloudFormation would refuse is refused before anything is named after it."""
    parse(logical_id, {"Type": TYPE, "Properties": minimal()}, Scope(), report := Report())
    (problem,) = report.errors
    assert (problem.logical_id, problem.path) == (logical_id, ())
    assert "letters and digits" in problem.fix


def test_code_may_be_a_path_where_a_build_follows() -> None:
    """An expansion before ``sam build`` leaves the path to the code for the build to find."""
    resource = {"Type": TYPE, "Properties": minimal(LambdaFunctionProps={**FUNCTION, "Code": "src/"})}
    before, deployed = Report(), Report()
    parse("X", resource, Scope(), before, local_code=True)
    parse("X", resource, Scope(), deployed)
    assert before.all == ()
    (problem,) = deployed.errors
    assert "AWS::Serverless::Function" in problem.fix
    assert "expand" in problem.fix
