"""The stand-in of Lambda's versions refuses an unchanged function, and an alias serves the copy that was published."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deployed import Deployed
from tests.support.lambda_versions import VersionExistsError, Versions
from tests.support.sam_transform import translated
from tests.support.templates import MODEL, expanded, on, plain, role, serverless, template


def stack(version: str, **properties: Any) -> Deployed:
    """A function, a version of it under that logical id, and an alias to the version."""
    published = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Chat"}}}
    names = {"FunctionName": {"Ref": "Chat"}, "FunctionVersion": {"Fn::GetAtt": [version, "Version"]}, "Name": "live"}
    alias = {"Type": "AWS::Lambda::Alias", "Properties": names}
    resources = {"Role": role(), "Chat": plain(**properties), version: published, "Live": alias}
    return Deployed(template(**resources), "us-east-1")


def test_an_unchanged_function_is_not_published_again() -> None:
    """A new version under a new logical id fails as on AWS, and leaves what was served."""
    versions = Versions()
    assert versions.deploy(stack("First", Timeout=3)) == ["First"]
    with pytest.raises(VersionExistsError, match=r"Second: A version for this Lambda function exists \( 1 \)"):
        versions.deploy(stack("Second", Timeout=3))
    assert versions.serves("Live")["Timeout"] == 3
    assert versions.deploy(stack("Second", Timeout=4)) == ["Second"]
    assert versions.serves("Live")["Timeout"] == 4


def test_a_version_keeps_what_it_was_made_of() -> None:
    """Without a new version the alias goes on serving the old settings."""
    versions = Versions()
    versions.deploy(stack("First", Timeout=3))
    assert versions.deploy(stack("First", Timeout=4)) == []
    assert versions.serves("Live")["Timeout"] == 3


@pytest.mark.parametrize("name", ["Tags", "ReservedConcurrentExecutions"])
def test_what_is_in_no_version_changes_none(name: str) -> None:
    """Tags and concurrency belong to the function alone."""
    versions = Versions()
    versions.deploy(stack("First"))
    with pytest.raises(VersionExistsError):
        versions.deploy(stack("Second", **{name: 1}))


def aliased(**properties: Any) -> Deployed:
    """A serverless function with an alias and a profile, as AWS SAM leaves it."""
    chat = serverless(CodeUri="s3://bucket/chat.zip", AutoPublishAlias="live")
    del chat["Properties"]["InlineCode"]
    return Deployed(translated(expanded(template(Chat=chat, X=on("Chat", **properties)))), "us-east-1")


def test_a_serverless_function_with_another_model_serves_it() -> None:
    """Another model changes the variables' text and value, so AWS SAM and Lambda both publish."""
    versions = Versions()
    first, second = aliased(), aliased(BedrockModelId="amazon.nova-pro-v1:0")
    assert len(versions.deploy(first)) == len(versions.deploy(second)) == 1
    served = versions.serves("ChatAliaslive")["Environment"]["Variables"]
    assert served == second.properties("Chat")["Environment"]["Variables"]
    assert served["BEDROCK_MODEL"] != MODEL
    assert served["BEDROCK_PROFILE"] != first.profile_arn("X")


def test_the_same_serverless_function_publishes_nothing() -> None:
    """A deployment without a change has no new version."""
    versions = Versions()
    versions.deploy(aliased())
    assert versions.deploy(aliased()) == []
