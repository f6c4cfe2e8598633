"""Where things of an expansion come from in the template that the user wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lambda_bedrock_profile.declaration.parse import ATTRIBUTES
from lambda_bedrock_profile.problems import Problem

Path = tuple[str | int, ...]

SOURCES: Final = {
    "": "LambdaFunctionProps",
    "Role": "RoleProps",
    "LogGroup": "LogGroupProps",
    "InferenceProfile": "InferenceProfileProps",
    "Vpc": "VpcProps",
}
"""Suffix of a generated id → the property of the declaration that its properties can be written in."""


def problem_path(template: Mapping[str, Any], problem: Problem) -> Path:
    """The path from the top of ``template`` to what ``problem`` is about, as far as it is there.

    A problem names an item without its section, since that is how users think of it: the section is the one in which
    the problem's path leads deepest, Resources before others. A problem of a whole section names the section.
    """
    item = (problem.logical_id, *problem.path)
    sections = ["Resources", *(name for name in template if name != "Resources")]
    candidates = [existing(template, path) for path in [*((section, *item) for section in sections), item]]
    named = [path for path in candidates if problem.logical_id in path[:2]]
    return max(named, key=len, default=existing(template, problem.path))


def existing(template: Any, path: Sequence[str | int]) -> Path:
    """The longest beginning of ``path`` that leads to something in ``template``."""
    at = template
    for depth, step in enumerate(path):
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            return tuple(path[:depth])
    return tuple(path)


def origin(template: Mapping[str, Any], generated: Mapping[str, Sequence[str]], path: Path) -> tuple[Path, str | None]:
    """What the user wrote for ``path`` of the expansion: (path in ``template``, generated resource or None).

    ``generated`` are the ids of generated resources by declaration. What stands in the declaration, such as
    LambdaFunctionProps.Runtime or DeletionPolicy, is found there; anything else generated belongs to the declaration as
    a whole, and the generated resource is named.
    """
    logical_id = str(path[1]) if len(path) > 1 and path[0] == "Resources" else None
    owner = next((name for name, items in generated.items() if logical_id in items), None)
    if owner is None or logical_id is None:
        return existing(template, path), None
    if len(path) > 2 and path[2] in ATTRIBUTES and path[2] in template["Resources"][owner]:
        return existing(template, ("Resources", owner, *path[2:])), None
    props = SOURCES.get(logical_id.removeprefix(owner))
    if props is not None and len(path) > 3 and path[2] == "Properties":
        written: Path = ("Resources", owner, "Properties", props, *path[3:])
        found = existing(template, written)
        if len(found) > 4:
            return found, None
    return ("Resources", owner), logical_id
