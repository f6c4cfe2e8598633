"""Condition, DependsOn, DeletionPolicy, UpdateReplacePolicy and Metadata of a declaration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import (
    MODEL,
    NO_VALUE,
    new,
    on,
    plain,
    problem,
    profile_arn,
    resources,
    role,
    serverless,
    template,
    variables,
)

CONDITIONS = {"Conditions": {"C": {"Fn::Equals": ["a", "b"]}, "D": {"Fn::Equals": ["a", "a"]}}}
UNDER_C = {"Condition": "C"}


def test_everything_generated_stands_under_the_condition() -> None:
    """Where the condition is false, nothing of the declaration is deployed."""
    found = resources(template(CONDITIONS, X=new(UNDER_C), Queue={"Type": "AWS::SQS::Queue"}))
    assert {name for name, item in found.items() if item.get("Condition") == "C"} == {
        "X",
        "XRole",
        "XLogGroup",
        "XInferenceProfile",
    }
    assert "Condition" not in found["Queue"]


@pytest.mark.parametrize("kind", [plain, serverless])
@pytest.mark.parametrize(
    ("function", "declaration", "generated", "conditional"),
    [
        (None, None, None, False),
        (None, "C", "C", True),
        ("C", None, "C", False),
        ("C", "C", "C", False),
    ],
)
def test_conditions_of_function_and_declaration(
    kind: Any, function: str | None, declaration: str | None, generated: str | None, conditional: bool
) -> None:
    """What is generated is there when both are, and a function without the condition gets its variables under it."""

    def under(condition: str | None) -> dict[str, Any]:
        return {"Condition": condition} if condition else {}

    source = template(CONDITIONS, Chat=kind(under(function)), Role=role(), X=on("Chat", under(declaration)))
    found = resources(source)
    assert found["XPolicy"].get("Condition") == generated
    assert found["XInferenceProfile"].get("Condition") == generated
    assert found["Chat"].get("Condition") == function
    added: dict[str, Any] = {"BEDROCK_MODEL": MODEL, "BEDROCK_PROFILE": profile_arn("X")}
    if conditional:
        # The unselected reference makes the function wait for the policy where there is one.
        added["BEDROCK_PROFILE"] = {"Fn::Select": [0, [profile_arn("X"), {"Ref": "XPolicy"}]]}
        added = {name: {"Fn::If": ["C", value, NO_VALUE]} for name, value in added.items()}
    assert variables(found["Chat"]) == added
    # CloudFormation refuses to wait for a resource whose condition is false.
    assert found["Chat"].get("DependsOn") == (None if conditional else ["XPolicy"])


def test_two_different_conditions_are_a_problem() -> None:
    """A declaration and its function under different conditions are refused with both names."""
    found = problem(template(CONDITIONS, Chat=serverless(UNDER_C), X=on("Chat", {"Condition": "D"})))
    assert (found.logical_id, found.path) == ("X", ("Condition",))
    assert "stands under C" in found.what
    assert "Fn::And" in found.fix


def test_the_condition_of_a_function_that_another_declaration_makes() -> None:
    """A second declaration follows the condition of the first one's function."""
    names = {"FoundationModelEnvironmentVariableName": "AA", "InferenceProfileEnvironmentVariableName": "BB"}
    found = resources(template(CONDITIONS, X=new(UNDER_C), Y=on("X", **names)))
    assert found["YInferenceProfile"]["Condition"] == "C"
    assert variables(found["X"])["AA"] == MODEL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("DeletionPolicy", value) for value in ("Retain", "Delete", "RetainExceptOnCreate", {"Ref": "P"})),
        *(("UpdateReplacePolicy", value) for value in ("Retain", "Delete", {"Ref": "P"})),
    ],
)
def test_policies_hold_for_all_that_is_generated(name: str, value: Any) -> None:
    """What is to be kept is kept whole; the user's own function has its own policies."""
    found = resources(template({"Parameters": {"P": {"Type": "String"}}}, X=new({name: value})))
    assert {item.get(name) is value for item in found.values()} == {True}
    found = resources(template(Role=role(), Chat=plain(), X=on("Chat", {name: value})))
    assert [key for key, item in found.items() if name in item] == ["XPolicy", "XInferenceProfile"]


@pytest.mark.parametrize("written", ["Table", ["Table", "Topic"]])
def test_all_that_is_generated_waits(written: Any) -> None:
    """DependsOn of a declaration holds for each resource that it expands to, beside the waiting it needs itself."""
    others = {"Table": {"Type": "AWS::DynamoDB::Table"}, "Topic": {"Type": "AWS::SNS::Topic"}}
    names = written if isinstance(written, list) else [written]
    found = resources(template(**others, X=new({"DependsOn": written})))
    assert {name: item["DependsOn"] for name, item in found.items() if name.startswith("X")} == dict.fromkeys(
        ["X", "XRole", "XLogGroup", "XInferenceProfile"], names
    )
    own = {**new()["Properties"]["LambdaFunctionProps"], "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    found = resources(template(**others, Role=role(), X=new({"DependsOn": written}, LambdaFunctionProps=own)))
    assert found["X"]["DependsOn"] == ["XPolicy", *names]


def test_metadata_goes_to_what_stands_for_the_declaration() -> None:
    """Metadata is on the new function, and on the profile where the function is the user's own."""
    note = {"Metadata": {"Owner": "search"}}
    found = resources(template(X=new(note)))
    assert [name for name, item in found.items() if item.get("Metadata") == note["Metadata"]] == ["X"]
    found = resources(template(Chat=serverless(), X=on("Chat", note)))
    assert [name for name, item in found.items() if "Metadata" in item] == ["XInferenceProfile"]


def test_nothing_is_said_that_was_not_written() -> None:
    """Without attributes on the declaration there are none, but for the log group's answer to a scanner."""
    found = resources(template(X=new()))
    assert found["XLogGroup"].pop("Metadata").keys() == {"checkov"}
    assert {key for item in found.values() for key in item} == {"Type", "Properties"}
    found = resources(template(X=new(LogGroupProps={"KmsKeyId": {"Fn::ImportValue": "Key"}})))
    assert "Metadata" not in found["XLogGroup"]


REGIONS = {
    "Conditions": {
        "InUs": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
        "InEu": {"Fn::Not": [{"Condition": "InUs"}]},
        "Asked": {"Fn::Equals": [{"Ref": "Where"}, "us"]},
    },
    "Parameters": {"Where": {"Type": "String", "Default": "eu"}},
}


def test_one_template_serves_several_geographies() -> None:
    """A declaration whose condition never holds in a Region needs no route there, for nothing of it is made."""
    us, eu = (new({"Condition": name}, Geography=area) for name, area in (("InUs", "us"), ("InEu", "eu")))
    for region in ("us-east-1", "eu-west-1"):
        found = resources(template(REGIONS, Us=us, Eu=eu), region)
        assert {found[name]["Condition"] for name in found if name.startswith("Us")} == {"InUs"}


def test_a_condition_that_another_parameter_changes_excuses_nothing() -> None:
    """The stack can be updated with other values, and a model that does not exist is reported in any case."""
    asked = new({"Condition": "Asked"}, Geography="us")
    assert problem(template(REGIONS, X=asked), "eu-west-1").kind == "route"
    misspelt = new({"Condition": "InUs"}, BedrockModelId="amazon.nova-lite-v9:0")
    assert problem(template(REGIONS, X=misspelt), "eu-west-1").kind == "route"
