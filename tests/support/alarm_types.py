"""What the embedded AWS's CloudFormation does not know of alarms: those on the result of an expression.

Such an alarm is kept as one on the first of its metrics, and watches that one alone. Its queries are checked as
CloudWatch does: one of them gives the data, and an expression names others.

Source: Amazon CloudWatch API Reference, "MetricDataQuery" and "PutMetricAlarm".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]


def install(provisioners: Any) -> None:
    """Let the engine's module ``provisioners`` make alarms on expressions."""
    types = provisioners._RESOURCE_HANDLERS
    alarm = types["AWS::CloudWatch::Alarm"]
    types["AWS::CloudWatch::Alarm"] = {
        **alarm,
        "create": on_first_metric(alarm["create"], 1),
        "update": on_first_metric(alarm["update"], 2),
    }


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
    shown = [query for query in queries.values() if str(query.get("ReturnData", True)).lower() == "true"]
    if len(shown) != 1:
        raise ValueError("exactly one element of Metrics may return data")
    named = set(re.findall("[a-z][A-Za-z0-9_]*", shown[0].get("Expression", "")))
    if not named or not named <= queries.keys():
        raise ValueError("the expression has to name other elements of Metrics")
    watched = next(query["MetricStat"] for query in queries.values() if "MetricStat" in query)
    others = {name: value for name, value in properties.items() if name != "Metrics"}
    return {**others, **watched["Metric"], "Statistic": watched["Stat"], "Period": watched["Period"]}
