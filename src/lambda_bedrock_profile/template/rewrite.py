"""Rewriting references: each one to a resource that is expanded is pointed at what stands for it afterwards.

``rewrite`` takes a template and ``rewrite_value`` a value of one. Both return new values, and share with their input
every part that does not change.
"""

import copy
import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from lambda_bedrock_profile.diagnostics import Path, Report, nearest
from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER
from lambda_bedrock_profile.template.limits import CHARACTERS, Budget
from lambda_bedrock_profile.template.references import (
    attribute_reference,
    could_be,
    depends_on,
    embedded,
    get_att,
    replaced,
    sub,
    sub_text,
)
from lambda_bedrock_profile.values import Expression, Json

_CONTAINERS: Final = (dict, list)

SECTIONS_WITHOUT_REFERENCES: Final = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Transform"}
)


class Target(NamedTuple):
    """What a logical id stands for once its resource has been expanded.

    ``reference`` replaces a Ref to it, ``attributes`` have what replaces an Fn::GetAtt, by the attribute's name, and
    ``depends_on`` replaces a DependsOn. ``pointless`` says of an attribute that it has not, and a place, whether the
    attribute may be missing there. ``missing`` says of some why they are not there, and what to do: (reason, fix).
    """

    reference: Expression
    attributes: Mapping[str, Json]
    depends_on: tuple[str, ...]
    pointless: Callable[[str, Path], bool] = lambda name, at: False
    missing: Mapping[str, tuple[str, str]] = MappingProxyType({})


def rewrite(
    template: Mapping[str, Json],
    targets: Mapping[str, Target],
    constant: Collection[str],
    budget: Budget,
    report: Report,
) -> dict[str, Json]:
    """``template`` with every reference to one of ``targets`` pointed at what stands for it.

    A reference to an attribute that a target does not have is an error, and stays. ``constant`` are resources known to
    refer to nothing, which are not searched.
    """
    rewriter = _Rewriter(targets, budget, report)
    result = dict(template)
    for section, content in template.items():
        if section in SECTIONS_WITHOUT_REFERENCES or not isinstance(content, dict):
            continue
        changes = {}
        for name, item in content.items():
            if name in constant and section == "Resources":
                continue
            new = rewriter.value(item, (section, name))
            if section == "Resources":
                new = _rewrite_depends_on(new, targets, name)
            if new is not item:
                changes[name] = new
        if changes:
            result[section] = replaced(content, changes)
    return result


def rewrite_value(
    value: Expression, targets: Mapping[str, Target], budget: Budget, report: Report | None = None, at: Path = ()
) -> Expression:
    """``value`` with every reference to one of ``targets`` pointed at what stands for it.

    ``at`` is its place in the template, for ``report``. Without a report an attribute that a target does not have is an
    empty text: its error is reported where it is written.
    """
    return _Rewriter(targets, budget, report).value(value, at)


class _Rewriter:
    """Points references at what stands for their targets, and counts the text that this adds to the template."""

    __slots__ = ("budget", "report", "sizes", "targets")

    def __init__(self, targets: Mapping[str, Target], budget: Budget, report: Report | None) -> None:
        self.targets = targets
        self.budget = budget
        self.report = report
        self.sizes: dict[tuple[str, str], int] = {}

    def value(self, value: Expression, at: Path) -> Expression:
        """``value``, which is at ``at`` in the template, rewritten; ``value`` itself if nothing in it changes."""
        if isinstance(value, dict):
            if len(value) == 1:
                ((key, argument),) = value.items()
                if key == "Ref":
                    return self._ref(value, argument)
                if key == "Fn::GetAtt":
                    return self._get_att(value, argument, at)
                if key == "Fn::Sub":
                    return self._substitution(value, argument, at)
            changes = {}
            for key, item in value.items():
                if isinstance(item, _CONTAINERS):
                    new = self.value(item, (*at, key))
                    if new is not item:
                        changes[key] = new
            return replaced(value, changes) if changes else value
        if isinstance(value, list):
            items = None
            for index, item in enumerate(value):
                if isinstance(item, _CONTAINERS):
                    new = self.value(item, (*at, index))
                    if new is not item:
                        items = items or copy.copy(value)
                        items[index] = new
            return value if items is None else items
        return value

    def _ref(self, value: Expression, argument: Expression) -> Expression:
        if isinstance(argument, str) and (target := self.targets.get(argument)):
            return self._counted(argument, "", target.reference)
        return value

    def _get_att(self, value: Expression, argument: Expression, at: Path) -> Expression:
        reference = attribute_reference(argument)
        if reference is None:
            if self.report is not None and isinstance(argument, list | str) and argument:
                whole = argument if isinstance(argument, list) else [argument]
                self._check_literal(whole, self.report.in_template(at))
            return value
        logical_id, attribute = reference
        if logical_id not in self.targets:
            return value
        return self._attribute(logical_id, attribute, at, value)

    def _substitution(self, value: Expression, argument: Expression, at: Path) -> Expression:
        text = sub_text(argument)
        original = argument[1] if isinstance(argument, list) and len(argument) > 1 else {}
        if text is None or not isinstance(original, dict):
            return value
        local = self.value(original, (*at, "Fn::Sub", 1))
        taken = {*local, *(match[1].strip() for match in PLACEHOLDER.finditer(text))}
        variables: dict[str, Json] = {}
        pointed: dict[str, str | None] = {}

        def text_for(name: str) -> str | None:
            """What is written for a variable; None if it stays."""
            logical_id, dot, attribute = name.partition(".")
            if name in local or logical_id not in self.targets:
                return None
            target = self.targets[logical_id]
            expression = self._attribute(logical_id, attribute, at, None) if dot else target.reference
            if expression is None:
                return None
            variable = name.replace(".", "")
            while variable in taken:
                variable += "Value"
            inline, added = embedded(expression, variable)
            if (inlined := PLACEHOLDER.fullmatch(inline)) and inlined[1] in local:
                inline, added = "${" + variable + "}", {variable: expression}
            variables.update(added)
            return inline

        def point(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name not in pointed:
                pointed[name] = text_for(name)
            replacement = pointed[name]
            if replacement is None:
                return match[0]
            self.budget.spend(1 + len(replacement) // CHARACTERS)
            return replacement

        new = PLACEHOLDER.sub(point, text)
        if new == text and local is original:
            return value
        return sub(new, {**local, **variables})

    def _attribute(self, logical_id: str, attribute: str, at: Path, otherwise: Expression) -> Expression:
        target = self.targets[logical_id]
        if attribute in target.attributes:
            return self._counted(logical_id, attribute, target.attributes[attribute])
        if self.report is None or target.pointless(attribute, at):
            return ""
        place = self.report.in_template(at)
        if attribute:
            _report_no_attribute(logical_id, attribute, target, place)
        else:
            self._without_attribute(logical_id, place)
        return otherwise

    def _without_attribute(self, logical_id: str, place: Report) -> None:
        offered = ", ".join(sorted(self.targets[logical_id].attributes))
        what = f"Fn::GetAtt names {logical_id} and none of its attributes"
        place.error("reference", what, f"Write {logical_id} with a dot and one of: {offered}")

    def _counted(self, logical_id: str, attribute: str, expression: Expression) -> Expression:
        """``expression``, which stands for the attribute, with its text counted."""
        key = logical_id, attribute
        if key not in self.sizes:
            self.sizes[key] = 1 + len(repr(expression)) // CHARACTERS
        self.budget.spend(self.sizes[key])
        return expression

    def _check_literal(self, argument: list[Json], report: Report) -> None:
        """Report an Fn::GetAtt of a target that names it only when a later transform has run."""
        name, *attributes = argument
        if isinstance(name, str) and name in self.targets and not attributes:
            self._without_attribute(name, report)
        elif isinstance(name, str) and name in self.targets:
            what = f"the attribute of {name} in Fn::GetAtt is not a literal"
            report.error("reference", what, "Write the attribute's name itself")
        text = name.get("Fn::Sub") if isinstance(name, dict) else None
        attribute = ".".join(map(str, attributes))
        if not isinstance(text, str):
            return
        self.budget.spend(len(self.targets))
        for logical_id, target in self.targets.items():
            named = could_be(text, logical_id) and attribute in target.attributes
            if named and target.attributes[attribute] != get_att(logical_id, attribute):
                what = f"{text} in Fn::GetAtt can come to {logical_id}, which is expanded before that is known"
                report.error("reference", what, "Write a reference for each declaration, by its logical id")
                return


def _report_no_attribute(logical_id: str, attribute: str, target: Target, report: Report) -> None:
    """Report an ``attribute`` that ``target`` has not."""
    what = f"{logical_id} has no attribute {attribute}"
    why = {name: reason_and_fix for name, reason_and_fix in target.missing.items() if name not in target.attributes}
    if name := nearest(attribute, why, 0.75):
        reason, fix = why[name]
        report.error("reference", f"{what}, {reason}", fix)
        return
    near = likely_attribute(attribute, target.attributes)
    offered = ", ".join(sorted(target.attributes))
    fix = f"Did you mean {near}? There are {offered}" if near else f"Use one of: {offered}"
    report.error("reference", what, fix, any_value=True)


def likely_attribute(name: str, offered: Collection[str]) -> str | None:
    """The one of ``offered`` that ``name`` was probably meant to be, by the words in it; None if several are as near.

    ``ProfileArn`` is ``InferenceProfileArn``, although ``RoleArn`` has fewer other letters.
    """
    if near := nearest(name, offered, 0.9):
        return near
    words_of_name = {word.lower() for word in re.findall(_WORD, name)}
    shared = {other: [word for word in re.findall(_WORD, other) if word.lower() in words_of_name] for other in offered}
    best = max(shared.values(), key=_weight, default=[])
    nearer = [other for other, common in shared.items() if _weight(common) == _weight(best)]
    if not best:
        return nearest(name, offered)
    return nearer[0] if len(nearer) == 1 else None


def _weight(common_words: list[str]) -> int:
    """How much a name is worth that has ``common_words`` in common: ``Arn`` and ``Id`` are in many, and say little."""
    return sum(1 if word in ("Arn", "Id", "Name") else 3 for word in common_words)


_WORD: Final = "[A-Z]?[a-z0-9]+|[A-Z]+"


def _rewrite_depends_on(resource: Expression, targets: Mapping[str, Target], logical_id: str) -> Expression:
    """``resource`` with its DependsOn pointed; the body of a loop with that of each resource in it.

    ``logical_id`` is that of ``resource``. A function that depends on its own declaration depends on what is generated.
    A dependency of a resource on itself stays, since it is an error of the template.
    """
    if isinstance(resource, list):
        new = [_rewrite_depends_on(item, targets, logical_id) for item in resource]
        return resource if all(one is other for one, other in zip(new, resource, strict=True)) else new
    if not isinstance(resource, dict):
        return resource
    if "Type" not in resource:
        bodies = {name: _rewrite_depends_on(item, targets, logical_id) for name, item in resource.items()}
        changes = {name: body for name, body in bodies.items() if body is not resource[name]}
        return replaced(resource, changes) if changes else resource
    if "DependsOn" not in resource:
        return resource
    original = resource["DependsOn"]
    names = depends_on(resource)
    result: list[Json] = []
    for name in names:
        stands_for = [name]
        if isinstance(name, str) and name in targets:
            stands_for = [item for item in targets[name].depends_on if item != logical_id or name == logical_id]
        result.extend(item for item in stands_for if item not in result)
    if not any(isinstance(name, str) and name in targets for name in names) or result == names:
        return resource
    return replaced(resource, {"DependsOn": result if len(result) != 1 or isinstance(original, list) else result[0]})
