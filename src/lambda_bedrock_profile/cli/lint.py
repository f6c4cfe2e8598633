"""``lint``: the declarations and what they expand to, checked before CloudFormation does."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import click

from lambda_bedrock_profile.checking.deployment import likely_regions
from lambda_bedrock_profile.cli import aws_settings
from lambda_bedrock_profile.cli.check import check, check_file, has_declarations
from lambda_bedrock_profile.cli.findings import FORMATS, UNREADABLE, Finding, exit_code, unreadable
from lambda_bedrock_profile.cli.grouped_help import GroupedCommand
from lambda_bedrock_profile.cli.linter import settings_of
from lambda_bedrock_profile.cli.model_ends import Clock
from lambda_bedrock_profile.cli.options import (
    FILE,
    Choices,
    day_option,
    environment_options,
    examples,
    fail_before_option,
    regions_option,
)
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.source import STANDARD_INPUT, ReadError, Source
from lambda_bedrock_profile.cli.write import on_terminal, write
from lambda_bedrock_profile.values import Json


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
@environment_options
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


def _fix(templates: Sequence[str]) -> None:
    """Write the fix of each of ``templates`` into its file, if it can be read and the fix changes it."""
    from lambda_bedrock_profile.cli.lint_fix import fixed

    if STANDARD_INPUT in templates:
        raise click.UsageError("--fix writes into files, and standard input is none.")
    for name in templates:
        source = _read(name)
        if isinstance(source, Source) and (text := fixed(source)) != source.text:
            write(text, name)
            click.echo(f"{source.name}: declarations tell cfn-lint to ignore E3003.", err=True)


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
    here = regions or wanted.regions or likely_regions(source.template) or (aws_settings.region() or "us-east-1",)
    if not has_declarations(source):
        choices.check_parameters(source.template, beside)
        return check_file(source, name, regions, wanted, here if both else ())
    environments = [choices.environment(region, source.template, beside) for region in here]
    return check(source, environments, choices.macro_name, wanted, clock, both)
