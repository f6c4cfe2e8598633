"""What CloudFormation makes after what."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.order import circle, has_circle, waits

CHOSEN = {"Fn::If": ["Chosen", {"Ref": "Function"}, "none"]}
RESOURCES: dict[str, Any] = {
    "Alarm": {"DependsOn": "Topic", "Properties": {"Name": {"Fn::Sub": "${Queue.QueueName}-alarm"}}},
    "Queue": {"DependsOn": ["Key"], "Properties": {"Function": {"Fn::GetAtt": ["Function", "Arn"]}}},
    "Topic": {"Properties": {"Back": {"Ref": "Alarm"}}},
    "Function": {"Properties": {"Name": {"Ref": "Parameter"}}},
    "Itself": {"Properties": {"Name": {"Ref": "Itself"}}},
    "Broken": "text",
}


def test_a_circle_names_each_resource_on_the_way_and_is_the_shortest() -> None:
    """A user sees through which resources one waits for itself, references and DependsOn alike."""
    assert circle(waits(RESOURCES, Scope()), "Alarm") == ["Alarm", "Topic", "Alarm"]
    assert circle(waits(RESOURCES, Scope()), "Itself") == ["Itself", "Itself"]
    longer = {**RESOURCES, "Function": {"DependsOn": ["Alarm", "Queue"]}}
    assert circle(waits(longer, Scope()), "Function") == ["Function", "Queue", "Function"]


def test_there_is_none_where_a_resource_does_not_wait_for_itself() -> None:
    """Resources that wait for a circle of others are not in it, and what is no resource waits for nothing."""
    waiting = {**RESOURCES, "Late": {"DependsOn": ["Topic", "Broken"]}}
    assert circle(waits(waiting, Scope()), "Late") is None
    assert circle(waits(RESOURCES, Scope()), "Queue") is None
    assert circle(waits(RESOURCES, Scope()), "Broken") is None


def test_what_a_known_condition_leaves_out_waits_for_nothing() -> None:
    """A branch that is not taken, or may not be, and a resource that is not deployed close no circle."""
    one = {"Function": {"Properties": {"Items": [CHOSEN]}}}
    for text, found in (("yes", ["Function", "Function"]), ("no", None)):
        scope = Scope(conditions={"Chosen": {"Fn::Equals": [text, "yes"]}})
        assert circle(waits(one, scope), "Function") == found
        conditional = {"Function": {"Condition": "Chosen", "DependsOn": "Function"}}
        assert circle(waits(conditional, scope), "Function") == found
    assert circle(waits(one, Scope()), "Function") is None


def test_any_circle_is_seen_at_once() -> None:
    """Whether there is one is known without asking each resource."""
    assert has_circle(waits(RESOURCES, Scope()))
    alone = {name: RESOURCES[name] for name in ("Queue", "Function", "Broken")}
    assert not has_circle(waits(alone, Scope()))
    assert has_circle({"Itself": ["Itself"]})
