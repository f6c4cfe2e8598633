"""Fn::ForEach around a declaration, or around what has to do with one.

CloudFormation expands Fn::ForEach with the transform AWS::LanguageExtensions, which runs after this macro if a template
follows AWS's advice on order. A declaration in a loop has no logical id until then, and neither have references in
loops to a declaration, nor the roles, subnets and conditions that a declaration needs. So the loops that have to do
with a declaration are expanded here, as that transform would; every other loop stays as it is.

Semantics: AWS CloudFormation Template Reference, "Fn::ForEach".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.intrinsics import Scope, first_unknown, known, text_of
from lambda_bedrock_profile.template.limits import CHARACTERS, SECTION_LIMITS, BeyondBudgetError, Budget
from lambda_bedrock_profile.template.references import VARIABLE, attribute_reference, could_be, sub_text, targets_of
from lambda_bedrock_profile.template.walk import parts
from lambda_bedrock_profile.values import Expression, Json

PREFIX: Final = "Fn::ForEach::"
SECTIONS: Final = ("Conditions", "Resources", "Outputs")

MOST_STEPS: Final = 500_000
"""The steps that one loop may take: some four times what makes the largest template."""

_OF_A_NETWORK: Final = frozenset(
    {"ExistingVpc", "GroupId", "RouteTableId", "SecurityGroupIds", "SubnetId", "SubnetIds", "VpcConfig", "VpcId"}
)
"""The properties that say which network a resource is in."""

Section = Mapping[str, Json]


class _Loop(NamedTuple):
    """A loop of ``section``, and what it makes: None if that is not known, or more than a template can hold.

    ``literal`` are names that its body holds as they are, ``getters`` the texts with variables in Fn::GetAtt: whether
    one comes to a declaration is certain only when the loop is expanded.
    """

    section: str
    key: str
    items: dict[str, Json] | None
    pairs: list[tuple[str, Json]]
    too_much: bool
    literal: frozenset[str]
    getters: frozenset[str]


def expand_loops(template: Section, resource_type: str, scope: Scope, report: Report) -> Section:
    """``template`` with the loops expanded that have to do with a resource of ``resource_type``.

    A loop that cannot be expanded stays, and is an error if it holds such a resource. If no loop has to do with one,
    ``template`` itself comes back.
    """
    contents = {name: content for name in SECTIONS if isinstance(content := template.get(name), dict)}
    if not any(is_loop(key) for content in contents.values() for key in content):
        return template
    if not any(holds(item, resource_type) for item in template["Resources"].values()):
        return template
    loops = _loops(contents, resource_type, scope)
    for loop in loops:
        if loop.items is None and holds(contents[loop.section][loop.key], resource_type):
            _cannot_expand(loop.section, loop.key, loop.too_much, report)
    related = _related(loops, template["Resources"], resource_type, scope.budget)
    result = dict(template)
    for section in {loop.section: None for loop in related}:
        made = {loop.key: loop.pairs for loop in related if loop.section == section}
        items: dict[str, Json] = {}
        for key, value in contents[section].items():
            for name, item in made.get(key, [(key, value)]):
                if name in items:
                    _made_twice(section, name, report)
                if is_loop(name) and holds(item, resource_type):
                    _cannot_expand(section, name, False, report)
                items[name] = item
        result[section] = items
    return result if related else template


def _loops(contents: Mapping[str, Section], resource_type: str, scope: Scope) -> list[_Loop]:
    """Every loop, in the order of the template. Those that hold a declaration have the first share of the budget."""
    keys = [(section, key) for section, content in contents.items() for key in content if is_loop(key)]
    total, loops = Budget(), {}
    for section, key in sorted(keys, key=lambda each: not holds(contents[each[0]][each[1]], resource_type)):
        loops[section, key] = _loop(section, key, contents[section][key], scope, total)
    return [loops[each] for each in keys]


def _loop(section: str, key: str, value: Expression, scope: Scope, total: Budget) -> _Loop:
    """One loop. It stops at the first item that is more than CloudFormation takes, and at the end of its budget."""
    budget, most = Budget(min(MOST_STEPS, total.left)), SECTION_LIMITS.get(section)
    pairs: list[tuple[str, Json]] | None = None
    try:
        bodies = _bodies(value, scope, budget)
        if bodies is not None:
            items = (item for body in bodies for item in _items(body, scope, budget))
            pairs = [*islice(items, None if most is None else most + 1)]
        too_much = pairs is not None and most is not None and len(pairs) > most
    except BeyondBudgetError:
        too_much = True
    total.left -= budget.spent
    body = body_of(value)
    if too_much or pairs is None:
        return _Loop(section, key, None, [], too_much, frozenset(), frozenset())
    return _Loop(section, key, dict(pairs), pairs, False, frozenset(_names(body)), frozenset(_getters(body)))


def _related(loops: list[_Loop], resources: Section, resource_type: str, budget: Budget) -> list[_Loop]:
    """The loops that have to do with a resource of the type.

    A loop has if it makes one, or makes what one refers to, or makes a reference to one by a name that is not literal,
    or makes something in the network of one; and so has a loop that has to do with what these loops make.
    """
    known_loops = [loop for loop in loops if loop.items]
    making = _index(known_loops, lambda loop: loop.items or ())
    naming = _index(known_loops, lambda loop: {*_names(loop.items)} - loop.literal)
    beside = _index(known_loops, lambda loop: _network(loop.items))
    getting = [loop for loop in known_loops if loop.getters]
    related: set[tuple[str, str]] = set()
    waiting: list[_Loop] = []

    def reach(names: Iterable[str], *indices: dict[str, list[_Loop]]) -> None:
        """Let the loops wait that an index has under one of ``names``; each name is looked up one time."""
        for name in names:
            for index in indices:
                waiting.extend(index.pop(name, ()))

    def reach_from(item: Expression) -> None:
        """Let the loops wait that have to do with ``item``, which has to do with a declaration."""
        reach(_names(item), making)
        reach(_network(item), beside)

    def reach_from_declaration(logical_id: str) -> None:
        reach([logical_id], naming)
        for loop in getting:
            budget.spend(1 + len(loop.getters))
            if any(could_be(text, logical_id) for text in loop.getters):
                waiting.append(loop)

    plain = {name: item for name, item in resources.items() if not is_loop(name)}
    for name in [name for name, item in plain.items() if holds(item, resource_type)]:
        reach_from_declaration(name)
        reach_from(plain[name])
        for other in {*_names(plain[name])} & plain.keys():
            reach_from(plain[other])
    waiting += [loop for loop in known_loops if loop.section == "Resources" and holds(loop.items, resource_type)]
    while waiting:
        loop = waiting.pop()
        if (loop.section, loop.key) in related:
            continue
        related.add((loop.section, loop.key))
        for name, item in loop.pairs:
            reach([name], beside)
            reach_from(item)
            if loop.section == "Resources" and holds(item, resource_type):
                reach_from_declaration(name)
    return [loop for loop in loops if (loop.section, loop.key) in related]


def _index(loops: list[_Loop], names: Callable[[_Loop], Iterable[str]]) -> dict[str, list[_Loop]]:
    """The loops by each of their ``names``."""
    index: dict[str, list[_Loop]] = {}
    for loop in loops:
        for name in dict.fromkeys(names(loop)):
            index.setdefault(name, []).append(loop)
    return index


def _names(value: Expression) -> Iterator[str]:
    """Every name that ``value`` refers to: of a resource, a parameter or a condition.

    A text that equals a name is no reference, unless it stands where a template names things by their text.
    """
    for part in parts(value):
        for key, item in part.items() if isinstance(part, dict) else ():
            if key in _NAMES_IN_TEXT:
                yield from (name for name in (item if isinstance(item, list) else [item]) if isinstance(name, str))
            elif key == "Fn::If" and isinstance(item, list):
                yield from (name for name in item[:1] if isinstance(name, str))
            elif key == "Fn::GetAtt" and (reference := attribute_reference(item)):
                yield reference[0]
            elif key == "Fn::Sub" and (text := sub_text(item)) is not None:
                yield from targets_of({key: text})


_NAMES_IN_TEXT: Final = frozenset({"Ref", "Condition", "DependsOn", "ExistingLambdaObj"})
"""The keys whose value is a name, or a list of names, as a text."""


def _getters(value: Expression) -> Iterator[str]:
    """The texts with variables that are names in calls of Fn::GetAtt in ``value``."""
    for part in parts(value):
        target = part.get("Fn::GetAtt") if isinstance(part, dict) else None
        named = target[0] if isinstance(target, list) and target else None
        text = named.get("Fn::Sub") if isinstance(named, dict) else named
        if isinstance(text, str) and VARIABLE.search(text):
            yield text


def _network(value: Expression) -> Iterator[str]:
    """What the properties in ``value`` refer to that say which network it is in."""
    for part in parts(value):
        for key, item in part.items() if isinstance(part, dict) else ():
            if key in _OF_A_NETWORK:
                yield from targets_of(item)


def _items(content: Section, scope: Scope, budget: Budget) -> Iterator[tuple[str, Json]]:
    """The items of a loop's body, each loop in it replaced by what it makes."""
    for key, value in content.items():
        bodies = _bodies(value, scope, budget) if is_loop(key) else None
        if bodies is None:
            yield key, value
        else:
            for body in bodies:
                yield from _items(body, scope, budget)


def _bodies(loop: Expression, scope: Scope, budget: Budget) -> Iterator[dict[str, Json]] | None:
    """The body of ``loop`` for each value of its collection; None if the loop cannot be expanded."""
    body = body_of(loop)
    if body is None or not isinstance(loop[0], str):
        return None
    values = known(loop[1], scope)
    if not isinstance(values, list) or first_unknown(values) or any(isinstance(value, list | dict) for value in values):
        return None
    return (_substituted(body, loop[0], text_of(value), budget) for value in values)


def _substituted(value: Expression, identifier: str, text: str, budget: Budget) -> Expression:
    """``value`` with ``text`` for the loop's identifier: ``${Identifier}``, ``&{Identifier}`` and a Ref to it."""
    if isinstance(value, str):
        budget.spend(1 + len(value) // CHARACTERS)
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


def _literal(value: Expression) -> Expression:
    """The text of an Fn::Sub in which no variable is left."""
    if isinstance(value, dict) and value.keys() == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        return value if "${" in value["Fn::Sub"] else value["Fn::Sub"]
    return value


def is_loop(name: str) -> bool:
    """Whether ``name`` is the key of a loop."""
    return name.startswith(PREFIX)


def body_of(loop: Expression) -> dict[str, Json] | None:
    """The body of ``loop``, a list of identifier, collection and body; None if it is no such list."""
    return loop[2] if isinstance(loop, list) and len(loop) == 3 and isinstance(loop[2], dict) else None


def holds(value: Expression, resource_type: str) -> bool:
    """Whether ``value``, a resource or a loop, is or holds a resource of ``resource_type``."""
    return any(isinstance(part, dict) and part.get("Type") == resource_type for part in parts(value))


def _cannot_expand(section: str, key: str, too_much: bool, report: Report) -> None:
    if too_much and (most := SECTION_LIMITS.get(section)):
        what = f"this Fn::ForEach makes more than {most} {section.lower()}, or more text than a template can hold"
        report.of(section, key).error("limit", what, "Split the template, or write shorter collections")
        return
    what = "the collection of this Fn::ForEach is not known before deployment, and a declaration stands in it"
    fix = "Write the values themselves, or take them from a parameter of type CommaDelimitedList"
    report.of(section, key).error("template", what, fix)


def _made_twice(section: str, name: str, report: Report) -> None:
    what = f"Fn::ForEach makes {name}, and there is another {name}"
    fix = "Put the identifier of the loop into the name, or rename the other one"
    report.of(section).error("collision", what, fix)
