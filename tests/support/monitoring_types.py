"""What the embedded AWS's CloudFormation does not know of alarms and budgets.

An alarm on the result of an expression is kept as one on the first of its metrics, and watches that one alone. Its
queries are checked as CloudWatch does: one of them gives the data, and an expression names others. A budget is kept by
the engine's own service for budgets, and counts nothing.

Source: Amazon CloudWatch API Reference, "MetricDataQuery" and "PutMetricAlarm"; AWS CloudFormation Template Reference,
"AWS::Budgets::Budget".
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]


def install(provisioners: Any, budgets: Any) -> None:
    """Let the engine's module ``provisioners`` make alarms on expressions, and budgets that ``budgets`` keeps."""
    types = provisioners._RESOURCE_HANDLERS
    types["AWS::Budgets::Budget"] = budget(budgets)
    alarm = types["AWS::CloudWatch::Alarm"]
    types["AWS::CloudWatch::Alarm"] = {
        **alarm,
        "create": on_first_metric(alarm["create"], 1),
        "update": on_first_metric(alarm["update"], 2),
    }


def budget(budgets: Any) -> dict[str, Any]:
    """How budgets are made and deleted; one without a name gets one."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, str]]:
        budget = properties["Budget"]
        name = budget.get("BudgetName", f"{stack}-{logical_id}-{secrets.token_hex(4)}")
        limit = {key: str(value) for key, value in budget.get("BudgetLimit", {}).items()}
        answer = budgets._create_budget({**properties, "Budget": {**budget, "BudgetName": name, "BudgetLimit": limit}})
        if answer[0] >= 300:
            raise ValueError(answer)
        return name, {"Id": name}

    def delete(identifier: str, properties: Properties) -> None:
        budgets._delete_budget({"BudgetName": identifier})

    return {"create": create, "delete": delete}


def on_first_metric(make: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Make an alarm as ``make`` does, whose argument at ``position`` are the properties."""

    def make_on_first_metric(*arguments: Any, **named: Any) -> Any:
        given = list(arguments)
        given[position] = of_one_metric(given[position])
        return make(*given, **named)

    return make_on_first_metric


def of_one_metric(properties: Properties) -> Properties:
    """``properties`` of an alarm, on the first of its metrics if it watches an expression. Raises ValueError."""
    if "Metrics" not in properties:
        return properties
    queries = {query["Id"]: query for query in properties["Metrics"]}
    returned = [query for query in queries.values() if str(query.get("ReturnData", True)).lower() == "true"]
    if len(returned) != 1:
        raise ValueError("exactly one element of Metrics may return data")
    named = set(re.findall("[a-z][A-Za-z0-9_]*", returned[0].get("Expression", "")))
    if not named or not named <= queries.keys():
        raise ValueError("the expression has to name other elements of Metrics")
    watched = next(query["MetricStat"] for query in queries.values() if "MetricStat" in query)
    others = {name: value for name, value in properties.items() if name != "Metrics"}
    return {**others, **watched["Metric"], "Statistic": watched["Stat"], "Period": watched["Period"]}
