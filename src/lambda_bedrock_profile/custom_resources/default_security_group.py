"""``Custom::VpcDefaultSecurityGroup``: a VPC's default security group without a single rule.

CloudFormation makes the group with the VPC and has no way to change it. Security Hub control EC2.2, "VPC default
security groups should not allow inbound or outbound traffic", wants it closed. Delete leaves it so: the group goes with
its VPC, and opening it again would help nobody.

Sources: Amazon VPC User Guide, "Default security groups"; EC2 API Reference, "RevokeSecurityGroupIngress".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from lambda_bedrock_profile.custom_resources.clients import STEADY, CallError, Runtime, attempts, call
from lambda_bedrock_profile.custom_resources.events import Event, Outcome, RefusedError
from lambda_bedrock_profile.custom_resources.shapes import fields, text, validate

_ATTEMPTS: Final = 7
_RESERVE: Final = 10.0
"""Seconds kept of an invocation for the answer."""

_REVOKED_ALREADY: Final = "InvalidPermission.NotFound"
_shape: Final = fields({"VpcId": text(r"vpc-[0-9a-f]+", 8, 64, "the id of a VPC (vpc-...)")})


def handle(event: Event, runtime: Runtime) -> Outcome:
    """Closes the VPC's default group on Create and Update; the physical id is the group's. Raises ``RefusedError``."""
    if event.request_type == "Delete":
        return Outcome(event.physical_id)
    validate(event, _shape)
    group_id = _close(runtime.client("ec2", runtime.region, STEADY), event.properties["VpcId"], runtime)
    return Outcome(group_id, {"GroupId": group_id})


def _close(client: Any, vpc_id: str, runtime: Runtime) -> str:
    """The id of the VPC's default group, once a look at the group shows no rule in it."""
    # A VPC made a moment ago may not show yet, and rules revoked a moment ago may still (EC2 API Reference, "Eventual
    # consistency"): what counts is what the next look shows.
    reason = f"No default security group was found for {vpc_id} in {runtime.region}. Check VpcId."
    for _ in islice(attempts(runtime, _RESERVE), _ATTEMPTS):
        group = _default_group(client, vpc_id)
        if group is None:
            continue
        group_id: str = group["GroupId"]
        inbound, outbound = group["IpPermissions"], group["IpPermissionsEgress"]
        if not inbound and not outbound:
            return group_id
        _revoke(client.revoke_security_group_ingress, group_id, inbound)
        _revoke(client.revoke_security_group_egress, group_id, outbound)
        reason = f"Rules keep coming back in {group_id}. Find what adds them, then deploy again."
    raise RefusedError(reason)


def _default_group(client: Any, vpc_id: str) -> Mapping[str, Any] | None:
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    groups: list[Mapping[str, Any]] = call(client.describe_security_groups, Filters=filters)["SecurityGroups"]
    # A wrong group closed is an outage: look at what came back.
    return next((group for group in groups if (group["GroupName"], group["VpcId"]) == ("default", vpc_id)), None)


def _revoke(method: Any, group_id: str, permissions: Sequence[Mapping[str, Any]]) -> None:
    if not permissions:
        return
    try:
        call(method, GroupId=group_id, IpPermissions=permissions)
    except CallError as failure:
        # One rule that is gone may stop the whole call; the next look shows what is left.
        if failure.code != _REVOKED_ALREADY:
            raise
