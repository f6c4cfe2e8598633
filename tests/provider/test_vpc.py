"""``Custom::VpcDefaultSecurityGroup`` and ``Custom::ManagedPrefixList``.

On moto's EC2 if it can do what is asked, otherwise against the real service model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.ec2.models import ec2_backends

from tests.provider.chaos import REGION
from tests.provider.stage import Stage, recorded, with_properties

VPC = "vpc-0a1b2c3d4e5f60718"
GROUP = "sg-0a1b2c3d4e5f60718"
STACK = recorded("create-default-security-group")["StackId"]
FILTERS = [{"Name": "vpc-id", "Values": [VPC]}, {"Name": "group-name", "Values": ["default"]}]


@pytest.fixture
def ec2(stage: Stage) -> Iterator[Any]:
    """An EC2 with state."""
    with mock_aws():
        stage.admit("ec2", boto3.client("ec2", region_name=REGION))
        # Another client, for what the test itself does.
        yield boto3.client("ec2", region_name=REGION)


def made_vpc(ec2: Any, stack: str = STACK) -> str:
    """The id of a new VPC with the tag that CloudFormation gives to what ``stack`` makes; "" is no stack."""
    vpc_id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    if stack:
        # Nobody may set this tag but CloudFormation, so it does not come through EC2's API.
        tags = ec2_backends["123456789012"][REGION].tags
        tags[vpc_id]["aws:cloudformation:stack-id"] = stack
    return vpc_id


def group_of(ec2: Any, vpc_id: str, name: str = "default") -> dict[str, Any]:
    """The group ``name`` of a VPC."""
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": [name]}]
    group: dict[str, Any] = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]
    return group


def test_every_rule_goes_and_nothing_else(stage: Stage, ec2: Any) -> None:
    """The default group loses rules of every kind; other groups and VPCs keep theirs; once more changes nothing."""
    vpc_id, other = made_vpc(ec2), made_vpc(ec2)
    ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc_id)
    group_id = group_of(ec2, vpc_id)["GroupId"]
    prefix_list = ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=1, AddressFamily="IPv4")
    sources: list[dict[str, Any]] = [
        {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}, {"CidrIp": "192.0.2.0/24"}]},
        {"Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]},
        {"PrefixListIds": [{"PrefixListId": prefix_list["PrefixList"]["PrefixListId"]}]},
        {"UserIdGroupPairs": [{"GroupId": group_id}]},
    ]
    permissions = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **each} for port, each in enumerate(sources)]
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)
    before = group_of(ec2, other), group_of(ec2, vpc_id, "web")
    assert before[0]["IpPermissionsEgress"]
    for request_type in ("Create", "Update"):
        event = recorded("create-default-security-group", RequestType=request_type, PhysicalResourceId=group_id)
        answer = stage.play(with_properties(event, VpcId=vpc_id))
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", group_id)
        assert answer["Data"] == {"GroupId": group_id}
        closed = group_of(ec2, vpc_id)
        assert (closed["IpPermissions"], closed["IpPermissionsEgress"]) == ([], [])
    assert before == (group_of(ec2, other), group_of(ec2, vpc_id, "web"))


def test_another_vpc_is_another_resource(stage: Stage, ec2: Any) -> None:
    """An update to another VPC gives that VPC's group as the new physical id."""
    vpc_id = made_vpc(ec2)
    event = recorded("create-default-security-group", RequestType="Update", PhysicalResourceId=GROUP)
    answer = stage.play(with_properties(event, VpcId=vpc_id))
    assert answer["PhysicalResourceId"] == group_of(ec2, vpc_id)["GroupId"] != GROUP


def test_a_vpc_that_is_not_there(stage: Stage, ec2: Any) -> None:
    """An unknown VPC is looked for a few times, since it may be new, and then named in the reason."""
    answer = stage.play(recorded("create-default-security-group"))
    assert answer["Reason"] == f"There is no VPC {VPC} in us-west-1. Check VpcId."
    assert stage.slept == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


@pytest.mark.parametrize("request_type", ["Create", "Update"])
@pytest.mark.parametrize("maker", [STACK.replace("assistant", "another"), ""])
def test_a_vpc_of_another_stack_is_left_alone(stage: Stage, ec2: Any, request_type: str, maker: str) -> None:
    """Nobody closes the default group of a VPC that another stack made, or no stack."""
    vpc_id = made_vpc(ec2, maker)
    before = group_of(ec2, vpc_id)
    event = recorded("create-default-security-group", RequestType=request_type, PhysicalResourceId=GROUP)
    answer = stage.play(with_properties(event, VpcId=vpc_id))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"{vpc_id} was not made by this stack, so")
    assert group_of(ec2, vpc_id) == before
    # A tag that is not there may only be late; that of another stack is the last word.
    assert bool(stage.slept) == (not maker)


def test_delete_leaves_the_group_closed(stage: Stage) -> None:
    """Delete succeeds without a call."""
    event = recorded("create-default-security-group", RequestType="Delete", PhysicalResourceId=GROUP)
    assert stage.play(event)["Status"] == "SUCCESS"


RULE = {
    "IpProtocol": "-1",
    "UserIdGroupPairs": [{"GroupId": GROUP, "UserId": "123456789012"}],
    "IpRanges": [],
    "Ipv6Ranges": [],
    "PrefixListIds": [],
}


def announce_group(
    ec2: Stubber, inbound: list[Any], outbound: list[Any], name: str = "default", vpc_id: str = VPC
) -> None:
    """Announces a look at a group with these rules."""
    group: dict[str, Any] = {"GroupId": GROUP, "GroupName": name, "VpcId": vpc_id}
    group |= {"IpPermissions": inbound, "IpPermissionsEgress": outbound}
    ec2.add_response("describe_security_groups", {"SecurityGroups": [group]}, {"Filters": FILTERS})


def announce_vpc(ec2: Stubber) -> None:
    """Announces a look at the VPC, which the event's stack made."""
    tags = [{"Key": "aws:cloudformation:stack-id", "Value": STACK}]
    ec2.add_response("describe_vpcs", {"Vpcs": [{"VpcId": VPC, "Tags": tags}]}, {"VpcIds": [VPC]})


def announce_revoke(ec2: Stubber, direction: str) -> None:
    """Announces that the rule is revoked."""
    ec2.add_response(f"revoke_security_group_{direction}", {}, {"GroupId": GROUP, "IpPermissions": [RULE]})


def test_only_a_default_group_is_touched(stage: Stage) -> None:
    """A group that came back without being this VPC's default one is left alone."""
    ec2 = stage.stub("ec2")
    announce_vpc(ec2)
    for number in range(7):
        announce_group(ec2, [RULE], [RULE], **({"vpc_id": "vpc-1"} if number else {"name": "web"}))
    assert stage.play(recorded("create-default-security-group"))["Status"] == "FAILED"
    stage.done()


def test_a_group_is_closed_once_it_is_seen_closed(stage: Stage) -> None:
    """A VPC that does not show yet is waited for, and rules that still show after they were revoked are, too."""
    ec2 = stage.stub("ec2")
    announce_vpc(ec2)
    ec2.add_response("describe_security_groups", {"SecurityGroups": []}, {"Filters": FILTERS})
    announce_group(ec2, [RULE], [RULE])
    announce_revoke(ec2, "ingress")
    announce_revoke(ec2, "egress")
    announce_group(ec2, [RULE], [])
    ec2.add_client_error("revoke_security_group_ingress", "InvalidPermission.NotFound")
    announce_group(ec2, [], [])
    assert stage.play(recorded("create-default-security-group"))["Status"] == "SUCCESS"
    stage.done()


def test_a_rule_somebody_else_revokes_meanwhile(stage: Stage) -> None:
    """A rule that is gone when it is revoked is no failure, and keeps no other rule in the group."""
    ec2 = stage.stub("ec2")
    announce_vpc(ec2)
    announce_group(ec2, [RULE], [RULE])
    ec2.add_client_error("revoke_security_group_ingress", "InvalidPermission.NotFound")
    announce_revoke(ec2, "egress")
    announce_group(ec2, [RULE], [])
    announce_revoke(ec2, "ingress")
    announce_group(ec2, [], [])
    assert stage.play(recorded("create-default-security-group"))["Status"] == "SUCCESS"
    stage.done()


def test_rules_that_keep_coming_back(stage: Stage) -> None:
    """Something that adds rules while they are removed is reported, not fought for ever."""
    ec2 = stage.stub("ec2")
    announce_vpc(ec2)
    for _ in range(7):
        announce_group(ec2, [], [RULE])
        announce_revoke(ec2, "egress")
    assert f"Rules keep coming back in {GROUP}" in stage.play(recorded("create-default-security-group"))["Reason"]
    stage.done()


def test_a_vpc_of_another_account(stage: Stage) -> None:
    """A shared VPC, whose groups belong to its owner, fails with the action that is not allowed."""
    ec2 = stage.stub("ec2")
    announce_vpc(ec2)
    announce_group(ec2, [RULE], [])
    ec2.add_client_error("revoke_security_group_ingress", "UnauthorizedOperation", "You are not authorized.")
    reason = stage.play(recorded("create-default-security-group"))["Reason"]
    assert reason.startswith("RevokeSecurityGroupIngress failed with UnauthorizedOperation. You are not authorized.")


def test_a_prefix_list_of_aws_is_looked_up(stage: Stage, ec2: Any) -> None:
    """The id of the list that AWS manages for a service is the physical id and the attribute."""
    [prefix_list] = ec2.describe_managed_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    )["PrefixLists"]
    for request_type in ("Create", "Update"):
        answer = stage.play(recorded("create-prefix-list", RequestType=request_type))
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", prefix_list["PrefixListId"])
        assert answer["Data"] == {"PrefixListId": prefix_list["PrefixListId"]}


@pytest.mark.parametrize("name", ["com.amazonaws.us-west-1.nothing", "com.amazonaws.us-west-1.office"])
def test_a_prefix_list_that_aws_does_not_manage(stage: Stage, ec2: Any, name: str) -> None:
    """A service without a list is named in the reason, and so is a list that somebody else has made."""
    ec2.create_managed_prefix_list(PrefixListName="com.amazonaws.us-west-1.office", MaxEntries=1, AddressFamily="IPv4")
    answer = stage.play(with_properties(recorded("create-prefix-list"), PrefixListName=name))
    assert answer["Reason"] == f"AWS manages no prefix list {name} in us-west-1. Check PrefixListName."


def test_a_list_under_another_owner_is_not_taken(stage: Stage) -> None:
    """The filters are not the last word: the owner in the answer is AWS, or there is no list."""
    name = "com.amazonaws.us-west-1.s3"
    ec2 = stage.stub("ec2")
    filters = [{"Name": "prefix-list-name", "Values": [name]}, {"Name": "owner-id", "Values": ["AWS"]}]
    lists = [{"PrefixListId": "pl-1", "PrefixListName": name, "OwnerId": "111122223333"}]
    ec2.add_response("describe_managed_prefix_lists", {"PrefixLists": lists}, {"Filters": filters})
    assert stage.play(recorded("create-prefix-list"))["Status"] == "FAILED"


def test_nothing_is_deleted_with_a_looked_up_prefix_list(stage: Stage) -> None:
    """Delete succeeds without a call."""
    event = recorded("create-prefix-list", RequestType="Delete", PhysicalResourceId="pl-6ba54002")
    assert stage.play(event)["Status"] == "SUCCESS"
