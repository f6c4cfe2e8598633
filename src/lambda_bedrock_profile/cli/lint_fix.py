"""``lint --fix``: what keeps cfn-lint without our rules quiet, written into the templates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.cli.source import Position, ReadError, Source
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.declaration.parse import LIFTED
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.template.loops import body_of, is_loop
from lambda_bedrock_profile.template.walk import at
from lambda_bedrock_profile.values import Expression, Json

_LIST: Final[Path] = ("Metadata", "cfn-lint", "config", "ignore_checks")
"""Where a resource lists the checks that cfn-lint ignores for it."""


def fixed(source: Source) -> str:
    """The text of ``source``, in which each declaration tells cfn-lint to ignore E3003.

    cfn-lint's E3003 wants a ServiceToken of every custom resource, and a declaration is none once it is expanded.
    Metadata of the user gets what is missing in it. Nothing else is changed, neither a comment nor a blank; and a
    declaration that cannot be changed without writing it anew is left alone.
    """
    text = source.text
    places = [(source.position(path), path) for path in _declarations(source.template["Resources"], ("Resources",))]
    # From the end, so that the places before stay what they are.
    for _, path in sorted(places, reverse=True):
        text = _with_check(text, path, source)
    return text


def _declarations(resources: Mapping[str, Json], path: Path) -> list[Path]:
    paths: list[Path] = []
    for name, item in resources.items():
        if is_loop(name) and (body := body_of(item)):
            paths += _declarations(body, (*path, name, 2))
        elif isinstance(item, Mapping) and item.get("Type") == TYPE:
            paths.append((*path, name))
    return paths


def _with_check(text: str, declaration: Path, source: Source) -> str:
    """``text`` with E3003 among the checks that the declaration at that path ignores, in front of what is there."""
    path, inside, missing = declaration, at(source.template, declaration), _LIST
    while missing and isinstance(inside, Mapping) and missing[0] in inside:
        inside, path, missing = inside[missing[0]], (*path, missing[0]), missing[1:]
    if isinstance(inside, list) and not missing:
        first: str | int | None = 0 if inside and LIFTED not in inside else None
    else:
        # Type is where Metadata is easiest to find.
        names = inside if isinstance(inside, Mapping) and missing else {}
        first = "Type" if "Type" in names else next(iter(names), None)
    if first is None:
        return text
    value: Expression = [LIFTED] if missing else LIFTED
    for name in reversed(missing[1:]):
        value = {name: value}
    for changed in _inserted(text, source.position((*path, first)), str(missing[0]) if missing else "", value, source):
        if _ignores(changed, declaration, source.name):
            return changed
    return text


def _inserted(text: str, place: Position, name: str, value: Expression, source: Source) -> Iterator[str]:
    """``text`` with ``value``, under ``name`` if it has one, in front of ``place``, in the ways that may be right."""
    lines = text.splitlines(keepends=True)
    line, column = lines[place.line - 1], place.column - 1
    margin = line[:column]
    ending = "\r\n" if line.endswith("\r\n") else "\n"
    quoted = (f"{json.dumps(name)}: " if name else "") + json.dumps(value)
    plain = (f"{name}: " if name else "") + json.dumps(value).replace('"', "")
    # A list that is written with dashes has its next one in front of what was first.
    alone = margin.strip() == ("" if name else "-")
    choices = [f"{plain}{ending}{margin}" if alone else f"{plain}, "] if source.format == "yaml" else []
    for inserted in (*choices, f"{quoted}, "):
        yield "".join([*lines[: place.line - 1], margin + inserted + line[column:], *lines[place.line :]])


def _ignores(text: str, declaration: Path, name: str) -> bool:
    """Whether ``text`` is a template in which the declaration at that path ignores E3003."""
    try:
        template = parse(text, name).template
    except ReadError:
        return False
    ignored = at(template, (*declaration, *_LIST))
    return isinstance(ignored, list) and LIFTED in ignored
