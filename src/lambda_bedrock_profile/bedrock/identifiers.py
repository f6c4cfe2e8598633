"""The identifiers that routing is about: geographies, Regions, partitions, the ids of models and profiles.

What can be read off an identifier is here, and how messages write it.

The id of a system-defined inference profile is ``<geography>.<foundation-model id>``. Which geographies a source Region
can use differs by model and cannot be read off the Region's name: Canadian Regions use ``us``, Tel Aviv ``eu``, New
Zealand ``au``. So a geography is only ever looked up, never derived.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

GEOGRAPHIES: Final = ("jp", "au", "in", "ca", "us-gov", "apac", "us", "eu", "global")
"""Every geography, narrowest first. The order is a decision, and changing it changes what ``auto`` takes."""

GLOBAL: Final = "global"
"""The geography without a border: requests may be processed in any commercial Region."""

AUTO: Final = "auto"
"""What the user writes, or leaves out, to have the geography selected."""

UNSETTLED: Final = ""
"""In the place of a pin if ``auto`` may not select a geography, since nothing would keep the selection."""

_SEPARATELY_OPERATED: Final = {"us-gov": "aws-us-gov"}
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

# Narrower than the pattern of BedrockModelId in the API (no custom-model suffix), wider in the number of dots.
_MODEL: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,3}(?::[a-z0-9-]{1,63}){0,2}")
_LONGEST_MODEL: Final = 140
_WORDS: Final = r"[0-9]+|[a-z]+"
_VERSION_SUFFIX: Final = r"-v\d+(?::\d+)?$"
_PART: Final = r"[.:-]"
_NO_FAMILY: Final = frozenset({"instruct", "it", "chat", "preview", "latest"})
_SIZE: Final = r"[a-z]?\d+b"

SINGLE: Final = "DeployCrossRegionProfile: false"
OUTSIDE: Final = "which lets Bedrock process the data in any commercial Region"
"""What messages say of a single Region, and of ``global``."""
_MOST: Final = 8


def home(geography: str) -> str:
    """The partition a geography's profiles are in."""
    return _SEPARATELY_OPERATED.get(geography, "aws")


PARTITIONS_WITH_PROFILES: Final = frozenset(home(geography) for geography in GEOGRAPHIES)


def rank(geography: str) -> int:
    """The place of ``geography`` from narrow to wide; one that this version does not know comes last."""
    return GEOGRAPHIES.index(geography) if geography in GEOGRAPHIES else len(GEOGRAPHIES)


def split_profile_id(text: str) -> tuple[str, str] | None:
    """Split the id of a system-defined inference profile into its geography and its foundation-model id.

    ``None`` if ``text`` does not begin with a known geography, followed by a foundation-model id.
    """
    geography, _, model = text.partition(".")
    return (geography, model) if geography in GEOGRAPHIES and "." in model else None


def automatic(listed: Collection[str], pin: str | None = None) -> str | None:
    """The geography ``auto`` takes among those ``listed`` for a model in a source Region.

    The narrowest, unless an earlier catalog settled on another one (``pin``): then that one, or ``None`` if it is no
    longer listed. ``None`` under ``UNSETTLED``, too. Never ``global``, and never a geography this version does not
    know: how far those reach is for the user to judge.
    """
    if pin is not None:
        return pin if pin in listed else None
    return next((geography for geography in GEOGRAPHIES if geography in listed and geography != GLOBAL), None)


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
    """Whether ``text`` is shaped like the name of a Region. Whether such a Region exists is not checked."""
    return _REGION.fullmatch(text) is not None


def is_model_id(text: str) -> bool:
    """Whether ``text`` is shaped like the id of a foundation model, such as ``amazon.nova-lite-v1:0``."""
    return len(text) <= _LONGEST_MODEL and _MODEL.fullmatch(text) is not None


def words(text: str) -> tuple[str, ...]:
    """The words and numbers in a name, in lower case: ``Claude Haiku 4.5`` and ``claude-haiku-4-5`` have the same."""
    return tuple(re.findall(_WORDS, text.lower()))


def names_model(text: str, model: str) -> bool:
    """Whether the words of ``text`` are in the id ``model``, one after the other and in this order."""
    wanted, there = words(text), words(model)
    return bool(wanted) and any(
        there[start : start + len(wanted)] == wanted for start in range(len(there) - len(wanted) + 1)
    )


def family(model: str) -> tuple[str, ...]:
    """Provider, family and size in an id: ``("anthropic", "claude", "haiku")``, whatever the version."""
    provider, _, name = model.partition(".")
    parts = [part for part in re.split(_PART, re.sub(_VERSION_SUFFIX, "", name)) if part not in _NO_FAMILY]
    kept = (part if re.fullmatch(_SIZE, part) else part.rstrip("0123456789") for part in parts)
    return (provider, *(part for part in kept if part and part != "v"))


def version(model: str) -> tuple[tuple[int, ...], str]:
    """The numbers of the version in an id, and its date, in an order in which newer is greater."""
    name = re.sub(_VERSION_SUFFIX, "", model.partition(".")[2])
    parts = [part for part in re.split(_PART, name) if not re.fullmatch(_SIZE, part)]
    digits = [part[len(part.rstrip("0123456789")) :] for part in parts]
    numbers = tuple(int(number) for number in digits if number and len(number) < 4)
    return numbers, max((number for number in digits if len(number) == 8), default="")


# ---------------------------------------------------------------------------------------------------------- in messages


def either(options: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(options[:-1]), *options[-1:])))


def geographies(names: Sequence[str]) -> str:
    """``Geography: us, eu or global``."""
    return f"Geography: {either(names)}"


def some(regions: Sequence[str]) -> str:
    """``us-east-1, us-west-2 and 9 more``: enough of a list to act on, short enough for an event of a stack."""
    if len(regions) <= _MOST:
        return ", ".join(regions)
    return f"{', '.join(regions[: _MOST - 1])} and {len(regions) - _MOST + 1} more"


def sentence(*parts: str) -> str:
    """The parts that are not empty, set apart by semicolons, beginning with a capital."""
    text = "; ".join(filter(None, parts))
    return text[:1].upper() + text[1:]


def write(model: str) -> str:
    """``BedrockModelId: amazon.nova-lite-v1:0``."""
    return f"BedrockModelId: {model}"


def embedding_doubt(model: str) -> str:
    """What AWS says of models that embed, if the id ``model`` says that this is one; as the end of a sentence.

    Some models, such as embedding models, cannot be the source of an application inference profile. AWS publishes no
    list of them, so this warns and does not refuse (Amazon Bedrock User Guide, "Supported Regions and models for
    inference profiles"). Rerank models are called through another service and share the doubt.
    """
    if "embed" not in model and "rerank" not in model:
        return ""
    kind = "embedding" if "embed" in model else "rerank"
    return (
        "; AWS warns that some models, such as embedding models, cannot be the source of an application inference "
        f"profile, so the deployment of this {kind} model may fail"
    )
