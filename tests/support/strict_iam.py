"""The policies on a stack's roles at every moment of an update, and IAM's limits on them.

CloudFormation creates and updates in the order of the dependencies, and deletes what is gone only then, so what is old
and what is new stand side by side. Of the orders that the dependencies leave open, an unlucky one is taken: of what is
free to go, what grows most comes first. (It looks one step ahead: what shrinks is never hurried for the sake of what
waits for it.) A policy that is updated is put in its new form before its old name goes.

Source: AWS IAM User Guide, "IAM and AWS STS quotas"; AWS CloudFormation User Guide, "Update behaviors of stack
resources".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.deployed import Deployed

INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role together, white space not counted."""
MANAGED_LIMIT = 6_144
"""Characters of a managed policy, white space not counted."""
ATTACHMENTS = 10
"""Managed policies on a role, in an account with the oldest quota; a newer one has 20, and 25 at most."""

NOBODY = ""
"""In the place of the role's name, if a managed policy names no role: roles may name the policy."""
INLINE, MANAGED = "inline", "managed"
Key = tuple[str, str, str]
"""A role's name, inline or managed, and the policy's name."""
Policies = Mapping[Key, Any]
"""The documents of the policies on roles."""


class LimitExceededError(Exception):
    """IAM refuses an operation of the update."""


@dataclass(frozen=True)
class Moment:
    """What is on the roles after ``step``; each resource that writes policies with those it has written."""

    step: str
    policies: Mapping[str, Policies]

    def on(self, role: str) -> dict[str, Any]:
        """The documents on a role, by kind and name."""
        return {
            f"{kind} {name}": doc
            for each in self.policies.values()
            for (on, kind, name), doc in each.items()
            if on == role
        }

    @property
    def roles(self) -> frozenset[str]:
        """The names of the roles that have a policy."""
        return frozenset(role for each in self.policies.values() for role, _, _ in each if role != NOBODY)

    def inline(self, role: str) -> int:
        """The characters of the inline policies of a role."""
        return sum(size(document) for name, document in self.on(role).items() if name.startswith(INLINE))

    def attached(self, role: str) -> int:
        """The number of managed policies on a role."""
        return sum(name.startswith(MANAGED) for name in self.on(role))


def size(document: Any) -> int:
    """The characters of a policy document as IAM counts them."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def update(old: Deployed | None, new: Deployed, attachments: int = ATTACHMENTS) -> list[Moment]:
    """Every moment of the update from ``old``, or of the creation.

    ``attachments`` is the quota of managed policies on a role. Raises LimitExceededError at the first moment that IAM
    refuses, and ValueError for a circular dependency.
    """
    passed = []
    for moment in moments(old, new):
        _check(moment, attachments)
        passed.append(moment)
    return passed


def moments(old: Deployed | None, new: Deployed) -> Iterator[Moment]:
    """What stands on the roles after each step from ``old`` to ``new``, whether IAM takes it or not."""
    before = _policies_by_writer(old) if old else {}
    after = _policies_by_writer(new)
    state = dict(before)
    for logical_id in _unlucky(new, before, after):
        earlier = before.get(logical_id, {})
        if earlier != after[logical_id]:
            both = {**earlier, **after[logical_id]}
            for step, policies in ((f"put {logical_id}", both), (f"{logical_id} is done", after[logical_id])):
                state[logical_id] = policies
                yield Moment(step, dict(state))
    for logical_id in reversed([name for name in before if name not in after]):
        del state[logical_id]
        yield Moment(f"{logical_id} is deleted", dict(state))


def _check(moment: Moment, attachments: int) -> None:
    owners: dict[Key, str] = {}
    for logical_id, policies in moment.policies.items():
        for key, document in policies.items():
            role, kind, name = key
            if kind == INLINE and owners.setdefault(key, logical_id) != logical_id:
                # Whichever of the two is deleted takes the policy of the other along.
                raise LimitExceededError(f"{moment.step}: {owners[key]} and {logical_id} both write {name} on {role}")
            if kind == MANAGED and size(document) > MANAGED_LIMIT:
                raise LimitExceededError(f"{moment.step}: {name} has {size(document)} of {MANAGED_LIMIT} characters")
    for role in sorted(moment.roles):
        if moment.inline(role) > INLINE_LIMIT:
            raise LimitExceededError(f"{moment.step}: {role} has {moment.inline(role)} of {INLINE_LIMIT} characters")
        if moment.attached(role) > attachments:
            raise LimitExceededError(f"{moment.step}: {role} has {moment.attached(role)} of {attachments} policies")


def _policies_by_writer(stack: Deployed) -> dict[str, Policies]:
    """The policies that each resource of a stack writes."""
    return {logical_id: _policies(stack, logical_id) for logical_id in stack.resources}


def _policies(stack: Deployed, logical_id: str) -> Policies:
    kind = stack.resources[logical_id]["Type"]
    if kind not in {"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"}:
        return {}
    properties = stack.properties(logical_id)
    if kind == "AWS::IAM::Role":
        role = stack.value({"Ref": logical_id})
        inline = properties.get("Policies") or []
        policies: dict[Key, Any] = {(role, INLINE, each["PolicyName"]): each["PolicyDocument"] for each in inline}
        # The document of a managed policy is counted where it is written; of AWS's own the size does not matter.
        return policies | {(role, MANAGED, arn): {} for arn in properties.get("ManagedPolicyArns") or []}
    if kind == "AWS::IAM::RolePolicy":
        return {(properties["RoleName"], INLINE, properties["PolicyName"]): properties.get("PolicyDocument", {})}
    managed = kind == "AWS::IAM::ManagedPolicy"
    name = (MANAGED, stack.value({"Ref": logical_id})) if managed else (INLINE, properties["PolicyName"])
    return {(role, *name): properties["PolicyDocument"] for role in properties.get("Roles") or [NOBODY]}


def _unlucky(stack: Deployed, before: Mapping[str, Policies], after: Mapping[str, Policies]) -> Iterator[str]:
    """The resources after those that they depend on; of those that are free to go, what grows most comes first."""

    def growth(logical_id: str) -> int:
        old, new = (sum(map(size, policies.get(logical_id, {}).values())) for policies in (before, after))
        return new - old

    waiting = {logical_id: stack.dependencies(logical_id) for logical_id in stack.resources}
    while waiting:
        free = [logical_id for logical_id, needed in waiting.items() if not needed & waiting.keys()]
        if not free:
            raise ValueError(f"circular dependency among {', '.join(waiting)}")
        following = max(free, key=growth)
        del waiting[following]
        yield following
