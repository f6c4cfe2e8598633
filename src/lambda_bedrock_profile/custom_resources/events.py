"""What CloudFormation asks of a custom resource, and the answer: cut to its size, and sent until it is taken.

CloudFormation waits for the answer at a presigned URL of S3. An answer that S3 has not taken is none: the stack would
wait until its time is up, and what was made would be left behind.

Sources: AWS CloudFormation User Guide, "Custom resource request objects" and "Custom resource response objects";
Amazon S3 API Reference, "Error responses".
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPSConnection
from itertools import count
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from lambda_bedrock_profile.values import Json

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

STACK_TAG: Final = "aws:cloudformation:stack-id"
"""The tag with which CloudFormation marks what a stack made. Nobody else can set a tag that begins with aws:."""

LONGEST_ID: Final = 1024
"""Characters of a physical id (AWS CloudFormation User Guide, "Custom resource response objects")."""

LONGEST_ANSWER: Final = 4096
"""Bytes (AWS CloudFormation User Guide, "Custom resource response objects")."""

_CUT: Final = " ... (the rest is in the provider's log)"
_TIMEOUT: Final = 10.0
_RESERVE: Final = 1.0
"""Seconds of an invocation that are too few for another attempt."""
_PASSING: Final = frozenset({408, 429})

NOT_CREATED: Final = "not-created:"
"""How the physical id of something begins that was not made, as far as the provider knew."""

REFUSED_ID: Final = "refused-id:"
"""How the physical id begins that stands in the place of one that is neither logged nor repeated."""

# crhelper puts ids into a format string of the log, in which "%" raises an error; no id of CloudFormation has one.
_ID: Final = re.compile(rf"[ -$&-~]{{1,{LONGEST_ID}}}")

logger = logging.getLogger(__name__)


class RefusedError(Exception):
    """The request cannot be met. Its text is the reason CloudFormation shows: what is wrong, and what to do."""


class Event(NamedTuple):
    """One request. ``physical_id`` is empty on Create; ``old_properties`` are empty except on Update."""

    request_type: RequestType
    resource_type: str
    logical_id: str
    request_id: str
    stack_id: str
    physical_id: str
    properties: Mapping[str, Json]
    old_properties: Mapping[str, Json]

    @classmethod
    def of(cls, raw: Mapping[str, Json]) -> Event:
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
        """Whether the physical id says that nothing was made."""
        return not self.physical_id or self.physical_id.startswith(NOT_CREATED)

    @property
    def has_refused_id(self) -> bool:
        """Whether the physical id was one that no resource can have."""
        return self.physical_id.startswith(REFUSED_ID)


class Outcome(NamedTuple):
    """What was done: the physical id (what ``Ref`` gives) and the attributes (what ``Fn::GetAtt`` gives)."""

    physical_id: str
    data: Mapping[str, str] = MappingProxyType({})


def answerable(raw: object) -> bool:
    """Whether ``raw`` holds what an answer needs: a kind of request, three ids to repeat and an HTTPS address."""
    return (
        isinstance(raw, Mapping)
        and raw.get("RequestType") in REQUEST_TYPES
        and all(_ID.fullmatch(_text(raw.get(name))) for name in ("StackId", "RequestId", "LogicalResourceId"))
        and _is_https(_text(raw.get("ResponseURL")))
    )


def readable(raw: Mapping[str, Json]) -> dict[str, Json]:
    """The fields of ``raw`` that CloudFormation sends, with a physical id that can be logged and answered."""
    event = {name: raw[name] for name in FIELDS if name in raw}
    physical_id = _text(event.get("PhysicalResourceId"))
    if physical_id and not _ID.fullmatch(physical_id):
        digest = hashlib.sha256(physical_id.encode(errors="surrogatepass")).hexdigest()
        event["PhysicalResourceId"] = f"{REFUSED_ID}{digest[:16]}"
    return event


def not_created_id(raw: Mapping[str, Json]) -> str:
    """The physical id of what request ``raw`` did not make; the same for each delivery of one request."""
    return f"{NOT_CREATED}{raw['RequestId']}"[:LONGEST_ID]


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


# ----------------------------------------------------------------------------------------------------------- the answer


def fitted(answer: Mapping[str, Json]) -> dict[str, Json]:
    """The answer with its Reason cut, if needed, so that all of it is shorter than CloudFormation allows."""
    reason, cut = str(answer["Reason"]), ""
    while True:
        whole = {**answer, "Reason": reason + cut}
        excess = len(json.dumps(whole)) - LONGEST_ANSWER + 1
        if excess <= 0 or not reason:
            return whole
        # One character is at most 12 bytes of JSON, so this never takes too much away.
        reason, cut = reason[: -max(1, excess // 12)], _CUT


def deliver(
    url: str,
    answer: Mapping[str, Json],
    seconds_left: Callable[[], float],
    sleep: Callable[[float], None],
    jitter: Callable[[], float],
) -> bool:
    """Sends ``answer`` to ``url`` until it is taken, refused for good or the invocation's time is up.

    Returns whether it was taken.
    ``jitter`` gives a random number from 0 to 1. The log never gets the URL, which is a secret.
    """
    body = json.dumps(answer).encode()
    for attempt in count():
        status, what = _put(url, body, max(_RESERVE, min(_TIMEOUT, seconds_left() - _RESERVE)))
        if 200 <= status < 300:
            return True
        if 400 <= status < 500 and status not in _PASSING:
            logger.error("the answer was refused: %s", what)
            return False
        pause = min(8.0, 0.5 * 2.0 ** min(attempt, 9)) * (0.5 + 0.5 * jitter())
        if seconds_left() - pause < _RESERVE:
            logger.error("the answer was not taken in time: %s", what)
            return False
        logger.warning("the answer was not taken and is sent again: %s", what)
        sleep(pause)
    raise AssertionError("count() does not end")


def _put(url: str, body: bytes, timeout: float) -> tuple[int, str]:
    """The status of one attempt, 0 if there was no answer, and what to log of it."""
    parts = urlsplit(url)
    connection = HTTPSConnection(parts.netloc, context=ssl.create_default_context(), timeout=timeout)
    try:
        # A content type is part of the URL's signature, and CloudFormation signs for none.
        connection.request("PUT", urlunsplit(("", "", *parts[2:])), body=body, headers={"content-type": ""})
        response = connection.getresponse()
        response.read()
    except (OSError, HTTPException) as error:
        return 0, type(error).__name__
    finally:
        connection.close()
    return response.status, f"status {response.status}"
