"""What differs between two templates, item by item, and what a change means: a replacement, and another price.

A changed type makes CloudFormation replace a resource, and so does a create-only property: those of the CloudFormation
registry schemas in cfn-lint. A replaced inference profile can collide with its original.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.bedrock import split_profile_id
from lambda_bedrock_profile.bedrock.prices import Prices
from lambda_bedrock_profile.bedrock.prices import change as price_lines
from lambda_bedrock_profile.diagnostics import Path, Report
from lambda_bedrock_profile.stack.link_profiles import NATIVE_TYPE, PROFILE_TYPES
from lambda_bedrock_profile.template.intrinsics import function_of
from lambda_bedrock_profile.values import Expression, Json

SECTIONS: Final = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
MISSING: Final = object()
"""Stands for a value that is not there on one side."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One value that differs: ``path`` below the item, ``old`` and ``new``, either of them possibly MISSING."""

    path: Path
    old: Expression
    new: Expression


@dataclass(frozen=True, slots=True)
class Change:
    """One item of a section, added, removed or changed; ``item`` is the new one, or the old one if it went."""

    section: str
    name: str
    kind: Literal["added", "removed", "changed"]
    item: Expression
    details: tuple[Detail, ...] = ()

    @property
    def type(self) -> str:
        """The resource type; empty for what is no resource."""
        return str(self.item.get("Type", "")) if self.section == "Resources" and isinstance(self.item, Mapping) else ""


def changes(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Change]:
    """Every item that differs, section by section, in the order of the new template; what went is last."""
    return [change for section in SECTIONS for change in _in_section(section, old.get(section), new.get(section))]


def _in_section(section: str, old: Expression, new: Expression) -> Iterator[Change]:
    before = old if isinstance(old, Mapping) else {}
    after = new if isinstance(new, Mapping) else {}
    for name, item in after.items():
        if name not in before:
            yield Change(section, name, "added", item)
        elif details := tuple(_details(before[name], item, ())):
            yield Change(section, name, "changed", item, details)
    for name, item in before.items():
        if name not in after:
            yield Change(section, name, "removed", item)


def _details(old: Expression, new: Expression, path: Path) -> Iterator[Detail]:
    """The smallest values that differ; a call of an intrinsic function is one value, and so is a list that grew."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not (function_of(old) or function_of(new)):
        for key in dict.fromkeys([*old, *new]):
            yield from _details(old.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _details(before, after, (*path, index))
    elif old != new or type(old) is not type(new):
        yield Detail(path, old, new)


def replacing(change: Change, region: str) -> list[str]:
    """The changed properties of a resource that have it replaced; empty if it is updated as it stands."""
    if change.kind != "changed" or not change.type:
        return []
    create_only = _create_only(change.type, region)
    properties = []
    for detail in change.details:
        if detail.path == ("Type",):
            properties.append("Type")
        elif detail.path[:1] == ("Properties",):
            names = _names(detail.path[1:])
            # A whole map that changed may hold a create-only property.
            if any(names[: len(only)] == only or only[: len(names)] == names for only in create_only):
                properties.append(".".join(names))
    return list(dict.fromkeys(properties))


def refused(change: Change) -> bool:
    """Whether a custom resource has another ServiceToken, which CloudFormation does not update.

    AWS CloudFormation Template Reference, "AWS::CloudFormation::CustomResource": updates are not supported.
    """
    custom = change.type.startswith("Custom::") or change.type == "AWS::CloudFormation::CustomResource"
    token = any(each.path == _SERVICE_TOKEN and MISSING not in (each.old, each.new) for each in change.details)
    return custom and token and all(each.path != ("Type",) for each in change.details)


_SERVICE_TOKEN: Final = ("Properties", "ServiceToken")


def _names(path: Path) -> tuple[str, ...]:
    """``path`` as the schemas write it: the items of a list are a star."""
    return tuple("*" if isinstance(step, int) else str(step) for step in path)


def _create_only(type_name: str, region: str) -> Sequence[tuple[str, ...]]:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

    if type_name == custom_types.INFERENCE_PROFILE:
        # The provider's resource has the properties of the type it stands in for, in a Region that lacks the type.
        type_name, region = NATIVE_TYPE, "us-east-1"
    try:
        schema: dict[str, Json] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name).schema
    except ResourceNotFoundError:
        return ()
    return [tuple(pointer.split("/")[2:]) for pointer in schema.get("createOnlyProperties", ())]


# --------------------------------------------------------------------------------------------------- inference profiles

_NAME: Final = ("Properties", "InferenceProfileName")
_SOURCE: Final = ("Properties", "ModelSource", "CopyFrom")


def check_collisions(
    differences: Sequence[Change], generated: Mapping[str, Sequence[str]], region: str, report: Report
) -> None:
    """Warn of each replacement of a profile in ``differences`` that its original is in the way of.

    ``generated`` are the ids of generated resources by declaration. CloudFormation makes the replacement before it
    deletes the original, and Bedrock takes each name one time (AWS CloudFormation User Guide, "Update behaviors of
    stack resources"; Amazon Bedrock API Reference, "CreateInferenceProfile").
    """
    for each in differences:
        replaced = replacing(each, region) if each.type in PROFILE_TYPES else []
        owner = next((name for name, ids in generated.items() if each.name in ids), None)
        if owner is None or not replaced or "Type" in replaced:
            continue
        if all(detail.path[:2] != _NAME for detail in each.details):
            report.of(owner, "Properties", "InferenceProfileProps", "InferenceProfileName").warning(
                "replacement",
                f"stays, and {', '.join(replaced)} changed: the replacement collides with the profile of that name, "
                "which CloudFormation deletes only afterwards",
                "Write another InferenceProfileName with each change, or none: the generated one changes by itself",
            )
        if each.item.get("UpdateReplacePolicy") == "Retain":
            report.of(owner, "UpdateReplacePolicy").warning(
                "replacement",
                "keeps the replaced profile under its name, so a later change back to its model, source and "
                "description collides with it",
                "Delete the kept profile before such a change, or remove UpdateReplacePolicy",
            )


def price_change(profile: Change, region: str) -> tuple[str, ...]:
    """How the price of a call changes with the source of a profile, a line each; empty if the source is the same.

    A source that a parameter names has no price here.
    """
    sources = [(detail.old, detail.new) for detail in profile.details if detail.path == _SOURCE]
    routes = [source_of(text) for text in sources[0]] if profile.type in PROFILE_TYPES and sources else []
    if not routes or None in routes:
        return ()
    prices = Prices.bundled()
    before, after = (prices.quote_of(model, region, geography) for model, geography in filter(None, routes))
    lines = price_lines(before, after)
    if not lines:
        lines = ("unchanged",) if after.price else ("not known",)
    return tuple(f"price per million tokens, as of {after.as_of}: {line}" for line in lines)


def source_of(copy_from: Expression) -> tuple[str, str | None] | None:
    """(model, geography) of the source of a profile, as its text has it; None if the text does not say."""
    text = copy_from.get("Fn::Sub") if isinstance(copy_from, Mapping) else copy_from
    if not isinstance(text, str):
        return None
    head, _, name = text.rpartition("/")
    if "${" in name:
        return None
    if head.endswith(":foundation-model"):
        return name, None
    split = split_profile_id(name)
    return (split[1], split[0]) if split else None
