"""Which permissions for Bedrock a role gains and loses from one template to another: statements compared, not guessed.

A permission is one action on one resource under one condition, as the template shows it. One disappears if no later
one includes it, by wildcards and without a condition of its own. One appears if none that stays includes it: what was a
part of a wildcard that disappears is among what appears in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lambda_bedrock_profile.checking.model_names import texts_of
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.stack.permissions import Permissions, attached_policies, permissions
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.values import Expression, Json
from lambda_bedrock_profile.wildcards import matches


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """What a role may do: ``condition`` is IAM's, ``template_conditions`` are the template's; either may be empty."""

    action: str
    resource: str
    condition: str = ""
    template_conditions: str = ""

    def includes(self, other: Permission) -> bool:
        """Whether whoever has this permission has ``other``, too."""
        return (
            matches(self.action.lower(), other.action.lower())
            and matches(self.resource, other.resource)
            and self.condition in ("", other.condition)
            and self.template_conditions in ("", other.template_conditions)
        )

    @property
    def sentence(self) -> str:
        """The resource, and the condition if there is one."""
        parts = [
            self.resource,
            f"if {self.condition}" if self.condition else "",
            self.template_conditions and f"while {self.template_conditions}",
        ]
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Changes:
    """The permissions that a role has no longer, and those that it did not have."""

    gone: tuple[Permission, ...]
    new: tuple[Permission, ...]


def changes(role: Role, before: tuple[Mapping[str, Json], Scope], after: tuple[Mapping[str, Json], Scope]) -> Changes:
    """What changes for ``role`` between two templates, each with its scope."""
    old, new = (bedrock_permissions(role, template, scope) for template, scope in (before, after))
    gone = _missing(old, new)
    return Changes(gone, _missing(new, old - set(gone)))


def permissions_of(role: Role, template: Mapping[str, Json], scope: Scope) -> Permissions:
    """What ``template``, in which no declaration makes the role, shows of the permissions of ``role``."""
    return permissions(role, {}, template, attached_policies(template["Resources"]), scope)


def bedrock_permissions(role: Role, template: Mapping[str, Json], scope: Scope) -> set[Permission]:
    """What the Allow statements for Bedrock of ``role`` allow, as far as ``template`` shows them."""
    result = set()
    for statement in permissions_of(role, template, scope).of_bedrock:
        content = statement.content
        condition = _condition(content.get("Condition"), scope)
        template_conditions = " and ".join(f"{'' if holds else 'not '}{name}" for name, holds in statement.conditions)
        actions = [text for text in texts_of(content.get("Action"), scope) if text == "*" or text.startswith("bedrock")]
        for action in actions:
            for resource in texts_of(content.get("Resource"), scope):
                result.add(Permission(action, resource, condition, template_conditions))
    return result


def _missing(wanted: Iterable[Permission], there: Iterable[Permission]) -> tuple[Permission, ...]:
    held = tuple(there)
    return tuple(sorted(item for item in wanted if not any(other.includes(item) for other in held)))


def _condition(expression: Expression, scope: Scope) -> str:
    """A Condition in words: ``bedrock:InferenceProfileArn is … or …``; JSON if it has another operator."""
    if not expression:
        return ""
    if isinstance(expression, dict) and expression.keys() <= {"StringEquals", "ArnEquals", "StringLike", "ArnLike"}:
        tests = [
            f"{key} is {' or '.join(texts_of(value, scope))}"
            for keys in expression.values()
            if isinstance(keys, dict)
            for key, value in keys.items()
        ]
        return " and ".join(tests)
    return json.dumps(known(expression, scope), default=str, sort_keys=True)
