"""``lint``: the declarations and what they expand to, checked before CloudFormation does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

from lambda_bedrock_profile.checking.deployment import likely_regions
from lambda_bedrock_profile.cli import aws
from lambda_bedrock_profile.cli.check import Clock, check, check_file, has_declarations
from lambda_bedrock_profile.cli.choices import Choices
from lambda_bedrock_profile.cli.engines import settings_of
from lambda_bedrock_profile.cli.findings import FORMATS, UNREADABLE, Finding, exit_code, unreadable
from lambda_bedrock_profile.cli.options import (
    FILE,
    GroupedCommand,
    day_option,
    examples,
    expansion_options,
    fail_before_option,
    regions_option,
)
from lambda_bedrock_profile.cli.read import parse, read
from lambda_bedrock_profile.cli.source import STANDARD_INPUT, Position, ReadError, Source
from lambda_bedrock_profile.cli.write import on_terminal, write
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.declaration.parse import LIFTED
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.template.loops import body_of, is_loop
from lambda_bedrock_profile.template.walk import at
from lambda_bedrock_profile.values import Expression, Json


@click.command(
    "lint",
    cls=GroupedCommand,
    epilog=examples(
        "lint template.yaml",
        "lint *.yaml --region us-east-1 --region eu-central-1 --format github",
        "lint template.yaml --format sarif > findings.sarif",
    ),
)
@click.argument("templates", type=FILE, metavar="TEMPLATE...", nargs=-1, required=True)
@regions_option("to check for; repeat for more.  [default: of cfn-lint's settings, else of Mappings, else of AWS's]")
@expansion_options
@day_option
@fail_before_option
@click.option("--fix", is_flag=True, help="First write into the files what keeps linters without our rules quiet.")
@click.option(
    "--engine",
    type=click.Choice(["cfn-lint", "all"]),
    default="cfn-lint",
    show_default=True,
    help="all: AWS's cloudformation-validate, too; what both find is reported one time.",
)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="[default: pretty on a terminal, else text]")
def command(
    templates: tuple[str, ...],
    regions: tuple[str, ...],
    day: str,
    fail_before: str,
    fix: bool,
    engine: str,
    form: str | None,
    choices: Choices,
) -> None:
    """Check declarations, and the processed template with cfn-lint.

    Every finding is shown where you wrote what it is about; a finding in a generated resource is shown at its
    declaration, and names the resource. The settings of cfn-lint (.cfnlintrc, Metadata) hold for all findings.

    A model that has ended is an error, one that is LEGACY or ends within 90 days a warning, by the day that --on names.

    With --fix, the Metadata of declarations tell cfn-lint to ignore E3003, which it reports wherever it runs without
    the rules of this project, as in the AWS Toolkit and in sam validate --lint. Nothing else is changed.

    Exit code: 2 for errors, 4 for warnings, 8 for information, added up, as cfn-lint's.
    """
    if fix:
        _fix(templates)
    inputs = [(name, _read(name)) for name in templates]
    beside = [each.template for _, each in inputs if isinstance(each, Source)]
    findings: list[Finding] = []
    for name, each in inputs:
        findings += _findings(name, each, regions, Clock(day, fail_before), choices, beside, engine == "all")
    texts = {each.name: each.text for _, each in inputs}
    write(FORMATS[form or ("pretty" if on_terminal(sys.stdout) else "text")](findings, texts), None)
    raise click.exceptions.Exit(exit_code(findings))


def _read(name: str) -> Source | ReadError:
    """The template, or why it cannot be read, which does not keep the others from being checked."""
    try:
        return read(name)
    except ReadError as error:
        return error


def _findings(
    name: str,
    source: Source | ReadError,
    regions: tuple[str, ...],
    clock: Clock,
    choices: Choices,
    beside: Sequence[Mapping[str, Json]],
    both: bool,
) -> list[Finding]:
    if isinstance(source, ReadError):
        return [unreadable(source)] if settings_of({}).want(UNREADABLE) else []
    choices = choices.beside(name)
    wanted = settings_of(source.template)
    here = regions or wanted.regions or likely_regions(source.template) or (aws.region() or "us-east-1",)
    if not has_declarations(source):
        choices.check_parameters(source.template, beside)
        return check_file(source, name, regions, wanted, here if both else ())
    contexts = [choices.context(region, source.template, beside) for region in here]
    return check(source, contexts, choices.macro_name, wanted, clock, both)


# ---------------------------------------------------------------------------------------------------------------- --fix


def _fix(templates: Sequence[str]) -> None:
    """Write the fix of each of ``templates`` into its file, if it can be read and the fix changes it."""
    if STANDARD_INPUT in templates:
        raise click.UsageError("--fix writes into files, and standard input is none.")
    for name in templates:
        source = _read(name)
        if isinstance(source, Source) and (text := fixed(source)) != source.text:
            write(text, name)
            click.echo(f"{source.name}: declarations tell cfn-lint to ignore E3003.", err=True)


_LIST: Final[Path] = ("Metadata", "cfn-lint", "config", "ignore_checks")
"""Where a resource lists the checks that cfn-lint ignores for it."""


def fixed(source: Source) -> str:
    """The text of ``source``, in which each declaration tells cfn-lint to ignore E3003.

    cfn-lint's E3003 wants a ServiceToken of every custom resource, and a declaration is none once it is expanded.
    Metadata of the user gets what is missing in it. Nothing else is changed, neither a comment nor a blank; and a
    declaration that cannot be changed without writing it anew is left alone.
    """
    text = source.text
    places = [(source.position(path), path) for path in _declarations(source.template["Resources"], ("Resources",))]
    # From the end, so that the places before stay what they are.
    for _, path in sorted(places, reverse=True):
        text = _with_check(text, path, source)
    return text


def _declarations(resources: Mapping[str, Json], path: Path) -> list[Path]:
    paths: list[Path] = []
    for name, item in resources.items():
        if is_loop(name) and (body := body_of(item)):
            paths += _declarations(body, (*path, name, 2))
        elif isinstance(item, Mapping) and item.get("Type") == TYPE:
            paths.append((*path, name))
    return paths


def _with_check(text: str, declaration: Path, source: Source) -> str:
    """``text`` with E3003 among the checks that the declaration at that path ignores, in front of what is there."""
    path, inside, missing = declaration, at(source.template, declaration), _LIST
    while missing and isinstance(inside, Mapping) and missing[0] in inside:
        inside, path, missing = inside[missing[0]], (*path, missing[0]), missing[1:]
    if isinstance(inside, list) and not missing:
        first: str | int | None = 0 if inside and LIFTED not in inside else None
    else:
        # Type is where Metadata is easiest to find.
        names = inside if isinstance(inside, Mapping) and missing else {}
        first = "Type" if "Type" in names else next(iter(names), None)
    if first is None:
        return text
    value: Expression = [LIFTED] if missing else LIFTED
    for name in reversed(missing[1:]):
        value = {name: value}
    for changed in _inserted(text, source.position((*path, first)), str(missing[0]) if missing else "", value, source):
        if _ignores(changed, declaration, source.name):
            return changed
    return text


def _inserted(text: str, place: Position, name: str, value: Expression, source: Source) -> Iterator[str]:
    """``text`` with ``value``, under ``name`` if it has one, in front of ``place``, in the ways that may be right."""
    lines = text.splitlines(keepends=True)
    line, column = lines[place.line - 1], place.column - 1
    margin = line[:column]
    ending = "\r\n" if line.endswith("\r\n") else "\n"
    quoted = (f"{json.dumps(name)}: " if name else "") + json.dumps(value)
    plain = (f"{name}: " if name else "") + json.dumps(value).replace('"', "")
    # A list that is written with dashes has its next one in front of what was first.
    alone = margin.strip() == ("" if name else "-")
    choices = [f"{plain}{ending}{margin}" if alone else f"{plain}, "] if source.format == "yaml" else []
    for inserted in (*choices, f"{quoted}, "):
        yield "".join([*lines[: place.line - 1], margin + inserted + line[column:], *lines[place.line :]])


def _ignores(text: str, declaration: Path, name: str) -> bool:
    """Whether ``text`` is a template in which the declaration at that path ignores E3003."""
    try:
        template = parse(text, name).template
    except ReadError:
        return False
    ignored = at(template, (*declaration, *_LIST))
    return isinstance(ignored, list) and LIFTED in ignored
