"""The subnets of a VPC of the template: isolated ones before private ones before public ones.

A subnet is public where its route table leads to an internet gateway, private where it leads out by another way,
isolated where it leads nowhere. All three can hold a function that calls Bedrock through endpoints: it has no public
address in any of them (AWS Lambda Developer Guide, "Internet access for VPC-connected functions").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lambda_bedrock_profile.stack.network.surroundings import SUBNET, referred, vpc_key
from lambda_bedrock_profile.template.branches import chosen
from lambda_bedrock_profile.template.intrinsics import Scope, condition, known
from lambda_bedrock_profile.template.references import ref
from lambda_bedrock_profile.template.resources import Resources, is_a, of_type, properties

ISOLATED, PRIVATE, PUBLIC = range(3)
MOST_SUBNETS: Final = 16
"""What a function's VpcConfig takes: CloudFormation Template Reference, AWS::Lambda::Function VpcConfig."""

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


def subnets_of(key: str, under: str | None, resources: Resources, scope: Scope) -> tuple[list[str], dict[str, str]]:
    """The ids of the best subnets of the VPC ``key``, and why the others cannot be used, by id.

    ``under`` is the condition of the declaration: a subnet has to be there whenever the function is.
    """
    usable: dict[str, int] = {}
    refused: dict[str, str] = {}
    for logical_id, subnet in of_type(resources, SUBNET):
        if vpc_key(subnet.get("VpcId"), resources, scope) != key:
            continue
        if why := _unusable(subnet, resources[logical_id].get("Condition"), under, scope):
            refused[logical_id] = why
        else:
            usable[logical_id] = _kind(logical_id, subnet, resources, scope)
    best = min(usable.values(), default=ISOLATED)
    return [logical_id for logical_id, kind in usable.items() if kind == best][:MOST_SUBNETS], refused


def _unusable(subnet: Mapping[str, Any], its: Any, under: str | None, scope: Scope) -> str | None:
    if known(subnet.get("Ipv6Native"), scope) in (True, "true"):
        return "has no IPv4 addresses"
    if "OutpostArn" in subnet:
        return "is on an Outpost, where there are no interface endpoints"
    if isinstance(its, str) and its != under and condition(its, scope) is not True:
        return f"stands under the condition {its}"
    return None


def _kind(logical_id: str, subnet: Mapping[str, Any], resources: Resources, scope: Scope) -> int:
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


def _route_kind(route: Mapping[str, Any], resources: Resources, scope: Scope) -> int:
    destinations = [route[name] for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock") if name in route]
    values = [known(destination, scope) for destination in destinations]
    if values and all(isinstance(value, str) and value not in _EVERYWHERE for value in values):
        return ISOLATED  # To a network that is known, such as a peer.
    gateway = referred(chosen(route.get("GatewayId"), scope), "InternetGatewayId")
    to_internet = "GatewayId" in route and not (gateway and is_a(resources, gateway, "AWS::EC2::VPNGateway"))
    return PUBLIC if to_internet else PRIVATE


def one_a_zone(subnet_ids: Sequence[str], resources: Resources, scope: Scope) -> list[dict[str, Any]]:
    """References to the first subnet of each zone.

    An endpoint takes one subnet a zone (AWS PrivateLink Guide, "Access an AWS service using an interface VPC endpoint",
    considerations). Subnets that leave their zone to EC2 may share one, so at most the first of them is taken.
    """
    zones: dict[str, str] = {}
    for logical_id in subnet_ids:
        subnet = properties(resources, logical_id)
        names = (name for name in ("AvailabilityZone", "AvailabilityZoneId") if name in subnet)
        zone = next((zone for name in names if (zone := chosen(subnet[name], scope)) is not None), None)
        found = known(zone, scope)
        zones.setdefault(json.dumps(found if isinstance(found, str) else zone, sort_keys=True), logical_id)
    named = [logical_id for zone, logical_id in zones.items() if zone != "null"]
    return refs(named or list(zones.values()))


def refs(logical_ids: Iterable[str]) -> list[dict[str, Any]]:
    """A Ref to each of ``logical_ids``."""
    return [ref(logical_id) for logical_id in logical_ids]
