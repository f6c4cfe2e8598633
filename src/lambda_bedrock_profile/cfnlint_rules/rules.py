"""One class for each rule of the table in ``lambda_bedrock_profile/rules.py``, as cfn-lint wants them.

A new rule is a row of that table; its class here needs no code of its own.

cfn-lint's rules cannot tell each other anything: the template is expanded one time, by the rule that comes first, and
the result is kept here. ``cfn`` is cfn-lint's ``Template``; only the documented ``template`` and ``regions`` are used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import MACRO, awaited, likely_values, serverless_first, uncalled
from lambda_bedrock_profile.checking.settings_file import (
    NO_SETTINGS,
    SettingsError,
    StackSettings,
    nearest_file,
    read_settings,
)
from lambda_bedrock_profile.checking.source_map import problem_path
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Diagnostic, Path, TemplateError
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.rules import COMMAND_LINE, RULES, Rule
from lambda_bedrock_profile.template.loops import holds
from lambda_bedrock_profile.values import Json

PLACEHOLDER: Final = "arn:aws:lambda:us-east-1:111122223333:function:lambda-bedrock-profile"
"""Stands, in cfn-lint's memory only, for what a custom resource must have and a declaration has not."""

_original: Any = None
"""The last template as plain data, before its declarations were given service tokens."""
_last: tuple[Json, list[tuple[str, Path, str]]] = (None, [])
"""The last ``cfn``, and what was reported for its template: (rule's name, path, message)."""


def _match(rule: Rule) -> Callable[[Any, Any], Iterator[RuleMatch]]:
    """The method ``match`` of a class: every diagnostic under ``rule``, in all Regions that cfn-lint is set to."""

    def match(self: Any, cfn: Any) -> Iterator[RuleMatch]:
        global _last
        if _last[0] is not cfn:
            _last = (cfn, list(_by_settings(_original, cfn)))
        yield from (RuleMatch(list(path), message) for name, path, message in _last[1] if name == rule.name)

    return match


def _match_uncalled(self: Any, cfn: Any) -> Iterator[RuleMatch]:
    """One match at Transform, or at the first declaration if there is none."""
    resources = cfn.template.get("Resources") if isinstance(cfn.template, dict) else None
    if isinstance(resources, dict) and (location := uncalled(cfn.template, self.config["macro_name"])):
        yield RuleMatch(list(location[0]), location[1])


def _with_macro_name(self: Any) -> None:
    """Make a rule that ``macro_name`` configures: the name that the macro is registered under."""
    CloudFormationLintRule.__init__(self)
    self.config_definition = {"macro_name": {"default": MACRO, "type": "string"}}
    self.configure()


def _add_placeholders(self: Any, cfn: Any) -> None:
    """Keep what is written, then give every declaration a service token, so that cfn-lint does not miss one.

    cfn-lint calls this, as ``initialize`` of a rule, before any rule looks at the template.
    """
    global _original
    # cfn-lint reads dates as such, and leaves them in the template. Paths stay what they are in plain data.
    _original = json.loads(json.dumps(cfn.template, default=str, skipkeys=True))
    resources = cfn.template.get("Resources") if isinstance(cfn.template, dict) else None
    for resource in resources.values() if isinstance(resources, dict) else ():
        if isinstance(resource, dict) and resource.get("Type") == TYPE:
            properties = resource.setdefault("Properties", {})
            if isinstance(properties, dict):
                properties.setdefault("ServiceToken", PLACEHOLDER)


def _by_settings(template: Any, cfn: Any) -> Iterator[tuple[str, Path, str]]:
    """What is to be reported by the settings file that holds for the template's file."""
    try:
        file = nearest_file(FilePath(cfn.filename or "").resolve().parent)
        settings = read_settings(file) if file else NO_SETTINGS
    except SettingsError as error:
        yield "organisation", (), str(error)
        return
    yield from _reported(template, cfn.regions, settings)


def _reported(template: Any, regions: list[str], settings: StackSettings) -> Iterator[tuple[str, Path, str]]:
    """(rule's name, path, message) of each diagnostic, with the Regions in which it is true if it is not so in all."""
    if not isinstance(template, dict) or not holds(template.get("Resources"), TYPE):
        return
    values, first = likely_values(template), serverless_first(template, MACRO)
    regions_of: dict[Diagnostic, list[str]] = {}
    for region in regions:
        # Whether the provider is deployed does not depend on the template.
        context = StackContext(
            region,
            parameters=values,
            provider_arn=PLACEHOLDER,
            profile_mode=settings.profile_mode or "auto",
            serverless_first=first,
            organisation=settings.organisation,
        )
        for diagnostic in dict.fromkeys(_diagnostics(template, context)):
            regions_of.setdefault(diagnostic, []).append(region)
    for diagnostic, here in regions_of.items():
        path = problem_path(template, diagnostic)
        if diagnostic.any_value or not awaited(template, values, path):
            note = "" if len(here) == len(regions) else f" (in {', '.join(here)})"
            yield diagnostic.rule, path, f"{diagnostic}{note}"


def _diagnostics(template: Mapping[str, Json], context: StackContext) -> tuple[Diagnostic, ...]:
    try:
        return expand(template, context, Catalog.bundled()).remarks
    except TemplateError as error:
        return error.problems


_OWN: Final[Mapping[str, Mapping[str, Json]]] = {
    "property": {"initialize": _add_placeholders},
    "uncalled": {"__init__": _with_macro_name, "match": _match_uncalled},
}
"""What the class of a rule has of its own. The one of ``property`` lifts E3003 for declarations, too."""


def _class(rule: Rule) -> type:
    """The class by which cfn-lint knows ``rule``."""
    head = {
        "id": rule.id,
        "shortdesc": rule.title,
        "description": rule.description,
        "source_url": rule.source,
        "tags": ["lambda-bedrock-profile"],
        "match": _match(rule),
    }
    return type(rule.id, (CloudFormationLintRule,), {**head, **_OWN.get(rule.name, {})})


CLASSES: Final = {rule.id: _class(rule) for rule in RULES.values() if rule.name not in COMMAND_LINE}
"""A class for each rule, by its id."""

globals().update(CLASSES)  # cfn-lint takes the classes that are names of a module.
