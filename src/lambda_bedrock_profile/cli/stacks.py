"""``stacks``: the deployed stacks that use the macro, by version, and which of their models end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.stages import Stage, check_end, stage
from lambda_bedrock_profile.checking.deployment import MACRO
from lambda_bedrock_profile.cli.aws import cloudformation, reading
from lambda_bedrock_profile.cli.changes import source_of
from lambda_bedrock_profile.cli.choices import region_or_default
from lambda_bedrock_profile.cli.console import harmless, show, table
from lambda_bedrock_profile.cli.option_values import macro_name
from lambda_bedrock_profile.cli.options import day_option, examples, fail_before_option, regions_option
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import METADATA
from lambda_bedrock_profile.stack.link_profiles import PROFILE_TYPES
from lambda_bedrock_profile.template.intrinsics import Scope, known
from lambda_bedrock_profile.template.resources import of_type
from lambda_bedrock_profile.values import Expression, Json

UNKNOWN: Final = "not recorded"
"""The version of a processed template that names none, as those of 0.1.0."""


@dataclass(frozen=True, slots=True)
class UsedModel:
    """The model of one profile of a stack: the profile's logical id, and where the model is in its life cycle.

    ``model`` is empty if only deployment knew it.
    """

    profile: str
    model: str = ""
    geography: str | None = None
    at: Stage | None = None


@dataclass(frozen=True, slots=True)
class UsingStack:
    """A deployed stack that uses the macro, with the version and the catalog of its last expansion."""

    region: str
    name: str
    version: str
    catalog: str
    models: tuple[UsedModel, ...]


@click.command(
    "stacks",
    epilog=examples(
        "stacks --region eu-central-1",
        "stacks --region us-east-1 --region eu-central-1 --fail-before 2027-06-01",
        "stacks --format json",
    ),
)
@regions_option("to look in; repeat for more.  [default: the one of the AWS settings]")
@click.option("--macro-name", type=macro_name, metavar="NAME", default=MACRO, show_default=True, help="In Transform.")
@day_option
@fail_before_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(regions: tuple[str, ...], macro_name: str, day: str, fail_before: str, form: str) -> None:
    """List the deployed stacks that use the macro, by version.

    Each with the version of the macro and the date of the catalog of its last update that sent the template, and for
    each profile its model and when that ends. A stack counts if its Transform names the macro, or if its template was
    made by expand.

    Needs cloudformation:DescribeStacks, GetTemplateSummary and GetTemplate.

    Exit code 1 if a model has ended, or ends before the day that --fail-before names.
    """
    users = sorted(
        (each for region in regions or (region_or_default(None),) for each in using_stacks(region, macro_name, day)),
        key=lambda each: (each.version != UNKNOWN, each.version, each.catalog, each.region, each.name),
    )
    if form == "json":
        click.echo(json.dumps([_as_json(each) for each in users], indent=2))
    elif users:
        show(_table(users))
    else:
        click.echo("No stack uses the macro.", err=True)
    models = [model for each in users for model in each.models]
    if any(_is_error(model, fail_before) for model in models):
        raise click.exceptions.Exit(1)


def using_stacks(region: str, macro: str, day: str) -> Iterator[UsingStack]:
    """The stacks in ``region`` that use the macro; only their models are judged by ``day``. Raises ReadError."""
    with reading(f"stacks in {region}", "Have credentials that may read stacks there"):
        client = cloudformation(region)
        for page in client.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                name = stack["StackName"]
                if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
                    continue  # It has no template yet.
                summary = client.get_template_summary(StackName=name)
                if _uses(summary, macro):
                    body = client.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
                    yield _using(stack, body, region, day)


def _uses(summary: Mapping[str, Json], macro: str) -> bool:
    return macro in summary.get("DeclaredTransforms", ()) or f'"{METADATA}"' in summary.get("Metadata", "")


def _using(stack: Mapping[str, Json], body: Expression, region: str, day: str) -> UsingStack:
    """What the processed template ``body`` of ``stack`` says; it is a text, or a map if it is JSON."""
    template = parse(body if isinstance(body, str) else json.dumps(body), f"stack {stack['StackName']}").template
    metadata = template.get("Metadata")
    ours = metadata.get(METADATA) if isinstance(metadata, dict) else None
    version, catalog = (ours.get(name, "") if isinstance(ours, dict) else "" for name in ("Version", "Catalog"))
    values = {each["ParameterKey"]: each.get("ParameterValue") for each in stack.get("Parameters", ())}
    scope = StackContext(region, stack["StackId"].split(":")[4], values).scope(template)
    return UsingStack(region, stack["StackName"], version or UNKNOWN, catalog, tuple(_models(template, scope, day)))


def _models(template: Mapping[str, Json], scope: Scope, day: str) -> Iterator[UsedModel]:
    for kind in PROFILE_TYPES:
        for logical_id, props in of_type(template["Resources"], kind):
            source = props.get("ModelSource")
            model_and_geography = source_of(known(source.get("CopyFrom"), scope)) if isinstance(source, dict) else None
            if model_and_geography is None:
                yield UsedModel(logical_id)
                continue
            model, geography = model_and_geography
            at = stage(Catalog.bundled(), model, scope.pseudo["AWS::Region"], geography, day)
            yield UsedModel(logical_id, model, geography, at)


def _is_error(model: UsedModel, fail_before: str) -> bool:
    report = Report()
    if model.at is not None:
        check_end(model.at, model.model, report, fail_before)
    return bool(report.errors)


def _table(users: Sequence[UsingStack]) -> Any:
    rows = table("Version", "Catalog", "Region", "Stack", "Model", "Life cycle")
    for each in users:
        head = (each.version, each.catalog, each.region, harmless(each.name))
        for model in each.models or (UsedModel(""),):
            words = model.at.words if model.at is not None else ""
            name = model.model or ("known to deployment only" if model.profile else "")
            rows.add_row(*head, name, words)
    return rows


def _as_json(each: UsingStack) -> dict[str, Json]:
    models = [
        {
            "profile": model.profile,
            "model": model.model or None,
            "geography": model.geography,
            "life_cycle": model.at.as_json() if model.at is not None else None,
        }
        for model in each.models
    ]
    return {
        "region": each.region,
        "stack": each.name,
        "version": None if each.version == UNKNOWN else each.version,
        "catalog": each.catalog or None,
        "models": models,
    }
