"""What is wrong with a template, as ``lint`` finds it: our own rules, and cfn-lint on the processed template.

cfn-lint is given the processed template as plain data. Where the user wrote a thing is found by the path of a remark,
since its line numbers would be those of nobody's text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import awaited, is_included, likely_values, uncalled, without_macro
from lambda_bedrock_profile.checking.source_map import origin, problem_path, unlooped
from lambda_bedrock_profile.cli.findings import UNCALLED, UNCHECKED, Finding, rule_of
from lambda_bedrock_profile.cli.linter import (
    Remark,
    Settings,
    ignored_at,
    remarks,
    remarks_of_aliases,
    remarks_of_file,
)
from lambda_bedrock_profile.cli.model_ends import Clock, model_ends
from lambda_bedrock_profile.cli.provider import with_provider
from lambda_bedrock_profile.cli.source import START, Source
from lambda_bedrock_profile.cli.unknown_names import in_words
from lambda_bedrock_profile.cli.validator import not_said, remarks_of_validator
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE, find
from lambda_bedrock_profile.declaration.parse import ATTRIBUTES
from lambda_bedrock_profile.diagnostics import Diagnostic, Report, TemplateError, nearest
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.template.loops import expand_loops, holds, is_loop
from lambda_bedrock_profile.template.walk import at, existing
from lambda_bedrock_profile.values import Expression, Json


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
    said = [*remarks_of_file(source, path, regions)]
    findings = [Finding(source.name, remark.position or START, remark.rule, remark.what) for remark in said]
    others = (remark for region in both for remark in remarks_of_validator(source.template, region))
    findings += [
        Finding(source.name, source.position(remark.path), remark.rule, remark.what, remark.fix)
        for remark in not_said(others, said)
        if settings.want(remark.rule, ignored_at(source.template, remark.path))
    ]
    return sorted(findings, key=lambda finding: (finding.position, finding.rule))


def check(
    source: Source,
    environments: Sequence[StackContext],
    macro: str,
    settings: Settings,
    clock: Clock,
    both: bool = False,
) -> list[Finding]:
    """The findings of ``source`` that ``settings`` want, in the order of the text.

    It is checked for each of ``environments``, which differ in their Regions, for the macro of the name ``macro``, and
    by the day of ``clock``; with ``both`` engines.
    """
    regions_of: dict[Finding, dict[str, None]] = {}
    for environment in environments:
        for remark in (*remarks_of_aliases(source), *_in_region(source.template, environment, macro, clock, both)):
            if settings.want(remark.rule, ignored_at(source.template, remark.path)):
                place = remark.position or source.position(remark.path)
                finding = Finding(source.name, place, remark.rule, remark.what, remark.fix)
                regions_of.setdefault(finding, {})[environment.region] = None
    everywhere = len(environments)
    result = [
        replace(each, regions=() if len(here) == everywhere else tuple(here)) for each, here in regions_of.items()
    ]
    return sorted(result, key=lambda finding: (finding.position, finding.rule))


def _in_region(
    original: Mapping[str, Json], environment: StackContext, macro: str, clock: Clock, both: bool
) -> Iterator[Remark]:
    if unnamed := uncalled(original, macro):
        yield Remark(unnamed[0], UNCALLED, unnamed[1])
    for name, resource in original["Resources"].items():
        if _misspelt(resource):
            what = f"{name}: {resource['Type']} is no type that the macro expands"
            yield Remark(("Resources", name, "Type"), UNCALLED, what, f"Did you mean {TYPE}?")
    template = without_macro(original, macro)
    values = {**likely_values(template), **environment.parameters}
    environment = replace(with_provider(environment, macro), parameters=values)
    try:
        expansion = expand(template, environment, Catalog.bundled())
    except TemplateError as error:
        certain = _certain(template, environment)
        for problem in dict.fromkeys(error.problems):
            path = problem_path(template, problem)
            if is_included(template, path):
                yield Remark(path, UNCHECKED, f"{problem.where}: {problem.what}", problem.fix)
            elif problem not in certain and (parameter := awaited(template, values, path)):
                what = f"{problem.where}: cannot be checked without {parameter}"
                yield Remark(path, UNCHECKED, what, "Give it with --parameter")
            else:
                yield Remark(path, rule_of(problem), f"{problem.where}: {problem.what}", problem.fix)
        yield from _the_rest(template, environment)
        return
    for diagnostic in dict.fromkeys((*expansion.remarks, *model_ends(expansion.grants, clock))):
        what = f"{diagnostic.where}: {diagnostic.what}"
        yield Remark(problem_path(template, diagnostic), rule_of(diagnostic), what, diagnostic.fix)
    yield from _of_processed(original, template, expansion, environment.region, both)


def _of_processed(
    original: Mapping[str, Json], template: Mapping[str, Json], expansion: Expansion, region: str, both: bool
) -> Iterator[Remark]:
    """What cfn-lint says of the processed template, and with ``both`` the other engine, where the user wrote it."""
    packaged = _packaged(expansion)
    said = [*remarks(packaged, region)]
    others = not_said(remarks_of_validator(packaged, region), said) if both else ()
    reported: dict[object, object] = {}
    for remark in (*said, *others):
        place, generated = origin(original, expansion.template, expansion.generated, remark.path)
        _, rule, what, fix, _ = in_words(remark, template)
        if what != remark.what and reported.setdefault((place, what), rule) != rule:
            continue  # Rules of a property report it, too.
        if generated:
            where = ".".join(str(step) for step in existing(expansion.template, remark.path)[1:])
            what = f"{what} [in generated {where}]"
        elif remark.path[2:] and remark.path[2] in ATTRIBUTES:
            # Written once, it is in every generated resource, and the words for it can differ.
            first = reported.setdefault((place, remark.rule), remark.path[1])
            if first != remark.path[1]:
                continue
        yield remark._replace(path=place, what=what, fix=fix)


def _certain(template: Mapping[str, Json], environment: StackContext) -> frozenset[Diagnostic]:
    """The errors that ``template`` has whatever the parameters without a value come to: the same for odd values."""
    declared = template.get("Parameters")
    names = [name for name, each in declared.items() if isinstance(each, Mapping)] if isinstance(declared, dict) else []
    odd = {name: "x" for name in names if "Default" not in declared[name]} if isinstance(declared, dict) else {}
    try:
        expand(template, replace(environment, parameters={**odd, **environment.parameters}), Catalog.bundled())
    except TemplateError as error:
        return frozenset(error.problems)
    return frozenset()


ON_REFERENCES: Final = frozenset({"E1010", "E1019", "E1020", "E3004", "E3005", "E6101"})
"""cfn-lint's rules that a generated id breaks as long as nothing is generated."""
ON_IDS: Final = frozenset({"E3030", "E3031"})
"""Those that it breaks in a resource of AWS SAM, in which cfn-lint compares a Ref with the names of resources."""


def _the_rest(template: Mapping[str, Json], environment: StackContext) -> Iterator[Remark]:
    """What cfn-lint says beside the declarations of a template that cannot be expanded."""
    whole = expand_loops(template, TYPE, environment.scope(template), Report())
    # What declarations a loop makes that cannot be expanded is not known.
    loops = {name for name, item in whole["Resources"].items() if is_loop(name) and holds(item, TYPE)}
    declared = dict(find(whole))
    # cfn-lint wants a service token of every custom resource.
    tokens = {
        name: {**item, "Properties": {**item["Properties"], "ServiceToken": environment.provider_arn}}
        for name, item in declared.items()
        if isinstance(item.get("Properties"), dict)
    }
    resources = {name: item for name, item in {**whole["Resources"], **tokens}.items() if name not in loops}
    for remark in remarks({**whole, "Resources": resources}, environment.region):
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
