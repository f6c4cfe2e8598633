"""What is wrong with the services of InterfaceEndpoints, each alone and beside the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.names import endpoint_part
from lambda_bedrock_profile.rules import ErrorRule
from lambda_bedrock_profile.stack.network.services import (
    is_gateway,
    meant,
    offered,
    regions_of,
)

ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
_NAME: Final = SCHEMA["properties"]["InterfaceEndpoints"]["items"]["pattern"]


def service_problems(declaration: Declaration, region: str) -> Iterator[Problem]:
    """Every service that no endpoint can be made for, or none beside that of another one."""
    services = asked_services(declaration)
    first = {endpoint_part(service): service for service in reversed(services)}
    for service in services:
        if is_gateway(service):
            what = "is reached through a gateway endpoint, which costs nothing and needs no private DNS"
            fix = f"Leave it out of InterfaceEndpoints and add an {ENDPOINT} of the type Gateway to the template"
            yield _problem(declaration, service, what, fix)
        elif not offered(service, region):
            what = f"has no interface endpoint in {region}"
            fix = f"Leave it out of InterfaceEndpoints, or deploy in one of {', '.join(regions_of(service))}"
            yield _problem(declaration, service, what, fix, "route")
        elif (other := first[endpoint_part(service)]) != service:
            yield same_id(declaration, service, shown(declaration, other))
        elif near := meant(service):
            yield _problem(declaration, service, "is no endpoint service known here", f"Did you mean {near}?")


def asked_services(declaration: Declaration) -> list[str]:
    """The services that the declaration asks for, without items that the schema has found to be none."""
    found = declaration.known.get("InterfaceEndpoints", declaration.interface_endpoints)
    items = found if isinstance(found, list | tuple) else ()
    return [item for item in items if isinstance(item, str) and re.match(_NAME, item)]


def same_id(declaration: Declaration, service: str, other: str) -> Problem:
    """The problem of a service whose endpoint would have the logical id of that of ``other``, and take its place."""
    what = f"differs from {other} in punctuation alone, so their endpoints would have the same logical id"
    return _problem(declaration, service, what, "Keep the one that is the name of an endpoint service", "collision")


def shown(declaration: Declaration, service: str) -> str:
    """A service as a message may name it: one that comes from a parameter only by its place."""
    written = declaration.properties.get("InterfaceEndpoints", declaration.interface_endpoints)
    literal = isinstance(written, list | tuple) and service in written
    return service if literal else f"service {asked_services(declaration).index(service) + 1} of the list"


def _problem(declaration: Declaration, service: str, what: str, fix: str, rule: ErrorRule = "property") -> Problem:
    at: tuple[str | int, ...] = ()
    if "InterfaceEndpoints" in declaration.properties:
        written = declaration.properties["InterfaceEndpoints"]
        literal = isinstance(written, list) and service in written
        at = ("InterfaceEndpoints", written.index(service)) if literal else ("InterfaceEndpoints",)
    return Problem(declaration.logical_id, declaration.path(*at), f"{shown(declaration, service)} {what}", fix, rule)
