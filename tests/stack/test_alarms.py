"""Monitoring: which alarms a declaration makes on its profile, and whether anybody hears of them."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic
from lambda_bedrock_profile.expand import expand
from tests.support.declarations import flaw, minimal
from tests.support.templates import get_att, new, on, problem, resources, template

ALARM = "AWS::CloudWatch::Alarm"
ARN = "arn:aws:sns:us-east-1:111122223333:alarms"
PUBLISH = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
USE = {**PUBLISH, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}


def alarms(monitoring: Any, region: str = "us-east-1", **parameters: Any) -> dict[str, Any]:
    """The properties of the alarms of the declaration X, by logical id."""
    sections = {
        "Parameters": {"Count": {"Type": "Number", "Default": "7"}, "Stage": {"Type": "String", "Default": "test"}},
        "Conditions": {"IsTest": {"Fn::Equals": [{"Ref": "Stage"}, "test"]}},
    }
    made = resources(template(sections, X=new(Monitoring=monitoring)), region, **parameters)
    return {name: item["Properties"] for name, item in made.items() if item["Type"] == ALARM}


def test_an_empty_map_makes_an_alarm_on_throttles_and_one_on_server_errors() -> None:
    """Monitoring: {} is all it takes to hear of the first failed call."""
    made = alarms({})
    assert {name: (alarm["MetricName"], alarm["Threshold"], alarm["Period"]) for name, alarm in made.items()} == {
        "XThrottlesAlarm": ("InvocationThrottles", 1, 300),
        "XServerErrorsAlarm": ("InvocationServerErrors", 1, 300),
    }


def test_an_alarm_watches_the_id_of_the_profile() -> None:
    """The metrics of calls through a profile are under its id, never its ARN; no unit, and no traffic is no alarm."""
    for alarm in alarms({}).values():
        assert alarm["Dimensions"] == [{"Name": "ModelId", "Value": get_att("XInferenceProfile", "InferenceProfileId")}]
        assert (alarm["Namespace"], alarm["Statistic"]) == ("AWS/Bedrock", "Sum")
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm.keys().isdisjoint({"Unit", "AlarmActions", "AlarmName"})


def test_the_tokens_of_an_hour_are_the_sum_of_two_metrics() -> None:
    """Input and output tokens count together, also for a model that has no output tokens."""
    alarm = alarms({"TokensPerHour": 1000})["XTokensAlarm"]
    *counted, together = alarm["Metrics"]
    assert [item["MetricStat"]["Metric"]["MetricName"] for item in counted] == ["InputTokenCount", "OutputTokenCount"]
    assert [(item["MetricStat"]["Period"], item["MetricStat"]["Stat"]) for item in counted] == [(3600, "Sum")] * 2
    assert [item.get("ReturnData", True) for item in alarm["Metrics"]] == [False, False, True]
    assert together["Expression"] == "SUM([input, output])"
    assert alarm["Threshold"] == 1000


@pytest.mark.parametrize(
    ("monitoring", "made"),
    [
        ({"Throttles": 0}, {"XServerErrorsAlarm"}),
        ({"ServerErrors": "0"}, {"XThrottlesAlarm"}),
        ({"Throttles": 0, "ServerErrors": 0, "TokensPerHour": 5}, {"XTokensAlarm"}),
        ({"TokensPerHour": 0}, {"XThrottlesAlarm", "XServerErrorsAlarm"}),
        ({"Throttles": {"Fn::If": ["IsTest", 0, 3]}}, {"XServerErrorsAlarm"}),
        ({"Throttles": {"Ref": "AWS::NoValue"}}, {"XThrottlesAlarm", "XServerErrorsAlarm"}),
        ({"Fn::If": ["IsTest", {"Ref": "AWS::NoValue"}, {}]}, set()),
        ({"Fn::If": ["IsTest", {"Throttles": 0}, {}]}, {"XServerErrorsAlarm"}),
        ({"Ref": "AWS::NoValue"}, set()),
    ],
)
def test_a_count_of_0_leaves_an_alarm_out(monitoring: Any, made: set[str]) -> None:
    """Written out, as text or by a condition on a parameter; NoValue means the default."""
    assert alarms(monitoring).keys() == made


def test_a_count_stays_the_expression_that_the_user_wrote() -> None:
    """A parameter is referred to, so that a change of its value is a change of the alarm; a text becomes a number."""
    made = alarms({"Throttles": {"Ref": "Count"}, "ServerErrors": "12"})
    assert made["XThrottlesAlarm"]["Threshold"] == {"Ref": "Count"}
    assert made["XServerErrorsAlarm"]["Threshold"] == 12


def test_alarms_notify_the_topic_and_nobody_else() -> None:
    """The topic is the one action, an expression as the user wrote it."""
    topic = {"Fn::ImportValue": "alarms"}
    made = alarms({"AlarmTopicArn": topic, "TokensPerHour": 5})
    assert [alarm["AlarmActions"] for alarm in made.values()] == [[topic]] * 3


def test_alarms_watch_the_profile_that_the_provider_makes() -> None:
    """In a Region without the resource type the stand-in has the same id."""
    source = template(X=new({"Condition": "C"}, Monitoring={}))
    source["Conditions"] = {"C": {"Fn::Equals": ["a", "a"]}}
    context = StackContext("us-west-1", "111122223333", {}, "arn:aws:lambda:us-west-1:111122223333:function:provider")
    made = expand(source, context, Catalog.bundled()).template["Resources"]
    assert made["XInferenceProfile"]["Type"].startswith("Custom::")
    value = made["XThrottlesAlarm"]["Properties"]["Dimensions"][0]["Value"]
    assert value == get_att("XInferenceProfile", "InferenceProfileId")
    assert made["XThrottlesAlarm"]["Condition"] == "C"


def test_each_profile_of_a_function_has_its_own_alarms() -> None:
    """Monitoring is about a profile: a second one of the same function is watched only if it says so."""
    other = on("X", FoundationModelEnvironmentVariableName="", InferenceProfileEnvironmentVariableName="OTHER")
    made = resources(template(X=new(Monitoring={}), Y=other))
    assert {name for name, item in made.items() if item["Type"] == ALARM} == {"XThrottlesAlarm", "XServerErrorsAlarm"}


@pytest.mark.parametrize(
    ("named", "watched"),
    [
        (get_att("Other", "InferenceProfileArn"), get_att("OtherInferenceProfile", "InferenceProfileId")),
        ("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456", "abc123def456"),
        (
            {"Fn::ImportValue": "profile"},
            {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::ImportValue": "profile"}]}]},
        ),
    ],
    ids=["of another declaration", "by ARN", "by import"],
)
def test_alarms_watch_a_profile_that_is_there(named: Any, watched: Any) -> None:
    """Whoever names a profile and asks for alarms gets them on that profile, whichever function calls it."""
    made = resources(template(Other=new(), X=new(ExistingInferenceProfile=named, Monitoring={})))
    for name in ("XThrottlesAlarm", "XServerErrorsAlarm"):
        assert made[name]["Properties"]["Dimensions"] == [{"Name": "ModelId", "Value": watched}]


@pytest.mark.parametrize(
    ("monitoring", "path"),
    [
        ("on", ()),
        (["Throttles"], ()),
        ({"Throttles": -1}, ("Throttles",)),
        ({"Throttles": "some"}, ("Throttles",)),
        ({"ServerErrors": True}, ("ServerErrors",)),
        ({"TokensPerHour": 1.5}, ("TokensPerHour",)),
        ({"Throttle": 1}, ("Throttle",)),
        ({"AlarmTopicArn": "alarms"}, ("AlarmTopicArn",)),
        ({"AlarmTopicArn": "arn:aws:sqs:us-east-1:111122223333:alarms"}, ("AlarmTopicArn",)),
    ],
)
def test_a_misfit_is_one_error_at_its_place(monitoring: Any, path: tuple[str, ...]) -> None:
    """The message names the member and says what to write."""
    error = flaw(minimal(Monitoring=monitoring))
    assert error.path == ("Properties", "Monitoring", *path)


def test_a_count_that_is_not_known_before_deployment_is_refused() -> None:
    """0 decides that there is no alarm, so the macro has to know the number."""
    error = flaw(minimal(Monitoring={"Throttles": {"Fn::ImportValue": "count"}}))
    assert (error.path, "decides the expansion" in error.what) == (("Properties", "Monitoring"), True)


# ---------------------------------------------------------------------------------------------------------- the topic


def remarks(topic: Any = None, *, named: Any = None, **others: Any) -> tuple[Diagnostic, ...]:
    """What there is to say of the alarms to Topic, a topic with the properties ``topic``, beside other resources."""
    declared = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": topic or {}}}
    source = template(X=new(Monitoring={"AlarmTopicArn": named or {"Ref": "Topic"}}), **declared, **others)
    return expand(source, StackContext("us-east-1", "111122223333"), Catalog.bundled()).remarks


def policy(*statements: Any, kind: str = "AWS::SNS::TopicPolicy") -> dict[str, Any]:
    """A policy of the topic."""
    topics = {"Topics": [{"Ref": "Topic"}]} if kind.endswith("TopicPolicy") else {"TopicArn": {"Ref": "Topic"}}
    return {"Type": kind, "Properties": {**topics, "PolicyDocument": {"Statement": [*statements]}}}


def key(*statements: Any) -> dict[str, Any]:
    """A key with these statements beside that of its account."""
    own = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [own, *statements]}}}


BUDGETS = {**PUBLISH, "Principal": {"Service": "budgets.amazonaws.com"}}
ALIAS = {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/a", "TargetKeyId": {"Ref": "Key"}}}


@pytest.mark.parametrize(
    ("topic", "others"),
    [
        ({}, {}),
        ({}, {"Policy": policy(BUDGETS, PUBLISH)}),
        ({}, {"Policy": policy({**PUBLISH, "Principal": {"Service": ["a", "cloudwatch.amazonaws.com"]}})}),
        ({}, {"Policy": policy({**PUBLISH, "Principal": "*", "Action": "SNS:*"})}),
        ({}, {"Policy": policy({**PUBLISH, "Principal": {"AWS": "*"}})}),
        ({}, {"Policy": policy({**PUBLISH, "Principal": {"Service": {"Fn::ImportValue": "who"}}})}),
        ({}, {"Policy": policy({"Fn::Transform": {"Name": "Statements"}})}),
        ({}, {"Policy": policy(BUDGETS), "Other": policy(PUBLISH)}),
        ({"KmsMasterKeyId": "alias/mine"}, {}),
        ({"KmsMasterKeyId": {"Ref": "Key"}}, {"Key": key(USE)}),
        ({"KmsMasterKeyId": {"Ref": "Alias"}}, {"Key": key(USE), "Alias": ALIAS}),
    ],
)
def test_a_topic_that_cloudwatch_may_publish_to_is_not_remarked_on(topic: Any, others: dict[str, Any]) -> None:
    """A topic without a policy of its own lets its account publish; what cannot be read is not judged."""
    assert remarks(topic, **others) == ()


@pytest.mark.parametrize(
    ("topic", "others", "named"),
    [
        ({}, {"Policy": policy(BUDGETS)}, "Policy"),
        ({}, {"Policy": policy(BUDGETS, kind="AWS::SNS::TopicInlinePolicy")}, "Policy"),
        ({}, {"Policy": policy({**PUBLISH, "Effect": "Deny"})}, "Policy"),
        ({}, {"Policy": policy({**PUBLISH, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}})}, "Policy"),
        ({"KmsMasterKeyId": "alias/aws/sns"}, {}, "manages for SNS"),
        ({"KmsMasterKeyId": {"Ref": "Key"}}, {"Key": key()}, "Key"),
        ({"KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}, {"Key": key({**USE, "Action": "kms:Decrypt"})}, "Key"),
        ({"KmsMasterKeyId": {"Ref": "Alias"}}, {"Key": key(BUDGETS), "Alias": ALIAS}, "Key"),
    ],
)
def test_a_topic_that_cloudwatch_may_not_publish_to_is_a_warning(
    topic: Any, others: dict[str, Any], named: str
) -> None:
    """The alarm would go off and nobody would hear of it: the warning names the policy or the key."""
    (warning,) = remarks(topic, **others)
    assert (warning.rule, warning.path[1:]) == ("silent", ("Monitoring", "AlarmTopicArn"))
    assert named in warning.what
    assert "cloudwatch.amazonaws.com" in warning.fix


def test_a_topic_that_no_alarm_notifies_is_a_warning() -> None:
    """If every alarm is left out, the topic has no effect."""
    source = template(X=new(Monitoring={"Throttles": 0, "ServerErrors": 0, "AlarmTopicArn": ARN}))
    (warning,) = expand(source, StackContext("us-east-1"), Catalog.bundled()).remarks
    assert (warning.rule, warning.path[1:]) == ("ignored", ("Monitoring", "AlarmTopicArn"))


@pytest.mark.parametrize("named", [{"Ref": "Queue"}, {"Fn::GetAtt": ["Queue", "TopicArn"]}, {"Fn::Sub": "${Queue}"}])
def test_a_resource_that_is_no_topic_is_refused(named: Any) -> None:
    """CloudWatch would refuse the alarm in the middle of the deployment."""
    error = problem(template(X=new(Monitoring={"AlarmTopicArn": named}), Queue={"Type": "AWS::SQS::Queue"}))
    assert "AWS::SQS::Queue" in error.what


def test_a_topic_of_another_region_is_refused() -> None:
    """CloudWatch takes a topic of its own Region; the message shows no value of a parameter."""
    sections = {"Parameters": {"Topic": {"Type": "String", "Default": ARN}}}
    source = template(sections, X=new(Monitoring={"AlarmTopicArn": {"Ref": "Topic"}}))
    error = problem(source, "eu-west-1")
    assert "another Region" in error.what
    assert ARN not in str(error)
