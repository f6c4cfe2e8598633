"""The role that a declaration names in the place of a function: of an ECS task, an agent, a state machine and the like.

It is one of the template, one that AWS SAM makes for a serverless resource, or one that is there already, by its ARN.
Source for the roles of AWS SAM: AWS SAM Developer Guide, "Generated CloudFormation resources".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import ROLE, owner_of
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, SERVERLESS
from lambda_bedrock_profile.stack.role_name import (
    RoleUse,
    is_of_another_account,
    is_role_arn,
    may_have_a_path,
    role_use,
)
from lambda_bedrock_profile.template.branches import branches, map_branches
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.references import get_att, whole_reference
from lambda_bedrock_profile.template.resources import IAM_ROLE, Resources, is_a, properties
from lambda_bedrock_profile.template.rewrite import Target
from lambda_bedrock_profile.values import Expression, Json

PROPERTY: Final = "ExistingRole"
_WITH_ROLES: Final = (SERVERLESS, "AWS::Serverless::StateMachine")
"""The types that AWS SAM makes a role ``<Id>Role`` for, unless they have one."""

_FIX: Final = "Write !Ref to a role of this template, !GetAtt of its Arn, or the ARN of a role of the stack's account"


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
        value = declaration.properties.expression(PROPERTY)
        parts = branches(value)
        if any((reference := whole_reference(part)) and reference[0] in unread for part in parts):
            continue
        place, inside = report.of(name, "Properties", PROPERTY), Report()
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
        at, holding = report.of(name, "Properties", PROPERTY), declarations[name].condition
        target = targets[name]
        arn = target.attributes.get("RoleArn")
        use = None if arn is None else role_use(arn, resources, scope, holding)
        if use is None:
            at.error("property", "the role's name cannot be derived from this, and IAM attaches a policy by name", _FIX)
        elif is_of_another_account(arn, scope, holding):
            what = "is a role of another account, and its policy would go to a role of that name in this one"
            at.error("property", what, "Write a role of the stack's account")
        else:
            uses[name] = use
            if may_have_a_path(arn, resources):
                at.information(
                    "path",
                    "comes from another stack, and if the role has a path, the deployment fails on its name",
                    "Take the role's name from that stack: !Sub arn:aws:iam::${AWS::AccountId}:role/${Name}, with its "
                    "path if it has one; or ignore this rule here (Metadata)",
                )
    return uses


def holder_of(role_key: str, resources: Resources) -> str | None:
    """The resource whose condition a role of the template stands under: itself, or what AWS SAM makes it for."""
    if role_key in resources:
        return role_key
    owner = owner_of(role_key, ROLE)
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
            report.error("property", "is not the ARN of a role", _FIX)
    else:
        _check_reference(*reference, declarations, resources, report)


def _check_reference(
    name: str, attribute: str, declarations: Mapping[str, Declaration], resources: Resources, report: Report
) -> None:
    """Report a reference to what is no role of the template."""
    owner = owner_of(name, ROLE)
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
        report.error("property", f"refers to {name}, which is {is_what} of this template", _FIX)


def _is_made(name: str, declarations: Mapping[str, Declaration], resources: Resources) -> bool:
    """Whether ``name`` is that of a role which AWS SAM makes, or a declaration."""
    owner = owner_of(name, ROLE)
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
