"""YAML, read as CloudFormation reads it, and written for people.

It is version 1.1, with a short tag for every intrinsic function. Unlike YAML 1.1, a date stays the text it is
(``2012-10-17``), and so does ``22:22``, which 1.1 takes for a number.

What is written reads back as what went in, by CloudFormation, cfn-lint and ``events``: short tags, blocks for texts of
several lines, quotes if a text could be read as something else. There are no anchors, although an expansion shares
parts of itself: CloudFormation takes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from math import isfinite
from typing import Any, Final

import yaml

from lambda_bedrock_profile.cli.source import MERGE, Event, Position, ReadError
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.values import Expression, Json

FUNCTIONS: Final = (
    "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAtt",
    "GetAZs", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select", "Split", "Sub",
    "ToJsonString", "Transform", "ValueOf", "ValueOfAll",
)  # fmt: skip
"""CloudFormation Template Reference, "Intrinsic functions", "Condition functions" and "Rule-specific functions"."""

TAGS: Final = {f"!{name}": f"Fn::{name}" for name in FUNCTIONS} | {"!Ref": "Ref", "!Condition": "Condition"}
_RESOLVED_TAGS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null"))
_PLAIN_TAGS: Final = _RESOLVED_TAGS | {"!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))}

_PARSER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_TEXT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE: Final = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INTEGER: Final = re.compile(r"([-+]?)(?:(0b[01_]+)|(0x[0-9a-fA-F_]+)|(0[0-7_]+)|(0|[1-9][0-9_]*))")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?")
_BASES: Final = (2, 16, 8, 10)
_MOST_DIGITS: Final = 100
"""A longer number is a text: Python refuses to convert the longest, and no property takes one."""


def events(text: str, name: str) -> Iterator[Event]:
    """The steps through the one document in ``text``. Raises ReadError, with ``name`` in it."""
    if odd := _NOT_TEXT.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        position = Position(line, odd.start() - text.rfind("\n", 0, odd.start()))
        raise ReadError(name, f"holds the character U+{ord(odd[0]):04X}", "Save it as text, in UTF-8", position)
    documents = 0
    try:
        for event in _parsed(text):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ReadError(name, "a second document starts", "Keep one template a file", _position(event))
            elif step := _step(event, name):
                yield step
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(name, text, error) from error


def _parsed(text: str) -> Iterator[yaml.Event]:
    """The events of PyYAML; libyaml since 0.2.6 gives up at 1,000 levels before it says where the first is."""
    count = 0
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            yield event
            count += 1
    except yaml.MarkedYAMLError as error:
        if "maximum nesting depth" not in (error.problem or ""):
            raise
        yield from islice(yaml.parse(text, Loader=yaml.SafeLoader), count, None)


def _step(event: yaml.Event, name: str) -> Event | None:
    match event:
        case yaml.ScalarEvent():
            return Event("scalar", _position(event), _value(event), event.value, event.anchor, _function(event, name))
        case yaml.MappingStartEvent():
            return Event("map", _position(event), anchor=event.anchor, function=_function(event, name))
        case yaml.SequenceStartEvent():
            return Event("list", _position(event), anchor=event.anchor, function=_function(event, name))
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            return Event("end", _position(event))
        case yaml.AliasEvent():
            return Event("alias", _position(event), event.anchor)
    return None


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _function(event: yaml.ScalarEvent | yaml.CollectionStartEvent, name: str) -> str | None:
    """The intrinsic function that the event's tag names."""
    tag = event.tag
    if tag is None or tag in _PLAIN_TAGS:
        return None
    if tag not in TAGS:
        near = nearest(tag, TAGS)
        if tag.startswith("!Rain::"):
            fix = "It is a tag of rain, which replaces it: run rain pkg first"
        elif near:
            fix = f"Did you mean {near}?"
        else:
            fix = "Write the long form as a key, such as Fn::Sub, or Fn::ForEach::Name for a loop"
        raise ReadError(name, f"CloudFormation has no tag {tag}", fix, _position(event))
    return TAGS[tag]


def _value(event: yaml.ScalarEvent) -> Any:
    plain = event.implicit[0] if event.tag is None else event.tag in _RESOLVED_TAGS
    return _resolved(event.value) if plain else event.value


def _resolved(text: str) -> Any:
    """What a plain scalar comes to."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text == "<<":
        return MERGE
    if text[0] in "+-.0123456789" and len(text) <= _MOST_DIGITS:
        if match := _INTEGER.fullmatch(text):
            sign, *forms = match.groups()
            digits, base = next((form.replace("_", ""), base) for form, base in zip(forms, _BASES, strict=True) if form)
            return int(sign + digits.removeprefix("0b").removeprefix("0x"), base)
        if _FLOAT.fullmatch(text) and isfinite(number := float(text.replace("_", ""))):
            return number
    return text


def _syntax_error(name: str, text: str, error: yaml.MarkedYAMLError) -> ReadError:
    mark = error.problem_mark or error.context_mark
    position = Position(mark.line + 1, mark.column + 1) if mark else None
    at_end = "end of stream" in (error.problem or "")
    if error.context == "while scanning a quoted scalar" and error.context_mark and at_end:
        opened = Position(error.context_mark.line + 1, error.context_mark.column + 1)
        return ReadError(name, "a quote is opened here and never closed", "Close it", opened)
    lines = text.splitlines()
    if mark and mark.line < len(lines) and lines[mark.line].startswith("\t", mark.column):
        return ReadError(name, "a tab stands here, which YAML does not take", "Indent with spaces", position)
    what = ", ".join(part for part in (error.context, error.problem) if part) or "is not YAML"
    return ReadError(name, " ".join(what.split()), "Fix the YAML there, or just before", position)


_SHORT: Final = {function: tag for tag, function in TAGS.items() if tag not in ("!Condition", "!Transform")}
_STRING: Final = "tag:yaml.org,2002:str"
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_UNLIMITED: Final = 2**31 - 1

_LIKE_A_NUMBER: Final = re.compile(r"[-+.]?\d[\w.:+-]*")
"""Readers differ in what they take for a number: 1e3, 08, 1_000, 12:30, 2012-10-17."""


def yaml_text(template: Expression) -> str:
    """``template`` as YAML, ending in a line break; keys keep their order."""
    text: str = yaml.serialize(_node(template), Dumper=_DUMPER, width=_UNLIMITED, allow_unicode=True)
    return text


def _node(value: Expression) -> yaml.Node:
    if isinstance(value, dict):
        return _call(value) or _map(value)
    if isinstance(value, list):
        return _list(value)
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return yaml.ScalarNode("tag:yaml.org,2002:null", "null")
    if isinstance(value, bool):
        return yaml.ScalarNode("tag:yaml.org,2002:bool", str(value).lower())
    if isinstance(value, int):
        return yaml.ScalarNode("tag:yaml.org,2002:int", str(value))
    # YAML 1.1 wants a dot before the exponent: 1e-07 is a text.
    digits = repr(value)
    return yaml.ScalarNode("tag:yaml.org,2002:float", digits if "." in digits else digits.replace("e", ".0e"))


def _call(value: dict[str, Json]) -> yaml.Node | None:
    """The call of an intrinsic function with its short tag; None if there is no short form of it.

    A node has one tag, so a function of a function keeps its long name.
    """
    if len(value) != 1:
        return None
    ((function, argument),) = value.items()
    tag = _SHORT.get(function)
    if tag is None or not isinstance(argument, str | list):
        return None
    if isinstance(argument, str):
        # With a short tag the dotted form would read back as a list.
        return None if function == "Fn::GetAtt" else _string(argument, tag)
    if function == "Fn::GetAtt" and _is_dotted(argument):
        return _string(".".join(argument), tag)
    return _list(argument, tag)


def _is_dotted(argument: list[Json]) -> bool:
    """Whether logical id and attribute read back the same when they are written with a dot between them."""
    return len(argument) == 2 and all(isinstance(part, str) for part in argument) and "." not in argument[0]


def _map(value: dict[str, Json]) -> yaml.Node:
    pairs = [(_string(key), _node(item)) for key, item in value.items()]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)


def _list(value: list[Json], tag: str = "tag:yaml.org,2002:seq") -> yaml.Node:
    flow = not value or (tag != "tag:yaml.org,2002:seq" and all(_brief(item) for item in value))
    return yaml.SequenceNode(tag, [_node(item) for item in value], flow_style=flow)


def _brief(value: Expression) -> bool:
    """Whether ``value`` reads well inside brackets."""
    if isinstance(value, str):
        return len(value) <= 40 and "\n" not in value
    return not isinstance(value, dict | list) or (isinstance(value, dict) and value.keys() == {"Ref"})


def _string(value: str, tag: str = _STRING) -> yaml.ScalarNode:
    style = None
    if "\n" in value:
        style = "|"
    elif _LIKE_A_NUMBER.fullmatch(value):
        style = '"'
    return yaml.ScalarNode(tag, value, style=style)
