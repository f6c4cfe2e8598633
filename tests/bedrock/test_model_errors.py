"""Texts that are no foundation model to be reached: what they are instead, and what to write."""

from __future__ import annotations

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from tests.support.catalogs import refused, taken

NOVA = "amazon.nova-lite-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
ARN = "arn:aws:bedrock:us-east-1:111122223333"
BUNDLED = Catalog.bundled()


@pytest.mark.parametrize(
    ("model", "what", "fix"),
    [
        ("", "is empty", f"BedrockModelId: {NOVA}"),
        (" \n", "is empty", f"BedrockModelId: {NOVA}"),
        ("undefined", "never set", f"BedrockModelId: {NOVA}"),
        ("None", "never set", f"BedrockModelId: {NOVA}"),
        (f" {NOVA}", "white space", f"Write BedrockModelId: {NOVA}"),
        ("a model", "white space", "the id without it"),
        (f"{NOVA},{TITAN}", "comma", "a declaration of its own"),
        (
            f"us.{NOVA}",
            "is the id of a system-defined inference profile, not",
            f"BedrockModelId: {NOVA} and Geography: us",
        ),
        (f"us-gov.{NOVA}", "is the id of a system-defined", f"BedrockModelId: {NOVA} and Geography: us"),
        (f"global.{NOVA}", "is the id of a system-defined", f"BedrockModelId: {NOVA} and Geography: us"),
        (f"eu.us.{NOVA}", "more than one geography", f"BedrockModelId: {NOVA} and Geography: us"),
        (
            f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}",
            "the ARN of a foundation model",
            f"Write BedrockModelId: {NOVA}",
        ),
        (f"{ARN}:inference-profile/us.{NOVA}", "ARN of a system-defined", f"BedrockModelId: {NOVA} and Geography: us"),
        (
            f"{ARN}:inference-profile/us.us.{NOVA}",
            "ARN of a system-defined",
            f"BedrockModelId: {NOVA} and Geography: us",
        ),
        ("us.Amazon.\x07", "is the id of a system-defined", "Give the bare foundation-model id"),
        (f"{ARN}:inference-profile/odd", "ARN of a system-defined", "Write a foundation-model id"),
        (f"{ARN}:application-inference-profile/a1b2", "ARN of an application", "the foundation model behind it"),
        (f"{ARN}:custom-model/x.y/z", "ARN of a custom model", "Write a foundation-model id"),
        (f"{ARN}:provisioned-model/x", "ARN of a Provisioned Throughput", "Write a foundation-model id"),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", "is an ARN", "Write a foundation-model id"),
        ("nova-lite", "not shaped like the id", f"Write BedrockModelId: {NOVA}"),
        ("§", "not shaped like the id", f"such as {NOVA}"),
        (
            "amazon.nova-light-v1:0",
            "not a foundation model that the catalog of 2026-10-27 knows",
            f"Write BedrockModelId: {NOVA}",
        ),
        ("zzz.qqq", "not a foundation model that the catalog", "DestinationRegions: [us-east-1]"),
        ("xai.grok-4.3", "neither an inference profile nor on-demand", "write BedrockModelId: xai."),
        (f"{NOVA}:24k", "bedrock-mantle endpoint or Provisioned Throughput", f"BedrockModelId: {NOVA}"),
    ],
)
def test_a_text_that_is_no_reachable_model(model: str, what: str, fix: str) -> None:
    """The message says what the text is instead, and what to write."""
    refusal = refused(BUNDLED, model, "us-east-1")
    assert refusal.path == ("BedrockModelId",)
    assert what in refusal.what
    assert fix in refusal.fix


def test_a_profile_id_that_is_to_stay_in_its_region_loses_its_geography() -> None:
    """The fix of one mistake does not lead into the next."""
    refusal = refused(BUNDLED, f"us.{NOVA}", "us-east-1", cross_region=False)
    assert refusal.fix == f"Write BedrockModelId: {NOVA}"
    assert taken(BUNDLED, NOVA, "us-east-1", cross_region=False).profile_id is None


@pytest.mark.parametrize("model", [f"us.{NOVA}", f"{ARN}:inference-profile/us.{NOVA}"])
def test_an_id_that_contradicts_the_geography_is_reported_as_such(model: str) -> None:
    """Who named two geographies learns which, and is not advised to take the one of the id."""
    refusal = refused(BUNDLED, model, "us-east-1", "eu")
    assert refusal.what.endswith("; its geography, us, contradicts Geography: eu")
    assert refusal.fix == f"Write BedrockModelId: {NOVA} and Geography: us"
    for fine in ("us", "auto", "moon"):
        assert "contradicts" not in refused(BUNDLED, model, "us-east-1", fine).what
    assert "contradicts" not in refused(BUNDLED, model, "us-east-1", "eu", display_name="the model").what
    without = f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"
    assert "contradicts" not in refused(BUNDLED, without, "us-east-1", "eu").what


@pytest.mark.parametrize("model", ["x" * 10_000, "\x1b[31m", "a.\x07" * 1_000])
def test_long_and_unprintable_texts_are_quoted_safely(model: str) -> None:
    """A message cannot be stretched or forged by what it quotes."""
    refusal = refused(BUNDLED, model, "us-east-1")
    assert refusal.what.isprintable()
    assert len(refusal.what) < 300


@pytest.mark.parametrize(
    "model", [f"us.{NOVA}", f" {NOVA}", f"{ARN}:inference-profile/us.{NOVA}", "amazon.nova-light-v1:0", "nova-lite"]
)
def test_a_hidden_model_is_neither_shown_nor_guessed_at(model: str) -> None:
    """The value of a parameter reaches no message, not even as a suggestion that resembles it."""
    refusal = refused(BUNDLED, model, "us-east-1", display_name="the value of parameter ModelId")
    assert refusal.what.startswith("the value of parameter ModelId ")
    assert "nova" not in refusal.what + refusal.fix.replace(f"such as {NOVA}", "")
