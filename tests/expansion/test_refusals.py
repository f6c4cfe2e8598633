"""Templates that cannot be expanded: what is in the way, with figures and ways out, before CloudFormation says so."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import expand
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    NO_VALUE,
    expanded,
    new,
    on,
    plain,
    problem,
    problems,
    resources,
    role,
    serverless,
    template,
)


def queues(number: int) -> dict[str, Any]:
    """``number`` resources of the user's own."""
    return {f"Queue{index}": {"Type": "AWS::SQS::Queue"} for index in range(number)}


def test_the_resources_are_counted_after_the_expansion() -> None:
    """496 resources and a declaration fit; one more is refused with both figures."""
    assert len(resources(template(X=new(), **queues(496)))) == 500
    found = problem(template(X=new(), **queues(497)))
    assert (found.logical_id, found.kind) == ("Resources", "limit")
    assert "has 501 resources" in found.what
    assert "takes 500" in found.what


@pytest.mark.parametrize("section", ["Mappings", "Outputs", "Parameters"])
def test_other_sections_are_counted(section: str) -> None:
    """Two hundred mappings, outputs and parameters are the limit, and an empty section is none."""
    items: dict[str, Any] = {f"Item{index}": {"Value": "x"} for index in range(201)}
    assert "has 201" in problem(template({section: items}, X=new())).what
    assert expanded(template({section: None}, X=new()))[section] is None


def test_a_megabyte_is_the_limit() -> None:
    """Inline code that makes the processed template too large is refused with the size."""
    code = {**FUNCTION, "Code": {"ZipFile": "#" * 1_048_000}}
    found = problem(template(X=new(LambdaFunctionProps=code)))
    assert "takes 1,048,576" in found.what
    assert "Amazon S3" in found.fix


def test_generated_ids_count_as_any_others() -> None:
    """A declaration whose id leaves no room for what is made of it is refused, with the figure of each id."""
    longest = f"{'X' * 239}InferenceProfile"
    assert longest in resources(template(**{"X" * 239: new()}))
    found = problem(template(**{"X" * 240: new()}))
    assert (found.logical_id, found.kind) == ("X" * 240, "limit")
    assert "256 characters" in found.what


@pytest.mark.parametrize("props", [{"Code": "src/"}, {"Code": "./app.zip"}, {"CodeUri": "src/"}])
def test_local_code_says_what_works(props: dict[str, Any]) -> None:
    """No build step looks into a declaration, and the message shows both ways to build."""
    function = {"Runtime": "python3.13", "Handler": "app.handler", **props}
    found = problems(template(X=new(LambdaFunctionProps=function)))
    text = "\n".join(map(str, found))
    assert "no build step looks into a declaration" in text
    assert "ExistingLambdaObj" in text
    assert "expand --for sam" in text


def test_local_code_is_kept_for_a_build_that_follows() -> None:
    """An expansion before the build carries the path on."""
    source = template(X=new(LambdaFunctionProps={**FUNCTION, "Code": "src/"}))
    environment = StackContext("us-east-1", ACCOUNT, local_code=True)
    found = expand(source, environment, Catalog.bundled()).template
    assert found["Resources"]["X"]["Properties"]["Code"] == "src/"


@pytest.mark.parametrize("taken", ["XRole", "XLogGroup", "XInferenceProfile"])
def test_a_generated_id_never_replaces_anything(taken: str) -> None:
    """A resource or a parameter of a generated id's name is a collision, named with both ways to rename."""
    found = problem(template(X=new(), **{taken: {"Type": "AWS::SQS::Queue"}}))
    assert (found.logical_id, found.kind) == ("X", "collision")
    assert taken in found.what
    assert problem(template({"Parameters": {taken: {"Type": "String"}}}, X=new())).kind == "collision"


def test_declarations_do_not_take_each_others_ids() -> None:
    """A declaration named like what another one generates is a collision."""
    assert {found.kind for found in problems(template(X=new(), XRole=new()))} == {"collision"}


@pytest.mark.parametrize("name", ["BEDROCK_MODEL", "BEDROCK_PROFILE"])
def test_a_variable_that_is_there_is_never_overwritten(name: str) -> None:
    """A function that has one of the two variables already is refused, with the property that gives another name."""
    environment = {"Variables": {"Fn::If": ["C", {"A": "1"}, {name: "mine"}]}}
    declared = template(X=new(LambdaFunctionProps={**FUNCTION, "Environment": environment}))
    existing = template(Chat=serverless(Environment=environment), X=on("Chat"))
    for source in (declared, existing):
        found = problem(source)
        assert found.kind == "collision"
        assert name in found.what
        assert "EnvironmentVariableName" in found.fix


def test_two_functions_of_one_name_are_refused() -> None:
    """Two declarations that give their functions one name would fail in deployment, and are refused before."""
    named = new(LambdaFunctionProps={**FUNCTION, "FunctionName": "same"})
    found = problem(template(X=named, Y=named))
    assert (found.logical_id, found.kind) == ("Y", "collision")
    assert problem(template(Own=plain(FunctionName="same"), Role=role(), X=named)).logical_id == "X"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"Outputs": {}}, "Fn::Transform"),
        ({"Resources": None}, "Resources"),
        ({"Resources": [new()]}, "is not a map"),
        ({"Resources": "text"}, "is not a map"),
    ],
)
def test_what_is_no_template_is_refused(source: Any, words: str) -> None:
    """A fragment without resources, as Fn::Transform inside a section would give, is refused with what to do."""
    assert words in str(problem(source))


def test_a_region_without_the_profile_type_needs_the_provider() -> None:
    """Where CloudFormation has no profile type, the stack is refused unless the provider stands in."""
    source = template(X=new(BedrockModelId="anthropic.claude-sonnet-4-20250514-v1:0"))
    assert problem(source, "eu-north-1").kind == "route"
    profile = expanded(source, "eu-north-1", provider=True)["Resources"]["XInferenceProfile"]
    assert profile["Type"] == "Custom::BedrockInferenceProfile"


def test_every_problem_of_every_declaration_is_reported_together() -> None:
    """One run shows everything, each problem on its own line, in the order of the template."""
    source = template(
        {"Outputs": {"O": {"Value": {"Fn::GetAtt": ["X", "Nope"]}}}},
        X=new(BedrockModelId="amazon.nova-lite-v9:9", LambdaFunctionProps={"Code": {"ZipFile": "x"}}),
        Y=on("Nowhere"),
        Z=new(Geography="eu"),
    )
    with pytest.raises(TemplateError) as caught:
        expanded(source)
    assert {item.where for item in caught.value.problems} == {
        "X.Properties.BedrockModelId",
        "X.Properties.LambdaFunctionProps",
        "Y.Properties.ExistingLambdaObj",
        "Z.Properties.Geography",
        "Outputs.O.Value",
    }
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


def test_a_route_is_checked_beside_another_mistake() -> None:
    """A model without a route is reported in the same run as a variable name that cannot be."""
    found = problems(template(X=new(BedrockModelId="nobody.knows-v1:0", InferenceProfileEnvironmentVariableName="1")))
    assert [problem.path[1] for problem in found] == ["InferenceProfileEnvironmentVariableName", "BedrockModelId"]


def test_an_endpoint_service_is_named_without_its_region() -> None:
    """A whole service name would pass for a service that is not Bedrock's, and get a policy that knows no model."""
    source = template(X=new(DeployVpc=True, InterfaceEndpoints=["com.amazonaws.us-east-1.bedrock-runtime"]))
    (found,) = problems(source)
    assert found.path == ("Properties", "InterfaceEndpoints", 0)
    assert "without com.amazonaws" in found.fix


@pytest.mark.parametrize("function", ["Fn::Transform", "Fn::If", "Ref"])
def test_properties_that_are_the_result_of_a_function_are_refused(function: str) -> None:
    """What a declaration holds has to stand there, and the message says so."""
    (found,) = problems(template(X={**new(), "Properties": {function: "x"}}))
    assert (found.path, function in found.what) == (("Properties",), True)


def test_a_reference_without_an_attribute_is_reported_where_it_stands() -> None:
    """A role that is another declaration, without RoleArn behind it, is a problem of the role and not of the macro."""
    other = new(LambdaFunctionProps={**FUNCTION, "Role": {"Fn::GetAtt": ["X"]}})
    assert {item.path for item in problems(template(X=new(), Y=other))} == {
        ("Properties", "LambdaFunctionProps", "Role")
    }


def test_a_misspelt_vpc_does_not_leave_the_function_outside() -> None:
    """ExistingVPC with a reference is no success with a function outside the VPC: it is refused."""
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}
    found = problem(template(Network=network, X=new(ExistingVPC={"Ref": "Network"})))
    assert str(found) == "X.Properties.ExistingVPC: is not a property. Did you mean ExistingVpc?"


@pytest.mark.parametrize(
    "properties",
    [
        {"DeployVpc": True, "VpcProps": {"Fn::If": NO_VALUE}},
        {"RoleProps": {"Fn::ImportValue": NO_VALUE}},
        {"LogGroupProps": {"Fn::If": NO_VALUE}},
    ],
)
def test_a_broken_call_around_nothing_is_an_error_at_its_place(properties: dict[str, Any]) -> None:
    """What is neither a map nor absent is reported at the property, and the macro does not fail on it."""
    name = list(properties)[-1]
    assert [item.path for item in problems(template(X=new(**properties)))] == [("Properties", name)]
