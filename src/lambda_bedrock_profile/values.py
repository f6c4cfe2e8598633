"""What values of a template are called in signatures: nothing about them is certain before it has been looked at."""

from __future__ import annotations

from typing import Any

Json = Any
"""A value as JSON has it: a text, a number, true, false, null, or a list or map of such values."""

Expression = Any
"""The same as a template writes it: it, or anything in it, can be the call of an intrinsic function."""
