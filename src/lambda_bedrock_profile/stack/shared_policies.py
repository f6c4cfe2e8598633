"""Managed policies that the declarations of a role share, if its inline policies would pass IAM's limit.

What fits stays as it is: a policy for each declaration, under its own id. If all inline policies of a role together are
too long, the permissions of its declarations move to ``AWS::IAM::ManagedPolicy`` resources. Managed and not inline,
because old and new policies stand side by side during an update, and managed ones do not count for the limit that the
old ones nearly reach.

Declarations that ask for the same route are in one policy, where statements that differ in one list become one. A
policy that is too long is split in two, under two new ids, by a digest of the declarations' ids. So a declaration that
comes or goes changes its own policy alone, or has it replaced by new ones which are there before the old one goes. At
no moment of an update does a function lack a permission that it has before and after, or is a limit passed.

The permissions that stand in a generated role stay in it: to take them out would come before the policy that has them
then. So do policies that the functions do not wait for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.policy import document
from lambda_bedrock_profile.stack.role_limits import (
    INLINE,
    MANAGED,
    OLD_QUOTA,
    Held,
    check_role,
    held_by,
    held_by_serverless,
    iam_resources,
    size_at_most,
)
from lambda_bedrock_profile.template.branches import either
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope
from lambda_bedrock_profile.template.references import always_referred, depends_on, replaced
from lambda_bedrock_profile.values import Expression, Json

Generated = Mapping[str, Mapping[str, Json]]
"""The generated resources of each declaration, by its id."""

_FUNCTION: Final = "AWS::Lambda::Function"
_POLICIES: Final = ("DeletionPolicy", "UpdateReplacePolicy")


class Shared(NamedTuple):
    """``grants`` and ``resources`` with the managed policies in them, and the ``conditions`` that these need.

    ``moved`` says by the id of a policy that is not made which one has its permissions. ``ahead`` are the ids of what a
    managed policy waits for, since its declarations make it.
    """

    grants: list[Grant]
    resources: dict[str, dict[str, Json]]
    conditions: dict[str, Json]
    moved: Mapping[str, str]
    ahead: frozenset[str] = frozenset()

    def waiting(self, resources: Mapping[str, Json]) -> dict[str, Json]:
        """Those of ``resources`` that wait for a policy that is not made; now they wait for the one in its place."""
        changed = {}
        for logical_id, resource in resources.items() if self.moved else ():
            others = depends_on(resource) if isinstance(resource, dict) else []
            if any(isinstance(name, str) and name in self.moved for name in others):
                # The policy waits for the profiles of its declarations, so these cannot wait for it.
                ahead = logical_id in self.ahead
                now = dict.fromkeys(self.moved.get(name, name) for name in others if not (ahead and name in self.moved))
                changed[logical_id] = replaced(resource, {"DependsOn": [*now]})
        return changed


def shared_policies(grants: Sequence[Grant], resources: Generated, around: Surroundings, report: Report) -> Shared:
    """The grants and their generated ``resources``, with managed policies for roles whose inline policies are too long.

    What a role cannot hold in either form is reported.
    """
    by_role: dict[str, list[Grant]] = {}
    for grant in grants:
        by_role.setdefault(grant.role.key, []).append(grant)
    moved: dict[str, str] = {}
    added: dict[str, dict[str, Json]] = {}
    conditions: dict[str, Json] = {}
    writers = iam_resources(around.resources)
    for members in by_role.values():
        role = members[0].role
        others = held_by(role, writers, around.scope)
        if role.generated_by is None:
            others = others.plus(held_by_serverless(role, around.template, around.scope))
        if len(members) == 1 and others.inline == 0 and others.attached < OLD_QUOTA and not _adds(members[0]):
            continue  # What a declaration alone writes fits.
        generated = [item for grant in members for item in resources[grant.logical_id].items()]
        held = others.plus(held_by(role, generated, around.scope))
        attached = [grant for grant in members if grant.policy_id in resources[grant.logical_id]]
        if held.inline > INLINE and attached:
            policies = _policies(role, attached, resources, around.scope)
            ids = {grant.policy_id: name for name, together in policies.items() for grant in together}
            kept = [(name, item) for name, item in generated if name not in ids]
            for policy_id, together in policies.items():
                policy_condition, new_conditions = _condition(policy_id, together)
                added.setdefault(min(grant.logical_id for grant in together), {})[policy_id] = _policy(
                    policy_id, together, policy_condition, resources, ids
                )
                conditions |= new_conditions
            held = others.plus(held_by(role, kept, around.scope)).plus(Held(0, len(policies)))
            moved |= ids
        check_role(role, held, members, report)
    if not moved:
        return Shared([*grants], {name: dict(items) for name, items in resources.items()}, {}, {})
    return Shared(
        [grant._replace(shared_policy=moved.get(grant.policy_id)) for grant in grants],
        {
            owner: {name: item for name, item in items.items() if name not in moved} | added.get(owner, {})
            for owner, items in resources.items()
        },
        conditions,
        moved,
        frozenset(
            name
            for grant in grants
            if grant.policy_id in moved
            for name, item in resources[grant.logical_id].items()
            if item["Type"] != _FUNCTION
        ),
    )


def _adds(grant: Grant) -> bool:
    """Whether the user adds policies to the role that the declaration makes."""
    return not {"Policies", "ManagedPolicyArns"}.isdisjoint(grant.declaration.props("RoleProps").expressions)


def _policies(role: Role, grants: list[Grant], resources: Generated, scope: Scope) -> dict[str, list[Grant]]:
    """The grants in each managed policy, by its logical id."""
    by_route: dict[tuple[str, str], list[Grant]] = {}
    for grant in sorted(grants, key=lambda grant: grant.logical_id):
        # What is asked for, and not what it comes to: a catalog that lists more must not replace a policy.
        by_route.setdefault((grant.declaration.model_id, grant.declaration.geography), []).append(grant)

    def split(members: list[Grant], number: int = 1, depth: int = 0) -> Iterable[tuple[int, list[Grant]]]:
        if len(members) == 1 or size_at_most(_document(members, None, resources), scope) <= MANAGED:
            yield number, members
            return
        for side in (0, 1):
            if half := [grant for grant in members if names.half_of(grant.logical_id, depth) == side]:
                yield from split(half, 2 * number + side, depth + 1)

    return {
        names.shared_policy_id(role.key, route, number): members
        for route, together in by_route.items()
        for number, members in split(together)
    }


def _condition(policy_id: str, members: list[Grant]) -> tuple[str | None, dict[str, Json]]:
    """The condition that holds if one of ``members`` is deployed, None if one always is; and its definition if new."""
    conditions = sorted({grant.condition or "" for grant in members})
    if conditions[0] == "" or len(conditions) == 1:
        return conditions[0] or None, {}
    name = names.shared_policy_condition(policy_id)
    return name, {name: either([{"Condition": item} for item in conditions])}


def _policy(
    policy_id: str, members: list[Grant], condition: str | None, resources: Generated, moved: Mapping[str, str]
) -> dict[str, Json]:
    """The managed policy with the permissions of ``members``; it stands under ``condition``.

    It waits for what the declarations wait for, those that are there whenever it is: the profiles of the others do so.
    Nothing that waits for it is among that: functions of its members, and the policies in the place of which it is.
    """
    inline = [resources[grant.logical_id][grant.policy_id] for grant in members]
    functions = {grant.function.id for grant in members if grant.function is not None}
    dependencies = dict.fromkeys(
        name
        for item in inline
        if item.get("Condition") == condition
        for name in depends_on(item)
        if name not in functions and name not in moved
    )
    properties = {"PolicyDocument": _document(members, condition, resources), "Roles": inline[0]["Properties"]["Roles"]}
    policy: dict[str, Json] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
    implied = set(always_referred(properties)) if dependencies else set()
    others = [name for name in dependencies if name not in implied]
    policy |= {"DependsOn": others} if others else {}
    policy |= {"Condition": condition} if condition is not None else {}
    first, *more = inline
    agreed = [name for name in _POLICIES if name in first and all(item.get(name) == first[name] for item in more)]
    return policy | {name: first[name] for name in agreed}


def _document(members: list[Grant], condition: str | None, resources: Generated) -> dict[str, Json]:
    """One document with the statements of all ``members``; those that do not stand under ``condition`` in an Fn::If."""
    by_condition: dict[str | None, list[Json]] = {}
    for grant in members:
        inline = resources[grant.logical_id][grant.policy_id]["Properties"]["PolicyDocument"]
        by_condition.setdefault(grant.condition, []).extend(inline["Statement"])
    result, sids = [], set()
    for name, statements in sorted(by_condition.items(), key=lambda item: item[0] or ""):
        for statement in merged(statements):
            sid = statement.get("Sid")
            # A Sid can stand in a policy one time only.
            one = {key: item for key, item in statement.items() if key != "Sid"} if sid in sids else statement
            sids.add(sid)
            result.append(one if name in (None, condition) else {"Fn::If": [name, one, dict(NO_VALUE)]})
    return document(result)


def merged(statements: Iterable[Json]) -> list[Json]:
    """``statements``, those made one that differ in one list only: their resources, or the values of a StringEquals.

    What they allow and deny together stays the same.
    """
    result: list[Json] = []
    for statement in statements:
        for index, other in enumerate(result):
            if (both := _both(other, statement)) is not None:
                result[index] = both
                break
        else:
            result.append(statement)
    return result


def _both(one: Expression, other: Expression) -> Expression:
    """The statement that says what ``one`` and ``other`` say; None if no single one does."""
    if one == other:
        return one
    if one.keys() != other.keys():
        return None
    (name, *more) = [key for key in one if one[key] != other[key]]
    if more:
        return None
    if name == "Resource":
        return {**one, name: _union(one[name], other[name])}
    tests, others = one[name], other[name]
    if name == "Condition" and tests.keys() == others.keys() == {"StringEquals"}:
        equal, other_equal = tests["StringEquals"], others["StringEquals"]
        different = [key for key in equal if equal[key] != other_equal.get(key)]
        if equal.keys() == other_equal.keys() and len(different) == 1:
            (key,) = different
            values = _union(equal[key], other_equal[key])
            return {**one, name: {"StringEquals": {**equal, key: values}}}
    return None


def _union(one: Expression, other: Expression) -> list[Json]:
    result = one if isinstance(one, list) else [one]
    return [*result, *(item for item in (other if isinstance(other, list) else [other]) if item not in result)]
