"""The page on operations names what there is: each alarm, metric, log field and log group."""

from __future__ import annotations

import re
from pathlib import Path

from lambda_bedrock_profile.rules import RULES
from tests.support.macro_template import deployed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RESOURCES = deployed()["Resources"]
MACRO = (ROOT / "src" / "lambda_bedrock_profile" / "macro.py").read_text(encoding="utf-8")


def of_type(kind: str) -> set[str]:
    """The logical ids of the macro's stack with a type."""
    return {name for name, each in RESOURCES.items() if each["Type"] == kind}


def test_each_alarm_has_a_row_and_no_other_has() -> None:
    """Whoever is woken by an alarm finds what to do."""
    section = PAGE.split("## Alarms")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)) == of_type("AWS::CloudWatch::Alarm")


def test_each_log_group_is_named() -> None:
    """The log groups have generated names, and are found by their logical ids."""
    section = PAGE.split("## Logs")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)) == of_type("AWS::Logs::LogGroup")


def test_each_metric_is_named() -> None:
    """The metrics of the code, one for each rule that makes the macro refuse, are on the page."""
    section = PAGE.split("## Metrics")[1].split("\n## ")[0]
    counted = set(re.findall(r'"([A-Z]\w+)": (?:\d|len)', MACRO))
    assert counted == {"Faults", "Expansions", "Declarations", "CatalogMisses"}
    assert counted <= set(re.findall(r"`(\w+)`", section))
    refusals = {name for name, rule in RULES.items() if rule.level == "error"} - {"ended"}
    assert set(re.findall(r"`(?:Problems)?\.([a-z-]+)`", section)) == refusals


def test_queries_ask_for_fields_that_lines_have() -> None:
    """A query with a field that no line has finds nothing, and looks like good news."""
    queries = " ".join(re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL))
    for field in ("request_id", "count", "problems", "error", "version", "catalog"):
        assert field in queries
        assert re.search(rf"\b{field}=", MACRO)
    for message in re.findall(r"message = '(\w+)'", queries):
        assert f'"{message}"' in MACRO
