"""``lint``: the declarations and what they expand to, checked before CloudFormation does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from lambda_bedrock_profile.checking.likely import likely_regions
from lambda_bedrock_profile.cli import settings
from lambda_bedrock_profile.cli.check import check, check_file, has_declarations
from lambda_bedrock_profile.cli.finding import UNREADABLE, Finding, exit_code
from lambda_bedrock_profile.cli.finding_formats import FORMATS
from lambda_bedrock_profile.cli.linter import settings_of
from lambda_bedrock_profile.cli.options import FILE, Choices, environment_options, examples, regions_option
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.source import START, ReadError, Source
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.diagnostics import sentences


@click.command(
    "lint",
    epilog=examples(
        "lint template.yaml",
        "lint *.yaml --region us-east-1 --region eu-central-1 --format github",
        "lint template.yaml --format sarif > findings.sarif",
    ),
)
@click.argument("templates", type=FILE, metavar="TEMPLATE...", nargs=-1, required=True)
@regions_option("to check for; repeat for more.  [default: of cfn-lint's settings, else of Mappings, else of AWS's]")
@environment_options
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
def command(templates: tuple[str, ...], regions: tuple[str, ...], form: str, choices: Choices) -> None:
    """Check declarations, and the processed template with cfn-lint.

    Every finding is shown where you wrote what it is about; a finding in a generated resource is shown at its
    declaration, and names the resource. The settings of cfn-lint (.cfnlintrc, Metadata) hold for all findings.

    Exit code: 2 for errors, 4 for warnings, 8 for information, added up, as cfn-lint's.
    """
    inputs = [(name, _read(name)) for name in templates]
    beside = [each.template for _, each in inputs if isinstance(each, Source)]
    findings: list[Finding] = []
    for name, each in inputs:
        findings += _findings(name, each, regions, choices, beside)
    write(FORMATS[form](findings), None)
    raise click.exceptions.Exit(exit_code(findings))


def _read(name: str) -> Source | Finding:
    """The template, or why it cannot be read, which does not keep the others from being checked."""
    try:
        return read(name)
    except ReadError as error:
        return Finding(error.name, error.position or START, UNREADABLE, sentences(error.what, error.fix))


def _findings(
    name: str, source: Source | Finding, regions: tuple[str, ...], choices: Choices, beside: Sequence[Mapping[str, Any]]
) -> list[Finding]:
    if isinstance(source, Finding):
        return [source] if settings_of({}).want(source.rule) else []
    if not has_declarations(source):
        choices.check_parameters(source.template, beside)
        return check_file(source, name, regions)
    wanted = settings_of(source.template)
    here = regions or wanted.regions or likely_regions(source.template) or (settings.region() or "us-east-1",)
    environments = [choices.environment(region, source.template, beside) for region in here]
    return check(source, environments, choices.macro_name, wanted)
