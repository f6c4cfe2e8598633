"""``explain``: what a declaration comes to, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from lambda_bedrock_profile.checking.places import written
from lambda_bedrock_profile.cli.console import show, table
from lambda_bedrock_profile.cli.explanation import STATEMENTS, costs, defaults, statements
from lambda_bedrock_profile.cli.options import FILE, Choices, environment_options, examples, region_option
from lambda_bedrock_profile.cli.processed import Processed, preview
from lambda_bedrock_profile.cli.write_yaml import yaml_text
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.stack.plan import Plan


@click.command(
    "explain", epilog=examples("explain template.yaml", "explain template.yaml Assistant --region ap-northeast-1")
)
@click.argument("template", type=FILE)
@click.argument("declaration", required=False)
@region_option
@environment_options
def command(template: str, declaration: str | None, region: str | None, choices: Choices) -> None:
    """Explain what a declaration comes to.

    For DECLARATION, or every one in TEMPLATE: which profile is taken and why, the Regions that data may go to, what is
    made, what the function may do and why it has to, what it costs to have, and what was decided by default.
    """
    (processed,) = preview([template], region, choices)
    plans = {plan.declaration.logical_id: plan for plan in processed.expansion.plans}
    if declaration is not None and declaration not in plans:
        near = nearest(declaration, plans)
        hint = f"Did you mean {near}?" if near else f"There are {', '.join(plans) or 'none'}."
        raise click.UsageError(f"The template has no declaration {declaration}. {hint}")
    if not plans:
        click.echo(f"{processed.source.name}: has no {TYPE}, so there is nothing to explain.", err=True)
    for logical_id in [declaration] if declaration else plans:
        for part in _parts(processed, plans[logical_id]):
            show(part)


def _parts(processed: Processed, plan: Plan) -> Iterator[Any]:
    """The explanation of one declaration, part by part."""
    source, expansion, route = processed.source, processed.expansion, plan.route
    logical_id = plan.declaration.logical_id
    at = source.position(("Resources", *written(source.template["Resources"], logical_id)))
    yield Text(f"{logical_id} in {processed.environment.region} ({source.name}:{at.line})", style="bold")
    yield ""
    yield f"  {plan.function_id} calls {plan.declaration.model_id}"
    if route.profile_id is None:
        yield f"  in {route.source} alone, without a system-defined inference profile: {route.reason}."
        yield f"  Data stays in {route.source}."
    else:
        yield f"  through {route.profile_id}: {route.reason}."
        where = "any commercial Region" if route.regionless else ", ".join(route.destinations)
        yield f"  Data may go to {where}."
    generated = expansion.generated[logical_id]
    yield from _section("What is made")
    rows = table("Logical id", "Type")
    for name in generated:
        rows.add_row(name, expansion.template["Resources"][name]["Type"])
    yield Padding(rows, (0, 0, 0, 2))
    if not plan.new_function:
        yield f"  {plan.function_id} is the template's own: it gets two environment variables and waits for the policy."
    yield from _section("What the function may do, and why")
    for statement in statements(expansion.template, plan):
        does, why = STATEMENTS[statement["Sid"]]
        yield f"  It may {does}:"
        yield f"  {why}."
        yield Padding(yaml_text(_essence(statement)).rstrip(), (0, 0, 0, 6))
    yield from _section("What it costs to have")
    for line in costs(expansion.template, generated):
        yield f"  {line}"
    yield from _section("What was decided by default")
    for name, came_to in defaults(plan):
        yield f"  {name}: {came_to}"
    yield ""


def _section(title: str) -> Iterator[Any]:
    yield ""
    yield Text(title, style="bold")


def _essence(statement: Any) -> dict[str, Any]:
    return {name: statement[name] for name in ("Action", "Resource", "Condition") if name in statement}
