"""Whether the topic of the alarms hears of them, as far as the template shows it.

Sources: Amazon SNS Developer Guide, "Key management", on AWS services and encrypted topics; Amazon CloudWatch User
Guide, "Setting up Amazon SNS notifications". A topic without a policy of its own has one that lets its account publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.permissions import Statement
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.vpcs_of_template import referred, referred_in_text
from lambda_bedrock_profile.template.branches import branches, each, taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, Unknown, condition, function_of, known
from lambda_bedrock_profile.template.references import targets_of
from lambda_bedrock_profile.template.resources import Resources, is_a, is_custom, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

_TOPIC: Final = "AWS::SNS::Topic"
_KEY: Final = "AWS::KMS::Key"
_POLICIES: Final = {"AWS::SNS::TopicPolicy": "Topics", "AWS::SNS::TopicInlinePolicy": "TopicArn"}
"""The types of policies of topics, and the property that names the topics."""

_CLOUDWATCH: Final = "cloudwatch.amazonaws.com"
_ARN: Final = r"arn:[^:]+:sns:(?P<region>[^:]+):"


def check_alarm_topics(grants: Sequence[Grant], template: Mapping[str, Json], scope: Scope, report: Report) -> None:
    """Report topics that no alarm reaches; ``template`` has its references to declarations rewritten."""
    resources = template["Resources"]
    for grant in grants:
        topic = None if grant.monitoring is None else taken_branch(grant.monitoring.topic, scope)
        if topic is None or grant.monitoring is None:
            continue
        place = report.of(grant.logical_id, "Properties", "Monitoring", "AlarmTopicArn")
        if not grant.monitoring.thresholds:
            what, fix = "notifies nobody, since every alarm is left out", "Remove it, or write a count above 0"
            place.warning("ignored", what, fix)
        for branch in branches(topic):
            _check(branch, resources, scope, place)


def _check(topic: Expression, resources: Resources, scope: Scope, place: Report) -> None:
    arn = known(topic, scope)
    match = re.match(_ARN, arn) if isinstance(arn, str) else None
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
