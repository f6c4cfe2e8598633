"""The evaluator answers as IAM's documentation says: operators, absent keys, wildcards, Deny."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policy_evaluation import allowed, statement_of

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def holds(condition: dict[str, Any], context: dict[str, Any]) -> bool:
    """Whether a statement under ``condition`` allows a request with ``context``."""
    return allowed([statement_of({**ANY, "Condition": condition})], "a:B", "r", context)


@pytest.mark.parametrize(
    ("operator", "wanted", "equal", "other", "absent"),
    [
        ("StringEquals", "one", True, False, False),
        ("StringEqualsIfExists", "one", True, False, True),
        ("StringNotEquals", "one", False, True, True),
        ("StringNotEqualsIfExists", "one", False, True, True),
        ("StringLike", "o*", True, False, False),
        ("StringLikeIfExists", "on?", True, False, True),
        ("StringNotLike", "o*", False, True, True),
        ("StringEquals", ["zero", "one"], True, False, False),
        ("StringNotEquals", ["zero", "one"], False, True, True),
        ("Null", "true", False, False, True),
        ("Null", "false", True, True, False),
        ("Null", True, False, False, True),
    ],
)
def test_operators_on_text(operator: str, wanted: Any, equal: bool, other: bool, absent: bool) -> None:
    """An absent key equals nothing, passes a negated operator and IfExists, and is what Null asks about."""
    condition = {operator: {"k": wanted}}
    assert [holds(condition, context) for context in ({"k": "one"}, {"k": "two"}, {})] == [equal, other, absent]


@pytest.mark.parametrize(
    ("operator", "both", "one", "neither", "absent"),
    [
        ("ForAllValues:StringEquals", True, True, False, True),
        ("ForAnyValue:StringEquals", True, True, False, False),
        ("ForAllValues:StringNotEquals", False, False, True, True),
        ("ForAnyValue:StringNotEquals", False, False, True, False),
        ("ForAllValues:StringNotEqualsIgnoreCase", False, False, True, True),
    ],
)
def test_set_operators(operator: str, both: bool, one: bool, neither: bool, absent: bool) -> None:
    """A key with several values is asked about all or any of them."""
    condition = {operator: {"k": ["one", "two"]}}
    contexts: list[dict[str, Any]] = [{"k": ["one", "two"]}, {"k": ["two"]}, {"k": ["three"]}, {}]
    assert [holds(condition, context) for context in contexts] == [both, one, neither, absent]
    assert holds(condition, {"k": ["three", "one"]}) == (operator.startswith("ForAny"))


@pytest.mark.parametrize("wanted", [True, "true", ["true"]])
def test_bool_takes_both_spellings(wanted: Any) -> None:
    """A JSON boolean and its text are the same."""
    assert holds({"Bool": {"k": wanted}}, {"k": "true"})
    assert not holds({"Bool": {"k": wanted}}, {"k": "false"})
    assert not holds({"Bool": {"k": wanted}}, {})


@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals"])
def test_wildcards_of_an_arn_keep_to_their_part(operator: str) -> None:
    """A star in one part of an ARN does not reach over the colon into the next."""
    profile = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.a-v1:0"
    assert holds({operator: {"k": "arn:aws:bedrock:*:111122223333:inference-profile/us.*"}}, {"k": profile})
    assert not holds({operator: {"k": "arn:aws:*"}}, {"k": profile})
    assert not holds({operator: {"k": "arn:aws:bedrock:*:inference-profile/us.*"}}, {"k": profile})
    assert not holds({operator: {"k": "arn:*:*:*:*:*"}}, {})


def test_every_condition_has_to_hold() -> None:
    """Operators and keys are joined by and, values by or."""
    condition = {"StringEquals": {"a": ["1", "2"], "b": "1"}, "Null": {"c": "true"}}
    assert holds(condition, {"a": "2", "b": "1"})
    assert not holds(condition, {"a": "2", "b": "2"})
    assert not holds(condition, {"a": "2", "b": "1", "c": ""})


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", True),
        ("s3:GetObjectAcl", "arn:aws:s3:::b/k", False),
        ("s3:PutObject", "arn:aws:s3:::b/k", True),
        ("s3:GetObject", "arn:aws:s3:::b", False),
        ("s3:GetObject", "arn:aws:s3:::c/k", False),
    ],
)
def test_actions_and_resources(action: str, resource: str, expected: bool) -> None:
    """A pattern matches the whole of the text; what no statement allows is denied."""
    written = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:Put*"], "Resource": "arn:aws:s3:::b/?"}
    assert allowed([statement_of(written)], action, resource, {}) == expected
    assert not allowed([], action, resource, {})


@pytest.mark.parametrize("turn", [1, -1])
def test_a_deny_wins(turn: int) -> None:
    """A Deny that applies counts whatever is allowed beside it, and in any order."""
    deny = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*", "Condition": {"Null": {"k": "false"}}}
    statements = [statement_of(ANY), statement_of(deny)][::turn]
    assert allowed(statements, "s3:DeleteObject", "r", {})
    assert not allowed(statements, "s3:DeleteObject", "r", {"k": "x"})
    assert allowed(statements, "s3:GetObject", "r", {"k": "x"})


@pytest.mark.parametrize(
    "written",
    [
        {"Effect": "Allow", "NotAction": "a", "Resource": "*"},
        {**ANY, "NotResource": "a"},
        {**ANY, "Effect": "allow"},
        {**ANY, "Principal": {"AWS": "1"}},
        {**ANY, "Resource": "arn:aws:s3:::${aws:username}"},
    ],
)
def test_what_is_not_known_is_not_judged(written: dict[str, Any]) -> None:
    """A form of statement that the evaluator does not know stops the test instead of passing it."""
    with pytest.raises((NotImplementedError, KeyError)):
        statement_of(written)


def test_an_unknown_operator_is_not_judged() -> None:
    """So does a condition that it does not know."""
    with pytest.raises(KeyError):
        holds({"NumericLessThan": {"k": "1"}}, {"k": "0"})
