"""The alarms on an inference profile: what each counts, and whom it reaches.

Source: Amazon Bedrock User Guide, "Monitor the runtime with CloudWatch metrics", for the namespace and the metrics.
Copies of that page differ in the units, so no alarm names one. The dimension ModelId has the *id* of an application
inference profile, not its ARN, as two open-source tools read it (awslabs bedrock-usage-analyzer 0.7.0b0, Cloud
Custodian 0.9.53); no page of AWS says it.

Bedrock counts a throttled call neither as an invocation nor as an error, and nothing at all while nobody calls: so
missing data is not breaching.

Whether a topic takes what an alarm publishes is read as far as the template shows it. Sources: Amazon SNS Developer
Guide, "Key management", on AWS services and encrypted topics; Amazon CloudWatch User Guide, "Setting up Amazon SNS
notifications". A topic without a policy has one that lets its account publish.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.stack.permissions import Statement
from lambda_bedrock_profile.template.branches import branches, each, taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, condition, function_of, known
from lambda_bedrock_profile.template.references import referred, referred_in_text, targets_of
from lambda_bedrock_profile.template.resources import Resources, is_a, is_custom, of_type, properties
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
    monitoring_props = taken_branch(declaration.properties.expression("Monitoring"), scope)
    values = declaration.properties.value("Monitoring")
    if not isinstance(monitoring_props, dict) or function_of(monitoring_props) or not isinstance(values, dict):
        return None
    thresholds = {}
    for name in _PERIODS:
        count = values.get(name, _MEMBERS[name].get("default"))
        if isinstance(count, int) and count > 0:
            expression = monitoring_props.get(name, count)
            # A number that is written as text is one, and only an expression stays as it is.
            thresholds[name] = expression if name in values and isinstance(expression, dict) else count
    return Monitoring(monitoring_props.get("AlarmTopicArn") if "AlarmTopicArn" in values else None, thresholds)


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


# The topic

_TOPIC: Final = "AWS::SNS::Topic"
_KEY: Final = "AWS::KMS::Key"
_POLICIES: Final = {"AWS::SNS::TopicPolicy": "Topics", "AWS::SNS::TopicInlinePolicy": "TopicArn"}
"""The types of policies of topics, and the property that names the topics."""

_CLOUDWATCH: Final = "cloudwatch.amazonaws.com"
_TOPIC_ARN: Final = r"arn:[^:]+:sns:(?P<region>[^:]+):"


def check_alarm_topics(monitored: Mapping[str, Monitoring], resources: Resources, scope: Scope, report: Report) -> None:
    """Report topics that no alarm reaches.

    ``monitored`` are the alarms of each declaration that asks for some, by its id. ``resources`` are those of the
    template, with its references to declarations rewritten.
    """
    for logical_id, alarms in monitored.items():
        topic = taken_branch(alarms.topic, scope)
        if topic is None:
            continue
        place = report.of(logical_id, "Properties", "Monitoring", "AlarmTopicArn")
        if not alarms.thresholds:
            what, fix = "notifies nobody, since every alarm is left out", "Remove it, or write a count above 0"
            place.warning("ignored", what, fix)
        for branch in branches(topic):
            _check_topic(branch, resources, scope, place)


def _check_topic(topic: Expression, resources: Resources, scope: Scope, place: Report) -> None:
    arn = known(topic, scope)
    match = re.match(_TOPIC_ARN, arn) if isinstance(arn, str) else None
    if match is not None and match["region"] != scope.pseudo.get("AWS::Region"):
        what = "is a topic of another Region than the stack's, and CloudWatch refuses an alarm with one"
        place.error("property", what, "Name a topic of the stack's Region; it may forward to another one")
    name = referred(topic, "TopicArn") or referred_in_text(topic, "TopicArn")
    resource = None if name is None else resources.get(name)
    kind = resource.get("Type") if isinstance(resource, dict) else None
    if name is None or not isinstance(kind, str) or is_custom(resource):
        return
    if kind != _TOPIC:
        what = f"{name} is a resource of type {kind}, and an alarm notifies an SNS topic"
        place.error("property", what, f"Name a resource of type {_TOPIC}, or the ARN of a topic")
        return
    _check_policy(name, resources, scope, place)
    _check_key(name, resources, scope, place)


def _check_policy(topic: str, resources: Resources, scope: Scope, place: Report) -> None:
    policies = {
        policy_id: policy.get("PolicyDocument")
        for kind, named in _POLICIES.items()
        for policy_id, policy in of_type(resources, kind)
        if topic in targets_of(policy.get(named))
        and condition(resources[policy_id].get("Condition"), scope) is not False
    }
    if policies and not any(_lets(document, "sns:Publish", scope) for document in policies.values()):
        place.warning(
            "silent",
            f"hears of no alarm, since {' and '.join(policies)} of {topic} does not let CloudWatch publish",
            f"Add a statement to it: Effect: Allow, Principal: {{Service: {_CLOUDWATCH}}}, Action: sns:Publish, "
            f"Resource: !Ref {topic}, Condition: {{StringEquals: {{aws:SourceAccount: !Ref AWS::AccountId}}}}",
        )


def _check_key(topic: str, resources: Resources, scope: Scope, place: Report) -> None:
    key = taken_branch(properties(resources, topic).get("KmsMasterKeyId"), scope)
    if known(key, scope) in ("alias/aws/sns", "aws/sns"):
        place.warning(
            "silent",
            f"hears of no alarm, since {topic} is encrypted with the key that AWS manages for SNS, and CloudWatch may "
            "not use that one",
            f"Write the KmsMasterKeyId of a key of your own in {topic}, whose policy lets {_CLOUDWATCH} use it",
        )
    key_id = _key_id(key, resources)
    if key_id is None or not is_a(resources, key_id, _KEY):
        return
    document = properties(resources, key_id).get("KeyPolicy")
    if not all(_lets(document, action, scope) for action in ("kms:Decrypt", "kms:GenerateDataKey")):
        place.warning(
            "silent",
            f"hears of no alarm, since the key {key_id} of {topic} does not let CloudWatch encrypt",
            f"Add a statement to the KeyPolicy of {key_id}: Effect: Allow, Principal: {{Service: {_CLOUDWATCH}}}, "
            'Action: [kms:Decrypt, "kms:GenerateDataKey*"], Resource: "*"',
        )


def _key_id(key: Expression, resources: Resources) -> str | None:
    """The logical id of a key of the template, or of the one behind an alias of it."""
    name = referred(key, "Arn") or referred(key, "KeyId") or referred_in_text(key, "Arn")
    if name is not None and is_a(resources, name, "AWS::KMS::Alias"):
        target = properties(resources, name).get("TargetKeyId")
        return referred(target, "Arn") or referred(target, "KeyId")
    return name


def _lets(document: Expression, action: str, scope: Scope) -> bool:
    """Whether a resource policy may let CloudWatch take ``action``; what cannot be read may."""
    return any(
        not isinstance(statement, dict)
        or function_of(statement) is not None
        or (Statement(statement).allows([action], scope) and _is_for_cloudwatch(statement, scope))
        for statement in _statements(document)
    )


def _statements(document: Expression) -> Iterator[Json]:
    for item, _ in each(document, ()):
        readable = isinstance(item, dict) and function_of(item) is None
        yield from (statement for statement, _ in each(item.get("Statement"), ())) if readable else (item,)


def _is_for_cloudwatch(statement: Mapping[str, Json], scope: Scope) -> bool:
    if "Principal" not in statement:
        return True
    principal = known(statement["Principal"], scope)
    if not isinstance(principal, dict):
        return principal == "*" or isinstance(principal, Unknown)
    who = {kind: value if isinstance(value, list) else [value] for kind, value in principal.items()}
    return "*" in who.get("AWS", []) or any(
        isinstance(item, Unknown) or item in ("*", _CLOUDWATCH) for item in who.get("Service", [])
    )
