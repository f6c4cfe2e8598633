"""``Custom::BedrockInferenceProfile``: an application inference profile if CloudFormation has no type for it.

It takes the properties and gives the attributes of ``AWS::Bedrock::ApplicationInferenceProfile``, ``Models`` aside: a
custom resource has 4,096 bytes for its whole answer. ``Ref`` gives the ARN. CloudFormation's own type promises "ID or
ARN"; the ARN is what invoking and tagging need, and it distinguishes a profile from one that was never made.

``provenance`` decides which profiles a request may take, change and delete.

Sources: CloudFormation Template Reference, "AWS::Bedrock::ApplicationInferenceProfile" (update behaviour of each
property); Amazon Bedrock API Reference, "CreateInferenceProfile" and its siblings (patterns, lengths, errors).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile.custom_resources import provenance
from lambda_bedrock_profile.custom_resources.clients import (
    DENIED,
    LONGEST_BACKOFF,
    NOT_FOUND,
    STEADY,
    CallError,
    Runtime,
    attempts,
    call,
)
from lambda_bedrock_profile.custom_resources.events import Event, Outcome, RefusedError
from lambda_bedrock_profile.custom_resources.provenance import RESERVE, Task
from lambda_bedrock_profile.custom_resources.shapes import check_profile, is_valid, validate
from lambda_bedrock_profile.values import Json

_TAG_DELAY: Final = 6
"""Attempts of a delete that is denied: the role's policy may not see a tag that was set a moment ago."""

_LATE_LISTING: Final = 6
"""Attempts that Bedrock refuses while its listing does not show why: it may show a new profile late."""

_CONFLICT: Final = "ConflictException"

logger = logging.getLogger(__name__)


class Profile(NamedTuple):
    """An application inference profile as a template asks for it; no description is the empty one."""

    name: str
    description: str
    source: str
    tags: Mapping[str, str]

    @classmethod
    def of(cls, properties: Mapping[str, Json]) -> Profile:
        """The profile that valid ``properties`` describe."""
        return cls(
            name=properties["InferenceProfileName"],
            description=properties.get("Description", ""),
            source=properties["ModelSource"]["CopyFrom"],
            tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
        )


def handle(event: Event, runtime: Runtime) -> Outcome:
    """Creates, updates or deletes the profile; raises ``RefusedError``."""
    provenance.owner(event)
    if event.request_type != "Delete":
        validate(event, provenance.check_new_profile)
    arn = provenance.physical_arn(event, runtime)
    task = Task(event, runtime, runtime.client("bedrock", runtime.region, STEADY))
    if event.request_type == "Delete":
        if arn:
            _remove(task, arn)
        else:
            _remove_lost(task)
        return Outcome(event.physical_id)
    wanted = Profile.of(event.properties)
    return _update(task, arn, wanted) if event.request_type == "Update" else _make(task, wanted)


# ------------------------------------------------------------------------------------------------------------- Create


def _make(task: Task, wanted: Profile) -> Outcome:
    """Makes the profile, or finds the one that an attempt of this resource has made whose answer was lost."""
    event = task.event
    if provenance.names_another_stack(wanted.name, event):
        raise RefusedError(
            f"{event.logical_id}.Properties.InferenceProfileName: holds the id of another stack, whose profile "
            "it could block. Give a name without it."
        )
    perhaps_made, refused = False, 0
    for _ in attempts(task.runtime, RESERVE, LONGEST_BACKOFF):
        try:
            arn = _create(task, wanted)
        except CallError as error:
            failure = error
        else:
            return _finish(task, arn)
        if failure.kind == "throttled":
            continue
        perhaps_made = perhaps_made or failure.kind == "lost"
        if failure.code != _CONFLICT and not perhaps_made:
            break
        profile, of_resource = provenance.profile_named(task, wanted.name)
        if profile is not None and of_resource and _fits(task, profile, None, wanted):
            return _resume(task, profile, wanted)
        refused += failure.kind == "refused"
        if refused == _LATE_LISTING or (profile is not None and failure.code == _CONFLICT):
            break
    if failure.code == _CONFLICT:
        raise RefusedError(_conflict(task, failure, wanted))
    raise failure


def _create(task: Task, wanted: Profile) -> str:
    """The ARN of the new profile, which one attempt has made; raises ``CallError``."""
    request: dict[str, Json] = {
        "inferenceProfileName": wanted.name,
        "modelSource": {"copyFrom": wanted.source},
        "clientRequestToken": _token(task.event),
        "tags": provenance.as_list({**wanted.tags, provenance.OWNER_TAG: provenance.owner(task.event)}),
    }
    if wanted.description:
        request["description"] = wanted.description
    arn: str = call(task.bedrock.create_inference_profile, **request).get("inferenceProfileArn", "")
    if not arn:
        raise CallError("CreateInferenceProfile", "an answer without an ARN", "", "lost")
    return arn


def _token(event: Event) -> str:
    """The same for every delivery of one request, so that Bedrock makes one profile of them."""
    return hashlib.sha256("\n".join((event.stack_id, event.logical_id, event.request_id)).encode()).hexdigest()


def _conflict(task: Task, failure: CallError, wanted: Profile) -> str:
    # A generated name is no secret: it holds nothing of a parameter. Bedrock's words show it as ***.
    name = f" {wanted.name}" if provenance.is_generated(wanted.name, task.event) else ""
    reason = f"{failure.message.rstrip('.')}. " if failure.message else ""
    return (
        f"CreateInferenceProfile failed with ConflictException. {reason}Another profile of this Region, which this "
        f"resource has not made, may have the name{name}. Give InferenceProfileName a new value or delete that "
        "profile: where name, description or source change, the new profile is made before the old one is deleted."
    )


def _finish(task: Task, arn: str) -> Outcome:
    """The outcome for the new profile ``arn`` once it is ACTIVE; failing that it is removed, or the reason names it."""
    try:
        task.runtime.claim(arn)
        logger.info("created %s", arn)
        return Outcome(arn, _attributes(_active(task, arn)))
    except Exception as error:
        try:
            _delete(task, arn, fresh=True)
        except CallError as failure:
            logger.error("left behind: %s", arn)
            cause = str(error) if isinstance(error, RefusedError) else "The new profile could not be finished."
            reason = f"{cause} Removing it failed too ({failure.operation}: {failure.code}): delete {arn}."
        else:
            raise
    raise RefusedError(reason)


def _resume(task: Task, profile: Mapping[str, Json], wanted: Profile) -> Outcome:
    """The outcome for a profile of this resource that is there already, with the wanted tags."""
    arn: str = profile["inferenceProfileArn"]
    logger.info("resumed %s", arn)
    task.runtime.claim(arn)
    _retag(task, arn, None, wanted)
    return Outcome(arn, _attributes(_active(task, arn)))


def _active(task: Task, arn: str) -> Mapping[str, Json]:
    for _ in attempts(task.runtime, RESERVE):
        profile = provenance.live_profile(task, arn)
        if profile is not None and profile["status"] == "ACTIVE":
            return profile
    raise RefusedError("The new profile did not become ACTIVE in time, so it is not kept. Deploy again.")


# ------------------------------------------------------------------------------------------------------------- Update


def _update(task: Task, arn: str, wanted: Profile) -> Outcome:
    """Keeps the profile ``arn`` in place, finds an earlier one of this resource again, or makes a new one.

    The live profile decides, not the old properties: when a replacement fails, CloudFormation rolls back with an
    Update whose old properties are those that failed, and the profile in use must survive it. When a replacement
    succeeds and a later resource fails, it rolls back with an Update of the new profile to the old properties, while
    the old profile is still there, with this resource's tag.
    """
    before = _before(task.event)
    live = provenance.profile_of_resource_at(task, arn) if arn else None
    if live is not None and _fits(task, live, before, wanted):
        _retag(task, arn, before, wanted)
        if before is not None and before.name != wanted.name:
            _remove_abandoned(task, before, arn)
        return Outcome(arn, _attributes(live))
    earlier = provenance.profile_of_resource_named(task, wanted.name)
    if earlier is not None and _fits(task, earlier, None, wanted):
        _retag(task, earlier["inferenceProfileArn"], before, wanted)
        return Outcome(earlier["inferenceProfileArn"], _attributes(earlier))
    return _make(task, wanted)


def _before(event: Event) -> Profile | None:
    """The profile the old properties describe; None if they were refused, so that this is their roll-back."""
    return Profile.of(event.old_properties) if is_valid(event.old_properties, check_profile) else None


def _fits(task: Task, profile: Mapping[str, Json], before: Profile | None, wanted: Profile) -> bool:
    """Whether ``profile``, which is this resource's, has the wanted name, description and source.

    Bedrock does not say what the source of a profile is, but which models it leads to, and so does the source. They
    need no look if ``before``, what the profile was made of as far as that is known, has the wanted source, or if the
    name is a generated one. A roll-back to a retired model could not look at its source, which is gone.
    """
    if (profile["inferenceProfileName"], profile.get("description", "")) != (wanted.name, wanted.description):
        return False
    if provenance.is_generated(wanted.name, task.event) or (before is not None and before.source == wanted.source):
        return True
    return _models(profile) == _source_models(task, wanted)


def _source_models(task: Task, wanted: Profile) -> frozenset[str]:
    if ":foundation-model/" in wanted.source:
        return frozenset({wanted.source})
    identifier = provenance.profile_id(wanted.source)
    return _models(task.ask(task.bedrock.get_inference_profile, inferenceProfileIdentifier=identifier))


def _models(profile: Mapping[str, Json]) -> frozenset[str]:
    return frozenset(model.get("modelArn", "") for model in profile["models"])


def _retag(task: Task, arn: str, before: Profile | None, wanted: Profile) -> None:
    """Removes the tags the template no longer has and sets all it has; tags set by others stay."""
    removed = sorted((before.tags.keys() if before else set()) - wanted.tags.keys() - {provenance.OWNER_TAG})
    if removed:
        task.ask(task.bedrock.untag_resource, resourceARN=arn, tagKeys=removed)
    if wanted.tags:
        # The role may set tags only together with the provider's own.
        tags = {**wanted.tags, provenance.OWNER_TAG: provenance.owner(task.event)}
        task.ask(task.bedrock.tag_resource, resourceARN=arn, tags=provenance.as_list(tags))


def _remove_abandoned(task: Task, failed: Profile, in_use: str) -> None:
    """Removes what a failed replacement has made whose answer was lost: a roll-back names the profile in use alone."""
    try:
        lost = provenance.profile_of_resource_named(task, failed.name)
        if lost is None or lost["inferenceProfileArn"] == in_use or not _fits(task, lost, None, failed):
            return
        if not provenance.is_in_use(task, lost):
            _delete(task, lost["inferenceProfileArn"])
    except CallError as failure:
        logger.error("a failed replacement may have left a profile behind: %s", failure)


# ------------------------------------------------------------------------------------------------------------- Delete


def _remove(task: Task, arn: str) -> None:
    if provenance.profile_of_resource_at(task, arn) is not None:
        _delete(task, arn, fresh=True)


def _remove_lost(task: Task) -> None:
    """Removes what a Create has made whose answer was lost; a later Create may have taken it, then it stays."""
    name = task.event.properties.get("InferenceProfileName")
    if not isinstance(name, str) or not name:
        return
    try:
        lost = provenance.profile_of_resource_named(task, name)
        if lost is not None and not provenance.is_in_use(task, lost):
            _delete(task, lost["inferenceProfileArn"])
    except CallError as failure:
        # Most likely there is nothing, and if there is, the next attempt of this resource finds it.
        logger.error("a failed create may have left a profile behind: %s", failure)


def _delete(task: Task, arn: str, *, fresh: bool = False) -> None:
    """Deletes a profile; ``fresh`` says that its tag may be too new for the role's policy to see."""
    denied = 0
    for _ in attempts(task.runtime, RESERVE / 2, LONGEST_BACKOFF):
        try:
            call(task.bedrock.delete_inference_profile, inferenceProfileIdentifier=provenance.profile_id(arn))
        except CallError as error:
            failure = error
        else:
            return
        if failure.code == NOT_FOUND:
            return
        denied += failure.code == DENIED
        passing = failure.kind != "refused" or failure.code == _CONFLICT or (fresh and 0 < denied < _TAG_DELAY)
        if not passing:
            break
    raise failure


def _attributes(profile: Mapping[str, Json]) -> dict[str, str]:
    times = {"CreatedAt": profile.get("createdAt"), "UpdatedAt": profile.get("updatedAt")}
    return {
        "InferenceProfileArn": profile["inferenceProfileArn"],
        "InferenceProfileId": profile["inferenceProfileId"],
        "InferenceProfileIdentifier": profile["inferenceProfileArn"],
        "Status": profile["status"],
        "Type": profile["type"],
        **{name: time.isoformat() for name, time in times.items() if time},
    }
