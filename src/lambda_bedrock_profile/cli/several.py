"""One template expanded for several Regions."""

from __future__ import annotations

from typing import Any

import click

from lambda_bedrock_profile.catalog import Catalog
from lambda_bedrock_profile.cli.options import Choices
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.regional import regional
from lambda_bedrock_profile.cli.report import report
from lambda_bedrock_profile.cli.source import Source
from lambda_bedrock_profile.cli.transform import without_macro
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.problems import Problem, TemplateError


def process_several(template: str, regions: tuple[str, ...] | None, choices: Choices) -> tuple[Source, dict[str, Any]]:
    """The template in the file ``template``, and its expansion for ``regions``, or for every Region there is one for.

    Raises ReadError and UsageError for what cannot be used. Problems are printed, and end the program with 1.
    """
    source = read(template)
    catalog = Catalog.bundled()
    expansions: dict[str, Expansion] = {}
    problems: dict[Problem, list[str]] = {}
    for region in regions or catalog.regions:
        where = choices.environment(region, source.template)
        try:
            expansions[region] = expand(without_macro(source.template), where, catalog)
        except TemplateError as error:
            for problem in dict.fromkeys(error.problems):
                problems.setdefault(problem, []).append(region)
    if problems and (regions or not expansions):
        for problem, found in problems.items():
            report([problem], source, f" (in {', '.join(found)})" if found != list(regions or catalog.regions) else "")
        raise click.exceptions.Exit(1)
    left_out = sorted({region for found in problems.values() for region in found})
    if left_out:
        click.echo(f"{source.name}: cannot be expanded for {', '.join(left_out)}, which are left out.", err=True)
    try:
        return source, regional(expansions)
    except TemplateError as error:
        report(error.problems, source)
        raise click.exceptions.Exit(1) from error
