"""ExistingVpc: a VPC of the template, or ids from elsewhere, as one declaration sees it with its subnets and groups.

A subnet is public if its route table leads to an internet gateway, private if it leads out by another way, isolated if
it leads nowhere. All three can hold a function that calls Bedrock through endpoints: it has no public address in any of
them (AWS Lambda Developer Guide, "Internet access for VPC-connected functions").
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile.declaration.parse import report_undecided
from lambda_bedrock_profile.declaration.property_names import misspelt
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.new_vpc import prefix_length
from lambda_bedrock_profile.template.branches import branches, taken_branch
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, condition, function_of, known
from lambda_bedrock_profile.template.references import get_att, ref, referred, refs
from lambda_bedrock_profile.template.resources import SUBNET, VPC, Resources, is_a, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

OBJECT_FORM: Final = "Write a map with VpcId and SubnetIds"
_MAP: Final = SCHEMA["properties"]["ExistingVpc"]
_EXPECTS: Final[Mapping[str, str]] = {name: member["expects"] for name, member in _MAP["properties"].items()}

_ISOLATED, _PRIVATE, _PUBLIC = range(3)
_MOST_SUBNETS: Final = 16
"""What a function's VpcConfig takes: CloudFormation Template Reference, AWS::Lambda::Function VpcConfig."""

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")

KeyOf = Callable[[Expression], str]
"""From the expression of the id of a VPC to the key of that VPC."""


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


# The subnets


def subnets_of(
    key: str, condition_name: str | None, resources: Resources, scope: Scope, key_of: KeyOf
) -> tuple[list[str], dict[str, str]]:
    """The ids of the best subnets of the VPC ``key``, and why the others cannot be used, by id.

    ``condition_name`` is the condition of the declaration: a subnet has to be there whenever the function is. The best
    ones are isolated, the next best private.
    """
    usable: dict[str, int] = {}
    refused: dict[str, str] = {}
    for logical_id, subnet in of_type(resources, SUBNET):
        if key_of(subnet.get("VpcId")) != key:
            continue
        if why := _unusable(subnet, resources[logical_id].get("Condition"), condition_name, scope):
            refused[logical_id] = why
        else:
            usable[logical_id] = _kind(logical_id, subnet, resources, scope)
    best = min(usable.values(), default=_ISOLATED)
    return [logical_id for logical_id, kind in usable.items() if kind == best][:_MOST_SUBNETS], refused


def _unusable(
    subnet: Mapping[str, Json], subnet_condition: Expression, condition_name: str | None, scope: Scope
) -> str | None:
    if known(subnet.get("Ipv6Native"), scope) in (True, "true"):
        return "has no IPv4 addresses"
    if "OutpostArn" in subnet:
        return "is on an Outpost, where there are no interface endpoints"
    if (
        isinstance(subnet_condition, str)
        and subnet_condition != condition_name
        and condition(subnet_condition, scope) is not True
    ):
        return f"stands under the condition {subnet_condition}"
    return None


def _kind(logical_id: str, subnet: Mapping[str, Json], resources: Resources, scope: Scope) -> int:
    if known(subnet.get("MapPublicIpOnLaunch"), scope) in (True, "true"):
        return _PUBLIC
    # A subnet without a table of its own has the VPC's main one, which leads nowhere and which no template can change.
    tables = {
        referred(association.get("RouteTableId"), "RouteTableId")
        for _, association in of_type(resources, "AWS::EC2::SubnetRouteTableAssociation")
        if referred(association.get("SubnetId"), "SubnetId") == logical_id
    }
    routes = [
        _route_kind(route, resources, scope)
        for _, route in of_type(resources, "AWS::EC2::Route")
        if referred(route.get("RouteTableId"), "RouteTableId") in tables
    ]
    return max(routes, default=_ISOLATED)


def _route_kind(route: Mapping[str, Json], resources: Resources, scope: Scope) -> int:
    destinations = [route[name] for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock") if name in route]
    values = [known(destination, scope) for destination in destinations]
    if values and all(isinstance(value, str) and value not in _EVERYWHERE for value in values):
        return _ISOLATED  # To a network that is known, such as a peer.
    gateway = referred(taken_branch(route.get("GatewayId"), scope), "InternetGatewayId")
    to_internet = "GatewayId" in route and not (gateway and is_a(resources, gateway, "AWS::EC2::VPNGateway"))
    return _PUBLIC if to_internet else _PRIVATE


def one_a_zone(subnet_ids: Sequence[str], resources: Resources, scope: Scope) -> list[dict[str, Json]]:
    """References to the first subnet of each zone.

    An endpoint takes one subnet a zone (AWS PrivateLink Guide, "Access an AWS service using an interface VPC endpoint",
    considerations). Subnets that leave their zone to EC2 may share one, so at most the first of them is taken.
    """
    zones: dict[str, str] = {}
    for logical_id in subnet_ids:
        subnet = properties(resources, logical_id)
        names = (name for name in ("AvailabilityZone", "AvailabilityZoneId") if name in subnet)
        zone = next((zone for name in names if (zone := taken_branch(subnet[name], scope)) is not None), None)
        value = known(zone, scope)
        zones.setdefault(json.dumps(value if isinstance(value, str) else zone, sort_keys=True), logical_id)
    named = [logical_id for zone, logical_id in zones.items() if zone != "null"]
    return refs(named or list(zones.values()))


# The security groups


def items_of(value: Expression, scope: Scope) -> tuple[Json, ...] | None:
    """The items of a list, one expression each; None if it is none, or how many it has is not known."""
    if isinstance(value, list):
        return tuple(value)
    items = known(value, scope)
    return tuple({"Fn::Select": [index, value]} for index in range(len(items))) if isinstance(items, list) else None


def group_items(value: Expression, scope: Scope) -> tuple[Json, ...] | None:
    """The items of a list of security groups, one expression each; None if they cannot be listed."""
    value = taken_branch(value, scope)
    items = () if value is None else items_of(value, scope)
    return None if items is None else tuple(item for item in items if item != NO_VALUE)


def security_groups(value: Expression, scope: Scope, place: Report) -> tuple[Json, ...] | None:
    """The same, with an error at ``place`` if they cannot be listed."""
    if (items := group_items(value, scope)) is not None:
        return items
    if not isinstance(known(taken_branch(value, scope), scope), Unknown):
        place.error("property", "is no list", f"Write {_EXPECTS['SecurityGroupIds']}")
        return None
    what = "is a list of unknown length, and each of its groups gets a rule on the endpoints"
    place.error("property", what, "Write the list with an item for each group")
    return None


def ruled_groups(value: Expression, scope: Scope, place: Report) -> tuple[Json, ...] | None:
    """The same for groups that get a rule on the endpoints each. One that is absent stays as ``AWS::NoValue``.

    So the others keep their numbers, and their rules, when it comes and goes.
    """
    groups = security_groups(value, scope, place)
    if groups is None:
        return None
    seen = [taken_branch(group, scope) for group in groups]
    if any(group is not None and None in branches(group) for group in seen):
        what = "has an item that may be absent under a condition which is not known before deployment"
        fix = "Write a group in both branches, or take the condition from parameters with a value here"
        place.error("property", what, fix)
        return None
    kept = tuple(dict(NO_VALUE) if group is None else item for item, group in zip(groups, seen, strict=True))
    return kept if any(group is not None for group in seen) else ()
