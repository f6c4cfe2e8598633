"""A function that a declaration moves into a VPC: one of the template, or one that another declaration makes.

It gets a VpcConfig with the subnets of the VPC and the generated security group, and is made after the policy that
lets Lambda make its network interfaces. The function's own VpcConfig always stays: only one that has none is moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lambda_bedrock_profile import names
from lambda_bedrock_profile.stack.plan import Grant, distinct, network_of
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import depends_on, ref, replaced


def moved(grants: Sequence[Grant], resources: Mapping[str, Any]) -> dict[str, Any]:
    """The functions of ``resources`` that ``grants`` move, each with its VpcConfig and DependsOn, by logical id.

    A function of the template that is in the VPC already gets the DependsOn that the network cannot have.
    """
    inside: dict[str, list[Grant]] = {}
    for grant in sorted(grants, key=lambda grant: grant.logical_id):
        if not grant.makes_function and grant.network is not None and (grant.network.moves or grant.network.late):
            inside.setdefault(grant.function.id, []).append(grant)
    return {name: _in_vpc(resources[name], its) for name, its in inside.items() if isinstance(resources[name], dict)}


def _in_vpc(resource: dict[str, Any], grants: list[Grant]) -> dict[str, Any]:
    """The function's ``resource`` in the VPC while one of ``grants`` is deployed."""
    its = resource.get("Condition")
    movers = [grant for grant in grants if network_of(grant).moves]
    always = [grant for grant in grants if grant.condition in (None, its)]
    policies = [grant.id(names.NETWORK_POLICY) for grant in always if grant in movers]
    others = depends_on(resource)
    added = dict.fromkeys([*policies, *(name for grant in always for name in network_of(grant).late)])
    waits = [*others, *(name for name in added if name not in others)]
    changes: dict[str, Any] = {"DependsOn": waits} if waits else {}
    if movers:
        written = resource.get("Properties")
        own = written if isinstance(written, dict) else {}  # It is reported where its variables are added.
        changes = {"Properties": {**own, "VpcConfig": _vpc_config(its, movers)}, **changes}
    return replaced(resource, changes)


def _vpc_config(its: Any, movers: list[Grant]) -> dict[str, Any]:
    """The VpcConfig of a function that stands under the condition ``its``, under Fn::If if none moves it always."""
    always = next((grant for grant in movers if grant.condition in (None, its)), None)
    if always is not None:
        return _config(always, movers, (None, its), (None, its))
    config: dict[str, Any] = dict(NO_VALUE)
    for grant in reversed(movers):
        config = {
            "Fn::If": [grant.condition, _config(grant, movers, (None, its, grant.condition), (None, its)), config]
        }
    return config


def _config(grant: Grant, movers: list[Grant], true: Collection[Any], always: Collection[Any]) -> dict[str, Any]:
    """The VpcConfig with the subnets of ``grant``.

    ``true`` are the conditions that hold if it is taken, ``always`` those that hold if there is a function. A policy
    under ``always`` is in the function's DependsOn.
    """
    network = network_of(grant)
    if len(movers) == 1 and grant.condition in always and network.security_group_ids is not None:
        return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": network.security_group_ids}
    groups: list[Any] = []
    for other in movers:
        policy = None if other.condition in always else ref(other.id(names.NETWORK_POLICY))
        own = [group if policy is None else _after(group, policy) for group in other.security_groups]
        if other.condition not in true:
            own = [{"Fn::If": [other.condition, group, dict(NO_VALUE)]} for group in own]
        groups += own
    return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": distinct(groups)}


def _after(group: Any, policy: Any) -> Any:
    """A security group whose expression waits for ``policy``: nothing can depend on what may not be there."""
    return group if group == NO_VALUE else {"Fn::Select": [0, [group, policy]]}
