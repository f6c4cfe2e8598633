"""The macro's own name in a template's Transform section.

CloudFormation calls the macro because of it, and takes it out before it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.problems import Path, nearest
from lambda_bedrock_profile.template.loops import holds

MACRO: Final = "LambdaBedrockProfile"


def without_macro(template: Mapping[str, Any]) -> dict[str, Any]:
    """``template`` as it reaches the macro, except that other transforms stay."""
    result = dict(template)
    transforms = _transforms(template)
    others = [transform for transform in transforms if not _is_macro(transform)]
    if len(others) == len(transforms):
        return result
    if others:
        result["Transform"] = others
    else:
        del result["Transform"]
    return result


def uncalled(template: Mapping[str, Any]) -> tuple[Path, str] | None:
    """(path, message) where ``template`` has declarations and its Transform does not name the macro; else None."""
    transforms = _transforms(template)
    declared = next((name for name, item in template["Resources"].items() if holds(item, TYPE)), None)
    if declared is None or any(map(_is_macro, transforms)):
        return None
    path = ("Transform",) if "Transform" in template else ("Resources", declared)
    if near := next((name for name in map(_name, transforms) if nearest(name, [MACRO])), None):
        return path, f"{near} in Transform is not the name of the macro. Did you mean {MACRO}?"
    what = f"Transform does not name {MACRO}, so CloudFormation will not expand {declared}"
    return path, f"{what}. Add it, unless the template is expanded before it is deployed."


def _transforms(template: Mapping[str, Any]) -> list[Any]:
    written = template.get("Transform")
    return written if isinstance(written, list) else [written]


def _is_macro(transform: Any) -> bool:
    return _name(transform) == MACRO


def _name(transform: Any) -> str:
    """The name of a transform, without the account that owns it; empty where it has none."""
    name = transform.get("Name") if isinstance(transform, Mapping) else transform
    return name.rpartition("::")[2] if isinstance(name, str) else ""
