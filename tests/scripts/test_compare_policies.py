"""The comparison of our policies with those of other templates counts what a reader would count by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.compare_policies import main

MODEL = "amazon.nova-lite-v1:0"
PROFILE = {"Fn::GetAtt": ["Profile", "InferenceProfileArn"]}


def other(prefixes: dict[str, str], *statements: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """A template as somebody else writes it: a function, its profile and its role, for the Regions of ``prefixes``."""
    prefix = {"Fn::FindInMap": ["Prefixes", {"Ref": "AWS::Region"}, "profile"]}
    source = ["arn:aws:bedrock:", {"Ref": "AWS::Region"}, ":111122223333:inference-profile/", prefix, f".{MODEL}"]
    policy = {"PolicyName": "all", "PolicyDocument": {"Statement": list(statements)}}
    function = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Environment": {"Variables": {"BEDROCK_PROFILE": PROFILE}}}
    return {
        "Mappings": {"Prefixes": {region: {"profile": value} for region, value in prefixes.items()}},
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
            "Profile": {
                "Type": "AWS::Bedrock::ApplicationInferenceProfile",
                "Properties": {"ModelSource": {"CopyFrom": {"Fn::Join": ["", source]}}},
            },
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            **beside,
        },
    }


def allow(action: str, resource: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def table(folder: Path, capsys: pytest.CaptureFixture[str], **templates: Any) -> tuple[str, dict[str, list[int]]]:
    """What is printed above the table, and the figures of its rows."""
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template), encoding="utf-8")
    assert main([str(folder)]) == 0
    above, _, below = capsys.readouterr().out.partition("\n\n")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in below.splitlines()[2:]]
    return above, {name: [int(figure.replace(",", "")) for figure in figures] for name, *figures in rows}


def test_what_a_policy_leaves_out_and_what_it_opens_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A policy with the profile and one bare model is denied in two Regions of three, and goes past the profile."""
    model = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    template = other({"us-east-1": "us"}, allow("bedrock:InvokeModel*", [PROFILE, model]))
    above, rows = table(tmp_path, capsys, one=template)
    assert above.startswith("1 templates; 1 functions, each in one Region, were asked about.")
    assert "the template has no value for the Region" in above
    # Two actions, three Regions, two ARNs that the context may name.
    assert rows["its model, through its own profile"] == [12, 12, 0, 0, 4, 8, 0]
    assert rows["its model, past every profile"] == [6, 0, 0, 0, 0, 0, 2]
    assert rows["its own profile"] == [2, 2, 0, 0, 2, 0, 0]
    assert rows["the default project"] == [2, 2, 0, 0, 0, 2, 0]
    assert rows["its own log group"] == [2, 2, 0, 0, 0, 2, 0]


def test_an_open_policy_and_an_open_endpoint_are_wrong_wherever_nothing_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever allows everything is never denied, and everything that has to be denied is counted; ours has no fault."""
    endpoints = {
        f"Endpoint{number}": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {"ServiceName": f"com.amazonaws.us-east-1.{service}"},
        }
        for number, service in enumerate(("bedrock", "bedrock-runtime"))
    }
    template = other({"us-east-1": "us"}, allow("*", "*"), **endpoints)
    template["Resources"]["Function"]["Properties"]["VpcConfig"] = {"SubnetIds": ["subnet-1"]}
    _, rows = table(tmp_path, capsys, one=template)
    assert rows.keys() >= {"network interfaces, by Lambda", "endpoints: what it needs", "endpoints: another account"}
    for name, (asked, rightly, denied, opened, their_rightly, their_denied, their_allowed) in rows.items():
        assert (denied, opened, their_denied, their_rightly) == (0, 0, 0, rightly), name
        assert asked == their_rightly + their_allowed, name


def test_a_profile_that_bedrock_does_not_have_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the other template names no profile of the catalog there is nothing to compare, and the page says so."""
    template = other({"us-east-1": "eu", "us-west-2": "us"}, allow("bedrock:InvokeModel", PROFILE))
    above, _ = table(tmp_path, capsys, one=template)
    assert "1 functions, each in one Region" in above
    assert "1 were not: Bedrock has no such profile or model in the Region." in above
