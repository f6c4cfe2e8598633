"""What CloudFormation makes after what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lambda_bedrock_profile.template.references import depends_on, targets_of


def chain(resources: Mapping[str, Any], starts: Iterable[str], goal: str) -> list[str] | None:
    """The logical ids from one of ``starts`` to ``goal``, each waiting for the next one; None where none leads there.

    A resource waits for what it refers to and for its DependsOn.
    """
    paths = [[start] for start in starts]
    seen: set[str] = set()
    for path in paths:
        if path[-1] == goal:
            return path
        if path[-1] not in seen:
            seen.add(path[-1])
            paths += [[*path, name] for name in _waits_for(resources.get(path[-1])) if name in resources]
    return None


def _waits_for(resource: Any) -> list[str]:
    if not isinstance(resource, dict):
        return []
    return [*(name for name in depends_on(resource) if isinstance(name, str)), *targets_of(resource.get("Properties"))]
