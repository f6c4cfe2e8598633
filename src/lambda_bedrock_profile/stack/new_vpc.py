"""The VPC that DeployVpc makes: its address blocks, its isolated subnets, its flow log, and nothing that leads out.

No internet gateway, no NAT gateway, no public address, and route tables without a single route besides the local one.

A VPC is always cut into four blocks of one size, whatever the number of subnets: a subnet keeps its block when more
zones come. Four is the smallest power of two that holds the three zones at most.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.parse import report_undecided
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.stack.logs import flow_log
from lambda_bedrock_profile.template.intrinsics import Unknown
from lambda_bedrock_profile.template.references import get_att, ref
from lambda_bedrock_profile.values import Expression, Json

DEFAULT_BLOCK: Final = "10.0.0.0/16"
_BLOCKS: Final = 4
_EXTRA_BITS: Final = 2
LARGEST, SMALLEST = 16, 26
"""Prefix lengths of a VPC that can be cut into four: EC2 takes VPCs, and subnets, from /16 to /28.

Source: Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks". The schema of VpcProps has the same limits.
"""

_DEFAULTS: Final = {
    name: item["default"] for name, item in SCHEMA["properties"]["VpcProps"]["properties"].items() if "default" in item
}
_ZONES: Final = (1, 2, 3)
_NOT_OF_A_VPC: Final = ("MaxAzs", "FlowLogs", "NatGateways", "SubnetConfiguration")
"""The members of VpcProps that AWS::EC2::VPC does not have."""


class NewVpc(NamedTuple):
    """A VPC to make, with a subnet for each of ``subnet_blocks``.

    ``provider`` is the token of the provider that closes its default security group, None if there is none.
    ``default_block`` says that the user leaves the VPC's own block open.
    """

    subnet_blocks: tuple[Json, ...]
    flow_log: bool
    provider: Expression
    default_block: bool


# What is decided


def zones_of(declaration: Declaration) -> int:
    """The number of zones that the VPC of ``declaration`` spans; 1 if MaxAzs has an error, which is reported there."""
    zones = declaration.props("VpcProps").value("MaxAzs", _DEFAULTS["MaxAzs"])
    return zones if zones in _ZONES else 1


def new_vpc(declaration: Declaration, context: StackContext, place: Report) -> NewVpc | None:
    """What VpcProps say about the VPC; None, and errors at ``place`` (of VpcProps), if there is no making it."""
    props = declaration.props("VpcProps").values
    decided = {name: props.get(name, default) for name, default in _DEFAULTS.items()}
    unknown = {name: value for name, value in decided.items() if isinstance(value, Unknown)}
    for name, value in unknown.items():
        report_undecided(value, place.at(name))
    fits = not unknown
    fits = _pool_fits(props, place) and fits
    blocks = _subnet_blocks(declaration, props, zones_of(declaration), place)
    if blocks is None or not fits:
        return None
    default_block = "CidrBlock" not in props and "Ipv4IpamPoolId" not in props
    return NewVpc(tuple(blocks), decided["FlowLogs"], context.service_token, default_block)


def _pool_fits(props: Mapping[str, Json], place: Report) -> bool:
    """Whether EC2 takes the length, which is for a block that a pool chooses.

    A CidrBlock beside a pool is taken out of the pool as it is: Amazon VPC IPAM User Guide, "Create a VPC that uses an
    IPAM pool CIDR".
    """
    block, length = props.get("CidrBlock"), props.get("Ipv4NetmaskLength")
    if length is None or isinstance(length, Unknown):
        return True
    if "Ipv4IpamPoolId" not in props:
        what = "is the size of a block from an IPAM pool, and no pool is named"
        fix = "Add Ipv4IpamPoolId, or write CidrBlock instead"
    elif block is not None and not isinstance(block, Unknown):
        what = "stands beside CidrBlock, which has its size in it, and EC2 takes one of the two"
        fix = "Remove Ipv4NetmaskLength to have that very block from the pool, or CidrBlock to have any"
    else:
        return True
    place.at("Ipv4NetmaskLength").error("property", what, fix)
    return False


def _subnet_blocks(declaration: Declaration, props: Mapping[str, Json], zones: int, place: Report) -> list[Json] | None:
    if "CidrBlock" not in props and "Ipv4IpamPoolId" not in props:
        return carved(DEFAULT_BLOCK, zones)
    name = "CidrBlock" if "CidrBlock" in props else "Ipv4NetmaskLength"
    value = props.get(name, Unknown("not written: the pool has a default of its own"))
    if isinstance(value, Unknown):
        what = f"the size of the VPC's block cannot be known before deployment, since it is {value.why}"
        fix = "Write CidrBlock or Ipv4NetmaskLength, or take it from a parameter with a value here"
        place.at(name if name in props else "Ipv4IpamPoolId").error("property", what, fix)
        return None
    length = prefix_length(value) if isinstance(value, str) else value
    if not isinstance(length, int) or not LARGEST <= length <= SMALLEST:
        return carved(DEFAULT_BLOCK, zones)  # The schema reports what else it may be.
    expression = declaration.props("VpcProps").expression("CidrBlock")
    if isinstance(expression, str):
        return list(carved(expression, zones))
    # What a parameter says must not be spelled out in the template, so CloudFormation computes.
    block = get_att(generated_id(declaration.logical_id, names.VPC), "CidrBlock")
    return list(carved_later(block, length, zones))


def prefix_length(block: str) -> int | None:
    """The prefix length of an IPv4 block; None if ``block`` is none."""
    import ipaddress  # 4 ms, and most templates have no network

    try:
        return ipaddress.IPv4Network(block, strict=False).prefixlen if "/" in block else None
    except ValueError:
        return None


def carved(block: str, count: int) -> list[str]:
    """The first ``count`` of the four parts of ``block``, a valid IPv4 block.

    EC2 clears the host bits of a VPC's block, so they are cleared here.
    """
    import ipaddress

    parts = ipaddress.IPv4Network(block, strict=False).subnets(prefixlen_diff=_EXTRA_BITS)
    return [str(part) for part, _ in zip(parts, range(count), strict=False)]


def carved_later(block: Expression, length: int, count: int) -> list[dict[str, Json]]:
    """The same for an expression of a block of ``length``, carved by CloudFormation.

    Fn::Cidr takes the number of *host* bits (CloudFormation Template Reference, "Fn::Cidr").
    """
    parts = {"Fn::Cidr": [block, _BLOCKS, 32 - length - _EXTRA_BITS]}
    return [{"Fn::Select": [index, parts]} for index in range(count)]


# What is built


def vpc_resources(declaration: Declaration, new: NewVpc) -> dict[str, dict[str, Json]]:
    """Everything that makes up a new VPC, by logical id."""
    owner = declaration.logical_id
    vpc = generated_id(owner, names.VPC)
    resources = {vpc: _vpc(declaration, new)}
    for number, block in enumerate(new.subnet_blocks, start=1):
        resources |= _subnet(owner, number, block)
    if new.flow_log:
        resources |= flow_log(declaration, vpc)
    if new.provider is not None:
        closed = custom_types.custom_resource(custom_types.DEFAULT_SECURITY_GROUP, new.provider, {"VpcId": ref(vpc)})
        resources[generated_id(owner, names.DEFAULT_SECURITY_GROUP)] = closed
    return resources


def _vpc(declaration: Declaration, new: NewVpc) -> dict[str, Json]:
    """The VPC with the user's properties; DNS support and host names stay on, since private DNS names need both."""
    expressions = declaration.props("VpcProps").expressions
    properties = {name: value for name, value in expressions.items() if name not in _NOT_OF_A_VPC}
    if new.default_block:
        properties["CidrBlock"] = DEFAULT_BLOCK
    return {
        "Type": "AWS::EC2::VPC",
        "Properties": {**properties, "EnableDnsHostnames": True, "EnableDnsSupport": True},
    }


def _subnet(owner: str, number: int, block: Expression) -> dict[str, dict[str, Json]]:
    """An isolated subnet with its route table, in the zone of that number."""
    vpc = generated_id(owner, names.VPC)
    subnet, table = generated_id(owner, names.SUBNET, number), generated_id(owner, names.ROUTE_TABLE, number)
    return {
        subnet: {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": ref(vpc),
                "AvailabilityZone": {"Fn::Select": [number - 1, {"Fn::GetAZs": ""}]},
                "CidrBlock": block,
                "MapPublicIpOnLaunch": False,
            },
        },
        table: {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": ref(vpc)}},
        generated_id(owner, names.ROUTE_TABLE_ASSOCIATION, number): {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"RouteTableId": ref(table), "SubnetId": ref(subnet)},
        },
    }
