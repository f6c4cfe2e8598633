"""``Custom::BedrockModelAccess``: whether this account can use the model in the Regions of the function's route.

A definite "no" of Bedrock fails the deployment before anything else is made. What could not be found out becomes a
warning, in the log and in ``Warnings``. ``model_verdict`` says which is which.

A roll-back never fails here: it leads back to what ran before, also to a model that Bedrock has retired since.

Sources: Amazon Bedrock API Reference, "GetFoundationModelAvailability", "GetFoundationModel" and "GetInferenceProfile";
Amazon Bedrock User Guide, "Access Amazon Bedrock foundation models".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Final

from lambda_bedrock_profile.custom_resources.clients import PROBE, STEADY, CallError, Runtime, call, persist
from lambda_bedrock_profile.custom_resources.events import Event, Outcome, RefusedError
from lambda_bedrock_profile.custom_resources.model_verdict import Answer, Question, judge
from lambda_bedrock_profile.custom_resources.shapes import check_model_access, validate
from lambda_bedrock_profile.values import Json

RESERVE: Final = 10.0
"""Seconds kept of an invocation for the answer, whatever the Regions do."""

LONGEST_WARNINGS: Final = 1500

_ROLLS_BACK: Final = "UPDATE_ROLLBACK_IN_PROGRESS"
_LOST: Final = 3
"""Calls to a Region that stay without an answer until it counts as one that gives none."""

logger = logging.getLogger(__name__)


def handle(event: Event, runtime: Runtime) -> Outcome:
    """Asks on Create and Update, does nothing on Delete; raises ``RefusedError`` with every definite "no"."""
    if event.request_type == "Delete":
        return Outcome(event.physical_id)
    validate(event, check_model_access)
    question = Question.of(event.properties)
    verdict = judge(question, *_ask(question, runtime))
    for warning in verdict.warnings:
        logger.warning("%s", warning)
    warnings = verdict.warnings
    if verdict.problems:
        reason = " ".join(verdict.problems)
        if not _rolls_back(event, runtime, reason):
            raise RefusedError(reason)
        warnings = (*verdict.problems, *warnings)
        logger.warning("the stack rolls back all the same: %s", reason)
    elif legacy := _legacy(question, runtime):
        logger.warning("%s", legacy)
        warnings = (*warnings, legacy)
    return Outcome(
        event.physical_id or f"model-access/{event.logical_id}/{event.request_id}",
        {"Warnings": " ".join(warnings)[:LONGEST_WARNINGS]},
    )


def _legacy(question: Question, runtime: Runtime) -> str:
    """What to say of a model that is LEGACY in the source Region, as a sentence; empty if it is not, or has no answer.

    Source: Amazon Bedrock API Reference, "GetFoundationModel"; Amazon Bedrock User Guide, "Model lifecycle".
    """
    client = runtime.client("bedrock", question.source, PROBE)
    try:
        details = call(client.get_foundation_model, modelIdentifier=question.model_id)["modelDetails"]
    except CallError:
        # Whether the model can be used is known by now; roles of an earlier version may not ask this.
        return ""
    life_cycle = details.get("modelLifecycle", {})
    if life_cycle.get("status") != "LEGACY":
        return ""
    end = life_cycle.get("endOfLifeTime")
    ends = f" and ends on {end:%Y-%m-%d}" if end else ""
    return (
        f"{question.model_id} is LEGACY in {question.source}{ends}. AWS refuses accounts that have not used a LEGACY "
        "model for 15 days: plan to take another model."
    )


def _rolls_back(event: Event, runtime: Runtime, reason: str) -> bool:
    """Whether the stack is going back to what it was before an update.

    No event says so, and CloudFormation is asked. Raises ``RefusedError`` with ``reason`` if it does not answer.
    """
    if event.request_type == "Create":
        return False
    client = runtime.client("cloudformation", runtime.region, STEADY)
    try:
        stacks = persist(runtime, RESERVE, client.describe_stacks, lost=3, StackName=event.stack_id)["Stacks"]
    except CallError as failure:
        raise RefusedError(f"{reason} Whether the stack rolls back could not be read: {failure}") from None
    return [stack["StackStatus"] for stack in stacks] == [_ROLLS_BACK]


def _ask(question: Question, runtime: Runtime) -> tuple[Answer | None, dict[str, Answer], Answer | None]:
    """The answers about the route, each Region, and the profile that is there already."""
    # Clients are made here, one after the other: a boto3 session is not safe in several threads.
    clients = {region: runtime.client("bedrock", region, PROBE) for region in question.regions}
    ask = partial(persist, runtime, RESERVE, lost=_LOST)
    calls: list[Callable[[], Mapping[str, Json]]] = [
        partial(ask, client.get_foundation_model_availability, modelId=question.model_id) for client in clients.values()
    ]
    source = clients[question.source]
    calls += [
        partial(ask, source.get_inference_profile, inferenceProfileIdentifier=profile)
        for profile in (question.profile_id, question.existing)
        if profile
    ]
    answers = _together(calls, max(0.0, runtime.seconds_left() - RESERVE))
    existing = answers.pop() if question.existing else None
    route = answers.pop() if question.profile_id else None
    return route, dict(zip(clients, answers, strict=True)), existing


def _together(calls: Sequence[Callable[[], Mapping[str, Json]]], seconds: float) -> list[Answer]:
    """The answers to all questions, asked at the same time; what takes longer than ``seconds`` counts as failed."""
    pool = ThreadPoolExecutor(max_workers=min(len(calls), 16))
    try:
        futures = [pool.submit(_answer, question) for question in calls]
        wait(futures, timeout=seconds)
        return [
            future.result() if future.done() else CallError("The call", "no answer in time", "") for future in futures
        ]
    finally:
        # Not waited for: what still runs ends by itself with its client's time-outs.
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(question: Callable[[], Mapping[str, Json]]) -> Answer:
    try:
        return question()
    except CallError as failure:
        return failure
