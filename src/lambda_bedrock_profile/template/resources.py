"""The resources of a template, looked at without trust in what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Resources = Mapping[str, Any]


def properties(resources: Resources, logical_id: str) -> Mapping[str, Any]:
    """The properties of a resource; empty where it has none, or is none."""
    resource = resources.get(logical_id)
    found = resource.get("Properties") if isinstance(resource, dict) else None
    return found if isinstance(found, dict) else {}


def of_type(resources: Resources, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(logical id, properties) of every resource of the type ``kind``."""
    for logical_id, resource in resources.items():
        if isinstance(resource, dict) and resource.get("Type") == kind:
            yield logical_id, properties(resources, logical_id)


def is_a(resources: Resources, logical_id: str, kind: str) -> bool:
    """Whether ``logical_id`` is a resource of the type ``kind``."""
    resource = resources.get(logical_id)
    return isinstance(resource, dict) and resource.get("Type") == kind
