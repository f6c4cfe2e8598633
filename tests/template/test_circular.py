"""What CloudFormation makes after what."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.template.circular import circular_path, dependencies, has_circular
from lambda_bedrock_profile.template.intrinsics import Scope

CHOSEN = {"Fn::If": ["Chosen", {"Ref": "Function"}, "none"]}
RESOURCES: dict[str, Any] = {
    "Alarm": {"DependsOn": "Topic", "Properties": {"Name": {"Fn::Sub": "${Queue.QueueName}-alarm"}}},
    "Queue": {"DependsOn": ["Key"], "Properties": {"Function": {"Fn::GetAtt": ["Function", "Arn"]}}},
    "Topic": {"Properties": {"Back": {"Ref": "Alarm"}}},
    "Function": {"Properties": {"Name": {"Ref": "Parameter"}}},
    "Itself": {"Properties": {"Name": {"Ref": "Itself"}}},
    "Broken": "text",
}


def test_a_circular_dependency_names_each_resource_on_the_way_and_is_the_shortest() -> None:
    """A user sees through which resources one waits for itself, references and DependsOn alike."""
    assert circular_path(dependencies(RESOURCES, Scope()), "Alarm") == ["Alarm", "Topic", "Alarm"]
    assert circular_path(dependencies(RESOURCES, Scope()), "Itself") == ["Itself", "Itself"]
    longer = {**RESOURCES, "Function": {"DependsOn": ["Alarm", "Queue"]}}
    assert circular_path(dependencies(longer, Scope()), "Function") == ["Function", "Queue", "Function"]


def test_there_is_none_where_a_resource_does_not_wait_for_itself() -> None:
    """Resources that depend on circular ones are not among them, and what is no resource depends on nothing."""
    waiting = {**RESOURCES, "Late": {"DependsOn": ["Topic", "Broken"]}}
    assert circular_path(dependencies(waiting, Scope()), "Late") is None
    assert circular_path(dependencies(RESOURCES, Scope()), "Queue") is None
    assert circular_path(dependencies(RESOURCES, Scope()), "Broken") is None


def test_what_a_known_condition_leaves_out_waits_for_nothing() -> None:
    """A branch that is not taken, or may not be, and a resource that is not deployed close no circular dependency."""
    one = {"Function": {"Properties": {"Items": [CHOSEN]}}}
    for text, found in (("yes", ["Function", "Function"]), ("no", None)):
        scope = Scope(conditions={"Chosen": {"Fn::Equals": [text, "yes"]}})
        assert circular_path(dependencies(one, scope), "Function") == found
        conditional = {"Function": {"Condition": "Chosen", "DependsOn": "Function"}}
        assert circular_path(dependencies(conditional, scope), "Function") == found
    assert circular_path(dependencies(one, Scope()), "Function") is None


def test_any_circular_dependency_is_found() -> None:
    """Whether there is one is known without asking each resource."""
    assert has_circular(dependencies(RESOURCES, Scope()))
    alone = {name: RESOURCES[name] for name in ("Queue", "Function", "Broken")}
    assert not has_circular(dependencies(alone, Scope()))
    assert has_circular({"Itself": ["Itself"]})
