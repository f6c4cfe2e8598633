"""Reading a declaration by its schema: one walk gives the value of every property and reports what does not fit.

``schema.json`` has the names, types, patterns and defaults of what the macro reads or writes, in the keywords of JSON
schema and these:

* ``expects``: words that follow "Write" in a message.
* ``strangers``: names that do not belong here, each with a message of its own.
* ``others``: names of AWS's properties that the macro passes on unread.
* ``instead``: what takes a property that this version does not know.
* ``always``: the value that a property has, whatever the user writes; ``because`` says why.

A new property of a declaration is an entry in ``schema.json``; if its value decides something, a field of
``model.Declaration`` that ``parse.py`` fills; and if it depends on other properties, a function in ``rules.py``.
A builder in ``stack/`` reads it from the declaration of its grant. Which names a map takes is in ``property_names.py``.

No message shows the value that it is about, since that may come from a parameter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from operator import is_
from pathlib import Path as File
from typing import Any, Final

from lambda_bedrock_profile.declaration.property_names import (
    ANYTHING,
    Definition,
    check_name,
    check_names_below,
    misspelt,
    near_miss,
)
from lambda_bedrock_profile.diagnostics import MOST_PROBLEMS, Report
from lambda_bedrock_profile.template.intrinsics import (
    ABSENT,
    DYNAMIC,
    Absent,
    Scope,
    Unknown,
    condition,
    function_of,
    known,
    text_of,
)
from lambda_bedrock_profile.values import Expression, Json

SCHEMA: Final[Definition] = json.loads(File(__file__).with_name("schema.json").read_text(encoding="utf-8"))

DEFAULTS: Final = {name: item["default"] for name, item in SCHEMA["properties"].items() if "default" in item}
"""What a property is if it is not written."""


def read(properties: Mapping[str, Json], scope: Scope, report: Report) -> Mapping[str, Json]:
    """The values of a declaration's ``properties``, and in ``report`` what the schema does not take.

    Each call of an intrinsic function is replaced by its value or by ``Unknown``, which fits everywhere;
    ``AWS::NoValue`` is left out. Numbers and booleans that are written as text are read as such, and a number or a
    boolean is read as text if a text belongs there, as CloudFormation does. ``properties`` itself comes back if nothing
    in it changes. Names are checked on all that is written, values only where they count: not in a branch of Fn::If
    that is not taken.
    """
    values: Mapping[str, Json] = _read_map(properties, _ROOT, scope, report)
    return values


class _Node:
    """One definition of the schema, with the nodes of what is in it, and the checks of a value of each class.

    The class of a value settles the keyword ``type`` and most of the others, so the checks are made when a value of the
    class comes for the first time. ``members`` are the properties of a map, ``key`` is a name in a map with free names,
    and ``item`` is an item of a list.
    """

    __slots__ = ("checks", "definition", "item", "key", "members", "required", "takes_text")

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.checks: dict[type, tuple[_Check, ...]] = {}
        self.members = {name: _Node(member) for name, member in definition.get("properties", ANYTHING).items()}
        self.required: tuple[str, ...] = tuple(definition.get("required", ()))
        self.key = _Node(definition["propertyNames"]) if "propertyNames" in definition else None
        self.item = _Node(definition["items"]) if "items" in definition else None
        self.takes_text = definition.get("type") == "string"


def _read(expression: Expression, node: _Node, scope: Scope, report: Report) -> Expression:
    """The value of ``expression``, which ``node`` is about; ``report`` is bound to its place."""
    if isinstance(expression, dict):
        function = function_of(expression)
        if function is None:
            return _read_map(expression, node, scope, report)
        return _read_call(expression, function, node, scope, report)
    if isinstance(expression, list):
        return _read_list(expression, node, scope, report)
    if isinstance(expression, str) and DYNAMIC in expression:
        if node.definition.get("type") in ("object", "array"):
            what = "is a dynamic reference, and that comes to a text"
            report.error("property", what, f"Write {_expects(node.definition)}")
        return known(expression, scope)
    value = _converted(expression, node.definition)
    if (keyword := _first_misfit(value, node)) is not None:
        _misfit(keyword, node.definition, report, _suggestion(expression, node.definition))
    return value


def _read_call(call: Expression, function: str, node: _Node, scope: Scope, report: Report) -> Expression:
    argument = call[function]
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        holds = condition(argument[0], scope)
        taken = None if isinstance(holds, Unknown) else 1 if holds else 2
        for index in (1, 2):
            if index != taken:
                check_names_below(argument[index], node.definition, report.at(function, index))
        return holds if taken is None else _read(argument[taken], node, scope, report.at(function, taken))
    value = known(call, scope)
    if isinstance(value, Unknown | Absent):
        return value
    # What is inside the value has no place in the template: the first thing that is wrong is reported at the call.
    inside = Report()
    value = _read(value, node, scope, inside)
    for error in inside.errors[:1]:
        inner = ".".join(map(str, error.path))
        report.error("property", f"comes to a value whose {inner} {error.what}" if inner else error.what, error.fix)
    return value


def _read_map(
    expressions: dict[str, Json] | Mapping[str, Json], node: _Node, scope: Scope, report: Report
) -> Expression:
    if (keyword := _first_misfit(expressions, node)) is not None:
        _misfit(keyword, node.definition, report)
        return known(expressions, scope)
    members, definition = node.members, node.definition
    changes, unknown = {}, 0
    for name, item in expressions.items():
        plain = item.__class__ is str and DYNAMIC not in item
        if (member := members.get(name)) is not None:
            if plain and member.takes_text and _first_misfit(item, member) is None:
                continue
            value = _read(item, member, scope, report.at(name))
        else:
            if members:
                check_name(name, definition, report.at(name), unknown < MOST_PROBLEMS)
                unknown += 1
            value = item if plain else known(item, scope)
        if value is not item:
            changes[name] = value
    values: Mapping[str, Json] = expressions
    if changes:
        values = {name: value for name, item in expressions.items() if (value := changes.get(name, item)) is not ABSENT}
    for name in node.required:
        if name not in values and not misspelt(name, expressions, definition):
            report.error("property", f"{name} is missing", f"Add {name}: {_expects(members[name].definition)}")
    if node.key is not None:
        _check_keys(values, node.key, definition, report)
    return values


def _read_list(expressions: list[Json], node: _Node, scope: Scope, report: Report) -> Expression:
    definition, item_node = node.definition, node.item
    if (keyword := _first_misfit(expressions, node)) is not None:
        _misfit(keyword, definition, report)
    if keyword is not None or item_node is None:
        return known(expressions, scope)
    items = [_read(item, item_node, scope, report.at(index)) for index, item in enumerate(expressions)]
    unchanged = all(map(is_, items, expressions))
    values = expressions if unchanged else [value for value in items if value is not ABSENT]
    counted = values if unchanged else [value for value in values if not isinstance(value, Unknown)]
    if len(values) < definition.get("minItems", 0):
        _misfit("minItems", definition, report)
    elif len(counted) > definition.get("maxItems", len(counted)):
        _misfit("maxItems", definition, report)
    elif definition.get("uniqueItems") and any(value in counted[:index] for index, value in enumerate(counted)):
        _misfit("uniqueItems", definition, report)
    return values


# ------------------------------------------------------------------------------------------------------------- values


def _converted(value: Expression, definition: Definition) -> Expression:
    """``value`` as the type that belongs there, if it is another way to write one."""
    wanted = definition.get("type") or ("string" if "enum" in definition else None)
    if wanted == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value, value)
    if wanted == "integer" and isinstance(value, str) and re.fullmatch(_INTEGER, value):
        return int(value)
    if wanted == "string" and isinstance(value, int | float):
        return text_of(value)
    return value


_INTEGER: Final = "[0-9]{1,9}"

_TYPES: Final = {"object": dict, "array": list, "string": str, "boolean": bool}


def _first_misfit(value: Expression, node: _Node) -> str | None:
    """The first keyword of ``node`` that ``value`` does not keep to; None if there is none."""
    checks = node.checks.get(value.__class__)
    if checks is None:
        checks = node.checks[value.__class__] = _checks(node.definition, value.__class__)
    for keyword, keeps_to in checks:
        if not keeps_to(value):
            return keyword
    return None


_Check = tuple[str, Callable[[Expression], Any]]


def _checks(definition: Definition, kind: type) -> tuple[_Check, ...]:
    """(keyword, whether a value keeps to it) for each keyword of ``definition`` that is about a value of class
    ``kind``.

    If ``kind`` is not among its types, that is the only one. What is unknown keeps to everything, and a pattern is
    about texts alone: a map beside them has its own properties.
    """
    if kind is Unknown:
        return ()
    types = definition.get("type", [])
    checks: list[_Check] = []
    if types == "integer":
        checks.append(("type", _is_whole_number))
    elif types and not issubclass(kind, tuple(_TYPES[name] for name in ([types] if isinstance(types, str) else types))):
        return (("type", lambda value: False),)
    for keyword, make in _KEYWORDS.items():
        if keyword in definition and (keyword != "pattern" or issubclass(kind, str)):
            checks.append((keyword, make(definition[keyword])))
    return tuple(checks)


def _is_whole_number(value: Expression) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value % 1 == 0))


_KEYWORDS: Final[Mapping[str, Callable[[Expression], Callable[[Expression], Any]]]] = {
    "enum": lambda allowed: lambda value: value in allowed,
    "pattern": lambda pattern: re.compile(pattern.removesuffix("$") + r"\Z").search,
    "not": lambda refused: lambda value: value not in refused["enum"],
    "minLength": lambda least: lambda value: len(value) >= least,
    "maxLength": lambda most: lambda value: len(value) <= most,
    "minimum": lambda least: lambda value: value >= least,
    "maximum": lambda most: lambda value: value <= most,
    "minProperties": lambda least: lambda value: len(value) >= least,
}
"""Keyword of JSON schema → what makes, of its argument, the check of a value."""

_ROOT: Final = _Node(SCHEMA)


def _check_keys(values: Mapping[str, Json], key: _Node, definition: Definition, report: Report) -> None:
    """Report keys of a map with free names that do not have the form they need, which ``key`` is about."""
    for name in values:
        if keyword := _first_misfit(str(name), key):
            default = ("is not a valid name", f"Write {_expects(definition)}")
            what, fix = key.definition.get("misfits", {}).get(keyword, default)
            report.at(name).error("property", what, fix, any_value=True)


def _misfit(keyword: str, definition: Definition, report: Report, suggestion: str | None = None) -> None:
    """Report that a value does not keep to ``keyword``; ``suggestion`` is what it should probably have been."""
    examples = "".join(f", such as {example}" for example in definition.get("examples", [])[:1])
    default = (
        _MISFITS[keyword],
        f"Did you mean {suggestion}?" if suggestion else f"Write {_expects(definition)}{examples}",
    )
    report.error("property", *definition.get("misfits", {}).get(keyword, default))


def _suggestion(value: Expression, definition: Definition) -> str | None:
    """The value of ``definition`` that ``value`` is, but for case and punctuation, or for a slip in a longer word.

    Two of the short names of geographies can be one letter apart, and are different continents.
    """
    offered = (*definition.get("enum", ()), *definition.get("examples", ()))
    if not isinstance(value, str) or not value:
        return None
    by_letters = {_letters(name): name for name in reversed(offered)}
    return by_letters.get(_letters(value)) or near_miss(value, [name for name in offered if len(name) > 4])


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


_MISFITS: Final = {
    "type": "has the wrong type",
    "enum": "is not one of the values it can take",
    "pattern": "does not have the form it needs",
    "not": "is not allowed",
    "minimum": "is too small",
    "maximum": "is too large",
    "minLength": "is empty or too short",
    "maxLength": "is too long",
    "minItems": "is empty or too short",
    "maxItems": "has too many items",
    "minProperties": "is empty",
    "uniqueItems": "names something twice",
}


def _expects(definition: Definition) -> str:
    return str(definition.get("expects", "a value"))
