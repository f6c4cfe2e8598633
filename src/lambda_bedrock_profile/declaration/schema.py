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
Which names a map takes is in ``property_names.py``.

No message shows the value that it is about, since that may come from a parameter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
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
    values: Mapping[str, Json] = _read_map(properties, SCHEMA, scope, report)
    return values


def _read(expression: Expression, definition: Definition, scope: Scope, report: Report) -> Expression:
    """The value of ``expression``, which ``definition`` is about; ``report`` is bound to its place."""
    if isinstance(expression, dict):
        function = function_of(expression)
        if function is None:
            return _read_map(expression, definition, scope, report)
        return _read_call(expression, function, definition, scope, report)
    if isinstance(expression, list):
        return _read_list(expression, definition, scope, report)
    if isinstance(expression, str) and DYNAMIC in expression:
        if definition.get("type") in ("object", "array"):
            report.error(
                "property", "is a dynamic reference, and that comes to a text", f"Write {_expects(definition)}"
            )
        return known(expression, scope)
    value, keyword = _read_scalar(expression, definition)
    if keyword is not None:
        _misfit(keyword, definition, report, _suggestion(expression, definition))
    return value


def _read_call(call: Expression, function: str, definition: Definition, scope: Scope, report: Report) -> Expression:
    argument = call[function]
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        holds = condition(argument[0], scope)
        taken = None if isinstance(holds, Unknown) else 1 if holds else 2
        for index in (1, 2):
            if index != taken:
                check_names_below(argument[index], definition, report.at(function, index))
        return holds if taken is None else _read(argument[taken], definition, scope, report.at(function, taken))
    value = known(call, scope)
    if isinstance(value, Unknown | Absent):
        return value
    # What is inside the value has no place in the template: the first thing that is wrong is reported at the call.
    inside = Report()
    value = _read(value, definition, scope, inside)
    for error in inside.errors[:1]:
        inner = ".".join(map(str, error.path))
        report.error("property", f"comes to a value whose {inner} {error.what}" if inner else error.what, error.fix)
    return value


def _read_map(
    expressions: dict[str, Json] | Mapping[str, Json], definition: Definition, scope: Scope, report: Report
) -> Expression:
    if not _check(expressions, definition, report):
        return known(expressions, scope)
    members = definition.get("properties", ANYTHING)
    changes, unknown = {}, 0
    for name, item in expressions.items():
        plain = item.__class__ is str and DYNAMIC not in item
        if name in members:
            value, keyword = _read_scalar(item, members[name]) if plain else (item, None)
            if not plain or keyword is not None:
                value = _read(item, members[name], scope, report.at(name))
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
    for name in definition.get("required", ()):
        if name not in values and not misspelt(name, expressions, definition):
            report.error("property", f"{name} is missing", f"Add {name}: {_expects(members[name])}")
    if "propertyNames" in definition:
        _check_keys(values, definition, report)
    return values


def _read_list(expressions: list[Json], definition: Definition, scope: Scope, report: Report) -> Expression:
    if not _check(expressions, definition, report) or "items" not in definition:
        return known(expressions, scope)
    items = [_read(item, definition["items"], scope, report.at(index)) for index, item in enumerate(expressions)]
    values = [value for value in items if value is not ABSENT]
    counted = [value for value in values if not isinstance(value, Unknown)]
    if len(values) < definition.get("minItems", 0):
        _misfit("minItems", definition, report)
    elif len(counted) > definition.get("maxItems", len(counted)):
        _misfit("maxItems", definition, report)
    elif definition.get("uniqueItems") and any(value in counted[:index] for index, value in enumerate(counted)):
        _misfit("uniqueItems", definition, report)
    return expressions if all(value is item for value, item in zip(items, expressions, strict=True)) else values


# ------------------------------------------------------------------------------------------------------------- values


def _read_scalar(value: Expression, definition: Definition) -> tuple[Json, str | None]:
    """``value`` as the type that belongs there, if it is another way to write one, and the keyword that it misses."""
    wanted = definition.get("type")
    if wanted == "string" and value.__class__ is str:
        return value, _first_misfit(value, definition)
    value = _converted(value, wanted or ("string" if "enum" in definition else None))
    return value, _first_misfit(value, definition)


def _converted(value: Expression, wanted: Expression) -> Expression:
    if wanted == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value, value)
    if wanted == "integer" and isinstance(value, str) and re.fullmatch(_INTEGER, value):
        return int(value)
    if wanted == "string" and isinstance(value, int | float):
        return text_of(value)
    return value


_INTEGER: Final = "[0-9]{1,9}"

_TYPES: Final = {"object": dict, "array": list, "string": str, "boolean": bool}


def _check(value: Expression, definition: Definition, report: Report) -> bool:
    """Whether ``value``, without what is inside it, fits ``definition``; the first misfit is reported."""
    keyword = _first_misfit(value, definition)
    if keyword is not None:
        _misfit(keyword, definition, report)
    return keyword is None


def _first_misfit(value: Expression, definition: Definition) -> str | None:
    """The first keyword of ``definition`` that ``value`` does not keep to; None if there is none."""
    if value.__class__ is Unknown:
        return None
    checks = _CHECKS.get(id(definition))
    if checks is None:
        checks = _CHECKS[id(definition)] = _checks(definition)
    for keyword, keeps_to in checks:
        if not keeps_to(value):
            return keyword
    return None


_Check = tuple[str, Callable[[Expression], Expression]]
_CHECKS: Final[dict[int, tuple[_Check, ...]]] = {}
"""The checks of each definition of the schema that has been used, by its identity: the schema never changes."""


def _checks(definition: Definition) -> tuple[_Check, ...]:
    """(keyword, whether a value keeps to it) for each keyword of ``definition`` that is about one value.

    ``type`` comes first, and the others rely on it.
    """
    types = definition.get("type", [])
    keywords: dict[str, Callable[[Expression], Expression]] = {}
    if types == "integer":
        keywords["type"] = _is_whole_number
    elif types:
        classes = tuple(_TYPES[name] for name in ([types] if isinstance(types, str) else types))
        keywords["type"] = lambda value: isinstance(value, classes)
    for keyword, make in _KEYWORDS.items():
        if keyword in definition:
            keywords[keyword] = make(definition[keyword])
    return tuple(keywords.items())


def _is_whole_number(value: Expression) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value % 1 == 0))


def _matcher(pattern: re.Pattern[str]) -> Callable[[Expression], Expression]:
    """The check of ``pattern``, which is about texts alone: a map beside them has its own properties."""
    return lambda value: not isinstance(value, str) or pattern.search(value)


_KEYWORDS: Final[Mapping[str, Callable[[Expression], Callable[[Expression], Any]]]] = {
    "enum": lambda allowed: lambda value: value in allowed,
    "pattern": lambda pattern: _matcher(re.compile(pattern.removesuffix("$") + r"\Z")),
    "not": lambda refused: lambda value: value not in refused["enum"],
    "minLength": lambda least: lambda value: len(value) >= least,
    "maxLength": lambda most: lambda value: len(value) <= most,
    "minimum": lambda least: lambda value: value >= least,
    "maximum": lambda most: lambda value: value <= most,
    "minProperties": lambda least: lambda value: len(value) >= least,
}
"""Keyword of JSON schema → what makes, of its argument, the check of a value."""


def _check_keys(values: Mapping[str, Json], definition: Definition, report: Report) -> None:
    """Report keys of a map with free names that do not have the form they need."""
    names = definition["propertyNames"]
    for name in values:
        if keyword := _first_misfit(str(name), names):
            words = ("is not a valid name", f"Write {_expects(definition)}")
            what, fix = names.get("misfits", {}).get(keyword, words)
            report.at(name).error("property", what, fix, any_value=True)


def _misfit(keyword: str, definition: Definition, report: Report, suggestion: str | None = None) -> None:
    """Report that a value does not keep to ``keyword``; ``suggestion`` is what it should probably have been."""
    examples = "".join(f", such as {example}" for example in definition.get("examples", [])[:1])
    words = (
        _MISFITS[keyword],
        f"Did you mean {suggestion}?" if suggestion else f"Write {_expects(definition)}{examples}",
    )
    report.error("property", *definition.get("misfits", {}).get(keyword, words))


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
