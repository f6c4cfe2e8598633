"""What the properties of each custom resource have to look like.

A check takes a value, and a report that is bound to the value's place, so that all problems are reported together.
CloudFormation hands every scalar over as a text, so there are three shapes: text, list and object. No error holds the
value that it is about, because the value may come from a NoEcho parameter.

Sources: Amazon Bedrock API Reference, "CreateInferenceProfile" (patterns and lengths).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from lambda_bedrock_profile.custom_resources.events import Event, RefusedError
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.values import Json

Check = Callable[[Json, Report], None]


def text(pattern: str, shortest: int, longest: int, allowed: str) -> Check:
    """A string of ``shortest`` to ``longest`` characters that matches ``pattern``, which ``allowed`` puts in words."""
    compiled = re.compile(pattern)

    def check(value: Json, report: Report) -> None:
        if not isinstance(value, str):
            report.error("property", "is not text", f"Give {allowed}")
        elif not shortest <= len(value) <= longest:
            report.error("property", f"has {len(value)} characters", f"Give {shortest} to {longest} characters")
        elif not compiled.fullmatch(value):
            report.error("property", "has a form that is not allowed", f"Give {allowed}")

    return check


def items(check_item: Check, fewest: int, most: int) -> Check:
    """A list of ``fewest`` to ``most`` items, each of which passes ``check_item``."""

    def check(value: Json, report: Report) -> None:
        if not isinstance(value, list):
            report.error("property", "is not a list", "Give a list")
        elif not fewest <= len(value) <= most:
            report.error("property", f"has {len(value)} items", f"Give {fewest} to {most} items")
        else:
            for index, item in enumerate(value):
                check_item(item, report.at(index))

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with every key of ``required``, any of ``optional`` and no other."""
    known = {**required, **(optional or {})}

    def check(value: Json, report: Report) -> None:
        if not isinstance(value, Mapping):
            report.error("property", "is not an object", f"Give an object with {', '.join(required)}")
            return
        for name in required:
            if name not in value:
                report.at(name).error("property", "is missing", "Add it")
        for name, item in value.items():
            if name in known:
                known[name](item, report.at(name))
            else:
                fix = f"Remove it, or use one of {', '.join(known)}"
                report.at(str(name)[:64]).error("property", "is unknown", fix)

    return check


def validate(event: Event, check: Check) -> None:
    """Raises ``RefusedError`` with every error that ``check`` reports of the event's properties."""
    report = Report(event.logical_id, ("Properties",))
    check(_properties(event.properties), report)
    if report.errors:
        raise RefusedError(" ".join(map(str, report.errors)))


def is_valid(properties: Mapping[str, Json], check: Check) -> bool:
    """Whether ``check`` reports no error of the properties of an event."""
    report = Report()
    check(_properties(properties), report)
    return not report.errors


def _properties(properties: Mapping[str, Json]) -> Mapping[str, Json]:
    """The properties without those by which CloudFormation finds the provider and waits for it."""
    return {name: value for name, value in properties.items() if name not in {"ServiceToken", "ServiceTimeout"}}


# ------------------------------------------------------------------------------------------------------------- profiles


_TAG_CHARACTERS: Final = "letters, digits, spaces and . _ : / = + @ -"
_profile: Final = fields(
    {
        "InferenceProfileName": text(
            r"([0-9a-zA-Z][ _-]?)+", 1, 64, "letters and digits, each followed by at most one space, _ or -"
        ),
        "ModelSource": fields(
            {
                "CopyFrom": text(
                    # Wider than Bedrock's own pattern in the partition: a new one must not wait for us.
                    r"arn:aws[a-z-]*:bedrock:[0-9a-z-]{0,20}:([0-9]{12})?:(inference-profile|foundation-model)/[a-zA-Z0-9-:.]+",
                    1,
                    2048,
                    "the ARN of a foundation model or of a system-defined inference profile",
                )
            }
        ),
    },
    {
        "Description": text(
            r"([0-9a-zA-Z:.][ _-]?)+", 1, 200, "letters, digits, : and ., each followed by at most one space, _ or -"
        ),
        "Tags": items(
            fields(
                {
                    "Key": text(
                        r"(?!(?i:aws:))[a-zA-Z0-9\s._:/=+@-]*", 1, 128, f"{_TAG_CHARACTERS}, not starting aws:"
                    ),
                    "Value": text(r"[a-zA-Z0-9\s._:/=+@-]*", 0, 256, _TAG_CHARACTERS),
                }
            ),
            0,
            200,
        ),
    },
)


def check_profile(properties: Json, report: Report) -> None:
    """Report what is wrong with the properties of an application inference profile."""
    _profile(properties, report)
    if report.errors:
        return
    keys = [tag["Key"] for tag in properties.get("Tags", [])]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            report.at("Tags", index, "Key").error("property", "repeats the key of an earlier tag", "Give each key once")


# ---------------------------------------------------------------------------------------------------------- other types


_REGION: Final = text(r"[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}", 6, 40, "the name of a Region, such as eu-central-1")
check_model_access: Final = fields(
    {
        "ModelId": text(r"[a-z0-9-]+\.[a-z0-9.:-]+(/[a-z0-9]{12})?", 3, 140, "the id of a foundation model"),
        "Regions": items(_REGION, 1, 60),
        "SourceRegion": _REGION,
    },
    {
        "InferenceProfileArn": text(
            r"arn:[a-z-]+:bedrock:[a-z0-9-]+:[0-9]{12}:application-inference-profile/[a-zA-Z0-9-:.]+",
            1,
            2048,
            "the ARN of an application inference profile",
        ),
        "ProfileId": text(r"[a-zA-Z0-9.:-]+", 1, 64, "the id of a system-defined inference profile"),
        "Regionless": text(r"true|false", 4, 5, "true or false"),
    },
)
check_default_group: Final = fields({"VpcId": text(r"vpc-[0-9a-f]+", 8, 64, "the id of a VPC (vpc-...)")})
check_prefix_list: Final = fields(
    {
        "PrefixListName": text(
            r"(cn\.)?com\.amazonaws\.[a-z0-9-]+(\.[a-z0-9-]+)+", 1, 255, "a name such as com.amazonaws.eu-west-1.s3"
        )
    }
)
