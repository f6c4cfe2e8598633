"""What is wrong with a template, as ``lint`` finds it: our own rules, and cfn-lint on the processed template.

cfn-lint is given the processed template as plain data. Where the user wrote a thing is found by the path of a remark,
since its line numbers would be those of nobody's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.stages import check_end, stage
from lambda_bedrock_profile.checking.deployment import awaited, is_included, likely_values, uncalled, without_macro
from lambda_bedrock_profile.checking.source_map import problem_path, source_path, unlooped
from lambda_bedrock_profile.cli.choices import with_provider
from lambda_bedrock_profile.cli.engines import (
    Remark,
    Settings,
    ignored_at,
    not_said,
    remarks,
    remarks_of_aliases,
    remarks_of_file,
    remarks_of_validator,
)
from lambda_bedrock_profile.cli.findings import UNCALLED, UNCHECKED, Finding, rule_of
from lambda_bedrock_profile.cli.source import START, Source
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE, find
from lambda_bedrock_profile.declaration.parse import ATTRIBUTES
from lambda_bedrock_profile.diagnostics import Diagnostic, Report, TemplateError, nearest
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.loops import expand_loops, holds, is_loop
from lambda_bedrock_profile.template.walk import at, existing
from lambda_bedrock_profile.values import Expression, Json


@dataclass(frozen=True, slots=True)
class Clock:
    """The day to judge by, and the day before which no model may end; both ``2026-11-26``, the latter maybe empty."""

    on: str
    fail_before: str = ""


def has_declarations(source: Source) -> bool:
    """Whether there is anything to expand in ``source``, in a loop or not, a misspelt type included."""
    return any(holds(item, TYPE) or _misspelt(item) for item in source.template["Resources"].values())


def _misspelt(resource: Expression) -> bool:
    """Whether ``resource`` has a type that is no other macro's, but nearly that of a declaration."""
    kind = resource.get("Type") if isinstance(resource, Mapping) else None
    return isinstance(kind, str) and kind != TYPE and nearest(kind, [TYPE], 0.9) is not None


def check_file(
    source: Source, path: str, regions: Sequence[str], settings: Settings, both: Sequence[str] = ()
) -> list[Finding]:
    """The findings of a file without declarations: cfn-lint's own, one for one, at the places that it names.

    ``both`` are the Regions in which the other engine checks it, too: what cfn-lint has not, as ``settings`` want it.
    """
    of_cfn_lint = [*remarks_of_file(source, path, regions)]
    findings = [Finding(source.name, remark.position or START, remark.rule, remark.what) for remark in of_cfn_lint]
    others = (remark for region in both for remark in remarks_of_validator(source.template, region))
    findings += [
        Finding(source.name, source.position(remark.path), remark.rule, remark.what, remark.fix)
        for remark in not_said(others, of_cfn_lint)
        if settings.want(remark.rule, ignored_at(source.template, remark.path))
    ]
    return sorted(findings, key=lambda finding: (finding.position, finding.rule))


def check(
    source: Source,
    contexts: Sequence[StackContext],
    macro: str,
    settings: Settings,
    clock: Clock,
    both: bool = False,
) -> list[Finding]:
    """The findings of ``source`` that ``settings`` want, in the order of the text.

    It is checked for each of ``contexts``, which differ in their Regions, for the macro of the name ``macro``, and
    by the day of ``clock``; with ``both`` engines.
    """
    regions_of: dict[Finding, dict[str, None]] = {}
    for context in contexts:
        for remark in (*remarks_of_aliases(source), *_in_region(source.template, context, macro, clock, both)):
            if settings.want(remark.rule, ignored_at(source.template, remark.path)):
                place = remark.position or source.position(remark.path)
                finding = Finding(source.name, place, remark.rule, remark.what, remark.fix)
                regions_of.setdefault(finding, {})[context.region] = None
    everywhere = len(contexts)
    result = [
        replace(each, regions=() if len(here) == everywhere else tuple(here)) for each, here in regions_of.items()
    ]
    return sorted(result, key=lambda finding: (finding.position, finding.rule))


def _in_region(
    original: Mapping[str, Json], context: StackContext, macro: str, clock: Clock, both: bool
) -> Iterator[Remark]:
    if unnamed := uncalled(original, macro):
        yield Remark(unnamed[0], UNCALLED, unnamed[1])
    for name, resource in original["Resources"].items():
        if _misspelt(resource):
            what = f"{name}: {resource['Type']} is no type that the macro expands"
            yield Remark(("Resources", name, "Type"), UNCALLED, what, f"Did you mean {TYPE}?")
    template = without_macro(original, macro)
    values = {**likely_values(template), **context.parameters}
    context = with_provider(context, macro)._replace(parameters=values)
    try:
        expansion = expand(template, context, Catalog.bundled())
    except TemplateError as error:
        certain = _certain(template, context)
        for problem in dict.fromkeys(error.problems):
            path = problem_path(template, problem)
            if is_included(template, path):
                yield Remark(path, UNCHECKED, f"{problem.where}: {problem.what}", problem.fix)
            elif problem not in certain and (parameter := awaited(template, values, path)):
                what = f"{problem.where}: cannot be checked without {parameter}"
                yield Remark(path, UNCHECKED, what, "Give it with --parameter")
            else:
                yield Remark(path, rule_of(problem), f"{problem.where}: {problem.what}", problem.fix)
        yield from _the_rest(template, context)
        return
    for diagnostic in dict.fromkeys((*expansion.remarks, *model_ends(expansion.grants, clock))):
        what = f"{diagnostic.where}: {diagnostic.what}"
        yield Remark(problem_path(template, diagnostic), rule_of(diagnostic), what, diagnostic.fix)
    yield from _of_processed(original, template, expansion, context.region, both)


def _of_processed(
    original: Mapping[str, Json], template: Mapping[str, Json], expansion: Expansion, region: str, both: bool
) -> Iterator[Remark]:
    """What cfn-lint says of the processed template, and with ``both`` the other engine, where the user wrote it."""
    packaged = _packaged(expansion)
    of_cfn_lint = [*remarks(packaged, region)]
    others = not_said(remarks_of_validator(packaged, region), of_cfn_lint) if both else ()
    reported: dict[object, object] = {}
    for remark in (*of_cfn_lint, *others):
        place, generated = source_path(original, expansion.template, expansion.generated, remark.path)
        _, rule, what, fix, _ = _in_words(remark, template)
        if what != remark.what and reported.setdefault((place, what), rule) != rule:
            continue  # Rules of a property report it, too.
        if generated:
            generated_path = ".".join(str(step) for step in existing(expansion.template, remark.path)[1:])
            what = f"{what} [in generated {generated_path}]"
        elif remark.path[2:] and remark.path[2] in ATTRIBUTES:
            # What one line of the user says is in every generated resource, and the words for it can differ.
            first = reported.setdefault((place, remark.rule), remark.path[1])
            if first != remark.path[1]:
                continue
        yield remark._replace(path=place, what=what, fix=fix)


def model_ends(grants: Iterable[Grant], clock: Clock) -> tuple[Diagnostic, ...]:
    """An error for each model that has ended, and a warning for each that will soon; the macro expands both."""
    report = Report()
    for grant in grants:
        route, place = grant.route, report.of(grant.logical_id, "Properties", "BedrockModelId")
        now = stage(Catalog.bundled(), route.model, route.source, route.geography, clock.on)
        check_end(now, route.model, place, clock.fail_before)
    return report.all


_NO_SUCH_NAME: Final = re.compile(r"'([0-9A-Za-z.]+)' is not one of \[(.*)\]", re.DOTALL)
_LOGICAL_ID: Final = re.compile("[0-9A-Za-z]+")


def _in_words(remark: Remark, template: Mapping[str, Json]) -> Remark:
    """``remark`` in other words, if it is about a Ref, an Fn::Sub or a DependsOn to nothing of ``template``.

    cfn-lint answers with the list of all names, generated ones among them. What a user wants to know is that the name
    is none of the template, and which one is near it.
    """
    match = _NO_SUCH_NAME.fullmatch(remark.what)
    if match is None or not _LOGICAL_ID.fullmatch(match[1]):
        return remark
    name, of_depends_on = match[1], remark.rule.id == "E3005"
    if not of_depends_on and "'AWS::AccountId'" not in match[2]:
        return remark
    sections = ("Resources",) if of_depends_on else ("Resources", "Parameters")
    near = nearest(name, [each for section in sections for each in template.get(section) or ()], 0.8)
    kinds = "no resource" if of_depends_on else "neither a resource nor a parameter"
    add = f"Remove {name}" if of_depends_on else f"Add {name} to the Parameters"
    add += f", write ${{!{name}}} if that is to stay as it is" if remark.rule.id == "E1019" else ""
    fix = f"Did you mean {near}?" if near else f"{add}, or write a name that is there"
    return remark._replace(what=f"{name} is {kinds} of the template", fix=fix)


def _certain(template: Mapping[str, Json], context: StackContext) -> frozenset[Diagnostic]:
    """The errors that ``template`` has whatever the parameters without a value come to: the same for odd values."""
    declared = template.get("Parameters")
    names = [name for name, each in declared.items() if isinstance(each, Mapping)] if isinstance(declared, dict) else []
    odd = {name: "x" for name in names if "Default" not in declared[name]} if isinstance(declared, dict) else {}
    try:
        expand(template, context._replace(parameters={**odd, **context.parameters}), Catalog.bundled())
    except TemplateError as error:
        return frozenset(error.problems)
    return frozenset()


ON_REFERENCES: Final = frozenset({"E1010", "E1019", "E1020", "E3004", "E3005", "E6101"})
"""cfn-lint's rules that a generated id breaks as long as nothing is generated."""
ON_IDS: Final = frozenset({"E3030", "E3031"})
"""Those that it breaks in a resource of AWS SAM, in which cfn-lint compares a Ref with the names of resources."""


def _the_rest(template: Mapping[str, Json], context: StackContext) -> Iterator[Remark]:
    """What cfn-lint says beside the declarations of a template that cannot be expanded."""
    whole = expand_loops(template, TYPE, context.scope(template), Report())
    # What declarations a loop makes that cannot be expanded is not known.
    loops = {name for name, item in whole["Resources"].items() if is_loop(name) and holds(item, TYPE)}
    declared = dict(find(whole))
    # cfn-lint wants a service token of every custom resource.
    tokens = {
        name: {**item, "Properties": {**item["Properties"], "ServiceToken": context.provider_arn}}
        for name, item in declared.items()
        if isinstance(item.get("Properties"), dict)
    }
    resources = {name: item for name, item in {**whole["Resources"], **tokens}.items() if name not in loops}
    for remark in remarks({**whole, "Resources": resources}, context.region):
        ours = len(remark.path) > 1 and remark.path[1] in declared
        if remark.rule.id in ON_REFERENCES | ON_IDS:
            about = json.dumps(at(whole, remark.path), default=str)
            ours = ours or bool(loops) or any(name in about for name in declared)
        if not ours:
            yield remark._replace(path=unlooped(template, remark.path))


def _packaged(expansion: Expansion) -> Mapping[str, Json]:
    """The processed template as ``sam build`` and a deployment leave it: an object in S3 in the place of local code."""
    resources = dict(expansion.template["Resources"])
    for logical_id in expansion.generated:
        properties = resources.get(logical_id, {}).get("Properties", {})
        if isinstance(properties.get("Code"), str):
            code = {"S3Bucket": "bucket", "S3Key": "key"}
            resources[logical_id] = {**resources[logical_id], "Properties": {**properties, "Code": code}}
    return {**expansion.template, "Resources": resources}
