"""Problems as lines that editors and terminals can jump to: ``file:line:column: where: what. fix.``"""

from __future__ import annotations

from collections.abc import Iterable

import click

from lambda_bedrock_profile.cli.places import problem_path
from lambda_bedrock_profile.cli.source import Source
from lambda_bedrock_profile.problems import Problem


def problem_lines(problems: Iterable[Problem], source: Source) -> list[str]:
    """One line for each of ``problems``, in the order of the text."""
    placed = [(source.position(problem_path(source.template, problem)), problem) for problem in problems]
    placed.sort(key=lambda pair: pair[0])
    return [f"{source.name}:{at.line}:{at.column}: {problem}" for at, problem in placed]


def report(problems: Iterable[Problem], source: Source) -> None:
    """Print ``problems`` on standard error."""
    for line in problem_lines(problems, source):
        click.echo(line, err=True)
