"""Endpoint services: how each is named, where it has endpoints, which of them a declaration may ask for.

Amazon S3 and DynamoDB have gateway endpoints: routes to a prefix list of AWS's. They stand on the route tables of a new
VPC, so there are none for a VPC that exists already. A rule of a security group needs the id of the prefix list, which
no attribute of CloudFormation gives. The macro's provider looks it up. Sources: Amazon VPC User Guide, "Gateway
endpoints" and "AWS-managed prefix lists".
"""

import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report, nearest
from lambda_bedrock_profile.names import endpoint_part, owner_of
from lambda_bedrock_profile.rules import ErrorRule
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.template.branches import each, placed, taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, condition, known
from lambda_bedrock_profile.template.references import sub, targets_of
from lambda_bedrock_profile.template.resources import VPC, is_a, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
MOST_SERVICES: Final = SCHEMA["properties"]["InterfaceEndpoints"]["maxItems"]
"""How many services are looked at: more than a template can hold are an error by themselves."""

_NAME: Final = SCHEMA["properties"]["InterfaceEndpoints"]["items"]["pattern"]

RUNTIME: Final = frozenset({"bedrock-runtime", "bedrock-runtime-fips"})
CONTROL_PLANE: Final = frozenset({"bedrock", "bedrock-fips"})


@cache
def _facts() -> dict[str, Json]:
    facts: dict[str, Json] = json.loads(Path(__file__).with_name("endpoint_services.json").read_text(encoding="utf-8"))
    return facts


def service_name(service: str) -> Expression:
    """The whole name of ``service``, an expression.

    Bedrock's are ``com.amazonaws.REGION.…`` in every partition. Outside the commercial and the GovCloud partition other
    services mix prefixes, service by service, so a name that is whole already stays.
    """
    return service if _is_whole(service) else sub("com.amazonaws.${AWS::Region}." + service)


def known_name(service: str, region: str) -> str:
    """The same for a Region that is known."""
    return service if _is_whole(service) else f"com.amazonaws.{region}.{service}"


def _is_whole(service: str) -> bool:
    return "amazonaws." in service


def offered(service: str, region: str) -> bool:
    """Whether ``service`` has interface endpoints in ``region``, as far as the data file knows: else True."""
    regions = _facts()["regions"]
    name = _facts()["services"].get(service)
    known = region in regions["bedrock"] or region in _facts()["regions_without_bedrock"]
    return name is None or not known or region in regions[name]


def probable_service(service: str) -> str | None:
    """The service of the data file that ``service`` differs from by a slip of the pen; None if it is one, or new.

    AWS adds services with names like those of others (``bedrock-agent-runtime``), and these have to pass: so only a
    name of about the same length is taken for a slip.
    """
    services = _facts()["services"]
    near = None if service in services else nearest(service, services, likeness=0.85)
    return near if near is not None and abs(len(near) - len(service)) < 2 else None


def regions_of(service: str) -> list[str]:
    """The Regions that the data file names for ``service``."""
    regions: list[str] = _facts()["regions"][_facts()["services"][service]]
    return regions


def is_gateway(service: str) -> bool:
    """Whether ``service`` is reached through a gateway endpoint, without which private DNS of an interface one fails.

    Source: Amazon VPC User Guide, "Gateway endpoints"; AWS PrivateLink Guide, "Interface endpoints for Amazon S3",
    private DNS.
    """
    return service in GATEWAYS


GATEWAYS: Final = frozenset(_facts()["gateway_services"])


class RequestedEndpoint(NamedTuple):
    """An endpoint that a declaration asks for.

    ``statements`` are the user's own for its policy, each an expression. ``account`` says whose resources may be
    reached, ``any`` or ``own``; None if the declaration does not say.
    """

    service: str
    statements: tuple[Json, ...] = ()
    account: str | None = None


def requested_endpoints(declaration: Declaration, scope: Scope) -> tuple[RequestedEndpoint, ...]:
    """The endpoints that the declaration asks for, with the user's expressions of what their policies say besides."""
    items = taken_branch(declaration.properties.expression("InterfaceEndpoints"), scope)
    maps = {}
    for item in items if isinstance(items, list) else ():
        value = taken_branch(item, scope)
        if isinstance(value, dict) and "Service" in value:
            account = known(value.get("ResourceAccount"), scope)
            statements = (placed(*statement) for statement in each(value.get("PolicyStatements"), ()))
            service = known(value["Service"], scope)
            maps[service] = RequestedEndpoint(service, tuple(statements), account if isinstance(account, str) else None)
    return tuple(maps.get(service, RequestedEndpoint(service)) for service in declaration.interface_endpoints)


def service_of_action(action: str) -> str | None:
    """The endpoint service whose API has the IAM ``action``; None if it is no action of Bedrock."""
    prefix, _, name = action.lower().partition(":")
    if prefix != "bedrock":
        return None
    services = _facts()["actions"].items()
    return next((service for service, names in services if name in names.lower().split()), "bedrock")


def check_services(declaration: Declaration, region: str, report: Report) -> None:
    """Report every service that no endpoint can be made for, or none beside that of another one."""
    services = requested_services(declaration)
    first = {endpoint_part(service): service for service in reversed(services)}
    for index, service in enumerate(services):
        if service in services[:index]:
            report_service(declaration, service, report, "is there twice", "Write each service once")
        elif is_gateway(service):
            continue  # check_gateways reports it.
        elif not offered(service, region):
            what = f"has no interface endpoint in {region}"
            fix = f"Leave it out of InterfaceEndpoints, or deploy in one of {', '.join(regions_of(service))}"
            report_service(declaration, service, report, what, fix, "route")
        elif (other := first[endpoint_part(service)]) != service:
            report_same_id(declaration, service, service_name_shown(declaration, other), report)
        elif near := probable_service(service):
            report_service(declaration, service, report, "is no endpoint service known here", f"Did you mean {near}?")


def check_gateways(declaration: Declaration, new: bool, provider: Expression, region: str, report: Report) -> None:
    """Report a gateway endpoint that is asked for in a VPC that is not ``new``, or without the ``provider``."""
    for service in requested_services(declaration):
        if not is_gateway(service):
            continue
        if not new:
            literal = service in _literal_services(declaration)
            name = known_name(service, region) if literal else "the service"
            what = "is reached through a gateway endpoint, which is made in a new VPC only (DeployVpc)"
            fix = (
                f"Leave it out of InterfaceEndpoints, add an {ENDPOINT} of the type Gateway to the route tables, and "
                f"an AWS::EC2::SecurityGroupEgress with GroupId: !GetAtt {declaration.logical_id}.SecurityGroupId, "
                f"IpProtocol: tcp, port 443 and DestinationPrefixListId, the id of the prefix list of {name}"
            )
            report_service(declaration, service, report, what, fix)
        elif provider is None:
            what = (
                "is reached through a gateway endpoint, and the rule that lets the function out to it needs the id of "
                "a prefix list, which the provider looks up: it is not deployed"
            )
            fix = f"{custom_types.DEPLOY_PROVIDER}, or leave it out of InterfaceEndpoints"
            report_service(declaration, service, report, what, fix)


def gateways_of_the_template(key: str, resources: Mapping[str, Json], region: str, scope: Scope) -> tuple[str, ...]:
    """The services of the template's own gateway endpoints on a route table of the new VPC ``key``."""
    services = set()
    for logical_id, endpoint in of_type(resources, ENDPOINT):
        tables = targets_of(endpoint.get("RouteTableIds"))
        absent = condition(resources[logical_id].get("Condition"), scope) is False
        if not absent and any(owner_of(table, names.ROUTE_TABLE) == key for table in tables if table not in resources):
            name = known(endpoint.get("ServiceName"), scope)
            services |= {service for service in GATEWAYS if known_name(service, region) == name}
    return tuple(sorted(services))


def check_endpoints(declaration: Declaration, key: str, around: Surroundings, report: Report) -> None:
    """Report endpoints that the VPC has already, a new VPC without a way to Bedrock, and a VPC without private DNS."""
    region = around.context.region
    place = report.of(declaration.logical_id, "Properties", "InterfaceEndpoints")
    existing = endpoints_of_the_template(key, around)
    for service in requested_services(declaration):
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
    requested = {probable_service(service) or service for service in declaration.interface_endpoints}
    ways = {known_name(service, region) for service in RUNTIME}
    return bool(RUNTIME & requested) or any(name in ways or isinstance(name, Unknown) for name in existing)


def requested_services(declaration: Declaration) -> list[str]:
    """The services that the declaration asks for, without items that the schema has found to be none."""
    values = declaration.properties.value("InterfaceEndpoints", declaration.interface_endpoints)
    items = map(_service, values[:MOST_SERVICES] if isinstance(values, list | tuple) else ())
    return [item for item in items if isinstance(item, str) and re.match(_NAME, item)]


def _service(item: Expression) -> Expression:
    """The service that an item of the list names."""
    return item.get("Service") if isinstance(item, dict) else item


def report_same_id(declaration: Declaration, service: str, other: str, report: Report) -> None:
    """Report a service whose endpoint would have the logical id of that of ``other``, and take its place."""
    what = f"differs from {other} in punctuation alone, so their endpoints would have the same logical id"
    report_service(
        declaration, service, report, what, "Keep the one that is the name of an endpoint service", "collision"
    )


def service_name_shown(declaration: Declaration, service: str) -> str:
    """A service as a message may name it: one that comes from a parameter only by its place."""
    literal = service in _literal_services(declaration)
    return service if literal else f"service {requested_services(declaration).index(service) + 1} of the list"


def report_service(
    declaration: Declaration, service: str, report: Report, what: str, fix: str, rule: ErrorRule = "property"
) -> None:
    """Report an error of one item of InterfaceEndpoints, at its place."""
    place = place_of_service(declaration, service, report)
    place.error(rule, f"{service_name_shown(declaration, service)} {what}", fix)


def place_of_service(declaration: Declaration, service: str, report: Report) -> Report:
    """``report`` at the item of InterfaceEndpoints that names the service, as far as that is written out."""
    place = report.of(declaration.logical_id, "Properties")
    if "InterfaceEndpoints" not in declaration.properties:
        return place
    place, literals = place.at("InterfaceEndpoints"), _literal_services(declaration)
    return place.at(literals.index(service)) if service in literals else place


def _literal_services(declaration: Declaration) -> list[Json]:
    """The services as they are written out, in the order of the list; what is no text cannot be one of them."""
    items = declaration.properties.expression("InterfaceEndpoints", declaration.interface_endpoints)
    return [*map(_service, items)] if isinstance(items, list | tuple) else []
