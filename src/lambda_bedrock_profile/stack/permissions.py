"""Reads what the template shows of an execution role's own permissions. It grants nothing; ``policy.py`` does that.

They stand in ``RoleProps`` of the declaration that makes the role, in a role of the template and the policies that the
template attaches to it, and in the ``Policies`` of a serverless function, which AWS SAM makes a role of. A permission
that comes from elsewhere cannot be seen: ``Permissions.whole`` says whether there may be any.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.existing_function import SERVERLESS, properties_with_globals
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.template.branches import Conditions, each, placed
from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER, Scope, function_of, known
from lambda_bedrock_profile.template.resources import is_a, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

_ROLE: Final = "AWS::IAM::Role"
_MANAGED: Final = "AWS::IAM::ManagedPolicy"
_ATTACHED: Final = {"AWS::IAM::Policy": "Roles", _MANAGED: "Roles", "AWS::IAM::RolePolicy": "RoleName"}
"""The types of policies that name the roles which they belong to, and the property that does."""

_FOR_LAMBDA: Final = re.compile(r"(?:arn:[^:]+:iam::aws:policy/service-role/)?AWSLambda\w*ExecutionRole\Z")
_VPC_ACCESS: Final = {"VPCAccessPolicy": ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]}
"""The one policy template of AWS SAM with an action on network interfaces (aws-sam-translator, policy_templates)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy as the user wrote it, and the conditions that it is there under."""

    written: Mapping[str, Json]
    under: Conditions = ()

    def allows(self, wanted: Collection[str], scope: Scope) -> bool:
        """Whether the statement may allow one of the actions ``wanted``; an action that is not known may be any."""
        if known(self.written.get("Effect"), scope) == "Deny":
            return False
        allowed = {action for action in wanted for text in self._actions(scope) if matches(text, action.lower())}
        return len(allowed) < len(wanted) if "NotAction" in self.written else bool(allowed)

    def allows_service(self, service: str, scope: Scope) -> bool:
        """Whether the statement may allow an action of ``service``, such as ``bedrock``."""
        if known(self.written.get("Effect"), scope) == "Deny":
            return False
        if "NotAction" in self.written:
            return not any(matches(text, f"{service}:any-action") for text in self._actions(scope))
        return any(matches(text.split(":")[0], service) for text in self._actions(scope))

    def _actions(self, scope: Scope) -> list[str]:
        """The actions in small letters, what is not known as a wildcard."""
        patterns = self.written.get("NotAction", self.written.get("Action"))
        return [_text(action, scope).lower() for action, _ in each(patterns, ())]

    def actions(self, scope: Scope) -> list[str]:
        """The actions that are written out in full, without wildcards."""
        texts = (known(item, scope) for item, _ in each(self.written.get("Action"), ()))
        return [text for text in texts if isinstance(text, str) and not set("*?") & set(text)]

    def placed(self, statement: Expression) -> Expression:
        """``statement`` under the conditions of this one."""
        return placed(statement, self.under)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the template shows of a role: its statements, the managed policies that it has, and whether that is all.

    ``managed`` are names or ARNs, with a wildcard for what is not known, without policies of the template: the
    statements of those are known. ``of_bedrock`` are the statements that allow an action of Bedrock.
    """

    statements: tuple[Statement, ...] = ()
    managed: tuple[str, ...] = ()
    whole: bool = True
    of_bedrock: tuple[Statement, ...] = ()

    @property
    def only_for_lambda(self) -> bool:
        """Whether the managed policies are AWS's own for what Lambda does with the execution role."""
        return all(_FOR_LAMBDA.match(name) for name in self.managed)


NOTHING: Final = Permissions()
"""A role of which the template shows no permission of its own."""


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
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
    reader = _Reader(template["Resources"], scope)
    for name, conditions in each(role.name, ()):
        role_id = name.get("Ref") if isinstance(name, dict) else None
        owner = owner_of(role_id, names.ROLE) if isinstance(role_id, str) else None
        if role.generated_by is not None and role_id == generated_id(role.generated_by, names.ROLE):
            reader.role(declarations[role.generated_by].props("RoleProps").expressions, conditions)
        elif isinstance(role_id, str) and is_a(reader.resources, role_id, _ROLE):
            reader.role(properties(reader.resources, role_id), (*conditions, *_condition(reader.resources[role_id])))
        elif owner is not None and is_a(reader.resources, owner, SERVERLESS):
            reader.serverless(properties_with_globals(owner, template).get("Policies"), conditions)
        else:
            reader.whole = False
            continue
        reader.attached(policies, str(role_id), conditions)
    statements = tuple(reader.statements)
    of_bedrock = tuple(statement for statement in statements if statement.allows_service("bedrock", scope))
    return Permissions(statements, tuple(reader.managed), reader.whole, of_bedrock)


class _Reader:
    """Collects what the policies of one role say."""

    def __init__(self, resources: Mapping[str, Json], scope: Scope) -> None:
        self.resources = resources
        self.scope = scope
        self.statements: list[Statement] = []
        self.managed: list[str] = []
        self.whole = True

    def role(self, props: Expression, conditions: Conditions) -> None:
        """Read the properties of a role."""
        if not _is_map(props):
            self.whole = False
            return
        for policy, policy_conditions in each(props.get("Policies"), conditions):
            self.document(policy.get("PolicyDocument") if _is_map(policy) else policy, policy_conditions)
        for arn, policy_conditions in each(props.get("ManagedPolicyArns"), conditions):
            self.managed_policy(arn, policy_conditions)

    def serverless(self, policies: Expression, conditions: Conditions) -> None:
        """Read what AWS SAM takes: names and ARNs of managed policies, documents, and policy templates."""
        for policy, policy_conditions in each(policies, conditions):
            if _is_map(policy) and "Statement" in policy:
                self.document(policy, policy_conditions)
            elif _is_map(policy):
                for template in policy.keys() & _VPC_ACCESS:
                    self.statements.append(
                        Statement({"Effect": "Allow", "Action": _VPC_ACCESS[template]}, policy_conditions)
                    )
            else:
                self.managed_policy(policy, policy_conditions)

    def attached(self, policies: Sequence[AttachedPolicy], role_id: str, conditions: Conditions) -> None:
        """Read those of ``policies`` that name the role."""
        names_it = ({"Ref": role_id}, {"Fn::Sub": f"${{{role_id}}}"})
        for policy in policies:
            if any(name in names_it for name, _ in each(policy.roles, ())):
                self.document(policy.document, (*conditions, *_condition(self.resources[policy.logical_id])))

    def managed_policy(self, arn: Expression, conditions: Conditions) -> None:
        """Read a managed policy if it is one of the template."""
        policy_id = arn.get("Ref") if isinstance(arn, dict) else None
        if isinstance(policy_id, str) and is_a(self.resources, policy_id, _MANAGED):
            self.document(properties(self.resources, policy_id).get("PolicyDocument"), conditions)
        else:
            self.managed.append(_text(arn, self.scope))

    def document(self, document: Expression, outer: Conditions) -> None:
        """Read a policy document."""
        for item, inner in each(document, outer):
            for statement, conditions in each(item.get("Statement") if _is_map(item) else item, inner):
                if _is_map(statement):
                    self.statements.append(Statement(statement, conditions))
                else:
                    self.whole = False


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern``, with the wildcards of IAM, stands for ``text``: an action in small letters, or an ARN."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


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
