"""What CloudFormation makes after what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from lambda_bedrock_profile.template.branches import chosen
from lambda_bedrock_profile.template.intrinsics import Scope, condition, function_of
from lambda_bedrock_profile.template.references import depends_on, targets_of

_SERVERLESS: Final = "AWS::Serverless::"
_STAYS: Final = {
    "AWS::Serverless::Function": ("DeadLetterQueue", "Environment", "FileSystemConfigs", "Layers", "Role", "VpcConfig"),
    "AWS::Serverless::StateMachine": ("DefinitionSubstitutions", "Role"),
    "AWS::Serverless::Api": ("DefinitionBody",),
    "AWS::Serverless::HttpApi": ("DefinitionBody",),
}
"""The properties that stay with the resource itself. AWS SAM makes others of the rest, and those wait for it."""


def waits(resources: Mapping[str, Any], scope: Scope) -> dict[str, list[str]]:
    """For each resource those it waits for: what it refers to, and its DependsOn.

    What a condition leaves out waits for nothing, and neither does what one may leave out.
    """
    return {
        name: [other for other in _waits_for(resource, scope) if other in resources]
        for name, resource in resources.items()
    }


def has_circle(order: Mapping[str, Sequence[str]]) -> bool:
    """Whether any resource of ``order``, as ``waits`` gives it, waits for itself."""
    try:
        TopologicalSorter(order).prepare()
    except CycleError:
        return True
    return False


def circle(order: Mapping[str, Sequence[str]], start: str) -> list[str] | None:
    """The logical ids from ``start`` back to it, each waiting for the next one; None where none leads there."""
    paths = [[start]]
    seen: set[str] = set()
    for path in paths:
        for name in order[path[-1]]:
            if name == start:
                return [*path, start]
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return None


def _waits_for(resource: Any, scope: Scope) -> list[str]:
    if not isinstance(resource, dict) or ("Condition" in resource and condition(resource["Condition"], scope) is False):
        return []
    explicit = [name for name in depends_on(resource) if isinstance(name, str)]
    properties = resource.get("Properties")
    kind = str(resource.get("Type"))
    if kind.startswith(_SERVERLESS) and isinstance(properties, dict):
        properties = {name: properties[name] for name in _STAYS.get(kind, ()) if name in properties}
    return [*explicit, *targets_of(_deployed(properties, scope))]


def _deployed(value: Any, scope: Scope) -> Any:
    """``value`` without the branches of Fn::If that are not taken, or not known to be."""
    value = chosen(value, scope)
    if isinstance(value, list):
        return [_deployed(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if function_of(value) == "Fn::If":
        return None
    return {key: _deployed(item, scope) for key, item in value.items()}
