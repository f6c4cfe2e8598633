"""The VPCs, each planned for all the grants of the functions in it: endpoints belong to a VPC, to no declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import endpoint_part, shared_condition
from lambda_bedrock_profile.stack.endpoint_services import RUNTIME, is_gateway, report_same_id, service_name_shown
from lambda_bedrock_profile.stack.existing_vpc import VpcView
from lambda_bedrock_profile.stack.plan import NFS, Grant, function_for, group_key, network_of, numbered_groups
from lambda_bedrock_profile.template.branches import either
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import depends_on
from lambda_bedrock_profile.values import Expression, Json

_SHARED_ATTRIBUTES: Final = ("DependsOn", "DeletionPolicy", "UpdateReplacePolicy")


@dataclass(frozen=True)
class VpcPlan:
    """A VPC and the grants of all functions in it, in the order of their logical ids.

    An endpoint belongs to its VPC: with private DNS there can be one for each service. What the plan gives depends on
    its grants alone, never on their order: ids come from the VPC, and whatever is taken from one grant is taken from
    the first by logical id. ``asking`` are the grants whose declarations ask for the VPC; the others are there since
    their function is in it, and the endpoints let them through.
    """

    key: str
    grants: tuple[Grant, ...]

    @cached_property
    def asking(self) -> tuple[Grant, ...]:
        """The grants whose declarations ask for the VPC."""
        return tuple(grant for grant in self.grants if grant.network is not None)

    @cached_property
    def owner(self) -> Grant | None:
        """The grant whose declaration makes the VPC, if one does."""
        return next((grant for grant in self.asking if network_of(grant).new is not None), None)

    @cached_property
    def view(self) -> VpcView:
        """The VPC, as its owner sees it, or the first grant that asks for endpoints.

        One under a condition may see subnets that are there with it alone, so one without comes before it.
        """
        asking = [grant for grant in self.asking if network_of(grant).services] or self.asking
        first = self.owner or next((grant for grant in asking if grant.condition is None), asking[0])
        return network_of(first).vpc

    @cached_property
    def services(self) -> tuple[str, ...]:
        """Every service with interface endpoints that one of the grants asks for, sorted."""
        requested = {service for grant in self.asking for service in network_of(grant).services}
        return tuple(sorted(service for service in requested if not is_gateway(service)))

    @property
    def gateways(self) -> tuple[str, ...]:
        """Every service with gateway endpoints that one of the grants asks for and the template does not have."""
        requested = {service for grant in self.asking for service in network_of(grant).services}
        return tuple(sorted(service for service in requested - self._users_gateways if is_gateway(service)))

    @property
    def lists(self) -> tuple[str, ...]:
        """The services whose prefix lists the functions may reach, through whosever gateway endpoint."""
        return tuple(sorted({*self.gateways, *self._users_gateways})) if self.provider is not None else ()

    @property
    def _users_gateways(self) -> frozenset[str]:
        return frozenset(network_of(self.owner).users_gateways if self.owner is not None else ())

    @property
    def provider(self) -> Expression:
        """The service token of the provider in a new VPC; None if there is none."""
        new = network_of(self.owner).new if self.owner is not None else None
        return None if new is None else new.provider

    def reaching(self, service: str) -> tuple[Grant, ...]:
        """The grants with which the prefix list of ``service`` is looked up."""
        first = (self.owner,) if self.owner is not None and service in self._users_gateways else ()
        return (*first, *(grant for grant in self.asking_for(service) if grant not in first))

    def asking_for(self, service: str) -> tuple[Grant, ...]:
        """The grants that ask for an endpoint to ``service``."""
        return tuple(grant for grant in self.asking if service in network_of(grant).services)

    def with_group(self, group: Expression) -> tuple[Grant, ...]:
        """The grants whose functions have the security group, the one that it is generated for first.

        A declaration of a function that another one makes comes last.
        """
        same = self._by_group.get(group_key(group), ())
        return tuple(sorted(same, key=lambda grant: (bool(network_of(grant).security_groups), _is_guest(grant))))

    @cached_property
    def _by_group(self) -> Mapping[str, Sequence[Grant]]:
        """The grants by the key of each security group of their functions."""
        grants: dict[str, list[Grant]] = {}
        for grant in self.asking:
            for key in numbered_groups(grant):
                grants.setdefault(key, []).append(grant)
        return grants

    @cached_property
    def shared_groups(self) -> list[Json]:
        """The security groups that functions of several grants have, each one time."""
        groups = {
            group_key(group): group
            for grant in reversed(self.asking)
            for group in reversed(grant.security_groups)
            if group != NO_VALUE
        }
        return [groups[key] for key, grants in self._by_group.items() if len(grants) > 1 and key in groups]

    def has_runtime_for(self, grant: Grant) -> bool:
        """Whether an endpoint to bedrock-runtime is made whenever ``grant`` is deployed."""
        asking = [other for service in RUNTIME for other in self.asking_for(service)]
        return any(other.condition in (None, grant.condition) for other in asking)

    def condition_of(self, grants: Iterable[Grant]) -> str | None:
        """The condition that holds if one of ``grants`` is deployed; None if one always is."""
        conditions = sorted({grant.condition or "" for grant in grants})
        if "" in conditions:
            return None
        return conditions[0] if len(conditions) == 1 else shared_condition(self.key, conditions)

    def attributes(self) -> dict[str, Json]:
        """The attributes that endpoints take over: those of the VPC's owner, or those that all who ask agree on."""
        first, *others = [self.owner] if self.owner else self.asking
        owners_attributes = first.declaration.attributes
        if not first.makes_function or len(first.dependencies) < len(depends_on(owners_attributes)):
            # The function waits for its policy, and nothing that is generated may wait for the function.
            kept = {"DependsOn": first.dependencies} if first.makes_function and first.dependencies else {}
            owners_attributes = {name: value for name, value in owners_attributes.items() if name != "DependsOn"} | kept
        return {
            name: owners_attributes[name]
            for name in _SHARED_ATTRIBUTES
            if name in owners_attributes
            and all(other.declaration.attributes.get(name) == owners_attributes[name] for other in others)
        }


def _is_guest(grant: Grant) -> bool:
    return function_for(grant).declared and not grant.makes_function


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
