"""Calls to AWS: clients made on use, calls repeated within the invocation's time, failures in words that may be shown.

boto3 does not repeat a call here. Its own retries end after seconds, and nobody would know that the first of several
attempts has done what was asked although its answer was lost.

Sources: boto3 documentation, "Retries"; Amazon Bedrock API Reference, the "Errors" of each action; AWS Architecture
Blog, "Exponential Backoff And Jitter".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import count
from typing import Any, Final, Literal, NamedTuple

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from lambda_bedrock_profile.custom_resources.events import RefusedError
from lambda_bedrock_profile.values import Json

STEADY: Final = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 1}, user_agent_extra="lbp")
"""For calls that have to succeed."""

PROBE: Final = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}, user_agent_extra="lbp")
"""For questions that may stay without an answer, such as to a Region the account has not opted in to."""

DENIED: Final = "AccessDeniedException"
NOT_FOUND: Final = "ResourceNotFoundException"
"""Codes of Bedrock's errors that handlers tell apart."""

_SECRET_PARAMETERS: Final = frozenset({"description", "inferenceProfileName", "tagKeys", "tags"})
_LONGEST_MESSAGE: Final = 600
_LONGEST_PAUSE: Final = 5.0
"""Seconds between two looks at something that is about to be ready."""
LONGEST_BACKOFF: Final = 15.0
"""Seconds between two attempts of a call that AWS throttles: long enough for twenty callers at one call a second."""

_THROTTLED: Final = re.compile(r".*Throttl.*|TooManyRequests.*|RequestLimitExceeded|SlowDown")
_LOST: Final = re.compile(r"Internal.*|Service.*Unavailable.*|Unavailable|.*Timeout.*")
_QUOTA: Final = "ServiceQuotaExceededException"

_FIXES: Final[Mapping[str, str]] = {
    DENIED: "Grant the provider's role this action, and look for an organization policy denying it",
    "UnauthorizedOperation": "Grant the provider's role this action, and look for an organization policy denying it",
    _QUOTA: "Delete unused profiles, or raise the quota 'Inference profiles per account'",
    "ThrottlingException": "Deploy again later, or with fewer of these resources at once",
    "TooManyTagsException": "Give fewer tags: Bedrock allows 200 on one resource, one of them is the provider's own",
}

Kind = Literal["refused", "throttled", "lost"]


class Runtime(NamedTuple):
    """What a handler may use of the world around it.

    ``region`` and ``account`` are those the provider runs in. ``client`` makes a boto3 client of a service in a Region.
    ``seconds_left`` says how long the invocation may still take. ``jitter`` gives a random number from 0 to 1.
    ``claim`` notes the physical id of what has just been made, so that an answer sent in an emergency names it; it
    raises ``RefusedError`` if the answer is gone already.
    """

    region: str
    account: str
    client: Callable[[str, str, Config], Any]
    seconds_left: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    claim: Callable[[str], None]


class CallError(RefusedError):
    """AWS did not do what was asked; ``code`` is its error code, or botocore's name if no answer came.

    ``kind`` is ``refused`` if AWS has done nothing and will do nothing, ``throttled`` if it has done nothing so far,
    and ``lost`` if it may have done what was asked.
    """

    def __init__(self, operation: str, code: str, message: str, kind: Kind = "refused") -> None:
        self.operation, self.code, self.message, self.kind = operation, code, message, kind
        fix = _FIXES.get(code)
        sentences = [f"{operation} failed with {code}", message.rstrip("."), *([fix] if fix else [])]
        super().__init__(". ".join(filter(None, sentences)) + ".")


@cache
def _session() -> Session:
    return Session()


def make_client(service: str, region: str, config: Config) -> Any:
    """A boto3 client. Threads may share one, but not make one at the same time (boto3 documentation, "Session")."""
    return _session().client(service, region_name=region, config=config)  # type: ignore[call-overload]


def call(method: Callable[..., Mapping[str, Json]], /, **parameters: Any) -> Mapping[str, Json]:
    """The answer to one call of a client's ``method``; raises ``CallError``, whose text repeats no secret parameter."""
    operation = getattr(method, "__name__", "The call")
    try:
        return method(**parameters)
    except ClientError as error:
        details = error.response.get("Error", {})
        code = details.get("Code", "an unknown error")
        message = _masked(details.get("Message", ""), parameters)[:_LONGEST_MESSAGE]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        failure = CallError(error.operation_name, code, message, _kind(code, status))
    except (BotoCoreError, ResponseParserError) as error:
        # Its text may repeat parameters and addresses; its name says what happened (EndpointConnectionError, ...).
        lost = isinstance(error, (HTTPClientError, ResponseParserError))
        failure = CallError(operation, type(error).__name__, "", "lost" if lost else "refused")
    raise failure


def persist(
    runtime: Runtime, reserve: float, method: Callable[..., Mapping[str, Json]], /, lost: int = 1000, **parameters: Any
) -> Mapping[str, Json]:
    """The answer to a call that is repeated while AWS throttles it, fails itself or gives no answer.

    It ends when only ``reserve`` seconds of the invocation would be left, or after ``lost`` calls without an answer.
    Raises the last ``CallError``. For calls that may be made twice.
    """
    without_answer = 0
    for _ in attempts(runtime, reserve, LONGEST_BACKOFF):
        try:
            return call(method, **parameters)
        except CallError as error:
            failure = error
        without_answer += failure.kind == "lost"
        if failure.kind == "refused" or without_answer == lost:
            break
    raise failure


def attempts(runtime: Runtime, reserve: float, longest: float = _LONGEST_PAUSE) -> Iterator[int]:
    """Counts attempts from 0, with a pause before each but the first, until only ``reserve`` seconds would be left.

    Pauses are short at first, since most things are ready at once, never above ``longest`` seconds, and random by half,
    so that callers that were throttled together do not come back together.
    """
    for attempt in count():
        if attempt:
            pause = min(longest, 2.0 ** min(attempt - 1, 9)) * (0.5 + 0.5 * runtime.jitter())
            if runtime.seconds_left() - pause < reserve:
                return
            runtime.sleep(pause)
        yield attempt


def _kind(code: str, status: int) -> Kind:
    if code != _QUOTA and (_THROTTLED.fullmatch(code) or status == 429):
        return "throttled"
    return "lost" if status >= 500 or _LOST.fullmatch(code) else "refused"


def _masked(message: str, parameters: Mapping[str, Json]) -> str:
    """``message`` without the values of parameters a user may fill from a NoEcho parameter: Bedrock repeats them."""
    secrets = {leaf for name in _SECRET_PARAMETERS & parameters.keys() for leaf in _leaves(parameters[name])}
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", message)
    return message


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)
