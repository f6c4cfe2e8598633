"""The VPC that DeployVpc makes: what is decided about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.parse import undecided
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.stack.network.cidr import (
    DEFAULT_BLOCK,
    LARGEST,
    SMALLEST,
    carved,
    carved_later,
    prefix_length,
)
from lambda_bedrock_profile.stack.network.plan import NewVpc, Vpc
from lambda_bedrock_profile.stack.network.subnets import refs
from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, known
from lambda_bedrock_profile.template.references import get_att, ref
from lambda_bedrock_profile.template.resources import Resources, properties

_DEFAULTS: Final = {
    name: item["default"] for name, item in SCHEMA["properties"]["VpcProps"]["properties"].items() if "default" in item
}

_ZONES: Final = (1, 2, 3)


def vpc_of(owner: str, zones: int) -> Vpc:
    """The VPC that the declaration ``owner`` makes over ``zones`` zones, as its function and others see it."""
    subnets = refs(f"{owner}Subnet{number}" for number in range(1, zones + 1))
    return Vpc(owner, ref(owner + "Vpc"), subnets, subnets, (get_att(owner + "Vpc", "CidrBlock"),))


def deployed(owner: str, resources: Resources, scope: Scope) -> Vpc:
    """The same for another declaration, read from the template."""
    props = known(properties(resources, owner).get("VpcProps", {}), scope)
    zones = props.get("MaxAzs", _DEFAULTS["MaxAzs"]) if isinstance(props, dict) else _DEFAULTS["MaxAzs"]
    # Where it is none of the numbers that it can be, the declaration itself has the problem.
    return vpc_of(owner, next((number for number in _ZONES if str(number) == str(zones)), 1))


def new_vpc(declaration: Declaration, environment: StackContext) -> NewVpc | list[Problem]:
    """What VpcProps say about the VPC, or what is wrong with them."""
    props = declaration.known.get("VpcProps", {})
    decided = {name: props.get(name, default) for name, default in _DEFAULTS.items()}
    problems = [
        undecided(declaration.logical_id, _at(name), value)
        for name, value in decided.items()
        if isinstance(value, Unknown)
    ]
    problems += _dns_problems(declaration, props)
    problems += _pool_problems(declaration, props)
    zones = decided["MaxAzs"] if decided["MaxAzs"] in _ZONES else 1  # The schema has told what else it may be.
    blocks = _subnet_blocks(declaration, props, zones)
    if isinstance(blocks, Problem):
        problems.append(blocks)
    if problems or isinstance(blocks, Problem):
        return problems
    default_block = "CidrBlock" not in props and "Ipv4IpamPoolId" not in props
    return NewVpc(tuple(blocks), decided["FlowLogs"], environment.service_token, default_block)


def _dns_problems(declaration: Declaration, props: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(
            declaration.logical_id,
            _at(name),
            "is off, and the private DNS names of the endpoints need it",
            f"Remove {name}: it is always on",
        )
        for name in ("EnableDnsHostnames", "EnableDnsSupport")
        if props.get(name) is False
    ]


def _pool_problems(declaration: Declaration, props: Mapping[str, Any]) -> Iterator[Problem]:
    """A length that EC2 would refuse: it is for a block that a pool chooses.

    A CidrBlock beside a pool is taken out of the pool as it is: Amazon VPC IPAM User Guide, "Create a VPC that uses an
    IPAM pool CIDR".
    """
    block, length = props.get("CidrBlock"), props.get("Ipv4NetmaskLength")
    if length is None or isinstance(length, Unknown):
        return
    if "Ipv4IpamPoolId" not in props:
        what = "is the size of a block from an IPAM pool, and no pool is named"
        fix = "Add Ipv4IpamPoolId, or write CidrBlock instead"
        yield Problem(declaration.logical_id, _at("Ipv4NetmaskLength"), what, fix)
    elif block is not None and not isinstance(block, Unknown):
        what = "stands beside CidrBlock, which has its size in it, and EC2 takes one of the two"
        fix = "Remove Ipv4NetmaskLength to have that very block from the pool, or CidrBlock to have any"
        yield Problem(declaration.logical_id, _at("Ipv4NetmaskLength"), what, fix)


def _subnet_blocks(declaration: Declaration, props: Mapping[str, Any], zones: int) -> list[Any] | Problem:
    if "CidrBlock" not in props and "Ipv4IpamPoolId" not in props:
        return carved(DEFAULT_BLOCK, zones)
    name = "CidrBlock" if "CidrBlock" in props else "Ipv4NetmaskLength"
    value = props.get(name, Unknown("not written: the pool has a default of its own"))
    if isinstance(value, Unknown):
        what = f"the size of the VPC's block cannot be known before deployment, since it is {value.why}"
        fix = "Write CidrBlock or Ipv4NetmaskLength, or take it from a parameter with a value here"
        return Problem(declaration.logical_id, _at(name if name in props else "Ipv4IpamPoolId"), what, fix)
    length = prefix_length(value) if isinstance(value, str) else value
    if not isinstance(length, int) or not LARGEST <= length <= SMALLEST:
        return carved(DEFAULT_BLOCK, zones)  # The schema has told what else it may be.
    written = declaration.props("VpcProps").get("CidrBlock")
    if isinstance(written, str):
        return list(carved(written, zones))
    # What a parameter says must not be spelled out in the template, so CloudFormation computes.
    return list(carved_later(get_att(declaration.logical_id + "Vpc", "CidrBlock"), length, zones))


def _at(name: str) -> tuple[str | int, ...]:
    return ("Properties", "VpcProps", name)
