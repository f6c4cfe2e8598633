"""Circular dependencies that the expansion closes: CloudFormation refuses them and does not say who closed them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.branches import taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, condition, function_of
from lambda_bedrock_profile.template.references import depends_on, targets_of
from lambda_bedrock_profile.values import Expression, Json

_SERVERLESS: Final = "AWS::Serverless::"
_STAYS: Final = {
    "AWS::Serverless::Function": ("DeadLetterQueue", "Environment", "FileSystemConfigs", "Layers", "Role", "VpcConfig"),
    "AWS::Serverless::StateMachine": ("DefinitionSubstitutions", "Role"),
    "AWS::Serverless::Api": ("DefinitionBody",),
    "AWS::Serverless::HttpApi": ("DefinitionBody",),
}
"""The properties that stay with the resource itself. AWS SAM makes others of the rest, and those wait for it."""


def check_circular(
    generated: Mapping[str, Mapping[str, Json]],
    constant: Collection[str],
    processed: Mapping[str, Json],
    scope: Scope,
    report: Report,
) -> None:
    """Report each circular dependency through what a declaration makes, one time, at the first such declaration.

    ``generated`` are the resources of each declaration, ``processed`` all that CloudFormation will see. ``constant``
    are declarations that refer to nothing of the template, and are in no circular dependency.
    """
    if generated.keys() <= set(constant):
        return
    order = dependencies(processed, scope)
    if not has_circular(order):
        return
    wrong = {error.logical_id for error in report.errors}
    owners = {name: logical_id for logical_id, items in generated.items() for name in items}
    reported: set[tuple[frozenset[str], frozenset[str]]] = set()
    for name, logical_id in owners.items():
        way = circular_path(order, name) or []
        through = frozenset(owners[step] for step in way if step in owners)
        key = through, frozenset(step for step in way if step not in owners)
        # A wrong reference can look like a circular one, and is reported already.
        if way and key not in reported and wrong.isdisjoint({*through, *way}):
            reported.add(key)
            generated_ids = [item for item in generated[logical_id] if item in depends_on(generated[logical_id][item])]
            if generated_ids:
                wrong.add(logical_id)
                _report_itself(logical_id, generated_ids, report)
                continue
            report.of(logical_id).error(
                "reference",
                f"circular dependency: {' -> '.join(way)}",
                f"Remove one of these references, or the DependsOn; if a reference is for the name of {way[1]}, give "
                f"it a name such as !Sub ${{AWS::StackName}}-{way[1]} and write that in the place of the reference",
            )


def _report_itself(logical_id: str, generated_ids: Sequence[str], report: Report) -> None:
    """Report a declaration whose DependsOn names ``generated_ids``, which it makes itself."""
    named = generated_ids[0] if len(generated_ids) == 1 else logical_id
    itself = named == logical_id
    what = "names the declaration itself" if itself else f"names {named}, and {logical_id} makes that itself"
    fix = f"Remove {named} from DependsOn: what a declaration makes is made in the right order"
    report.of(logical_id, "DependsOn").error("reference", what, fix)


def dependencies(resources: Mapping[str, Json], scope: Scope) -> dict[str, list[str]]:
    """For each resource those it depends on: what it refers to, and its DependsOn.

    What a condition leaves out, or may leave out, depends on nothing.
    """
    return {
        name: [other for other in _dependencies_of(resource, scope) if other in resources]
        for name, resource in resources.items()
    }


def has_circular(order: Mapping[str, Sequence[str]]) -> bool:
    """Whether any resource of ``order``, as ``dependencies`` gives it, depends on itself."""
    try:
        TopologicalSorter(order).prepare()
    except CycleError:
        return True
    return False


def circular_path(order: Mapping[str, Sequence[str]], start: str) -> list[str] | None:
    """The logical ids from ``start`` back to it, each depending on the next one; None if there is no such path."""
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


def _dependencies_of(resource: Expression, scope: Scope) -> list[str]:
    if not isinstance(resource, dict) or ("Condition" in resource and condition(resource["Condition"], scope) is False):
        return []
    explicit = [name for name in depends_on(resource) if isinstance(name, str)]
    properties = resource.get("Properties")
    kind = str(resource.get("Type"))
    if kind.startswith(_SERVERLESS) and isinstance(properties, dict):
        properties = {name: properties[name] for name in _STAYS.get(kind, ()) if name in properties}
    return [*explicit, *targets_of(_deployed(properties, scope))]


def _deployed(value: Expression, scope: Scope) -> Expression:
    """``value`` without the branches of Fn::If that are not taken, or not known to be."""
    value = taken_branch(value, scope)
    if isinstance(value, list):
        return [_deployed(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if function_of(value) == "Fn::If":
        return None
    return {key: _deployed(item, scope) for key, item in value.items()}
