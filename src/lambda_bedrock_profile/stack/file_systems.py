"""The file systems of a function: what its role may do with them.

IAM authorizes a mount on the file system, and the access point is a condition: a statement on the ARN of the access
point grants nothing. Sources: AWS Lambda Developer Guide, "Configuring Amazon EFS file system access"; Service
Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic File System".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Final

from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.stack.existing_function import properties_with_globals
from lambda_bedrock_profile.stack.link import Function
from lambda_bedrock_profile.stack.networks import leads_to
from lambda_bedrock_profile.template.branches import branches, map_branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, known
from lambda_bedrock_profile.template.references import embedded, referred, sub, targets_of
from lambda_bedrock_profile.template.resources import is_a, properties
from lambda_bedrock_profile.values import Expression, Json

_ACCESS_POINT: Final = "AWS::EFS::AccessPoint"
_ACTIONS: Final = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
_FILE_SYSTEM: Final = "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:"


def file_systems(
    declaration: Declaration,
    function: Function,
    declarations: Mapping[str, Declaration],
    template: Mapping[str, Json],
    scope: Scope,
) -> tuple[Json, ...] | None:
    """The statements for the file systems of the declaration's function, in a template without references to it.

    None if the function has none. No statement is made for an access point that waits for the function's role, such as
    that of a file system whose own policy names the role: that policy says what the role may do.
    """
    resources = template["Resources"]
    if function.id in declarations:
        mounts = declarations[function.id].props("LambdaFunctionProps").expression("FileSystemConfigs")
    else:
        mounts = properties_with_globals(function.id, template).get("FileSystemConfigs")
    if mounts is None:
        return None
    lists = [branch for branch in branches(mounts) if branch not in (None, [])]
    if not lists:
        return None
    roles = {function.id, *targets_of(function.role.name), *targets_of(function.role_arn)}

    def goal(name: str, parts: list[tuple[str, str]]) -> bool:
        return name in roles or any(owner == declaration.logical_id for owner, _ in parts)

    def statement(arn: Expression, number: int) -> Expression:
        if arn is None or _is_other_service(arn, resources, scope):
            return dict(NO_VALUE)
        if leads_to(goal, targets_of(arn), (), declarations, resources):
            return dict(NO_VALUE)
        return {
            "Sid": f"MountFileSystem{number or ''}",
            "Effect": "Allow",
            "Action": list(_ACTIONS),
            "Resource": _file_system(arn, resources),
            "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": arn}},
        }

    def in_config(config: Expression, number: int) -> Expression:
        return map_branches(config.get("Arn") if isinstance(config, dict) else None, lambda arn: statement(arn, number))

    def in_list(number: int, configs: Expression) -> Expression:
        config = configs[number] if isinstance(configs, list) and number < len(configs) else None
        return map_branches(config, lambda branch: in_config(branch, number))

    longest = max(len(branch) if isinstance(branch, list) else 0 for branch in lists)
    made = [map_branches(mounts, partial(in_list, number)) for number in range(longest)]
    return tuple(item for item in made if any(branch is not None for branch in branches(item)))


def _is_other_service(arn: Expression, resources: Mapping[str, Json], scope: Scope) -> bool:
    """Whether it is an access point of Amazon S3 Files, whose permissions are others."""
    point = referred(arn, "AccessPointArn") or referred(arn, "Arn")
    resource = resources.get(point) if point else None
    kind = str(resource.get("Type")) if isinstance(resource, dict) else ""
    return kind.startswith("AWS::S3Files::") or ":s3files:" in json.dumps([arn, str(known(arn, scope))])


def _file_system(arn: Expression, resources: Mapping[str, Json]) -> Expression:
    """The ARN of the file system of an access point; any one, of any account, if the template does not show it."""
    point = referred(arn, "Arn")
    if point is not None and is_a(resources, point, _ACCESS_POINT):
        file_system = properties(resources, point).get("FileSystemId")
        if file_system is not None:
            text, variables = embedded(file_system, "FileSystem")
            return sub(_FILE_SYSTEM + "${AWS::AccountId}:file-system/" + text, variables)
    return sub(_FILE_SYSTEM + "*:file-system/*")
