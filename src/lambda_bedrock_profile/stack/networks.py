"""From a declaration to the network that it asks for: which VPC, which endpoints, which security groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambda_bedrock_profile import names
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.endpoint_services import (
    ENDPOINT,
    RUNTIME,
    asked_endpoints,
    asked_services,
    check_services,
    known_name,
    probable_service,
    service_name_shown,
)
from lambda_bedrock_profile.stack.existing_function import (
    asks_for_no_vpc,
    inherited,
    properties_with_globals,
    vpc_config,
)
from lambda_bedrock_profile.stack.existing_vpc import VpcView, existing_vpc, fits
from lambda_bedrock_profile.stack.gateways import check_gateways, own_gateways
from lambda_bedrock_profile.stack.link import Function, Links, key_of_vpc
from lambda_bedrock_profile.stack.network_order import NetworkOrder
from lambda_bedrock_profile.stack.new_vpc import NewVpc, new_vpc, zones_of
from lambda_bedrock_profile.stack.plan import Network
from lambda_bedrock_profile.stack.vpcs_of_template import SUBNET, VPC, referred, refs, ruled_groups, security_groups
from lambda_bedrock_profile.template.branches import chosen
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, Unknown, condition, function_of, known
from lambda_bedrock_profile.template.references import get_att, ref
from lambda_bedrock_profile.template.resources import is_a, of_type, properties


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a network is decided by: all declarations by id, who belongs to whom, the template and its context."""

    declarations: Mapping[str, Declaration]
    links: Links
    template: Mapping[str, Any]
    scope: Scope
    context: StackContext

    @property
    def resources(self) -> Mapping[str, Any]:
        """The resources of the template."""
        found: Mapping[str, Any] = self.template["Resources"]
        return found

    def key_of(self, vpc_id: Any) -> str:
        """The key of the VPC whose id is the expression ``vpc_id``."""
        return key_of_vpc(vpc_id, self.declarations, self.resources)


def networks(
    functions: Mapping[str, Function], conditions: Mapping[str, str | None], around: Surroundings, report: Report
) -> dict[str, Network]:
    """The network of each declaration that asks for one; an error for each that cannot be had.

    ``functions`` and ``conditions`` are those of each declaration, by its id.
    """
    result: dict[str, Network] = {}
    if not around.links.named and not any(
        "InterfaceEndpoints" in item.properties for item in around.declarations.values()
    ):
        return result
    # A declaration of a function that another one makes has the security groups of that one, so it comes after it.
    for logical_id in sorted(functions, key=lambda name: functions[name].declared and functions[name].id != name):
        declaration, function = around.declarations[logical_id], functions[logical_id]
        if logical_id in around.links.named:
            owner = result.get(function.id) if function.id != logical_id else None
            network = _network(declaration, function, conditions[logical_id], owner, around, report)
            if network is not None:
                result[logical_id] = network
        elif "InterfaceEndpoints" in declaration.properties and not _asks_elsewhere(declaration):
            report.of(logical_id, "Properties", "InterfaceEndpoints").error(
                "property",
                "has no effect, since the declaration asks for no VPC",
                "Add DeployVpc: true or ExistingVpc, or remove InterfaceEndpoints",
            )
    return result


def _asks_elsewhere(declaration: Declaration) -> bool:
    """Whether a parameter or a condition may ask for a VPC in another stack."""
    return not {"DeployVpc", "ExistingVpc"}.isdisjoint(declaration.properties.expressions)


def _network(
    declaration: Declaration,
    function: Function,
    under: str | None,
    owner: Network | None,
    around: Surroundings,
    report: Report,
) -> Network | None:
    """The network of one declaration; ``owner`` is that of the other declaration which makes its function."""
    logical_id, links, scope = declaration.logical_id, around.links, around.scope
    named = links.named[logical_id]
    moves = _moves(declaration, function, around)
    view, new = _vpc(declaration, under, around, report)
    groups = _groups(declaration, function, owner, moves, around, report)
    added = _added_groups(declaration, scope, report)
    check_services(declaration, around.context.region, report)
    provider, region = around.context.service_token, around.context.region
    source = around.declarations.get(named.source)
    check_gateways(declaration, source is not None and source.deploy_vpc, provider, region, report)
    if named.key is not None and (declaration.deploy_vpc or view is not None or is_a(around.resources, named.key, VPC)):
        _check_function(declaration, function, named.key, around, report)
        _check_endpoints(declaration, named.key, around, report)
    if named.key is None or view is None or groups is None or added is None:
        return None
    own_rules = _own_rules(generated_id(logical_id, names.SECURITY_GROUP), around.resources)
    order = NetworkOrder(declaration, named.key, around.declarations, around.resources)
    if moves and not groups[0]:
        _report_closed(declaration, function, report)
    return Network(
        named.key,
        view,
        asked_endpoints(declaration, scope),
        new,
        *groups,
        added,
        moves,
        moves and not order.of_role(function, around.template),
        order.late,
        own_rules,
        _own_gateways(declaration, own_rules, around, report) if declaration.deploy_vpc else (),
    )


def _own_gateways(
    declaration: Declaration, own_rules: Sequence[Mapping[str, Any]], around: Surroundings, report: Report
) -> tuple[str, ...]:
    """The template's gateway endpoints in the new VPC that need a rule: none, if it lets the function out by itself."""
    if any("DestinationPrefixListId" in rule for rule in own_rules):
        return ()
    services = own_gateways(declaration.logical_id, around.resources, around.context.region, around.scope)
    if services and around.context.service_token is None:
        what = (
            f"the new VPC has a gateway endpoint to {' and '.join(services)}, and without the provider the generated "
            "security group does not let the function out to it"
        )
        fix = "Deploy the macro's stack with its provider, or add an AWS::EC2::SecurityGroupEgress to the prefix list"
        report.of(declaration.logical_id, "Properties", "DeployVpc").information("closed", what, fix)
    return services


def _own_rules(group: str, resources: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The egress rules that the template adds to a generated security group."""
    rules = of_type(resources, "AWS::EC2::SecurityGroupEgress")
    return tuple(rule for _, rule in rules if referred(rule.get("GroupId"), "GroupId") == group)


def _moves(declaration: Declaration, function: Function, around: Surroundings) -> bool:
    """Whether the declaration moves a function that it does not make, and that says nothing of a VPC itself."""
    if declaration.existing_function is None or function.id in around.links.named:
        return False
    return asks_for_no_vpc(function.id, around.declarations, around.template)


def _report_closed(declaration: Declaration, function: Function, report: Report) -> None:
    """Say what else a function can no longer reach, once it is in the VPC with the generated security group."""
    report.of(declaration.logical_id, "Properties", _asked(declaration)).information(
        "closed",
        f"{function.id} is moved into a VPC, and can reach the endpoints there and nothing else: no other service and "
        "not the internet",
        "List the other services that it calls in InterfaceEndpoints, and ignore this rule here (Metadata)",
    )


# The VPC


def _vpc(
    declaration: Declaration, under: str | None, around: Surroundings, report: Report
) -> tuple[VpcView | None, NewVpc | None]:
    """The VPC as the declaration sees it, and what is to be made; the view is None if there is an error."""
    named = around.links.named[declaration.logical_id]
    place = report.of(declaration.logical_id, "Properties", "ExistingVpc")
    if declaration.deploy_vpc:
        new = new_vpc(declaration, around.context, report.of(declaration.logical_id, "Properties", "VpcProps"))
        return (None if new is None else view_of_new(declaration)), new
    source = around.declarations.get(named.source)
    if source is None:
        return None, None  # Its own errors are reported, and this one follows from them.
    if named.key is None:
        other = _named_in(declaration, around.scope)
        what = f"{other} is in no VPC that this macro knows"
        place.error("property", what, f"Add DeployVpc: true or ExistingVpc to {other}, or name a VPC")
        return None, None
    if source.deploy_vpc:
        return view_of_new(source), None
    vpc = around.links.vpcs.get(named.key)
    in_stack = is_a(around.resources, named.key, VPC) or (vpc is not None and vpc.deployed)
    value = chosen(source.properties.expression("ExistingVpc"), around.scope)
    if source is not declaration and under == source.condition:
        place = Report()  # The other declaration sees the same subnets, and reports what is wrong.
    view = existing_vpc(value, named.key, under, in_stack, around.resources, around.scope, around.key_of, place)
    return view, None


def _named_in(declaration: Declaration, scope: Scope) -> str:
    value = chosen(declaration.properties.expression("ExistingVpc"), scope)
    return referred(value, "VpcId") or declaration.logical_id


def view_of_new(owner: Declaration) -> VpcView:
    """The VPC that the declaration ``owner`` makes, as its function and others see it."""
    vpc = generated_id(owner.logical_id, names.VPC)
    subnets = refs(generated_id(owner.logical_id, names.SUBNET, number) for number in range(1, zones_of(owner) + 1))
    return VpcView(ref(vpc), subnets, subnets, (get_att(vpc, "CidrBlock"),))


# The function and its security groups


def _groups(
    declaration: Declaration,
    function: Function,
    owner: Network | None,
    moves: bool,
    around: Surroundings,
    report: Report,
) -> tuple[tuple[Any, ...], Any] | None:
    """The function's own security groups, and the expression of all of them; empty if one is generated."""
    if owner is not None:
        return owner.security_groups or (get_att(generated_id(function.id, names.SECURITY_GROUP), "GroupId"),), None
    if declaration.existing_function is not None and not moves:
        config = vpc_config(function.id, around.declarations, around.template, around.scope)
        own = config.get("SecurityGroupIds") if config else None
        place = report.of(declaration.logical_id, "Properties", "ExistingLambdaObj")
        if not own:
            return (), None
    else:
        value = chosen(declaration.properties.expression("ExistingVpc"), around.scope)
        given = isinstance(value, dict) and function_of(value) is None
        own = chosen(value.get("SecurityGroupIds"), around.scope) if given else None
        place = report.of(declaration.logical_id, "Properties", "ExistingVpc", "SecurityGroupIds")
        if own is None or not fits("SecurityGroupIds", known(own, around.scope)):  # Which existing_vpc reports.
            return (), None
    groups = ruled_groups(own, around.scope, place)
    return None if groups is None else (groups, own)


def _added_groups(declaration: Declaration, scope: Scope, report: Report) -> tuple[Any, ...] | None:
    """The security groups that LambdaFunctionProps give a new function besides the declaration's own.

    Its subnets come from the declaration: a VpcConfig that has any is an error.
    """
    written = chosen(declaration.props("LambdaFunctionProps").expression("VpcConfig"), scope)
    if written is None:
        return ()
    place = report.of(declaration.logical_id, "Properties", "LambdaFunctionProps", "VpcConfig")
    if not isinstance(written, dict) or written.keys() != {"SecurityGroupIds"}:
        asked = _asked(declaration)
        what = f"stands beside {asked}, which sets it"
        fix = f"Keep SecurityGroupIds alone in VpcConfig, or remove {asked} and make endpoints yourself"
        place.error("property", what, fix)
        return None
    return security_groups(written["SecurityGroupIds"], scope, place.at("SecurityGroupIds"))


def _asked(declaration: Declaration) -> str:
    return "DeployVpc" if declaration.deploy_vpc else "ExistingVpc"


def _check_function(
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
    if _moves(declaration, function, around):
        _check_moved(declaration, function, around, report)
        return
    config = vpc_config(name, around.declarations, around.template, around.scope)
    if not config or not config.get("SubnetIds") or not config.get("SecurityGroupIds"):
        at.error("property", *_in_no_vpc(declaration, function, around))
        return
    subnets = config["SubnetIds"] if isinstance(config["SubnetIds"], list) else []
    keys = {its for subnet in subnets if (its := _key_of_subnet(subnet, around)) is not None}
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
        at.at(_asked(declaration)).error("property", what, fix)
    if function.declared:
        return
    if "CapacityProviderConfig" in properties_with_globals(name, around.template):
        what = f"{name} has a CapacityProviderConfig, which has a VPC of its own, and Lambda takes no VpcConfig beside"
        at.at("ExistingLambdaObj").error("property", what, f"Remove {_asked(declaration)}")


def _in_no_vpc(declaration: Declaration, function: Function, around: Surroundings) -> tuple[str, str]:
    """What is wrong with a function that is in no VPC, and what to do."""
    name, asked = function.id, _asked(declaration)
    if function.declared:
        what = f"{name} is in no VPC, since its VpcConfig lacks SubnetIds or SecurityGroupIds"
        return what, f"Remove the VpcConfig of {name}, or write {asked} in {name}"
    resource = around.resources[name]
    shared = inherited(resource, around.template.get("Globals")).get("VpcConfig")
    own = properties(around.resources, name).get("VpcConfig", shared)
    if own == NO_VALUE:
        what = f"{name} is in no VPC, since its VpcConfig is AWS::NoValue beside the one of Globals"
        return what, f"Write IgnoreGlobals: [VpcConfig] in {name} in its place"
    argument = own.get("Fn::If") if function_of(own) == "Fn::If" else None
    if isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
        holds = condition(argument[0], around.scope)
        state = "holds" if holds is True else "does not hold" if holds is False else "is not known before deployment"
        what = f"the VpcConfig of {name} depends on the condition {argument[0]}, which {state} here"
        if isinstance(holds, bool):
            branches = (
                "<VPC>, !Ref AWS::NoValue" if argument[1] != {"Ref": "AWS::NoValue"} else "!Ref AWS::NoValue, <VPC>"
            )
            return what, f"Write ExistingVpc: !If [{argument[0]}, {branches}]"
        return what, f"Take {argument[0]} from parameters with a value here, or write one function for each case"
    what = f"{name} is in no VPC, since its VpcConfig lacks SubnetIds or SecurityGroupIds"
    return what, f"Remove the VpcConfig of {name} to have it moved, or complete it"


def _key_of_subnet(value: Any, around: Surroundings) -> str | None:
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


# The endpoints


def _check_endpoints(declaration: Declaration, key: str, around: Surroundings, report: Report) -> None:
    """Report endpoints that the VPC has already, a new VPC without a way to Bedrock, and a VPC without private DNS."""
    region = around.context.region
    place = report.of(declaration.logical_id, "Properties", "InterfaceEndpoints")
    existing = endpoints_of_the_template(key, around)
    for service in asked_services(declaration):
        if other := existing.get(known_name(service, region)):
            name = service_name_shown(declaration, service)
            what = f"{other} is an endpoint to {name} in the same VPC, and a second one cannot have private DNS"
            place.error("collision", what, f"Write InterfaceEndpoints without {name}")
    if declaration.deploy_vpc and not _reaches_bedrock(declaration, existing, region):
        what = "leaves the new VPC without an endpoint to bedrock-runtime, and there is no other way to Bedrock"
        fix = f"Add bedrock-runtime, or an {ENDPOINT} with VpcId: !GetAtt {declaration.logical_id}.VpcId"
        place.error("property", what, fix)
    # Private DNS needs both attributes of the VPC: AWS PrivateLink Guide, "Access an AWS service", prerequisites.
    if declaration.interface_endpoints and is_a(around.resources, key, VPC):
        props = properties(around.resources, key)
        for attribute, default in (("EnableDnsHostnames", False), ("EnableDnsSupport", True)):
            if str(known(props.get(attribute, default), around.scope)).lower() == "false":
                what = f"{key} has {attribute} off, and the private DNS names of the endpoints need it"
                vpc = report.of(declaration.logical_id, "Properties", "ExistingVpc")
                vpc.error("property", what, f"Write {attribute}: true in {key}")


def endpoints_of_the_template(key: str, around: Surroundings) -> dict[str | Unknown, str]:
    """The template's own endpoints with private DNS in the VPC ``key``: logical ids by the name of the service."""
    result = {}
    for logical_id, endpoint in of_type(around.resources, ENDPOINT):
        name = known(endpoint.get("ServiceName"), around.scope)
        private = known(endpoint.get("PrivateDnsEnabled"), around.scope) in (True, "true")
        absent = condition(around.resources[logical_id].get("Condition"), around.scope) is False
        if private and isinstance(name, str | Unknown) and not absent and around.key_of(endpoint.get("VpcId")) == key:
            result[name] = logical_id
    return result


def _reaches_bedrock(declaration: Declaration, existing: Collection[str | Unknown], region: str) -> bool:
    """Whether a function in the new VPC has a way to Bedrock; an endpoint to an unknown service may be one."""
    asked = {probable_service(service) or service for service in declaration.interface_endpoints}
    ways = {known_name(service, region) for service in RUNTIME}
    return bool(RUNTIME & asked) or any(name in ways or isinstance(name, Unknown) for name in existing)
