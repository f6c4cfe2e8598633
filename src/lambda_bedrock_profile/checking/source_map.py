"""Where things of an expansion come from in the template that the user wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.declaration.parse import ATTRIBUTES
from lambda_bedrock_profile.diagnostics import Diagnostic, Path
from lambda_bedrock_profile.template.loops import body_of, is_loop
from lambda_bedrock_profile.template.references import VARIABLE, could_be, depends_on
from lambda_bedrock_profile.template.walk import at, existing
from lambda_bedrock_profile.values import Expression, Json

SOURCES: Final = {
    "": ("LambdaFunctionProps",),
    "Role": ("RoleProps", "InferenceProfileProps"),
    "LogGroup": ("LogGroupProps",),
    "InferenceProfile": ("InferenceProfileProps",),
    "InferenceProfileNative": ("InferenceProfileProps",),
    "InferenceProfileProvider": ("InferenceProfileProps",),
    "Vpc": ("VpcProps",),
}
"""Suffix of a generated id → the properties of the declaration that its own come from; a role's tags, from the second.
"""


def problem_path(template: Mapping[str, Json], problem: Diagnostic) -> Path:
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
        if (item := item_path(template[section], name))
    ]
    if places:
        return max(places, key=len)
    return (problem.logical_id,) if problem.logical_id in template else existing(template, problem.path)


def item_path(section: Expression, name: str) -> Path:
    """Where the item ``name`` of a section is written: itself, or in a loop that makes it; empty if it is not there."""
    if not isinstance(section, Mapping):
        return ()
    if name in section:
        return (name,)
    candidates: list[Path] = []
    for key, loop in section.items():
        if is_loop(key) and (body := body_of(loop)):
            candidates += [(key, 2, inner) for inner in body if could_be(inner, name)]
            if below := item_path({inner: item for inner, item in body.items() if is_loop(inner)}, name):
                candidates.append((key, 2, *below))
    # Of several that could be it, the one with the most in common.
    return max(candidates, key=lambda path: len(VARIABLE.sub("", str(path[-1]))), default=())


def unlooped(template: Mapping[str, Json], path: Path) -> Path:
    """``path`` of a template whose calls of Fn::ForEach are expanded, as it leads in ``template``, which has them."""
    if len(path) > 1 and (item := item_path(template.get(str(path[0])), str(path[1]))):
        path = (path[0], *item, *path[2:])
    return existing(template, path)


def source_path(
    template: Mapping[str, Json], processed: Mapping[str, Json], generated: Mapping[str, Sequence[str]], path: Path
) -> tuple[Path, str | None]:
    """What the user wrote for ``path`` of ``processed``: (path in ``template``, generated resource or None).

    ``generated`` are the ids of generated resources by declaration. What stands in the declaration, such as
    LambdaFunctionProps.Runtime or DeletionPolicy, is found there; anything else generated belongs to the declaration as
    a whole, and the generated resource is named.
    """
    logical_id = str(path[1]) if len(path) > 1 and path[0] == "Resources" else None
    owner = next((name for name, items in generated.items() if logical_id in items), None)
    if owner is None or logical_id is None:
        return unlooped(template, path), None
    place = unlooped(template, ("Resources", owner))
    declaration = at(template, place)
    for inside, steps in _sources(declaration, logical_id.removeprefix(owner), path[2:], at(processed, path)):
        existing_part = existing(declaration, (*inside, *steps))
        if len(existing_part) > len(inside):
            return (*place, *existing_part), None
    return place, logical_id


def _sources(declaration: Expression, kind: str, steps: Path, value: Expression) -> Iterator[tuple[Path, Path]]:
    """(map, steps in it) of the places in a declaration that ``value``, at ``steps`` of what it makes, can be from."""
    if steps[:1] == ("DependsOn",) and isinstance(value, str):
        # What is generated has others of its own in front.
        names = depends_on(declaration)
        index = (names.index(value),) if value in names and isinstance(declaration["DependsOn"], list) else ()
        yield (), ("DependsOn", *index) if value in names else ()
    elif steps and steps[0] in ATTRIBUTES:
        yield (), steps
    elif steps[:1] == ("Properties",):
        yield from ((("Properties", source), _users(steps[1:])) for source in SOURCES.get(kind, ()))


def _users(steps: Path) -> Path:
    """``steps`` to a policy of a role as they are among the user's own; the generated one stands before them."""
    if steps[:1] != ("Policies",):
        return steps
    depth = next((depth for depth, step in enumerate(steps) if depth % 2 and step != "Fn::If"), len(steps))
    first, *others = steps[depth:] or ("",)
    if not isinstance(first, int):
        return steps
    return (*steps[:depth], first - 1, *others) if first else ()
