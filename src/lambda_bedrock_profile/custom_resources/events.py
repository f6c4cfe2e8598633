"""What CloudFormation asks of a custom resource: the event, the outcome, and what the properties have to look like.

A check of properties takes a value and yields findings, so that everything wrong is reported together. CloudFormation
hands every scalar over as a text, so there are three shapes: text, list and object. A finding never holds the value it
is about, because the value may come from a NoEcho parameter.

Source: AWS CloudFormation User Guide, "Custom resource request objects" and "Custom resource response objects".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from lambda_bedrock_profile.diagnostics import Diagnostic
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

LONGEST_ID: Final = 1024
"""Characters of a physical id (AWS CloudFormation User Guide, "Custom resource response objects")."""

NOT_CREATED: Final = "not-created:"
"""How the physical id of something begins that was not made, as far as the provider knew."""

REFUSED_ID: Final = "refused-id:"
"""How the physical id begins that stands in the place of one that is neither logged nor repeated."""

# crhelper puts ids into a format string of the log, where "%" raises an error; no id of CloudFormation has one.
_ID: Final = re.compile(rf"[ -$&-~]{{1,{LONGEST_ID}}}")


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


# ---------------------------------------------------------------------------------------------------------- properties


class Finding(NamedTuple):
    """One thing wrong: the path from the value down, what is wrong and what to do."""

    path: tuple[str | int, ...]
    what: str
    fix: str


Check = Callable[[Json], Iterator[Finding]]


def text(pattern: str, shortest: int, longest: int, allowed: str) -> Check:
    """A string of ``shortest`` to ``longest`` characters that matches ``pattern``, which ``allowed`` puts in words."""
    compiled = re.compile(pattern)

    def check(value: Json) -> Iterator[Finding]:
        if not isinstance(value, str):
            yield Finding((), "is not text", f"Give {allowed}")
        elif not shortest <= len(value) <= longest:
            yield Finding((), f"has {len(value)} characters", f"Give {shortest} to {longest} characters")
        elif not compiled.fullmatch(value):
            yield Finding((), "has a form that is not allowed", f"Give {allowed}")

    return check


def items(check_item: Check, fewest: int, most: int) -> Check:
    """A list of ``fewest`` to ``most`` items, each of which passes ``check_item``."""

    def check(value: Json) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield Finding((), "is not a list", "Give a list")
        elif not fewest <= len(value) <= most:
            yield Finding((), f"has {len(value)} items", f"Give {fewest} to {most} items")
        else:
            for index, item in enumerate(value):
                yield from _below(index, check_item(item))

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with every key of ``required``, any of ``optional`` and no other."""
    known = {**required, **(optional or {})}

    def check(value: Json) -> Iterator[Finding]:
        if not isinstance(value, Mapping):
            yield Finding((), "is not an object", f"Give an object with {', '.join(required)}")
            return
        for name in required:
            if name not in value:
                yield Finding((name,), "is missing", "Add it")
        for name, item in value.items():
            if name in known:
                yield from _below(name, known[name](item))
            else:
                yield Finding((str(name)[:64],), "is unknown", f"Remove it, or use one of {', '.join(known)}")

    return check


def validate(event: Event, check: Check) -> None:
    """Raises ``RefusedError`` with everything ``check`` finds in the event's own properties."""
    findings = list(check(own_properties(event.properties)))
    if findings:
        problems = (Diagnostic(event.logical_id, ("Properties", *path), what, fix) for path, what, fix in findings)
        raise RefusedError(" ".join(map(str, problems)))


def own_properties(properties: Mapping[str, Json]) -> Mapping[str, Json]:
    """The resource's own properties: all but those by which CloudFormation finds the provider and waits for it."""
    return {name: value for name, value in properties.items() if name not in {"ServiceToken", "ServiceTimeout"}}


def _below(key: str | int, findings: Iterator[Finding]) -> Iterator[Finding]:
    for path, what, fix in findings:
        yield Finding((key, *path), what, fix)
