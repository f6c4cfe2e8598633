"""The limits CloudFormation sets to a template, told before it would refuse.

Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas". A macro's answer may have 6 MB (AWS Lambda
Developer Guide, "Lambda quotas"), which a template of 1 MB never reaches.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.diagnostics import Problem

SECTION_LIMITS: Final = {"Resources": 500, "Mappings": 200, "Outputs": 200, "Parameters": 200}
TEMPLATE_BYTES: Final = 1_048_576
LONGEST_ID: Final = 255


def limit_problems(template: Mapping[str, Any]) -> Iterator[Problem]:
    """Every limit that the processed ``template`` is beyond, with its figure."""
    for section, limit in SECTION_LIMITS.items():
        items = template.get(section)
        count = len(items) if isinstance(items, dict) else 0
        if count > limit:
            yield Problem(
                section,
                (),
                f"the processed template has {count} {section.lower()}, and CloudFormation takes {limit}",
                "Split the template, for instance into nested stacks that each name their own Transform",
                "limit",
            )
    size = _bytes_of(template)
    if size > TEMPLATE_BYTES:
        yield Problem(
            "Template",
            (),
            f"the processed template has {size:,} bytes, and CloudFormation takes {TEMPLATE_BYTES:,}",
            "Split the template, or move inline code to Amazon S3",
            "limit",
        )


def long_ids(generated: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
    """Every generated logical id that is too long, with its figure; ``generated`` are those of each declaration."""
    for declaration, logical_ids in generated.items():
        for logical_id in logical_ids:
            if len(logical_id) > LONGEST_ID:
                yield Problem(
                    declaration,
                    (),
                    f"expands to a logical id of {len(logical_id)} characters, and CloudFormation takes {LONGEST_ID}",
                    "Give the declaration a shorter logical id",
                    "limit",
                )


def _bytes_of(template: Mapping[str, Any]) -> int:
    """The size of ``template`` as JSON; 0 where it is safely below the limit.

    To write JSON takes half as long as the whole expansion. The marshalled form, in the version that writes shared
    parts each time, costs a quarter of that, and JSON is never more than twice as long, escapes of ordinary characters
    included.
    """
    try:
        if 2 * len(marshal.dumps(dict(template), 2)) < TEMPLATE_BYTES:
            return 0
    except ValueError:
        pass  # Nodes that carry line numbers have no marshalled form.
    return len(json.dumps(template, ensure_ascii=False, separators=(",", ":")).encode())
