"""``Custom::VpcDefaultSecurityGroup``, on moto's EC2 where it can and against the real service model where not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.provider.stage import REGION, Stage, recorded, with_properties

VPC = "vpc-0a1b2c3d4e5f60718"
GROUP = "sg-0a1b2c3d4e5f60718"
FILTERS = [{"Name": "vpc-id", "Values": [VPC]}, {"Name": "group-name", "Values": ["default"]}]


@pytest.fixture
def ec2(stage: Stage) -> Iterator[Any]:
    """An EC2 with state."""
    with mock_aws():
        client = boto3.client("ec2", region_name=REGION)
        stage.clients["ec2", REGION] = client
        yield client


def group_of(ec2: Any, vpc_id: str, name: str = "default") -> dict[str, Any]:
    """The group ``name`` of a VPC."""
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": [name]}]
    group: dict[str, Any] = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]
    return group


def test_every_rule_goes_and_nothing_else(stage: Stage, ec2: Any) -> None:
    """The default group loses all its rules; other groups and VPCs keep theirs; once more changes nothing."""
    vpc_id, other = (ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc_id)
    group_id = group_of(ec2, vpc_id)["GroupId"]
    for port in (22, 443):
        ec2.authorize_security_group_ingress(
            GroupId=group_id, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="10.0.0.0/8"
        )
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
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    event = recorded("create-default-security-group", RequestType="Update", PhysicalResourceId=GROUP)
    answer = stage.play(with_properties(event, VpcId=vpc_id))
    assert answer["PhysicalResourceId"] == group_of(ec2, vpc_id)["GroupId"] != GROUP


def test_a_vpc_that_is_not_there(stage: Stage, ec2: Any) -> None:
    """An unknown VPC is looked for a few times, since it may be new, and then named in the reason."""
    answer = stage.play(recorded("create-default-security-group"))
    assert answer["Reason"] == f"No default security group was found for {VPC} in us-west-1. Check VpcId."
    assert stage.slept == [1.0, 2.0, 4.0, 5.0]


def test_delete_leaves_the_group_closed(stage: Stage) -> None:
    """Delete succeeds without a call."""
    event = recorded("create-default-security-group", RequestType="Delete", PhysicalResourceId=GROUP)
    assert stage.play(event)["Status"] == "SUCCESS"


def test_only_a_default_group_is_touched(stage: Stage) -> None:
    """A group that came back without being this VPC's default one is left alone."""
    ec2 = stage.stub("ec2")
    wrong = [{"GroupId": GROUP, "GroupName": "web", "VpcId": VPC}]
    also_wrong = [{"GroupId": GROUP, "GroupName": "default", "VpcId": "vpc-1"}]
    for groups in (wrong, also_wrong, wrong, wrong, wrong):
        ec2.add_response("describe_security_groups", {"SecurityGroups": groups}, {"Filters": FILTERS})
    assert stage.play(recorded("create-default-security-group"))["Status"] == "FAILED"
    stage.done()


def rule(number: int, egress: bool) -> dict[str, Any]:
    """A rule as EC2 describes it."""
    return {"SecurityGroupRuleId": f"sgr-{number}", "GroupId": GROUP, "IsEgress": egress}


def found(stage: Stage) -> Any:
    """An EC2 that finds the group and wants to be asked what is in it."""
    ec2 = stage.stub("ec2")
    groups = [{"GroupId": GROUP, "GroupName": "default", "VpcId": VPC}]
    ec2.add_response("describe_security_groups", {"SecurityGroups": groups}, {"Filters": FILTERS})
    return ec2


def test_rules_come_in_pages(stage: Stage) -> None:
    """Every page of rules is read before any is revoked."""
    ec2 = found(stage)
    in_group = {"Filters": [{"Name": "group-id", "Values": [GROUP]}]}
    ec2.add_response(
        "describe_security_group_rules", {"SecurityGroupRules": [rule(1, False)], "NextToken": "more"}, in_group
    )
    ec2.add_response(
        "describe_security_group_rules", {"SecurityGroupRules": [rule(2, True)]}, {**in_group, "NextToken": "more"}
    )
    ec2.add_response("revoke_security_group_ingress", {}, {"GroupId": GROUP, "SecurityGroupRuleIds": ["sgr-1"]})
    ec2.add_response("revoke_security_group_egress", {}, {"GroupId": GROUP, "SecurityGroupRuleIds": ["sgr-2"]})
    ec2.add_response("describe_security_group_rules", {"SecurityGroupRules": []}, in_group)
    assert stage.play(recorded("create-default-security-group"))["Status"] == "SUCCESS"
    stage.done()


def test_a_rule_somebody_else_revokes_meanwhile(stage: Stage) -> None:
    """A rule that is gone when it is revoked is no failure."""
    ec2 = found(stage)
    ec2.add_response("describe_security_group_rules", {"SecurityGroupRules": [rule(1, True)]})
    ec2.add_client_error("revoke_security_group_egress", "InvalidSecurityGroupRuleId.NotFound")
    ec2.add_response("describe_security_group_rules", {"SecurityGroupRules": []})
    assert stage.play(recorded("create-default-security-group"))["Status"] == "SUCCESS"


def test_rules_that_keep_coming_back(stage: Stage) -> None:
    """Something that adds rules while they are removed is reported, not fought for ever."""
    ec2 = found(stage)
    for _ in range(5):
        ec2.add_response("describe_security_group_rules", {"SecurityGroupRules": [rule(1, True)]})
        ec2.add_response("revoke_security_group_egress", {})
    assert f"Rules keep coming back in {GROUP}" in stage.play(recorded("create-default-security-group"))["Reason"]


def test_a_vpc_of_another_account(stage: Stage) -> None:
    """A shared VPC, whose groups belong to its owner, fails with the action that is not allowed."""
    ec2 = found(stage)
    ec2.add_response("describe_security_group_rules", {"SecurityGroupRules": [rule(1, False)]})
    ec2.add_client_error("revoke_security_group_ingress", "UnauthorizedOperation", "You are not authorized.")
    reason = stage.play(recorded("create-default-security-group"))["Reason"]
    assert reason.startswith("RevokeSecurityGroupIngress failed with UnauthorizedOperation. You are not authorized.")
