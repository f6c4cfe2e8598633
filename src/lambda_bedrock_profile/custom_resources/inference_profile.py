"""``Custom::BedrockInferenceProfile``: an application inference profile where CloudFormation has no type for it.

It takes the properties and gives the attributes of ``AWS::Bedrock::ApplicationInferenceProfile``, ``Models`` aside: a
custom resource has 4,096 bytes for its whole answer. ``Ref`` gives the ARN. CloudFormation's own type promises "ID or
ARN"; the ARN is what invoking and tagging need, and it tells a profile from the id of one that was never made.

Sources: CloudFormation Template Reference, "AWS::Bedrock::ApplicationInferenceProfile" (update behaviour of each
property); Amazon Bedrock API Reference, "CreateInferenceProfile" and its siblings (patterns, lengths, errors).
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lambda_bedrock_profile.custom_resources.clients import STEADY, CallError, Runtime, attempts, call
from lambda_bedrock_profile.custom_resources.events import Event, Outcome, RefusedError
from lambda_bedrock_profile.custom_resources.shapes import Finding, fields, items, own, text, validate

RESERVE: Final = 25.0
"""Seconds kept of an invocation for removing what cannot be finished, and for the answer."""

_LARGEST_PAGE: Final = 1000
_GONE: Final = "ResourceNotFoundException"
_PASSING: Final = frozenset({"ConflictException", "InternalServerException", "ThrottlingException"})
_PROFILE_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:application-inference-profile/[a-zA-Z0-9.:-]+"
)

_TAG_CHARACTERS: Final = "letters, digits, spaces and . _ : / = + @ -"
_shape: Final = fields(
    {
        "InferenceProfileName": text(
            r"([0-9a-zA-Z][ _-]?)+", 1, 64, "letters and digits, each followed by at most one space, _ or -"
        ),
        "ModelSource": fields(
            {
                "CopyFrom": text(
                    # Wider than Bedrock's own pattern in the partition: a new one must not wait for us.
                    r"arn:aws[a-z-]*:bedrock:[0-9a-z-]{0,20}:([0-9]{12})?:(inference-profile|foundation-model)/[a-zA-Z0-9-:.]+",
                    1,
                    2048,
                    "the ARN of a foundation model or of a system-defined inference profile",
                )
            }
        ),
    },
    {
        "Description": text(
            r"([0-9a-zA-Z:.][ _-]?)+", 1, 200, "letters, digits, : and ., each followed by at most one space, _ or -"
        ),
        "Tags": items(
            fields(
                {
                    "Key": text(
                        r"(?!(?i:aws:))[a-zA-Z0-9\s._:/=+@-]*", 1, 128, f"{_TAG_CHARACTERS}, not starting aws:"
                    ),
                    "Value": text(r"[a-zA-Z0-9\s._:/=+@-]*", 0, 256, _TAG_CHARACTERS),
                }
            ),
            0,
            200,
        ),
    },
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Profile:
    """An application inference profile as a template asks for it; no description is the empty one."""

    name: str
    description: str
    source: str
    tags: Mapping[str, str]

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Profile:
        """The profile that valid ``properties`` describe."""
        return cls(
            name=properties["InferenceProfileName"],
            description=properties.get("Description", ""),
            source=properties["ModelSource"]["CopyFrom"],
            tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
        )


def handle(event: Event, runtime: Runtime) -> Outcome:
    """Creates, updates or deletes the profile; raises ``RefusedError``."""
    if event.request_type == "Delete":
        if _has_profile(event):
            _delete(runtime.client("bedrock", runtime.region, STEADY), event.physical_id, runtime)
        return Outcome(event.physical_id)
    validate(event, _check)
    wanted = Profile.of(event.properties)
    client = runtime.client("bedrock", runtime.region, STEADY)
    if event.request_type == "Update":
        before = _before(event)
        there = _there(client, event, before, wanted)
        if there is not None:
            arn = there["inferenceProfileArn"]
            _retag(client, arn, before, wanted)
            return Outcome(arn, _attributes(there))
    return _create(client, wanted, _token(event), runtime)


def _has_profile(event: Event) -> bool:
    """Whether the physical id is a profile's; any other was given in place of one that never came to be."""
    return _PROFILE_ARN.fullmatch(event.physical_id) is not None


def _check(properties: Any) -> Iterator[Finding]:
    findings = list(_shape(properties))
    yield from findings
    if not findings:
        keys = [tag["Key"] for tag in properties.get("Tags", [])]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                yield Finding(("Tags", index, "Key"), "repeats the key of an earlier tag", "Give each key once")


def _token(event: Event) -> str:
    """The same for every delivery of one request, so that Bedrock makes one profile of them."""
    return hashlib.sha256("\n".join((event.stack_id, event.logical_id, event.request_id)).encode()).hexdigest()


def _create(client: Any, wanted: Profile, token: str, runtime: Runtime) -> Outcome:
    request: dict[str, Any] = {
        "inferenceProfileName": wanted.name,
        "modelSource": {"copyFrom": wanted.source},
        "clientRequestToken": token,
    }
    if wanted.description:
        request["description"] = wanted.description
    if wanted.tags:
        request["tags"] = _as_list(wanted.tags)
    try:
        arn: str = call(client.create_inference_profile, **request)["inferenceProfileArn"]
    except CallError as failure:
        if failure.code != "ConflictException":
            raise
        message = failure.message
    else:
        runtime.claim(arn)
        logger.info("created %s", arn)
        return Outcome(arn, _finish(client, arn, runtime))
    raise RefusedError(
        f"CreateInferenceProfile failed with ConflictException. {message} Another profile of this Region may have "
        "this name. Give InferenceProfileName a new value: where name, description or source change, the new profile "
        "is made before the old one is deleted."
    )


def _finish(client: Any, arn: str, runtime: Runtime) -> dict[str, str]:
    """The attributes of the profile ``arn`` once it is ACTIVE; failing that it is removed, or the reason names it."""
    try:
        return _attributes(_active(client, arn, runtime))
    except Exception as error:
        try:
            _delete(client, arn, runtime)
        except CallError as failure:
            logger.error("left behind: %s", arn)
            cause = str(error) if isinstance(error, RefusedError) else "The new profile could not be finished."
            left = f"{cause} Removing it failed too ({failure.operation}: {failure.code}): delete {arn}."
        else:
            raise
    raise RefusedError(left)


def _active(client: Any, arn: str, runtime: Runtime) -> Mapping[str, Any]:
    for _ in attempts(runtime, RESERVE):
        profile = _live(client, arn)
        if profile is not None and profile["status"] == "ACTIVE":
            return profile
    raise RefusedError("The new profile did not become ACTIVE in time, so it is not kept. Deploy again.")


def _live(client: Any, arn: str) -> Mapping[str, Any] | None:
    """What Bedrock knows of profile ``arn``; None where it knows nothing, or nothing yet."""
    try:
        return call(client.get_inference_profile, inferenceProfileIdentifier=_id(arn))
    except CallError as failure:
        if failure.code != _GONE:
            raise
        return None


def _delete(client: Any, arn: str, runtime: Runtime) -> None:
    for _ in attempts(runtime, RESERVE / 2):
        try:
            call(client.delete_inference_profile, inferenceProfileIdentifier=_id(arn))
        except CallError as failure:
            if failure.code == _GONE:
                return
            if failure.code not in _PASSING:
                raise
            passing = failure
        else:
            return
    raise passing


def _id(arn: str) -> str:
    """The id in a profile's ARN. Bedrock takes either, but its pattern for ARNs leaves out the newer partitions."""
    return arn.rsplit("/", 1)[1]


def _before(event: Event) -> Profile | None:
    """The profile the old properties describe; None where they were refused, so that this is their roll-back."""
    properties = own(event.old_properties)
    return None if list(_check(properties)) else Profile.of(properties)


def _there(client: Any, event: Event, before: Profile | None, wanted: Profile) -> Mapping[str, Any] | None:
    """The wanted profile, tags aside, where the stack has it already: in use, or from before it was replaced.

    The live profile decides, not the old properties: when a replacement fails, CloudFormation rolls back with an
    Update whose old properties are those that failed, and the profile in use must survive it. When a replacement
    succeeds and a later resource fails, it rolls back with an Update of the new profile to the old properties, while
    the old profile is still there. That one is known by the stack's id in its name, which the macro puts there.
    Without it the name may be that of another stack's profile, which must not be taken over, nor deleted in the end.
    """
    live = _live(client, event.physical_id) if _has_profile(event) else None
    if live is not None and _fits(client, live, before, wanted):
        return live
    if event.stack_guid not in wanted.name:
        return None
    return next((profile for profile in _listed(client) if _fits(client, profile, None, wanted)), None)


def _listed(client: Any) -> Iterator[Mapping[str, Any]]:
    """Every application inference profile of the account and Region; a summary holds all that a look at one does."""
    page: dict[str, str] = {}
    while True:
        answer = call(client.list_inference_profiles, typeEquals="APPLICATION", maxResults=_LARGEST_PAGE, **page)
        yield from answer["inferenceProfileSummaries"]
        if not answer.get("nextToken"):
            return
        page = {"nextToken": answer["nextToken"]}


def _fits(client: Any, profile: Mapping[str, Any], before: Profile | None, wanted: Profile) -> bool:
    """Whether ``profile`` has the wanted name, description and source.

    Bedrock does not tell the source of a profile, but the models it leads to, and so does the source. They need no
    look where ``before``, what the profile was made of as far as that is known, has the wanted source.
    """
    if (profile["inferenceProfileName"], profile.get("description", "")) != (wanted.name, wanted.description):
        return False
    return (before is not None and before.source == wanted.source) or _models(profile) == _source_models(client, wanted)


def _source_models(client: Any, wanted: Profile) -> frozenset[str]:
    if ":foundation-model/" in wanted.source:
        return frozenset({wanted.source})
    return _models(call(client.get_inference_profile, inferenceProfileIdentifier=_id(wanted.source)))


def _models(profile: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(model.get("modelArn", "") for model in profile["models"])


def _retag(client: Any, arn: str, before: Profile | None, wanted: Profile) -> None:
    """Removes the tags the template no longer has and sets all it has; tags set by others stay."""
    removed = sorted((before.tags.keys() if before else set()) - wanted.tags.keys())
    if removed:
        call(client.untag_resource, resourceARN=arn, tagKeys=removed)
    if wanted.tags:
        call(client.tag_resource, resourceARN=arn, tags=_as_list(wanted.tags))


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _attributes(profile: Mapping[str, Any]) -> dict[str, str]:
    times = {"CreatedAt": profile.get("createdAt"), "UpdatedAt": profile.get("updatedAt")}
    return {
        "InferenceProfileArn": profile["inferenceProfileArn"],
        "InferenceProfileId": profile["inferenceProfileId"],
        "InferenceProfileIdentifier": profile["inferenceProfileArn"],
        "Status": profile["status"],
        "Type": profile["type"],
        **{name: time.isoformat() for name, time in times.items() if time},
    }
