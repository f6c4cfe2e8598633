"""Fn::ForEach around a declaration, or around what has to do with one.

CloudFormation unrolls loops with the transform AWS::LanguageExtensions, which runs after this macro where the templates
follow AWS's advice on order. A declaration in a loop has no logical id until then, and neither have references in loops
to a declaration, nor the roles, subnets and conditions that a declaration needs. So where one of a template's loops has
to do with a declaration, they are unrolled here, as that transform would; else they stay as they are.

Semantics: AWS CloudFormation Template Reference, "Fn::ForEach".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.template.intrinsics import Scope, first_unknown, known
from lambda_bedrock_profile.template.references import VARIABLE, could_be, targets_of

PREFIX: Final = "Fn::ForEach::"
SECTIONS: Final = ("Conditions", "Resources", "Outputs")


def unrolled(template: Mapping[str, Any], resource_type: str, scope: Scope) -> tuple[Mapping[str, Any], list[Problem]]:
    """``template`` with its loops unrolled where they matter to a resource of ``resource_type``, and what is wrong.

    A loop whose collection is not known stays, and is a problem where it holds such a resource.
    """
    contents = {name: content for name in SECTIONS if isinstance(content := template.get(name), dict)}
    looped = {name: content for name, content in contents.items() if any(map(is_loop, content))}
    if not looped or not _matter(template, looped, resource_type, scope):
        return template, []
    result, problems = dict(template), []
    for section, content in looped.items():
        items: dict[str, Any] = {}
        for key, value in _items(content, scope):
            if key in items:
                problems.append(_twice(section, key))
            if is_loop(key) and holds(value, resource_type):
                problems.append(_cannot_unroll(key))
            items[key] = value
        result[section] = items
    return result, problems


def _matter(
    template: Mapping[str, Any], looped: Mapping[str, Mapping[str, Any]], resource_type: str, scope: Scope
) -> bool:
    """Whether a loop in ``looped`` holds a resource of the type, or has to do with one.

    It has where it makes what one refers to, or a reference to one by a name that is not literal; or both refer to a
    third: to a VPC, and the loop makes the subnets in it.
    """
    ours = {name: item for name, item in template["Resources"].items() if holds(item, resource_type)}
    if not ours or any(map(is_loop, ours)):
        return bool(ours)
    made = {key: item for content in looped.values() for key, item in _items(content, scope) if key not in content}
    needed = {*_names(ours)} & {*template["Resources"], *scope.parameters, *made}
    referred = {*_names(made)}
    literal = {name for content in looped.values() for name in _in_bodies(content)}
    if not needed.isdisjoint({*made, *referred}) or not ours.keys().isdisjoint(referred - literal):
        return True
    # What a name with a variable comes to shows only without the loop.
    return any(could_be(text, name) for text in literal if VARIABLE.search(text) for name in ours)


def _in_bodies(content: Mapping[str, Any]) -> Iterator[str]:
    """The names in the bodies of the loops in ``content``, as they are written."""
    for key, loop in content.items():
        if is_loop(key) and (body := body_of(loop)):
            yield from _names({name: item for name, item in body.items() if not is_loop(name)})
            yield from _in_bodies(body)


def _names(value: Any) -> Iterator[str]:
    """Everything in ``value`` that can be a name: each text, up to a dot too, and what it refers to inside Fn::Sub."""
    if isinstance(value, str):
        yield from (value, value.partition(".")[0])
        yield from targets_of({"Fn::Sub": value})
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names(item)


def _items(content: Mapping[str, Any], scope: Scope) -> Iterator[tuple[str, Any]]:
    """The items of a section or of a loop's body, each loop replaced by what it makes."""
    for key, value in content.items():
        bodies = _bodies(value, scope) if is_loop(key) else None
        if bodies is None:
            yield key, value
        else:
            for body in bodies:
                yield from _items(body, scope)


def _bodies(loop: Any, scope: Scope) -> list[dict[str, Any]] | None:
    """The body of ``loop`` once for each value of its collection; None where the loop cannot be unrolled."""
    body = body_of(loop)
    if body is None or not isinstance(loop[0], str):
        return None
    values = known(loop[1], scope)
    if not isinstance(values, list) or first_unknown(values):
        return None
    return [_substituted(body, loop[0], str(value)) for value in values]


def _substituted(value: Any, identifier: str, text: str) -> Any:
    """``value`` with ``text`` for the loop's identifier: ``${Identifier}``, ``&{Identifier}`` and a Ref to it."""
    if isinstance(value, str):
        plain = value.replace("${" + identifier + "}", text)
        return plain.replace("&{" + identifier + "}", re.sub("[^0-9A-Za-z]", "", text))
    if isinstance(value, list):
        return [_substituted(item, identifier, text) for item in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": identifier}:
        return text
    result = {_substituted(key, identifier, text): _substituted(item, identifier, text) for key, item in value.items()}
    target = result.get("Fn::GetAtt")
    if len(result) == 1 and isinstance(target, list):
        # Fn::GetAtt takes a literal name only, once the transform is done.
        return {"Fn::GetAtt": [_literal(part) for part in target]}
    return {"Ref": _literal(result["Ref"])} if result.keys() == {"Ref"} else result


def _literal(value: Any) -> Any:
    """The text of an Fn::Sub in which no variable is left."""
    if isinstance(value, dict) and value.keys() == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        return value if "${" in value["Fn::Sub"] else value["Fn::Sub"]
    return value


def is_loop(name: str) -> bool:
    """Whether ``name`` is the key of a loop."""
    return name.startswith(PREFIX)


def body_of(loop: Any) -> dict[str, Any] | None:
    """The body of ``loop``, a list of identifier, collection and body; None where it is no such list."""
    return loop[2] if isinstance(loop, list) and len(loop) == 3 and isinstance(loop[2], dict) else None


def holds(value: Any, resource_type: str) -> bool:
    """Whether ``value``, a resource or a loop, is or holds a resource of ``resource_type``."""
    if isinstance(value, dict):
        return value.get("Type") == resource_type or any(holds(item, resource_type) for item in value.values())
    return isinstance(value, list) and any(holds(item, resource_type) for item in value)


def _cannot_unroll(name: str) -> Problem:
    return Problem(
        "Resources",
        (name,),
        "the collection of this loop is not known before deployment, and a declaration stands in the loop",
        "Write the values themselves, or take them from a parameter of type CommaDelimitedList",
        "template",
    )


def _twice(section: str, name: str) -> Problem:
    return Problem(
        section,
        (),
        f"a loop makes {name}, and there is another {name}",
        "Put the loop's identifier into the name, or rename the other one",
        "collision",
    )
