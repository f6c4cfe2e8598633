"""Where things of an expansion come from in the template that the user wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lambda_bedrock_profile.declaration.parse import ATTRIBUTES
from lambda_bedrock_profile.problems import Problem
from lambda_bedrock_profile.template.loops import PREFIX as LOOP

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
    the problem's path leads deepest, Resources before others. Or it names a section, and its path starts with an item.
    """
    sections = ["Resources", *(name for name in template if name != "Resources")]
    names = [(section, problem.logical_id, problem.path) for section in sections if section in template]
    if problem.logical_id in template and problem.path:
        names.insert(0, (problem.logical_id, str(problem.path[0]), problem.path[1:]))
    places = [
        existing(template, (section, *item, *rest))
        for section, name, rest in names
        if (item := written(template[section], name))
    ]
    if places:
        return max(places, key=len)
    return (problem.logical_id,) if problem.logical_id in template else existing(template, problem.path)


def written(section: Any, name: str) -> Path:
    """Where the item ``name`` of a section is written: itself, or in a loop that makes it; empty where it is not."""
    if not isinstance(section, Mapping):
        return ()
    if name in section:
        return (name,)
    for key, loop in section.items():
        if key.startswith(LOOP) and isinstance(loop, list) and len(loop) > 2 and isinstance(loop[2], Mapping):
            for inner in loop[2]:
                # A name in a loop holds variables, as ${Name} or &{Name}.
                pattern = ".*".join(re.escape(part) for part in re.split(r"[$&]\{[^}]*\}", inner))
                if re.fullmatch(pattern, name):
                    return (key, 2, inner)
            if below := written({k: v for k, v in loop[2].items() if k.startswith(LOOP)}, name):
                return (key, 2, *below)
    return ()


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
    place: Path = ("Resources", *written(template["Resources"], owner))
    if len(path) > 2 and path[2] in ATTRIBUTES:
        found = existing(template, (*place, *path[2:]))
        if len(found) > len(place):
            return found, None
    props = SOURCES.get(logical_id.removeprefix(owner))
    if props is not None and len(path) > 3 and path[2] == "Properties":
        found = existing(template, (*place, "Properties", props, *path[3:]))
        if len(found) > len(place) + 2:
            return found, None
    return place, logical_id
