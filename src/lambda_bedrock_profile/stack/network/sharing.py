"""Declarations that share a VPC share its endpoints.

An endpoint belongs to its VPC: with private DNS there can be one for each service. So all declarations in one VPC form
a Group, and what the Group gives depends on its members alone, never on their order: ids come from the VPC, and
whatever is taken from one member is taken from the first by logical id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any, Final, cast

from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.names import endpoint_part, shared_condition
from lambda_bedrock_profile.stack.network.plan import Network, Vpc
from lambda_bedrock_profile.stack.network.service_problems import same_id, shown
from lambda_bedrock_profile.stack.network.services import RUNTIME
from lambda_bedrock_profile.stack.network.surroundings import referred
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import get_att

SHARED_ATTRIBUTES: Final = ("DependsOn", "DeletionPolicy", "UpdateReplacePolicy")


@dataclass(frozen=True, slots=True)
class Group:
    """The plans whose functions are in one VPC, in the order of their logical ids."""

    plans: tuple[Plan, ...]

    @property
    def key(self) -> str:
        """The key of the VPC, which the ids of its endpoints start with."""
        return network_of(self.plans[0]).vpc.key

    @property
    def owner(self) -> Plan | None:
        """The plan that makes the VPC, where one of them does."""
        return next((plan for plan in self.plans if network_of(plan).new is not None), None)

    @property
    def vpc(self) -> Vpc:
        """The VPC, as its owner sees it, or the first plan that asks for endpoints.

        One under a condition may see subnets that are there with it alone, so one without comes before it.
        """
        asking = [plan for plan in self.plans if network_of(plan).services] or self.plans
        first = self.owner or next((plan for plan in asking if plan.condition is None), asking[0])
        return network_of(first).vpc

    @property
    def services(self) -> tuple[str, ...]:
        """Every endpoint service that one of the plans asks for, sorted."""
        return tuple(sorted({service for plan in self.plans for service in network_of(plan).services}))

    def asking_for(self, service: str) -> tuple[Plan, ...]:
        """The plans that ask for an endpoint to ``service``."""
        return tuple(plan for plan in self.plans if service in network_of(plan).services)

    def having(self, source: Any) -> tuple[Plan, ...]:
        """The plans whose functions have the security group ``source``, the one that it is generated for first."""
        found = [plan for plan in self.plans if identity(source) in map(identity, sources_of(plan))]
        return tuple(sorted(found, key=lambda plan: bool(network_of(plan).security_groups)))

    @property
    def shared_sources(self) -> list[Any]:
        """The security groups that functions of several plans have, each once."""
        sources = [source for plan in self.plans for source in sources_of(plan) if source != NO_VALUE]
        return [source for source in once(sources) if len(self.having(source)) > 1]

    def has_runtime_for(self, plan: Plan) -> bool:
        """Whether an endpoint to bedrock-runtime is made whenever ``plan`` is deployed."""
        asking = [other for service in RUNTIME for other in self.asking_for(service)]
        return any(other.condition in (None, plan.condition) for other in asking)

    def attributes(self) -> dict[str, Any]:
        """The attributes that endpoints take over: the ones of the VPC's owner, or those that all plans agree on."""
        first, *others = [self.owner] if self.owner else self.plans
        written = first.declaration.attributes
        if first.declaration.existing_function is not None:
            # The function waits for its policy, and nothing that is generated may wait for the function.
            written = {name: value for name, value in written.items() if name != "DependsOn"}
        return {
            name: written[name]
            for name in SHARED_ATTRIBUTES
            if name in written and all(other.declaration.attributes.get(name) == written[name] for other in others)
        }


def network_of(plan: Plan) -> Network:
    """The network of a plan that has one, as each plan of a group has."""
    return cast(Network, plan.network)


def sources_of(plan: Plan) -> tuple[Any, ...]:
    """The security groups of a plan's function: its own, or the generated one."""
    return network_of(plan).security_groups or (get_att(plan.id("SecurityGroup"), "GroupId"),)


def identity(source: Any) -> Any:
    """What two expressions of one security group have in common: the logical id, where they refer to one."""
    return referred(source, "GroupId") or source


def once(sources: Sequence[Any]) -> list[Any]:
    """``sources`` without those that are an earlier one, whether written alike or not."""
    found: list[Any] = []
    for source in sources:
        if identity(source) not in map(identity, found):
            found.append(source)
    return found


def share(plans: Sequence[Plan]) -> tuple[dict[str, Group], list[Problem]]:
    """The groups by the key of their VPC, and what the plans of one cannot agree on."""
    members: dict[str, list[Plan]] = {}
    for plan in plans:
        if plan.network is not None:
            members.setdefault(plan.network.vpc.key, []).append(plan)
    if not members:
        return {}, []
    groups = {
        key: Group(tuple(sorted(found, key=lambda plan: plan.declaration.logical_id))) for key, found in members.items()
    }
    problems = [*_named_twice(groups)]
    for group in groups.values():
        problems += [*_same_ids(group), *_absent_owner(group), *_out_of_reach(group)]
    return groups, problems


def _named_twice(groups: Mapping[str, Group]) -> Iterator[Problem]:
    """One VPC under two keys would get its endpoints twice."""
    for one, other in combinations(groups.values(), 2):
        known_id = one.vpc.known_id
        if known_id is not None and known_id == other.vpc.known_id and set(one.services) & set(other.services):
            first, second = one.plans[0].declaration, other.plans[0].declaration
            yield Problem(
                second.logical_id,
                second.path("ExistingVpc", "VpcId"),
                f"is the VPC of {first.logical_id}, written in another way, so its endpoints would be made twice",
                f"Write VpcId as in {first.logical_id}, or InterfaceEndpoints: [] here",
                "collision",
            )


def _same_ids(group: Group) -> Iterator[Problem]:
    """Services of two declarations whose endpoints would have one logical id."""
    first: dict[str, str] = {}
    for service in group.services:
        other = first.setdefault(endpoint_part(service), service)
        if other != service:
            one, two = (group.asking_for(name)[0].declaration for name in (other, service))
            yield same_id(two, service, f"{shown(one, other)} of {one.logical_id}")


def _absent_owner(group: Group) -> Iterator[Problem]:
    """Whoever uses the VPC of another declaration needs it to be there."""
    owner = group.owner
    if owner is None or owner.condition is None:
        return
    for plan in group.plans:
        if plan.condition != owner.condition:
            name = owner.declaration.logical_id
            yield Problem(
                plan.declaration.logical_id,
                ("Condition",),
                f"the VPC of {name} is there only under the condition {owner.condition}",
                f"Write Condition: {owner.condition} here too, or remove it from {name}",
            )


def _out_of_reach(group: Group) -> Iterator[Problem]:
    """A generated security group lets the function out to the endpoints alone, so they have to be told."""
    for plan in group.plans:
        network = network_of(plan)
        if network.security_groups or network.vpc.cidr_blocks or group.has_runtime_for(plan):
            continue
        yield Problem(
            plan.declaration.logical_id,
            plan.declaration.path("ExistingVpc"),
            "does not tell where the VPC's own endpoint to bedrock-runtime is, and the function may call nothing else",
            "Add CidrBlock, the VPC's IPv4 block or a list with an item for each block, or SecurityGroupIds",
        )


def common_condition(plans: Sequence[Plan], key: str) -> str | None:
    """The condition that holds when one of ``plans`` is deployed; None where one always is."""
    names = sorted({plan.condition or "" for plan in plans})
    if "" in names:
        return None
    return names[0] if len(names) == 1 else shared_condition(key, names)


def with_conditions(template: dict[str, Any], groups: Mapping[str, Group]) -> dict[str, Any]:
    """``template`` with the conditions of endpoints that plans under different conditions share."""
    added: dict[str, Any] = {}
    for group in groups.values():
        shared = (*map(group.asking_for, group.services), *map(group.having, group.shared_sources))
        for plans in (group.plans, *shared):
            names = sorted({plan.condition for plan in plans if plan.condition})
            condition = common_condition(plans, group.key)
            if condition is not None and condition not in names:
                added[condition] = _either([{"Condition": name} for name in names])
    return {**template, "Conditions": {**(template.get("Conditions") or {}), **added}} if added else template


def _either(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    """That one of ``conditions`` holds: pairs in pairs, since Fn::Or takes ten at most."""
    return reduce(lambda one, other: {"Fn::Or": [one, other]}, conditions)
