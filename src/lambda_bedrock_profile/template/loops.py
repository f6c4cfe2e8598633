"""Fn::ForEach around a declaration, or around what has to do with one.

CloudFormation expands Fn::ForEach with the transform AWS::LanguageExtensions, which runs after this macro if a template
follows AWS's advice on order. A declaration in a loop has no logical id until then, and neither have references in
loops to a declaration, nor the roles, subnets and conditions that a declaration needs. So the loops that have to do
with a declaration are expanded here, as that transform would; every other loop stays as it is.

Semantics: AWS CloudFormation Template Reference, "Fn::ForEach".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.template.intrinsics import Scope, first_unknown, known, text_of
from lambda_bedrock_profile.template.references import VARIABLE, could_be, targets_of

PREFIX: Final = "Fn::ForEach::"
SECTIONS: Final = ("Conditions", "Resources", "Outputs")

MOST_STEPS: Final = 2_000_000
"""How much text and structure the loops of one template may come to: some twenty times the largest template."""

_OF_A_NETWORK: Final = frozenset(
    {"ExistingVpc", "GroupId", "RouteTableId", "SecurityGroupIds", "SubnetId", "SubnetIds", "VpcConfig", "VpcId"}
)
"""The properties that say which network a resource is in."""

Section = Mapping[str, Any]


class _Loop(NamedTuple):
    """A loop of ``section``, and what it makes: None if that is not known.

    ``literal`` are names that its body holds as they are, ``getters`` the texts with variables in Fn::GetAtt: whether
    one comes to a declaration is certain only when the loop is expanded.
    """

    section: str
    key: str
    items: list[tuple[str, Any]] | None
    literal: frozenset[str]
    getters: frozenset[str]


class _Budget:
    """Counts the steps that are left for the loops of one template."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Count ``steps``. Raises _TooMuchError if no more are left."""
        self.left -= steps
        if self.left < 0:
            raise _TooMuchError


class _TooMuchError(Exception):
    """The loops of a template come to more than any template can hold."""


def unrolled(template: Section, resource_type: str, scope: Scope) -> tuple[Section, list[Problem]]:
    """``template`` with the loops expanded that have to do with a resource of ``resource_type``, and what is wrong.

    A loop whose collection is not known stays, and is a problem if it holds such a resource. If no loop has to do with
    one, ``template`` itself comes back.
    """
    contents = {name: content for name in SECTIONS if isinstance(content := template.get(name), dict)}
    if not any(is_loop(key) for content in contents.values() for key in content):
        return template, []
    if not any(holds(item, resource_type) for item in template["Resources"].values()):
        return template, []
    try:
        loops = list(_loops(contents, scope, _Budget()))
    except _TooMuchError:
        return template, [_too_much()]
    related = _related(loops, template["Resources"], resource_type)
    problems = [
        _cannot_expand(loop.key)
        for loop in loops
        if loop.items is None and holds(contents[loop.section][loop.key], resource_type)
    ]
    result = dict(template)
    for section in {loop.section: None for loop in related}:
        made = {loop.key: loop.items or [] for loop in related if loop.section == section}
        items: dict[str, Any] = {}
        for key, value in contents[section].items():
            for name, item in made.get(key, [(key, value)]):
                if name in items:
                    problems.append(_twice(section, name))
                if is_loop(name) and holds(item, resource_type):
                    problems.append(_cannot_expand(name))
                items[name] = item
        result[section] = items
    return (result if related else template), problems


def _loops(contents: Mapping[str, Section], scope: Scope, budget: _Budget) -> Iterator[_Loop]:
    for section, content in contents.items():
        for key, value in content.items():
            if is_loop(key):
                bodies = _bodies(value, scope, budget)
                items = None if bodies is None else [item for body in bodies for item in _items(body, scope, budget)]
                body = body_of(value)
                yield _Loop(section, key, items, frozenset(_names(body)), frozenset(_getters(body)))


def _related(loops: list[_Loop], resources: Section, resource_type: str) -> list[_Loop]:
    """The loops that have to do with a resource of the type.

    A loop has if it makes one, or makes what one refers to, or makes a reference to one by a name that is not literal,
    or makes something in the network of one; and so has a loop that has to do with what these loops make.
    """
    known_items = {name: item for name, item in resources.items() if not is_loop(name)}
    ours = {name for name, item in known_items.items() if holds(item, resource_type)}
    core = {
        name: known_items[name] for name in {*ours, *_names([known_items[name] for name in ours])} & known_items.keys()
    }
    related: list[_Loop] = []
    waiting = [loop for loop in loops if loop.items]
    while waiting:
        made = {name for loop in related for name, _ in loop.items or ()}
        needed, network = {*_names(core)}, {*_network(core), *made}
        added = [loop for loop in waiting if _relates(loop, ours, needed, network, resource_type)]
        if not added:
            break
        for loop in added:
            for name, item in loop.items or ():
                core[name] = item
                if loop.section == "Resources" and holds(item, resource_type):
                    ours.add(name)
        related += added
        waiting = [loop for loop in waiting if loop not in added]
    return related


def _relates(loop: _Loop, ours: set[str], needed: set[str], network: set[str], resource_type: str) -> bool:
    items = dict(loop.items or ())
    if loop.section == "Resources" and any(holds(item, resource_type) for item in items.values()):
        return True
    return (
        not needed.isdisjoint(items)
        or not (ours - loop.literal).isdisjoint(_names(items))
        or any(could_be(text, name) for text in loop.getters for name in ours)
        or not network.isdisjoint(_network(items))
    )


def _names(value: Any) -> Iterator[str]:
    """Everything in ``value`` that can be a name: each text, up to a dot too, and what it refers to inside Fn::Sub."""
    if isinstance(value, str):
        yield from (value, value.partition(".")[0])
        yield from targets_of({"Fn::Sub": value})
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names(item)


def _getters(value: Any) -> Iterator[str]:
    """The texts with variables that are names in calls of Fn::GetAtt in ``value``."""
    if isinstance(value, dict):
        target = value.get("Fn::GetAtt")
        named = target[0] if isinstance(target, list) and target else None
        text = named.get("Fn::Sub") if isinstance(named, dict) else named
        if isinstance(text, str) and VARIABLE.search(text):
            yield text
        for item in value.values():
            yield from _getters(item)
    elif isinstance(value, list):
        for item in value:
            yield from _getters(item)


def _network(value: Any) -> Iterator[str]:
    """What the properties in ``value`` refer to that say which network it is in."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from targets_of(item) if key in _OF_A_NETWORK else _network(item)
    elif isinstance(value, list):
        for item in value:
            yield from _network(item)


def _items(content: Section, scope: Scope, budget: _Budget) -> Iterator[tuple[str, Any]]:
    """The items of a loop's body, each loop in it replaced by what it makes."""
    for key, value in content.items():
        bodies = _bodies(value, scope, budget) if is_loop(key) else None
        if bodies is None:
            yield key, value
        else:
            for body in bodies:
                yield from _items(body, scope, budget)


def _bodies(loop: Any, scope: Scope, budget: _Budget) -> list[dict[str, Any]] | None:
    """The body of ``loop`` once for each value of its collection; None if the loop cannot be expanded."""
    body = body_of(loop)
    if body is None or not isinstance(loop[0], str):
        return None
    values = known(loop[1], scope)
    if not isinstance(values, list) or first_unknown(values) or any(isinstance(value, list | dict) for value in values):
        return None
    return [_substituted(body, loop[0], text_of(value), budget) for value in values]


def _substituted(value: Any, identifier: str, text: str, budget: _Budget) -> Any:
    """``value`` with ``text`` for the loop's identifier: ``${Identifier}``, ``&{Identifier}`` and a Ref to it."""
    if isinstance(value, str):
        budget.spend(1 + len(value) // 16)
        plain = value.replace("${" + identifier + "}", text)
        return plain.replace("&{" + identifier + "}", re.sub("[^0-9A-Za-z]", "", text))
    budget.spend(1)
    if isinstance(value, list):
        return [_substituted(item, identifier, text, budget) for item in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": identifier}:
        return text
    result = {
        _substituted(key, identifier, text, budget): _substituted(item, identifier, text, budget)
        for key, item in value.items()
    }
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


def _cannot_expand(name: str) -> Problem:
    return Problem(
        "Resources",
        (name,),
        "the collection of this Fn::ForEach is not known before deployment, and a declaration stands in it",
        "Write the values themselves, or take them from a parameter of type CommaDelimitedList",
        "template",
    )


def _too_much() -> Problem:
    return Problem(
        "Template",
        (),
        "the calls of Fn::ForEach come to more than a template can hold",
        "Split the template, or write shorter collections",
        "limit",
    )


def _twice(section: str, name: str) -> Problem:
    return Problem(
        section,
        (),
        f"Fn::ForEach makes {name}, and there is another {name}",
        "Put the identifier of the loop into the name, or rename the other one",
        "collision",
    )
