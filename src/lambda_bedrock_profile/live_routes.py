"""Routes as Bedrock lists them now, over the bundled ones; for a macro whose stack asks for it.

Asked once an hour and container at most, and within the macro's own time. Where Bedrock does not answer, the bundled
catalog does, and Bedrock is left alone for a minute.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.live import fetch_region, overlay

FRESH_SECONDS: Final = 3600.0
QUIET_SECONDS: Final = 60.0
TIME_BOX: Final = Config(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})
"""At the worst two attempts at each of two calls: 20 seconds and the pause between, of the macro's 30."""

_until: dict[str, tuple[float, Catalog]] = {}
"""By Region, the catalog to answer with and until when."""


def catalog(region: str, logger: Any) -> Catalog:
    """The catalog with the routes that Bedrock lists in ``region``; the bundled one where Bedrock does not answer."""
    until, known = _until.get(region, (0.0, None))
    if known is not None and time.monotonic() < until:
        return known
    try:
        listing = fetch_region(boto3.client("bedrock", region_name=region, config=TIME_BOX))
    except (BotoCoreError, ClientError) as error:
        logger.warning("Bedrock did not answer, the bundled catalog does", region=region, error=type(error).__name__)
        _until[region] = (time.monotonic() + QUIET_SECONDS, Catalog.bundled())
        return Catalog.bundled()
    found = Catalog(overlay(Catalog.bundled().data, listing, datetime.now(UTC).date().isoformat()))
    _until[region] = (time.monotonic() + FRESH_SECONDS, found)
    return found
