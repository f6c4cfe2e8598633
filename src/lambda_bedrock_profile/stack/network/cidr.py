"""Address blocks of subnets, carved from the block of their VPC.

A VPC is always cut into four blocks of one size, whatever the number of subnets: a subnet keeps its block when more
zones come. Four is the smallest power of two that holds the three zones at most.
"""

from __future__ import annotations

from typing import Any, Final

DEFAULT_BLOCK: Final = "10.0.0.0/16"
_BLOCKS: Final = 4
_EXTRA_BITS: Final = 2
LARGEST, SMALLEST = 16, 26
"""Prefix lengths of a VPC that can be cut into four: EC2 takes VPCs, and subnets, from /16 to /28.

Source: Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks". The schema of VpcProps has the same limits.
"""


def prefix_length(block: str) -> int | None:
    """The prefix length of an IPv4 block; None where ``block`` is none."""
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


def carved_later(block: Any, length: int, count: int) -> list[dict[str, Any]]:
    """The same for an expression of a block of ``length``, carved by CloudFormation.

    Fn::Cidr takes the number of *host* bits (CloudFormation Template Reference, "Fn::Cidr").
    """
    parts = {"Fn::Cidr": [block, _BLOCKS, 32 - length - _EXTRA_BITS]}
    return [{"Fn::Select": [index, parts]} for index in range(count)]
