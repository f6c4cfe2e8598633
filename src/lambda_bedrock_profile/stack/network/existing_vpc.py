"""ExistingVpc, in its three forms: a VPC of the template, the VPC of another declaration, or ids from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration import TYPE, Declaration
from lambda_bedrock_profile.declaration.parse import undecided
from lambda_bedrock_profile.declaration.schema import unknown_name
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.stack.network.cidr import prefix_length
from lambda_bedrock_profile.stack.network.lists import SECURITY_GROUPS, items_of
from lambda_bedrock_profile.stack.network.new_vpc import deployed
from lambda_bedrock_profile.stack.network.plan import Vpc
from lambda_bedrock_profile.stack.network.subnets import one_a_zone, refs, subnets_of
from lambda_bedrock_profile.stack.network.surroundings import VPC, deploys_vpc, referred, vpc_key
from lambda_bedrock_profile.template.branches import branches, chosen
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, function_of, known
from lambda_bedrock_profile.template.references import get_att, ref
from lambda_bedrock_profile.template.resources import Resources, is_a, of_type, properties

OBJECT_FORM: Final = "Write a map with VpcId and SubnetIds"
AT: Final = ("Properties", "ExistingVpc")
_EXPECTS: Final = {
    "VpcId": "the id of a VPC (vpc-…)",
    "SubnetIds": "a list of ids of subnets in different zones",
    "SecurityGroupIds": SECURITY_GROUPS,
    "CidrBlock": "the IPv4 block of the VPC, or a list of its blocks",
}


def existing_vpc(
    declaration: Declaration, under: str | None, resources: Resources, scope: Scope
) -> Vpc | list[Problem]:
    """The VPC that ExistingVpc names, or everything that is wrong with it."""
    value = chosen(declaration.properties["ExistingVpc"], scope)
    return _vpc(value, declaration.logical_id, under, resources, scope, ())


def named_key(declaration: Declaration, resources: Resources, scope: Scope) -> str | None:
    """The key of the VPC of the template that ExistingVpc names, whatever else is wrong with it; None for any other."""
    value = chosen(declaration.properties["ExistingVpc"], scope)
    given = isinstance(value, dict) and function_of(value) is None
    key = vpc_key(value.get("VpcId") if given else value, resources, scope)
    return key if is_a(resources, key, VPC) else None


def _vpc(
    value: Any, logical_id: str, under: str | None, resources: Resources, scope: Scope, seen: tuple[str, ...]
) -> Vpc | list[Problem]:
    if function_of(value) == "Fn::If":
        unknown = known(value, scope)
        return [undecided(logical_id, AT, unknown if isinstance(unknown, Unknown) else Unknown("the result of Fn::If"))]
    if not isinstance(value, dict):
        what = "names no VPC: an id alone does not tell the subnets"
        return [Problem(logical_id, AT, what, f"Write !Ref to a VPC of this template. Or: {OBJECT_FORM}")]
    if function_of(value) is None:
        return _given(value, logical_id, resources, scope)
    name = referred(value, "VpcId")
    key = vpc_key(value, resources, scope)
    if name is not None and is_a(resources, name, VPC):
        return _in_template(name, logical_id, under, resources, scope)
    if deploys_vpc(resources, key, scope):
        return deployed(key, resources, scope)
    if name is not None and is_a(resources, name, TYPE):
        inner = chosen(properties(resources, name).get("ExistingVpc"), scope)
        if inner is not None and name not in seen:
            found = _vpc(inner, name, under, resources, scope, (*seen, name))
            if isinstance(found, Vpc):
                return found
        what = f"{name} is in no VPC that this macro knows"
        return [Problem(logical_id, AT, what, f"Add DeployVpc: true or ExistingVpc to {name}, or name a VPC")]
    what = "refers to no VPC of this template, so its subnets are not known"
    return [Problem(logical_id, AT, what, OBJECT_FORM)]


def _in_template(
    name: str, logical_id: str, under: str | None, resources: Resources, scope: Scope
) -> Vpc | list[Problem]:
    usable, refused = subnets_of(name, under, resources, scope)
    if not usable:
        why = "; ".join(f"{subnet} {reason}" for subnet, reason in refused.items())
        what = f"no subnet of {name} in this template can hold the function" + (f": {why}" if why else "")
        fix = f"Add an AWS::EC2::Subnet with VpcId: !Ref {name}. Or: {OBJECT_FORM}"
        return [Problem(logical_id, AT, what, fix)]
    return Vpc(name, ref(name), refs(usable), one_a_zone(usable, resources, scope), _blocks(name, resources, scope))


def _blocks(name: str, resources: Resources, scope: Scope) -> tuple[Any, ...]:
    """The IPv4 blocks of a VPC of the template, the ones added to it included, each while it is there."""
    added = [
        _while(resources[logical_id].get("Condition"), block["CidrBlock"])
        for logical_id, block in of_type(resources, "AWS::EC2::VPCCidrBlock")
        if "CidrBlock" in block and vpc_key(block.get("VpcId"), resources, scope) == name
    ]
    return (get_att(name, "CidrBlock"), *added)


def _while(condition: Any, block: Any) -> Any:
    return block if condition is None else {"Fn::If": [condition, block, dict(NO_VALUE)]}


def _given(written: Mapping[str, Any], logical_id: str, resources: Resources, scope: Scope) -> Vpc | list[Problem]:
    value = {name: item for name, item in written.items() if chosen(item, scope) is not None}
    if problems := list(_object_problems(value, logical_id, scope)):
        return problems
    key = vpc_key(value["VpcId"], resources, scope)
    shown = "CidrBlock" not in value and is_a(resources, key, VPC)
    known_id = known(value["VpcId"], scope)
    return Vpc(
        key=key,
        id=value["VpcId"],
        subnet_ids=value["SubnetIds"],
        endpoint_subnet_ids=value["SubnetIds"],
        cidr_blocks=_blocks(key, resources, scope) if shown else _given_blocks(value.get("CidrBlock"), scope),
        known_id=known_id if isinstance(known_id, str) else None,
        elsewhere=not is_a(resources, key, VPC) and not deploys_vpc(resources, key, scope),
    )


def _given_blocks(value: Any, scope: Scope) -> tuple[Any, ...]:
    """The blocks that CidrBlock tells, one expression each; none where it is a list of unknown length."""
    value = chosen(value, scope)
    if (items := items_of(value, scope)) is not None:
        return items
    return () if value is None or any(_is_list(branch, scope) for branch in branches(value)) else (value,)


def _is_list(value: Any, scope: Scope) -> bool:
    parameter = scope.parameters.get(str(value["Ref"])) if function_of(value) == "Ref" else None
    listed = isinstance(parameter, dict) and "List" in str(parameter.get("Type"))
    return isinstance(value, list) or function_of(value) == "Fn::Split" or listed


def _object_problems(value: Mapping[str, Any], logical_id: str, scope: Scope) -> Iterator[Problem]:
    for name in value:
        if name not in _EXPECTS:
            yield Problem(logical_id, (*AT, name), *unknown_name(name, {"properties": _EXPECTS}))
    for name in ("VpcId", "SubnetIds"):
        if name not in value:
            yield Problem(logical_id, AT, f"{name} is missing", f"Add {name}: {_EXPECTS[name]}")
    for name in _EXPECTS:
        if name in value and not fits(name, known(value[name], scope)):
            yield Problem(logical_id, (*AT, name), "does not have the form it needs", f"Write {_EXPECTS[name]}")


def fits(name: str, value: Any) -> bool:
    """Whether ``value``, as far as it is known, can be what ``name`` is."""
    if isinstance(value, Unknown):
        return True
    if name == "VpcId":
        return isinstance(value, str) and value.startswith("vpc-")
    if name == "CidrBlock":
        blocks = value if isinstance(value, list) else [value]
        return bool(blocks) and all(_is_block(block) for block in blocks)
    if not isinstance(value, list) or not value:
        return False
    start = "subnet-" if name == "SubnetIds" else "sg-"
    return all(isinstance(item, Unknown) or (isinstance(item, str) and item.startswith(start)) for item in value)


def _is_block(value: Any) -> bool:
    written = isinstance(value, str) and re.fullmatch(r"[0-9.]+/[0-9]{1,2}", value)
    return isinstance(value, Unknown) or (bool(written) and prefix_length(value) is not None)
