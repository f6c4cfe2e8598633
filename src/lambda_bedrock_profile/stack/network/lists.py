"""Lists whose items are looked at one by one: each security group of a function gets a rule on the endpoints."""

from __future__ import annotations

from typing import Any, Final

from lambda_bedrock_profile.diagnostics import Path, Problem
from lambda_bedrock_profile.template.branches import branches, chosen
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, known

SECURITY_GROUPS: Final = "a list of ids of the function's security groups"


def items_of(value: Any, scope: Scope) -> tuple[Any, ...] | None:
    """The items of a list, one expression each; None where it is none, or how many it has is not known."""
    if isinstance(value, list):
        return tuple(value)
    found = known(value, scope)
    return tuple({"Fn::Select": [index, value]} for index in range(len(found))) if isinstance(found, list) else None


def security_groups(value: Any, logical_id: str, path: Path, scope: Scope) -> tuple[Any, ...] | list[Problem]:
    """The items of a list of security groups, one expression each, or why they cannot be told apart."""
    value = chosen(value, scope)
    if value is None:
        return ()
    if (items := items_of(value, scope)) is not None:
        return tuple(item for item in items if item != NO_VALUE)
    if not isinstance(known(value, scope), Unknown):
        return [Problem(logical_id, path, "is no list", f"Write {SECURITY_GROUPS}")]
    what = "is a list of unknown length, and each of its groups gets a rule on the endpoints"
    return [Problem(logical_id, path, what, "Write the list with an item for each group")]


def ruled_groups(value: Any, logical_id: str, path: Path, scope: Scope) -> tuple[Any, ...] | list[Problem]:
    """The same for groups that get a rule on the endpoints each. One that is absent stays as ``AWS::NoValue``.

    So the others keep their numbers, and their rules, when it comes and goes.
    """
    groups = security_groups(value, logical_id, path, scope)
    if isinstance(groups, list):
        return groups
    seen = [chosen(group, scope) for group in groups]
    if any(group is not None and None in branches(group) for group in seen):
        what = "has an item that may be absent under a condition which is not known before deployment"
        fix = "Write a group in both branches, or take the condition from parameters with a value here"
        return [Problem(logical_id, path, what, fix)]
    kept = tuple(dict(NO_VALUE) if group is None else item for item, group in zip(groups, seen, strict=True))
    return kept if any(group is not None for group in seen) else ()
