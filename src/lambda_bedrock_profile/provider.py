"""Lambda entry point of the custom resources: an event of CloudFormation in, an answer to its URL out.

crhelper wires the three kinds of request, watches the clock and sends the answer; the work is done in
``custom_resources``. Nothing waits beyond the invocation: why is in docs/decisions/0005. The macro never imports this
module, whose libraries take half a second to load.

Sources: AWS CloudFormation User Guide, "Custom resource response objects"; crhelper 2.0.12.
"""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from crhelper import FAILED, CfnResource
from crhelper.utils import _send_response  # type: ignore[attr-defined]

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.custom_resources import clients, inference_profile, model_access, vpc
from lambda_bedrock_profile.custom_resources.events import (
    FIELDS,
    Event,
    Outcome,
    RefusedError,
    answerable,
    not_created_id,
)

RESOURCES: Final[Mapping[str, Callable[[Event, clients.Runtime], Outcome]]] = {
    custom_types.INFERENCE_PROFILE: inference_profile.handle,
    custom_types.MODEL_ACCESS: model_access.handle,
    custom_types.DEFAULT_SECURITY_GROUP: vpc.close_default_group,
    custom_types.MANAGED_PREFIX_LIST: vpc.find_prefix_list,
}
"""What can be asked for: a function for each resource type."""

LONGEST_ANSWER: Final = 4096
"""Bytes (AWS CloudFormation User Guide, "Custom resource response objects")."""

_CUT: Final = " ... (the rest is in the provider's log)"

metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "LambdaBedrockProfile"), service="provider")
logger = logging.getLogger(__name__)
# Below INFO crhelper logs events and answers with their presigned URL. Whoever turns up the log must not get those.
logging.getLogger("crhelper").setLevel(logging.INFO)


class Resource(CfnResource):
    """crhelper, with answers that CloudFormation accepts and a person can read."""

    def generate_physical_id(self, event: Mapping[str, Any]) -> str:
        """An id that says there is nothing behind it; crhelper's own looks like any other."""
        return not_created_id(event)

    def _send(self, status: str | None = None, reason: str = "", send_response: Any = _send_response) -> None:
        # crhelper keeps the last 240 characters of a reason, and gives no physical id when it fails to start or runs
        # out of time, which CloudFormation then reports in place of the reason. So the answer is put right on its way.
        whole = reason or self.Reason

        def send(url: str, answer: dict[str, Any], verify: Any) -> None:
            physical_id = self.PhysicalResourceId or self._event.get("PhysicalResourceId")  # type: ignore[attr-defined]
            answer["PhysicalResourceId"] = physical_id or self.generate_physical_id(answer)
            send_response(url, fitted({**answer, "Reason": whole}), verify)

        super()._send(status, reason, send)  # type: ignore[misc]


def fitted(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with its Reason cut, where needed, so that all of it is shorter than CloudFormation allows."""
    reason, cut = str(answer["Reason"]), ""
    while True:
        whole = {**answer, "Reason": reason + cut}
        excess = len(json.dumps(whole)) - LONGEST_ANSWER + 1
        if excess <= 0 or not reason:
            return whole
        # One character is at most 12 bytes of JSON, so this never takes too much away.
        reason, cut = reason[: -max(1, excess // 12)], _CUT


def region() -> str:
    """The Region the provider runs in, "" where none is set."""
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
    helper({name: event[name] for name in FIELDS if name in event}, context)


@helper.create
@helper.update
@helper.delete
def serve(raw: Mapping[str, Any], context: Any) -> str:
    """Serves one request: puts attributes or a failure into the helper and returns the physical id."""
    event = Event.of(raw)
    try:
        outcome = dispatch(event, _runtime(event, context))
    except RefusedError as refusal:
        reason = str(refusal)
    except Exception as error:
        # The text of an unforeseen error may hold a secret value; its type and its place in our code do not.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("unforeseen %s\n%s", type(error).__name__, where)
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
    if event.request_type == "Delete" and event.never_made:
        return Outcome(event.physical_id)
    handle = RESOURCES.get(event.resource_type)
    if handle is None:
        raise RefusedError(
            f"This provider does not know the resource type of {event.logical_id}. "
            f"Use {', '.join(RESOURCES)}, or update the provider."
        )
    return handle(event, runtime)


def _runtime(event: Event, context: Any) -> clients.Runtime:
    return clients.Runtime(
        region=region(),
        client=clients.make_client,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        sleep=time.sleep,
        # After a failed Create CloudFormation deletes what the answer names. A failed Update must name what is in use.
        claim=_claim if event.request_type == "Create" else lambda _: None,
    )


def _claim(physical_id: str) -> None:
    helper.PhysicalResourceId = physical_id
