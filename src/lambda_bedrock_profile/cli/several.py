"""One template expanded for several Regions."""

from __future__ import annotations

from typing import Any

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.transform import without_macro
from lambda_bedrock_profile.cli.options import Choices
from lambda_bedrock_profile.cli.provider import with_provider
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.regional import regional
from lambda_bedrock_profile.cli.report import report
from lambda_bedrock_profile.cli.source import Source
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Problem, TemplateError
from lambda_bedrock_profile.expand import Expansion, expand


def process_several(template: str, regions: tuple[str, ...] | None, choices: Choices) -> tuple[Source, dict[str, Any]]:
    """The template in the file ``template``, and its expansion for ``regions``, or for every Region there is one for.

    Raises ReadError and UsageError for what cannot be used. Problems are printed, and end the program with 1.
    """
    source = read(template)
    tried = regions or Catalog.bundled().regions
    environments = {region: choices.environment(region, source.template) for region in tried}
    results = {region: _expand(source, where, choices.macro_name) for region, where in environments.items()}
    expansions = {region: result for region, result in results.items() if isinstance(result, Expansion)}
    refusals = {region: result.problems for region, result in results.items() if isinstance(result, TemplateError)}
    found: dict[Problem, list[str]] = {}
    for region, problems in refusals.items():
        for problem in dict.fromkeys(problems):
            found.setdefault(problem, []).append(region)
    notes = {problem: f" (in {', '.join(here)})" for problem, here in found.items() if len(here) < len(tried)}
    # Where no Region is named, a problem of some is nothing that a template in order had to mend.
    if told := list(found) if regions else [problem for problem in found if problem not in notes]:
        report(told, source, notes)
        raise click.exceptions.Exit(1)
    if refusals:
        reasons: dict[str, list[str]] = {}
        for region in refusals:
            reasons.setdefault(_reason(source, environments[region], choices.macro_name), []).append(region)
        left_out = "; ".join(f"{', '.join(here)} ({reason})" for reason, here in reasons.items())
        click.echo(f"{source.name}: left out: {left_out}.", err=True)
    try:
        if not expansions:
            # One for each place: the others differ in the Region that they name.
            raise TemplateError({problem.where: problem for problem in reversed(found)}.values())
        return source, regional(expansions)
    except TemplateError as error:
        report(error.problems, source, notes)
        raise click.exceptions.Exit(1) from error


def _expand(source: Source, where: StackContext, macro: str) -> Expansion | TemplateError:
    try:
        return expand(without_macro(source.template, macro), where, Catalog.bundled())
    except TemplateError as error:
        return error


def _reason(source: Source, where: StackContext, macro: str) -> str:
    """Why there is no expansion in a Region, in a few words."""
    result = _expand(source, with_provider(where, macro), macro)
    if isinstance(result, Expansion):
        return "the provider is needed: name it with --provider-export"
    if all(problem.kind == "route" for problem in result.problems):
        return "no route to the model"
    return "expand --region tells why"
