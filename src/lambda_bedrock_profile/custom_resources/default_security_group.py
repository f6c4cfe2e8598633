"""``Custom::VpcDefaultSecurityGroup``: a VPC's default security group without a single rule.

CloudFormation makes the group with the VPC and has no way to change it. Security Hub control EC2.2, "VPC default
security groups should not allow inbound or outbound traffic", wants it closed. Delete leaves it so: the group goes with
its VPC, and opening it again would help nobody.

Sources: Amazon VPC User Guide, "Default security groups"; EC2 API Reference, "RevokeSecurityGroupIngress".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from lambda_bedrock_profile.custom_resources.clients import STEADY, CallError, Runtime, attempts, call
from lambda_bedrock_profile.custom_resources.events import Event, Outcome, RefusedError
from lambda_bedrock_profile.custom_resources.shapes import fields, text, validate

TYPE: Final = "Custom::VpcDefaultSecurityGroup"

_ATTEMPTS: Final = 5
_RESERVE: Final = 10.0
"""Seconds kept of an invocation for the answer."""

_REVOKED_ALREADY: Final = frozenset({"InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound"})
_shape: Final = fields({"VpcId": text(r"vpc-[0-9a-f]+", 8, 64, "the id of a VPC (vpc-...)")})


def handle(event: Event, runtime: Runtime) -> Outcome:
    """Closes the VPC's default group on Create and Update; the physical id is the group's. Raises ``RefusedError``."""
    if event.request_type == "Delete":
        return Outcome(event.physical_id)
    validate(event, _shape)
    client = runtime.client("ec2", runtime.region, STEADY)
    group_id = _default_group(client, event.properties["VpcId"], runtime)
    _close(client, group_id, runtime)
    return Outcome(group_id, {"GroupId": group_id})


def _default_group(client: Any, vpc_id: str, runtime: Runtime) -> str:
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    # A VPC made a moment ago may not show yet (EC2 API Reference, "Eventual consistency").
    for _ in islice(attempts(runtime, _RESERVE), _ATTEMPTS):
        for group in call(client.describe_security_groups, Filters=filters)["SecurityGroups"]:
            # Filter values may hold wildcards, and a wrong group closed is an outage: look at what came back.
            if group.get("GroupName") == "default" and group.get("VpcId") == vpc_id:
                found: str = group["GroupId"]
                return found
    raise RefusedError(f"No default security group was found for {vpc_id} in {runtime.region}. Check VpcId.")


def _close(client: Any, group_id: str, runtime: Runtime) -> None:
    for _ in islice(attempts(runtime, _RESERVE), _ATTEMPTS):
        rules = _rules(client, group_id)
        if not rules:
            return
        _revoke(client.revoke_security_group_ingress, group_id, (rule for rule in rules if not rule["IsEgress"]))
        _revoke(client.revoke_security_group_egress, group_id, (rule for rule in rules if rule["IsEgress"]))
    raise RefusedError(f"Rules keep coming back in {group_id}. Find what adds them, then deploy again.")


def _rules(client: Any, group_id: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    page: dict[str, str] = {}
    while True:
        answer = call(
            client.describe_security_group_rules, Filters=[{"Name": "group-id", "Values": [group_id]}], **page
        )
        found += answer["SecurityGroupRules"]
        if not answer.get("NextToken"):
            return found
        page = {"NextToken": answer["NextToken"]}


def _revoke(method: Any, group_id: str, rules: Iterable[Mapping[str, Any]]) -> None:
    ids = [rule["SecurityGroupRuleId"] for rule in rules]
    if not ids:
        return
    try:
        call(method, GroupId=group_id, SecurityGroupRuleIds=ids)
    except CallError as failure:
        # One rule that is gone stops the whole call; the next round asks again what is left.
        if failure.code not in _REVOKED_ALREADY:
            raise
