"""Whose an application inference profile is: the tag that the provider puts on every profile it makes.

Every stack of an account and Region shares one provider, whose role may act on the profiles of all of them. So the
provider itself has to distinguish the profiles of one stack from those of another. A name does not: names can be
foreseen, and whoever may deploy a template could plant a profile under a name that another stack will use. The tag
holds the id of the stack and the logical id of the resource. The provider takes, changes and deletes only what carries
the tag of the event's own resource. A tag of a user cannot have this key, and the policy of the provider's role asks
for it as well.

Profiles of version 0.1.0 have no tag. Such a profile is taken over by an Update or a Delete whose physical id it is. A
profile that CloudFormation made itself (AWS::Bedrock::ApplicationInferenceProfile) is never taken over.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Bedrock"; AWS Managed
Policy Reference, "AmazonDataZoneBedrockModelManagementPolicy"; CloudFormation User Guide, "Resource tag".
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from lambda_bedrock_profile.custom_resources.clients import DENIED, NOT_FOUND, STEADY, CallError, Runtime, persist
from lambda_bedrock_profile.custom_resources.events import STACK_TAG, Event, RefusedError
from lambda_bedrock_profile.custom_resources.shapes import check_profile
from lambda_bedrock_profile.custom_types import USER_TAGS
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.values import Json

OWNER_TAG: Final = "lambda-bedrock-profile-owner"
"""The key of the provider's own tag. It stands in ``template.yaml`` and on running profiles, so it never changes."""

RESERVE: Final = 25.0
"""Seconds kept of an invocation for removing what cannot be finished, and for the answer."""

_LARGEST_PAGE: Final = 1000
_TOO_MANY_TAGS: Final = "TooManyTagsException"
_NO_SUCH_RESOURCE: Final = "ValidationError"
_LONGEST_VALUE: Final = 256
_STACK_ID: Final = re.compile(
    r"arn:aws[a-z-]*:cloudformation:[a-z0-9-]+:[0-9]{12}:stack/[A-Za-z0-9-]{1,128}/[A-Za-z0-9-]+"
)
_GUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ANY_GUID: Final = re.compile(_GUID, re.IGNORECASE)
_PROFILE_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:bedrock:([a-z0-9-]+):([0-9]{12}):application-inference-profile/[a-zA-Z0-9.:-]+"
)
_GENERATED_NAME: Final = re.compile(rf"(?:[0-9a-z-]+-)?[0-9a-f]{{8}}-({_GUID})", re.IGNORECASE)
"""A name as the macro generates it: what can be read of the logical id, a digest, the last part of the stack's id."""


logger = logging.getLogger(__name__)


def owner(event: Event) -> str:
    """The value of the tag for the event's resource, at most 256 characters; a long logical id becomes a digest.

    Raises ``RefusedError`` if the event names no stack.
    """
    if not _STACK_ID.fullmatch(event.stack_id):
        raise RefusedError("The request names no stack of CloudFormation. Let CloudFormation call the provider.")
    logical_id = event.logical_id
    if not re.fullmatch("[A-Za-z0-9]+", logical_id) or len(event.stack_id) + 1 + len(logical_id) > _LONGEST_VALUE:
        logical_id = hashlib.sha256(logical_id.encode()).hexdigest()[:24]
    return f"{event.stack_id}/{logical_id}"


def is_of_resource(tags: Mapping[str, str], event: Event) -> bool:
    """Whether the profile with ``tags`` was made for, or taken over by, the event's resource."""
    return tags.get(OWNER_TAG) == owner(event) and STACK_TAG not in tags


def has_owner(tags: Mapping[str, str]) -> bool:
    """Whether the profile with ``tags`` was made for a resource, of the provider or of CloudFormation's own type."""
    return OWNER_TAG in tags or STACK_TAG in tags


def is_generated(name: str, event: Event) -> bool:
    """Whether ``name`` is one that the macro generated for the event's stack.

    Its digest covers the source and the description, so a profile with this name has them.
    """
    match = _GENERATED_NAME.fullmatch(name)
    return match is not None and match[1].lower() == event.stack_guid.lower()


def is_generated_elsewhere(name: str, event: Event) -> bool:
    """Whether ``name`` has the form of one that the macro generates for another stack."""
    return _GENERATED_NAME.fullmatch(name) is not None and not is_generated(name, event)


def names_another_stack(name: str, event: Event) -> bool:
    """Whether ``name`` holds an id such as stacks have, and that of the event's stack it is not."""
    return any(guid.lower() != event.stack_guid.lower() for guid in _ANY_GUID.findall(name))


def check_new_profile(properties: Json, report: Report) -> None:
    """Report what ``check_profile`` does, and tags that leave no room for the provider's, or have its key.

    Both were allowed before the provider had a tag, so a profile that is there may have them.
    """
    check_profile(properties, report)
    if report.errors:
        return
    tags, place = properties.get("Tags", []), report.at("Tags")
    if len(tags) > USER_TAGS:
        fix = f"Give at most {USER_TAGS}: Bedrock allows 200, and the provider's own tag is one of them"
        place.error("property", f"has {len(tags)} items", fix)
    for index, tag in enumerate(tags):
        if tag["Key"].lower() == OWNER_TAG:
            place.at(index, "Key").error("property", "is the key of the provider's own tag", "Choose another key")


# --------------------------------------------------------------------------------------------------- what Bedrock knows


class Task(NamedTuple):
    """One request and what it is met with: ``bedrock`` is a client of the provider's Region."""

    event: Event
    runtime: Runtime
    bedrock: Any

    def ask(self, method: Any, /, **parameters: Any) -> Mapping[str, Json]:
        """The answer to a call that may be made twice; raises ``CallError``."""
        return persist(self.runtime, RESERVE, method, **parameters)


def physical_arn(event: Event, runtime: Runtime) -> str:
    """The profile that the physical id names; "" if the id was given in place of a profile that never came to be."""
    match = _PROFILE_ARN.fullmatch(event.physical_id)
    if match is None:
        return ""
    if match.groups() != (runtime.region, runtime.account):
        raise RefusedError(
            "The physical id names a profile of another account or Region, which this provider does not touch. "
            "Let CloudFormation call the provider of the stack's own account and Region."
        )
    return event.physical_id


def live_profile(task: Task, arn: str) -> Mapping[str, Json] | None:
    """What Bedrock knows of profile ``arn``; None if it knows nothing, or nothing yet."""
    try:
        return task.ask(task.bedrock.get_inference_profile, inferenceProfileIdentifier=profile_id(arn))
    except CallError as failure:
        if failure.code != NOT_FOUND:
            raise
        return None


def tags_of(task: Task, arn: str) -> Mapping[str, str]:
    """The tags of the profile ``arn``; raises ``CallError``."""
    answer = task.ask(task.bedrock.list_tags_for_resource, resourceARN=arn)
    return {tag["key"]: tag["value"] for tag in answer.get("tags", [])}


def profile_of_resource_at(task: Task, arn: str) -> Mapping[str, Json] | None:
    """The profile of the physical id ``arn``, which is this resource's now; None if there is none any more.

    A profile of a version without tags gets this resource's. Raises ``RefusedError`` for the profile of another.
    """
    live = live_profile(task, arn)
    if live is None:
        return None
    try:
        tags = tags_of(task, arn)
        if not is_of_resource(tags, task.event):
            elsewhere = is_generated_elsewhere(live["inferenceProfileName"], task.event)
            if has_owner(tags) or elsewhere:
                raise RefusedError(
                    f"{arn} is the profile of another stack or resource, so it is neither changed nor deleted. To "
                    "delete this stack all the same, retain this resource."
                )
            _take_over(task, arn)
    except CallError as failure:
        if failure.code != NOT_FOUND:
            raise
        return None
    return live


def _take_over(task: Task, arn: str) -> None:
    tags = as_list({OWNER_TAG: owner(task.event)})
    try:
        task.ask(task.bedrock.tag_resource, resourceARN=arn, tags=tags)
    except CallError as failure:
        if failure.code == DENIED:
            step = (
                "It was made before profiles had the provider's tag: set AdoptUntaggedProfiles of the macro's stack to"
            )
            raise RefusedError(f"{failure} {step} true for one update.") from None
        if failure.code == _TOO_MANY_TAGS:
            raise RefusedError(f"{failure} Remove one tag from {arn}, then deploy again.") from None
        raise
    logger.info("took over %s", arn)


def profile_of_resource_named(task: Task, name: str) -> Mapping[str, Json] | None:
    """The profile called ``name``, if it is there and this resource's."""
    profile, is_this_resources = profile_named(task, name)
    return profile if is_this_resources else None


def profile_named(task: Task, name: str) -> tuple[Mapping[str, Json] | None, bool]:
    """The profile called ``name``, None if the listing does not show it, and whether it is this resource's."""
    for profile in _listed(task):
        if profile["inferenceProfileName"] == name:
            try:
                return profile, is_of_resource(tags_of(task, profile["inferenceProfileArn"]), task.event)
            except CallError as failure:
                if failure.code != NOT_FOUND:
                    raise
    return None, False


def _listed(task: Task) -> Iterator[Mapping[str, Json]]:
    """Every application inference profile of the account and Region; a summary holds all that a look at one does."""
    page: dict[str, str] = {}
    while True:
        answer = task.ask(
            task.bedrock.list_inference_profiles, typeEquals="APPLICATION", maxResults=_LARGEST_PAGE, **page
        )
        yield from answer["inferenceProfileSummaries"]
        if not answer.get("nextToken"):
            return
        page = {"nextToken": answer["nextToken"]}


def profile_id(arn: str) -> str:
    """The id in a profile's ARN. Bedrock takes either, but its pattern for ARNs leaves out the newer partitions."""
    return arn.rsplit("/", 1)[1]


def is_in_use(task: Task, profile: Mapping[str, Json]) -> bool:
    """Whether CloudFormation has this profile as the resource; True if that cannot be read."""
    event, runtime = task.event, task.runtime
    client = runtime.client("cloudformation", runtime.region, STEADY)
    try:
        answer = task.ask(client.describe_stack_resource, StackName=event.stack_id, LogicalResourceId=event.logical_id)
    except CallError as failure:
        return failure.code != _NO_SUCH_RESOURCE
    in_use = answer["StackResourceDetail"].get("PhysicalResourceId") == profile["inferenceProfileArn"]
    return bool(in_use)


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as Bedrock takes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]
