"""A guardrail that is enforced, where IAM is: a call with it goes, one with another or with none is denied.

As in ``test_permissions.py`` the engine evaluates the policies for each call. It asks for the guardrail, and for the
model with ``bedrock:GuardrailIdentifier`` in the context. It does not know guardrail profiles.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.account import Account
from tests.support.templates import MODEL, new, template

CALLS = """
import os
import boto3
from botocore.exceptions import ClientError

bedrock = boto3.client("bedrock-runtime")

def handler(event, context):
    config = {
        "own": {"guardrailIdentifier": os.environ["BEDROCK_GUARDRAIL_ID"],
                "guardrailVersion": os.environ["BEDROCK_GUARDRAIL_VERSION"]},
        "other version": {"guardrailIdentifier": os.environ["BEDROCK_GUARDRAIL_ID"], "guardrailVersion": "DRAFT"},
        "other": {"guardrailIdentifier": os.environ["OTHER"], "guardrailVersion": "DRAFT"},
    }
    more = {"guardrailConfig": config[event["guardrail"]]} if event["guardrail"] else {}
    try:
        bedrock.converse(modelId=os.environ["BEDROCK_PROFILE"],
                         messages=[{"role": "user", "content": [{"text": "Hello"}]}], **more)
        return "done"
    except ClientError as error:
        return error.response["Error"]["Code"]
"""
MESSAGES = {"BlockedInputMessaging": "no", "BlockedOutputsMessaging": "no"}


def source(*, enforce: bool) -> str:
    """A function with a guardrail of its stack, which knows of another one, too."""

    def guardrail(name: str) -> dict[str, Any]:
        return {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": name, **MESSAGES}}

    props = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": {"ZipFile": CALLS},
        "Environment": {"Variables": {"OTHER": {"Fn::GetAtt": ["Other", "GuardrailArn"]}}},
    }
    version = {"Type": "AWS::Bedrock::GuardrailVersion", "Properties": {"GuardrailIdentifier": {"Ref": "Safe"}}}
    named = {"Identifier": {"Ref": "Safe"}, "Version": {"Fn::GetAtt": ["Version", "Version"]}, "Enforce": enforce}
    chat = new(BedrockModelId=MODEL, LambdaFunctionProps=props, Guardrail=named)
    resources = {"Safe": guardrail("safe"), "Other": guardrail("other"), "Version": version, "Chat": chat}
    return json.dumps({"Transform": "LambdaBedrockProfile", **template(**resources)})


@pytest.mark.parametrize(
    ("enforce", "unguarded"), [(True, "AccessDeniedException"), (False, "done")], ids=["enforced", "offered"]
)
def test_a_guarded_call_goes_and_an_unguarded_one_is_denied_if_the_guardrail_is_enforced(
    account: Account, enforce: bool, unguarded: str
) -> None:
    """The function finds its guardrail in its variables; no other guardrail is open to it; deletion leaves nothing."""
    before = account.holdings()
    account.deploy(source(enforce=enforce))
    function = account.resources()["Chat"]
    asked = {name: account.invoke(function, {"guardrail": name}) for name in ("own", "other version", "other", None)}
    assert asked == {
        "own": "done",
        "other version": unguarded,
        "other": "AccessDeniedException",
        None: unguarded,
    }
    account.delete()
    assert account.holdings() == before
