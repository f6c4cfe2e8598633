"""The schema of a declaration, and its findings in the user's words.

``schema.json`` is the one source of names, types, patterns and defaults. Next to the standard keywords it has
``expects``: what is wanted, as words that follow "Write". A finding never shows the value it is about, since the value
may come from a parameter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path as File
from typing import Any, Final

import fastjsonschema

from lambda_bedrock_profile.diagnostics import Path, Problem, nearest
from lambda_bedrock_profile.template.intrinsics import DYNAMIC, Unknown, function_of

SCHEMA: Final[Mapping[str, Any]] = json.loads(File(__file__).with_name("schema.json").read_text(encoding="utf-8"))

_OPTIONS: Final[Mapping[str, Any]] = {"use_default": False, "use_formats": False}

DEFAULTS: Final = {name: item["default"] for name, item in SCHEMA["properties"].items() if "default" in item}
"""What a property is where it is not written."""


def coerced(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """``properties`` with numbers and booleans that are written as text read as such, as CloudFormation does.

    Parameters of type Number, and flags in parameters, arrive as text. Where there are none, ``properties`` itself.
    """
    return _coerced(properties, _TYPED)


def _coerced(value: Mapping[str, Any], typed: Mapping[str, Any]) -> Mapping[str, Any]:
    changes: dict[str, Any] = {}
    for name in typed.keys() & value.keys():
        item, wanted = value[name], typed[name]
        if isinstance(item, str):
            if wanted == "boolean":
                changes[name] = {"true": True, "false": False}.get(item, item)
            elif wanted == "integer" and _INTEGER.fullmatch(item):
                changes[name] = int(item)
        elif isinstance(item, dict) and isinstance(wanted, dict):
            below = _coerced(item, wanted)
            if below is not item:
                changes[name] = below
    return {**value, **changes} if changes else value


def _typed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The integer and boolean properties below ``schema``, by name."""
    found: dict[str, Any] = {}
    for name, item in schema.get("properties", {}).items():
        if item.get("type") in ("boolean", "integer"):
            found[name] = item["type"]
        elif all(isinstance(value, int) for value in item.get("enum", [""])):
            found[name] = "integer"
        elif below := _typed(item):
            found[name] = below
    return found


_TYPED: Final = _typed(SCHEMA)
_INTEGER: Final = re.compile("[0-9]{1,9}")


def problems(logical_id: str, plain: Mapping[str, Any], values: Mapping[str, Any]) -> list[Problem]:
    """Every way in which the properties ``plain`` differ from the schema.

    ``plain`` is ``values`` without what is not known yet. In ``values`` that counts as given, and fits everywhere.
    """
    return [] if _fits(plain) else list(_explained(logical_id, values))


_REQUIRED: Final = frozenset(SCHEMA["required"])


def _fits(properties: Mapping[str, Any]) -> bool:
    if not _REQUIRED <= properties.keys() <= SCHEMA["properties"].keys():
        return False
    try:
        for name, value in properties.items():
            _validator(name)(value)
    except fastjsonschema.JsonSchemaException:
        return False
    return True


@cache
def _validator(name: str) -> Callable[[Any], Any]:
    """A validator of one property. Compiled at its first use, so that a cold start pays for what a template has."""
    definition = {"$schema": SCHEMA["$schema"], **SCHEMA["properties"][name]}
    found: Callable[[Any], Any] = fastjsonschema.compile(definition, **_OPTIONS, detailed_exceptions=False)
    return found


@cache
def _validator_of_all() -> Any:
    """A validator that does not stop at the first misfit; made when there is one."""
    return fastjsonschema.compile(dict(SCHEMA), **_OPTIONS, fast_fail=False)


def unknown_properties(logical_id: str, properties: Any) -> Iterator[Problem]:
    """Every name in ``properties`` that the schema does not have, whatever its value is and whichever branch it is in.

    ``properties`` are the user's own: a name that only an expression, a branch or ``AWS::NoValue`` follows is one too.
    """
    for path, definition in _unknown_properties(properties, SCHEMA):
        what, fix = unknown_name(str(path[-1]), definition)
        yield Problem(logical_id, ("Properties", *path), what, fix, any_value=True)


def _unknown_properties(value: Any, definition: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """(path, definition of the map around it) of each unknown name."""
    below: list[tuple[Path, Any, Mapping[str, Any]]] = []
    if isinstance(value, list):
        below = [((index,), item, definition.get("items", {})) for index, item in enumerate(value)]
    elif isinstance(value, dict) and (function := function_of(value)):
        argument = value[function]
        if function == "Fn::If" and isinstance(argument, list):
            below = [((function, index), argument[index], definition) for index in range(1, len(argument))]
    elif isinstance(value, dict):
        names = definition.get("properties", {})
        if definition.get("additionalProperties") is False:
            yield from (((name,), definition) for name in value if name not in names)
        below = [((name,), value[name], names[name]) for name in value if name in names]
    for start, item, inner in below:
        yield from (((*start, *path), found) for path, found in _unknown_properties(item, inner))


def texts_for_more(logical_id: str, properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Dynamic references in the place of maps and lists: CloudFormation puts a text there, whatever it reads."""
    for path, expects in _texts_for_more(properties, SCHEMA):
        what = "is a dynamic reference, and that comes to a text"
        yield Problem(logical_id, ("Properties", *path), what, f"Write {expects}")


def _texts_for_more(value: Any, definition: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str) and DYNAMIC in value and definition.get("type") in ("object", "array"):
        yield (), definition["expects"]
    elif isinstance(value, dict):
        for name, below in definition.get("properties", {}).items():
            if name in value:
                yield from (((name, *path), expects) for path, expects in _texts_for_more(value[name], below))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found = _texts_for_more(item, definition.get("items", {}))
            yield from (((index, *path), expects) for path, expects in found)


def _explained(logical_id: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        _validator_of_all()(values)
    except fastjsonschema.JsonSchemaValuesException as found:
        seen = set()
        for error in found.errors:
            if isinstance(error.value, Unknown):
                continue
            path = _path(error.path, values)
            for at, what, fix in _words(error, path):
                if (at, what) not in seen:
                    seen.add((at, what))
                    yield Problem(logical_id, ("Properties", *at), what, fix)


Words = tuple[Path, str, str]


def _words(error: fastjsonschema.JsonSchemaValueException, path: Path) -> Iterator[Words]:
    definition = error.definition
    expects = definition.get("expects", "a valid value")
    if error.rule == "additionalProperties":
        for name in sorted(error.value.keys() - definition["properties"].keys()):
            yield (*path, name), *unknown_name(name, definition)
    elif error.rule == "required":
        for name in error.rule_definition:
            if name not in error.value and not misspelt(name, error.value, definition):
                wanted = definition["properties"][name].get("expects", "a value")
                yield path, f"{name} is missing", f"Add {name}: {wanted}"
    elif error.rule == "propertyNames":
        names = definition["propertyNames"]
        for name in error.value:
            if not re.fullmatch(names["pattern"], str(name)) or name in names["not"]["enum"]:
                yield (*path, name), "is not a valid name", f"Write {expects}"
    elif error.rule in definition.get("misfits", {}):
        yield path, *definition["misfits"][error.rule]
    else:
        examples = "".join(f", such as {example}" for example in definition.get("examples", [])[:1])
        yield path, _MISFITS.get(str(error.rule), "does not fit"), f"Write {expects}{examples}"


_MISFITS: Final = {
    "type": "has the wrong type",
    "enum": "is not one of the values it can take",
    "pattern": "does not have the form it needs",
    "minimum": "is too small",
    "maximum": "is too large",
    "minLength": "is empty or too short",
    "maxLength": "is too long",
    "minItems": "is empty or too short",
    "maxItems": "has too many items",
    "minProperties": "is empty",
    "uniqueItems": "names something twice",
}


def misspelt(name: str, given: Mapping[str, Any], definition: Mapping[str, Any]) -> bool:
    """Whether ``given`` has, for the property ``name`` of ``definition``, what it would be the suggestion for."""
    offered = definition["properties"]
    return any(nearest(other, offered) == name for other in given.keys() - offered.keys())


def unknown_name(name: str, definition: Mapping[str, Any]) -> tuple[str, str]:
    """(what, fix) for a property that ``definition`` does not have, with the nearest that it has."""
    if name in definition.get("strangers", {}):
        what, fix = definition["strangers"][name]
        return what, fix
    offered = definition["properties"]
    if near := nearest(name, offered):
        return "is not a property", f"Did you mean {near}?"
    if "Runtime" in offered:
        return (
            "is not a property of AWS::Lambda::Function known here",
            "Remove it, or define the function yourself and name it in ExistingLambdaObj",
        )
    return "is not a property", f"Remove it; there are {', '.join(sorted(offered))}"


def _path(path: Sequence[str], properties: Any) -> Path:
    """The path as it leads through ``properties``: list indices are numbers there."""
    result: list[str | int] = []
    at = properties
    for part in path[1:]:
        step: str | int = int(part) if isinstance(at, list) else part
        result.append(step)
        at = at[step]
    return tuple(result)
