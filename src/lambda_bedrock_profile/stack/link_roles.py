"""The roles of link: which one each function runs as, or a declaration names, with the declarations that add to it.

A declaration can name a role in the place of a function: of an ECS task, an agent, a state machine and the like. It is
one of the template, one that AWS SAM makes for a serverless resource, or one that is there already, by its ARN. Source
for the roles of AWS SAM: AWS SAM Developer Guide, "Generated CloudFormation resources".
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.attributes import Node
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, SERVERLESS
from lambda_bedrock_profile.stack.role_name import (
    ROLE_WITHOUT_NAME,
    RoleUse,
    is_of_another_account,
    is_role_arn,
    may_have_a_path,
    role_use,
)
from lambda_bedrock_profile.template.branches import branches, map_branches
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.references import get_att, ref, whole_reference
from lambda_bedrock_profile.template.resources import IAM_ROLE, Resources, is_a, properties
from lambda_bedrock_profile.template.rewrite import Target
from lambda_bedrock_profile.values import Expression, Json

_PROPERTY: Final = "ExistingRole"
_WITH_ROLES: Final = (SERVERLESS, "AWS::Serverless::StateMachine")
"""The types that AWS SAM makes a role ``<Id>Role`` for, unless they have one."""

_NAME_A_ROLE: Final = (
    "Write !Ref to a role of this template, !GetAtt of its Arn, or the ARN of a role of the stack's account"
)

_OF_ANOTHER_ACCOUNT: Final = (
    "is a role of another account, and its policy would go to a role of that name in this one",
    "Write a role of the stack's account",
)
_WITH_A_PATH: Final = (
    "comes from another stack, and if the role has a path, the deployment fails on its name",
    "Take the role's name from that stack: !Sub arn:aws:iam::${AWS::AccountId}:role/${Name}, with its path if it has "
    "one; or ignore this rule here (Metadata)",
)


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
                what, fix = _OF_ANOTHER_ACCOUNT
                fix += _OR_GENERATED if may_leave_out else ""
                at.error("property", what if declared else f"the Role of {function_id} {what}", fix)
            elif may_have_a_path(arn, resources):
                what, fix = _WITH_A_PATH
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


# The roles that declarations name


def named_roles(
    declarations: Mapping[str, Declaration], unread: Collection[str], resources: Resources, scope: Scope, report: Report
) -> dict[str, Json]:
    """The expression of the ARN of the role that each declaration names, by the declaration's id.

    One that names no role is reported, unless it is that of a declaration in ``unread``, which has errors of its own.
    """
    arns: dict[str, Json] = {}
    for name, declaration in declarations.items():
        if not declaration.names_role:
            continue
        value = declaration.properties.expression(_PROPERTY)
        parts = branches(value)
        if any((reference := whole_reference(part)) and reference[0] in unread for part in parts):
            continue
        place, inside = report.of(name, "Properties", _PROPERTY), Report()
        for part in parts:
            _check_branch(part, declarations, resources, scope, inside)
        for error in inside.errors[:1]:
            place.error("property", error.what, error.fix)
        if not inside.errors:
            arns[name] = map_branches(value, lambda part: _arn(part, declarations, resources))
    return arns


def uses_of_roles(
    arns: Mapping[str, Json],
    declarations: Mapping[str, Declaration],
    targets: Mapping[str, Target],
    resources: Resources,
    scope: Scope,
    report: Report,
) -> dict[str, RoleUse]:
    """The role of each declaration in ``arns``, by id; one whose name cannot be derived is reported."""
    uses: dict[str, RoleUse] = {}
    for name in arns:
        at, holding = report.of(name, "Properties", _PROPERTY), declarations[name].condition
        target = targets[name]
        arn = target.attributes.get("RoleArn")
        use = None if arn is None else role_use(arn, resources, scope, holding)
        if use is None:
            at.error(
                "property",
                "the role's name cannot be derived from this, and IAM attaches a policy by name",
                _NAME_A_ROLE,
            )
        elif is_of_another_account(arn, scope, holding):
            at.error("property", *_OF_ANOTHER_ACCOUNT)
        else:
            uses[name] = use
            if may_have_a_path(arn, resources):
                at.information("path", *_WITH_A_PATH)
    return uses


def holder_of(key: str, resources: Resources) -> str | None:
    """The resource whose condition a role of the template stands under: itself, or what AWS SAM makes it for."""
    if key in resources:
        return key
    owner = owner_of(key, names.ROLE)
    return owner if owner in resources else None


def _check_branch(
    part: Expression, declarations: Mapping[str, Declaration], resources: Resources, scope: Scope, report: Report
) -> None:
    """Report ``part``, a branch of the value, if it is known to be no role."""
    reference = whole_reference(part)
    if part is None:
        what = "is AWS::NoValue in one branch, and the profile is for a role or for none"
        fix = "Write a role in each branch, or one declaration for each case, each with its Condition"
        report.error("property", what, fix)
    elif reference is None or reference[0] in scope.parameters:
        value = known(part, scope)
        if not isinstance(value, str) or is_role_arn(value):
            return
        if isinstance(part, str) and is_a(resources, part, IAM_ROLE):
            what = f"is the text {part}, and a role of this template is named by a reference"
            report.error("property", what, f"Write !Ref {part}")
        else:
            report.error("property", "is not the ARN of a role", _NAME_A_ROLE)
    else:
        _check_reference(*reference, declarations, resources, report)


def _check_reference(
    name: str, attribute: str, declarations: Mapping[str, Declaration], resources: Resources, report: Report
) -> None:
    """Report a reference to what is no role of the template."""
    owner = owner_of(name, names.ROLE)
    kind = resources[name].get("Type") if isinstance(resources.get(name), dict) else None
    if name in declarations:
        if attribute != "RoleArn":
            report.error("property", f"is not the role of {name}", f"Write !GetAtt {name}.RoleArn")
    elif is_a(resources, name, IAM_ROLE) or _is_made(name, declarations, resources):
        if attribute not in ("", "Arn"):
            report.error("property", f"does not come to the role {name}", f"Write !GetAtt {name}.Arn")
    elif name not in resources and owner is not None and properties(resources, owner).get("Role") is not None:
        what = f"refers to {name}, and AWS SAM makes no role for {owner}, which has one"
        report.error("property", what, f"Write the Role of {owner}")
    elif kind in FUNCTION_TYPES:
        what = f"refers to {name}, which is a function"
        report.error("property", what, f"Write ExistingLambdaObj: !Ref {name} in its place")
    elif kind is None or attribute in ("", "Arn"):
        is_what = "no resource" if kind is None else f"a resource of type {kind}"
        report.error("property", f"refers to {name}, which is {is_what} of this template", _NAME_A_ROLE)


def _is_made(name: str, declarations: Mapping[str, Declaration], resources: Resources) -> bool:
    """Whether ``name`` is that of a role which AWS SAM makes, or a declaration."""
    owner = owner_of(name, names.ROLE)
    if name in resources or owner is None:
        return False
    if owner in declarations:
        return declarations[owner].makes_role
    if not any(is_a(resources, owner, kind) for kind in _WITH_ROLES):
        return False
    return None in branches(properties(resources, owner).get("Role", {"Ref": "AWS::NoValue"}))


def _arn(part: Expression, declarations: Mapping[str, Declaration], resources: Resources) -> Expression:
    """The ARN that a branch stands for: a Ref to a role is its name."""
    reference = whole_reference(part)
    if reference is None:
        return part
    name, attribute = reference
    is_role = is_a(resources, name, IAM_ROLE) or _is_made(name, declarations, resources)
    return get_att(name, "Arn") if is_role and not attribute else part
