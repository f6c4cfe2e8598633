"""Names that have to be unique per stack and declaration, where AWS does not make one up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, Final

STACK_GUID: Final = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
"""The last part of the stack's id, 36 characters, unique for every stack that ever was."""

_json: Final = json.JSONEncoder(sort_keys=True).encode
_READABLE: Final = 18
_DIGEST: Final = 8


def unique_name(logical_id: str, identity: Sequence[Any]) -> dict[str, Any]:
    """An expression of a name of at most 64 characters: letters, digits and single dashes between them.

    It starts with what can be shown of ``logical_id``. The digest in it covers the whole ``logical_id`` and
    ``identity``: two things that differ in either have different names, so a replacement can be made before the
    original is deleted. The same input gives the same name for ever.
    """
    readable = _readable(logical_id)[:_READABLE].rstrip("-")
    digest = hashlib.sha256(_json([logical_id, *identity]).encode()).hexdigest()[:_DIGEST]
    start = f"{readable}-{digest}" if readable else digest
    return {"Fn::Sub": [start + "-${Stack}", {"Stack": STACK_GUID}]}


def _readable(logical_id: str) -> str:
    if logical_id.isascii() and logical_id.isalnum():
        return logical_id
    return "-".join(re.findall("[0-9a-zA-Z]+", logical_id))
