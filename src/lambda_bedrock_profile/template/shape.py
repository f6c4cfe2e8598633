"""The shape that a template needs for anything in it to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambda_bedrock_profile.diagnostics import Problem


def shape_problems(template: Mapping[str, Any]) -> Iterator[Problem]:
    """Why ``template`` cannot be read at all; nothing where it can."""
    resources = template.get("Resources")
    if resources is None:
        yield Problem(
            "Template",
            (),
            "there is no Resources section: this macro was called by Fn::Transform inside a section, where it sees a "
            "part of the template only, or this is no template",
            "Name LambdaBedrockProfile in the Transform section at the top of the template",
            "template",
        )
    elif not isinstance(resources, dict):
        yield Problem("Template", ("Resources",), "is not a map", "Write resources by logical id", "template")
