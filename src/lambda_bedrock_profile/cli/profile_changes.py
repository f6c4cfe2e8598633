"""What a changed inference profile means: a replacement that collides with its original, and another price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.bedrock import split_profile_id
from lambda_bedrock_profile.bedrock.prices import Prices, change
from lambda_bedrock_profile.cli.difference import Change, replacing
from lambda_bedrock_profile.diagnostics import Diagnostic
from lambda_bedrock_profile.stack.link_profiles import PROFILE_TYPES
from lambda_bedrock_profile.values import Expression

_NAME: Final = ("Properties", "InferenceProfileName")
_SOURCE: Final = ("Properties", "ModelSource", "CopyFrom")


def collisions(
    differences: Sequence[Change], generated: Mapping[str, Sequence[str]], region: str
) -> Iterator[Diagnostic]:
    """A warning for each replacement of a profile in ``differences`` that its own original is in the way of.

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
            yield Diagnostic(
                owner,
                ("Properties", "InferenceProfileProps", "InferenceProfileName"),
                f"stays, and {', '.join(replaced)} changed: the replacement collides with the profile of that name, "
                "which CloudFormation deletes only afterwards",
                "Write another InferenceProfileName with each change, or none: the generated one changes by itself",
                "replacement",
            )
        if each.item.get("UpdateReplacePolicy") == "Retain":
            yield Diagnostic(
                owner,
                ("UpdateReplacePolicy",),
                "keeps the replaced profile under its name, so a later change back to its model, source and "
                "description collides with it",
                "Delete the kept profile before such a change, or remove UpdateReplacePolicy",
                "replacement",
            )


def price_change(difference: Change, region: str) -> tuple[str, ...]:
    """How the price of a call changes with the source of a profile, a line each; empty if the source is the same.

    A source that a parameter names has no price here.
    """
    sources = [(detail.old, detail.new) for detail in difference.details if detail.path == _SOURCE]
    routes = [source_of(text) for text in sources[0]] if difference.type in PROFILE_TYPES and sources else []
    if not routes or None in routes:
        return ()
    prices = Prices.bundled()
    before, after = (prices.quote_of(model, region, geography) for model, geography in filter(None, routes))
    lines = change(before, after)
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
