"""Declarations to start from, and what is found wrong with them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from lambda_bedrock_profile.declaration import TYPE, Declaration, parse
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.template.intrinsics import Scope
from tests.support.templates import FUNCTION, MODEL


def minimal(**properties: Any) -> dict[str, Any]:
    """The properties of a minimal declaration with a new function, ``properties`` over them; None takes one out."""
    result = {"BedrockModelId": MODEL, "LambdaFunctionProps": FUNCTION, **properties}
    return {name: value for name, value in result.items() if value is not None}


def within(path: str, value: Any) -> dict[str, Any]:
    """The properties of a valid declaration with ``value`` at the dotted ``path``."""
    result = copy.deepcopy(minimal())
    names = path.split(".")
    at: Any = result
    for name in names[:-1]:
        at = at.setdefault(name, {})
    at[names[-1]] = value
    return result


def parsed(
    properties: Any, scope: Mapping[str, Any] | None = None, values: Mapping[str, Any] | None = None, **attributes: Any
) -> tuple[Declaration | None, list[Diagnostic]]:
    """What the declaration ``X`` with these properties is read as; ``scope`` are other sections of its template."""
    resource = {"Type": TYPE, **attributes, "Properties": properties}
    before = copy.deepcopy(resource)
    report = Report()
    declaration = parse("X", resource, Scope.of(scope or {}, values or {}, {"AWS::Region": "us-east-1"}), report)
    assert resource == before
    return declaration, list(report.all)


def flaws(properties: Any, **more: Any) -> list[Diagnostic]:
    """What is wrong with the declaration."""
    return parsed(properties, **more)[1]


def flaw(properties: Any, **more: Any) -> Diagnostic:
    """The one thing that is wrong with the declaration."""
    errors = flaws(properties, **more)
    assert len(errors) == 1, [str(problem) for problem in errors]
    return errors[0]


def valid(properties: Any, **more: Any) -> Declaration:
    """The declaration, with which nothing may be wrong."""
    declaration, errors = parsed(properties, **more)
    assert errors == []
    assert declaration is not None
    return declaration
