"""The table of rules: each example does what it says, and everything that shows rules takes them from the table."""

from __future__ import annotations

import tomllib

import pytest

from lambda_bedrock_profile import cfnlint_rules
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli.changes import changes, check_collisions
from lambda_bedrock_profile.cli.check import Clock, check
from lambda_bedrock_profile.cli.engines import settings_of
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.organisation import Organisation
from lambda_bedrock_profile.rules import RULES, Rule

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)


def findings(template: str, earlier: str, beside: str) -> list[str]:
    """The ids of the rules that ``lint`` finds broken, or ``diff`` if there is an earlier template.

    ``beside`` is the settings file.
    """
    if earlier:
        versions = [parse(text, "template.yaml").template for text in (earlier, template)]
        old, new = (expand(each, StackContext("us-east-1"), Catalog.bundled()) for each in versions)
        report = Report()
        check_collisions(changes(old.template, new.template), new.generated, "us-east-1", report)
        return [RULES[each.rule].id for each in (*new.remarks, *report.all)]
    source = parse(template, "template.yaml")
    settings = settings_of(source.template)
    context = StackContext("us-east-1", organisation=Organisation.of(tomllib.loads(beside)))
    findings = check(source, [context], "LambdaBedrockProfile", settings, Clock("2026-11-26"))
    return [each.rule.id for each in findings]


@each_rule
def test_the_broken_example_breaks_its_rule_and_no_other(rule: Rule) -> None:
    """A reader who copies the example of a rule sees that rule."""
    assert findings(rule.broken, rule.earlier, rule.settings) == [rule.id]


@each_rule
def test_nothing_is_wrong_with_the_clean_example(rule: Rule) -> None:
    """A reader who copies the clean example sees nothing, not even from cfn-lint."""
    assert findings(rule.clean, rule.earlier, rule.settings) == []


def test_every_rule_reaches_cfn_lint() -> None:
    """Editors have each rule under its id, but those that need values, an earlier template or a day."""
    classes = {name for name in vars(cfnlint_rules) if name[1:].isdigit()}
    assert classes == {rule.id for rule in RULES.values()} - {"I9007", "W9033", "E9034", "W9035"}


def test_ids_are_unique_and_in_order() -> None:
    """No id stands for two rules, and the number decides the order in lists."""
    ids = [rule.id for rule in RULES.values()]
    assert [rule_id[1:] for rule_id in ids] == sorted({rule_id[1:] for rule_id in ids})
    assert all(name == rule.name for name, rule in RULES.items())
