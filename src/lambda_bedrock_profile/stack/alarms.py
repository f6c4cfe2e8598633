"""The alarms on an inference profile: throttled calls, errors of Bedrock, and the tokens of an hour.

Source: Amazon Bedrock User Guide, "Monitor the runtime with CloudWatch metrics", for the namespace and the metrics.
Copies of that page differ in the units, so no alarm names one. The dimension ModelId has the *id* of an application
inference profile, not its ARN, as two open-source tools read it (awslabs bedrock-usage-analyzer 0.7.0b0, Cloud
Custodian 0.9.53); no page of AWS says it.

Bedrock counts a throttled call neither as an invocation nor as an error, and nothing at all while nobody calls: so
missing data is not breaching.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.template.branches import taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, function_of
from lambda_bedrock_profile.values import Expression, Json

_MEMBERS: Final = SCHEMA["properties"]["Monitoring"]["properties"]
NAMESPACE: Final = "AWS/Bedrock"

_PERIODS: Final = {"Throttles": 300, "ServerErrors": 300, "TokensPerHour": 3600}
"""Member of Monitoring with a count → the seconds in which it is counted."""


class Monitoring(NamedTuple):
    """The alarms that a declaration asks for.

    ``topic`` is the expression of the ARN of whom they notify, None for nobody. ``thresholds`` has the count from which
    an alarm goes off, an expression, by the member of Monitoring; an alarm that is left out is not in it.
    """

    topic: Expression
    thresholds: Mapping[str, Json]


def monitoring(declaration: Declaration, scope: Scope) -> Monitoring | None:
    """The alarms that the declaration asks for; None if it does not write Monitoring."""
    asked = taken_branch(declaration.properties.expression("Monitoring"), scope)
    values = declaration.properties.value("Monitoring")
    if not isinstance(asked, dict) or function_of(asked) or not isinstance(values, dict):
        return None
    thresholds = {}
    for name in _PERIODS:
        count = values.get(name, _MEMBERS[name].get("default"))
        if isinstance(count, int) and count > 0:
            expression = asked.get(name, count)
            # A number that is written as text is one, and only an expression stays as it is.
            thresholds[name] = expression if name in values and isinstance(expression, dict) else count
    return Monitoring(asked.get("AlarmTopicArn") if "AlarmTopicArn" in values else None, thresholds)


def alarms(declaration_id: str, monitored: Monitoring, profile_id: Expression) -> dict[str, dict[str, Json]]:
    """The alarms by logical id; ``profile_id`` is the expression of the id of the inference profile."""
    dimensions = [{"Name": "ModelId", "Value": profile_id}]
    actions = {} if monitored.topic is None else {"AlarmActions": [monitored.topic]}
    return {
        generated_id(declaration_id, _PARTS[name]): {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmDescription": _DESCRIPTIONS[name].format(declaration_id),
                **_metric(name, dimensions),
                "EvaluationPeriods": 1,
                "Threshold": threshold,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
                **actions,
            },
        }
        for name, threshold in monitored.thresholds.items()
    }


_PARTS: Final = {
    "Throttles": names.THROTTLES_ALARM,
    "ServerErrors": names.SERVER_ERRORS_ALARM,
    "TokensPerHour": names.TOKENS_ALARM,
}
_DESCRIPTIONS: Final = {
    "Throttles": "Bedrock throttles calls through the inference profile of {}",
    "ServerErrors": "Calls through the inference profile of {} fail with an error of Bedrock",
    "TokensPerHour": "Calls through the inference profile of {} take many tokens in an hour",
}
_METRICS: Final = {"Throttles": "InvocationThrottles", "ServerErrors": "InvocationServerErrors"}
_TOKENS: Final = {"input": "InputTokenCount", "output": "OutputTokenCount"}


def _metric(member: str, dimensions: list[dict[str, Json]]) -> dict[str, Json]:
    """What of an alarm says which metric it watches."""
    period = _PERIODS[member]
    if member in _METRICS:
        metric = {"Namespace": NAMESPACE, "MetricName": _METRICS[member], "Dimensions": dimensions}
        return {**metric, "Statistic": "Sum", "Period": period}
    counted = [
        {
            "Id": query,
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions},
                "Period": period,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for query, name in _TOKENS.items()
    ]
    # SUM of a list counts what is there: an embedding model has no output tokens, and input + output would be missing.
    return {"Metrics": [*counted, {"Id": "tokens", "Expression": "SUM([input, output])", "Label": "Tokens"}]}
