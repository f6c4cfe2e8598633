"""What CloudFormation asks of a custom resource, and what it is told.

Source: AWS CloudFormation User Guide, "Custom resource request objects" and "Custom resource response objects".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

RequestType = Literal["Create", "Update", "Delete"]

REQUEST_TYPES: Final = ("Create", "Update", "Delete")

FIELDS: Final = (
    "RequestType",
    "ResponseURL",
    "StackId",
    "RequestId",
    "ResourceType",
    "LogicalResourceId",
    "PhysicalResourceId",
    "ResourceProperties",
    "OldResourceProperties",
)
"""The fields CloudFormation sends. Whatever else an event holds is not for us, nor for crhelper, which keeps the state
of its poller in further ones."""

NOT_CREATED: Final = "not-created:"
"""How the physical id of something that was never made begins, so that deleting it is known to be done already."""


class RefusedError(Exception):
    """The request cannot be met. Its text is the reason CloudFormation shows: what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Event:
    """One request. ``physical_id`` is empty on Create; ``old_properties`` are empty except on Update."""

    request_type: RequestType
    resource_type: str
    logical_id: str
    request_id: str
    stack_id: str
    physical_id: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Event:
        """The event ``raw``, which has to be answerable; properties that are no object count as none at all."""
        properties, old_properties = (
            value if isinstance(value := raw.get(name), Mapping) else {}
            for name in ("ResourceProperties", "OldResourceProperties")
        )
        return cls(
            request_type=raw["RequestType"],
            resource_type=_text(raw.get("ResourceType")),
            logical_id=raw["LogicalResourceId"],
            request_id=raw["RequestId"],
            stack_id=raw["StackId"],
            physical_id=_text(raw.get("PhysicalResourceId")),
            properties=properties,
            old_properties=old_properties,
        )

    @property
    def stack_guid(self) -> str:
        """The last part of the stack's id, unique for every stack that ever was."""
        return self.stack_id.rpartition("/")[2]

    @property
    def never_made(self) -> bool:
        """Whether the physical id says that there is nothing behind it."""
        return not self.physical_id or self.physical_id.startswith(NOT_CREATED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: the physical id (what ``Ref`` gives) and the attributes (what ``Fn::GetAtt`` gives)."""

    physical_id: str
    data: Mapping[str, str] = field(default_factory=dict)


def answerable(raw: object) -> bool:
    """Whether ``raw`` holds what an answer needs: a kind of request, three ids to repeat and an HTTPS address."""
    return (
        isinstance(raw, Mapping)
        and raw.get("RequestType") in REQUEST_TYPES
        and all(_text(raw.get(name)) for name in ("StackId", "RequestId", "LogicalResourceId"))
        and _is_https(_text(raw.get("ResponseURL")))
    )


def not_created_id(raw: Mapping[str, Any]) -> str:
    """The physical id of what request ``raw`` did not make; the same for each delivery of one request."""
    return f"{NOT_CREATED}{raw['RequestId']}"[:1024]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_https(url: str) -> bool:
    # http.client puts an address with a space or a control character into its error, and so into the log.
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
