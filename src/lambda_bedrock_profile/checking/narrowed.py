"""Policies without what a declaration takes over: the statements that invoke a model by hand.

A statement loses the actions that invoke models, for the models that are taken over. What else it allows stays: other
actions, other models, agents, guardrails. A policy in which nothing stays is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.model_names import opens, texts_of
from lambda_bedrock_profile.stack.permissions import Statement
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope
from lambda_bedrock_profile.template.references import depends_on, targets_of
from lambda_bedrock_profile.template.resources import IAM_POLICIES
from lambda_bedrock_profile.values import Expression, Json

TAKEN_OVER: Final = frozenset(
    {
        "bedrock:invokemodel",
        "bedrock:invokemodelwithresponsestream",
        "bedrock:invokemodel*",
        "bedrock:converse",
        "bedrock:conversestream",
        "bedrock:converse*",
        "bedrock-runtime:invokemodel",
        "bedrock-runtime:invokemodelwithresponsestream",
        "bedrock-runtime:converse",
        "bedrock-runtime:conversestream",
    }
)
"""What a declaration allows through its profile, and names that are no actions of IAM and allow nothing."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What stays of a statement, as statements, and in words what goes."""

    statements: tuple[dict[str, Json], ...]
    gone: str


class _Removed:
    """In the place of a value that nothing is left of."""


_REMOVED: Final = _Removed()


def narrowed(
    statement: Statement, models: Collection[str], scope: Scope, catalog: Catalog, *, keep_wildcards: bool = False
) -> Narrowed | None:
    """What stays of ``statement`` when ``models`` are taken over; None if all of it does.

    ``keep_wildcards``: a resource that opens models at large stays, since somebody needs one that is not taken over.
    A statement under a condition, of IAM or of the template, stays: nothing else says what the condition does.
    """
    content = statement.content
    actions, resources = content.get("Action"), content.get("Resource")
    if statement.conditions or "Condition" in content or "NotResource" in content:
        return None
    actions, resources = _listed(actions), _listed(resources)
    taken = [action for action in actions if _text(action, scope).lower() in TAKEN_OVER]
    others = [action for action in actions if action not in taken]
    stays = [item for item in resources if not _taken(item, models, scope, catalog, keep_wildcards)]
    if not taken or len(stays) == len(resources):
        return None
    result = []
    if others:
        result.append({**content, "Action": others})
    if stays:
        again = {**content, "Action": taken, "Resource": stays}
        result.append({name: value for name, value in again.items() if not (others and name == "Sid")})
    named = ", ".join(_text(action, scope) for action in taken)
    kept = [text for item in stays for text in texts_of(item, scope)]
    part = f"{named}, except on {', '.join(kept)}" if kept else named
    return Narrowed(tuple(result), part if result else "the whole statement")


def _taken(item: Expression, models: Collection[str], scope: Scope, catalog: Catalog, keep_wildcards: bool) -> bool:
    """Whether a declaration takes over all that the resource ``item`` opens."""
    texts = texts_of(item, scope)
    whole = bool(texts) and all(opens(text, models, catalog) for text in texts)
    return whole and not (keep_wildcards and any(opens(text, (), catalog) for text in texts))


def _text(action: Expression, scope: Scope) -> str:
    return next(iter(texts_of(action, scope)), "")


def _listed(value: Expression) -> list[Json]:
    return value if isinstance(value, list) else [value]


def without(template: Mapping[str, Json], instead: Mapping[int, Sequence[Mapping[str, Json]]]) -> dict[str, Json]:
    """``template`` with other statements in the place of some, which ``instead`` has by their identity.

    A policy without statements is removed, and its resource, unless something refers to it: then it stays as it was.
    """
    resources = template["Resources"]
    changed = {name: _without(resource, instead) for name, resource in resources.items()}
    referred = {name for section in _sections(template) for name in _references(section)}
    kept = {
        name: resources[name] if value is _REMOVED else value
        for name, value in changed.items()
        if value is not _REMOVED or name in referred
    }
    return {**template, "Resources": kept}


def _sections(template: Mapping[str, Json]) -> list[Json]:
    return [*template["Resources"].values(), *(value for name, value in template.items() if name != "Resources")]


def _references(value: Expression) -> set[str]:
    """What ``value`` refers to, DependsOn included."""
    dependencies = depends_on(value) if isinstance(value, dict) else []
    return {*targets_of(value), *(name for name in dependencies if isinstance(name, str))}


def _without(value: Expression, instead: Mapping[int, Sequence[Mapping[str, Json]]]) -> Expression:
    if isinstance(value, list):
        return _items(value, instead)
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::If"} and isinstance(value["Fn::If"], list):
        condition, *branches = value["Fn::If"]
        changed = [_without(branch, instead) for branch in branches]
        return {"Fn::If": [condition, *(dict(NO_VALUE) if branch is _REMOVED else branch for branch in changed)]}
    result = {name: _in_place(item, instead) for name, item in value.items()}
    if result.get("Statement") == [] and value["Statement"] != []:
        return _REMOVED
    if any(result.get(name) is _REMOVED for name in ("PolicyDocument", "Statement")):
        return _REMOVED
    if value.get("Type") in IAM_POLICIES and result.get("Properties") is _REMOVED:
        return _REMOVED
    return {name: item for name, item in result.items() if item is not _REMOVED}


def _in_place(item: Expression, instead: Mapping[int, Sequence[Mapping[str, Json]]]) -> Expression:
    """The value of a member of a map: a statement that stands there alone becomes a list."""
    if id(item) not in instead:
        return _without(item, instead)
    return list(instead[id(item)]) or _REMOVED


def _items(value: list[Json], instead: Mapping[int, Sequence[Mapping[str, Json]]]) -> list[Json]:
    result: list[Json] = []
    for item in value:
        if id(item) in instead:
            result += instead[id(item)]
        elif (changed := _without(item, instead)) is not _REMOVED:
            result.append(changed)
    return result
