"""Values that a template writes with Fn::If: each branch is treated on its own, the condition stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, condition
from lambda_bedrock_profile.values import Expression, Json

Conditions = tuple[tuple[Json, bool], ...]
"""Conditions, the outermost first, and for each whether it has to hold."""


def map_branches(value: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """``change`` applied to ``value``, or to every branch of it if it is an Fn::If.

    A branch that is ``AWS::NoValue`` reaches ``change`` as None. Other intrinsic functions reach it as they are.
    """
    if _is_if(value):
        condition, then, otherwise = value["Fn::If"]
        return {"Fn::If": [condition, map_branches(then, change), map_branches(otherwise, change)]}
    return change(None if value == NO_VALUE else value)


def or_default(value: Expression, default: Expression) -> Expression:
    """``value``, with ``default`` in the place of ``AWS::NoValue``: of the value, or of each branch that is that."""
    return map_branches(value, lambda branch: default if branch is None else branch)


def with_defaults(defaults: Mapping[str, Json], users: Mapping[str, Json]) -> dict[str, Json]:
    """``defaults``, and over them the ``users`` own properties; ``AWS::NoValue`` in a branch means the default."""
    if not users or defaults.keys().isdisjoint(users):
        return {**defaults, **users}
    users_or_default = {
        name: or_default(value, defaults[name]) if name in defaults else value for name, value in users.items()
    }
    return {**defaults, **users_or_default}


def branches(value: Expression) -> tuple[Json, ...]:
    """Every value that ``value`` can come to; None for ``AWS::NoValue``."""
    if _is_if(value):
        return branches(value["Fn::If"][1]) + branches(value["Fn::If"][2])
    return (None if value == NO_VALUE else value,)


def taken_branch(value: Expression, scope: Scope) -> Expression:
    """The branch of an Fn::If that will be taken, as far as that is known; None for ``AWS::NoValue``.

    An Fn::If whose condition cannot be known comes back as it is.
    """
    while (taken := _taken(value, scope)) is not None:
        value = value["Fn::If"][taken]
    return None if value == NO_VALUE else value


def taken_path(value: Expression, scope: Scope) -> Path:
    """The way from ``value`` to its ``taken_branch``."""
    path: Path = ()
    while (taken := _taken(value, scope)) is not None:
        path = (*path, "Fn::If", taken)
        value = value["Fn::If"][taken]
    return path


def _taken(value: Expression, scope: Scope) -> int | None:
    """The index of the branch of an Fn::If that will be taken; None if that is not known, or if it is no Fn::If."""
    if not _is_if(value):
        return None
    name = value["Fn::If"][0]
    holds = condition(name, scope) if isinstance(name, str) else None
    return (1 if holds else 2) if isinstance(holds, bool) else None


class Placed(NamedTuple):
    """A value, the conditions that it is there under, and its path in the template."""

    value: Expression
    conditions: Conditions = ()
    path: Path = ()

    def member(self, name: str) -> Placed:
        """The member ``name`` of the value, which is a map; its value is None if there is none."""
        return Placed(self.value.get(name), self.conditions, (*self.path, name))

    def items(self) -> Iterator[Placed]:
        """The value, or each item of a list and of the branches of Fn::If with either; nothing for NoValue."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                yield from Placed(item, self.conditions, (*self.path, index)).items()
        elif _is_if(self.value):
            for index, holds in ((1, True), (2, False)):
                name, branch = self.value["Fn::If"][0], self.value["Fn::If"][index]
                yield from Placed(branch, (*self.conditions, (name, holds)), (*self.path, "Fn::If", index)).items()
        elif self.value is not None and self.value != NO_VALUE:
            yield self


def each(value: Expression, conditions: Conditions) -> Iterator[tuple[Json, Conditions]]:
    """(item, its conditions) of a value, a list of them or branches of Fn::If with either; nothing for NoValue."""
    return ((item.value, item.conditions) for item in Placed(value, conditions).items())


def placed(value: Expression, conditions: Conditions) -> Expression:
    """``value`` under ``conditions``, as Fn::If."""
    for name, holds in reversed(conditions):
        value = {"Fn::If": [name, value, dict(NO_VALUE)] if holds else [name, dict(NO_VALUE), value]}
    return value


def implied(name: Expression, holding: Expression, scope: Scope) -> bool | Unknown:
    """Whether the condition ``name`` holds while the condition ``holding`` does, as far as that is known."""
    if isinstance(holding, str) and isinstance(name, str):
        positive, negative = {"Condition": name}, {"Fn::Not": [{"Condition": name}]}
        definition: Expression = scope.conditions.get(holding)
        both = definition.get("Fn::And") if isinstance(definition, dict) else None
        parts = [{"Condition": holding}, definition, *(both if isinstance(both, list) else ())]
        if positive in parts:
            return True
        if negative in parts or scope.conditions.get(name) == {"Fn::Not": [{"Condition": holding}]}:
            return False
    return condition(name, scope)


def either(conditions: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """That one of ``conditions`` holds: pairs in pairs, since Fn::Or takes ten at most."""
    return reduce(lambda one, other: {"Fn::Or": [one, other]}, conditions)


def is_deployed(template: Mapping[str, Json], path: Sequence[str | int], scope: Scope) -> bool:
    """Whether what stands at ``path`` of ``template`` is deployed, as far as that is known.

    It is not below a resource or an output whose condition does not hold, nor in a branch that is not taken.
    """
    value: Expression = template
    for depth, step in enumerate(path):
        if depth == 2 and isinstance(value, dict) and condition(value.get("Condition"), scope) is False:
            return False
        if _is_if(value) and depth + 1 < len(path):
            holds = condition(value["Fn::If"][0], scope)
            if path[depth + 1] in (1, 2) and holds is (path[depth + 1] == 2):
                return False
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break  # The place is in what was put there.
    return True


def _is_if(value: Expression) -> bool:
    if not isinstance(value, dict) or value.keys() != {"Fn::If"}:
        return False
    argument = value["Fn::If"]
    return isinstance(argument, list) and len(argument) == 3
