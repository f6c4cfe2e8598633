"""A function that a declaration moves into a VPC: one of the template, or one that another declaration makes.

It gets a VpcConfig with the subnets of the VPC and the generated security group, and is made after the policy that
lets Lambda make its network interfaces. The function's own VpcConfig always stays: only one that has none is moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lambda_bedrock_profile import names
from lambda_bedrock_profile.stack.plan import Grant, distinct, function_for, network_of
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import depends_on, ref, replaced
from lambda_bedrock_profile.values import Expression, Json


def moved(grants: Sequence[Grant], resources: Mapping[str, Json]) -> dict[str, Json]:
    """The functions of ``resources`` that ``grants`` move, each with its VpcConfig and DependsOn, by logical id.

    A function of the template that is in the VPC already gets the DependsOn that the network cannot have.
    """
    inside: dict[str, list[Grant]] = {}
    for grant in sorted(grants, key=lambda grant: grant.logical_id):
        if not grant.makes_function and grant.network is not None and (grant.network.moves or grant.network.late):
            inside.setdefault(function_for(grant).id, []).append(grant)
    return {
        name: _in_vpc(resources[name], movers) for name, movers in inside.items() if isinstance(resources[name], dict)
    }


def _in_vpc(resource: dict[str, Json], grants: list[Grant]) -> dict[str, Json]:
    """The function's ``resource`` in the VPC while one of ``grants`` is deployed."""
    own_condition = resource.get("Condition")
    movers = [grant for grant in grants if network_of(grant).moves]
    always = [grant for grant in grants if grant.condition in (None, own_condition)]
    policies = [grant.id(names.NETWORK_POLICY) for grant in always if grant in movers]
    others = depends_on(resource)
    added = dict.fromkeys([*policies, *(name for grant in always for name in network_of(grant).late)])
    dependencies = [*others, *(name for name in added if name not in others)]
    changes: dict[str, Json] = {"DependsOn": dependencies} if dependencies else {}
    if movers:
        properties = resource.get("Properties")
        own = properties if isinstance(properties, dict) else {}  # It is reported where its variables are added.
        changes = {"Properties": {**own, "VpcConfig": _vpc_config(own_condition, movers)}, **changes}
    return replaced(resource, changes)


def _vpc_config(own_condition: Expression, movers: list[Grant]) -> dict[str, Json]:
    """The VpcConfig of a function under ``own_condition``; within Fn::If if none of ``movers`` moves it always."""
    always = next((grant for grant in movers if grant.condition in (None, own_condition)), None)
    if always is not None:
        return _config(always, movers, (None, own_condition), (None, own_condition))
    config: dict[str, Json] = dict(NO_VALUE)
    for grant in reversed(movers):
        config = {
            "Fn::If": [
                grant.condition,
                _config(grant, movers, (None, own_condition, grant.condition), (None, own_condition)),
                config,
            ]
        }
    return config


def _config(grant: Grant, movers: list[Grant], true: Collection[Json], always: Collection[Json]) -> dict[str, Json]:
    """The VpcConfig with the subnets of ``grant``.

    ``true`` are the conditions that hold if it is taken, ``always`` those that hold if there is a function. A policy
    under ``always`` is in the function's DependsOn.
    """
    network = network_of(grant)
    if len(movers) == 1 and grant.condition in always and network.security_group_ids is not None:
        return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": network.security_group_ids}
    groups: list[Json] = []
    for other in movers:
        policy = None if other.condition in always else ref(other.id(names.NETWORK_POLICY))
        own = [group if policy is None else _after(group, policy) for group in other.security_groups]
        if other.condition not in true:
            own = [{"Fn::If": [other.condition, group, dict(NO_VALUE)]} for group in own]
        groups += own
    return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": distinct(groups)}


def _after(group: Expression, policy: Expression) -> Expression:
    """A security group whose expression waits for ``policy``: nothing can depend on what may not be there."""
    return group if group == NO_VALUE else {"Fn::Select": [0, [group, policy]]}
