"""The benchmarks compare like with like."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from benchmarks import expansion, templates
from benchmarks.rows import Row


def types(template: dict[str, Any]) -> Counter[str]:
    """How many resources of each type a template has."""
    return Counter(resource["Type"] for resource in template["Resources"].values())


def statements(template: dict[str, Any]) -> list[list[str]]:
    """The actions that the roles of a template allow on Bedrock, statement by statement."""
    found = []
    for resource in template["Resources"].values():
        for policy in resource["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                if actions[0].startswith("bedrock:"):
                    found.append(sorted(actions))
    return found


@pytest.mark.parametrize("count", [1, 10])
def test_both_ways_end_in_the_same_resources(count: int) -> None:
    """What the macro and the SAM translator are timed on comes to the same functions, roles, logs and profiles."""
    answer = json.loads(expansion.macro_text()(templates.event_text(templates.declarations(count))))
    by_hand = json.loads(expansion.sam_text()(json.dumps(templates.by_hand(count))))
    assert answer["status"] == "success"
    assert types(answer["fragment"]) == types(by_hand)
    assert statements(answer["fragment"]) == statements(by_hand)


def test_a_row_knows_which_way_its_bound_lies() -> None:
    """'Faster' is kept from the bound up, 'longer' from the bound down."""
    assert Row("", ours=1, theirs=5, unit="ms", wanted=4).kept is True
    assert Row("", ours=1, theirs=3, unit="ms", wanted=4).kept is False
    assert Row("", ours=3, theirs=1, unit="ms", ratio="ours/theirs", wanted=4).kept is True
    assert Row("", ours=5, theirs=1, unit="ms", ratio="ours/theirs", wanted=4).kept is False
    assert Row("", ours=5, theirs=1, unit="ms").kept is None
