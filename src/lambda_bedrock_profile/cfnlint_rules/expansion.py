"""The expansion of a template that cfn-lint looks at: done once, read by every rule.

cfn-lint's rules cannot tell each other anything, so what was found for the last template is kept here. ``cfn`` is
cfn-lint's ``Template``; of it only the documented ``template`` and ``regions`` are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from cfnlint.rules import RuleMatch

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.likely import awaited, likely_values
from lambda_bedrock_profile.checking.source_map import problem_path
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Path, Problem, TemplateError
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.template.loops import holds

PLACEHOLDER: Final = "arn:aws:lambda:us-east-1:111122223333:function:lambda-bedrock-profile"
"""Stands, in cfn-lint's memory only, for what a custom resource must have and a declaration has not."""

_written: Any = None
"""The last template as plain data, before its declarations were given service tokens."""
_last: tuple[Any, list[tuple[str, Path, str]]] = (None, [])


def matches(cfn: Any, kind: str) -> Iterator[RuleMatch]:
    """cfn-lint's form of the problems of that kind, in all Regions that it is configured for."""
    global _last
    if _last[0] is not cfn:
        _last = (cfn, list(_found(_written, cfn.regions)))
    for found, path, message in _last[1]:
        if found == kind:
            yield RuleMatch(list(path), message)


def add_placeholders(cfn: Any) -> None:
    """Give every declaration a service token, so that cfn-lint does not miss one; what is written is kept first."""
    global _written
    # cfn-lint reads dates as such, and leaves them in the template. Paths stay what they are in plain data.
    _written = json.loads(json.dumps(cfn.template, default=str, skipkeys=True))
    resources = cfn.template.get("Resources") if isinstance(cfn.template, dict) else None
    for resource in resources.values() if isinstance(resources, dict) else ():
        if isinstance(resource, dict) and resource.get("Type") == TYPE:
            properties = resource.setdefault("Properties", {})
            if isinstance(properties, dict):
                properties.setdefault("ServiceToken", PLACEHOLDER)


def _found(written: Any, regions: list[str]) -> Iterator[tuple[str, Path, str]]:
    """(kind, path, message) of every problem, each once, with the Regions it is true in where it is not in all."""
    if not isinstance(written, dict) or not holds(written.get("Resources"), TYPE):
        return
    values = likely_values(written)
    where: dict[Problem, list[str]] = {}
    for region in regions:
        try:
            # Whether the provider is deployed is no matter of the template.
            environment = StackContext(region, parameters=values, provider_arn=PLACEHOLDER)
            expand(written, environment, Catalog.bundled())
        except TemplateError as error:
            for problem in dict.fromkeys(error.problems):
                where.setdefault(problem, []).append(region)
    for problem, found in where.items():
        path = problem_path(written, problem)
        if problem.any_value or not awaited(written, values, path):
            note = "" if len(found) == len(regions) else f" (in {', '.join(found)})"
            yield problem.kind, path, f"{problem}{note}"
