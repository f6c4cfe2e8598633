"""Which changes make CloudFormation replace a resource: those of its type, and those of create-only properties.

The create-only properties are those of the CloudFormation registry schemas that cfn-lint carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.cli.difference import Change
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.stack.inference_profile import NATIVE_TYPE


def replacing(change: Change, region: str) -> list[str]:
    """The changed properties of a resource that have it replaced; empty where it is updated as it stands."""
    if change.kind != "changed" or not change.type:
        return []
    create_only = _create_only(change.type, region)
    found = []
    for detail in change.details:
        if detail.path == ("Type",):
            found.append("Type")
        elif detail.path[:1] == ("Properties",):
            names = _names(detail.path[1:])
            # A whole map that changed may hold a create-only property.
            if any(names[: len(only)] == only or only[: len(names)] == names for only in create_only):
                found.append(".".join(names))
    return list(dict.fromkeys(found))


def _names(path: Path) -> tuple[str, ...]:
    """``path`` as the schemas write it: the items of a list are a star."""
    return tuple("*" if isinstance(step, int) else str(step) for step in path)


def _create_only(type_name: str, region: str) -> Sequence[tuple[str, ...]]:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

    if type_name == custom_types.INFERENCE_PROFILE:
        # The provider's resource has the properties of the type it stands in for, in a Region that lacks the type.
        type_name, region = NATIVE_TYPE, "us-east-1"
    try:
        schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name).schema
    except ResourceNotFoundError:
        return ()
    return [tuple(pointer.split("/")[2:]) for pointer in schema.get("createOnlyProperties", ())]
