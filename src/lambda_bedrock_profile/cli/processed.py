"""The step that most commands start with: a template read and expanded, or its problems reported."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import click

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import without_macro
from lambda_bedrock_profile.cli.choices import Choices, export_of, region_or_default, with_provider
from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.source import Source, one_line
from lambda_bedrock_profile.cli.write import on_terminal
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.values import Json

PROVIDER_TYPES: Final = (
    custom_types.INFERENCE_PROFILE,
    custom_types.MODEL_ACCESS,
    custom_types.DEFAULT_SECURITY_GROUP,
    custom_types.MANAGED_PREFIX_LIST,
)
"""The types of the custom resources that call the provider."""


class Processed(NamedTuple):
    """A template, where it was expanded for, and what came out."""

    source: Source
    context: StackContext
    expansion: Expansion


class DeployedStack(NamedTuple):
    """A stack as it was deployed: its processed template, its parameter values, and the provider that it calls."""

    template: Mapping[str, Json]
    parameters: Mapping[str, str]

    @property
    def service_token(self) -> Any:
        """The ServiceToken of the macro's custom resources, a text or an expression; None if there are none."""
        resources = self.template["Resources"].values()
        ours = [each for each in resources if isinstance(each, Mapping) and each.get("Type") in PROVIDER_TYPES]
        tokens = (
            each["Properties"].get("ServiceToken") for each in ours if isinstance(each.get("Properties"), Mapping)
        )
        return next((token for token in tokens if token), None)


def process(template: str, region: str | None, choices: Choices) -> Processed:
    """Expand the file ``template`` for ``region``, or for the Region of the AWS settings.

    Raises ReadError and UsageError for what cannot be used. Problems are printed, and end the program with 1.
    """
    source = read(template)
    context = choices.context(region_or_default(region), source.template)
    return Processed(source, context, expanded(source, context, choices.macro_name))


def preview(
    templates: Sequence[str], region: str | None, choices: Choices, deployed: DeployedStack | None = None
) -> list[Processed]:
    """The expansion of each of ``templates`` as the macro of the default deployment makes it, to be looked at.

    The macro's stack has a provider, so all get the one that the options name, else the one that ``deployed`` uses,
    else the one that the macro's stack exports. The parameter values of ``deployed`` count for what the command line
    leaves open. Standard error says so if ``expand`` needs the provider's name. Never for what will be deployed:
    whether there is such a stack is not known.
    """
    sources = [read(template) for template in templates]
    here, macro = region_or_default(region), choices.macro_name
    beside = [source.template for source in sources]
    values, token = (deployed.parameters, deployed.service_token) if deployed else (None, None)
    pairs = [(source, choices.context(here, source.template, beside, values)) for source in sources]
    result = []
    for source, context in pairs:
        with_token = context._replace(provider_arn=context.provider_arn or token)
        as_macro = with_provider(with_token, macro)
        result.append(Processed(source, as_macro, expanded(source, as_macro, macro)))
    if unnamed := [source.name for source, context in pairs if not _expands(source, context, macro)]:
        export = export_of(macro)
        what = f"shown with the macro's provider as {export}, which expand needs to know."
        click.echo(f"{', '.join(unnamed)}: {what}", err=True)
    return result


def added_by_macro(source: Source, context: StackContext, expansion: Expansion, macro: str) -> list[str]:
    """The resources that the macro of the default deployment makes of ``source`` and ``expansion`` has not.

    They are custom resources of the provider, which is not there without the macro's stack.
    """
    if context.provider_arn:
        return []
    whole = _expand(source, with_provider(context, macro), macro).template["Resources"]
    return [name for name in whole if name not in expansion.template["Resources"]]


def _expands(source: Source, context: StackContext, macro: str) -> bool:
    """Whether ``source`` can be expanded for ``context``, of which only the provider is in question."""
    try:
        _expand(source, context, macro)
    except TemplateError:
        return False
    return True


def expanded(source: Source, context: StackContext, macro: str) -> Expansion:
    """The expansion of ``source`` by ``macro``; problems are printed, and end the program with 1."""
    try:
        return _expand(source, context, macro)
    except TemplateError as error:
        report(error.problems, source)
        raise click.exceptions.Exit(1) from error


def _expand(source: Source, context: StackContext, macro: str) -> Expansion:
    return expand(without_macro(source.template, macro), context, Catalog.bundled())


def report(
    problems: Sequence[Diagnostic], source: Source, regions: Mapping[Diagnostic, Sequence[str]] | None = None
) -> None:
    """Print ``problems`` on standard error in the order of the text: for people on a terminal, else one a line.

    Warnings and information, which keep nothing from being expanded, are reported the same way, without those that the
    Metadata of the resource ignores.
    ``regions`` are those that a problem is true in, if it is not true in all of them.
    """
    if not problems:
        return
    # Most templates have no problem, and a command starts sooner without what shows one.
    from lambda_bedrock_profile.checking.source_map import problem_path
    from lambda_bedrock_profile.cli.findings import NOUNS, Finding, rule_of

    findings = [
        Finding(
            source.name,
            source.position(problem_path(source.template, problem)),
            rule_of(problem),
            f"{problem.where}: {problem.what}",
            problem.fix,
            tuple((regions or {}).get(problem, ())),
        )
        for problem in problems
        if problem.level == "error" or not _ignored(problem, source)
    ]
    if not findings:
        return
    findings.sort(key=lambda finding: finding.position)
    if on_terminal(sys.stderr):
        from lambda_bedrock_profile.cli.console import printed

        click.echo(printed(findings, {source.name: source.text}, sys.stderr), err=True, nl=False, color=True)
        return
    for finding in findings:
        line, column = finding.position
        level = "" if finding.rule.level == "error" else f"{NOUNS[finding.rule.level][0]}: "
        click.echo(f"{one_line(finding.file)}:{line}:{column}: {level}{finding.text}", err=True)


def _ignored(remark: Diagnostic, source: Source) -> bool:
    """Whether the Metadata of the resource says that a warning or an information is not wanted."""
    from lambda_bedrock_profile.checking.source_map import problem_path
    from lambda_bedrock_profile.cli.engines import ignored_at  # cfn-lint takes half a second
    from lambda_bedrock_profile.cli.findings import rule_of

    return rule_of(remark).id in ignored_at(source.template, problem_path(source.template, remark))
