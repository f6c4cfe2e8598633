"""The models that texts of policies and variables name."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.model_names import ModelName, model_name, opens, texts_of
from lambda_bedrock_profile.template.intrinsics import Scope

CATALOG = Catalog.bundled()
NOVA = "amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (NOVA, ModelName(NOVA)),
        (f"us.{NOVA}", ModelName(NOVA, "us")),
        (f"bedrock/us.{NOVA}", ModelName(NOVA, "us")),
        (f"arn:aws:bedrock:eu-west-1::foundation-model/{NOVA}", ModelName(NOVA, None, "eu-west-1")),
        (f"arn:aws:bedrock:*::foundation-model/{NOVA}", ModelName(NOVA, None, "*")),
        (f"arn:aws:bedrock:::foundation-model/{NOVA}", ModelName(NOVA)),
        (
            f"arn:aws:bedrock:us-east-1:${{AWS::AccountId}}:inference-profile/us.{NOVA}",
            ModelName(NOVA, "us", "us-east-1"),
        ),
        ("arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v*", ModelName(NOVA, None, "*")),
        ("anthropic.claude-v2", ModelName("anthropic.claude-v2")),
    ],
)
def test_a_model_is_named_by_its_id_its_profile_or_an_arn(text: str, name: ModelName) -> None:
    """Each way in which templates name a model is read, also of one that is retired."""
    assert model_name(text, CATALOG) == name


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "",
        "us-east-1",
        "amazon.com",
        "arn:aws:bedrock:*::foundation-model/*",
        "arn:aws:bedrock:*::foundation-model/amazon.nova-*",
        "arn:aws:bedrock:us-east-1:111122223333:guardrail/amazon.nova-lite-v1:0",
        "arn:aws:s3:::amazon.nova-lite",
        "amazon.${Model}",
        "Amazon.Nova",
        "example.com",
    ],
)
def test_any_other_text_names_none(text: str) -> None:
    """Nothing is guessed: a wildcard for several models, a host and another resource name no model."""
    assert model_name(text, CATALOG) is None


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("*", True),
        ("arn:aws:bedrock:*:*:*", True),
        ("arn:aws:bedrock:us-east-1::foundation-model/*", True),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}", True),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", False),
        ("arn:aws:bedrock:us-east-1:111122223333:guardrail/*", False),
        ("arn:aws:bedrock:us-east-1:111122223333:custom-model/*", False),
        ("${Profile.InferenceProfileArn}", False),
    ],
)
def test_a_resource_opens_a_model_by_its_name_or_by_a_wildcard(text: str, opened: bool) -> None:
    """What a declaration for one model makes needless is told from what stays."""
    assert opens(text, {NOVA}, CATALOG) is opened


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ({"Ref": "Model"}, [NOVA]),
        ({"Ref": "Secret"}, ["${Secret}"]),
        ({"Fn::GetAtt": ["Profile", "InferenceProfileArn"]}, ["${Profile.InferenceProfileArn}"]),
        ({"Fn::Sub": "arn:${AWS::Partition}:x:${Model}:${Secret}"}, [f"arn:aws:x:{NOVA}:${{Secret}}"]),
        ({"Fn::Sub": ["us.${M}/${N.Arn}", {"M": {"Ref": "Model"}}]}, [f"us.{NOVA}/${{N.Arn}}"]),
        ({"Fn::Join": ["", ["us.", {"Ref": "Model"}, {"Ref": "Secret"}]]}, [f"us.{NOVA}${{Secret}}"]),
        ({"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}, ["a"]),
        (["a", {"Fn::ImportValue": "x"}], ["a", "${Fn::ImportValue}"]),
        (None, []),
    ],
)
def test_what_is_not_known_keeps_its_name_in_a_text(value: Any, texts: list[str]) -> None:
    """A text is read as far as it is known, and no value of a NoEcho parameter is in it."""
    parameters = {"Model": {"Type": "String", "Default": NOVA}, "Secret": {"Type": "String", "NoEcho": True}}
    scope = Scope.of({"Parameters": parameters}, {"Secret": "hidden"}, {"AWS::Partition": "aws"})
    assert texts_of(value, scope) == texts
