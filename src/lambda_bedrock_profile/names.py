"""Every name that the expansion makes up: logical ids of resources and conditions, and names of things in AWS.

Each of them is stable for ever. A changed logical id, or a changed name, would replace what users have deployed: a
profile with its cost history, a VPC with all that is in it. So all of them are in this file, with their inverse, and
one test holds them (``tests/test_names.py``).

A logical id is an *owner* and a *part*: ``AssistantRole`` is the part ``ROLE`` of ``Assistant``. The owner is a
declaration; for what belongs to a VPC that several declarations share, it is the key of the VPC. There is no counter
over declarations and no digest of content in a logical id, so a declaration that comes or goes renames nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final

from lambda_bedrock_profile.values import Expression, Json

ROLE: Final = "Role"
POLICY: Final = "Policy"
DURABLE_POLICY: Final = "DurablePolicy"
LOG_GROUP: Final = "LogGroup"
PROFILE: Final = "InferenceProfile"
NATIVE_PROFILE: Final = "InferenceProfileNative"
"""The profile if it is moved to CloudFormation's own type; one id can never change its type."""
PROVIDER_PROFILE: Final = "InferenceProfileProvider"
"""The profile if it is moved to the provider's type."""
MODEL_ACCESS: Final = "ModelAccess"
THROTTLES_ALARM: Final = "ThrottlesAlarm"
SERVER_ERRORS_ALARM: Final = "ServerErrorsAlarm"
TOKENS_ALARM: Final = "TokensAlarm"
SECURITY_GROUP: Final = "SecurityGroup"
NETWORK_POLICY: Final = "NetworkPolicy"
ENDPOINT_INGRESS: Final = "EndpointIngress{}"
"""The rule that lets a security group of the function in; without a number for the first group."""
PROFILES: Final = (PROFILE, NATIVE_PROFILE, PROVIDER_PROFILE)

VPC: Final = "Vpc"
SUBNET: Final = "Subnet{}"
ROUTE_TABLE: Final = "RouteTable{}"
ROUTE_TABLE_ASSOCIATION: Final = "Subnet{}RouteTableAssociation"
DEFAULT_SECURITY_GROUP: Final = "VpcDefaultSecurityGroup"
FLOW_LOG: Final = "FlowLog"
FLOW_LOG_GROUP: Final = "FlowLogGroup"
FLOW_LOG_ROLE: Final = "FlowLogRole"

ENDPOINT_SECURITY_GROUP: Final = "EndpointSecurityGroup"

METADATA: Final = "LambdaBedrockProfile"
"""The key in the template's own section Metadata of what the template was expanded with."""

PARTS_OF_A_DECLARATION: Final = (
    ROLE,
    POLICY,
    DURABLE_POLICY,
    LOG_GROUP,
    *PROFILES,
    MODEL_ACCESS,
    THROTTLES_ALARM,
    SERVER_ERRORS_ALARM,
    TOKENS_ALARM,
    SECURITY_GROUP,
    NETWORK_POLICY,
    ENDPOINT_INGRESS,
    VPC,
    SUBNET,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    DEFAULT_SECURITY_GROUP,
    FLOW_LOG,
    FLOW_LOG_GROUP,
    FLOW_LOG_ROLE,
)
PARTS_OF_A_VPC: Final = (ENDPOINT_SECURITY_GROUP,)
"""Besides these a VPC has an endpoint for each service: ``endpoint_id``, and ``prefix_list_id`` for some."""

STACK_GUID: Final = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
"""The last part of the stack's id, 36 characters, unique for every stack that ever was."""

_DIGEST: Final = 8
_READABLE: Final = 18
_to_json: Final = json.JSONEncoder(sort_keys=True).encode


def generated_id(owner: str, part: str, number: int | None = None) -> str:
    """The logical id of the ``part`` of ``owner``; parts such as SUBNET take a ``number``, from 1."""
    return owner + part.replace("{}", "" if number is None else str(number))


def owner_of(logical_id: str, part: str) -> str | None:
    """The owner that ``logical_id`` is the ``part`` of, whatever its number; None if it is no such part."""
    match = _pattern(part).fullmatch(logical_id)
    return match[1] if match else None


def owners_and_parts(logical_id: str, owners: Collection[str]) -> list[tuple[str, str]]:
    """(owner, part) of each way to read ``logical_id`` as a part of one of ``owners``: declarations or keys of VPCs.

    Two ways mean a collision, which the expansion reports. The part of an endpoint is ``BedrockRuntimeEndpoint``.
    """
    parts = (*PARTS_OF_A_DECLARATION, *PARTS_OF_A_VPC)
    ways = [(owner, part) for part in parts if (owner := owner_of(logical_id, part)) in owners and owner is not None]
    endpoints = [
        (owner, logical_id.removeprefix(owner))
        for owner in owners
        if logical_id.startswith(owner)
        and re.fullmatch("[0-9A-Z][0-9A-Za-z]*(Endpoint|PrefixList)", logical_id[len(owner) :])
    ]
    return ways + endpoints


@cache
def _pattern(part: str) -> re.Pattern[str]:
    return re.compile("([0-9A-Za-z]+)" + part.replace("{}", "[0-9]*"))


def endpoint_id(key: str, service: str) -> str:
    """The logical id of the endpoint to ``service`` in a VPC: ``AssistantBedrockRuntimeEndpoint``."""
    return key + endpoint_part(service)


def endpoint_part(service: str) -> str:
    """What the logical id of an endpoint to ``service`` ends with: ``BedrockRuntimeEndpoint``.

    Services that differ in punctuation alone have the same.
    """
    return "".join(part[0].upper() + part[1:] for part in re.findall("[0-9A-Za-z]+", service)) + "Endpoint"


def prefix_list_id(key: str, service: str) -> str:
    """The logical id of the look-up of the prefix list that a gateway endpoint leads to: ``AssistantS3PrefixList``."""
    return endpoint_id(key, service).removesuffix("Endpoint") + "PrefixList"


def shared_policy_id(role_key: str, route: Sequence[Json], number: int) -> str:
    """The logical id of the managed policy ``number`` (from 1) for ``route`` on the role with that key.

    ``route`` is what the declarations ask for: a model and a geography.
    """
    role = role_key if role_key.isascii() and role_key.isalnum() else "Role" + _digest(role_key)
    return f"{role}Bedrock{_digest(_to_json(route))}Policy{number}"


def is_shared_policy(logical_id: str) -> bool:
    """Whether ``logical_id`` is one of ``shared_policy_id``."""
    return re.fullmatch("[0-9A-Za-z]+Bedrock[0-9a-f]{8}Policy[0-9]+", logical_id) is not None


def shared_policy_condition(policy_id: str) -> str:
    """The name of the condition that holds if a declaration with permissions in the managed policy is deployed."""
    return policy_id + "Needed"


def half_of(logical_id: str, depth: int) -> int:
    """0 or 1: the half of a set that a declaration goes to if the set is split for the time ``depth`` (from 0)."""
    return int(hashlib.sha256(logical_id.encode()).hexdigest(), 16) >> depth & 1


def key_of_expression(expression: Expression) -> str:
    """The key of a VPC whose id is ``expression``, if that refers to nothing that could give it a key."""
    return "Vpc" + _digest(json.dumps(expression, sort_keys=True))


def shared_condition(key: str, conditions: Sequence[str]) -> str:
    """The name of the condition that holds if one of ``conditions`` (sorted names) does, for what a VPC shares."""
    return f"{key}Endpoints{_digest(' '.join(conditions))}"


def unique_name(logical_id: str, content: Sequence[Json]) -> dict[str, Json]:
    """An expression of a name that is unique for a stack and a declaration, for what AWS makes up no name for.

    The name has at most 64 characters: letters, digits and single dashes between them. It starts with what can be
    shown of ``logical_id``. The digest in it covers the whole ``logical_id`` and ``content``: two things that differ
    in either have different names, so a replacement can be made before the original is deleted.
    """
    readable = _readable(logical_id)[:_READABLE].rstrip("-")
    digest = _digest(_to_json([logical_id, *content]))
    start = f"{readable}-{digest}" if readable else digest
    return {"Fn::Sub": [start + "-${Stack}", {"Stack": STACK_GUID}]}


def revision(content: Sequence[Json]) -> str:
    """Eight characters that differ if ``content``, plain data, does."""
    return _digest(_to_json(content))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def _readable(logical_id: str) -> str:
    if logical_id.isascii() and logical_id.isalnum():
        return logical_id
    return "-".join(re.findall("[0-9a-zA-Z]+", logical_id))
