"""The name of a role, had from the expression of its ARN: IAM attaches a policy by name.

A name is taken from the expression's form, never from its value, since a parameter's value must not reach the template.
"""

import json
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile.template.branches import branches, implied, map_branches
from lambda_bedrock_profile.template.intrinsics import (
    DYNAMIC,
    NO_VALUE,
    PLACEHOLDER,
    Scope,
    condition,
    function_of,
    known,
)
from lambda_bedrock_profile.template.references import attribute_reference, get_att, ref, sub
from lambda_bedrock_profile.template.resources import IAM_ROLE, is_a, is_custom
from lambda_bedrock_profile.values import Expression, Json

ROLE_WITHOUT_NAME: Final = (
    "Write the role's ARN itself, a Ref or Fn::GetAtt to a role of this template, or a Fn::Sub that ends in the role's "
    "name"
)


class RoleUse(NamedTuple):
    """The role that a function runs as: expressions of its ARN and of its name."""

    arn: Expression
    name: Expression


def role_use(arn: Expression, resources: Mapping[str, Json], scope: Scope, holding: Expression) -> RoleUse | None:
    """The role with that ARN, an expression; None if its name cannot be derived from it.

    ``holding`` is the condition that the function stands under, or all declarations for it. A branch that is known not
    to be taken needs no name; then the name is that of the branch which is taken.
    """
    # Ref gives a role's name, and whoever asks for its ARN wants that.
    arns = map_branches(arn, lambda branch: _arn(branch, resources))
    for value in (arn, _taken(arn, scope, holding)):
        name = map_branches(value, lambda branch: _role_name(branch, resources, scope))
        if None not in branches(name):
            return RoleUse(arns, name)
    return None


def is_of_another_account(arn: Expression, scope: Scope, holding: Expression) -> bool:
    """Whether the role with that ARN is surely one of another account than the stack's."""
    account, value = scope.pseudo.get("AWS::AccountId"), known(_taken(arn, scope, holding), scope)
    match = re.match(_ROLE_ARN, value) if isinstance(value, str) else None
    return (
        match is not None
        and account is not None
        and match["account"] != account
        and condition(holding, scope) is not False
    )


def is_role_arn(text: str) -> bool:
    """Whether ``text`` is the ARN of a role."""
    return re.match(_ROLE_ARN, text) is not None


def may_have_a_path(arn: Expression, resources: Mapping[str, Json]) -> bool:
    """Whether the ARN comes from another stack, so that nothing shows whether the role has a path."""
    for branch in branches(arn):
        if function_of(branch) == "Fn::ImportValue":
            return True
        target = isinstance(branch, dict) and (
            attribute_reference(branch.get("Fn::GetAtt")) or _in_text(branch.get("Fn::Sub"))
        )
        if target and is_a(resources, target[0], "AWS::CloudFormation::Stack"):
            return True
    return False


def _arn(branch: Expression, resources: Mapping[str, Json]) -> Expression:
    if branch is None:
        return dict(NO_VALUE)
    return get_att(branch["Ref"], "Arn") if _is_named(branch, resources) else branch


def _taken(value: Expression, scope: Scope, holding: Expression) -> Expression:
    """``value`` without the branches of Fn::If that are known not to be taken while the condition ``holding`` holds."""
    argument = value.get("Fn::If") if isinstance(value, dict) else None
    if not isinstance(argument, list) or len(argument) != 3:
        return value
    name, then, otherwise = argument
    holds = implied(name, holding, scope)
    if isinstance(holds, bool):
        return _taken(then if holds else otherwise, scope, holding)
    return {"Fn::If": [name, _taken(then, scope, holding), _taken(otherwise, scope, holding)]}


def _is_named(arn: Expression, resources: Mapping[str, Json]) -> bool:
    """Whether ``arn`` is a Ref to a role of the template."""
    name = arn.get("Ref") if isinstance(arn, dict) else None
    return isinstance(name, str) and is_a(resources, name, IAM_ROLE)


_ROLE_ARN: Final = r"arn:[^:]+:iam::(?P<account>\d{12}):role/(?:[^/]+/)*(?P<name>[\w+=,.@-]+)$"


def _role_name(arn: Expression, resources: Mapping[str, Json], scope: Scope) -> Expression:
    if isinstance(arn, str):
        match = re.match(_ROLE_ARN, arn)
        return match["name"] if match else None
    if not isinstance(arn, dict):
        return None
    if _is_named(arn, resources):
        return arn
    target = attribute_reference(arn.get("Fn::GetAtt")) or _in_text(arn.get("Fn::Sub"))
    if target and target[1] == "Arn" and not is_custom(resources.get(target[0])):
        # A role that is not there yet is made by the Serverless transform, or by the expansion itself.
        to_be_made = target[0] not in resources and target[0].endswith("Role")
        return ref(target[0]) if to_be_made or is_a(resources, target[0], IAM_ROLE) else None
    if re.search(_SLASH_OF_A_REFERENCE, json.dumps(arn)):
        return None
    tail = _behind_the_last_slash(arn)
    if isinstance(tail, str):
        return tail or None
    value = known(arn if tail is None else tail, scope)
    slashes = value.count("/") if isinstance(value, str) else 0
    if tail is not None:
        return {"Fn::Select": [slashes, {"Fn::Split": ["/", tail]}]} if slashes else tail
    if slashes > 1:
        return {"Fn::Select": [slashes, {"Fn::Split": ["/", arn]}]}
    # A role with a path leaves a slash in the name, which IAM refuses: the deployment fails, no other role is touched.
    return {"Fn::Select": [1, {"Fn::Split": [":role/", arn]}]}


_SLASH_OF_A_REFERENCE: Final = re.escape(DYNAMIC) + "[^}]*/"
"""What is behind the last slash of a text is no role's name if a dynamic reference such as ssm:/a/b has it."""


def _in_text(text: Expression) -> tuple[str, str] | None:
    """(logical id, attribute) if the text of Fn::Sub is that attribute and nothing else."""
    match = PLACEHOLDER.fullmatch(text) if isinstance(text, str) else None
    return attribute_reference(match[1].strip()) if match else None


def _behind_the_last_slash(arn: Mapping[str, Json]) -> Expression:
    """What follows the last slash that is written in an expression; None if none is written."""
    argument = arn.get("Fn::Sub")
    text, *local = argument if isinstance(argument, list) and argument else [argument]
    if isinstance(text, str) and "/" in text:
        tail = text.rsplit("/", 1)[1]
        return sub(tail, *local[:1]) if "${" in tail else tail
    parts = arn.get("Fn::Join")
    if isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], list):
        return _joined(*parts)
    return None


def _joined(separator: str, parts: list[Json]) -> Expression:
    if "/" in separator:
        return parts[-1] if parts else None
    for index in range(len(parts) - 1, -1, -1):
        part = parts[index]
        if isinstance(part, str) and "/" in part:
            first, others = part.rsplit("/", 1)[1], parts[index + 1 :]
            tail = [first, *others] if first or separator or not others else others
            return tail[0] if len(tail) == 1 else {"Fn::Join": [separator, tail]}
    return None
