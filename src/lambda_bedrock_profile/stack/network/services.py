"""Endpoint services: their names, the ids of their endpoints, and the Regions they are known to be missing in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.template.references import sub

RUNTIME: Final = frozenset({"bedrock-runtime", "bedrock-runtime-fips"})
CONTROL_PLANE: Final = frozenset({"bedrock", "bedrock-fips"})


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(Path(__file__).with_name("endpoint_services.json").read_text(encoding="utf-8"))
    return facts


def service_name(service: str) -> Any:
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


def meant(service: str) -> str | None:
    """The service of the data file that ``service`` differs from by a slip of the pen; None where it is one, or new.

    AWS adds services with names like those of others (``bedrock-agent-runtime``), and these have to pass: so only a
    name of about the same length is taken for a slip.
    """
    services = _facts()["services"]
    near = None if service in services else nearest(service, services, likeness=0.85)
    return near if near is not None and abs(len(near) - len(service)) < 2 else None


def regions_of(service: str) -> list[str]:
    """The Regions that the data file names for ``service``."""
    found: list[str] = _facts()["regions"][_facts()["services"][service]]
    return found


def is_gateway(service: str) -> bool:
    """Whether ``service`` is reached through a gateway endpoint, without which private DNS of an interface one fails.

    Source: Amazon VPC User Guide, "Gateway endpoints"; AWS PrivateLink Guide, "Interface endpoints for Amazon S3",
    private DNS.
    """
    return service in _facts()["gateway_services"]
