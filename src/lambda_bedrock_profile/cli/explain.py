"""``explain``: what a declaration comes to, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any, Final

import click
from rich.padding import Padding
from rich.text import Text

from lambda_bedrock_profile import names
from lambda_bedrock_profile.checking.source_map import written
from lambda_bedrock_profile.cli.console import harmless, prose, show, table
from lambda_bedrock_profile.cli.options import (
    FILE,
    Choices,
    completed_declarations,
    environment_options,
    examples,
    region_option,
)
from lambda_bedrock_profile.cli.processed import Processed, preview, report
from lambda_bedrock_profile.cli.yaml_format import yaml_text
from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.stack.functions import DEFAULTS
from lambda_bedrock_profile.stack.logs import RETENTION
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.branches import branches


@click.command(
    "explain", epilog=examples("explain template.yaml", "explain template.yaml Assistant --region ap-northeast-1")
)
@click.argument("template", type=FILE)
@click.argument("declaration", required=False, shell_complete=completed_declarations)
@region_option
@environment_options
def command(template: str, declaration: str | None, region: str | None, choices: Choices) -> None:
    """Explain what a declaration comes to.

    For DECLARATION, or every one in TEMPLATE: which profile is taken and why, the Regions that data may go to, what is
    made, what the function may do and why it has to, what it costs to have, and what was decided by default.
    """
    (processed,) = preview([template], region, choices)
    report(processed.expansion.remarks, processed.source)
    grants = {grant.declaration.logical_id: grant for grant in processed.expansion.grants}
    if declaration is not None and declaration not in grants:
        near = nearest(declaration, grants)
        hint = f"Did you mean {near}?" if near else f"There are {', '.join(grants) or 'none'}."
        raise click.UsageError(f"The template has no declaration {declaration}. {hint}")
    if not grants:
        click.echo(f"{processed.source.name}: has no {TYPE}, so there is nothing to explain.", err=True)
    for logical_id in [declaration] if declaration else grants:
        for part in _parts(processed, grants[logical_id]):
            show(part)


def _parts(processed: Processed, grant: Grant) -> Iterator[Any]:
    """The explanation of one declaration, part by part."""
    source, expansion, route = processed.source, processed.expansion, grant.route
    logical_id = grant.declaration.logical_id
    at = source.position(("Resources", *written(source.template["Resources"], logical_id)))
    yield Text(f"{logical_id} in {processed.environment.region} ({source.name}:{at.line})", style="bold")
    yield ""
    yield prose(f"{grant.function.id} calls {grant.declaration.model_id}")
    if route.profile_id is None:
        yield prose(f"in {route.source} alone, without a system-defined inference profile: {route.reason}.")
        yield prose(f"Data stays in {route.source}.")
    else:
        yield prose(f"through {route.profile_id}: {route.reason}.")
        where = "any commercial Region" if route.regionless else ", ".join(route.destinations)
        yield prose(f"Data may go to {where}.")
    generated = expansion.generated[logical_id]
    yield from _section("What is made")
    rows = table("Logical id", "Type")
    for name in generated:
        rows.add_row(harmless(name), expansion.template["Resources"][name]["Type"])
    yield Padding(rows, (0, 0, 0, 2))
    if not grant.makes_function:
        moved = grant.network is not None and grant.network.moves
        yield prose(
            f"{grant.function.id} is the template's own: it gets two environment variables"
            + (", is moved into the VPC and waits for both policies." if moved else " and waits for the policy.")
        )
    yield from _section("What the function may do, and why")
    for statement in statements(expansion.template, grant):
        does, why = STATEMENTS[statement["Sid"]]
        yield prose(f"It may {does}:")
        yield prose(f"{why}.")
        # Never wrapped, since it is there to be copied.
        yield indent(yaml_text(_essence(statement)).rstrip(), "      ")
    yield from _section("What it costs to have")
    for line in costs(expansion.template, generated):
        yield prose(line)
    yield from _section("What was decided by default")
    for name, came_to in defaults(grant):
        yield prose(f"{name}: {came_to}")
    yield ""


def _section(title: str) -> Iterator[Any]:
    yield ""
    yield Text(title, style="bold")


def _essence(statement: Any) -> dict[str, Any]:
    return {name: statement[name] for name in ("Action", "Resource", "Condition") if name in statement}


STATEMENTS: Final = {
    "InvokeInferenceProfile": (
        "call and look up its own inference profile, in the default project of the account",
        "the profile carries the tags that its cost is attributed by; Bedrock authorizes a call on the project, too; "
        "SDKs find the model behind the profile's ARN",
    ),
    "InvokeModelThroughInferenceProfile": (
        "use the model in the Region it is called from and in every Region of the profile, through the profile only",
        "Bedrock authorizes the model in each of them; a call of the bare model, past the tags, is denied",
    ),
    "WriteLogs": (
        "write to its own log group",
        "a function without logs cannot be looked into; no other group is open",
    ),
    "SendTraces": ("send traces to X-Ray", "tracing is on; X-Ray has no resource that could be named"),
    "MountFileSystem": ("mount its file system and write to it", "FileSystemConfigs names the access point"),
    "SendDeadLetters": ("send failed events to its dead-letter target", "DeadLetterConfig names it"),
    "KeepDurableExecutions": (
        "keep and read the checkpoints of its durable executions",
        "DurableConfig is set; the policy comes after the function, so a first durable step may be denied for seconds",
    ),
    "FindNetworkInterfaces": ("look at network interfaces and subnets", "Lambda needs it in a VPC, on all resources"),
    "ManageNetworkInterfaces": ("make and remove its network interfaces", "Lambda needs it in a VPC"),
}
"""Sid → (what it lets the function do, why it is there)."""

FUNCTION_DEFAULTS: Final = {
    "Timeout": f"{DEFAULTS['Timeout']} seconds",
    "TracingConfig": f"{DEFAULTS['TracingConfig']['Mode'].lower()} tracing with X-Ray",
}
"""What a new function gets where the user does not say, by property."""

_BY_USE: Final = (
    "Everything else is billed by use: the model at the price of the Region it is called from, the function by "
    "requests and time. A profile, a role and a VPC cost nothing by themselves"
)


def statements(processed: Mapping[str, Any], grant: Grant) -> Iterator[Mapping[str, Any]]:
    """Every policy statement that the expansion gives to the function's role."""
    resources = processed["Resources"]
    holders = names.ROLE if grant.makes_role else names.POLICY, names.DURABLE_POLICY
    for document in _documents([resources.get(grant.id(part)) for part in holders]):
        written = document["Statement"]
        for item in written if isinstance(written, list) else [written]:
            yield from (found for found in branches(item) if isinstance(found, dict) and found.get("Sid") in STATEMENTS)


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every policy document below ``value``, in whatever branch."""
    if isinstance(value, Mapping):
        if isinstance(value.get("PolicyDocument"), Mapping) and "Statement" in value["PolicyDocument"]:
            yield value["PolicyDocument"]
            return
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _documents(item)


def costs(processed: Mapping[str, Any], generated: tuple[str, ...]) -> Iterator[str]:
    """What is billed although nothing is called, and what is billed by use.

    Sources: AWS PrivateLink pricing, Amazon CloudWatch pricing, Amazon Bedrock User Guide, "Cross-Region inference".
    """
    for logical_id in generated:
        resource = processed["Resources"][logical_id]
        kind = resource["Type"]
        if kind == "AWS::EC2::VPCEndpoint":
            subnets = resource["Properties"].get("SubnetIds")
            zones = f"{len(subnets)} zones" if isinstance(subnets, list) else "each zone of its subnets"
            yield f"{logical_id}: an interface endpoint is billed by the hour in {zones}, and by GB, used or not"
        elif kind == "AWS::Logs::LogGroup":
            yield f"{logical_id}: logs are billed by GB written, and by GB and month kept"
    yield _BY_USE


def defaults(grant: Grant) -> Iterator[tuple[str, str]]:
    """(property, what it came to) for everything that the user left open."""
    declaration = grant.declaration
    for name, definition in SCHEMA["properties"].items():
        if "default" not in definition or name in declaration.properties:
            continue
        if name == "InterfaceEndpoints" and grant.network is None:
            continue
        shown = _shown(definition["default"])
        yield name, f"{shown}, which came to {grant.route.geography or 'none'}" if shown == "auto" else shown
    if grant.network is not None and grant.network.new is not None:
        for name, definition in SCHEMA["properties"]["VpcProps"]["properties"].items():
            if "default" in definition and name not in declaration.props("VpcProps"):
                yield f"VpcProps.{name}", _shown(definition["default"])
    if grant.makes_function:
        for name, came_to in FUNCTION_DEFAULTS.items():
            if name not in grant.function_props:
                yield f"LambdaFunctionProps.{name}", came_to
        if grant.makes_log_group and "RetentionInDays" not in declaration.props("LogGroupProps"):
            yield "LogGroupProps.RetentionInDays", f"{RETENTION} days"
        if grant.makes_role:
            yield "LambdaFunctionProps.Role", "a role of its own"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
