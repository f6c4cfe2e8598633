"""The macro always answers: with bounded work, in some kilobytes, and in text that Lambda can send."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.hostile import INPUTS, declaration
from lambda_bedrock_profile import macro
from lambda_bedrock_profile.diagnostics import MOST_MESSAGE
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.limits import BeyondBudgetError

MOST_CALLS = 4_000_000
"""Calls of functions, Python's own included: some seconds on the smallest machine that Lambda gives to a function."""


class _TooManyCallsError(BaseException):
    """The work is stopped; the macro's own handling of errors does not see it."""


def answer(template: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The macro's answer, as Lambda's runtime for Python 3.13 encodes it, and how many calls it took."""
    event = json.loads(
        json.dumps(
            {
                "requestId": "request",
                "region": "us-east-1",
                "accountId": "111122223333",
                "fragment": template,
                "templateParameterValues": {},
            }
        )
    )
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")
        if calls > MOST_CALLS:
            raise _TooManyCallsError

    sys.setprofile(count)
    try:
        result = macro.handler(event, None)
    finally:
        sys.setprofile(None)
    decoded: dict[str, Any] = json.loads(json.dumps(result, ensure_ascii=False).encode())
    return decoded, calls


def message(template: dict[str, Any]) -> str:
    """The error of the macro's answer, which is a failure and no internal error."""
    result, _ = answer(template)
    assert result["status"] == "failure"
    text: str = result["errorMessage"]
    assert "fault of the macro" not in text
    assert len(text) <= MOST_MESSAGE + 100
    return text


@pytest.mark.parametrize("name", INPUTS)
def test_a_small_template_that_asks_for_much_is_answered(name: str) -> None:
    """Seven templates that kept an earlier version busy until Lambda ended it are answered after bounded work."""
    result, calls = answer(INPUTS[name]())
    assert calls < MOST_CALLS
    assert len(result.get("errorMessage", "")) <= MOST_MESSAGE + 100
    assert len(json.dumps(result)) < 2_000_000


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("3 nested loops of 40 around a declaration", "makes more than 500 resources"),
        ("a mapping of lists that double", "Geography"),
        ("parameters with lists that double", "Geography"),
        ("2,000 empty tags", "Tags.0: Key is missing"),
        ("an Fn::Sub with 250,000 variables", "come to more than a template can hold"),
        ("120 declarations with 60 groups each", "resources, and CloudFormation takes 500"),
    ],
)
def test_the_answer_has_the_reason(name: str, words: str) -> None:
    """A template that is refused for its size says what is too much, and a wrong value in it is still reported."""
    assert words in message(INPUTS[name]())


def test_huge_loops_beside_a_declaration_are_left_to_cloudformation() -> None:
    """A template is expanded although a loop that has nothing to do with the declaration makes millions of topics."""
    template = INPUTS["4 nested loops of 60 beside a declaration"]()
    result, _ = answer(template)
    assert result["status"] == "success"
    assert result["fragment"]["Resources"]["Fn::ForEach::L3"] == template["Resources"]["Fn::ForEach::L3"]


def test_a_full_template_is_within_the_budget() -> None:
    """One of almost 500 resources and 1 MB, with functions in every place that can have one, is expanded."""
    props = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": {"ZipFile": "x" * 3_500},
        "Description": {"Fn::Join": ["-", [{"Ref": "Name"}, {"Ref": "AWS::Region"}]]},
        "Tags": [{"Key": f"key{tag}", "Value": {"Fn::Sub": "${Name}/${AWS::Region}"}} for tag in range(40)],
    }
    chats = {f"Chat{number}": declaration(LambdaFunctionProps=props) for number in range(120)}
    template = {"Parameters": {"Name": {"Type": "String", "Default": "x" * 100}}, "Resources": chats}
    result, calls = answer(template)
    assert result["status"] == "success", result["errorMessage"]
    assert len(json.dumps(result["fragment"])) > 950_000
    assert calls < MOST_CALLS


def _doubling(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"Fn::Sub": ["${a}${a}", {"a": value}]}
    return value


@pytest.mark.parametrize(
    "expression",
    [
        _doubling(60),
        {"Fn::Join": ["x" * 100_000, ["a"] * 10_000]},
        {"Fn::Sub": ["${a}" * 100_000, {"a": "x" * 10_000}]},
        {"Fn::Join": ["", [{"Fn::Split": [",", "," * 400_000]}] * 20]},
    ],
    ids=["doubled text", "a long separator", "a long variable", "many parts"],
)
def test_text_that_grows_is_stopped(expression: Any) -> None:
    """An expression of some kilobytes that comes to gigabytes takes no more steps than the budget has."""
    with pytest.raises(BeyondBudgetError):
        known(expression, Scope())
    assert "come to more than a template can hold" in message(
        {"Resources": {"Chat": declaration(Geography=expression)}}
    )


def test_a_long_expression_that_is_referred_to_often_is_refused() -> None:
    """An attribute whose expression is long is not copied into thousands of places."""
    model = {"Fn::Join": ["", ["amazon.nova-lite-v1:0", *[""] * 30_000]]}
    uses = {"Type": "AWS::SNS::Topic", "Properties": {"Names": [{"Fn::GetAtt": ["Chat", "ModelId"]}] * 10_000}}
    template = {"Resources": {"Chat": declaration(BedrockModelId=model), "Topic": uses}}
    assert "come to more than a template can hold" in message(template)


@pytest.mark.parametrize("count", [51, 20_000])
def test_many_problems_are_some_kilobytes(count: int) -> None:
    """Of thousands of problems the first are written out, and the answer says how many more there are."""
    text = message({"Resources": {"Chat": declaration(**{f"Unknown{number}": 1 for number in range(count)})}})
    *lines, last = text.splitlines()
    assert lines[0].startswith("Chat.Properties.Unknown0: ")
    assert last == f"And {count - len(lines):,} more"


def test_a_long_id_is_cut() -> None:
    """A logical id or a property of 400,000 characters does not fill the answer."""
    for template in ({"C" * 400_000: declaration(X=1)}, {"Chat": declaration(**{"X" * 400_000: 1})}):
        assert "…" in message({"Resources": template})


@pytest.mark.parametrize(
    ("resources", "place"),
    [
        ({"Chat": declaration(), "Topic": {"Type": "T", "Properties": {"Name": "a\ud800"}}}, "Topic.Properties.Name"),
        ({"Topic": {"Type": "T", "Properties": {"Name": "\udfff"}}}, "Topic.Properties.Name"),
        ({"Chat": declaration(**{"X\ud800": 1})}, "Chat.Properties.X\\ud800"),
        ({"Chat": declaration(RoleProps={"Description": "\ud83d"})}, "Chat.Properties.RoleProps.Description"),
    ],
    ids=["beside a declaration", "without a declaration", "in a name", "in what is generated"],
)
def test_half_of_a_surrogate_pair_is_reported_at_its_place(resources: dict[str, Any], place: str) -> None:
    """Text that UTF-8 cannot carry ends no process: the answer says where it is."""
    assert place in message({"Resources": resources})


def test_whole_surrogate_pairs_pass() -> None:
    """JSON writes characters beyond the first plane as two halves, which are one character."""
    template = {"Resources": {"Chat": declaration(), "Topic": {"Type": "T", "Properties": {"Name": "\U0001f600"}}}}
    assert answer(template)[0]["status"] == "success"


def _nested(levels: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "template",
    [
        {"Resources": {"Chat": declaration(LambdaFunctionProps=_nested(300, lambda v: {"Fn::Join": ["", [v]]}))}},
        {"Resources": {"Chat": declaration(RoleProps={"Tags": _nested(400, lambda value: [value])})}},
        {"Resources": {"Chat": declaration(), "T": {"Type": "T", "Properties": _nested(200, lambda v: {"a": [v]})}}},
        {"Resources": {"Chat": declaration(), **_nested(300, lambda value: {"Fn::ForEach::L": ["L", ["a"], value]})}},
    ],
    ids=["functions", "lists", "beside a declaration", "loops"],
)
def test_deep_nesting_is_no_internal_error(template: dict[str, Any]) -> None:
    """A template that is nested hundreds of levels deep is expanded, or refused as the user's, and rings no alarm."""
    result, _ = answer(template)
    assert "fault of the macro" not in result.get("errorMessage", "")
    if result["status"] == "failure":
        assert result["errorMessage"].count("\n") < 3


def test_a_long_chain_of_conditions_is_no_internal_error() -> None:
    """3,000 conditions that each refer to the one before are more than can be followed, and the answer says so."""
    conditions: dict[str, Any] = {"C0": {"Fn::Equals": ["a", "a"]}}
    for number in range(1, 3_000):
        conditions[f"C{number}"] = {"Condition": f"C{number - 1}"}
    chat = declaration(DeployVpc={"Fn::If": ["C2999", True, False]})
    assert "chain of conditions" in message({"Conditions": conditions, "Resources": {"Chat": chat}})
