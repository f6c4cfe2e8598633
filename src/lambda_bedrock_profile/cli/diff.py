"""``diff``: what the expansion adds, or what a new version changes, resource by resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

import click
from rich.padding import Padding
from rich.text import Text

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.checking.deployment import without_macro
from lambda_bedrock_profile.cli.aws import cloudformation, described_stack, reading
from lambda_bedrock_profile.cli.changes import (
    MISSING,
    Change,
    changes,
    check_collisions,
    price_change,
    refused,
    replacing,
)
from lambda_bedrock_profile.cli.choices import Choices, region_or_default
from lambda_bedrock_profile.cli.console import show
from lambda_bedrock_profile.cli.options import FILE, GroupedCommand, examples, expansion_options, region_option
from lambda_bedrock_profile.cli.processed import DeployedStack, Processed, preview, report
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.cli.source import one_line
from lambda_bedrock_profile.cli.yaml_format import yaml_text
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import Path, Report
from lambda_bedrock_profile.stack.link_profiles import NATIVE_TYPE
from lambda_bedrock_profile.values import Expression, Json

_STYLES = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}

_SHARED = {
    "added": "shared by declarations, since the inline policies of their role would be longer than IAM allows",
    "removed": "its permissions move to other policies, which are there before it is deleted",
}
"""What is said of a managed policy in the place of inline ones, by the kind of change."""


@click.command(
    "diff",
    cls=GroupedCommand,
    epilog=examples(
        "diff template.yaml",
        "diff template.yaml --against deployed.yaml --summary",
        "diff template.yaml --stack assistant --region us-east-1 --exit-code",
        "diff template.yaml --against deployed.yaml --format json",
    ),
)
@click.argument("template", type=FILE)
@click.option("--against", type=FILE, metavar="FILE", help="An earlier version of the template, which is expanded too.")
@click.option(
    "--stack", metavar="NAME", help="A deployed stack, whose processed template and parameter values are read."
)
@region_option
@expansion_options
@click.option("--summary", is_flag=True, help="Names only, without what is in them.")
@click.option("--exit-code", is_flag=True, help="End with 1 if there is a difference.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    template: str,
    against: str | None,
    stack: str | None,
    region: str | None,
    summary: bool,
    exit_code: bool,
    form: str,
    choices: Choices,
) -> None:
    """Show what the expansion adds, or what a new version changes.

    Without an option, what the expansion of TEMPLATE adds to it or changes in it. With --against or --stack, what the
    processed template changes in an earlier one. A resource that CloudFormation would replace is marked: a replaced
    inference profile has a new ARN.
    """
    if against and stack:
        raise click.UsageError("--against and --stack are two ways to name one thing: use one of them.")
    deployed = _deployed(stack, region_or_default(region)) if stack else None
    new, *earlier = preview([template, against] if against else [template], region, choices, deployed)
    if deployed:
        old = deployed.template
    else:
        old = (
            earlier[0].expansion.template if earlier else _without_declarations(new.source.template, choices.macro_name)
        )
    differences = changes(old, new.expansion.template)
    if deployed and (others := without_macro(new.source.template, choices.macro_name).get("Transform")):
        differences = [change for change in differences if _is_of_declaration(change, new)]
        what = f"{json.dumps(others)} makes the rest of the stack, so only what declarations make is compared"
        click.echo(one_line(f"{new.source.name}: {what}."), err=True)
    here = new.context.region
    warnings = Report()
    check_collisions(differences, new.expansion.generated, here, warnings)
    report((*new.expansion.remarks, *warnings.all), new.source)
    if form == "json":
        click.echo(json.dumps([_as_json(change, here, summary) for change in differences], indent=2))
    for change in differences if form == "text" else ():
        head, *lines = _lines(change, here, summary)
        # On a terminal a head and a price are wrapped between words, and what could be copied is not.
        show(Padding(head, 0), *lines)
    if differences and exit_code:
        raise click.exceptions.Exit(1)


def _is_of_declaration(change: Change, new: Processed) -> bool:
    """Whether ``change`` is in what the declarations of ``new`` make, or has an id that starts with one of theirs."""
    generated = new.expansion.generated
    if change.section != "Resources":
        return False
    if change.kind == "removed":
        return change.name.startswith(tuple(generated))
    return any(change.name in names for names in generated.values())


def _without_declarations(template: Mapping[str, Json], macro: str) -> Mapping[str, Json]:
    """The template without its declarations, which are no resources yet."""
    resources = template["Resources"].items()
    kept = {name: item for name, item in resources if not (isinstance(item, Mapping) and item.get("Type") == TYPE)}
    return {**without_macro(template, macro), "Resources": kept}


def _as_json(change: Change, region: str, summary: bool) -> dict[str, Json]:
    """One change as plain data, without a ``summary`` with its content; a value that is missing has no key."""
    result: dict[str, Json] = {
        "section": change.section,
        "name": change.name,
        "type": change.type or None,
        "change": change.kind,
        "replaced_because_of": replacing(change, region),
        "refused": refused(change),
        "price": list(price_change(change, region)),
    }
    if summary:
        return result
    if change.kind != "changed":
        return {**result, "item": change.item}
    values = [(detail.path, {"old": detail.old, "new": detail.new}) for detail in change.details]
    return {
        **result,
        "details": [
            {"path": list(path), **{side: value for side, value in sides.items() if value is not MISSING}}
            for path, sides in values
        ],
    }


def _lines(change: Change, region: str, summary: bool) -> Iterator[Text | Padding]:
    """The lines of one change: its head, what it does to the price, and without a ``summary`` its content."""
    replaced = replacing(change, region)
    sign, style = _STYLES[change.kind]
    name = change.name if change.section == "Resources" else f"{change.section}.{change.name}"
    head = Text(f"{sign} {one_line(name)}", style=f"bold {style}")
    head.append(f"  {one_line(change.type)}" if change.type else "")
    if replaced:
        arn = ", with a new ARN" if change.type in (NATIVE_TYPE, custom_types.INFERENCE_PROFILE) else ""
        head.append(f"  replaced{arn}: {', '.join(replaced)} changed", style="bold red")
    if refused(change):
        what = "CloudFormation refuses the update, unless the old and the new ServiceToken come to the same function"
        head.append(f"  {what}", style="bold red")
    if change.section == "Resources" and change.kind in _SHARED and names.is_shared_policy(change.name):
        head.append(f"  {_SHARED[change.kind]}", style="bold")
    yield head
    for line in price_change(change, region):
        yield Padding(Text(line), (0, 0, 0, 4))
    if summary:
        return
    if change.kind != "changed":
        for line in yaml_text(change.item).splitlines():
            yield Text(f"{sign}   {line}", style=style)
        return
    for place, details in groupby(change.details, lambda detail: detail.path[:-1]):
        if place:
            yield Text(one_line(f"    {'.'.join(str(step) for step in place)}"))
        for detail in details:
            for value, mark, colour in ((detail.old, "-", "red"), (detail.new, "+", "green")):
                if value is not MISSING:
                    yield from (Text(f"{mark}     {line}", style=colour) for line in _yaml(detail.path[-1:], value))


def _yaml(step: Path, value: Expression) -> list[str]:
    """``value`` as the lines of a member of a map, of an item of a list, or of a whole for an empty ``step``."""
    (name,) = step or (None,)
    if name is None and not isinstance(value, dict | list):
        return [json.dumps(value, ensure_ascii=False)]
    whole = value if name is None else {name: value} if isinstance(name, str) else [value]
    return yaml_text(whole).splitlines()


MASKED: Final = "****"
"""What CloudFormation shows for the value of a NoEcho parameter."""


def _deployed(name: str, region: str) -> DeployedStack:
    """The stack ``name`` as it is deployed.

    Needs ``cloudformation:GetTemplate`` and ``cloudformation:DescribeStacks``. Raises ReadError if AWS does not
    answer, or has no such stack.
    """
    with reading(f"stack {name}", f"Name a stack in {region}, and have credentials that may read it"):
        # A template in JSON arrives as a map, one in YAML as text.
        body: Expression = cloudformation(region).get_template(StackName=name, TemplateStage="Processed")[
            "TemplateBody"
        ]
    stack = described_stack(name, region)
    text = body if isinstance(body, str) else json.dumps(body)
    template = parse(text, f"stack {name}").template
    values = {
        parameter["ParameterKey"]: parameter.get("ResolvedValue", parameter.get("ParameterValue", MASKED))
        for parameter in stack.get("Parameters", ())
    }
    return DeployedStack(template, {key: value for key, value in values.items() if value != MASKED})
