"""Routes as Bedrock lists them now, over the bundled ones; for a macro whose stack asks for it.

Asked once an hour and container at most, and within a few seconds. Where Bedrock does not answer, the bundled catalog
does.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambda_bedrock_profile.catalog import Catalog
from lambda_bedrock_profile.catalog.live import fetch_region, overlay

FRESH_SECONDS: Final = 3600.0
TIME_BOX: Final = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "max_attempts": 2})
"""At the worst two attempts a call; CloudFormation waits for the macro that long."""

_fresh: dict[str, tuple[float, Catalog]] = {}


def catalog(region: str, logger: Any) -> Catalog:
    """The catalog with the routes that Bedrock lists in ``region``; the bundled one where Bedrock does not answer."""
    asked, known = _fresh.get(region, (0.0, None))
    if known is not None and time.monotonic() - asked < FRESH_SECONDS:
        return known
    try:
        listing = fetch_region(boto3.client("bedrock", region_name=region, config=TIME_BOX))
    except (BotoCoreError, ClientError) as error:
        logger.warning("Bedrock did not answer, the bundled catalog does", region=region, error=type(error).__name__)
        return Catalog.bundled()
    found = Catalog(overlay(Catalog.bundled().data, listing, datetime.now(UTC).date().isoformat()))
    _fresh[region] = (time.monotonic(), found)
    return found
