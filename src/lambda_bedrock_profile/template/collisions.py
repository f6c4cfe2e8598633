"""Ids and names that would stand for two things at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.diagnostics import Problem

NAMES: Final = {
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
"""The property that names a resource of a type, and that no two can have alike."""


def collisions(template: Mapping[str, Any], generated: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Every generated id or name that the template, or another declaration, uses for something else.

    ``generated`` holds, by the id of a declaration, the resources that take its place.
    """
    yield from _ids(template, generated)
    yield from _names(template["Resources"], generated)


def _ids(template: Mapping[str, Any], generated: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    section = template.get("Parameters")
    parameters = section if isinstance(section, dict) else {}
    for declaration, resources in generated.items():
        for logical_id in resources:
            if logical_id == declaration:
                continue
            if logical_id in template["Resources"]:
                other = "a resource of the template"
            elif logical_id in parameters:
                other = "a parameter of the template"
            elif logical_id in owners:
                other = f"a resource that {owners[logical_id]} expands to"
            else:
                owners[logical_id] = declaration
                continue
            yield Problem(
                declaration,
                (),
                f"expands to a resource {logical_id}, and there is {other} of that name",
                f"Rename {declaration} or the other one",
                "collision",
            )


def _names(resources: Mapping[str, Any], generated: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Resources that are given the same name, where both can be there at once."""
    named = [
        (owner, name, item) for owner, items in generated.items() for item in items.values() if (name := _name(item))
    ]
    if not named:
        return
    others = [
        (logical_id, name, item)
        for logical_id, item in resources.items()
        if logical_id not in generated and (name := _name(item))
    ]
    for number, (owner, name, item) in enumerate(named):
        for other, same, twin in [*others, *named[:number]]:
            if same == name and _together(item, twin):
                yield Problem(
                    owner,
                    (),
                    f"gives {name[0]} the value that it has in {other}, and such a name is unique in an account",
                    "Write another name, or none: CloudFormation makes one up",
                    "collision",
                )


def _name(resource: Any) -> tuple[str, Any] | None:
    """(property, value) of the name that a resource is given."""
    name = NAMES.get(str(resource.get("Type"))) if isinstance(resource, dict) else None
    properties = resource.get("Properties") if name else None
    return (name, properties[name]) if name and isinstance(properties, dict) and name in properties else None


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether no condition keeps the two apart, as far as their names tell."""
    return one.get("Condition") == other.get("Condition") or "Condition" not in one or "Condition" not in other
