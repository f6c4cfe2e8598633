"""What stands on a role, as far as the template shows it, and IAM's limits on that.

Source: AWS IAM User Guide, "IAM and AWS STS quotas". White space does not count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import LOG_GROUP, ROLE, generated_id, owner_of
from lambda_bedrock_profile.stack.existing_function import SERVERLESS, properties_with_globals
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.estimates import largest, smallest
from lambda_bedrock_profile.template.intrinsics import Scope, condition
from lambda_bedrock_profile.template.references import attribute_reference
from lambda_bedrock_profile.template.resources import IAM_MANAGED_POLICY, IAM_POLICIES, IAM_ROLE, is_a
from lambda_bedrock_profile.values import Expression, Json

INLINE: Final = 10_240
"""Characters of all inline policies of a role together."""
MANAGED: Final = 6_144
"""Characters of a managed policy."""
OLD_QUOTA: Final = 10
"""Managed policies on a role in older accounts."""
QUOTA: Final = 20
"""Managed policies on a role in new accounts."""
ATTACHED: Final = 25
"""Managed policies on a role, in any account."""

_LONGEST_TEXT: Final = 256
"""Characters of what only deployment knows, such as the ARN of a log group with the name of the stack in it."""
_SHORTEST: Final = {"AWS::Partition": "aws", "AWS::AccountId": "0" * 12}
"""What stands for a pseudo parameter that is not known; for any other one an empty text."""


class Held(NamedTuple):
    """What a role holds at least: the characters of its inline policies, and the number of its managed ones."""

    inline: int = 0
    attached: int = 0

    def plus(self, other: Held) -> Held:
        """What both hold together."""
        return Held(self.inline + other.inline, self.attached + other.attached)


def iam_resources(resources: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """The roles and policies among ``resources``, by logical id."""
    kinds = (*IAM_POLICIES, IAM_ROLE)
    return [(name, item) for name, item in resources.items() if isinstance(item, dict) and item.get("Type") in kinds]


def held_by(role: Role, resources: Iterable[tuple[str, Json]], scope: Scope) -> Held:
    """What ``resources``, by logical id, put on ``role``, those of them that are surely deployed."""
    held = Held()
    for logical_id, resource in resources:
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if kind not in (*IAM_POLICIES, IAM_ROLE) or (kind == IAM_ROLE) != (logical_id == role.key):
            continue
        if "Condition" in resource and condition(resource["Condition"], scope) is not True:
            continue
        props = resource.get("Properties")
        if logical_id != role.key and not _names(props, role):
            continue
        properties = smallest(props, scope, deployed_text(scope))
        if isinstance(properties, dict):
            held = held.plus(_held(str(kind), properties))
    return held


def _names(policy: Expression, role: Role) -> bool:
    roles = (policy.get("Roles", []), policy.get("RoleName")) if isinstance(policy, dict) else ()
    return role.name in roles or any(isinstance(names, list) and role.name in names for names in roles)


def _held(kind: str, properties: Mapping[str, Json]) -> Held:
    if kind == IAM_MANAGED_POLICY:
        return Held(0, 1)
    if kind != IAM_ROLE:
        return Held(size(properties.get("PolicyDocument", "")), 0)
    policies = [each.get("PolicyDocument", "") for each in _list(properties.get("Policies")) if isinstance(each, dict)]
    return Held(sum(map(size, policies)), len(_list(properties.get("ManagedPolicyArns"))))


def held_by_serverless(role: Role, template: Mapping[str, Json], scope: Scope) -> Held:
    """What AWS SAM puts on ``role``, if it makes it for a function of ``template``.

    Source: AWS SAM translator 1.115.0, ``_construct_role``. A policy template of SAM counts as empty.
    """
    resources = template["Resources"]
    for function_id in role.functions:
        if role.key == generated_id(function_id, ROLE) and is_a(resources, function_id, SERVERLESS):
            props = properties_with_globals(function_id, template)
            making_policies = {name: props[name] for name in ("Policies", "Tracing", "VpcConfig") if name in props}
            properties = smallest(making_policies, scope, deployed_text(scope))
            policies = properties.get("Policies", [])
            policies = policies if isinstance(policies, list) else [policies]
            inline = sum(size(policy) for policy in policies if isinstance(policy, dict) and "Statement" in policy)
            managed = sum(isinstance(policy, str) for policy in policies)
            traced = properties.get("Tracing", "Disabled") not in ("", "Disabled")
            return Held(inline, 1 + managed + traced + bool(properties.get("VpcConfig")))
    return Held()


def size(document: Expression) -> int:
    """The characters of a policy document that is filled, as IAM counts them."""
    return len(re.sub(r"\s", "", json.dumps(document, ensure_ascii=False, default=str)))


def size_at_most(document: Expression, scope: Scope) -> int:
    """The characters of a policy document once it is deployed, with room for what only deployment knows."""
    deployed = deployed_text(scope)
    return size(largest(document, scope, lambda expression: _longest(deployed(expression))))


def _longest(known: str) -> str:
    """What is as long as a text that deployment makes can be, unless its length is ``known``."""
    return known if known and ":log-group:" not in known else "x" * _LONGEST_TEXT


def deployed_text(scope: Scope) -> Callable[[Expression], str]:
    """Gives for an expression a text as long as it comes to: an account, or an ARN; empty for anything else.

    The ids that Bedrock gives its application inference profiles have twelve characters (examples of the Amazon Bedrock
    API Reference). The ARN of a generated log group is as short as it can be: CloudFormation puts the stack's name, of
    one letter at least, before the logical id, and twelve letters behind it.
    """
    area, region, account = (
        scope.pseudo.get(name, _SHORTEST.get(name, "")) for name in ("AWS::Partition", "AWS::Region", "AWS::AccountId")
    )
    profile = f"arn:{area}:bedrock:{region}:{account}:application-inference-profile/{'x' * 12}"

    def deployed(expression: Expression) -> str:
        if expression == {"Ref": "AWS::AccountId"}:
            return _SHORTEST["AWS::AccountId"]
        target = attribute_reference(expression.get("Fn::GetAtt")) if isinstance(expression, dict) else None
        if target is not None and target[1] == "InferenceProfileArn":
            return profile
        if target is not None and target[1] == "Arn" and owner_of(target[0], LOG_GROUP):
            return f"arn:{area}:logs:{region}:{account}:log-group:s-{target[0]}-{'x' * 12}:*"
        return ""

    return deployed


def check_role(role: Role, held: Held, grants: list[Grant], report: Report) -> None:
    """Report what IAM would refuse on ``role``, and how near to that it is; ``held`` is what it holds in the end."""
    place, name = _place(grants, report), _name_shown(role)
    fewer = "Give some of the functions another role, or put several policies into one"
    if held.inline > INLINE:
        what = f"the inline policies of {name} have at least {held.inline:,} characters, and IAM takes {INLINE:,}"
        place.error("limit", what, "Move policies of your own into managed ones")
    has = f"{name} has at least {held.attached} managed policies"
    if held.attached > ATTACHED:
        place.error("limit", f"{has}, and IAM takes {ATTACHED} at most", fewer)
    elif held.attached > QUOTA:
        place.warning("quota", f"{has}, and an account has a quota of {QUOTA} unless it asks for more", fewer)
    elif held.attached > OLD_QUOTA:
        what = f"{has}, and older accounts have a quota of {OLD_QUOTA}"
        place.information("nearly", what, f"Ask for a quota of {QUOTA} if yours is one (quota L-0DA4ABF3)")


def _place(grants: list[Grant], report: Report) -> Report:
    """Where the user wrote what decides the role."""
    first = grants[0]
    properties = report.of(first.logical_id, "Properties")
    if not first.makes_function:
        return properties.at(first.declaration.subject)
    if first.makes_role:
        return properties.at("RoleProps") if "RoleProps" in first.declaration.properties else properties
    return properties.at("LambdaFunctionProps", "Role")


def _name_shown(role: Role) -> str:
    return f"the role {role.key}" if role.key.isalnum() else "the role"


def _list(value: Expression) -> list[Json]:
    return value if isinstance(value, list) else []
