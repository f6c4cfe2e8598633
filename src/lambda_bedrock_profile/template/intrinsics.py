"""What an intrinsic function means, as far as it can be known before deployment.

``known`` answers for decisions only: which model, which Region, which flag. The user's own expression is what goes into
the processed template; the value found here never does. A value is *unknown* if only deployment can show it
(``Fn::GetAtt``, ``Fn::ImportValue``, dynamic references, SSM parameters), and if it is a secret (``NoEcho``).

Semantics: AWS CloudFormation Template Reference, "Intrinsic functions" and "Condition functions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import is_
from typing import Final

from lambda_bedrock_profile.template.limits import CHARACTERS, Budget
from lambda_bedrock_profile.template.walk import parts
from lambda_bedrock_profile.values import Expression, Json

NO_VALUE: Final[Mapping[str, str]] = {"Ref": "AWS::NoValue"}
"""The expression that removes the property it is given to."""

DYNAMIC: Final = "{{resolve:"
"""The beginning of a dynamic reference, which CloudFormation replaces in a text when it deploys."""

PLACEHOLDER: Final = re.compile(r"\$\{([^!{}][^{}]*)\}")
"""A variable in the text of ``Fn::Sub``; ``${!Literal}`` is none."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be known before deployment, and why not, as words that can follow "since it is"."""

    why: str


class Absent:
    """What ``Ref: AWS::NoValue`` comes to: as if the property had not been written."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything an expression of one template can refer to before deployment.

    ``values`` are the parameter values CloudFormation (or the command line) gives; ``pseudo`` the pseudo parameters
    that are known, such as ``AWS::Region``; the others are the template's own sections. ``settled`` remembers what
    conditions came to, and ``budget`` counts the steps of all that is evaluated.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    pseudo: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Json] = field(default_factory=dict)
    mappings: Mapping[str, Json] = field(default_factory=dict)
    conditions: Mapping[str, Json] = field(default_factory=dict)
    settled: dict[str, bool | Unknown] = field(default_factory=dict, init=False, repr=False, compare=False)
    budget: Budget = field(default_factory=Budget, repr=False, compare=False)

    @classmethod
    def of(cls, template: Mapping[str, Json], values: Mapping[str, Json], pseudo: Mapping[str, str]) -> Scope:
        """The scope of ``template``; a section that is not a map counts as empty."""
        parameters, mappings, conditions = (
            section if isinstance(section := template.get(name), dict) else {}
            for name in ("Parameters", "Mappings", "Conditions")
        )
        return cls(values, pseudo, parameters, mappings, conditions)


def function_of(value: Expression) -> str | None:
    """The name of the intrinsic function that ``value`` calls (``Ref``, ``Fn::If``, …), or None for plain data."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if isinstance(name, str) and (name == "Ref" or name.startswith("Fn::")):
            return name
    return None


def known(value: Expression, scope: Scope) -> Expression:
    """What ``value`` comes to before deployment.

    Takes any JSON value; gives the same value with every call to an intrinsic function replaced by its result, by
    ``Unknown`` or by ``ABSENT`` (which drops out of maps and lists), and ``value`` itself if there is none. A malformed
    call is ``Unknown``, and CloudFormation decides on it. Raises BeyondBudgetError if the values come to more than a
    template can hold.
    """
    if isinstance(value, str):
        return Unknown("a dynamic reference") if DYNAMIC in value else value
    if isinstance(value, dict):
        name = function_of(value) if len(value) == 1 else None
        if name is not None:
            try:
                function = _FUNCTIONS.get(name)
                return function(value[name], scope) if function else Unknown(f"the result of {name}")
            except (TypeError, ValueError, KeyError, IndexError, AttributeError):
                return Unknown(f"a call of {name} in a form that CloudFormation does not document")
        scope.budget.spend(1 + len(value))
        changes = {}
        for key, item in value.items():
            if item.__class__ is str and "{{" not in item:
                continue
            new = known(item, scope)
            if new is not item:
                changes[key] = new
        if not changes:
            return value
        return {key: new for key, item in value.items() if (new := changes.get(key, item)) is not ABSENT}
    if isinstance(value, list):
        scope.budget.spend(1 + len(value))
        items = [known(item, scope) for item in value]
        if all(map(is_, items, value)):
            return value
        return [item for item in items if item is not ABSENT]
    return value


def first_unknown(value: Expression) -> Unknown | None:
    """The first ``Unknown`` inside a result of ``known``, or None if all of it is known."""
    if isinstance(value, dict | list):
        return next((part for part in parts(value) if isinstance(part, Unknown)), None)
    return value if isinstance(value, Unknown) else None


def condition(name: Expression, scope: Scope) -> bool | Unknown:
    """Whether the template's condition ``name`` holds, as far as that can be known before deployment."""
    if not isinstance(name, str) or name not in scope.conditions:
        return Unknown(f"a condition that the template does not define ({name})")
    if name not in scope.settled:
        # This is what the condition is while it is evaluated, so that circular conditions come to an end.
        scope.settled[name] = Unknown("a condition that is defined by itself")
        scope.settled[name] = _truth(scope.conditions[name], scope)
    return scope.settled[name]


def _truth(expression: Expression, scope: Scope) -> bool | Unknown:
    if isinstance(expression, dict) and expression.keys() == {"Condition"}:
        return condition(expression["Condition"], scope)
    result = known(expression, scope)
    if isinstance(result, bool | Unknown):
        return result
    return Unknown("a condition without a condition function")


def _ref(name: Expression, scope: Scope) -> Expression:
    if name == "AWS::NoValue":
        return ABSENT
    if name in scope.pseudo:
        return scope.pseudo[name]
    if name not in scope.parameters:
        pseudo = str(name).startswith("AWS::")
        return Unknown(f"what {name} will be" if pseudo else f"a reference to {name}, which is no parameter")
    declared = scope.parameters[name]
    kind = str(declared.get("Type", "String"))
    if str(declared.get("NoEcho", "false")).lower() == "true":
        return Unknown(f"the NoEcho parameter {name}")
    if kind.startswith("AWS::SSM::Parameter::Value<"):
        return Unknown(f"the SSM parameter {name}")
    value = scope.values.get(name, declared.get("Default"))
    if value is None:
        return Unknown(f"the parameter {name}, which has neither a value nor a default here")
    if isinstance(value, int | float):
        value = text_of(value)
    if isinstance(value, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
        value = [item.strip() for item in value.split(",")]
    return _plain(value, scope)


def _plain(value: Expression, scope: Scope) -> Expression:
    """The value of a parameter or of a mapping: CloudFormation evaluates no function in one."""
    if isinstance(value, list):
        scope.budget.spend(1 + len(value))
        return [_plain(item, scope) for item in value]
    if isinstance(value, dict):
        return Unknown("a map, or a function in a place that takes none")
    return Unknown("a dynamic reference") if isinstance(value, str) and DYNAMIC in value else value


def _if(argument: Expression, scope: Scope) -> Expression:
    name, then, otherwise = argument
    holds = condition(name, scope)
    return holds if isinstance(holds, Unknown) else known(then if holds else otherwise, scope)


def _equals(argument: Expression, scope: Scope) -> bool | Unknown:
    left, right = (known(side, scope) for side in argument)
    return first_unknown([left, right]) or text_of(left) == text_of(right)


def _not(argument: Expression, scope: Scope) -> bool | Unknown:
    (operand,) = argument
    result = _truth(operand, scope)
    return result if isinstance(result, Unknown) else not result


def _and(argument: Expression, scope: Scope) -> bool | Unknown:
    results = [_truth(operand, scope) for operand in argument]
    return False if False in results else first_unknown(results) or True


def _or(argument: Expression, scope: Scope) -> bool | Unknown:
    results = [_truth(operand, scope) for operand in argument]
    return True if True in results else first_unknown(results) or False


def _sub(argument: Expression, scope: Scope) -> str | Unknown:
    text, variables = (argument, {}) if isinstance(argument, str) else argument
    unknown: list[Unknown] = []
    texts: dict[str, str] = {}

    def value_of(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name not in texts:
            texts[name] = text_of_variable(name)
        scope.budget.spend(1 + len(texts[name]) // CHARACTERS)
        return texts[name]

    def text_of_variable(name: str) -> str:
        if name in variables:
            result = known(variables[name], scope)
        else:
            result = Unknown(f"the result of Fn::GetAtt of {name}") if "." in name else _ref(name, scope)
        if isinstance(result, Unknown):
            unknown.append(result)
        return text_of(result)

    result = PLACEHOLDER.sub(value_of, text).replace("${!", "${")
    return unknown[0] if unknown else known(result, scope)


def _join(argument: Expression, scope: Scope) -> str | Unknown:
    separator, items = argument
    parts: Expression = known(items, scope)
    if unknown := first_unknown(parts):
        return unknown
    texts = [text_of(part) for part in _list(parts)]
    scope.budget.spend((sum(map(len, texts)) + len(separator) * len(texts)) // CHARACTERS)
    text: str | Unknown = known(separator.join(texts), scope)
    return text


def _split(argument: Expression, scope: Scope) -> list[str] | Unknown:
    separator, text = argument
    whole = known(text, scope)
    if isinstance(whole, Unknown):
        return whole
    parts = text_of(whole).split(separator)
    scope.budget.spend(len(parts))
    return parts


def _select(argument: Expression, scope: Scope) -> Expression:
    index, items = known(argument[0], scope), known(argument[1], scope)
    if unknown := next((value for value in (index, items) if isinstance(value, Unknown)), None):
        return unknown
    if int(index) < 0:
        raise IndexError(index)
    return _list(items)[int(index)]


def _find_in_map(argument: Expression, scope: Scope) -> Expression:
    keys = [known(key, scope) for key in argument[:3]]
    if unknown := first_unknown(keys):
        return unknown
    entry: Expression = scope.mappings
    for key in keys:
        entry = entry.get(text_of(key)) if isinstance(entry, Mapping) else None
    if entry is None and len(argument) > 3:
        return known(argument[3]["DefaultValue"], scope)
    return Unknown("missing from the template's Mappings") if entry is None else _plain(entry, scope)


def _list(value: Expression) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def text_of(value: Expression) -> str:
    """A scalar as the text that CloudFormation makes of it. Raises TypeError for anything else."""
    if isinstance(value, list | dict | Absent):
        raise TypeError("not a text")
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS: Final[Mapping[str, Callable[[Expression, Scope], Expression]]] = {
    "Ref": _ref,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::And": _and,
    "Fn::Or": _or,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
}
