"""``expand``: the processed template, as CloudFormation would get it from the macro."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lambda_bedrock_profile.cli.options import Region, environment_options
from lambda_bedrock_profile.cli.processed import process
from lambda_bedrock_profile.cli.source import Format
from lambda_bedrock_profile.cli.write import template_text, write


@click.command("expand")
@click.argument("template")
@click.option("-r", "--region", type=Region(), help="Region of the stack.  [default: the one of the AWS settings]")
@environment_options
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--format", type=click.Choice(["yaml", "json"]), help="Format of the output.  [default: the input's]")
def command(template: str, region: str | None, output: str | None, format: Format | None, **options: Any) -> None:
    """Print the processed template.

    Reads TEMPLATE, YAML or JSON, from a file or from standard input (-), and expands its declarations as the macro
    would. The macro's name is taken out of Transform, so the result deploys without the macro.

    Problems go to standard error, each with file, line and column; then nothing is printed and nothing is written.
    """
    if output and template != "-" and Path(output).exists() and Path(output).samefile(template):
        raise click.UsageError("--output names the template itself, which would be lost.")
    processed = process(template, region, options)
    write(template_text(processed.expansion.template, format or processed.source.format), output)
