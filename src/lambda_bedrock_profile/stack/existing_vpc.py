"""ExistingVpc: a VPC of the template, or ids from elsewhere, as one declaration sees it."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile.declaration.parse import report_undecided
from lambda_bedrock_profile.declaration.property_names import misspelt
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.new_vpc import prefix_length
from lambda_bedrock_profile.stack.vpcs_of_template import (
    VPC,
    KeyOf,
    items_of,
    one_a_zone,
    refs,
    subnets_of,
)
from lambda_bedrock_profile.template.branches import branches, taken_branch
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, function_of, known
from lambda_bedrock_profile.template.references import get_att, ref
from lambda_bedrock_profile.template.resources import Resources, is_a, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

OBJECT_FORM: Final = "Write a map with VpcId and SubnetIds"
_MAP: Final = SCHEMA["properties"]["ExistingVpc"]
_EXPECTS: Final[Mapping[str, str]] = {name: member["expects"] for name, member in _MAP["properties"].items()}


class VpcView(NamedTuple):
    """A VPC as one declaration sees it, in expressions.

    ``subnet_ids`` are the function's, ``endpoint_subnet_ids`` those of them that endpoints go to, one a zone.
    ``cidr_blocks`` are empty if nobody says them. ``known_id`` is the id if it is known before deployment, to compare
    and never to show. ``elsewhere`` says that the template does not make the VPC, so another account may have shared
    its subnets.
    """

    id: Expression
    subnet_ids: Expression
    endpoint_subnet_ids: Expression
    cidr_blocks: tuple[Json, ...]
    known_id: str | None = None
    elsewhere: bool = False


def existing_vpc(
    value: Expression,
    key: str,
    condition_name: str | None,
    in_stack: bool,
    resources: Resources,
    scope: Scope,
    key_of: KeyOf,
    place: Report,
) -> VpcView | None:
    """The VPC that ``value``, an ExistingVpc, names; None, and everything that is wrong with it at ``place``.

    ``key`` is that of the VPC, and ``in_stack`` says whether the template or a declaration makes it. ``condition_name``
    is the condition that the generated resources stand under.
    """
    if function_of(value) == "Fn::If":
        unknown = known(value, scope)
        reason = unknown if isinstance(unknown, Unknown) else Unknown("the result of Fn::If")
        report_undecided(reason, place)
    elif not isinstance(value, dict):
        what = "names no VPC: an id alone does not say which subnets it has"
        place.error("property", what, f"Write !Ref to a VPC of this template. Or: {OBJECT_FORM}")
    elif function_of(value) is None:
        return _described(value, key, in_stack, resources, scope, key_of, place)
    elif is_a(resources, key, VPC):
        return _in_template(key, condition_name, resources, scope, key_of, place)
    else:
        what = "refers to no VPC of this template, so its subnets are not known"
        place.error("property", what, OBJECT_FORM)
    return None


def _in_template(
    name: str, condition_name: str | None, resources: Resources, scope: Scope, key_of: KeyOf, place: Report
) -> VpcView | None:
    if known(properties(resources, name).get("InstanceTenancy"), scope) in ("dedicated", "host"):
        # AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
        what = f"{name} has an InstanceTenancy of dedicated or host, and Lambda cannot connect a function to such a VPC"
        place.error("property", what, "Name a VPC whose InstanceTenancy is default")
        return None
    usable, refused = subnets_of(name, condition_name, resources, scope, key_of)
    if not usable:
        why = "; ".join(f"{subnet} {reason}" for subnet, reason in refused.items())
        what = f"no subnet of {name} in this template can hold the function" + (f": {why}" if why else "")
        fix = f"Add an AWS::EC2::Subnet with VpcId: !Ref {name}. Or: {OBJECT_FORM}"
        place.error("property", what, fix)
        return None
    return VpcView(ref(name), refs(usable), one_a_zone(usable, resources, scope), _blocks(name, resources, key_of))


def _blocks(name: str, resources: Resources, key_of: KeyOf) -> tuple[Json, ...]:
    """The IPv4 blocks of a VPC of the template, the ones added to it included, each while it is there."""
    added = [
        _while(resources[logical_id].get("Condition"), block["CidrBlock"])
        for logical_id, block in of_type(resources, "AWS::EC2::VPCCidrBlock")
        if "CidrBlock" in block and key_of(block.get("VpcId")) == name
    ]
    return (get_att(name, "CidrBlock"), *added)


def _while(condition: Expression, block: Expression) -> Expression:
    return block if condition is None else {"Fn::If": [condition, block, dict(NO_VALUE)]}


def _described(
    description: Mapping[str, Json],
    key: str,
    in_stack: bool,
    resources: Resources,
    scope: Scope,
    key_of: KeyOf,
    place: Report,
) -> VpcView | None:
    value = {name: item for name, item in description.items() if taken_branch(item, scope) is not None}
    if not _object_fits(value, scope, place):
        return None
    in_template = "CidrBlock" not in value and is_a(resources, key, VPC)
    known_id = known(value["VpcId"], scope)
    return VpcView(
        id=value["VpcId"],
        subnet_ids=value["SubnetIds"],
        endpoint_subnet_ids=value["SubnetIds"],
        cidr_blocks=_blocks(key, resources, key_of) if in_template else _given_blocks(value.get("CidrBlock"), scope),
        known_id=known_id if isinstance(known_id, str) else None,
        elsewhere=not in_stack,
    )


def _given_blocks(value: Expression, scope: Scope) -> tuple[Json, ...]:
    """The blocks that CidrBlock gives, one expression each; none if it is a list of unknown length."""
    value = taken_branch(value, scope)
    if (items := items_of(value, scope)) is not None:
        return items
    return () if value is None or any(_is_list(branch, scope) for branch in branches(value)) else (value,)


def _is_list(value: Expression, scope: Scope) -> bool:
    parameter = scope.parameters.get(str(value["Ref"])) if function_of(value) == "Ref" else None
    listed = isinstance(parameter, dict) and "List" in str(parameter.get("Type"))
    return isinstance(value, list) or function_of(value) == "Fn::Split" or listed


def _object_fits(value: Mapping[str, Json], scope: Scope, place: Report) -> bool:
    """Whether the map has what it needs, in the form that it needs; an error for each misfit."""
    before = len(place.errors)
    missing = [name for name in ("VpcId", "SubnetIds") if name not in value]
    for name in missing:
        if not misspelt(name, value, _MAP):  # Which is reported where the declaration is read.
            place.error("property", f"{name} is missing", f"Add {name}: {_EXPECTS[name]}")
    for name in _EXPECTS:
        if name in value and not fits(name, known(value[name], scope)):
            place.at(name).error("property", "does not have the form it needs", f"Write {_EXPECTS[name]}")
    return not missing and len(place.errors) == before


def fits(name: str, value: Expression) -> bool:
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


def _is_block(value: Expression) -> bool:
    is_written_as_block = isinstance(value, str) and re.fullmatch(r"[0-9.]+/[0-9]{1,2}", value)
    return isinstance(value, Unknown) or (bool(is_written_as_block) and prefix_length(value) is not None)
