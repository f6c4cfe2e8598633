"""What expressions come to before deployment, where that can be known."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.template.intrinsics import ABSENT, NO_VALUE, Scope, condition, function_of, known

SCOPE = Scope.of(
    {
        "Parameters": {
            "Stage": {"Type": "String", "Default": "dev"},
            "Count": {"Type": "Number", "Default": 2},
            "Regions": {"Type": "CommaDelimitedList", "Default": "us-east-1, us-west-2"},
            "Ports": {"Type": "List<Number>", "Default": "80,443"},
        },
        "Mappings": {"ByStage": {"prod": {"Model": "large", "Regions": ["a", "b"]}, "dev": {"Model": "small"}}},
        "Conditions": {
            "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
            "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
            "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
        },
    },
    {"Stage": "prod"},
    {"AWS::Region": "eu-west-1", "AWS::Partition": "aws"},
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Count"}, "2"),
        ({"Ref": "Regions"}, ["us-east-1", "us-west-2"]),
        ({"Ref": "Ports"}, ["80", "443"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::NoValue"}, ABSENT),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsDev", "yes", {"Ref": "Stage"}]}, "prod"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsDev", "yes", NO_VALUE]}, ABSENT),
        ({"Fn::Equals": [{"Ref": "Count"}, "2"]}, True),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"Fn::Equals": ["a", "A"]}, False),
        ({"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}, True),
        ({"Fn::Sub": "${Stage}-${AWS::Region}-${!Literal}"}, "prod-eu-west-1-${Literal}"),
        ({"Fn::Sub": ["${Stage}-${Count}", {"Stage": {"Ref": "AWS::Partition"}}]}, "aws-2"),
        ({"Fn::Sub": "no variable"}, "no variable"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, {"Ref": "Count"}]]}, "a-prod-2"),
        ({"Fn::Join": ["+", {"Ref": "Regions"}]}, "us-east-1+us-west-2"),
        ({"Fn::Split": [",", "a,b,"]}, ["a", "b", ""]),
        ({"Fn::Split": ["-", {"Ref": "AWS::Region"}]}, ["eu", "west", "1"]),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Ref": "Regions"}]}, "us-east-1"),
        ({"Fn::Select": [0, {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]}, "eu"),
        ({"Fn::Select": [1, [{"Fn::ImportValue": "x"}, "known"]]}, "known"),
        ({"Fn::FindInMap": ["ByStage", {"Ref": "Stage"}, "Model"]}, "large"),
        ({"Fn::FindInMap": ["ByStage", "prod", "Regions"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["ByStage", "test", "Model", {"DefaultValue": {"Ref": "Stage"}}]}, "prod"),
        ({"Fn::FindInMap": ["ByStage", "dev", "Model", {"DefaultValue": "other"}]}, "small"),
    ],
)
def test_a_function_comes_to_its_value(expression: Any, value: Any) -> None:
    """A model or a flag may be written with any function whose value the template and its parameters settle."""
    assert known(expression, SCOPE) == value


def test_and_is_false_as_soon_as_one_operand_is() -> None:
    """A condition is settled by what is known of it, even beside something that is not."""
    unknown = {"Fn::Equals": [{"Fn::ImportValue": "x"}, "y"]}
    assert known({"Fn::And": [unknown, {"Condition": "IsDev"}]}, SCOPE) is False
    assert known({"Fn::Or": [unknown, {"Condition": "IsProd"}]}, SCOPE) is True


def test_an_operand_may_be_the_result_itself() -> None:
    """Conditions that other transforms have settled to true or false are understood."""
    assert condition("Settled", Scope(conditions={"Settled": True})) is True


def test_no_value_drops_out_of_maps_and_lists() -> None:
    """A property or an item that comes to AWS::NoValue counts as not written."""
    expression = {"A": NO_VALUE, "B": [NO_VALUE, "x", {"Fn::If": ["IsDev", "y", NO_VALUE]}], "C": {"D": NO_VALUE}}
    assert known(expression, SCOPE) == {"B": ["x"], "C": {}}


def test_what_holds_no_function_comes_back_as_the_same_object() -> None:
    """A large plain property costs nothing and cannot be changed by accident."""
    plain: dict[str, Any] = {"Action": "s3:*", "Condition": {"Bool": {"x": "true"}}, "Ids": [1, 2.5, None, True, "z"]}
    assert known(plain, SCOPE) is plain
    mixed: dict[str, Any] = {"Plain": plain, "Other": {"Ref": "Stage"}}
    assert known(mixed, SCOPE)["Plain"] is plain
    assert mixed["Other"] == {"Ref": "Stage"}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"Ref": "X"}, "Ref"),
        ({"Fn::Transform": {}}, "Fn::Transform"),
        ({"Condition": "X"}, None),
        ({"Ref": "X", "More": 1}, None),
        ({1: "x"}, None),
        ({}, None),
        ("Ref", None),
    ],
)
def test_only_a_map_of_one_function_is_a_call(value: Any, name: str | None) -> None:
    """A map that merely has a member named like a function stays data."""
    assert function_of(value) == name
