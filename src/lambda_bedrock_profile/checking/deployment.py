"""How a template is going to be deployed, as far as it says so: its Transform, its probable Regions and values.

For checks, never for an expansion. CloudFormation calls the macro because of its name in Transform, and takes the name
out before it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lambda_bedrock_profile.bedrock.identifiers import is_region
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Path, nearest
from lambda_bedrock_profile.template.loops import holds
from lambda_bedrock_profile.template.references import targets_of
from lambda_bedrock_profile.template.walk import at, parts
from lambda_bedrock_profile.values import Expression, Json

SERVERLESS: Final = "Serverless-2016-10-31"
"""AWS's own transform, without the account that owns it."""

MACRO: Final = "LambdaBedrockProfile"
"""The name that the macro is registered under unless MacroName in template.yaml says another."""


def without_macro(template: Mapping[str, Json], macro: str) -> dict[str, Json]:
    """``template`` as it reaches the macro of the name ``macro``, except that other transforms stay."""
    result = dict(template)
    transforms = _transforms(template)
    others = [transform for transform in transforms if _name(transform) != macro]
    if len(others) == len(transforms):
        return result
    if others:
        result["Transform"] = others
    else:
        del result["Transform"]
    return result


def uncalled(template: Mapping[str, Json], macro: str) -> tuple[Path, str] | None:
    """(path, message) if ``template`` has declarations and its Transform does not name ``macro``; else None."""
    transforms = [_name(transform) for transform in _transforms(template)]
    declared = next((name for name, item in template["Resources"].items() if holds(item, TYPE)), None)
    if declared is None or macro in transforms:
        return None
    path = ("Transform",) if "Transform" in template else ("Resources", declared)
    if near := next((name for name in transforms if nearest(name, [macro])), None):
        return path, f"{near} in Transform is not the name of the macro. Did you mean {macro}?"
    what = f"Transform does not name {macro}, so CloudFormation will not expand {declared}"
    return path, f"{what}. Add it, unless the template is expanded before it is deployed."


def serverless_first(template: Mapping[str, Json], macro: str) -> bool:
    """Whether the Serverless transform comes before the macro of the name ``macro``, since it is listed first."""
    transforms = [_name(transform) for transform in _transforms(template)]
    return SERVERLESS in transforms and macro in transforms[transforms.index(SERVERLESS) :]


def _transforms(template: Mapping[str, Json]) -> list[Json]:
    transforms = template.get("Transform")
    return transforms if isinstance(transforms, list) else [transforms]


def _name(transform: Expression) -> str:
    """The name of a transform, without the account that owns it; empty if it has none."""
    name = transform.get("Name") if isinstance(transform, Mapping) else transform
    return name.rpartition("::")[2] if isinstance(name, str) else ""


def likely_regions(template: Mapping[str, Json]) -> tuple[str, ...]:
    """The Regions that the template's Mappings have keys for; empty if none has."""
    for table in _section(template, "Mappings").values():
        if isinstance(table, Mapping) and table and all(is_region(str(key)) for key in table):
            return tuple(table)
    return ()


def likely_values(template: Mapping[str, Json]) -> dict[str, Json]:
    """For each parameter without a default, the first value that it allows, if it lists them."""
    return {
        name: declared["AllowedValues"][0]
        for name, declared in _section(template, "Parameters").items()
        if isinstance(declared, Mapping)
        and "Default" not in declared
        and isinstance(declared.get("AllowedValues"), list)
        and declared["AllowedValues"]
    }


def awaited(template: Mapping[str, Json], values: Mapping[str, Json], path: Path) -> str | None:
    """The parameter that the value at ``path`` depends on and that has no value yet; None if there is none.

    What depends on it cannot be checked, and that is no mistake in the template.
    """
    value = at(template, path)
    declared = _section(template, "Parameters")
    for name in (*targets_of(value), *_deciding(value, _section(template, "Conditions"))):
        parameter = declared.get(name)
        if isinstance(parameter, Mapping) and "Default" not in parameter and name not in values:
            return name
    return None


def is_included(template: Mapping[str, Json], path: Path) -> bool:
    """Whether CloudFormation changes the value at ``path`` before it calls the macro: a call of Fn::Transform is there.

    Macros inside the template come first (AWS CloudFormation User Guide, "Order of macro processing"), so what
    AWS::Include names is there when the declarations are expanded, and nothing here can read it.
    """
    value = at(template, path)
    return path[-1:] == ("Fn::Transform",) or (isinstance(value, Mapping) and "Fn::Transform" in value)


def _deciding(value: Expression, conditions: Mapping[str, Json]) -> Iterator[str]:
    """Everything that the conditions in ``value`` refer to."""
    for part in parts(value):
        argument = part.get("Fn::If") if isinstance(part, dict) else None
        if isinstance(argument, list) and argument and isinstance(argument[0], str):
            yield from targets_of(conditions.get(argument[0]))


def _section(template: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    section = template.get(name)
    return section if isinstance(section, Mapping) else {}
