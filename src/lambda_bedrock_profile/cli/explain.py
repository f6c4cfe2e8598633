"""``explain``: what a declaration comes to, in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any, Final

import click
from rich.padding import Padding
from rich.text import Text

from lambda_bedrock_profile import names
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.prices import BILLED, Prices
from lambda_bedrock_profile.bedrock.stages import Stage, check_end, stage
from lambda_bedrock_profile.checking.source_map import item_path
from lambda_bedrock_profile.cli.choices import Choices
from lambda_bedrock_profile.cli.console import harmless, prose, show, table
from lambda_bedrock_profile.cli.option_values import completed_declarations
from lambda_bedrock_profile.cli.options import (
    FILE,
    GroupedCommand,
    day_option,
    examples,
    expansion_options,
    region_option,
)
from lambda_bedrock_profile.cli.processed import Processed, preview, report
from lambda_bedrock_profile.cli.yaml_format import yaml_text
from lambda_bedrock_profile.declaration import TYPE, Declaration
from lambda_bedrock_profile.declaration.rules import OF_A_FUNCTION
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report, nearest
from lambda_bedrock_profile.stack.functions import DEFAULTS
from lambda_bedrock_profile.stack.logs import RETENTION
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.policy import attached_policy
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.walk import parts
from lambda_bedrock_profile.values import Expression, Json


@click.command(
    "explain",
    cls=GroupedCommand,
    epilog=examples("explain template.yaml", "explain template.yaml Assistant --region ap-northeast-1"),
)
@click.argument("template", type=FILE)
@click.argument("declaration", required=False, shell_complete=completed_declarations)
@region_option
@expansion_options
@day_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(template: str, declaration: str | None, region: str | None, day: str, form: str, choices: Choices) -> None:
    """Explain what a declaration comes to.

    For DECLARATION, or every one in TEMPLATE: which profile is taken and why, the Regions that data may go to, when the
    model ends, what is made, what the function may do and why it has to, what it costs, and what the defaults decided.
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
    wanted = [declaration] if declaration else list(grants)
    if form == "json":
        click.echo(json.dumps([_as_json(processed, grants[name], day) for name in wanted], indent=2))
        return
    for logical_id in wanted:
        for part in _parts(processed, grants[logical_id], day):
            show(part)


def _as_json(processed: Processed, grant: Grant, day: str) -> dict[str, Json]:
    """The explanation of one declaration as plain data."""
    route, resources = grant.route, processed.expansion.template["Resources"]
    generated = processed.expansion.generated[grant.logical_id]
    return {
        "declaration": grant.logical_id,
        "function": None if grant.function is None else grant.function.id,
        "role": grant.role.key,
        "model": route.model,
        "region": route.source,
        "profile": route.profile_id,
        "existing_profile": existing_profile(grant),
        "geography": route.geography,
        "destinations": list(route.destinations),
        "reason": route.reason,
        "on": day,
        "life_cycle": _stage(grant, day).as_json(),
        "price": Prices.bundled().quote(route).as_json(),
        "global_would_save": _saving(grant) or None,
        "billed": list(costs(processed.expansion.template, generated)),
        "resources": {name: resources[name]["Type"] for name in generated},
        "statements": list(statements(processed.expansion.template, grant)),
        "defaults": dict(defaults(grant)),
    }


def _parts(processed: Processed, grant: Grant, day: str) -> Iterator[Any]:
    """The explanation of one declaration, part by part."""
    source, expansion, route = processed.source, processed.expansion, grant.route
    logical_id = grant.declaration.logical_id
    at = source.position(("Resources", *item_path(source.template["Resources"], logical_id)))
    yield Text(f"{logical_id} in {processed.context.region} ({source.name}:{at.line})", style="bold")
    yield ""
    yield prose(f"{_caller(grant)} calls {grant.declaration.model_id}")
    if route.profile_id is None:
        yield prose(f"in {route.source} alone, without a system-defined inference profile: {route.reason}.")
        yield prose(f"Data stays in {route.source}.")
    else:
        yield prose(f"through {route.profile_id}: {route.reason}.")
        reach = "any commercial Region" if route.regionless else ", ".join(route.destinations)
        yield prose(f"Data may go to {reach}.")
    if (existing := existing_profile(grant)) is not None:
        yield prose(f"No profile is made: it is {existing}.")
    yield prose(f"{life_cycle(grant, day)}.")
    generated = expansion.generated[logical_id]
    yield from _section("What is made")
    rows = table("Logical id", "Type")
    for name in generated:
        rows.add_row(harmless(name), expansion.template["Resources"][name]["Type"])
    yield Padding(rows, (0, 0, 0, 2))
    if grant.function is None:
        yield prose(f"{_caller(grant)} gets the policy; there are no environment variables.")
    elif not grant.makes_function:
        moved = grant.network is not None and grant.network.moves
        yield prose(
            f"{grant.function.id} is the template's own: it gets two environment variables"
            + (", is moved into the VPC and waits for both policies." if moved else " and waits for the policy.")
        )
    yield from _section(f"What the {'role' if grant.function is None else 'function'} may do, and why")
    for statement in statements(expansion.template, grant):
        does, why = STATEMENTS[statement["Sid"]]
        yield prose(f"It may {'' if statement['Effect'] == 'Allow' else 'not '}{does}:")
        yield prose(f"{why}.")
        # Never wrapped, since it is there to be copied.
        yield indent(yaml_text(_essence(statement)).rstrip(), "      ")
    yield from _section("What it costs")
    for line in (*price(grant), *costs(expansion.template, generated)):
        yield prose(f"{line}.")
    yield from _section("What was decided by default")
    for name, came_to in defaults(grant):
        yield prose(f"{name}: {came_to}")
    yield ""


def _section(title: str) -> Iterator[Any]:
    yield ""
    yield Text(title, style="bold")


def _essence(statement: Expression) -> dict[str, Json]:
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
    "ApplyGuardrail": (
        "have its guardrail applied to a call",
        "a call that names a guardrail is authorized on it, and on its guardrail profile in each Region of that",
    ),
    "DecryptGuardrail": ("decrypt its guardrail", "the guardrail is encrypted with that key"),
    "DenyCallsWithoutGuardrail": (
        "use the model without this version of its guardrail",
        "Enforce is set; input tags can still leave a part of a prompt unchecked",
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
    "KeepNetworkInterfacesFromCode": (
        "make, remove or look at network interfaces in its own code",
        "calls of the code carry lambda:SourceFunctionArn, those of Lambda do not",
    ),
}
"""Sid → (what it lets the function do, why it is there)."""

FUNCTION_DEFAULTS: Final = {
    "Timeout": f"{DEFAULTS['Timeout']} seconds",
    "TracingConfig": f"{DEFAULTS['TracingConfig']['Mode'].lower()} tracing with X-Ray",
}
"""What a new function gets if the user does not say, by property."""

_NOTHING: Final = "A profile, a role and a VPC cost nothing by themselves"


def _caller(grant: Grant) -> str:
    """Who calls the model."""
    if grant.function is not None:
        return grant.function.id
    return f"The role {grant.role.key}" if grant.role.key.isalnum() else "The role in ExistingRole"


def existing_profile(grant: Grant) -> str | None:
    """Which profile that is there already is called, in words; None if the declaration makes one."""
    profile = grant.profile
    if grant.makes_profile:
        return None
    if profile.made:
        return f"the one that {profile.owner} makes"
    return f"{profile.id} of the template" if profile.id is not None else "one that the template has the ARN of"


def _stage(grant: Grant, day: str) -> Stage:
    """Where the model of ``grant`` is in its life cycle on that day."""
    route = grant.route
    return stage(Catalog.bundled(), route.model, route.source, route.geography, day)


def life_cycle(grant: Grant, day: str) -> str:
    """Where the model is in its life cycle on that day, and what to do if it ends."""
    at = _stage(grant, day)
    report = Report()
    check_end(at, "the model", report)
    return f"Life cycle on {day}: {at.words}" + "".join(f". {item.fix}" for item in report.all)


def price(grant: Grant) -> Iterator[str]:
    """What a call costs, as of a day, or why that is not known, and what global would save."""
    quote = Prices.bundled().quote(grant.route)
    notes = "".join(f"; {note}" for note in quote.notes)
    if quote.words:
        yield f"A call costs {quote.words}, as of {quote.as_of}{notes}"
    else:
        yield f"What a call costs is not known{notes}"
    if saving := _saving(grant):
        yield saving


def _saving(grant: Grant) -> str:
    route = grant.route
    return Prices.bundled().global_saving(route, Catalog.bundled().availability(route.model, route.source).listed)


def statements(processed: Mapping[str, Json], grant: Grant) -> Iterator[Mapping[str, Json]]:
    """Every policy statement that the expansion gives to the function's role."""
    resources = processed["Resources"]
    holders = names.ROLE if grant.makes_role else names.POLICY, names.DURABLE_POLICY, names.NETWORK_POLICY
    with_documents = [resources.get(grant.id(part)) for part in holders]
    # A policy that is shared has the statements of other declarations, too.
    for document in _documents([attached_policy(grant), *with_documents] if grant.shared_policy else with_documents):
        content = document["Statement"]
        for item in content if isinstance(content, list) else [content]:
            yield from (each for each in branches(item) if isinstance(each, dict) and each.get("Sid") in STATEMENTS)


def _documents(value: Expression) -> Iterator[Mapping[str, Json]]:
    """Every policy document below ``value``, in whatever branch."""
    for part in parts(value):
        document = part.get("PolicyDocument") if isinstance(part, dict) else None
        if isinstance(document, dict) and "Statement" in document:
            yield document


def costs(processed: Mapping[str, Json], generated: tuple[str, ...]) -> Iterator[str]:
    """What is billed, by what, and for which resources; without a figure, since it differs by Region and use."""
    resources = {logical_id: processed["Resources"][logical_id] for logical_id in generated}
    for kind, words in BILLED.items():
        if billed := [_with_zones(name, item) for name, item in resources.items() if _billed_as(item) == kind]:
            yield f"AWS bills {words}: {', '.join(billed)}"
    yield _NOTHING


def _billed_as(resource: Mapping[str, Json]) -> str | None:
    """The type of a resource; None for a gateway endpoint, which costs nothing."""
    gateway = resource.get("Properties", {}).get("VpcEndpointType") == "Gateway"
    return None if gateway else str(resource["Type"])


def _with_zones(logical_id: str, resource: Mapping[str, Json]) -> str:
    """The id of a resource, with the number of zones that an endpoint is in."""
    subnets = resource["Properties"].get("SubnetIds")
    if not isinstance(subnets, list):
        return logical_id
    return f"{logical_id} ({len(subnets)} zone{'' if len(subnets) == 1 else 's'})"


def defaults(grant: Grant) -> Iterator[tuple[str, str]]:
    """(property, what it came to) for everything that the user left open."""
    declaration = grant.declaration
    for name, definition in SCHEMA["properties"].items():
        if "default" not in definition or name in declaration.properties:
            continue
        if name in OF_THE_ROUTE and not (grant.makes_profile or grant.profile.stated):
            continue  # It follows from the profile.
        if name == "InterfaceEndpoints" and grant.network is None:
            continue
        if name in OF_A_FUNCTION and grant.function is None:
            continue
        default = _in_words(definition["default"])
        yield name, f"{default}, which came to {grant.route.geography or 'none'}" if default == "auto" else default
    makes_vpc = grant.network is not None and grant.network.new is not None
    asked = {"VpcProps": makes_vpc, "Monitoring": grant.monitoring, "Guardrail": grant.guardrail}
    for name, decision in asked.items():
        if decision:
            yield from _defaults_in(name, declaration)
    if grant.makes_function:
        for name, came_to in FUNCTION_DEFAULTS.items():
            if name not in grant.function_props:
                yield f"LambdaFunctionProps.{name}", came_to
        if grant.makes_log_group and "RetentionInDays" not in declaration.props("LogGroupProps"):
            yield "LogGroupProps.RetentionInDays", f"{RETENTION} days"
        if grant.makes_role:
            yield "LambdaFunctionProps.Role", "a role of its own"


def _defaults_in(name: str, declaration: Declaration) -> Iterator[tuple[str, str]]:
    """The same for the members of the property object ``name``."""
    for member, definition in SCHEMA["properties"][name]["properties"].items():
        if "default" in definition and member not in declaration.props(name).values:
            yield f"{name}.{member}", _in_words(definition["default"])


OF_THE_ROUTE: Final = ("Geography", "DeployCrossRegionProfile")


def _in_words(value: Expression) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
