"""The macro's own name in a template's Transform section: the service takes it out before it calls the macro."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MACRO: Final = "LambdaBedrockProfile"


def without_macro(template: Mapping[str, Any]) -> dict[str, Any]:
    """``template`` as it reaches the macro, except that other transforms stay."""
    result = dict(template)
    written = result.get("Transform")
    transforms = written if isinstance(written, list) else [written]
    others = [transform for transform in transforms if not _is_macro(transform)]
    if len(others) == len(transforms):
        return result
    if others:
        result["Transform"] = others
    else:
        del result["Transform"]
    return result


def _is_macro(transform: Any) -> bool:
    name = transform.get("Name") if isinstance(transform, Mapping) else transform
    # A macro can be named with the account that owns it in front.
    return isinstance(name, str) and name.rpartition("::")[2] == MACRO
