"""Problems as lines that editors and terminals can jump to: ``file:line:column: where: what. fix.``"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from lambda_bedrock_profile.checking.places import problem_path
from lambda_bedrock_profile.cli.source import Source, one_line
from lambda_bedrock_profile.diagnostics import Problem


def report(problems: Iterable[Problem], source: Source, notes: Mapping[Problem, str] | None = None) -> None:
    """Print ``problems`` on standard error, one a line, in the order of the text; ``notes`` end their lines."""
    placed = [(source.position(problem_path(source.template, problem)), problem) for problem in problems]
    placed.sort(key=lambda pair: pair[0])
    for at, problem in placed:
        note = (notes or {}).get(problem, "")
        click.echo(one_line(f"{source.name}:{at.line}:{at.column}: {problem}{note}"), err=True)
