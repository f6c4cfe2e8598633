"""Routes as Bedrock lists them now, over the bundled ones; for a macro whose stack asks for it.

Asked once an hour and container at most, and within the macro's own time. If Bedrock does not answer, the bundled
catalog does, and Bedrock is left alone for a minute.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.live import fetch_region, overlay

FRESH_SECONDS: Final = 3600.0
QUIET_SECONDS: Final = 60.0
TIME_BOX: Final = Config(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})
"""At the worst two attempts at each of two calls: 20 seconds and the pause between, of the macro's 30."""


class LiveRoutes(NamedTuple):
    """A catalog with the routes that Bedrock lists, or the bundled one and the kind of failure if it gave no answer."""

    catalog: Catalog
    failure: str = ""


_until: dict[str, tuple[float, LiveRoutes]] = {}
"""By Region, what to answer with and until when."""


def live_routes(region: str, logger: Any) -> LiveRoutes:
    """The routes that Bedrock lists in ``region``; those of the bundled catalog if Bedrock does not answer."""
    until, known = _until.get(region, (0.0, None))
    if known is not None and time.monotonic() < until:
        return known
    try:
        listing = fetch_region(boto3.client("bedrock", region_name=region, config=TIME_BOX))
    except (BotoCoreError, ClientError) as error:
        code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
        failure = code or type(error).__name__
        logger.warning("Bedrock did not answer, the bundled catalog does", region=region, error=failure)
        routes, seconds = LiveRoutes(Catalog.bundled(), failure), QUIET_SECONDS
    else:
        data = overlay(Catalog.bundled().data, listing, datetime.now(UTC).date().isoformat())
        routes, seconds = LiveRoutes(Catalog(data)), FRESH_SECONDS
    _until[region] = (time.monotonic() + seconds, routes)
    return routes
