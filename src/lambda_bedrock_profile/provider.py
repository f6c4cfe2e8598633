"""Lambda entry point of the custom resources: an event of CloudFormation in, an answer to its URL out.

crhelper wires the three kinds of request and watches the clock; the work is done in ``custom_resources``. Nothing waits
beyond the invocation: why is in docs/decisions/0005. The macro never imports this module, whose libraries take half a
second to load.

Sources: AWS CloudFormation User Guide, "Custom resource response objects"; crhelper 2.0.12.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from crhelper import FAILED, CfnResource

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.custom_resources import clients, inference_profile, model_access, vpc
from lambda_bedrock_profile.custom_resources.events import (
    Event,
    Outcome,
    RefusedError,
    answerable,
    deliver,
    fitted,
    not_created_id,
    readable,
)
from lambda_bedrock_profile.values import Json

RESOURCES: Final[Mapping[str, Callable[[Event, clients.Runtime], Outcome]]] = {
    custom_types.INFERENCE_PROFILE: inference_profile.handle,
    custom_types.MODEL_ACCESS: model_access.handle,
    custom_types.DEFAULT_SECURITY_GROUP: vpc.close_default_group,
    custom_types.MANAGED_PREFIX_LIST: vpc.find_prefix_list,
}
"""What can be asked for: a function for each resource type."""

EMERGENCY: Final = 6.0
"""Seconds before the end of the invocation at which a failure is answered, whatever is under way."""

metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "LambdaBedrockProfile"), service="provider")
logger = logging.getLogger(__name__)
# Below INFO crhelper logs events and answers with their presigned URL. Whoever turns up the log must not get those.
logging.getLogger("crhelper").setLevel(logging.INFO)


class Resource(CfnResource):
    """crhelper, with one answer to each request, which CloudFormation accepts and a person can read."""

    answered = False
    """Whether the answer to the present request is on its way."""

    def __init__(self, **settings: Any) -> None:
        self._answering = threading.Lock()
        super().__init__(**settings)

    def generate_physical_id(self, event: Mapping[str, Json]) -> str:
        """An id that says there is nothing behind it; crhelper's own looks like any other."""
        return not_created_id(event)

    def _crhelper_init(self, event: Any, context: Any) -> Any:
        self.answered = False
        return super()._crhelper_init(event, context)  # type: ignore[misc]

    def _set_timeout(self) -> None:
        # crhelper leaves half a second, too little for an answer that has to be sent twice.
        self._timer = threading.Timer(max(0.5, _seconds_left(self._context) - EMERGENCY), self._timeout)  # type: ignore[attr-defined]
        self._timer.start()

    def _send(self, status: str | None = None, reason: str = "", send_response: Any = None) -> None:
        # crhelper keeps the last 240 characters of a reason, gives no physical id when it fails to start or runs out of
        # time, and takes any status for success. So the answer is put right on its way, and sent here.
        with self._answering:
            if self.answered:
                return
            self.answered = True
        whole = reason or self.Reason

        def send(url: str, answer: dict[str, Json], verify: Any) -> None:
            physical_id = self.PhysicalResourceId or self._event.get("PhysicalResourceId")  # type: ignore[attr-defined]
            answer["PhysicalResourceId"] = physical_id or self.generate_physical_id(answer)
            context = self._context  # type: ignore[attr-defined]
            seconds_left = lambda: _seconds_left(context)  # noqa: E731
            deliver(url, fitted({**answer, "Reason": whole}), seconds_left, time.sleep, random.random)

        super()._send(status, reason, send_response or send)  # type: ignore[misc]


def region() -> str:
    """The Region the provider runs in, "" if none is set."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


def log_level() -> str:
    """The level LOG_LEVEL names, or INFO: crhelper could not answer anybody with a level that logging does not know."""
    named = os.environ.get("LOG_LEVEL", "")
    return named if named in logging.getLevelNamesMapping() else "INFO"


# No poll functions: crhelper's poller needs rights on EventBridge and Lambda. No sleep on Delete: it is for providers
# whose log group is deleted with the stack they serve.
helper = Resource(json_logging=True, log_level=log_level(), boto_level="ERROR", sleep_on_delete=0)
if not region():
    helper.init_failure(RefusedError("The provider has no Region. Set AWS_REGION in its environment."))


def handler(event: Any, context: Any) -> None:
    """Meets one custom resource request of CloudFormation and answers it; never raises.

    ``event`` is a request object of AWS CloudFormation User Guide, "Custom resource request objects". One that cannot
    be answered, since it names no address or no request, is logged and left.
    """
    if not answerable(event):
        logger.error("not a request of CloudFormation: no answer is possible")
        return
    helper(readable(event), context)


@helper.create
@helper.update
@helper.delete
def serve(raw: Mapping[str, Json], context: Any) -> str:
    """Serves one request: puts attributes or a failure into the helper and returns the physical id."""
    event = Event.of(raw)
    try:
        outcome = dispatch(event, _runtime(event, context))
    except RefusedError as refusal:
        reason = str(refusal)
    except Exception as error:
        # The text of an unforeseen error may hold a secret value; its type and its place in our code do not.
        trace = "".join(traceback.format_tb(error.__traceback__))
        logger.error("unforeseen %s\n%s", type(error).__name__, trace)
        metrics.add_metric(name="Faults", unit=MetricUnit.Count, value=1)
        metrics.flush_metrics()
        reason = (
            f"The provider met an unforeseen {type(error).__name__}. Search its log for {context.aws_request_id} "
            "and report what you find."
        )
    else:
        helper.Data = dict(outcome.data)
        logger.info("%s %s: done", event.request_type, event.resource_type)
        return outcome.physical_id
    logger.error("%s %s: %s", event.request_type, event.resource_type, reason)
    helper.Status, helper.Reason = FAILED, reason
    return helper.PhysicalResourceId


def dispatch(event: Event, runtime: clients.Runtime) -> Outcome:
    """Hands the event to its resource type; raises ``RefusedError``, also for a type nobody knows."""
    if event.has_refused_id:
        raise RefusedError(
            "The physical id of the request is no id that this provider has given: it is too long, or it has "
            "characters that no such id has. Let CloudFormation call the provider."
        )
    handle = RESOURCES.get(event.resource_type)
    if event.request_type == "Delete" and event.never_made and handle is not inference_profile.handle:
        return Outcome(event.physical_id)
    if handle is None:
        raise RefusedError(
            f"This provider does not know the resource type of {event.logical_id}. "
            f"Use {', '.join(RESOURCES)}, or update the provider."
        )
    return handle(event, runtime)


def _runtime(event: Event, context: Any) -> clients.Runtime:
    return clients.Runtime(
        region=region(),
        # The provider's own account, as its ARN says it: arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME.
        account="".join(str(getattr(context, "invoked_function_arn", "")).split(":")[4:5]),
        client=clients.make_client,
        seconds_left=lambda: _seconds_left(context),
        sleep=time.sleep,
        jitter=random.random,
        # After a failed Create CloudFormation deletes what the answer names. A failed Update must name what is in use.
        claim=lambda physical_id: _claim(event, physical_id),
    )


def _claim(event: Event, physical_id: str) -> None:
    if helper.answered:
        raise RefusedError("The request was answered before this was made, so it is not kept.")
    if event.request_type == "Create":
        helper.PhysicalResourceId = physical_id


def _seconds_left(context: Any) -> float:
    return float(context.get_remaining_time_in_millis()) / 1000
