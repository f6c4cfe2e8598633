"""Reads what the template shows of an execution role's own permissions. It grants nothing; ``policy.py`` does that.

They stand in ``RoleProps`` of the declaration that makes the role, in a role of the template and the policies that the
template attaches to it, and in the ``Policies`` of a serverless function, which AWS SAM makes a role of. A permission
that comes from elsewhere cannot be seen: ``Permissions.whole`` says whether there may be any.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.existing_function import SERVERLESS, properties_with_globals
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.template.branches import Conditions, Placed, each, placed
from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER, Scope, function_of, known
from lambda_bedrock_profile.template.references import sub
from lambda_bedrock_profile.template.resources import (
    IAM_MANAGED_POLICY,
    IAM_POLICY,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    is_a,
    of_type,
    properties,
    properties_path,
)
from lambda_bedrock_profile.values import Expression, Json
from lambda_bedrock_profile.wildcards import matches

_ATTACHED: Final = {IAM_POLICY: "Roles", IAM_MANAGED_POLICY: "Roles", IAM_ROLE_POLICY: "RoleName"}
"""The types of policies that name the roles which they belong to, and the property that does."""

_FOR_LAMBDA: Final = r"(?:arn:[^:]+:iam::aws:policy/service-role/)?AWSLambda\w*ExecutionRole\Z"
_VPC_ACCESS: Final = {"VPCAccessPolicy": ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]}
"""The one policy template of AWS SAM with an action on network interfaces (aws-sam-translator, policy_templates)."""


class Statement(NamedTuple):
    """A statement of a policy as the user wrote it, the conditions that it is there under, and its path.

    The path is that in a template whose loops are expanded.
    """

    content: Mapping[str, Json]
    conditions: Conditions = ()
    path: Path = ()

    def allows(self, wanted: Collection[str], scope: Scope) -> bool:
        """Whether the statement may allow one of the actions ``wanted``; an action that is not known may be any."""
        if known(self.content.get("Effect"), scope) == "Deny":
            return False
        allowed = {action for action in wanted for text in self._actions(scope) if matches(text, action.lower())}
        return len(allowed) < len(wanted) if "NotAction" in self.content else bool(allowed)

    def allows_service(self, service: str, scope: Scope) -> bool:
        """Whether the statement may allow an action of ``service``, such as ``bedrock``."""
        if known(self.content.get("Effect"), scope) == "Deny":
            return False
        if "NotAction" in self.content:
            return not any(matches(text, f"{service}:any-action") for text in self._actions(scope))
        return any(matches(text.split(":")[0], service) for text in self._actions(scope))

    def _actions(self, scope: Scope) -> list[str]:
        """The actions in small letters, what is not known as a wildcard."""
        patterns = self.content.get("NotAction", self.content.get("Action"))
        return [_text(action, scope).lower() for action, _ in each(patterns, ())]

    def actions(self, scope: Scope) -> list[str]:
        """The actions that are written out in full, without wildcards."""
        texts = (known(item, scope) for item, _ in each(self.content.get("Action"), ()))
        return [text for text in texts if isinstance(text, str) and not set("*?") & set(text)]

    def placed(self, statement: Expression) -> Expression:
        """``statement`` under the conditions of this one."""
        return placed(statement, self.conditions)


class ManagedPolicy(NamedTuple):
    """A managed policy that is none of the template's: its name or ARN, a wildcard for what is not known; its path."""

    name: str
    path: Path


class Permissions(NamedTuple):
    """What the template shows of a role: its statements, the managed policies that it has, and whether that is all.

    The statements of managed policies of the template are among ``statements``; ``managed`` are the others.
    ``of_bedrock`` are the statements that allow an action of Bedrock. ``beside`` are those of policies which the
    template attaches to a role that it does not show.
    """

    statements: tuple[Statement, ...] = ()
    managed: tuple[ManagedPolicy, ...] = ()
    whole: bool = True
    of_bedrock: tuple[Statement, ...] = ()
    beside: tuple[Statement, ...] = ()

    @property
    def only_for_lambda(self) -> bool:
        """Whether the managed policies are AWS's own for what Lambda does with the execution role."""
        return all(re.match(_FOR_LAMBDA, policy.name) for policy in self.managed)


NOTHING: Final = Permissions()
"""A role of which the template shows no permission of its own."""


class AttachedPolicy(NamedTuple):
    """A policy of the template that is a resource of its own, and the expression of the roles that it belongs to."""

    logical_id: str
    type: str
    roles: Expression
    document: Expression


def attached_policies(resources: Mapping[str, Json]) -> tuple[AttachedPolicy, ...]:
    """The policies among ``resources`` that name the roles which they belong to."""
    return tuple(
        AttachedPolicy(logical_id, kind, props.get(roles), props.get("PolicyDocument"))
        for kind, roles in _ATTACHED.items()
        for logical_id, props in of_type(resources, kind)
    )


def permissions(
    role: Role,
    declarations: Mapping[str, Declaration],
    template: Mapping[str, Json],
    policies: Sequence[AttachedPolicy],
    scope: Scope,
) -> Permissions:
    """What ``template``, in which references are rewritten, shows of the permissions of ``role``.

    ``policies`` are the ones that the template attaches to roles.
    """
    owner = role.generated_by
    if owner is not None and not policies and "RoleProps" not in declarations[owner].properties:
        return NOTHING
    reader, beside = (_Reader(template["Resources"], scope) for _ in range(2))
    for name, conditions in each(role.name, ()):
        role_id = name.get("Ref") if isinstance(name, dict) else None
        owner = owner_of(role_id, names.ROLE) if isinstance(role_id, str) else None
        if role.generated_by is not None and role_id == generated_id(role.generated_by, names.ROLE):
            props = declarations[role.generated_by].props("RoleProps").expressions
            reader.role(Placed(props, conditions, (*properties_path(role.generated_by), "RoleProps")))
        elif isinstance(role_id, str) and is_a(reader.resources, role_id, IAM_ROLE):
            role_conditions = (*conditions, *_condition(reader.resources[role_id]))
            reader.role(Placed(properties(reader.resources, role_id), role_conditions, properties_path(role_id)))
        elif owner is not None and is_a(reader.resources, owner, SERVERLESS):
            props = properties_with_globals(owner, template)
            reader.serverless(Placed(props, conditions, properties_path(owner)).member("Policies"))
        else:
            reader.whole = False
            beside.attached(policies, (name,), conditions)
            continue
        reader.attached(policies, (name, sub(f"${{{role_id}}}")), conditions)
    statements = tuple(reader.statements)
    of_bedrock = tuple(statement for statement in statements if statement.allows_service("bedrock", scope))
    return Permissions(statements, tuple(reader.managed), reader.whole, of_bedrock, tuple(beside.statements))


class _Reader:
    """Collects what the policies of one role say."""

    def __init__(self, resources: Mapping[str, Json], scope: Scope) -> None:
        self.resources = resources
        self.scope = scope
        self.statements: list[Statement] = []
        self.managed: list[ManagedPolicy] = []
        self.whole = True

    def role(self, props: Placed) -> None:
        """Read the properties of a role."""
        if not _is_map(props.value):
            self.whole = False
            return
        for policy in props.member("Policies").items():
            self.document(policy.member("PolicyDocument") if _is_map(policy.value) else policy)
        for arn in props.member("ManagedPolicyArns").items():
            self.managed_policy(arn)

    def serverless(self, policies: Placed) -> None:
        """Read what AWS SAM takes: names and ARNs of managed policies, documents, and policy templates."""
        for policy in policies.items():
            if _is_map(policy.value) and "Statement" in policy.value:
                self.document(policy)
            elif _is_map(policy.value):
                for template in policy.value.keys() & _VPC_ACCESS:
                    statement = {"Effect": "Allow", "Action": _VPC_ACCESS[template]}
                    self.statements.append(Statement(statement, policy.conditions, policy.path))
            else:
                self.managed_policy(policy)

    def attached(
        self, policies: Sequence[AttachedPolicy], role_names: Collection[Expression], conditions: Conditions
    ) -> None:
        """Read those of ``policies`` that belong to the role with one of ``role_names``, expressions of its name."""
        for policy in policies:
            if any(name in role_names for name, _ in each(policy.roles, ())):
                self.policy(policy.logical_id, policy.document, conditions)

    def policy(self, policy_id: str, document: Expression, conditions: Conditions) -> None:
        """Read the document of a policy that is a resource of the template."""
        policy_conditions = (*conditions, *_condition(self.resources[policy_id]))
        self.document(Placed(document, policy_conditions, (*properties_path(policy_id), "PolicyDocument")))

    def managed_policy(self, arn: Placed) -> None:
        """Read a managed policy if it is one of the template."""
        policy_id = arn.value.get("Ref") if isinstance(arn.value, dict) else None
        if isinstance(policy_id, str) and is_a(self.resources, policy_id, IAM_MANAGED_POLICY):
            document = properties(self.resources, policy_id).get("PolicyDocument")
            self.document(Placed(document, arn.conditions, (*properties_path(policy_id), "PolicyDocument")))
        else:
            self.managed.append(ManagedPolicy(_text(arn.value, self.scope), arn.path))

    def document(self, document: Placed) -> None:
        """Read a policy document."""
        for item in document.items():
            for statement in (item.member("Statement") if _is_map(item.value) else item).items():
                if _is_map(statement.value):
                    self.statements.append(Statement(statement.value, statement.conditions, statement.path))
                else:
                    self.whole = False


def _text(expression: Expression, scope: Scope) -> str:
    """What ``expression`` comes to, with a wildcard for what is not known."""
    value = known(expression, scope)
    if isinstance(value, str):
        return value
    text = expression.get("Fn::Sub") if isinstance(expression, dict) else None
    return PLACEHOLDER.sub("*", text) if isinstance(text, str) else "*"


def _condition(resource: Mapping[str, Json]) -> Conditions:
    name = resource.get("Condition")
    return ((name, True),) if isinstance(name, str) else ()


def _is_map(value: Expression) -> bool:
    return isinstance(value, dict) and function_of(value) is None
