"""The macro's own template as CloudFormation would deploy it, and what it grants."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.support.template_text import read_template

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
PARAMETERS: dict[str, Any] = read_template(TEMPLATE.read_text(encoding="utf-8"))["Parameters"]

NONE = object()
TRUE = {"Fn::Equals": ["", ""]}


def deployed(**parameters: str) -> dict[str, Any]:
    """The template as CloudFormation would deploy it: conditions decided and parameters filled in.

    References to resources stay.
    """
    template = read_template(TEMPLATE.read_text(encoding="utf-8"))
    values = {name: parameter["Default"] for name, parameter in PARAMETERS.items()} | parameters
    conditions = template["Conditions"]

    def holds(condition: Any) -> bool:
        [(name, operand)] = condition.items()
        match name:
            case "Condition":
                return holds(conditions[operand])
            case "Fn::Not":
                return not holds(operand[0])
            case "Fn::And":
                return all(map(holds, operand))
            case "Fn::Equals":
                left, right = (resolved(side) for side in operand)
                return bool(left == right)
        raise AssertionError(f"{name} is not expected in a condition")

    def resolved(value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return NONE
            case {"Ref": name} if name in values:
                return values[name]
            case {"Fn::If": [condition, yes, no]}:
                return resolved(yes if holds(conditions[condition]) else no)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], match[0]), text)
            case dict():
                items = ((key, resolved(item)) for key, item in value.items())
                return {key: item for key, item in items if item is not NONE}
            case list():
                return [item for item in map(resolved, value) if item is not NONE]
        return value

    def section(name: str) -> dict[str, Any]:
        parts = template[name].items()
        return {key: resolved(part) for key, part in parts if holds(conditions.get(part.get("Condition"), TRUE))}

    return {"Resources": section("Resources"), "Outputs": section("Outputs"), "Globals": resolved(template["Globals"])}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a role's inline policies."""
    assert "ManagedPolicyArns" not in role["Properties"]
    policies = role["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def granted(resources: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The statements of the role ``name``: its inline policies, and the policies that name it."""
    policies = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::IAM::Policy"]
    attached = [policy["PolicyDocument"]["Statement"] for policy in policies if {"Ref": name} in policy["Roles"]]
    return [*statements(resources[name]), *(statement for document in attached for statement in document)]


def as_list(value: Any) -> list[Any]:
    """The values of an element of a policy, which may be one or a list."""
    return value if isinstance(value, list) else [value]
