"""Address blocks of subnets: inside the VPC, apart from each other, and the same for ever."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile.stack.new_vpc import LARGEST, SMALLEST, carved, carved_later, prefix_length
from tests.network.templates import declaration, expanded, one_problem, problems
from tests.support.templates import get_att, properties

blocks = st.builds(
    lambda address, length: f"{IPv4Network(address).network_address}/{length}",
    st.integers(0, 2**32 - 1),
    st.integers(LARGEST, SMALLEST),
)


@given(blocks, st.integers(1, 3))
def test_subnets_are_inside_the_vpc_and_apart(block: str, count: int) -> None:
    """Whatever the block, every subnet lies in it, none overlaps another, and EC2 takes its size."""
    vpc = IPv4Network(block, strict=False)
    subnets = [IPv4Network(part) for part in carved(block, count)]

    assert len(subnets) == count
    assert all(subnet.subnet_of(vpc) and subnet.prefixlen <= 28 for subnet in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)


@given(blocks)
def test_more_zones_move_no_subnet(block: str) -> None:
    """A subnet's block never changes when MaxAzs grows, so no subnet is replaced."""
    assert carved(block, 3)[:1] == carved(block, 1)
    assert carved(block, 3)[:2] == carved(block, 2)


@given(blocks)
def test_cloudformation_computes_the_same_blocks(block: str) -> None:
    """Fn::Cidr, asked with the size alone, comes to the same subnets as the computation here."""
    length = prefix_length(block)
    assert length is not None
    (select,) = carved_later(block, length, 1)
    _, count, host_bits = select["Fn::Select"][1]["Fn::Cidr"]
    parts = list(IPv4Network(block, strict=False).subnets(new_prefix=32 - host_bits))[:count]

    assert [str(part) for part in parts[:3]] == carved(block, 3)


@given(st.text())
def test_any_text_is_a_block_or_none(text: str) -> None:
    """No text in CidrBlock makes the macro fail."""
    assert prefix_length(text) in (None, *range(33))


def vpc(**props: Any) -> dict[str, Any]:
    """A template whose declaration makes a VPC with ``props``."""
    return {"Assistant": declaration(DeployVpc=True, VpcProps={"MaxAzs": 1, **props})}


def test_the_default_block_is_cut_like_the_constructs() -> None:
    """Subnets of the default VPC have the blocks that the CDK construct gives them."""
    template = expanded({"Assistant": declaration(DeployVpc=True)})

    assert properties(template, "AssistantSubnet1")["CidrBlock"] == "10.0.0.0/18"
    assert properties(template, "AssistantSubnet2")["CidrBlock"] == "10.0.64.0/18"


def test_a_block_from_a_parameter_is_cut_by_cloudformation() -> None:
    """The value of a parameter is not spelled out in the processed template: its size alone is used."""
    parameters = {"Block": {"Type": "String"}}
    template = expanded(vpc(CidrBlock={"Ref": "Block"}), Parameters=parameters, values={"Block": "10.9.0.0/20"})

    assert properties(template, "AssistantSubnet1")["CidrBlock"] == {
        "Fn::Select": [0, {"Fn::Cidr": [get_att("AssistantVpc", "CidrBlock"), 4, 10]}]
    }
    assert "10.9.0.0" not in str(template)


def test_a_block_from_a_pool_is_cut_by_cloudformation() -> None:
    """A VPC from an IPAM pool gets its subnets from the block that the pool gives."""
    template = expanded(vpc(Ipv4IpamPoolId="ipam-pool-1", Ipv4NetmaskLength=24))

    assert "CidrBlock" not in properties(template, "AssistantVpc")
    select = properties(template, "AssistantSubnet1")["CidrBlock"]["Fn::Select"]
    assert select[1]["Fn::Cidr"][1:] == [4, 6]


def test_a_condition_chooses_the_block() -> None:
    """Fn::If on CidrBlock is decided where its condition is known, and a branch without value is the default."""
    block = {"Fn::If": ["Small", "10.7.0.0/26", {"Ref": "AWS::NoValue"}]}
    small = expanded(vpc(CidrBlock=block), Conditions={"Small": {"Fn::Equals": [1, 1]}})
    default = expanded(vpc(CidrBlock=block), Conditions={"Small": {"Fn::Equals": [1, 2]}})

    assert properties(small, "AssistantSubnet1")["CidrBlock"]["Fn::Select"][1]["Fn::Cidr"][1:] == [4, 4]
    assert properties(default, "AssistantVpc")["CidrBlock"] == "10.0.0.0/16"


@pytest.mark.parametrize(
    ("props", "place", "words"),
    [
        ({"CidrBlock": "10.0.0.0/27"}, "CidrBlock", "Write an IPv4 block from /16 to /26"),
        ({"CidrBlock": "10.0.0.0/15"}, "CidrBlock", "Write an IPv4 block from /16 to /26"),
        ({"CidrBlock": "office"}, "CidrBlock", "Write an IPv4 block from /16 to /26"),
        ({"CidrBlock": "10.0.0.999/16"}, "CidrBlock", "Write an IPv4 block from /16 to /26"),
        ({"CidrBlock": {"Fn::ImportValue": "block"}}, "CidrBlock", "cannot be known"),
        ({"Ipv4IpamPoolId": "ipam-pool-1"}, "Ipv4IpamPoolId", "cannot be known"),
        (
            {"Ipv4IpamPoolId": "ipam-pool-1", "Ipv4NetmaskLength": 28},
            "Ipv4NetmaskLength",
            "a whole number from 16 to 26",
        ),
        ({"MaxAzs": {"Fn::ImportValue": "zones"}}, "MaxAzs", "cannot be known"),
        ({"FlowLogs": {"Fn::ImportValue": "logs"}}, "FlowLogs", "cannot be known"),
    ],
)
def test_what_cannot_be_cut_is_a_problem(props: dict[str, Any], place: str, words: str) -> None:
    """A block that is too small, too large, no block or not known is named with its place and the limits, once."""
    found = one_problem(vpc(**props))

    assert found.startswith(f"Assistant.Properties.VpcProps.{place}: ")
    assert words in found


@pytest.mark.parametrize(
    ("props", "words"),
    [
        ({"Ipv4NetmaskLength": 24}, "no pool is named. Add Ipv4IpamPoolId, or write CidrBlock instead"),
        ({"Ipv4NetmaskLength": 24, "CidrBlock": "10.7.0.0/24"}, "no pool is named"),
        (
            {"Ipv4NetmaskLength": 24, "CidrBlock": "10.7.0.0/24", "Ipv4IpamPoolId": "ipam-pool-1"},
            "stands beside CidrBlock",
        ),
    ],
)
def test_a_length_is_for_a_block_that_a_pool_chooses(props: dict[str, Any], words: str) -> None:
    """A length without a pool, or beside a block, is reported before EC2 refuses it."""
    found = one_problem(vpc(**props))

    assert found.startswith("Assistant.Properties.VpcProps.Ipv4NetmaskLength: ")
    assert words in found


def test_a_pool_may_give_the_very_block_that_is_written() -> None:
    """CidrBlock beside Ipv4IpamPoolId, which EC2 allows, passes, and the subnets are cut from that block."""
    template = expanded(vpc(CidrBlock="10.7.0.0/24", Ipv4IpamPoolId="ipam-pool-1"))

    assert properties(template, "AssistantVpc")["Ipv4IpamPoolId"] == "ipam-pool-1"
    assert properties(template, "AssistantSubnet1")["CidrBlock"] == "10.7.0.0/26"


def test_a_condition_may_choose_between_a_block_and_a_pool() -> None:
    """Fn::If with AWS::NoValue on both ways to a block is decided by the condition, and neither way is a problem."""
    none = {"Ref": "AWS::NoValue"}
    props = {
        "CidrBlock": {"Fn::If": ["Pooled", none, "10.7.0.0/24"]},
        "Ipv4IpamPoolId": {"Fn::If": ["Pooled", "ipam-pool-1", none]},
        "Ipv4NetmaskLength": {"Fn::If": ["Pooled", 24, none]},
    }
    for pooled in (1, 2):
        template = expanded(vpc(**props), Conditions={"Pooled": {"Fn::Equals": [1, pooled]}})
        assert properties(template, "AssistantSubnet1")["CidrBlock"]["Fn::Select"][1]["Fn::Cidr"][1:] == [4, 6]


@pytest.mark.parametrize(("length", "fits"), [(15, False), (LARGEST, True), (SMALLEST, True), (27, False)])
def test_the_schema_and_the_cutting_have_the_same_limits(length: int, fits: bool) -> None:
    """What the reference says a block may be is what can be cut into four subnets that EC2 takes, and no more."""
    validate: Callable[..., Any] = expanded if fits else problems
    assert validate(vpc(CidrBlock=f"10.0.0.0/{length}"))
    assert validate(vpc(Ipv4IpamPoolId="ipam-pool-1", Ipv4NetmaskLength=length))


@pytest.mark.parametrize("zones", [0, 4, "many", None])
def test_a_number_of_zones_out_of_range_is_one_problem(zones: Any) -> None:
    """A MaxAzs that the schema refuses is reported one time, and nothing fails behind it."""
    assert one_problem(vpc(MaxAzs=zones)).startswith("Assistant.Properties.VpcProps.MaxAzs: ")
