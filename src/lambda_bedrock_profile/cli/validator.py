"""cloudformation-validate, AWS's own offline validator, beside cfn-lint: ``lint --engine all``.

It has most of cfn-lint's rules under cfn-lint's ids, and others of its own. Those ids overlap with ours, so here they
start with ``AWS-``. It is given no value of a parameter, since its messages quote what they are about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from lambda_bedrock_profile.cli.findings import Level, Rule
from lambda_bedrock_profile.cli.linter import Remark
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.template.intrinsics import function_of
from lambda_bedrock_profile.template.walk import at
from lambda_bedrock_profile.values import Json

_SECTIONS: Final = {
    "RESOURCE": "Resources",
    "PARAMETER": "Parameters",
    "OUTPUT": "Outputs",
    "MAPPING": "Mappings",
    "CONDITION": "Conditions",
    "RULE": "Rules",
    "METADATA": "Metadata",
    "TRANSFORM": "Transform",
}
"""What a finding is about → the section that it is in."""

_LEVELS: Final[Mapping[str, Level]] = {"FATAL": "error", "ERROR": "error", "WARN": "warning"}
_STEP: Final = re.compile(r"[^.\[\]]+")


def remarks_of_validator(template: Mapping[str, Json], region: str) -> Iterator[Remark]:
    """What cloudformation-validate says about ``template`` in ``region``, at warning or above.

    Raises ModuleNotFoundError if it is not installed.
    """
    import cloudformation_validate as validate

    config = validate.ValidateConfig(
        severity_level=validate.Severity.WARN,
        pseudo_parameter_overrides=validate.PseudoParameterOverrides(region=region),
    )
    content = validate.TemplateContent(json.dumps(template, default=str), "template")
    for found in _engine().validate_template(content, config).diagnostics:
        path = _path(template, found)
        if "default ''" in found.message and function_of(at(template, path)) == "Fn::If":
            continue  # It carries the empty default of a parameter past the condition that guards it.
        own = found.source.name == "ENGINE"
        rule = Rule(
            f"AWS-{found.rule_id}" if own else found.rule_id,
            found.rule_description or found.rule_id,
            _LEVELS[found.severity.name],
        )
        yield Remark(path, rule, found.message, found.suggested_fix or "")


@cache
def _engine() -> Any:
    """The validator, which takes a second to load its rules."""
    from cloudformation_validate import CompositeEngine

    return CompositeEngine()


def _path(template: Mapping[str, Json], found: Any) -> Path:
    """The path from the top of ``template`` to what a finding is about, as far as it says."""
    if found.entity is None:
        return ()
    section = _SECTIONS.get(found.entity.entity_type.name)
    if section is None:
        return ()
    path: Path = (section, found.entity.logical_id) if found.entity.logical_id else (section,)
    for step in _STEP.findall(found.property_path or ""):
        within = at(template, path)
        path = (*path, int(step) if isinstance(within, list) and step.isdigit() else step)
    return path


def not_said(remarks: Iterable[Remark], others: Iterable[Remark]) -> Iterator[Remark]:
    """``remarks`` without those that are among ``others`` already: the same rule at the same place.

    The two engines class some rules differently: F3002 is E3002.
    """
    said = {(remark.path, _number(remark.rule)) for remark in others}
    for remark in remarks:
        key = remark.path, _number(remark.rule)
        if key not in said:
            said.add(key)
            yield remark


def _number(rule: Rule) -> str:
    return rule.id if rule.id.startswith("AWS-") else rule.id[1:]
