"""``lint --fix``: what keeps cfn-lint without our rules quiet, written into the templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.cli.source import Position, ReadError, Source
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.template.loops import body_of, is_loop

METADATA: Final = {"cfn-lint": {"config": {"ignore_checks": ["E3003"]}}}
"""E3003 wants a ServiceToken of every custom resource; a declaration is none once it is expanded."""


def fixed(source: Source) -> str:
    """The text of ``source``, in which each declaration without Metadata tells cfn-lint to ignore E3003.

    Nothing else is changed: neither a comment nor a blank. A declaration that has Metadata of its own is left alone,
    and so is one that cannot be changed without writing it anew.
    """
    text = source.text
    places = [source.position((*path, "Type")) for path in _declarations(source.template["Resources"], ("Resources",))]
    # From the end, so that the places before stay what they are.
    for place in sorted(places, reverse=True):
        text = _with_metadata(text, place, source)
    return text


def _declarations(resources: Mapping[str, Any], path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = []
    for name, item in resources.items():
        if is_loop(name) and (body := body_of(item)):
            found += _declarations(body, (*path, name, 2))
        elif isinstance(item, Mapping) and item.get("Type") == TYPE and "Metadata" not in item:
            found.append((*path, name))
    return found


def _with_metadata(text: str, place: Position, source: Source) -> str:
    """``text`` with Metadata in front of the ``Type`` at ``place``: on a line of its own, or within brackets."""
    lines = text.splitlines(keepends=True)
    line, column = lines[place.line - 1], place.column - 1
    margin = line[:column]
    flow = f'"Metadata": {json.dumps(METADATA)}, '
    plain = "Metadata: {cfn-lint: {config: {ignore_checks: [E3003]}}}"
    ending = "\r\n" if line.endswith("\r\n") else "\n"
    # Behind "? " or "- " a line of its own would not be in the same map.
    choices = [f"{plain}{ending}{margin}"] if source.format == "yaml" and not margin.strip() else []
    for inserted in (*choices, flow):
        lines[place.line - 1] = margin + inserted + line[column:]
        changed = "".join(lines)
        if _parses(changed, source.name):
            return changed
    return text


def _parses(text: str, name: str) -> bool:
    try:
        parse(text, name)
    except ReadError:
        return False
    return True
