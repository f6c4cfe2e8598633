"""AWS Regions by name alone: the partition a Region is in, and whether a text is shaped like a Region."""

from __future__ import annotations

import re
from typing import Final

_PARTITIONS: Final = (
    ("us-gov-", "aws-us-gov"),
    ("cn-", "aws-cn"),
    ("eusc-", "aws-eusc"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
)
_REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,2}-[0-9]{1,2}")


def partition(region: str) -> str:
    """The partition ``region`` is in, as ARNs spell it (``aws``, ``aws-us-gov``, ``aws-cn``, …).

    Every Region outside the named partitions is commercial, ones that do not exist yet included. Source: the Region
    patterns of the partitions in botocore's ``partitions.json``.
    """
    for prefix, name in _PARTITIONS:
        if region.startswith(prefix):
            return name
    return "aws"


def is_region(text: str) -> bool:
    """Whether ``text`` is shaped like the name of a Region; whether such a Region exists is not asked."""
    return _REGION.fullmatch(text) is not None
