"""Ids and names that would stand for two things at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.intrinsics import text_of
from lambda_bedrock_profile.template.references import targets_of
from lambda_bedrock_profile.values import Expression, Json

NAMES: Final = {
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
"""The property that names a resource of a type, and that no two can have alike."""


def check_collisions(template: Mapping[str, Json], generated: Mapping[str, Mapping[str, Json]], report: Report) -> None:
    """Report every generated id or name that the template, or another declaration, uses for something else.

    ``generated`` holds, by the id of a declaration, the resources that take its place.
    """
    _check_ids(template, generated, report)
    _check_names(template["Resources"], generated, report)


def _check_ids(template: Mapping[str, Json], generated: Mapping[str, Mapping[str, Json]], report: Report) -> None:
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
            what = f"expands to a resource {logical_id}, and there is {other} of that name"
            fix = _instead(declaration, logical_id, template["Resources"])
            report.of(declaration).error("collision", what, fix)


def _instead(declaration: str, taken: str, resources: Mapping[str, Json]) -> str:
    """What to do about an id that is taken: if it can be, nothing that is deployed gets another name."""
    resource, kind = resources.get(taken), taken.removeprefix(declaration)
    is_of_the_kind = isinstance(resource, dict) and resource.get("Type") == _TAKEN.get(kind)
    rename = f"Rename {declaration} or the other one"
    if kind not in _TAKEN or not isinstance(resource, dict):
        return f"{rename}; what is deployed under the earlier name is replaced"
    existing = (
        "write the function as a resource of the template and name it in ExistingLambdaObj, for which no "
        f"{_NOUNS[kind]} is made"
    )
    if not is_of_the_kind:
        return f"{rename}. Or: {existing[0].upper()}{existing[1:]}"
    if kind == "Role":
        use = f"Write Role: !GetAtt {taken}.Arn in LambdaFunctionProps, and the function runs as it"
    else:
        use = f"Write LoggingConfig: {{LogGroup: !Ref {taken}}} in LambdaFunctionProps, and the function writes to it"
        if declaration in targets_of(resource):
            use += f"; remove its LogGroupName, which refers to {declaration}"
    return f"{use}. Or: {existing[0].upper()}{existing[1:]}"


_TAKEN: Final = {"Role": "AWS::IAM::Role", "LogGroup": "AWS::Logs::LogGroup"}
_NOUNS: Final = {"Role": "role", "LogGroup": "log group"}


def _check_names(resources: Mapping[str, Json], generated: Mapping[str, Mapping[str, Json]], report: Report) -> None:
    """Report resources that are given the same name, if both can be there at the same time."""
    named = [
        (owner, name, item)
        for owner, items in generated.items()
        for item in items.values()
        if item.get("Type") in NAMES and (name := _name(item))
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
                report.of(owner).error(
                    "collision",
                    f"gives {name[0]} the value that it has in {other}, and such a name is unique in an account",
                    "Write another name, or none: CloudFormation then generates one",
                )


def _name(resource: Expression) -> tuple[str, Json] | None:
    """(property, value) of the name that a resource is given."""
    if not isinstance(resource, dict) or (name := NAMES.get(str(resource.get("Type")))) is None:
        return None
    properties = resource.get("Properties")
    if not isinstance(properties, dict) or name not in properties:
        return None
    value = properties[name]
    return name, text_of(value) if isinstance(value, int | float) else value


def _together(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether no condition keeps the two apart, as far as their names show."""
    return one.get("Condition") == other.get("Condition") or "Condition" not in one or "Condition" not in other
