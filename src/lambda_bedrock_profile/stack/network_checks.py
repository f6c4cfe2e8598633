"""What keeps a function from the endpoints of the VPC that its declaration asks for, and what those endpoints lack."""

from __future__ import annotations

from collections.abc import Collection

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.endpoint_services import (
    ENDPOINT,
    RUNTIME,
    asked_services,
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
from lambda_bedrock_profile.stack.link import Function, Surroundings
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Unknown, condition, function_of, known
from lambda_bedrock_profile.template.references import referred
from lambda_bedrock_profile.template.resources import SUBNET, VPC, is_a, of_type, properties
from lambda_bedrock_profile.values import Expression


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
    name, asked = function.id, vpc_property(declaration)
    config: Expression = None
    if not function.declared:
        shared = inherited(around.resources[name], around.template.get("Globals")).get("VpcConfig")
        config = properties(around.resources, name).get("VpcConfig", shared)
    argument = config["Fn::If"] if function_of(config) == "Fn::If" else None
    what = f"{name} is in no VPC, since its VpcConfig lacks SubnetIds or SecurityGroupIds"
    if function.declared:
        fix = f"Remove the VpcConfig of {name}, or write {asked} in {name}"
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


def check_endpoints(declaration: Declaration, key: str, around: Surroundings, report: Report) -> None:
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


def is_moved(declaration: Declaration, function: Function, around: Surroundings) -> bool:
    """Whether the declaration moves a function that it does not make, and that says nothing of a VPC itself."""
    if declaration.existing_function is None or function.id in around.links.named:
        return False
    return asks_for_no_vpc(function.id, around.declarations, around.template)


def vpc_property(declaration: Declaration) -> str:
    """The property by which the declaration asks for its VPC."""
    return "DeployVpc" if declaration.deploy_vpc else "ExistingVpc"
