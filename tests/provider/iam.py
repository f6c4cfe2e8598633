"""How AWS IAM judges a request by identity policies: as much of it as the provider's policy needs.

Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators" and "AWS global condition context keys".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Context = Mapping[str, str | list[str]]
"""Condition keys and their values; a list is a key with several values. Keys are compared without regard to case."""


def allows(statements: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context) -> bool:
    """Whether ``statements``, with every expression filled in, allow ``action`` on ``resource``."""
    keys = {key.lower(): value for key, value in context.items()}
    effects = {
        statement["Effect"]
        for statement in statements
        if any(like(action.lower(), pattern.lower()) for pattern in listed(statement["Action"]))
        and any(like(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(
            holds(operator, keys.get(key.lower()), listed(wanted))
            for operator, block in statement.get("Condition", {}).items()
            for key, wanted in block.items()
        )
    }
    return effects == {"Allow"}


def holds(operator: str, actual: str | list[str] | None, wanted: list[str]) -> bool:
    """Whether a condition holds for the value of its key, None if the request has no such key."""
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (actual is None) == (wanted == ["true"])
    negated = name.startswith("StringNot")
    test = OPERATORS[name.replace("Not", "")]
    values = [] if actual is None else listed(actual)
    results = [any(test(value, each) for each in wanted) != negated for value in values]
    if quantifier == "ForAllValues":
        return all(results)
    if quantifier == "ForAnyValue":
        return any(results)
    return negated if actual is None else all(results)


def like(value: str, pattern: str) -> bool:
    """Whether ``value`` matches a pattern with the wildcards * and ?."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def listed(value: Any) -> list[Any]:
    """The values of an element, which may be one or a list."""
    return value if isinstance(value, list) else [value]


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": like,
}
