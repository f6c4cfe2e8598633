"""YAML for people: short tags, blocks for texts of several lines, quotes where a text could be read as something else.

What comes out reads back as what went in, by CloudFormation, cfn-lint and ``read_yaml``. There are no anchors, although
an expansion shares parts of itself: CloudFormation takes none.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from lambda_bedrock_profile.cli.read_yaml import TAGS

_SHORT: Final = {function: tag for tag, function in TAGS.items() if tag not in ("!Condition", "!Transform")}
_STRING: Final = "tag:yaml.org,2002:str"
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_UNLIMITED: Final = 2**31 - 1

_LIKE_A_NUMBER: Final = re.compile(r"[-+.]?\d[\w.:+-]*")
"""Readers differ in what they take for a number: 1e3, 08, 1_000, 12:30, 2012-10-17."""


def yaml_text(template: Any) -> str:
    """``template`` as YAML, ending in a line break; keys keep their order."""
    text: str = yaml.serialize(_node(template), Dumper=_DUMPER, width=_UNLIMITED, allow_unicode=True)
    return text


def _node(value: Any) -> yaml.Node:
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


def _call(value: dict[str, Any]) -> yaml.Node | None:
    """The call of an intrinsic function with its short tag; None where there is no short form of it.

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


def _is_dotted(argument: list[Any]) -> bool:
    """Whether logical id and attribute read back the same when they are written with a dot between them."""
    return len(argument) == 2 and all(isinstance(part, str) for part in argument) and "." not in argument[0]


def _map(value: dict[str, Any]) -> yaml.Node:
    pairs = [(_string(key), _node(item)) for key, item in value.items()]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)


def _list(value: list[Any], tag: str = "tag:yaml.org,2002:seq") -> yaml.Node:
    flow = not value or (tag != "tag:yaml.org,2002:seq" and all(_brief(item) for item in value))
    return yaml.SequenceNode(tag, [_node(item) for item in value], flow_style=flow)


def _brief(value: Any) -> bool:
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
