"""What the pages on security and decisions claim of a processed template, tried on every golden case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.template.branches import branches
from scripts.claims import PAGE, named_tests
from tests.support.goldens import Golden, goldens
from tests.support.sam_transform import translated

CASES = [pytest.param(golden, id=golden.name) for golden in goldens()]
INVOKE = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}


def statements(golden: Golden) -> Iterator[dict[str, Any]]:
    """Every statement about Bedrock that the macro writes into roles and policies; the user's own are the user's."""
    written = json.dumps(golden.template)
    for resource in golden.expanded()["Resources"].values():
        properties = resource.get("Properties", {})
        attached = resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        documents = [properties.get("PolicyDocument")] if attached else []
        if resource["Type"] == "AWS::IAM::Role":
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", ()) if len(policy) > 1]
        for document in documents:
            for each in (each for item in document["Statement"] for each in branches(item) if each is not None):
                if "bedrock:" in json.dumps(each["Action"]) and json.dumps(each) not in written:
                    yield each


def listed(value: Any) -> list[Any]:
    """``value`` as a list."""
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("golden", CASES)
def test_no_role_may_invoke_a_system_defined_profile(golden: Golden) -> None:
    """The tagged profile cannot be gone around by calling the one it was copied from."""
    found = list(statements(golden))
    assert found
    assert not [each for each in found if ":inference-profile/" in json.dumps(each["Resource"])]


@pytest.mark.parametrize("golden", CASES)
def test_models_are_granted_through_the_profile_only(golden: Golden) -> None:
    """No statement allows a foundation model without the condition on the profile, and none uses a wildcard."""
    for each in statements(golden):
        actions = set(listed(each["Action"]))
        assert actions in (INVOKE, {*INVOKE, "bedrock:GetInferenceProfile"}, {"bedrock:ApplyGuardrail"})
        if each["Effect"] == "Deny":
            continue
        assert "*" not in json.dumps(each["Resource"])
        on_models = "foundation-model/" in json.dumps(each["Resource"])
        assert on_models == ("bedrock:InferenceProfileArn" in json.dumps(each.get("Condition", {})))


@pytest.mark.parametrize("golden", CASES)
def test_no_arn_spells_its_partition(golden: Golden) -> None:
    """The same template works in GovCloud and in any other partition."""
    written = json.dumps(golden.template)
    for each in statements(golden):
        assert [
            part for part in json.dumps(each).split('"') if part.startswith("arn:aws:") and part not in written
        ] == []


CHAT: dict[str, Any] = {
    "Type": "AWS::Serverless::Function",
    "Properties": {
        "CodeUri": "s3://code/chat.zip",
        "Handler": "app.handler",
        "Runtime": "python3.13",
        "Policies": ["AWSLambdaVPCAccessExecutionRole", {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]}],
    },
}
MODEL: dict[str, Any] = {
    "Type": "Custom::LambdaBedrockProfile",
    "Properties": {"BedrockModelId": "amazon.nova-lite-v1:0", "ExistingLambdaObj": {"Ref": "Chat"}},
}


def test_both_orders_of_the_transforms_end_in_the_same_stack() -> None:
    """A serverless function gets the same variables and permissions, before or after the Serverless transform."""
    template = {"Resources": {"Chat": CHAT, "ChatModel": MODEL}}

    def expanded(template: dict[str, Any]) -> dict[str, Any]:
        return dict(expand(template, StackContext("us-east-1", "111122223333"), Catalog.bundled()).template)

    before = translated(expanded(template))["Resources"]
    after = expanded(translated(template))["Resources"]
    assert {name: one["Type"] for name, one in before.items()} == {name: one["Type"] for name, one in after.items()}
    for name, resource in before.items():
        assert resource == after[name]
    assert before["ChatModelPolicy"]["Properties"]["Roles"] == [{"Ref": "ChatRole"}]
    assert before["Chat"]["DependsOn"] == ["ChatModelPolicy"]


def test_an_alias_follows_the_model_and_the_geography() -> None:
    """With AutoPublishAlias another model is a new version, and so is another geography, which replaces the profile."""

    def version(**properties: Any) -> str:
        function = {**CHAT, "Properties": {**CHAT["Properties"], "AutoPublishAlias": "live"}}
        model = {**MODEL, "Properties": {**MODEL["Properties"], **properties}}
        template = {"Resources": {"Chat": function, "ChatModel": model}}
        expansion = expand(template, StackContext("us-east-1", "111122223333"), Catalog.bundled())
        resources = translated(dict(expansion.template))["Resources"]
        return next(str(name) for name, one in resources.items() if one["Type"] == "AWS::Lambda::Version")

    haiku = "anthropic.claude-haiku-4-5-20251001-v1:0"
    assert version(BedrockModelId=haiku) != version()
    assert version(BedrockModelId=haiku, Geography="global") != version(BedrockModelId=haiku)


def test_the_command_for_the_claims_runs_every_test_that_the_page_names() -> None:
    """No claim of the page on security is left out by make claims."""
    page = PAGE.read_text(encoding="utf-8")
    assert {each.rpartition("::")[2] for each in named_tests(page)} == set(re.findall(r"`(test_\w+)`", page))
    in_a_class = "tests/test_macro.py::TestLiveRoutes::test_bundled_never_asks"
    assert list(named_tests("`test_bundled_never_asks`")) == [in_a_class]
