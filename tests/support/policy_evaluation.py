"""IAM's way to judge a request by the statements of its policies: no Deny may apply, and an Allow has to.

Written apart from the code that makes the statements. What it does not know (an operator, NotAction, a policy variable)
raises, so a new form of statement is never judged wrong in silence.

Source: AWS IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators" and
"IAM JSON policy elements: Resource".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Test = Callable[[str], bool]
"""Whether a text is one of those that a policy names."""

Context = Mapping[str, Any]
"""The values of condition keys: a text, or a list of texts for a key with several values."""


@dataclass(frozen=True)
class Condition:
    """One key of a Condition block; ``absent`` is the answer if the request has no such key."""

    key: str
    test: Callable[[Any], bool]
    absent: bool

    def holds(self, context: Context) -> bool:
        """Whether the request has what the condition asks for."""
        value = context.get(self.key)
        return self.absent if value is None else self.test(value)


@dataclass(frozen=True)
class Statement:
    """A statement with its expressions filled in."""

    allow: bool
    action: Test
    resource: Test
    conditions: tuple[Condition, ...]

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether the statement speaks of this request."""
        return self.action(action) and self.resource(resource) and all(each.holds(context) for each in self.conditions)


def allowed(statements: Iterable[Statement], action: str, resource: str, context: Context) -> bool:
    """Whether a request is allowed; ``context`` are the values of condition keys, an absent key is not in it."""
    verdict = False
    for statement in statements:
        if statement.applies(action, resource, context):
            if not statement.allow:
                return False
            verdict = True
    return verdict


def statement_of(statement: Mapping[str, Any]) -> Statement:
    """A statement of an identity policy, or of an endpoint's with everybody as Principal; raises on any other form."""
    unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}
    if unknown or statement.get("Principal", "*") != "*" or statement["Effect"] not in {"Allow", "Deny"}:
        raise NotImplementedError(statement)
    conditions = tuple(
        _condition(operator, key, listed(wanted))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )
    actions, resources = one_of(listed(statement["Action"])), one_of(listed(statement["Resource"]))
    return Statement(statement["Effect"] == "Allow", actions, resources, conditions)


def one_of(patterns: Iterable[str]) -> Test:
    """Whether a text matches one of ``patterns``, in which ``*`` is any text and ``?`` any character."""
    if any("${" in pattern for pattern in patterns):
        raise NotImplementedError(patterns)
    texts = frozenset(pattern for pattern in patterns if not re.search(r"[*?]", pattern))
    wild = [_expression(pattern) for pattern in patterns if pattern not in texts]
    if not wild:
        return texts.__contains__
    return lambda text: text in texts or any(expression.fullmatch(text) for expression in wild)


def one_of_arns(patterns: Iterable[str]) -> Test:
    """The same of ARNs: each of the six parts is matched by itself, so ``*`` does not reach over a colon."""
    tests = [[one_of([part]) for part in pattern.split(":", 5)] for pattern in patterns]

    def matches(arn: str) -> bool:
        parts = arn.split(":", 5)
        return any(
            len(test) == len(parts) and all(each(part) for each, part in zip(test, parts, strict=True))
            for test in tests
        )

    return matches


def listed(value: Any) -> list[Any]:
    """One, or a list, as a list."""
    return value if isinstance(value, list) else [value]


def _condition(operator: str, key: str, wanted: list[Any]) -> Condition:
    quantifier, _, operator = operator.rpartition(":")
    if quantifier:
        each, every = _condition(operator, key, wanted), {"ForAllValues": all, "ForAnyValue": any}[quantifier]
        # No value at all is every value: ForAllValues holds for a key that is not there.
        return Condition(key, lambda given: every(map(each.test, listed(given))), every is all)
    values = [str(value).lower() if isinstance(value, bool) else str(value) for value in wanted]
    if operator == "Null":
        return Condition(key, lambda value: "false" in values, "true" in values)
    name, or_absent = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    plain = name.replace("Not", "", 1)
    test = _OPERATORS[plain](values)
    if plain != name:
        # A negated operator is also true of a key that is not there.
        return Condition(key, lambda value: not test(value), True)
    return Condition(key, test, or_absent)


_OPERATORS: dict[str, Callable[[list[str]], Test]] = {
    "StringEquals": lambda values: frozenset(values).__contains__,
    "StringEqualsIgnoreCase": lambda values: lambda value: value.lower() in {each.lower() for each in values},
    "StringLike": one_of,
    "ArnEquals": one_of_arns,
    "ArnLike": one_of_arns,
    "Bool": lambda values: lambda value: value.lower() in values,
}


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
