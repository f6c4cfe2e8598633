"""Guardrail profiles: the Regions in which Bedrock may evaluate a cross-Region guardrail.

Which profile a guardrail uses, if any, is a setting of the guardrail, and its ARN does not show it. A Region can have
several profiles to choose from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def guardrail_profiles(source: str) -> Mapping[str, tuple[str, ...]]:
    """Id → destination Regions of each guardrail profile that a guardrail in the Region ``source`` may use."""
    raw = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {
        profile_id: tuple(destinations.split())
        for profile_id, routes in raw["profiles"].items()
        for sources, destinations in routes.items()
        if source in sources.split()
    }
