"""The VPCs of link: which one each declaration asks for, followed from declaration to declaration, and who is in it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.existing_function import asks_for_no_vpc, vpc_config
from lambda_bedrock_profile.stack.existing_vpc import group_items
from lambda_bedrock_profile.template.branches import taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, function_of
from lambda_bedrock_profile.template.references import get_att, ref, referred, referred_in_text
from lambda_bedrock_profile.template.resources import VPC, is_a
from lambda_bedrock_profile.values import Expression, Json


class Vpc(NamedTuple):
    """A VPC that the functions of declarations are in.

    ``key`` is the same for all of them and the start of the ids of its endpoints. ``made`` says that the
    declaration ``key`` makes it, ``in_template`` that the template shows it as a resource.
    """

    key: str
    made: bool
    in_template: bool
    functions: tuple[str, ...]
    declarations: tuple[str, ...]


class NamedVpc(NamedTuple):
    """The VPC that a declaration asks for itself, by DeployVpc or ExistingVpc.

    ``key`` is None if it names a declaration that is in no VPC, or could not be read. ``source`` is the declaration
    that describes the VPC: the other one for ``!GetAtt Other.VpcId``. ``id`` is the expression of its id.
    """

    key: str | None
    source: str
    id: Expression


def named_vpcs(
    by_id: Mapping[str, Declaration],
    unread: Collection[str],
    function_of_declaration: Mapping[str, str],
    members: Mapping[str, Sequence[str]],
    resources: Mapping[str, Json],
    scope: Scope,
) -> dict[str, NamedVpc]:
    """The VPC that each declaration asks for, those of other declarations followed to the one that describes it."""
    may_ask = {name: item for name, item in by_id.items() if item.deploy_vpc or "ExistingVpc" in item.properties}
    if not may_ask:
        return {}
    values = {name: taken_branch(item.properties.expression("ExistingVpc"), scope) for name, item in may_ask.items()}
    asking = {name for name, item in may_ask.items() if item.deploy_vpc or values[name] is not None}
    if not asking:
        return {}

    def follow(logical_id: str, seen: tuple[str, ...]) -> NamedVpc | None:
        """The VPC of a declaration, or of another one of its function."""
        function_id = function_of_declaration.get(logical_id, logical_id)
        others = [name for name in members.get(function_id, ()) if name in asking]
        first = logical_id if logical_id in asking else next(iter(others), None)
        return None if first is None or first in seen else named(first, seen)

    def key_of(value: Expression, seen: tuple[str, ...]) -> str:
        name = referred(value, "VpcId")
        if name in by_id and (other := follow(str(name), seen)) is not None and other.key is not None:
            return other.key
        return key_of_vpc(value, by_id, resources)

    def named(logical_id: str, seen: tuple[str, ...] = ()) -> NamedVpc:
        declaration, seen = by_id[logical_id], (*seen, logical_id)
        if declaration.deploy_vpc:
            return NamedVpc(logical_id, logical_id, ref(generated_id(logical_id, names.VPC)))
        value = values[logical_id]
        if isinstance(value, dict) and function_of(value) is None:
            return NamedVpc(key_of(value.get("VpcId"), seen), logical_id, value.get("VpcId"))
        name = referred(value, "VpcId") or referred_in_text(value, "VpcId")
        if name is not None and name not in resources and (owner := _deploying(name, by_id)) is not None:
            return NamedVpc(owner, owner, ref(name))
        if name in unread:
            return NamedVpc(None, str(name), get_att(str(name), "VpcId"))
        if name in by_id:
            other = follow(str(name), seen)
            key, source = (other.key, other.source) if other else (None, logical_id)
            return NamedVpc(key, source, get_att(str(name), "VpcId"))
        if name is not None and is_a(resources, name, VPC):
            return NamedVpc(name, logical_id, ref(name))
        return NamedVpc(key_of_vpc(value, by_id, resources), logical_id, value)

    return {name: named(name) for name in by_id if name in asking}


def key_of_vpc(value: Expression, by_id: Mapping[str, Declaration], resources: Mapping[str, Json]) -> str:
    """The key of the VPC whose id is the expression ``value``, in a template without references to declarations.

    That is the id of the resource or parameter that gives the VPC, of the declaration that makes it, or a digest.
    """
    name = referred(value, "VpcId")
    if name is None:
        return names.key_of_expression(value)
    owner = _deploying(name, by_id) if name not in resources else None
    return owner or name


def _deploying(vpc_id: str, by_id: Mapping[str, Declaration]) -> str | None:
    """The declaration that makes the VPC with that generated logical id."""
    owner = owner_of(vpc_id, names.VPC)
    return owner if owner is not None and owner in by_id and by_id[owner].deploy_vpc else None


def key_of(ids: Iterable[str], named: Mapping[str, NamedVpc]) -> str | None:
    """The key of the VPC of a function with the declarations ``ids``: that of the first one that asks for any."""
    return next((key for name in ids if name in named and (key := named[name].key) is not None), None)


def linked_vpcs(
    members: Mapping[str, Sequence[str]],
    named: Mapping[str, NamedVpc],
    by_id: Mapping[str, Declaration],
    resources: Mapping[str, Json],
) -> dict[str, Vpc]:
    """The VPCs by key: ``members`` are the declarations of each function, ``named`` what these ask for."""
    functions: dict[str, list[str]] = {}
    inside: dict[str, list[str]] = {}
    for function_id, ids in members.items() if named else ():
        common = key_of(ids, named)
        keys = {name: named[name].key if name in named else common for name in ids}
        for name, key in keys.items():
            if key is not None:
                inside.setdefault(key, []).append(name)
        for key in dict.fromkeys(key for key in keys.values() if key is not None):
            functions.setdefault(key, []).append(function_id)
    return {
        key: Vpc(
            key,
            key in by_id and by_id[key].deploy_vpc,
            is_a(resources, key, VPC),
            tuple(functions[key]),
            tuple(sorted(ids)),
        )
        for key, ids in inside.items()
    }


def first_group(
    declaration: Declaration,
    function_id: str,
    by_id: Mapping[str, Declaration],
    named: Mapping[str, NamedVpc],
    template: Mapping[str, Json],
    scope: Scope,
) -> Expression:
    """The first security group of the declaration's function: one of its own, or the generated one."""
    logical_id = declaration.logical_id
    if function_id != logical_id and function_id in named:
        return get_att(function_id, "SecurityGroupId")
    if function_id == logical_id or asks_for_no_vpc(function_id, by_id, template):
        value = taken_branch(declaration.properties.expression("ExistingVpc"), scope)
        groups = value.get("SecurityGroupIds") if isinstance(value, dict) else None
    else:
        groups = (vpc_config(function_id, by_id, template, scope) or {}).get("SecurityGroupIds")
    listed = [group for group in group_items(groups, scope) or () if taken_branch(group, scope) is not None]
    return listed[0] if listed else get_att(generated_id(logical_id, names.SECURITY_GROUP), "GroupId")
