"""Everything that can be said about a template: the problems of its declarations, and cfn-lint's word on the expansion.

cfn-lint is given the processed template as plain data; where the user wrote a thing is found by the path of a finding,
since its line numbers would be those of nobody's text. ``Match.path`` is no documented name of cfn-lint: a test covers
it, and the version is pinned.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lambda_bedrock_profile.catalog import Catalog
from lambda_bedrock_profile.cli.finding import UNCHECKED, Finding, rule_of
from lambda_bedrock_profile.cli.likely import awaited, likely_values
from lambda_bedrock_profile.cli.places import existing, origin, problem_path
from lambda_bedrock_profile.cli.provider import EXPORT, imported, with_provider
from lambda_bedrock_profile.cli.source import ReadError, Source
from lambda_bedrock_profile.cli.transform import without_macro
from lambda_bedrock_profile.declaration import find
from lambda_bedrock_profile.environment import Environment
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.problems import TemplateError


def check(source: Source, regions: Sequence[str], environment: Callable[[str], Environment]) -> list[Finding]:
    """The findings of ``source`` in ``regions``, in the order of the text; ``environment`` gives that of a Region."""
    found: dict[Finding, list[str]] = {}
    for region in regions:
        for finding in _in_region(source, environment(region)):
            found.setdefault(finding, []).append(region)
    everywhere = len(regions)
    result = [
        Finding(f.file, f.position, f.rule, f.level, f.message, () if len(where) == everywhere else tuple(where))
        for f, where in found.items()
    ]
    return sorted(result, key=lambda finding: (finding.position, finding.rule))


def _in_region(source: Source, environment: Environment) -> Iterator[Finding]:
    template = without_macro(source.template)
    values = {**likely_values(template), **environment.parameters}
    environment = replace(with_provider(environment), parameters=values)
    try:
        expansion = expand(template, environment, Catalog.bundled())
    except TemplateError as error:
        for problem in dict.fromkeys(error.problems):
            path = problem_path(template, problem)
            if parameter := awaited(template, values, path):
                message = f"{problem.where}: cannot be checked without {parameter}. Give it with --parameter."
                yield Finding(source.name, source.position(path), UNCHECKED, "informational", message)
            else:
                yield Finding(source.name, source.position(path), rule_of(problem), "error", str(problem))
        yield from _the_rest(source, template, environment.region)
        return
    for match in _cfn_lint(_packaged(expansion), environment.region):
        path = tuple(getattr(match, "path", ()))
        place, generated = origin(source.template, expansion.generated, path)
        message = match.message
        if generated:
            where = ".".join(str(step) for step in existing(expansion.template, path)[1:])
            message = f"{message} [in generated {where}]"
        yield Finding(source.name, source.position(place), match.rule.id, match.rule.severity, message)


OF_GENERATED_IDS: Final = frozenset({"E1010", "E1019", "E1020", "E3005", "E6101"})
"""cfn-lint's rules on references, which a generated id breaks as long as nothing is generated."""


def _the_rest(source: Source, template: Mapping[str, Any], region: str) -> Iterator[Finding]:
    """What cfn-lint says beside the declarations of a template that cannot be expanded."""
    declared = dict(find(template))
    # cfn-lint wants a service token of every custom resource.
    tokens = {
        name: {**item, "Properties": {**item["Properties"], "ServiceToken": imported(EXPORT)}}
        for name, item in declared.items()
        if isinstance(item.get("Properties"), dict)
    }
    for match in _cfn_lint({**template, "Resources": {**template["Resources"], **tokens}}, region):
        path = tuple(getattr(match, "path", ()))
        ours = match.rule.id in OF_GENERATED_IDS or (len(path) > 1 and path[1] in declared)
        if not ours:
            yield Finding(source.name, source.position(path), match.rule.id, match.rule.severity, match.message)


def _packaged(expansion: Expansion) -> Mapping[str, Any]:
    """The processed template as ``sam build`` and a deployment leave it: an object in S3 in the place of local code."""
    resources = dict(expansion.template["Resources"])
    for logical_id in expansion.generated:
        properties = resources.get(logical_id, {}).get("Properties", {})
        if isinstance(properties.get("Code"), str):
            code = {"S3Bucket": "bucket", "S3Key": "key"}
            resources[logical_id] = {**resources[logical_id], "Properties": {**properties, "Code": code}}
    return {**expansion.template, "Resources": resources}


def _cfn_lint(template: Mapping[str, Any], region: str) -> Iterator[Any]:
    """cfn-lint's matches, with the settings of its own configuration files."""
    # These names exist for embedding cfn-lint: its API documentation, "Using cfn-lint as a library".
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    try:
        runner = Runner(ConfigMixIn([], regions=[region]))
    except Exception as error:
        # Of a faulty file cfn-lint and its YAML reader raise many kinds.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ReadError(".cfnlintrc", f"cfn-lint cannot use it ({reason})", "Mend it") from error
    # It changes what it is given, and the expansion shares parts of itself.
    copy = json.loads(json.dumps(template))
    yield from runner.validate_template(copy)
