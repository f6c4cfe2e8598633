"""From a declaration to the network of its function."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.stack.network.existing_vpc import AT, existing_vpc, fits, named_key
from lambda_bedrock_profile.stack.network.function_vpc import (
    added_groups,
    function_groups,
    function_problems,
)
from lambda_bedrock_profile.stack.network.lists import ruled_groups
from lambda_bedrock_profile.stack.network.new_vpc import new_vpc, vpc_of
from lambda_bedrock_profile.stack.network.plan import Network, NewVpc, Vpc
from lambda_bedrock_profile.stack.network.service_problems import ENDPOINT, asked_services, service_problems, shown
from lambda_bedrock_profile.stack.network.services import RUNTIME, known_name, meant
from lambda_bedrock_profile.stack.network.surroundings import VPC, vpc_key
from lambda_bedrock_profile.template.branches import chosen
from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, condition, known
from lambda_bedrock_profile.template.resources import is_a, of_type, properties


def decide_network(
    declaration: Declaration,
    under: str | None,
    template: Mapping[str, Any],
    scope: Scope,
    environment: StackContext,
    problems: list[Problem],
) -> Network | None:
    """The network of the declaration's function; None where it asks for none, or for one with ``problems``.

    ``under`` is the condition that the generated resources will stand under.
    """
    if not declaration.deploy_vpc and "ExistingVpc" not in declaration.known:
        problems += _pointless(declaration)
        return None
    resources = template["Resources"]
    new: NewVpc | list[Problem] | None = None
    vpc: Vpc | list[Problem]
    if declaration.deploy_vpc:
        new = new_vpc(declaration, environment)
        vpc = vpc_of(declaration.logical_id, len(new.subnet_blocks) if isinstance(new, NewVpc) else 1)
    else:
        vpc = existing_vpc(declaration, under, resources, scope)
    groups = _groups(declaration, template, scope)
    added = added_groups(declaration, scope)
    for found in (new, vpc, groups, added):
        problems += found if isinstance(found, list) else []
    problems += service_problems(declaration, environment.region)
    key = vpc.key if isinstance(vpc, Vpc) else named_key(declaration, resources, scope)
    if key is not None:
        problems += _vpc_problems(declaration, key, template, scope, environment.region)
    if isinstance(vpc, list) or isinstance(new, list) or isinstance(groups, list) or isinstance(added, list):
        return None
    return Network(vpc, declaration.interface_endpoints, new, *groups, added)


def _pointless(declaration: Declaration) -> Iterator[Problem]:
    written = declaration.properties
    if "InterfaceEndpoints" in written and not {"DeployVpc", "ExistingVpc"} & written.keys():
        yield Problem(
            declaration.logical_id,
            declaration.path("InterfaceEndpoints"),
            "has no effect, since the declaration asks for no VPC",
            "Add DeployVpc: true or ExistingVpc, or remove InterfaceEndpoints",
        )


def _groups(
    declaration: Declaration, template: Mapping[str, Any], scope: Scope
) -> tuple[tuple[Any, ...], Any] | list[Problem]:
    """The function's own security groups, and the expression of all of them."""
    if declaration.existing_function is not None:
        return function_groups(declaration, template, scope)
    written = chosen(declaration.properties.get("ExistingVpc"), scope)
    own = chosen(written.get("SecurityGroupIds"), scope) if isinstance(written, dict) else None
    if own is None or not fits("SecurityGroupIds", known(own, scope)):  # Which existing_vpc tells.
        return (), None
    found = ruled_groups(own, declaration.logical_id, (*AT, "SecurityGroupIds"), scope)
    return found if isinstance(found, list) else (found, own)


def _vpc_problems(
    declaration: Declaration, key: str, template: Mapping[str, Any], scope: Scope, region: str
) -> Iterator[Problem]:
    resources = template["Resources"]
    if declaration.existing_function is not None:
        yield from function_problems(declaration, key, template, scope)
    theirs = _endpoints_of_the_template(key, resources, scope)
    for service in asked_services(declaration):
        if other := theirs.get(known_name(service, region)):
            name = shown(declaration, service)
            yield Problem(
                declaration.logical_id,
                declaration.path("InterfaceEndpoints"),
                f"{other} is an endpoint to {name} in the same VPC, and a second one cannot have private DNS",
                f"Write InterfaceEndpoints without {name}",
                "collision",
            )
    if declaration.deploy_vpc:
        yield from _reach_problems(declaration, theirs, region)
    if declaration.interface_endpoints:
        yield from _dns_problems(declaration, key, resources, scope)


def _endpoints_of_the_template(key: str, resources: Mapping[str, Any], scope: Scope) -> dict[str | Unknown, str]:
    """The template's own endpoints with private DNS in the VPC ``key``: logical ids by the name of the service."""
    found = {}
    for logical_id, endpoint in of_type(resources, ENDPOINT):
        name = known(endpoint.get("ServiceName"), scope)
        private = known(endpoint.get("PrivateDnsEnabled"), scope) in (True, "true")
        named = isinstance(name, str | Unknown)
        absent = condition(resources[logical_id].get("Condition"), scope) is False
        if private and named and not absent and vpc_key(endpoint.get("VpcId"), resources, scope) == key:
            found[name] = logical_id
    return found


def _reach_problems(declaration: Declaration, theirs: Collection[str | Unknown], region: str) -> Iterator[Problem]:
    """A new VPC without a way to Bedrock; an endpoint to a service that is not known yet may be one."""
    asked = {meant(service) or service for service in declaration.interface_endpoints}
    ways = {known_name(service, region) for service in RUNTIME}
    if not RUNTIME & asked and not any(name in ways or isinstance(name, Unknown) for name in theirs):
        yield Problem(
            declaration.logical_id,
            declaration.path("InterfaceEndpoints"),
            "leaves the new VPC without an endpoint to bedrock-runtime, and there is no other way to Bedrock",
            f"Add bedrock-runtime, or an {ENDPOINT} with VpcId: !GetAtt {declaration.logical_id}.VpcId",
        )


def _dns_problems(declaration: Declaration, key: str, resources: Mapping[str, Any], scope: Scope) -> Iterator[Problem]:
    """Private DNS needs both attributes of the VPC: AWS PrivateLink Guide, "Access an AWS service", prerequisites."""
    if not is_a(resources, key, VPC):
        return
    props = properties(resources, key)
    for attribute, default in (("EnableDnsHostnames", False), ("EnableDnsSupport", True)):
        if str(known(props.get(attribute, default), scope)).lower() == "false":
            yield Problem(
                declaration.logical_id,
                AT,
                f"{key} has {attribute} off, and the private DNS names of the endpoints need it",
                f"Write {attribute}: true in {key}",
            )
