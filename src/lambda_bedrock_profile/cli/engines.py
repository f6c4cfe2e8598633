"""The two linters, embedded: what each says about a template, and cfn-lint's settings, which hold for our findings too.

``Match.path`` and the attributes of ``ConfigMixIn`` are no documented names of cfn-lint: tests cover them, with the
oldest version that ``pyproject.toml`` allows (``make test-oldest``) and with the newest.

cloudformation-validate is AWS's own offline validator, for ``lint --engine all``. It has most of cfn-lint's rules under
cfn-lint's ids, and others of its own. Those ids overlap with ours, so here they start with ``AWS-``. It is given no
value of a parameter, since its messages quote what they are about.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from lambda_bedrock_profile.cli.findings import Level, Rule
from lambda_bedrock_profile.cli.source import Position, ReadError, Source
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.declaration.parse import LIFTED
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.template.intrinsics import function_of
from lambda_bedrock_profile.template.walk import at, existing
from lambda_bedrock_profile.values import Expression, Json

FAILED: Final = Rule("E0002", "A template that cfn-lint can check", "error")
"""Under the id that cfn-lint has for a failure of its own."""


class Remark(NamedTuple):
    """What is said about the value at ``path`` of a template, by which rule.

    ``position`` is set if cfn-lint itself says where in the text that is.
    """

    path: Path
    rule: Rule
    what: str
    fix: str = ""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``.cfnlintrc`` and a template's ``Metadata`` set: beginnings of the ids of rules, and Regions.

    ``ignored_by_file`` are those that ``.cfnlintrc`` ignores, whatever the template says.
    """

    ignored: tuple[str, ...]
    ignored_by_file: tuple[str, ...]
    mandatory: tuple[str, ...]
    regions: tuple[str, ...]

    def want(self, rule: Rule, ignored_here: Collection[str] = ()) -> bool:
        """Whether findings of ``rule`` are shown, at a place where ``ignored_here`` are ignored.

        Metadata of a whole template cannot suppress an error of ours: the macro refuses the template all the same.
        """
        if rule.id.startswith(self.mandatory):
            return True
        ignored = self.ignored_by_file if rule.id.startswith("E9") else self.ignored
        return not rule.id.startswith(ignored) and rule.id not in ignored_here


def settings_of(template: Mapping[str, Json]) -> Settings:
    """The settings that hold for ``template``. Raises ReadError if cfn-lint cannot use its configuration file."""
    with _its_configuration():
        config = _config()
        by_file = _texts(config.ignore_checks)
    # Metadata can be anything, and if it is no map it sets nothing.
    with suppress(AttributeError):
        config.set_template_args(template)
    # Its property of that name falls back to the environment.
    regions = _texts(config.template_args.get("regions") or config.file_args.get("regions"))
    # All Regions are no place where a stack goes.
    return Settings(
        ignored=_texts(config.ignore_checks),
        ignored_by_file=by_file,
        mandatory=_texts(config.mandatory_checks),
        regions=() if "ALL_REGIONS" in regions else regions,
    )


def ignored_at(template: Mapping[str, Json], path: Path) -> tuple[str, ...]:
    """The rules that the ``Metadata`` of the resource around ``path`` ignores: by their whole ids, as in cfn-lint."""
    part: Any = template
    lifted = False
    for step in existing(template, path):
        part = part[step]
        if isinstance(part, Mapping) and isinstance(part.get("Type"), str):
            lifted = part["Type"] == TYPE
            break
    for key in ("Metadata", "cfn-lint", "config", "ignore_checks"):
        part = part.get(key) if isinstance(part, Mapping) else None
    # A declaration ignores it for itself, not for what it expands to.
    return tuple(check for check in _texts(part) if not (lifted and check == LIFTED))


# ------------------------------------------------------------------------------------------------------------- cfn-lint


def remarks(template: Mapping[str, Json], region: str) -> Iterator[Remark]:
    """What cfn-lint says about ``template`` in ``region``, with the settings that it finds itself.

    Raises ReadError if it cannot use its configuration file, or does not know the Region.
    """
    runner = _runner([region])
    # cfn-lint changes what it is given, and takes two findings with the same words in the same place for one.
    for remark in _remarks(runner, lambda: runner.validate_template(_marked(template, itertools.count(1)))):
        yield remark._replace(position=None)


def remarks_of_file(source: Source, path: str, regions: Sequence[str]) -> Iterator[Remark]:
    """What cfn-lint says about the file ``path``, which ``source`` was read from, as if it were called itself.

    Without ``regions`` they are the ones that cfn-lint takes by itself. Raises ReadError as ``remarks`` does.
    """
    from cfnlint.decode import decode_str
    from cfnlint.runner.template import run_template_by_file_path

    runner = _runner(regions)
    if source.name == path:
        return _remarks(runner, lambda: run_template_by_file_path(path, runner.config, runner.rules, False))
    # Of standard input there is the text only.
    nodes, unreadable = decode_str(source.text)
    return _remarks(runner, lambda: unreadable or runner.validate_template(nodes))


def remarks_of_aliases(source: Source) -> Iterator[Remark]:
    """What cfn-lint says about aliases and merges of YAML, which the value of a template does not show.

    Older versions of cfn-lint, such as 1.41.0, have no rules about them, and say nothing.
    """
    if source.format != "yaml" or "&" not in source.text:
        return
    from cfnlint.decode import decode_str
    from cfnlint.template import Template

    try:
        from cfnlint.rules.aws_cli.UsingAlias import UsingAlias
        from cfnlint.rules.aws_cli.UsingMerge import UsingMerge
    except ImportError:
        return

    nodes, unreadable = decode_str(source.text)
    if unreadable or not isinstance(nodes, dict):
        return
    for rule in (UsingAlias(), UsingMerge()):
        for match in rule.match(Template(None, nodes)):
            start = getattr(match, "location", None)
            place = Position(start[0] + 1, start[1] + 1) if start else None
            yield Remark(tuple(match.path), Rule(rule.id, rule.shortdesc, rule.severity), match.message, position=place)


def _runner(regions: Sequence[str]) -> Any:
    # These names exist for embedding cfn-lint: its API documentation, "Using cfn-lint as a library".
    from cfnlint.runner import Runner

    with _its_configuration():
        return Runner(_config(**({"regions": list(regions)} if regions else {})))


def _remarks(runner: Any, run: Callable[[], Iterable[Json]]) -> Iterator[Remark]:
    """The matches that ``run`` gives, and a remark about the failure of cfn-lint if it fails."""
    from cfnlint.exceptions import InvalidRegionException
    from cfnlint.helpers import REGIONS

    try:
        for match in run():
            rule = Rule(match.rule.id, match.rule.shortdesc, match.rule.severity)
            place = Position(match.linenumber, match.columnnumber)
            yield Remark(tuple(getattr(match, "path", None) or ()), rule, match.message, position=place)
    except InvalidRegionException as error:
        fix = "Name one that it knows, or install a newer cfn-lint"
        unknown = ", ".join(region for region in runner.config.regions if region not in REGIONS)
        raise ReadError("cfn-lint", f"does not know the Region {unknown}", fix) from error
    except Exception as error:
        # Some shapes, such as Metadata that is a list, are more than it expects.
        yield Remark((), FAILED, f"cfn-lint cannot check the template ({type(error).__name__}: {error})")


def _marked(value: Expression, lines: Iterator[int]) -> Any:
    """A copy of ``value`` in cfn-lint's own types, each key and item on a line of its own, as in a text."""
    from cfnlint.decode.mark import Mark
    from cfnlint.decode.node import dict_node, list_node, str_node

    mark = Mark(next(lines), 1)
    if isinstance(value, Mapping):
        result = dict_node({}, mark, mark)
        for key, item in value.items():
            key_mark = Mark(next(lines), 1)
            result[str_node(key, key_mark, key_mark)] = _marked(item, lines)
        return result
    if isinstance(value, list):
        return list_node([_marked(item, lines) for item in value], mark, mark)
    return str_node(value, mark, mark) if isinstance(value, str) else value


def _config(**settings: Any) -> Any:
    from cfnlint.config import ConfigMixIn

    # What templates there are is known here, whatever the configuration file names.
    return ConfigMixIn([], templates=[], **settings)


@contextmanager
def _its_configuration() -> Iterator[None]:
    """Raise ReadError for whatever cfn-lint raises of its configuration file."""
    try:
        yield
    except ModuleNotFoundError:
        # cfn-lint itself is not installed.
        raise
    except Exception as error:
        # Of a faulty file cfn-lint and its YAML reader raise many kinds.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ReadError(".cfnlintrc", f"cfn-lint cannot use it ({reason})", "Fix it") from error


def _texts(value: Expression) -> tuple[str, ...]:
    """The texts in ``value`` that are not empty, which may have been written as anything."""
    return tuple(item for item in value if isinstance(item, str) and item) if isinstance(value, list) else ()


# ---------------------------------------------------------------------------------------------- cloudformation-validate

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
    for diagnostic in _validator().validate_template(content, config).diagnostics:
        path = _path(template, diagnostic)
        if "default ''" in diagnostic.message and function_of(at(template, path)) == "Fn::If":
            continue  # It carries the empty default of a parameter past the condition that guards it.
        is_of_validator = diagnostic.source.name == "ENGINE"
        rule = Rule(
            f"AWS-{diagnostic.rule_id}" if is_of_validator else diagnostic.rule_id,
            diagnostic.rule_description or diagnostic.rule_id,
            _LEVELS[diagnostic.severity.name],
        )
        yield Remark(path, rule, diagnostic.message, diagnostic.suggested_fix or "")


@cache
def _validator() -> Any:
    """The validator, which takes a second to load its rules."""
    from cloudformation_validate import CompositeEngine

    return CompositeEngine()


def _path(template: Mapping[str, Json], diagnostic: Any) -> Path:
    """The path from the top of ``template`` to what a diagnostic of the validator is about, as far as it says."""
    if diagnostic.entity is None:
        return ()
    section = _SECTIONS.get(diagnostic.entity.entity_type.name)
    if section is None:
        return ()
    path: Path = (section, diagnostic.entity.logical_id) if diagnostic.entity.logical_id else (section,)
    for step in _STEP.findall(diagnostic.property_path or ""):
        within = at(template, path)
        path = (*path, int(step) if isinstance(within, list) and step.isdigit() else step)
    return path


def not_said(remarks: Iterable[Remark], others: Iterable[Remark]) -> Iterator[Remark]:
    """``remarks`` without those that are among ``others`` already: the same rule at the same place.

    The two engines class some rules differently: F3002 is E3002.
    """
    seen = {(remark.path, _number(remark.rule)) for remark in others}
    for remark in remarks:
        key = remark.path, _number(remark.rule)
        if key not in seen:
            seen.add(key)
            yield remark


def _number(rule: Rule) -> str:
    return rule.id if rule.id.startswith("AWS-") else rule.id[1:]
