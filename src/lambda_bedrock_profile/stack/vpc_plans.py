"""The VPCs, each with all the grants of the functions in it, and what those cannot agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import endpoint_part
from lambda_bedrock_profile.stack.endpoint_services import report_same_id, service_name_shown
from lambda_bedrock_profile.stack.plan import NFS, Grant, VpcPlan, network_of
from lambda_bedrock_profile.template.branches import either
from lambda_bedrock_profile.values import Json


def vpc_plans(grants: Sequence[Grant], report: Report) -> dict[str, VpcPlan]:
    """The VPCs by key, each with the grants of all functions in it; what those cannot agree on is reported."""
    members: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.network is not None:
            members.setdefault(grant.network.key, []).append(grant)
        elif grant.function is not None and grant.function.vpc is not None:
            members.setdefault(grant.function.vpc.key, []).append(grant)
    # Nothing shows where something else than a function runs, so every VPC lets it through.
    anywhere = [grant for grant in grants if grant.function is None]
    plans = {
        key: VpcPlan(key, tuple(sorted([*inside, *anywhere], key=lambda grant: grant.logical_id)))
        for key, inside in members.items()
        if any(grant.network is not None for grant in inside)
    }
    _report_one_vpc_under_two_keys(plans, report)
    for plan in plans.values():
        _report_same_ids(plan, report)
        _report_absent_owner(plan, report)
        _report_out_of_reach(plan, report)
        _report_files_out_of_reach(plan, report)
    return plans


def _report_one_vpc_under_two_keys(plans: Mapping[str, VpcPlan], report: Report) -> None:
    """One VPC under two keys would get its endpoints twice."""
    for one, other in combinations(plans.values(), 2):
        known_id = one.view.known_id
        if known_id is not None and known_id == other.view.known_id and set(one.services) & set(other.services):
            first, second = one.asking[0].logical_id, other.asking[0].logical_id
            report.of(second, "Properties", "ExistingVpc", "VpcId").error(
                "collision",
                f"is the VPC of {first}, written in another way, so its endpoints would be made twice",
                f"Write VpcId as in {first}, or InterfaceEndpoints: [] here",
            )


def _report_same_ids(plan: VpcPlan, report: Report) -> None:
    """Services of two declarations whose endpoints would have one logical id."""
    first: dict[str, str] = {}
    for service in plan.services:
        other = first.setdefault(endpoint_part(service), service)
        if other != service:
            one, two = (plan.asking_for(name)[0].declaration for name in (other, service))
            report_same_id(two, service, f"{service_name_shown(one, other)} of {one.logical_id}", report)


def _report_absent_owner(plan: VpcPlan, report: Report) -> None:
    """Whoever uses the VPC of another declaration needs it to be there."""
    owner = plan.owner
    for grant in plan.asking if owner is not None and owner.condition is not None else ():
        if owner is not None and grant.condition != owner.condition:
            name = owner.logical_id
            report.of(grant.logical_id, "Condition").error(
                "property",
                f"the VPC of {name} is there only under the condition {owner.condition}",
                f"Write Condition: {owner.condition} here too, or remove it from {name}",
            )


def _report_out_of_reach(plan: VpcPlan, report: Report) -> None:
    """A generated security group lets the function out to the endpoints alone, so they have to be known."""
    for grant in plan.asking:
        network = network_of(grant)
        if not (network.security_groups or network.vpc.cidr_blocks or plan.has_runtime_for(grant)):
            report.of(grant.logical_id, "Properties", "ExistingVpc").error(
                "property",
                "does not say where the VPC's own endpoint to bedrock-runtime is, and the function may call nothing "
                "else",
                "Add CidrBlock, the VPC's IPv4 block or a list with an item for each block, or SecurityGroupIds",
            )


def _report_files_out_of_reach(plan: VpcPlan, report: Report) -> None:
    """A generated security group lets the function out to mount targets by the blocks of the VPC."""
    for grant in plan.asking:
        network = network_of(grant)
        lets_out = network.security_groups or network.added_groups or network.vpc.cidr_blocks or network.has_nfs_rule
        if grant.file_systems is not None and not lets_out:
            report.of(grant.logical_id, "Properties", "ExistingVpc").information(
                "closed",
                "gives no CidrBlock, so the generated security group does not let the function out to its file systems",
                "Add CidrBlock, the VPC's IPv4 block or a list with an item for each block. Or: Add SecurityGroupIds. "
                f"Or: Add an AWS::EC2::SecurityGroupEgress on port {NFS} with GroupId: !GetAtt {grant.logical_id}."
                "SecurityGroupId",
            )


def with_conditions(
    template: dict[str, Json], plans: Mapping[str, VpcPlan], others: Mapping[str, Json]
) -> dict[str, Json]:
    """``template`` with the conditions of endpoints that grants under different conditions share, and ``others``."""
    added: dict[str, Json] = dict(others)
    for plan in plans.values():
        shared = (
            *map(plan.asking_for, plan.services),
            *map(plan.reaching, plan.lists),
            *map(plan.with_group, plan.shared_groups),
        )
        for grants in (plan.asking, *shared):
            conditions = sorted({grant.condition for grant in grants if grant.condition})
            name = plan.condition_of(grants)
            if name is not None and name not in conditions:
                added[name] = either([{"Condition": item} for item in conditions])
    return {**template, "Conditions": {**(template.get("Conditions") or {}), **added}} if added else template
