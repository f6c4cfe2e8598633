"""A function that its declaration does not make, in the VPC of the declaration: it is moved there, or is there already.

A function of the template is moved, or one that another declaration makes. It gets a VpcConfig with the subnets of the
VPC and the generated security group, and is made after the policy that lets Lambda make its network interfaces. The
function's own VpcConfig always stays: only one that has none is moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.existing_function import (
    asks_for_no_vpc,
    inherited,
    properties_with_globals,
    vpc_config,
)
from lambda_bedrock_profile.stack.link import Function, Surroundings
from lambda_bedrock_profile.stack.plan import Grant, distinct, function_for, network_of
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, condition, function_of
from lambda_bedrock_profile.template.references import depends_on, ref, referred, replaced
from lambda_bedrock_profile.template.resources import SUBNET, is_a, properties
from lambda_bedrock_profile.values import Expression, Json


def is_moved(declaration: Declaration, function: Function, around: Surroundings) -> bool:
    """Whether the declaration moves a function that it does not make, and that says nothing of a VPC itself."""
    if declaration.existing_function is None or function.id in around.links.named:
        return False
    return asks_for_no_vpc(function.id, around.declarations, around.template)


def vpc_property(declaration: Declaration) -> str:
    """The property by which the declaration asks for its VPC."""
    return "DeployVpc" if declaration.deploy_vpc else "ExistingVpc"


def check_function(
    declaration: Declaration, function: Function, key: str, around: Surroundings, report: Report
) -> None:
    """Report why a function cannot use the endpoints of the VPC ``key``: nothing here moves it into another one."""
    if declaration.existing_function is None:
        return
    name, logical_id = function.id, declaration.logical_id
    at = report.of(logical_id, "Properties", "ExistingLambdaObj")
    place = generated_id(key, names.VPC) if declaration.deploy_vpc else key
    if name in around.links.named:
        other = around.links.named[name].key
        if other is not None and other != key:
            what = f"{name} is in another VPC ({other}) than {place}"
            at.error("property", what, f"Write ExistingVpc: !GetAtt {name}.VpcId, or leave it out")
        return
    if is_moved(declaration, function, around):
        _check_moved(declaration, function, around, report)
        return
    config = vpc_config(name, around.declarations, around.template, around.scope)
    if not config or not config.get("SubnetIds") or not config.get("SecurityGroupIds"):
        _report_no_vpc(declaration, function, around, at)
        return
    subnets = config["SubnetIds"] if isinstance(config["SubnetIds"], list) else []
    keys = {subnet_key for subnet in subnets if (subnet_key := _key_of_subnet(subnet, around)) is not None}
    if keys - {key}:
        what = f"{name} is in another VPC ({', '.join(sorted(keys - {key}))}) than {place}"
        at.error("property", what, f"Name the VPC of {name} in ExistingVpc")
    elif declaration.deploy_vpc and not keys:
        what = f"the new VPC would be of no use, since {name} is not in it"
        subnet = generated_id(logical_id, names.SUBNET, 1)
        fix = f"Name the VPC of {name} in ExistingVpc instead, or list {subnet} in its VpcConfig"
        report.of(logical_id, "Properties", "DeployVpc").error("property", what, fix)


def _check_moved(declaration: Declaration, function: Function, around: Surroundings, report: Report) -> None:
    """Report a function that two declarations would move into two VPCs, or that no VpcConfig can be given."""
    logical_id, name, named = declaration.logical_id, function.id, around.links.named
    first = min(other for other in function.declarations if other in named)
    at = report.of(logical_id, "Properties")
    if None not in (named[first].key, named[logical_id].key) and named[first].key != named[logical_id].key:
        what = f"{first} moves {name} into another VPC ({named[first].key})"
        fix = f"Write ExistingVpc: !GetAtt {first}.VpcId, or leave it out"
        at.at(vpc_property(declaration)).error("property", what, fix)
    if function.declared:
        return
    if "CapacityProviderConfig" in properties_with_globals(name, around.template):
        what = f"{name} has a CapacityProviderConfig, which has a VPC of its own, and Lambda takes no VpcConfig beside"
        at.at("ExistingLambdaObj").error("property", what, f"Remove {vpc_property(declaration)}")


def _report_no_vpc(declaration: Declaration, function: Function, around: Surroundings, report: Report) -> None:
    """Report a function that is in no VPC."""
    name, vpc_property_name = function.id, vpc_property(declaration)
    config: Expression = None
    if not function.declared:
        shared = inherited(around.resources[name], around.template.get("Globals")).get("VpcConfig")
        config = properties(around.resources, name).get("VpcConfig", shared)
    argument = config["Fn::If"] if function_of(config) == "Fn::If" else None
    what = f"{name} is in no VPC, since its VpcConfig lacks SubnetIds or SecurityGroupIds"
    if function.declared:
        fix = f"Remove the VpcConfig of {name}, or write {vpc_property_name} in {name}"
    elif config == NO_VALUE:
        what = f"{name} is in no VPC, since its VpcConfig is AWS::NoValue beside the one of Globals"
        fix = f"Write IgnoreGlobals: [VpcConfig] in {name} in its place"
    elif isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
        holds = condition(argument[0], around.scope)
        state = "holds" if holds is True else "does not hold" if holds is False else "is not known before deployment"
        what = f"the VpcConfig of {name} depends on the condition {argument[0]}, which {state} here"
        fix = f"Take {argument[0]} from parameters with a value here, or write one function for each case"
        if isinstance(holds, bool):
            branches = (
                "<VPC>, !Ref AWS::NoValue" if argument[1] != {"Ref": "AWS::NoValue"} else "!Ref AWS::NoValue, <VPC>"
            )
            fix = f"Write ExistingVpc: !If [{argument[0]}, {branches}]"
    else:
        fix = f"Remove the VpcConfig of {name} to have it moved, or complete it"
    report.error("property", what, fix)


def _key_of_subnet(value: Expression, around: Surroundings) -> str | None:
    """The key of the VPC of the subnet whose id ``value`` is; None if the template does not show it."""
    name = referred(value, "SubnetId")
    if name is None:
        return None
    if is_a(around.resources, name, SUBNET):
        return around.key_of(properties(around.resources, name).get("VpcId"))
    owner = owner_of(name, names.SUBNET) if name not in around.resources else None
    return (
        owner if owner is not None and owner in around.declarations and around.declarations[owner].deploy_vpc else None
    )


# What a function gets that is moved


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
    function_condition = resource.get("Condition")
    movers = [grant for grant in grants if network_of(grant).moves]
    always = [grant for grant in grants if grant.condition in (None, function_condition)]
    policies = [grant.id(names.NETWORK_POLICY) for grant in always if grant in movers]
    others = depends_on(resource)
    added = dict.fromkeys([*policies, *(name for grant in always for name in network_of(grant).late)])
    dependencies = [*others, *(name for name in added if name not in others)]
    changes: dict[str, Json] = {"DependsOn": dependencies} if dependencies else {}
    if movers:
        props = resource.get("Properties")
        kept = props if isinstance(props, dict) else {}  # It is reported where its variables are added.
        changes = {"Properties": {**kept, "VpcConfig": _vpc_config(function_condition, movers)}, **changes}
    return replaced(resource, changes)


def _vpc_config(function_condition: Expression, movers: list[Grant]) -> dict[str, Json]:
    """The VpcConfig of a function under ``function_condition``; within Fn::If if none of ``movers`` moves it always."""
    always = next((grant for grant in movers if grant.condition in (None, function_condition)), None)
    if always is not None:
        return _config(always, movers, (None, function_condition), (None, function_condition))
    config: dict[str, Json] = dict(NO_VALUE)
    for grant in reversed(movers):
        config = {
            "Fn::If": [
                grant.condition,
                _config(grant, movers, (None, function_condition, grant.condition), (None, function_condition)),
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
        others_groups = [group if policy is None else _after(group, policy) for group in other.security_groups]
        if other.condition not in true:
            others_groups = [{"Fn::If": [other.condition, group, dict(NO_VALUE)]} for group in others_groups]
        groups += others_groups
    return {"SubnetIds": network.vpc.subnet_ids, "SecurityGroupIds": distinct(groups)}


def _after(group: Expression, policy: Expression) -> Expression:
    """A security group whose expression waits for ``policy``: nothing can depend on what may not be there."""
    return group if group == NO_VALUE else {"Fn::Select": [0, [group, policy]]}
