"""The macro's own name in a template's Transform section.

CloudFormation calls the macro because of it, and takes it out before it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Path, nearest
from lambda_bedrock_profile.template.loops import holds

SERVERLESS: Final = "Serverless-2016-10-31"
"""AWS's own transform, without the account that owns it."""

MACRO: Final = "LambdaBedrockProfile"
"""The name that the macro is registered under unless MacroName in template.yaml says another."""


def without_macro(template: Mapping[str, Any], macro: str) -> dict[str, Any]:
    """``template`` as it reaches the macro of the name ``macro``, except that other transforms stay."""
    result = dict(template)
    transforms = _transforms(template)
    others = [transform for transform in transforms if _name(transform) != macro]
    if len(others) == len(transforms):
        return result
    if others:
        result["Transform"] = others
    else:
        del result["Transform"]
    return result


def uncalled(template: Mapping[str, Any], macro: str) -> tuple[Path, str] | None:
    """(path, message) where ``template`` has declarations and its Transform does not name ``macro``; else None."""
    transforms = [_name(transform) for transform in _transforms(template)]
    declared = next((name for name, item in template["Resources"].items() if holds(item, TYPE)), None)
    if declared is None or macro in transforms:
        return None
    path = ("Transform",) if "Transform" in template else ("Resources", declared)
    if near := next((name for name in transforms if nearest(name, [macro])), None):
        return path, f"{near} in Transform is not the name of the macro. Did you mean {macro}?"
    what = f"Transform does not name {macro}, so CloudFormation will not expand {declared}"
    return path, f"{what}. Add it, unless the template is expanded before it is deployed."


def serverless_first(template: Mapping[str, Any], macro: str) -> bool:
    """Whether the Serverless transform comes before the macro of the name ``macro``, since it is listed first."""
    transforms = [_name(transform) for transform in _transforms(template)]
    return SERVERLESS in transforms and macro in transforms[transforms.index(SERVERLESS) :]


def _transforms(template: Mapping[str, Any]) -> list[Any]:
    written = template.get("Transform")
    return written if isinstance(written, list) else [written]


def _name(transform: Any) -> str:
    """The name of a transform, without the account that owns it; empty where it has none."""
    name = transform.get("Name") if isinstance(transform, Mapping) else transform
    return name.rpartition("::")[2] if isinstance(name, str) else ""
