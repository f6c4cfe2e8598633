"""``adopt``: the declarations that take over from calls of Bedrock by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import indent
from typing import Any, Final

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.adoption import Adoption, Removal, adopt
from lambda_bedrock_profile.checking.deployment import without_macro
from lambda_bedrock_profile.checking.permission_changes import Permission
from lambda_bedrock_profile.checking.takeover import Wishes
from lambda_bedrock_profile.cli.choices import Choices, region_or_default, with_provider
from lambda_bedrock_profile.cli.options import (
    FILE,
    GroupedCommand,
    day_option,
    examples,
    expansion_options,
    region_option,
)
from lambda_bedrock_profile.cli.processed import report
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.source import Source, one_line
from lambda_bedrock_profile.cli.yaml_format import yaml_text
from lambda_bedrock_profile.diagnostics import TemplateError, nearest, sentences
from lambda_bedrock_profile.template.loops import is_loop
from lambda_bedrock_profile.values import Json

OF_A_PROFILE: Final = "bedrock:InferenceProfileArn is "
_MOST_LINES: Final = 8
"""How many permissions of one kind are listed in the comments; --format json has all."""


@dataclass(frozen=True, slots=True)
class _Adopted:
    """A template, and what takes over in it."""

    source: Source
    transform: Sequence[Any]
    adoptions: Sequence[Adoption]


def _completed(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The models of the catalog, behind the function if one is there already."""
    function, equals, start = incomplete.rpartition("=")
    return [f"{function}{equals}{model}" for model in Catalog.bundled().models if model.startswith(start)]


@click.command(
    "adopt",
    cls=GroupedCommand,
    epilog=examples(
        "adopt template.yaml --region us-east-1",
        "adopt template.yaml --model amazon.nova-lite-v1:0",
        "adopt template.yaml --model Chat=us.amazon.nova-lite-v1:0 --format json",
    ),
)
@click.argument("template", type=FILE)
@region_option
@expansion_options
@click.option(
    "--model",
    "models",
    metavar="[ID=]MODEL",
    multiple=True,
    shell_complete=_completed,
    help="Model that the function or role ID calls, or that each calls for which the template shows none that can be "
    "called. The id of an inference profile names its geography. Repeat for more.",
)
@day_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(template: str, region: str | None, models: tuple[str, ...], day: str, form: str, choices: Choices) -> None:
    """Print the declarations that take over from calls of Bedrock by hand.

    For each function of TEMPLATE whose role may invoke models, and each such role of no function: a declaration for
    every model that its variables and policies name, what to remove from the template, and which permissions disappear
    or appear. The declarations are YAML to be added to the template, with the rest as comments. No file is written.

    Exit code 1 if a function or role gets no declaration for a model that it calls.
    """
    source = read(template)
    context = with_provider(choices.context(region_or_default(region), source.template), choices.macro_name)
    plain = without_macro(source.template, choices.macro_name)
    try:
        adoptions, _ = adopt(plain, context, Catalog.bundled(), _wishes(models, source, day))
    except TemplateError as error:
        report(error.problems, source)
        raise click.exceptions.Exit(1) from error
    adopted = _Adopted(source, _transform(source.template, choices.macro_name), adoptions)
    if form == "json":
        click.echo(json.dumps(_as_json(adopted), indent=2))
    else:
        for line in _lines(adopted):
            click.echo(line)
    for name in _loops(source.template):
        click.echo(f"{one_line(source.name)}: {one_line(name)} is not looked into: it is a loop.", err=True)
    if not adoptions:
        click.echo(f"{one_line(source.name)}: nothing calls Bedrock without a declaration.", err=True)
    if any(item.obstacles for item in adoptions):
        raise click.exceptions.Exit(1)


def _wishes(models: Iterable[str], source: Source, day: str) -> Wishes:
    """The models on the command line. Raises UsageError for an id that is none, and for a second model."""
    named: dict[str, str] = {}
    for text in models:
        function, equals, model = text.partition("=") if "=" in text else ("", "", text)
        if equals and function not in source.template["Resources"]:
            near = nearest(function, source.template["Resources"])
            hint = f" Did you mean {near}?" if near else ""
            raise click.UsageError(f"The template has no resource {function}.{hint}")
        if named.setdefault(function, model) != model:
            raise click.UsageError(f"--model names two models for {function or 'everything'}. Name one of them.")
    otherwise = named.pop("", "")
    return Wishes(named, otherwise, day)


def _loops(template: Mapping[str, Json]) -> list[str]:
    """The loops of the template that have to do with Bedrock: what they make is not there before they are expanded."""
    resources = template["Resources"]
    return [name for name in resources if is_loop(name) and "bedrock:" in json.dumps(resources[name], default=str)]


def _transform(template: Mapping[str, Json], macro: str) -> list[Any]:
    """The Transform of the template with the macro in it: first, so that it runs before AWS's own."""
    declared = template.get("Transform", [])
    transforms = declared if isinstance(declared, list) else [declared]
    return transforms if macro in transforms else [macro, *transforms]


# -------------------------------------------------------------------------------------------------------------- text


def _lines(adopted: _Adopted) -> Iterator[str]:
    """The fragment of a template, with everything else as comments."""
    if not adopted.adoptions:
        return
    if any(item.declarations for item in adopted.adoptions):
        names = [name if isinstance(name, str) else json.dumps(name) for name in adopted.transform]
        yield f"Transform: {names[0]}" if len(names) == 1 else f"Transform: [{', '.join(names)}]"
        yield "Resources:"
    for item in adopted.adoptions:
        yield from _comments(adopted.source, item)
        for name, resource in item.declarations.items():
            yield indent(yaml_text({name: resource}).rstrip("\n"), "  ")


def _comments(source: Source, item: Adoption) -> Iterator[str]:
    line = source.position(("Resources", item.caller.id)).line
    yield f"  # {item.caller.id} ({one_line(source.name)}:{line}), {item.caller.kind}"
    for obstacle in item.obstacles:
        yield f"  # No declaration: {one_line(sentences(obstacle.what, obstacle.fix))}"
    if not item.declarations:
        return
    for route in item.routes.values():
        way = f"through {route.profile_id}" if route.profile_id else "on demand"
        reach = "any commercial Region" if route.regionless else ", ".join(route.destinations)
        yield f"  # Calls {route.model} {way}; data may go to {reach}."
    if item.removals:
        yield "  # Remove:"
        yield from (f"  #   {_removal(source, removal)}" for removal in item.removals)
    yield from _permissions("Permissions that disappear:", "-", item.changes.gone)
    yield from _permissions("Permissions that appear:", "+", item.changes.new)
    yield from (f"  # {one_line(remark)}." for remark in item.remarks)


def _removal(source: Source, removal: Removal) -> str:
    place = ".".join(str(step) for step in removal.path[1:])
    return one_line(f"line {source.position(removal.path).line}, {place}: {removal.what}")


def _permissions(title: str, sign: str, permissions: Sequence[Permission]) -> Iterator[str]:
    """The permissions, those of one resource on one line."""
    if not permissions:
        return
    yield f"  # {title}"
    by_resource = sorted(permissions, key=lambda each: (_sentence(each), each.action))
    lines = [
        f"  #   {sign} {', '.join(each.action for each in group)} on {one_line(sentence)}"
        for sentence, group in groupby(by_resource, key=_sentence)
    ]
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"  #   {sign} and {len(lines) - _MOST_LINES} more; --format json has all"


def _sentence(permission: Permission) -> str:
    """The resource and the condition; that of the macro's own statements in two words."""
    if permission.condition.startswith(OF_A_PROFILE):
        return f"{permission.resource}, through the profile"
    return permission.sentence


# -------------------------------------------------------------------------------------------------------------- JSON


def _as_json(adopted: _Adopted) -> dict[str, Json]:
    """Everything as plain data."""
    return {
        "template": adopted.source.name,
        "transform": list(adopted.transform),
        "callers": [
            {
                "id": item.caller.id,
                "type": item.caller.kind,
                "line": adopted.source.position(("Resources", item.caller.id)).line,
                "declarations": dict(item.declarations),
                "obstacles": [{"what": each.what, "fix": each.fix} for each in item.obstacles],
                "remove": [
                    {
                        "path": list(each.path),
                        "line": adopted.source.position(each.path).line,
                        "what": each.what,
                    }
                    for each in item.removals
                ],
                "permissions_gone": [_permission(each) for each in item.changes.gone],
                "permissions_new": [_permission(each) for each in item.changes.new],
                "remarks": list(item.remarks),
            }
            for item in adopted.adoptions
        ],
    }


def _permission(permission: Permission) -> dict[str, str | None]:
    return {
        "action": permission.action,
        "resource": permission.resource,
        "condition": permission.condition or None,
        "under": permission.template_conditions or None,
    }
