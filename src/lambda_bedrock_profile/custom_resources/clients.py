"""Calls to AWS: clients made on use, and failures in words that may be shown.

Sources: boto3 documentation, "Retries" (adaptive mode); Amazon Bedrock API Reference, the "Errors" of each action.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from typing import Any, Final

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambda_bedrock_profile.custom_resources.events import RefusedError

STEADY: Final = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "adaptive", "total_max_attempts": 5}, user_agent_extra="lbp"
)
"""For calls that have to succeed: throttling and server errors are retried for about a minute at most."""

PROBE: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "adaptive", "total_max_attempts": 3}, user_agent_extra="lbp"
)
"""For questions that may stay without an answer, such as to a Region the account has not opted in to."""

_SECRET_PARAMETERS: Final = frozenset({"description", "inferenceProfileName", "tagKeys", "tags"})
_LONGEST_MESSAGE: Final = 600

_FIXES: Final[Mapping[str, str]] = {
    "AccessDeniedException": "Grant the provider's role this action, and look for an organization policy denying it",
    "UnauthorizedOperation": "Grant the provider's role this action, and look for an organization policy denying it",
    "ServiceQuotaExceededException": "Delete unused profiles, or raise the quota 'Inference profiles per account'",
    "ThrottlingException": "Deploy again later, or with fewer of these resources at once",
    "TooManyTagsException": "Give fewer tags: Bedrock allows 200 on one resource",
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a handler may use of the world around it.

    ``client`` makes a boto3 client of a service in a Region; ``seconds_left`` tells how long the invocation may still
    take; ``claim`` notes the physical id of what has just been made, so that an answer sent in an emergency names it.
    """

    region: str
    client: Callable[[str, str, Config], Any]
    seconds_left: Callable[[], float]
    sleep: Callable[[float], None]
    claim: Callable[[str], None]


class CallError(RefusedError):
    """AWS did not do what was asked; ``code`` is its error code, or botocore's name where no answer came."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        self.operation, self.code, self.message = operation, code, message
        fix = _FIXES.get(code)
        sentences = [f"{operation} failed with {code}", message.rstrip("."), *([fix] if fix else [])]
        super().__init__(". ".join(filter(None, sentences)) + ".")


@cache
def _session() -> Session:
    return Session()


def make_client(service: str, region: str, config: Config) -> Any:
    """A boto3 client. Threads may share one, but not make one at the same time (boto3 documentation, "Session")."""
    return _session().client(service, region_name=region, config=config)  # type: ignore[call-overload]


def call(method: Callable[..., Mapping[str, Any]], /, **parameters: Any) -> Mapping[str, Any]:
    """The answer to a call of a client's ``method``; raises ``CallError``, whose text repeats no secret parameter."""
    try:
        return method(**parameters)
    except ClientError as error:
        details = error.response.get("Error", {})
        failure = CallError(
            error.operation_name,
            details.get("Code", "an unknown error"),
            _masked(details.get("Message", ""), parameters)[:_LONGEST_MESSAGE],
        )
    except BotoCoreError as error:
        # Its text may repeat parameters and addresses; its name says what happened (EndpointConnectionError, ...).
        failure = CallError(getattr(method, "__name__", "The call"), type(error).__name__, "")
    raise failure


def attempts(runtime: Runtime, reserve: float) -> Iterator[int]:
    """Counts attempts from 0, with a pause before each but the first, until only ``reserve`` seconds would be left.

    Pauses are short at first, since most things are ready at once, and never above five seconds.
    """
    for attempt, pause in enumerate(chain((0.0, 1.0, 2.0, 4.0), repeat(5.0))):
        if attempt:
            if runtime.seconds_left() - pause < reserve:
                return
            runtime.sleep(pause)
        yield attempt


def _masked(message: str, parameters: Mapping[str, Any]) -> str:
    """``message`` without the values of parameters a user may fill from a NoEcho parameter: Bedrock repeats them."""
    secrets = {leaf for name in _SECRET_PARAMETERS & parameters.keys() for leaf in _leaves(parameters[name])}
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", message)
    return message


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)
