"""Names of properties: which ones the schema takes, and what a name that it does not take was surely meant to be.

A map with ``additionalProperties: false`` takes the names in it and no other; any other map takes every name that is no
near miss of a known one, and CloudFormation decides on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from lambda_bedrock_profile.diagnostics import Report, nearest
from lambda_bedrock_profile.template.intrinsics import function_of
from lambda_bedrock_profile.values import Expression, Json

Definition = Mapping[str, Json]
"""What the schema says of one value."""

ANYTHING: Final[Definition] = {}

TRANSFORM: Final = "Fn::Transform"
INCLUDED: Final = (
    "holds what Fn::Transform puts there before CloudFormation calls the macro, and that is not known here",
    "Deploy the template with the macro, or write the value itself to expand it without CloudFormation",
)
"""(what, fix) of a place that another macro fills: CloudFormation runs those inside the template first."""


def _check_names(expressions: Mapping[str, Json], definition: Definition, report: Report) -> None:
    """Report every name of the map ``expressions`` that ``definition`` does not take, whatever its value is."""
    members = definition.get("properties")
    if members is None:
        return
    for name in expressions:
        if name not in members:
            check_name(name, definition, report.at(name))


def check_names_below(expression: Expression, definition: Definition, report: Report) -> None:
    """Report names in a branch that is not read, because it is not taken or not known to be taken."""
    if isinstance(expression, list):
        for index, item in enumerate(expression):
            check_names_below(item, definition.get("items", ANYTHING), report.at(index))
    elif isinstance(expression, dict) and (function := function_of(expression)):
        argument = expression[function]
        if function == "Fn::If" and isinstance(argument, list):
            for index in range(1, len(argument)):
                check_names_below(argument[index], definition, report.at(function, index))
    elif isinstance(expression, dict):
        _check_names(expression, definition, report)
        for name, member in definition.get("properties", ANYTHING).items():
            if name in expression:
                check_names_below(expression[name], member, report.at(name))


def check_name(name: str, definition: Definition, report: Report, suggest: bool = True) -> None:
    """Report a name that is not among the properties of ``definition``, unless it may pass.

    Without ``suggest`` the nearest name is not searched if there is an error in any case.
    """
    if name in definition.get("strangers", {}):
        report.error("property", *definition["strangers"][name], any_value=True)
    elif definition.get("additionalProperties") is False:
        if name == TRANSFORM:
            report.error("property", *INCLUDED, any_value=True)
        else:
            near = nearest(name, definition["properties"]) if suggest else None
            others = f"; there are {', '.join(sorted(definition['properties']))}" if suggest else ""
            fix = f"Did you mean {near}?" if near else f"Remove it{others}"
            report.error("property", "is not a property", fix, any_value=True)
    elif name not in definition.get("others", ()) and (near := near_miss(name, _names(definition))) is not None:
        instead = definition.get("instead")
        fix = f"Did you mean {near}?" + (f" {instead}" if instead else "")
        report.error("property", "is not a property", fix, any_value=True)


def _names(definition: Definition) -> Iterable[str]:
    return (*definition["properties"], *definition.get("others", ()))


def misspelt(name: str, expressions: Mapping[str, Json], definition: Definition) -> bool:
    """Whether ``expressions`` has, for the property ``name`` of ``definition``, what it would be the suggestion for."""
    offered = definition["properties"]
    suggestion = nearest if definition.get("additionalProperties") is False else near_miss
    return any(suggestion(other, offered) == name for other in expressions.keys() - offered.keys())


def near_miss(name: str, known_names: Iterable[str]) -> str | None:
    """The one of ``known_names`` that ``name`` was surely meant to be; None if it can be a name of its own.

    That is a name that is equal except for case, or at most two edits of one letter away, swaps of neighbours included;
    one edit if either has fewer than six letters. Names that differ in digits only are different names.
    """
    closest, least, letters = None, _MOST_EDITS + 1, set(name.lower())
    for candidate in known_names:
        most = 1 if min(len(name), len(candidate)) < 6 else _MOST_EDITS
        if abs(len(name) - len(candidate)) > most or len(letters.difference(candidate.lower())) > most:
            continue
        if re.sub(_DIGITS, "", name) == re.sub(_DIGITS, "", candidate):
            continue
        if (edits := _edits(name.lower(), candidate.lower())) <= most and edits < least:
            closest, least = candidate, edits
    return closest


_DIGITS: Final = "[0-9]+"
_MOST_EDITS: Final = 2


def _edits(one: str, other: str) -> int:
    """How many letters have to be added, removed, replaced or swapped with a neighbour to get from one to the other.

    Of more than _MOST_EDITS it is only known that they are more.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, last, row = row, before, [number]
        for index, wanted in enumerate(other, 1):
            cost = min(before[index] + 1, row[index - 1] + 1, before[index - 1] + (letter != wanted))
            if number > 1 and index > 1 and letter == other[index - 2] and one[number - 2] == wanted:
                cost = min(cost, last[index - 2] + 1)
            row.append(cost)
        if min(row) > _MOST_EDITS:
            break
    return row[-1]
