"""``expand --regions``: one processed template for several Regions."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog, partition
from lambda_bedrock_profile.cli.engines import remarks
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.cli.regional import regional
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import Expansion
from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, known
from tests.cli.conftest import TEMPLATES, Run


def resolved(template: dict[str, Any], region: str) -> Any:
    """What the resources of ``template`` come to in ``region``; an attribute is its own name."""
    pseudo = {
        "AWS::Region": region,
        "AWS::Partition": partition(region),
        "AWS::AccountId": "111122223333",
        "AWS::StackId": f"arn:aws:cloudformation:{region}:111122223333:stack/s/guid",
        "AWS::URLSuffix": "amazonaws.com",
    }
    text = json.dumps(template["Resources"])
    for name in template["Resources"]:
        for attribute in ("Arn", "InferenceProfileArn"):
            text = text.replace(json.dumps({"Fn::GetAtt": [name, attribute]}), f'"{name}.{attribute}"')
    scope = Scope.of(template, {}, pseudo)
    return plain(known(json.loads(text), scope))


def plain(value: Any) -> Any:
    """``value`` with what nobody knows as a word, so that two of it compare."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.why if isinstance(value, Unknown) else value


REGIONS = ("us-east-1", "eu-west-1", "ca-central-1", "ap-northeast-1")


@pytest.mark.parametrize(
    ("name", "regions"),
    [
        ("assistant", REGIONS),
        ("beside_sam", ("us-east-1", "eu-west-1", "ap-northeast-1")),
        ("private", REGIONS),
        ("assistant", ("us-east-1", "us-east-2")),
        ("assistant", ("eu-west-1",)),
    ],
)
def test_in_each_region_it_comes_to_what_that_region_needs(name: str, regions: tuple[str, ...], run: Run) -> None:
    """One template, resolved for a Region, is the template that is made for that Region alone."""
    several = parse(run("expand", f"{name}.yaml", "--regions", ",".join(regions)).stdout, "t").template
    for region in regions:
        alone = parse(run("expand", f"{name}.yaml", "--region", region).stdout, "t").template
        assert resolved(several, region) == resolved(alone, region)


def test_lists_behind_expressions_are_split_from_a_text(run: Run) -> None:
    """An endpoint policy that names a profile and models keeps both, in lists of different lengths."""
    template = (TEMPLATES / "private.yaml").read_text().replace("Geography: global", "")
    output = parse(run("expand", "-", "--regions", "us-east-1,eu-west-1", text=template).stdout, "t").template
    policy = output["Resources"]["AdvisorBedrockRuntimeEndpoint"]["Properties"]["PolicyDocument"]
    assert list(policy["Statement"][0]["Resource"]) == ["Fn::Split"]
    for region in ("us-east-1", "eu-west-1"):
        alone = parse(run("expand", "-", "--region", region, text=template).stdout, "t").template
        assert resolved(output, region) == resolved(alone, region)


@pytest.mark.parametrize("name", ["assistant", "private"])
def test_it_passes_cfn_lint_in_each_region(name: str, run: Run) -> None:
    """The mappings and what reads them are clean."""
    template = parse(run("expand", f"{name}.yaml", "--regions", ",".join(REGIONS)).stdout, "t").template
    for region in REGIONS:
        assert list(remarks(template, region)) == []


def test_the_routes_are_mappings_by_region(run: Run, golden: Callable[[str, str], None]) -> None:
    """The processed template shows the routes of each Region in one place."""
    result = run("expand", "assistant.yaml", "--regions", "us-east-1, eu-west-1")
    assert (result.exit_code, result.stderr) == (0, "")
    golden("expand_regions.yaml", result.stdout)


def test_all_regions_are_those_that_work(run: Run) -> None:
    """With --all-regions, the others are left out, and a line says which and why."""
    result = run("expand", "assistant.yaml", "--all-regions")
    assert result.exit_code == 0
    inside = parse(result.stdout, "t").template["Mappings"]["AssistantRoutes"]
    assert set(inside) < set(Catalog.bundled().regions)
    assert "us-west-1" not in inside
    assert {"us-east-1", "eu-central-1", "ap-south-1"} <= set(inside)
    (line,) = result.stderr.splitlines()
    no_route, no_provider = line.removeprefix("assistant.yaml: left out: ").split("; ")
    assert "sa-east-1" in no_route
    assert no_route.endswith(" (no route to the model)")
    assert "us-west-1" in no_provider
    assert no_provider.endswith(" (the provider is needed: name it with --provider-export).")


def test_a_mistake_is_not_lost_among_regions_that_are_left_out(run: Run) -> None:
    """With --all-regions, what is wrong in every Region is reported, and nothing else."""
    result = run("expand", "wrong.yaml", "--all-regions")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == run("expand", "wrong.yaml", "--region", "us-east-1").stderr


def test_where_no_region_works_each_place_is_reported_once(run: Run) -> None:
    """A misspelt model is a line of its own, not one for each Region that is in the message."""
    text = (TEMPLATES / "assistant.yaml").read_text().replace("nova-lite", "nova-lit")
    result = run("expand", "-", "--all-regions", "--provider-export", "P", text=text)
    left_out, problem = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert left_out.endswith("us-west-2 (no route to the model).")
    assert problem.startswith("<stdin>:12:7: Assistant.Properties.BedrockModelId: 'amazon.nova-lit-v1:0' is not ")


PARTLY = """
Conditions: {American: !Equals [!Ref AWS::Region, us-east-1]}
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      DeployVpc: !If [American, false, !ImportValue x]
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "pass"}}
"""


def test_any_other_reason_is_one_that_expand_says(run: Run) -> None:
    """What is neither a route nor the provider is looked at for one Region."""
    result = run("expand", "-", "--all-regions", text=PARTLY)
    assert result.exit_code == 0
    assert result.stderr.endswith(" (expand --region says why).\n")


def test_problems_of_some_regions_stand_where_they_are(run: Run) -> None:
    """The lines are in the order of the text, whichever Region they are of."""
    result = run("expand", "wrong.yaml", "--regions", "us-east-1,sa-east-1")
    lines = [int(line.split(":")[1]) for line in result.stderr.splitlines()]
    assert len(lines) > len(run("expand", "wrong.yaml", "--region", "us-east-1").stderr.splitlines())
    assert lines == sorted(lines)


def test_a_region_without_a_route_is_a_problem_of_that_region(run: Run) -> None:
    """A Region that was named has to work; the problem says which does not."""
    result = run("expand", "assistant.yaml", "--regions", "us-east-1,sa-east-1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.rstrip().endswith("(in sa-east-1)")


EXPRESSION = """
Parameters: {Model: {Type: String, Default: amazon.nova-lite-v1:0}}
Resources:
  A:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: !Ref Model
      LambdaFunctionProps: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: "pass"}}
"""


def test_routes_to_a_model_in_an_expression_cannot_be_mapped(run: Run) -> None:
    """A mapping holds no expressions, so a model from a parameter is refused where its Regions differ in number."""
    result = run("expand", "-", "--regions", "us-east-1,eu-west-1", text=EXPRESSION)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "one template cannot be made for us-east-1, eu-west-1" in result.stderr
    assert "<stdin>:4:3: A: " in result.stderr


def test_the_names_of_routes_are_taken_or_free(run: Run) -> None:
    """A mapping of the user's that has the name is a collision; other mappings stay."""
    text = (TEMPLATES / "assistant.yaml").read_text()
    mine = text.replace("Resources:", "Mappings: {Mine: {us-east-1: {A: b}}}\n\nResources:")
    output = parse(run("expand", "-", "--regions", "us-east-1,eu-west-1", text=mine).stdout, "t").template
    assert list(output["Mappings"]) == ["Mine", "AssistantRoutes"]
    taken = mine.replace("Mine", "AssistantRoutes")
    result = run("expand", "-", "--regions", "us-east-1,eu-west-1", text=taken)
    assert result.exit_code == 1
    assert "Mappings.AssistantRoutes" in result.stderr


def side(properties: dict[str, Any], type_name: str = "T") -> Expansion:
    """The expansion for one Region, with one resource in it."""
    return Expansion({"Resources": {"A": {"Type": type_name, "Properties": properties}}}, generated={"A": ("A",)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (side({}), side({}, "U")),
        (side({"X": 1}), side({"X": 2})),
        (side({"X": "a"}), side({})),
        (side({"X": "a"}), side({"X": ["a"]})),
        (side({"X": {"Fn::Sub": "${B}"}}), side({"X": {"Fn::Sub": "${C}"}})),
        (side({"X": [{"Ref": "B"}]}), side({"X": [{"Ref": "B"}, {"Ref": "C"}]})),
        (side({"X": {"Ref": "B"}}), side({"X": {"Ref": "C"}, "Y": 1})),
    ],
)
def test_what_no_mapping_can_hold_is_a_problem(one: Expansion, other: Expansion) -> None:
    """Other resources, other expressions and other numbers in each Region need templates of their own."""
    with pytest.raises(TemplateError, match="one template cannot be made for us-east-1, eu-west-1, since A"):
        regional({"us-east-1": one, "eu-west-1": other})


def test_each_difference_has_a_key_of_its_own() -> None:
    """Texts of one name that differ in two ways get two keys, and a variable never hides another."""
    one = side({"X": "a", "Y": {"X": "c"}, "Z": {"Fn::Sub": ["${X}/a/${X}", {"X": {"Ref": "P"}}]}})
    other = side({"X": "b", "Y": {"X": "d"}, "Z": {"Fn::Sub": ["${X}/b/${X}", {"X": {"Ref": "P"}}]}})
    template = regional({"us-east-1": one, "eu-west-1": other})
    assert template["Mappings"]["ARoutes"]["eu-west-1"] == {"X": "b", "XX": "d", "Z": "b"}
    variables = {"X": {"Ref": "P"}, "Z": {"Fn::FindInMap": ["ARoutes", {"Ref": "AWS::Region"}, "Z"]}}
    assert template["Resources"]["A"]["Properties"]["Z"] == {"Fn::Sub": ["${X}/${Z}/${X}", variables]}


def test_values_that_differ_alike_share_a_key() -> None:
    """A text that is there twice is one entry of the mapping; a third text of one name has a third key."""
    one = side({"X": "a", "Y": {"X": "a"}, "Z": {"X": "c"}, "W": {"X": "e"}})
    other = side({"X": "b", "Y": {"X": "b"}, "Z": {"X": "d"}, "W": {"X": "f"}})
    template = regional({"us-east-1": one, "eu-west-1": other})
    assert template["Mappings"]["ARoutes"]["eu-west-1"] == {"X": "b", "XX": "d", "XXX": "f"}
    properties = template["Resources"]["A"]["Properties"]
    assert properties["X"] == properties["Y"]["X"]


@pytest.mark.parametrize(
    "texts",
    [
        ("${Z}/a", "${Z}/b"),
        (["${Z}/a", {"Z": {"Ref": "P"}}], ["${Z}/b", {"Z": {"Ref": "P"}}]),
        (["a", {"Z": {"Ref": "P"}}], ["b", {"Z": {"Ref": "P"}}]),
    ],
)
def test_a_variable_for_a_difference_takes_no_name_that_is_there(texts: tuple[Any, Any]) -> None:
    """Neither what the text refers to nor a variable of its own becomes the difference by having its name."""
    template = regional({region: side({"Z": {"Fn::Sub": text}}) for region, text in zip(REGIONS, texts, strict=False)})
    text, variables = template["Resources"]["A"]["Properties"]["Z"]["Fn::Sub"]
    assert "${ZX}" in text
    assert variables["ZX"] == {"Fn::FindInMap": ["ARoutes", {"Ref": "AWS::Region"}, "Z"]}
    assert variables.get("Z") in (None, {"Ref": "P"})


@pytest.mark.parametrize(
    "arguments",
    [
        ("--regions", "us-east-1,nowhere"),
        ("--regions", "us-east-1", "--all-regions"),
        ("--region", "us-east-1", "--all-regions"),
        ("--all-regions", "--provider-arn", "arn:aws:lambda:us-east-1:111122223333:function:f"),
    ],
)
def test_contradictions_end_with_two(arguments: tuple[str, ...], run: Run) -> None:
    """Options that cannot be meant together are refused."""
    assert run("expand", "assistant.yaml", *arguments).exit_code == 2


ALIAS = """
Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: "s3://b/k", Handler: app.handler, Runtime: python3.13, AutoPublishAlias: live}
  Model:
    Type: Custom::LambdaBedrockProfile
    Properties: {BedrockModelId: amazon.nova-lite-v1:0, ExistingLambdaObj: !Ref Chat, Geography: auto}
"""


def test_a_revision_of_profiles_is_written_out(run: Run) -> None:
    """AWS SAM publishes a version if the text of a variable changes, and looks into no mapping."""

    def revision(text: str) -> str:
        found = run("expand", "-", "--regions", "us-east-1,eu-west-1", text=text)
        resources = parse(found.stdout, "t").template["Resources"]
        return str(resources["Chat"]["Properties"]["Environment"]["Variables"]["BEDROCK_PROFILE_REVISION"])

    assert len(revision(ALIAS)) == 8
    other = ALIAS.replace("Geography: auto", "InferenceProfileProps: {Description: another}")
    assert revision(other) != revision(ALIAS)
