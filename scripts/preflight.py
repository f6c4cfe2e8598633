"""Check processed templates with cdk-preflight's rules: ``python -m scripts.preflight``.

cdk-preflight (Apache-2.0) has 3,361 rules in Rego, each of them a failure that was reproduced on AWS. It is made for
the CDK; its rules run in cloudformation-validate as well, which is in the environment ``dev``. The pack is read from
the wheel on PyPI, of one version with one digest, and is not kept.

Every golden case and every example has to be clean, each in its own Region. For each template of ``tests/cli/slips.py``
it prints who reports it.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import cloudformation_validate as validate

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import MACRO, without_macro
from lambda_bedrock_profile.cli.engines import remarks, remarks_of_validator
from lambda_bedrock_profile.cli.read import parse, read
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE, find
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import expand
from scripts.packages import SourceError, UnreachableError, from_pypi
from tests.cli.slips import SLIPS
from tests.support.goldens import goldens

VERSION: Final = "1.9.1"
SHA256: Final = "3464c18c6b0216f714abb57f295af407a23d270dbb8d6d22a596a80dcc53e224"
"""Of the one file that is read, as ``scripts.packages`` computes it."""
PLACEHOLDERS: Final = frozenset({"pf-lambda-zipfile-handler-missing"})
"""Rules about source code: that of a golden case is a word."""
EXAMPLES: Final = Path(__file__).resolve().parent.parent / "examples"
REGION: Final = "us-east-1"
ACCOUNT: Final = "111122223333"
PROVIDER: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:lambda-bedrock-profile"

Pack = Mapping[str, list[dict[str, Any]]]
"""``rules`` and ``libs``, each with its text in ``rego``."""


def downloaded() -> Pack:
    """The pack of the pinned version. Raises SourceError if it cannot be had, or is another than it was."""
    with tempfile.TemporaryDirectory() as folder:
        package = from_pypi("cdk-preflight", r".*\.jsii\.tgz", Path(folder), VERSION)
    if package.sha256 != SHA256:
        raise SourceError(f"cdk-preflight {VERSION} has the digest {package.sha256}, and {SHA256} is expected")
    (archive,) = package.files.values()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        member = files.extractfile("package/lib/rules.generated.js")
        if member is None:
            raise SourceError(f"cdk-preflight {VERSION} has no rules.generated.js: its form has changed")
        return pack(member.read().decode("utf-8"))


def pack(script: str) -> Pack:
    """The rules in a JavaScript module that is made of two arrays in JSON."""
    decode = json.JSONDecoder().raw_decode
    starts = {name: f"exports.BUNDLED_{name.upper()} = " for name in ("rules", "libs")}
    return {name: decode(script, script.index(f"{start}[") + len(start))[0] for name, start in starts.items()}


class Preflight:
    """The rules that are about ``types``, for one Region of one account."""

    def __init__(self, rules: Pack, types: set[str], region: str) -> None:
        where = (
            f'package cdk_preflight\n\nimport rego.v1\n\ndeploy_region := "{region}"\ndeploy_account := "{ACCOUNT}"\n'
        )
        texts = {item["name"]: item["rego"] for item in rules["libs"]}
        texts |= {item["id"]: item["rego"] for item in rules["rules"] if types & set(item["resourceTypes"])}
        sources = [validate.ExternalRuleSource(name=name, content=text) for name, text in texts.items()]
        environment = validate.ExternalRuleSource(name="environment", content=where)
        self._engine = validate.CompositeEngine(validate.CompositeEngineConfig(rego_rules=[*sources, environment]))
        self._config = validate.ValidateConfig(
            severity_level=validate.Severity.ERROR,
            disable_builtin_rules=True,
            pseudo_parameter_overrides=validate.PseudoParameterOverrides(region=region, account_id=ACCOUNT),
        )

    def errors(self, template: Mapping[str, Any]) -> Iterator[str]:
        """The rules that ``template`` breaks, each with its place and its message."""
        content = validate.TemplateContent(json.dumps(template, default=str), "template")
        findings = self._engine.validate_template(content, self._config).diagnostics
        for finding in (each for each in findings if each.rule_id not in PLACEHOLDERS):
            at = finding.entity.logical_id if finding.entity else "the template"
            yield f"{finding.rule_id} at {at}.{finding.property_path}: {finding.message}"


def processed() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(name, Region, processed template) of every golden case and every example with a declaration."""
    for case in goldens():
        yield f"tests/golden/{case.name}", case.environment.region, case.expanded()
    for path in sorted(EXAMPLES.glob("*.yaml")):
        template = read(str(path)).template
        if find(template):
            yield f"examples/{path.name}", REGION, expanded(template)


def expanded(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the macro makes of ``template`` in the account and the Region of the checks."""
    context = StackContext(REGION, ACCOUNT, provider_arn=PROVIDER)
    return expand(without_macro(template, MACRO), context, Catalog.bundled()).template


def reported_by(text: str, rules: Preflight) -> list[str]:
    """Who reports the slip in a template: our rules, or those of the engines on what its function and role come to."""
    template = parse(text, "slip").template
    whole = unchecked(template)
    refusals = {
        "lint": ours(template),
        "cfn-lint": any(remark.rule.level == "error" for remark in remarks(whole, REGION)),
        "cloudformation-validate": any(each.rule.level == "error" for each in remarks_of_validator(whole, REGION)),
        "cdk-preflight": any(True for _ in rules.errors(whole)),
    }
    return [name for name, reports in refusals.items() if reports]


def ours(template: Mapping[str, Any]) -> bool:
    """Whether the macro refuses ``template``."""
    try:
        expanded(template)
    except TemplateError:
        return True
    return False


def unchecked(template: Mapping[str, Any]) -> dict[str, Any]:
    """The function and the role of a slip as plain resources, as a template without the macro would have them."""
    resources: dict[str, Any] = {}
    for name, resource in find(template):
        properties = resource["Properties"]
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}
        role = {**document, **properties.get("RoleProps", {})}
        function = {**properties["LambdaFunctionProps"], "Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]}}
        resources[name] = {"Type": "AWS::Lambda::Function", "Properties": function}
        resources[f"{name}Role"] = {"Type": "AWS::IAM::Role", "Properties": role}
    return {"Resources": resources}


def main() -> int:
    """Check everything; 1 if a processed template breaks a rule, or nobody here reports a slip.

    Without an index that has the pack nothing is checked, which is said, and is no failure: it is not our fault.
    """
    try:
        rules = downloaded()
    except UnreachableError as error:
        print(f"NOT checked: {error}")
        return 0
    cases = [*processed()]
    types = {str(item.get("Type")) for _, _, each in cases for item in each["Resources"].values()} - {TYPE}
    engines = {region: Preflight(rules, types, region) for region in {region for _, region, _ in cases} | {REGION}}
    wrong = [f"{name}: {error}" for name, region, each in cases for error in engines[region].errors(each)]
    print("\n".join([*wrong, f"{len(cases)} processed templates, {len(wrong)} errors of cdk-preflight {VERSION}"]))
    missed = []
    for name, text in SLIPS.items():
        reporters = reported_by(text, engines[REGION])
        print(f"{name}: {', '.join(reporters) or 'nobody'}")
        missed += [name] if "lint" not in reporters else []
    return int(bool(wrong or missed))


if __name__ == "__main__":
    sys.exit(main())
