"""Circular dependencies that the expansion closes: CloudFormation refuses them and does not say who closed them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.order import circle, has_circle, waits


def check_circular(
    generated: Mapping[str, Mapping[str, Any]],
    constant: Collection[str],
    processed: Mapping[str, Any],
    scope: Scope,
    report: Report,
) -> None:
    """Report each circular dependency through what a declaration makes, one time, at the first such declaration.

    ``generated`` are the resources of each declaration, ``processed`` all that CloudFormation will see. ``constant``
    are declarations that refer to nothing of the template, and close no circle.
    """
    if generated.keys() <= set(constant):
        return
    order = waits(processed, scope)
    if not has_circle(order):
        return
    wrong = {error.logical_id for error in report.errors}
    owners = {name: logical_id for logical_id, items in generated.items() for name in items}
    reported: set[tuple[frozenset[str], frozenset[str]]] = set()
    for name, logical_id in owners.items():
        way = circle(order, name) or []
        through = frozenset(owners[step] for step in way if step in owners)
        key = through, frozenset(step for step in way if step not in owners)
        # A wrong reference can look like a circular one, and is reported already.
        if way and key not in reported and wrong.isdisjoint({*through, *way}):
            reported.add(key)
            report.of(logical_id).error(
                "reference",
                f"circular dependency: {' -> '.join(way)}",
                f"Remove one of these references, or the DependsOn; if a reference is for the name of {way[1]}, give "
                f"it a name such as !Sub ${{AWS::StackName}}-{way[1]} and write that in the place of the reference",
            )
