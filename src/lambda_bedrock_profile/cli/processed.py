"""The step that most commands start with: a template read and expanded, or its problems reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.transform import without_macro
from lambda_bedrock_profile.cli.options import Choices, region_or_default
from lambda_bedrock_profile.cli.provider import export_of, with_provider
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.report import report
from lambda_bedrock_profile.cli.source import Source
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import Expansion, expand


@dataclass(frozen=True, slots=True)
class Processed:
    """A template, where it was expanded for, and what came out."""

    source: Source
    environment: StackContext
    expansion: Expansion


def process(template: str, region: str | None, choices: Choices) -> Processed:
    """Expand the file ``template`` for ``region``, or for the Region of the AWS settings.

    Raises ReadError and UsageError for what cannot be used. Problems are printed, and end the program with 1.
    """
    source = read(template)
    where = choices.environment(region_or_default(region), source.template)
    return Processed(source, where, expanded(source, where, choices.macro_name))


def preview(
    templates: Sequence[str], region: str | None, choices: Choices, deployed: Mapping[str, str] | None = None
) -> list[Processed]:
    """The same for each of ``templates``, for a command that only shows what comes out.

    ``deployed`` are the parameter values of a stack, for what the command line leaves open.

    Where one of them needs the provider and none is named, all get the one that the macro's stack exports, and standard
    error says so. Never for what will be deployed: whether there is such a stack is not known.
    """
    sources = [read(template) for template in templates]
    here, macro = region_or_default(region), choices.macro_name
    beside = [source.template for source in sources]
    pairs = [(source, choices.environment(here, source.template, beside, deployed)) for source in sources]
    try:
        return [Processed(source, where, _expand(source, where, macro)) for source, where in pairs]
    except TemplateError:
        pairs = [(source, with_provider(where, macro)) for source, where in pairs]
    result = [Processed(source, where, expanded(source, where, macro)) for source, where in pairs]
    names = ", ".join(source.name for source in sources)
    export = export_of(macro)
    click.echo(f"{names}: shown with the macro's provider as {export}, which expand has to be told.", err=True)
    return result


def expanded(source: Source, where: StackContext, macro: str) -> Expansion:
    """The expansion of ``source`` by ``macro``; problems are printed, and end the program with 1."""
    try:
        return _expand(source, where, macro)
    except TemplateError as error:
        report(error.problems, source)
        raise click.exceptions.Exit(1) from error


def _expand(source: Source, where: StackContext, macro: str) -> Expansion:
    return expand(without_macro(source.template, macro), where, Catalog.bundled())
