"""The step that most commands start with: a template read and expanded, or its problems reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from lambda_bedrock_profile.catalog import Catalog
from lambda_bedrock_profile.cli.options import environment, region_or_default
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.report import report
from lambda_bedrock_profile.cli.source import Source
from lambda_bedrock_profile.cli.transform import without_macro
from lambda_bedrock_profile.environment import Environment
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.problems import TemplateError


@dataclass(frozen=True, slots=True)
class Processed:
    """A template, where it was expanded for, and what came out."""

    source: Source
    environment: Environment
    expansion: Expansion


def process(template: str, region: str | None, options: Mapping[str, Any]) -> Processed:
    """Expand the file ``template`` for ``region``, or for the Region of the AWS settings.

    Raises ReadError and UsageError for what cannot be used. Problems are printed, and end the program with 1.
    """
    source = read(template)
    where = environment(region_or_default(region), template=source.template, **options)
    return Processed(source, where, expanded(source, where))


def expanded(source: Source, where: Environment) -> Expansion:
    """The expansion of ``source``; problems are printed, and end the program with 1."""
    try:
        return expand(without_macro(source.template), where, Catalog.bundled())
    except TemplateError as error:
        report(error.problems, source)
        raise click.exceptions.Exit(1) from error
