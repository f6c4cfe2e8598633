"""CloudFormation's own reading of a template: YAML with short tags, or JSON, to the long form in JSON's types."""

from __future__ import annotations

import datetime
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a short tag means the intrinsic function it abbreviates."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """``!GetAtt A.B`` to ``{"Fn::GetAtt": ["A", "B"]}``, and so on."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def read_template(text: str) -> dict[str, Any]:
    """The template in ``text``, as a macro's ``fragment`` would hold it, ``Transform`` included."""
    template: dict[str, Any] = _plain(yaml.load(text, Loader=_Loader))
    return template


def _plain(value: Any) -> Any:
    """``value`` with YAML's dates as the strings they were written as."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
