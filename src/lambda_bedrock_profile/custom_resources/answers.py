"""The answer to CloudFormation: cut to its size, and sent until it is taken.

CloudFormation waits for the answer at a presigned URL of S3. An answer that S3 has not taken is none: the stack would
wait until its time is up, and what was made would be left behind.

Source: AWS CloudFormation User Guide, "Custom resource response objects"; Amazon S3 API Reference, "Error responses".
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPSConnection
from itertools import count
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from lambda_bedrock_profile.values import Json

LONGEST: Final = 4096
"""Bytes (AWS CloudFormation User Guide, "Custom resource response objects")."""

_CUT: Final = " ... (the rest is in the provider's log)"
_TIMEOUT: Final = 10.0
_RESERVE: Final = 1.0
"""Seconds of an invocation that are too few for another attempt."""
_PASSING: Final = frozenset({408, 429})

logger = logging.getLogger(__name__)


def fitted(answer: Mapping[str, Json]) -> dict[str, Json]:
    """The answer with its Reason cut, where needed, so that all of it is shorter than CloudFormation allows."""
    reason, cut = str(answer["Reason"]), ""
    while True:
        whole = {**answer, "Reason": reason + cut}
        excess = len(json.dumps(whole)) - LONGEST + 1
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
    """Sends ``answer`` to ``url`` until it is taken, refused for good or the invocation's time is up; tells if taken.

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
