"""The limits of CloudFormation, and those that the macro sets to its own work.

Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas". A macro's answer may have 6 MB (AWS Lambda
Developer Guide, "Lambda quotas"), which a template of 1 MB never reaches.

A template of some kilobytes can describe gigabytes: Fn::Sub of Fn::Sub of a text that is there twice, or an attribute
whose expression is long and which is referred to a thousand times. So whatever makes more of a template than is written
there counts its steps in a ``Budget``, which is far beyond what a template within CloudFormation's limits can need.
"""

from __future__ import annotations

import json
import marshal
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lambda_bedrock_profile.diagnostics import LONGEST_ID, Diagnostic, Path, Report, TemplateError
from lambda_bedrock_profile.template.walk import walk
from lambda_bedrock_profile.values import Json

SECTION_LIMITS: Final = {"Resources": 500, "Mappings": 200, "Outputs": 200, "Parameters": 200}
TEMPLATE_BYTES: Final = 1_048_576

MOST_STEPS: Final = 3_000_000
"""The steps that one template may take: values that are looked at, and 16 characters of text for one step more."""

CHARACTERS: Final = 16
"""How many characters of text are one step."""

DEEP: Final = 100
"""How many levels of maps and lists are more than anybody writes by hand."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MARSHALLED_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf]")


class BeyondBudgetError(TemplateError):
    """The expressions of a template come to more than any template can hold."""

    def __init__(self) -> None:
        super().__init__(
            [
                Diagnostic(
                    "Template",
                    (),
                    "the intrinsic functions in it come to more than a template can hold",
                    "Write shorter values, and fewer of them in Fn::Sub and Fn::Join",
                    "limit",
                )
            ]
        )


class Budget:
    """Counts the steps of the work on one template."""

    __slots__ = ("left", "steps")

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.steps = self.left = steps

    def spend(self, steps: int) -> None:
        """Count ``steps``. Raises BeyondBudgetError if no more are left."""
        self.left -= steps
        if self.left < 0:
            raise BeyondBudgetError

    @property
    def spent(self) -> int:
        """How many steps have been counted."""
        return self.steps - self.left


def check_limits(template: Mapping[str, Json], processed: Mapping[str, Json], report: Report) -> None:
    """Report every limit that ``processed`` is beyond, with its figure, and text in it that no encoding has.

    ``template`` is what the user wrote, for the place of such a text.
    """
    for section, limit in SECTION_LIMITS.items():
        items = processed.get(section)
        count = len(items) if isinstance(items, dict) else 0
        if count > limit:
            report.of(section).error(
                "limit",
                f"the processed template has {count} {section.lower()}, and CloudFormation takes {limit}",
                "Split the template, for instance into nested stacks that each name their own Transform",
            )
    marshalled = _marshalled(processed)
    _check_size(processed, marshalled, report)
    if marshalled is None or (b"\xed" in marshalled and _MARSHALLED_SURROGATE.search(marshalled)):
        _check_text(template, processed, report)


def check_text(template: Mapping[str, Json], report: Report) -> None:
    """Report lone halves of surrogate pairs: JSON can write them, and UTF-8, in which the answer is sent, cannot."""
    _check_text(template, {}, report)


def check_long_ids(generated: Mapping[str, Iterable[str]], report: Report) -> None:
    """Report every generated logical id that is too long; ``generated`` are those of each declaration."""
    for declaration, logical_ids in generated.items():
        for logical_id in logical_ids:
            if len(logical_id) > LONGEST_ID:
                report.of(declaration).error(
                    "limit",
                    f"expands to a logical id of {len(logical_id)} characters, and CloudFormation takes {LONGEST_ID}",
                    "Give the declaration a shorter logical id",
                )


def _check_size(template: Mapping[str, Json], marshalled: bytes | None, report: Report) -> None:
    """Report a template that is too large as JSON.

    To write JSON takes half as long as the whole expansion. The marshalled form, in the version that writes shared
    parts each time, costs a quarter of that, and JSON is never more than twice as long, escapes of ordinary characters
    included, and never less than a quarter.
    """
    if marshalled is not None and 2 * len(marshalled) < TEMPLATE_BYTES:
        return
    if marshalled is not None and len(marshalled) > 8 * TEMPLATE_BYTES:
        size = "more than twice as many"
    else:
        count = len(json.dumps(template, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))
        if count <= TEMPLATE_BYTES:
            return
        size = f"{count:,} bytes"
    report.of("Template").error(
        "limit",
        f"the processed template has {size}, and CloudFormation takes {TEMPLATE_BYTES:,} bytes",
        "Split the template, or move inline code to Amazon S3",
    )


def _marshalled(template: Mapping[str, Json]) -> bytes | None:
    try:
        return marshal.dumps(dict(template), 2)
    except ValueError:
        return None  # Nodes that carry line numbers have no marshalled form.


def _check_text(template: Mapping[str, Json], processed: Mapping[str, Json], report: Report) -> None:
    for path in [*_lone_surrogates(template)] or [*_lone_surrogates(processed)]:
        report.in_template(path).error(
            "template",
            "holds a lone half of a surrogate pair, which is no character",
            "Write the character itself, or remove the escape sequence",
            any_value=True,
        )


def check_depth(template: Mapping[str, Json], report: Report) -> None:
    """Report that ``template`` is nested more deeply than Python can follow, at its deepest part."""
    deepest = max((path for path, _ in walk(template)), key=len)
    if len(deepest) < DEEP:
        what = "a chain of conditions, references or declarations in it is too long to follow"
        report.of("Template").error("limit", what, "Write a shorter chain")
    else:
        what = f"is nested {len(deepest)} levels deep, which is too deep to follow"
        report.in_template(deepest[:4]).error("limit", what, "Write it with fewer levels")


def _lone_surrogates(template: Mapping[str, Json]) -> Iterator[Path]:
    for path, value in walk(template):
        if any(isinstance(text, str) and _SURROGATE.search(text) for text in (*path[-1:], value)):
            yield path
