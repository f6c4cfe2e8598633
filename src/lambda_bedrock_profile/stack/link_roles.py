"""The roles of link: which role each function runs as, and which declarations grant it something."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.stack.attributes import Node
from lambda_bedrock_profile.stack.existing_function import SERVERLESS
from lambda_bedrock_profile.stack.role_name import (
    ROLE_WITHOUT_NAME,
    RoleUse,
    is_of_another_account,
    may_have_a_path,
    role_use,
)
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import ref
from lambda_bedrock_profile.template.rewrite import Target
from lambda_bedrock_profile.values import Expression, Json


class Role(NamedTuple):
    """A role that declarations grant something, of functions or of something else.

    ``key`` is the logical id of the role, or the expression of its name as JSON. ``name`` is that expression, as IAM
    wants it for a policy. ``generated_by`` is the declaration that makes the role, None for any other role.
    """

    key: str
    name: Expression
    generated_by: str | None
    functions: tuple[str, ...]
    declarations: tuple[str, ...]


def role_uses(
    members: Mapping[str, Sequence[str]],
    by_id: Mapping[str, Declaration],
    users_expressions: Mapping[Node, Json],
    targets: Mapping[str, Target],
    resources: Mapping[str, Json],
    scope: Scope,
    report: Report,
) -> dict[str, RoleUse]:
    """The role of each function; one whose name cannot be derived is reported."""
    uses: dict[str, RoleUse] = {}
    for function_id, ids in members.items():
        first = ids[0]
        target = targets[first]
        arn = target.attributes.get("RoleArn", users_expressions.get((first, "RoleArn")))
        if function_id in by_id and by_id[function_id].makes_role:
            uses[function_id] = RoleUse(arn, ref(generated_id(function_id, names.ROLE)))
            continue
        declared = function_id in by_id
        holder: Expression = by_id[function_id].attributes if declared else resources[function_id]
        may_leave_out = declared or holder["Type"] == SERVERLESS
        use = role_use(arn, resources, scope, holder.get("Condition") or _common_condition(ids, by_id))
        if use is not None:
            uses[function_id] = use
            at = report.of(first, "Properties", "ExistingLambdaObj")
            if declared:
                at = report.of(function_id, "Properties", "LambdaFunctionProps", "Role")
            if is_of_another_account(arn, scope, holder.get("Condition")):
                what = "is a role of another account, and its policy would go to a role of that name in this one"
                fix = "Write a role of the stack's account" + (_OR_GENERATED if may_leave_out else "")
                at.error("property", what if declared else f"the Role of {function_id} {what}", fix)
            elif may_have_a_path(arn, resources):
                what = "comes from another stack, and if the role has a path, the deployment fails on its name"
                fix = (
                    "Take the role's name from that stack: !Sub arn:aws:iam::${AWS::AccountId}:role/${Name}, with its "
                    "path if it has one; or ignore this rule here (Metadata)"
                )
                at.information("path", what if declared else f"the Role of {function_id} {what}", fix)
        elif declared:
            at = report.of(function_id, "Properties", "LambdaFunctionProps", "Role")
            _report_nameless(branches(arn), at)
        else:
            at = report.of(first, "Properties", "ExistingLambdaObj")
            _report_nameless_of(function_id, branches(arn), may_leave_out, at)
    return uses


def _common_condition(ids: Sequence[str], by_id: Mapping[str, Declaration]) -> Expression:
    """The condition that all declarations of a function stand under; None if there is none."""
    first = by_id[ids[0]].condition
    return first if all(by_id[name].condition == first for name in ids) else None


_OR_GENERATED: Final = ", or leave Role out for a generated one"
"""What else helps if the role of a function without Role is made: by the declaration, or by AWS SAM."""


def _report_nameless(parts: Collection[Json], report: Report) -> None:
    """Report the Role of a function that the declaration makes; ``parts`` are its branches."""
    what = "the role's name cannot be derived from this, and the role needs the permissions of the profile"
    fix = ROLE_WITHOUT_NAME + _OR_GENERATED
    if None in parts:
        what = "is AWS::NoValue in one branch, and a role is made for all of the function or for none"
        fix = "Write a role in each branch, or two declarations, each with its Condition"
    report.error("property", what, fix)


def _report_nameless_of(function_id: str, parts: Collection[Json], may_leave_out: bool, report: Report) -> None:
    """Report the Role of a function of the template; ``parts`` are its branches."""
    what = f"the name of the role of {function_id} cannot be derived from its Role"
    fix = ROLE_WITHOUT_NAME + (_OR_GENERATED if may_leave_out else "")
    if all(part is None for part in parts):
        what = f"{function_id} has no Role"
        fix = f"Write the Role of {function_id}, such as !GetAtt of a role of this template"
    elif None in parts:
        what = f"{function_id} has no Role in one branch of Fn::If"
        fix = "Write a Ref or Fn::GetAtt to a role of this template in each branch"
    report.error("property", f"{what}, and its role needs the permissions of the profile", fix)


def linked_roles(
    uses: Mapping[str, RoleUse],
    members: Mapping[str, Sequence[str]],
    named: Mapping[str, RoleUse],
    by_id: Mapping[str, Declaration],
) -> dict[str, Role]:
    """The roles by key: ``uses`` are those of the functions, ``members`` the declarations of each function.

    ``named`` are those of declarations that name a role in the place of a function.
    """
    functions: dict[str, list[str]] = {}
    name_of: dict[str, Json] = {}
    for function_id, use in uses.items():
        key = role_key(use.name)
        name_of.setdefault(key, use.name)
        functions.setdefault(key, []).append(function_id)
    others: dict[str, list[str]] = {}
    for name, use in named.items():
        key = role_key(use.name)
        name_of.setdefault(key, use.name)
        functions.setdefault(key, [])
        others.setdefault(key, []).append(name)
    roles = {}
    for key, ids in functions.items():
        made = [name for name in ids if name in by_id and by_id[name].makes_role]
        declarations = [name for function_id in ids for name in members[function_id]]
        declarations += others.get(key, [])
        roles[key] = Role(key, name_of[key], made[0] if made else None, tuple(ids), tuple(declarations))
    return roles


def role_key(name: Expression) -> str:
    """The key of the role with this ``name``: its logical id, or the expression as JSON."""
    if isinstance(name, dict) and isinstance(name.get("Ref"), str):
        return str(name["Ref"])
    return json.dumps(name, sort_keys=True)
