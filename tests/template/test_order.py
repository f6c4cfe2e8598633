"""What CloudFormation makes after what."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile.template.order import chain

RESOURCES: dict[str, Any] = {
    "Alarm": {"DependsOn": "Topic", "Properties": {"Name": {"Fn::Sub": "${Queue.QueueName}-alarm"}}},
    "Queue": {"DependsOn": ["Key"], "Properties": {"Function": {"Fn::GetAtt": ["Function", "Arn"]}}},
    "Topic": {"Properties": {"Back": {"Ref": "Alarm"}}},
    "Function": {"Properties": {"Name": {"Ref": "Parameter"}}},
    "Broken": "text",
}


def test_a_chain_names_each_resource_on_the_way() -> None:
    """A user sees through which resources one waits for another, references and DependsOn alike."""
    assert chain(RESOURCES, ["Alarm"], "Function") == ["Alarm", "Queue", "Function"]
    assert chain(RESOURCES, ["Broken", "Queue"], "Function") == ["Queue", "Function"]


def test_there_is_none_where_nothing_waits() -> None:
    """Resources that do not wait for each other are not said to, even where others go round in a circle."""
    assert chain(RESOURCES, ["Function"], "Alarm") is None
    assert chain(RESOURCES, ["Topic"], "Elsewhere") is None
    assert chain(RESOURCES, [], "Alarm") is None


def test_a_start_can_be_the_goal() -> None:
    """A resource that is asked about itself is a chain of one."""
    assert chain(RESOURCES, ["Topic"], "Topic") == ["Topic"]
