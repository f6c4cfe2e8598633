"""Patterns as IAM has them: ``*`` stands for any text, ``?`` for one character."""

from __future__ import annotations

import re


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` fits ``pattern``; capital and small letters differ."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None
