"""``expand``: the processed template, as CloudFormation would get it from the macro."""

from __future__ import annotations

from pathlib import Path

import click

from lambda_bedrock_profile.cli.options import (
    FILE,
    Choices,
    environment_options,
    examples,
    output_option,
    region_names,
    region_option,
)
from lambda_bedrock_profile.cli.processed import process
from lambda_bedrock_profile.cli.read import STANDARD_INPUT
from lambda_bedrock_profile.cli.source import Format
from lambda_bedrock_profile.cli.write import template_text, write


@click.command(
    "expand",
    epilog=examples(
        "expand template.yaml --region eu-central-1",
        "expand template.yaml --parameter Model=amazon.nova-lite-v1:0 --output processed.yaml",
        "expand template.yaml --regions us-east-1,eu-central-1 > everywhere.yaml",
        "expand template.yaml --for sam --output built.yaml && sam build --template built.yaml",
    ),
)
@click.argument("template", type=FILE)
@region_option
@click.option("--regions", type=region_names, metavar="A,B", help="Regions of one template for several, as a,b.")
@click.option("--all-regions", is_flag=True, help="One template for every Region that it can be expanded for.")
@environment_options
@output_option("Write to FILE instead of standard output.")
@click.option("--format", type=click.Choice(["yaml", "json"]), help="Format of the output.  [default: the input's]")
def command(
    template: str,
    region: str | None,
    regions: tuple[str, ...] | None,
    all_regions: bool,
    output: str | None,
    format: Format | None,
    choices: Choices,
) -> None:
    """Print the processed template.

    Reads TEMPLATE, YAML or JSON, from a file or from standard input (-), and expands its declarations as the macro
    would. The macro's name is taken out of Transform, so the result deploys without the macro.

    With --regions or --all-regions, one processed template serves several Regions: what differs is in its Mappings.

    Problems go to standard error, each with file, line and column; then nothing is printed and nothing is written.
    """
    if sum(map(bool, (region, regions, all_regions))) > 1:
        raise click.UsageError("Use one of --region, --regions and --all-regions.")
    _check_output(template, output, choices.purpose)
    if regions or all_regions:
        from lambda_bedrock_profile.cli.several import process_several

        source, result = process_several(template, regions, choices)
    else:
        processed = process(template, region, choices)
        source, result = processed.source, dict(processed.expansion.template)
    write(template_text(result, format or source.format), output)


def _check_output(template: str, output: str | None, purpose: str) -> None:
    """Raise UsageError where the result would destroy the template, or lead its paths astray."""
    if output is None or template == STANDARD_INPUT:
        return
    target = Path(output)
    if target.exists() and Path(template).exists() and target.samefile(template):
        raise click.UsageError("--output names the template itself, which would be lost.")
    if purpose == "sam" and target.resolve().parent != Path(template).resolve().parent:
        raise click.UsageError("--output has to be beside the template, since paths to code are relative to it.")
