"""The custom resources of a VPC: ``Custom::VpcDefaultSecurityGroup`` and ``Custom::ManagedPrefixList``.

The first takes every rule out of the default security group of a VPC. CloudFormation makes that group with the VPC and
cannot change it. Security Hub control EC2.2, "VPC default security groups should not allow inbound or outbound
traffic", wants it closed. Only a VPC of the stack that asks is touched, because closing a group that is in use is an
outage.

The second looks up the id of a prefix list that AWS manages, such as the one of S3. A rule of a security group needs
the id, and no property or return value of CloudFormation gives it.

Delete does nothing in both. The group goes with its VPC, and a look-up leaves nothing behind.

Sources: Amazon VPC User Guide, "Default security groups" and "AWS-managed prefix lists"; EC2 API Reference,
"RevokeSecurityGroupIngress", "DescribeVpcs" and "DescribeManagedPrefixLists".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from lambda_bedrock_profile.custom_resources.clients import STEADY, CallError, Runtime, attempts, persist
from lambda_bedrock_profile.custom_resources.events import STACK_TAG, Event, Outcome, RefusedError
from lambda_bedrock_profile.custom_resources.shapes import check_default_group, check_prefix_list, validate
from lambda_bedrock_profile.values import Json

_ATTEMPTS: Final = 7
_RESERVE: Final = 10.0
"""Seconds kept of an invocation for the answer."""

_REVOKED_ALREADY: Final = "InvalidPermission.NotFound"
_VPC_MISSING: Final = "InvalidVpcID.NotFound"


def close_default_group(event: Event, runtime: Runtime) -> Outcome:
    """Closes the default group of a VPC of the event's own stack on Create and Update; the physical id is the group's.

    Raises ``RefusedError``, also for a VPC that another stack made or no stack at all.
    """
    if event.request_type == "Delete":
        return Outcome(event.physical_id)
    validate(event, check_default_group)
    client, vpc_id = runtime.client("ec2", runtime.region, STEADY), event.properties["VpcId"]
    _check_stack(client, vpc_id, event.stack_id, runtime)
    group_id = _close(client, vpc_id, runtime)
    return Outcome(group_id, {"GroupId": group_id})


def find_prefix_list(event: Event, runtime: Runtime) -> Outcome:
    """Looks up the prefix list of AWS's own with the name ``PrefixListName`` in the provider's Region.

    The physical id and the attribute ``PrefixListId`` are its id (pl-...). Raises ``RefusedError`` if AWS has none.
    """
    if event.request_type == "Delete":
        return Outcome(event.physical_id)
    validate(event, check_prefix_list)
    client, name = runtime.client("ec2", runtime.region, STEADY), event.properties["PrefixListName"]
    filters = [{"Name": "prefix-list-name", "Values": [name]}, {"Name": "owner-id", "Values": ["AWS"]}]
    lists = persist(runtime, _RESERVE, client.describe_managed_prefix_lists, Filters=filters)["PrefixLists"]
    # A list of a customer may have any name. A rule that opens a group to the wrong list is worse than no rule.
    ids = [each["PrefixListId"] for each in lists if (each["PrefixListName"], each["OwnerId"]) == (name, "AWS")]
    if len(ids) != 1:
        raise RefusedError(f"AWS manages no prefix list {name} in {runtime.region}. Check PrefixListName.")
    return Outcome(ids[0], {"PrefixListId": ids[0]})


def _check_stack(client: Any, vpc_id: str, stack_id: str, runtime: Runtime) -> None:
    """Raises ``RefusedError`` unless the VPC carries CloudFormation's tag of this stack."""
    missing = f"There is no VPC {vpc_id} in {runtime.region}. Check VpcId."
    for _ in islice(attempts(runtime, _RESERVE), _ATTEMPTS):
        vpc = _vpc(client, vpc_id, runtime)
        if vpc is None:
            continue
        tags = {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", [])}
        if tags.get(STACK_TAG) == stack_id:
            return
        missing = (
            f"{vpc_id} was not made by this stack, so its default security group is not touched. "
            "Close it in the stack that made the VPC, or by hand."
        )
        if STACK_TAG in tags:
            break
    raise RefusedError(missing)


def _vpc(client: Any, vpc_id: str, runtime: Runtime) -> Mapping[str, Json] | None:
    try:
        vpcs: list[Mapping[str, Json]] = persist(runtime, _RESERVE, client.describe_vpcs, VpcIds=[vpc_id])["Vpcs"]
    except CallError as failure:
        if failure.code != _VPC_MISSING:
            raise
        return None
    return next((vpc for vpc in vpcs if vpc["VpcId"] == vpc_id), None)


def _close(client: Any, vpc_id: str, runtime: Runtime) -> str:
    """The id of the VPC's default group, once a look at the group shows no rule in it."""
    # A VPC made a moment ago may not show yet, and rules revoked a moment ago may still (EC2 API Reference, "Eventual
    # consistency"): what counts is what the next look shows.
    reason = f"No default security group was found for {vpc_id} in {runtime.region}. Check VpcId."
    for _ in islice(attempts(runtime, _RESERVE), _ATTEMPTS):
        group = _default_group(client, vpc_id, runtime)
        if group is None:
            continue
        group_id: str = group["GroupId"]
        inbound, outbound = group["IpPermissions"], group["IpPermissionsEgress"]
        if not inbound and not outbound:
            return group_id
        _revoke(client.revoke_security_group_ingress, group_id, inbound, runtime)
        _revoke(client.revoke_security_group_egress, group_id, outbound, runtime)
        reason = f"Rules keep coming back in {group_id}. Find what adds them, then deploy again."
    raise RefusedError(reason)


def _default_group(client: Any, vpc_id: str, runtime: Runtime) -> Mapping[str, Json] | None:
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    groups: list[Mapping[str, Json]]
    groups = persist(runtime, _RESERVE, client.describe_security_groups, Filters=filters)["SecurityGroups"]
    # A wrong group closed is an outage: look at what came back.
    return next((group for group in groups if (group["GroupName"], group["VpcId"]) == ("default", vpc_id)), None)


def _revoke(method: Any, group_id: str, permissions: Sequence[Mapping[str, Json]], runtime: Runtime) -> None:
    if not permissions:
        return
    try:
        persist(runtime, _RESERVE, method, GroupId=group_id, IpPermissions=permissions)
    except CallError as failure:
        # One rule that is gone may stop the whole call; the next look shows what is left.
        if failure.code != _REVOKED_ALREADY:
            raise
