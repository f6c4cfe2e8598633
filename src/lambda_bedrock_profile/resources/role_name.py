"""The name of a role, had from the expression of its ARN: IAM attaches a policy by name.

A name is taken from the expression's form, never from its value, since a parameter's value must not reach the template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.resources.plan import RoleUse
from lambda_bedrock_profile.template.branches import map_branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, known
from lambda_bedrock_profile.template.references import attribute_reference, get_att, ref


def new_function(logical_id: str, resource: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The function that another declaration makes, as far as it matters to a second one; None where it makes none."""
    written = resource.get("Properties")
    props = written.get("LambdaFunctionProps") if isinstance(written, dict) else None
    if resource.get("Type") != TYPE or not isinstance(props, dict):
        return None
    generated = {"Role": get_att(logical_id + "Role", "Arn")}
    written_props = {name: value for name, value in props.items() if value != NO_VALUE}
    return {**resource, "Type": "AWS::Lambda::Function", "Properties": {**generated, **written_props}}


def role_use(arn: Any, resources: Mapping[str, Any], scope: Scope) -> RoleUse | None:
    """The role with that ARN, an expression; None where its name cannot be had from it."""
    unnamed = []

    def name_of(branch: Any) -> Any:
        name = _role_name(branch, resources, scope)
        if name is None:
            unnamed.append(branch)
        return name

    names = map_branches(arn, name_of)
    return None if unnamed else RoleUse(arn=arn, name=names)


_ROLE_ARN: Final = re.compile(r"arn:[^:]+:iam::\d{12}:role/(?:[^/]+/)*([\w+=,.@-]+)$")


def _role_name(arn: Any, resources: Mapping[str, Any], scope: Scope) -> Any:
    if isinstance(arn, str):
        match = _ROLE_ARN.match(arn)
        return match[1] if match else None
    if not isinstance(arn, dict):
        return None
    if isinstance(arn.get("Ref"), str) and resources.get(arn["Ref"], {}).get("Type") == "AWS::IAM::Role":
        return arn
    target = attribute_reference(arn.get("Fn::GetAtt"))
    if target and target[1] == "RoleArn":
        generated = target[0] + "Role"
        made = new_function(target[0], resources.get(target[0], {}))
        if made and made["Properties"]["Role"] == get_att(generated, "Arn"):
            return ref(generated)
    if target and target[1] == "Arn":
        role = resources.get(target[0])
        # A role that is not there yet is made by the Serverless transform, or by the expansion itself.
        to_be_made = role is None and target[0].endswith("Role")
        if to_be_made or (isinstance(role, dict) and role.get("Type") == "AWS::IAM::Role"):
            return ref(target[0])
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


def _behind_the_last_slash(arn: Mapping[str, Any]) -> Any:
    """What follows the last slash that is written in an expression; None where none is written."""
    text = arn.get("Fn::Sub")
    if isinstance(text, str) and "/" in text:
        return _sub(text.rsplit("/", 1)[1], [])
    if isinstance(text, list) and text and isinstance(text[0], str) and "/" in text[0]:
        return _sub(text[0].rsplit("/", 1)[1], text[1:])
    parts = arn.get("Fn::Join")
    if isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], list):
        return _joined(*parts)
    return None


def _sub(text: str, variables: list[Any]) -> Any:
    if "${" not in text:
        return text
    return {"Fn::Sub": [text, *variables] if variables else text}


def _joined(separator: str, parts: list[Any]) -> Any:
    if "/" in separator:
        return parts[-1] if parts else None
    for index in range(len(parts) - 1, -1, -1):
        part = parts[index]
        if isinstance(part, str) and "/" in part:
            first, others = part.rsplit("/", 1)[1], parts[index + 1 :]
            tail = [first, *others] if first or separator or not others else others
            return tail[0] if len(tail) == 1 else {"Fn::Join": [separator, tail]}
    return None
