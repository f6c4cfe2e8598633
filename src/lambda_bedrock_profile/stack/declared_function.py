"""The function that another declaration makes, as a second declaration on it sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import get_att


def declared_function(logical_id: str, resource: Any) -> Mapping[str, Any] | None:
    """The function with its role, where the declaration ``resource`` makes one; else None."""
    written = resource.get("Properties") if isinstance(resource, dict) else None
    props = written.get("LambdaFunctionProps") if isinstance(written, dict) else None
    if not isinstance(props, dict) or resource.get("Type") != TYPE:
        return None
    generated = {"Role": get_att(logical_id + "Role", "Arn")}
    written_props = {name: value for name, value in props.items() if value != NO_VALUE}
    return {**resource, "Type": "AWS::Lambda::Function", "Properties": {**generated, **written_props}}
