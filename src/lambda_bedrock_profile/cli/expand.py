"""``expand``: the processed template, as CloudFormation would get it from the macro, for one Region or for several."""

from __future__ import annotations

from pathlib import Path

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import without_macro
from lambda_bedrock_profile.cli.choices import Choices, export_of, with_provider
from lambda_bedrock_profile.cli.option_values import region_names
from lambda_bedrock_profile.cli.options import (
    FILE,
    GroupedCommand,
    examples,
    expansion_options,
    output_option,
    region_option,
)
from lambda_bedrock_profile.cli.processed import added_by_macro, process, report
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.source import STANDARD_INPUT, Format, Source, one_line
from lambda_bedrock_profile.cli.write import template_text, write
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.values import Json


@click.command(
    "expand",
    cls=GroupedCommand,
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
@click.option("--as-macro", is_flag=True, help="With the provider of the macro's stack, which has to be deployed.")
@expansion_options
@output_option("Write to FILE instead of standard output.")
@click.option("--format", type=click.Choice(["yaml", "json"]), help="Format of the output.  [default: the input's]")
def command(
    template: str,
    region: str | None,
    regions: tuple[str, ...] | None,
    all_regions: bool,
    as_macro: bool,
    output: str | None,
    format: Format | None,
    choices: Choices,
) -> None:
    """Print the processed template.

    Reads TEMPLATE, YAML or JSON, from a file or from standard input (-), and expands its declarations as the macro
    would. The macro's name is taken out of Transform, so the result deploys without the macro.

    The macro's stack has a provider, which closes the default security group of a new VPC. Without a provider that is
    left out, and a line says so. With --as-macro the result is what the macro makes, and imports the provider.

    With --regions or --all-regions, one processed template serves several Regions: what differs is in its Mappings.

    Problems go to standard error, each with file, line and column; then nothing is printed and nothing is written.
    """
    if sum(map(bool, (region, regions, all_regions))) > 1:
        raise click.UsageError("Use one of --region, --regions and --all-regions.")
    if as_macro and not choices.provider_arn:
        choices = choices._replace(provider_export=choices.provider_export or export_of(choices.macro_name))
    _check_output(template, output, choices.purpose)
    if regions or all_regions:
        source, result, added = process_several(template, regions, choices)
    else:
        processed = process(template, region, choices)
        source, result = processed.source, dict(processed.expansion.template)
        added = added_by_macro(source, processed.context, processed.expansion, choices.macro_name)
    write(template_text(result, format or source.format), output)
    if added:
        what = f"the macro adds {', '.join(added)}, which needs its provider; add it with --as-macro"
        click.echo(one_line(f"{source.name}: {what}."), err=True)


def _check_output(template: str, output: str | None, purpose: str) -> None:
    """Raise UsageError if the result would destroy the template, or lead its paths astray."""
    if output is None or template == STANDARD_INPUT:
        return
    target = Path(output)
    if target.exists() and Path(template).exists() and target.samefile(template):
        raise click.UsageError("--output names the template itself, which would be lost.")
    if purpose == "sam" and target.resolve().parent != Path(template).resolve().parent:
        raise click.UsageError("--output has to be beside the template, since paths to code are relative to it.")


def process_several(
    template: str, regions: tuple[str, ...] | None, choices: Choices
) -> tuple[Source, dict[str, Json], list[str]]:
    """(template, expansion, resources that only the macro adds) of the file ``template``.

    It is expanded for ``regions``, or for every Region that there is an expansion for.

    Raises ReadError and UsageError for what cannot be used. Problems are printed, and end the program with 1.
    """
    from lambda_bedrock_profile.cli.regional import regional

    source = read(template)
    tried = regions or Catalog.bundled().regions
    contexts = {region: choices.context(region, source.template) for region in tried}
    results = {region: _expand(source, context, choices.macro_name) for region, context in contexts.items()}
    expansions = {region: result for region, result in results.items() if isinstance(result, Expansion)}
    refusals = {region: result.problems for region, result in results.items() if isinstance(result, TemplateError)}
    regions_of_problem: dict[Diagnostic, list[str]] = {}
    for region, problems in refusals.items():
        for problem in dict.fromkeys(problems):
            regions_of_problem.setdefault(problem, []).append(region)
    notes = {problem: here for problem, here in regions_of_problem.items() if len(here) < len(tried)}
    # If no Region is named, a problem of some is nothing that a template in order had to fix.
    if (
        everywhere := list(regions_of_problem)
        if regions
        else [problem for problem in regions_of_problem if problem not in notes]
    ):
        report(everywhere, source, notes)
        raise click.exceptions.Exit(1)
    if refusals:
        reasons: dict[str, list[str]] = {}
        for region in refusals:
            reasons.setdefault(_reason(source, contexts[region], choices.macro_name), []).append(region)
        left_out = "; ".join(f"{', '.join(here)} ({reason})" for reason, here in reasons.items())
        click.echo(f"{source.name}: left out: {left_out}.", err=True)
    try:
        if not expansions:
            # One for each place: the others differ in the Region that they name.
            raise TemplateError({problem.where: problem for problem in reversed(regions_of_problem)}.values())
        result = regional(expansions)
    except TemplateError as error:
        report(error.problems, source, notes)
        raise click.exceptions.Exit(1) from error
    region, expansion = next(iter(expansions.items()))
    return source, result, added_by_macro(source, contexts[region], expansion, choices.macro_name)


def _expand(source: Source, context: StackContext, macro: str) -> Expansion | TemplateError:
    try:
        return expand(without_macro(source.template, macro), context, Catalog.bundled())
    except TemplateError as error:
        return error


def _reason(source: Source, context: StackContext, macro: str) -> str:
    """Why there is no expansion in a Region, in a few words."""
    result = _expand(source, with_provider(context, macro), macro)
    if isinstance(result, Expansion):
        return "the provider is needed: name it with --provider-export"
    if all(problem.rule == "route" for problem in result.problems):
        return "no route to the model"
    return "expand --region says why"
