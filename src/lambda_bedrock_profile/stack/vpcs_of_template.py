"""The VPCs, subnets and security groups that a template shows, seen from the expressions that refer to them.

A subnet is public if its route table leads to an internet gateway, private if it leads out by another way, isolated if
it leads nowhere. All three can hold a function that calls Bedrock through endpoints: it has no public address in any of
them (AWS Lambda Developer Guide, "Internet access for VPC-connected functions").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.branches import branches, taken_branch
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, PLACEHOLDER, Scope, Unknown, condition, known
from lambda_bedrock_profile.template.references import attribute_reference, ref
from lambda_bedrock_profile.template.resources import Resources, is_a, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

VPC: Final = "AWS::EC2::VPC"
SUBNET: Final = "AWS::EC2::Subnet"
SECURITY_GROUPS: Final = "a list of ids of the function's security groups"

ISOLATED, PRIVATE, PUBLIC = range(3)
MOST_SUBNETS: Final = 16
"""What a function's VpcConfig takes: CloudFormation Template Reference, AWS::Lambda::Function VpcConfig."""

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


KeyOf = Callable[[Expression], str]
"""From the expression of the id of a VPC to the key of that VPC."""


def referred(value: Expression, attribute: str) -> str | None:
    """The logical id that ``value`` refers to, by Ref or by Fn::GetAtt of ``attribute``; None if it does neither."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if isinstance(value.get("Ref"), str):
        return str(value["Ref"])
    target = attribute_reference(value.get("Fn::GetAtt"))
    return target[0] if target and target[1] == attribute else None


def referred_in_text(value: Expression, attribute: str) -> str | None:
    """The same for an Fn::Sub whose text is that reference and nothing else: ``${Office}``, ``${Assistant.VpcId}``."""
    text = value.get("Fn::Sub") if isinstance(value, dict) and len(value) == 1 else None
    match = PLACEHOLDER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    name = match[1].strip()
    return referred({"Fn::GetAtt": name} if "." in name else {"Ref": name}, attribute)


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
    best = min(usable.values(), default=ISOLATED)
    return [logical_id for logical_id, kind in usable.items() if kind == best][:MOST_SUBNETS], refused


def _unusable(
    subnet: Mapping[str, Json], own_condition: Expression, condition_name: str | None, scope: Scope
) -> str | None:
    if known(subnet.get("Ipv6Native"), scope) in (True, "true"):
        return "has no IPv4 addresses"
    if "OutpostArn" in subnet:
        return "is on an Outpost, where there are no interface endpoints"
    if (
        isinstance(own_condition, str)
        and own_condition != condition_name
        and condition(own_condition, scope) is not True
    ):
        return f"stands under the condition {own_condition}"
    return None


def _kind(logical_id: str, subnet: Mapping[str, Json], resources: Resources, scope: Scope) -> int:
    if known(subnet.get("MapPublicIpOnLaunch"), scope) in (True, "true"):
        return PUBLIC
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
    return max(routes, default=ISOLATED)


def _route_kind(route: Mapping[str, Json], resources: Resources, scope: Scope) -> int:
    destinations = [route[name] for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock") if name in route]
    values = [known(destination, scope) for destination in destinations]
    if values and all(isinstance(value, str) and value not in _EVERYWHERE for value in values):
        return ISOLATED  # To a network that is known, such as a peer.
    gateway = referred(taken_branch(route.get("GatewayId"), scope), "InternetGatewayId")
    to_internet = "GatewayId" in route and not (gateway and is_a(resources, gateway, "AWS::EC2::VPNGateway"))
    return PUBLIC if to_internet else PRIVATE


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


def refs(logical_ids: Iterable[str]) -> list[dict[str, Json]]:
    """A Ref to each of ``logical_ids``."""
    return [ref(logical_id) for logical_id in logical_ids]


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
        place.error("property", "is no list", f"Write {SECURITY_GROUPS}")
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
