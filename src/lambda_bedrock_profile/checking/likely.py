"""What a template will probably be deployed with, where nobody says: for checks, never for an expansion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambda_bedrock_profile.bedrock.names import is_region
from lambda_bedrock_profile.checking.source_map import at
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.template.references import targets_of


def likely_regions(template: Mapping[str, Any]) -> tuple[str, ...]:
    """The Regions that the template's Mappings have keys for; empty where none has."""
    for table in _section(template, "Mappings").values():
        if isinstance(table, Mapping) and table and all(is_region(str(key)) for key in table):
            return tuple(table)
    return ()


def likely_values(template: Mapping[str, Any]) -> dict[str, Any]:
    """For each parameter without a default, the first value that it allows, if it lists them."""
    return {
        name: declared["AllowedValues"][0]
        for name, declared in _section(template, "Parameters").items()
        if isinstance(declared, Mapping)
        and "Default" not in declared
        and isinstance(declared.get("AllowedValues"), list)
        and declared["AllowedValues"]
    }


def awaited(template: Mapping[str, Any], values: Mapping[str, Any], path: Path) -> str | None:
    """The parameter that the value at ``path`` depends on and that has no value yet; None where there is none.

    What depends on it cannot be checked, and that is no mistake in the template.
    """
    value = at(template, path)
    declared = _section(template, "Parameters")
    for name in (*targets_of(value), *_deciding(value, _section(template, "Conditions"))):
        parameter = declared.get(name)
        if isinstance(parameter, Mapping) and "Default" not in parameter and name not in values:
            return name
    return None


def _deciding(value: Any, conditions: Mapping[str, Any]) -> Iterator[str]:
    """Everything that the conditions in ``value`` refer to."""
    if isinstance(value, list):
        for item in value:
            yield from _deciding(item, conditions)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Fn::If" and isinstance(item, list) and item and isinstance(item[0], str):
                yield from targets_of(conditions.get(item[0]))
            yield from _deciding(item, conditions)


def _section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = template.get(name)
    return section if isinstance(section, Mapping) else {}
