"""What cannot be known before deployment, and why; and what must not be told although it could be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, condition, first_unknown, known

SCOPE = Scope.of(
    {
        "Parameters": {
            "Secret": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
            "SecretText": {"Type": "String", "NoEcho": "true"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
            "Empty": {"Type": "String"},
            "Dynamic": {"Type": "String"},
            "DynamicList": {"Type": "CommaDelimitedList"},
            "Broken": "String",
        },
        "Mappings": {"M": {"a": {"b": "{{resolve:ssm:/x}}"}}},
        "Conditions": {
            "OnSecret": {"Fn::Equals": [{"Ref": "Secret"}, "hunter2"]},
            "Itself": {"Condition": "Itself"},
            "Ring": {"Fn::Or": [{"Condition": "Back"}, {"Condition": "Back"}]},
            "Back": {"Fn::And": [{"Condition": "Ring"}, {"Condition": "Ring"}, {"Condition": "Itself"}]},
            "NoFunction": "yes",
        },
    },
    {"Secret": "hunter2", "SecretText": "hunter2", "Stored": "hunter2", "Dynamic": "{{resolve:ssm:/x}}",
     "DynamicList": ["a", "{{resolve:ssm:/x}}"]},
    {"AWS::Region": "eu-west-1"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ({"Ref": "Secret"}, "the NoEcho parameter Secret"),
        ({"Ref": "SecretText"}, "the NoEcho parameter SecretText"),
        ({"Ref": "Stored"}, "the SSM parameter Stored"),
        ({"Ref": "Empty"}, "the parameter Empty, which has neither a value nor a default here"),
        ({"Ref": "Bucket"}, "a reference to Bucket, which is no parameter"),
        ({"Ref": "AWS::StackId"}, "what AWS::StackId will be"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "the result of Fn::GetAtt"),
        ({"Fn::ImportValue": "x"}, "the result of Fn::ImportValue"),
        ({"Fn::Transform": {"Name": "x"}}, "the result of Fn::Transform"),
        ("{{resolve:secretsmanager:x}}", "a dynamic reference"),
        ({"Ref": "Dynamic"}, "a dynamic reference"),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "a dynamic reference"),
        ({"Fn::Join": ["", ["{{resolve:ssm:", "/x}}"]]}, "a dynamic reference"),
        ({"Fn::Sub": "{{resolve:ssm:/${AWS::Region}}}"}, "a dynamic reference"),
        ({"Fn::Sub": "${Table.Arn}"}, "the result of Fn::GetAtt of Table.Arn"),
        ({"Fn::Sub": "${Secret}"}, "the NoEcho parameter Secret"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Secret"}]]}, "the NoEcho parameter Secret"),
        ({"Fn::Split": ["-", {"Ref": "Secret"}]}, "the NoEcho parameter Secret"),
        ({"Fn::Select": [{"Ref": "Stored"}, ["a"]]}, "the SSM parameter Stored"),
        ({"Fn::FindInMap": ["M", {"Ref": "Secret"}, "b"]}, "the NoEcho parameter Secret"),
        ({"Fn::FindInMap": ["M", "x", "y"]}, "missing from the template's Mappings"),
        ({"Fn::If": ["OnSecret", "a", "b"]}, "the NoEcho parameter Secret"),
        ({"Fn::If": ["Nowhere", "a", "b"]}, "a condition that the template does not define (Nowhere)"),
        ({"Fn::If": ["NoFunction", "a", "b"]}, "a condition without a condition function"),
        ({"Fn::If": ["Itself", "a", "b"]}, "a condition that is defined by itself"),
        ({"Fn::If": ["Ring", "a", "b"]}, "a condition that is defined by itself"),
    ],
)
def test_an_unknown_value_says_why(expression: Any, why: str) -> None:
    """A user who hangs a decision on something unknown reads which part of the expression it is."""
    assert known(expression, SCOPE) == Unknown(why)


def test_a_list_is_unknown_where_one_of_its_items_is() -> None:
    """A list parameter with a dynamic reference in it decides nothing."""
    assert first_unknown(known({"Ref": "DynamicList"}, SCOPE)) == Unknown("a dynamic reference")
    assert first_unknown({"a": ["b", {"c": Unknown("x")}]}) == Unknown("x")
    assert first_unknown({"a": ["b", {"c": 1}]}) is None


@pytest.mark.parametrize(
    "expression",
    [
        {"Ref": ["Secret"]},
        {"Ref": "Broken"},
        {"Fn::If": "OnSecret"},
        {"Fn::If": ["OnSecret", "a"]},
        {"Fn::Equals": ["a"]},
        {"Fn::Equals": [["a"], "a"]},
        {"Fn::Not": ["a", "b"]},
        {"Fn::And": None},
        {"Fn::Sub": 5},
        {"Fn::Sub": ["${A}"]},
        {"Fn::Sub": ["${A}", {"A": ["x"]}]},
        {"Fn::Join": ["-", "abc"]},
        {"Fn::Join": [{"a": 1}, ["x"]]},
        {"Fn::Join": ["-", [["x"]]]},
        {"Fn::Split": ["", "abc"]},
        {"Fn::Split": [",", ["a,b"]]},
        {"Fn::Select": [5, ["a"]]},
        {"Fn::Select": [-1, ["a"]]},
        {"Fn::Select": ["x", ["a"]]},
        {"Fn::Select": [0, "abc"]},
        {"Fn::Select": [0]},
        {"Fn::FindInMap": {"M": 1}},
        {"Fn::FindInMap": ["M", ["a"], "b"]},
    ],
)
def test_a_malformed_call_is_unknown(expression: Any) -> None:
    """A call that CloudFormation would refuse decides nothing, and is left for CloudFormation to refuse."""
    function = next(iter(expression))
    assert known(expression, SCOPE) == Unknown(f"a call of {function} in a form that CloudFormation does not document")


def test_a_condition_that_cannot_be_named_is_unknown() -> None:
    """The question for a condition is answered whatever stands where its name belongs."""
    assert isinstance(condition(["Itself"], SCOPE), Unknown)
    assert condition("Itself", SCOPE) == Unknown("a condition that is defined by itself")


def test_conditions_on_conditions_are_settled_once() -> None:
    """A template whose conditions all use the one before twice is read in a moment, not in twice the time for each."""
    conditions: dict[str, Any] = {"C0": {"Fn::Equals": ["a", "b"]}}
    for number in range(1, 60):
        conditions[f"C{number}"] = {"Fn::Or": [{"Condition": f"C{number - 1}"}] * 2}
    assert condition("C59", Scope(conditions=conditions)) is False


names = st.sampled_from(["Ref", "Condition", *(f"Fn::{name}" for name in ("If", "Equals", "Not", "And", "Or", "Sub",
                         "Join", "Split", "Select", "FindInMap", "GetAtt"))])  # fmt: skip
words = st.sampled_from(["Secret", "Stored", "OnSecret", "Ring", "M", "a", "b", "${Secret}", "AWS::NoValue", "0", "-1"])
calls = st.recursive(
    words | st.none() | st.booleans() | st.integers(-2, 3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | words, inner, max_size=2),
    max_leaves=15,
)


@given(calls)
def test_no_expression_raises_or_tells_a_secret(expression: Any) -> None:
    """Whatever is written, there is an answer, and it never holds what a NoEcho or SSM parameter holds."""
    assert "hunter2" not in repr(known(expression, SCOPE))
