"""What a deployed function may do, where IAM is enforced.

The engine evaluates the role's policies for each call of the function, conditions included; on which actions and
resources, ``tests/support/bedrock_authorization.py`` says. It asks for the profile, then for the model in the source
Region, with the application profile's own ARN as ``bedrock:InferenceProfileArn``. So it shows that the grants suffice
and that nothing goes around the profile. It cannot show which ARN AWS puts under that key, nor whether AWS is content
with the grants in the destination Regions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.account import Account, assistant
from tests.support.embedded_aws import ACCOUNT
from tests.support.macro_engine import MacroEngine

LITE = "amazon.nova-lite-v1:0"
CALLS = """
import json
import boto3
from botocore.exceptions import ClientError

clients = {name: boto3.client(name) for name in ("bedrock", "bedrock-runtime", "iam")}

def handler(event, context):
    try:
        answer = getattr(clients[event["service"]], event["call"])(**event["parameters"])
        return list(answer.get("stream", "done")) and "done"
    except ClientError as error:
        return error.response["Error"]["Code"]
"""
BODY = b'{"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}'
MESSAGES = [{"role": "user", "content": [{"text": "Hello"}]}]
INVOCATIONS: dict[str, dict[str, Any]] = {
    "converse": {"messages": MESSAGES},
    "converse_stream": {"messages": MESSAGES},
    "invoke_model": {"body": BODY.decode()},
    "invoke_model_with_response_stream": {"body": BODY.decode()},
}

Call = Callable[..., str]


@pytest.fixture(scope="module")
def deployed(engine: MacroEngine) -> Iterator[tuple[Account, dict[str, str], dict[str, str]]]:
    """Two stacks of the same template, and their outputs; the function makes any call it is told to."""
    account = Account(engine)
    template = assistant(
        LambdaFunctionProps={"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": CALLS}}
    )
    mine, other = (account.deploy(template, stack=stack) for stack in ("mine", "other"))
    yield account, mine, other
    account.delete_stacks()


@pytest.fixture
def call(deployed: tuple[Account, dict[str, str], dict[str, str]]) -> Call:
    """Let the function make a call: "done", or the code of the error."""
    account, mine, _ = deployed

    def make(service: str, operation: str, **parameters: Any) -> str:
        event = {"service": service, "call": operation, "parameters": parameters}
        answer: str = account.invoke(mine["FunctionName"], event)
        return answer

    return make


@pytest.fixture
def targets(deployed: tuple[Account, dict[str, str], dict[str, str]]) -> dict[str, str]:
    """What a function might name as its model."""
    _, mine, other = deployed
    return {
        "its own profile": mine["ProfileArn"],
        "another stack's profile": other["ProfileArn"],
        "the bare model": LITE,
        "the bare model's ARN": f"arn:aws:bedrock:us-east-1::foundation-model/{LITE}",
        "another model": "amazon.nova-micro-v1:0",
        "the system-defined profile": f"us.{LITE}",
        "the system-defined profile's ARN": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.{LITE}",
    }


@pytest.mark.parametrize("operation", INVOCATIONS)
def test_a_function_reaches_the_model_through_its_own_profile(
    call: Call, targets: dict[str, str], operation: str
) -> None:
    """Each of the four ways to invoke a model is open to the function under its profile's ARN."""
    assert call("bedrock-runtime", operation, modelId=targets["its own profile"], **INVOCATIONS[operation]) == "done"


@pytest.mark.parametrize("operation", INVOCATIONS)
def test_a_function_reaches_nothing_else(call: Call, targets: dict[str, str], operation: str) -> None:
    """The function is denied another profile, any bare model, and the system-defined profile that its own copies."""
    others = {name: target for name, target in targets.items() if name != "its own profile"}
    answers = {
        name: call("bedrock-runtime", operation, modelId=target, **INVOCATIONS[operation])
        for name, target in others.items()
    }
    assert answers == dict.fromkeys(others, "AccessDeniedException")


def test_a_function_may_read_its_own_profile_only(call: Call, targets: dict[str, str]) -> None:
    """The function can find out which model is behind its profile, as SDKs do, and cannot look at another's."""
    names = ("its own profile", "another stack's profile")
    answers = [call("bedrock", "get_inference_profile", inferenceProfileIdentifier=targets[name]) for name in names]
    assert answers == ["done", "AccessDeniedException"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("bedrock", "list_inference_profiles", {}),
        ("bedrock", "list_foundation_models", {}),
        ("bedrock", "delete_inference_profile", {"inferenceProfileIdentifier": "its own profile"}),
        ("bedrock", "tag_resource", {"resourceARN": "its own profile", "tags": [{"key": "team", "value": "other"}]}),
        ("iam", "list_roles", {}),
    ],
)
def test_a_function_manages_nothing(
    call: Call, targets: dict[str, str], service: str, operation: str, parameters: dict[str, Any]
) -> None:
    """The function can list nothing, and neither delete nor tag even its own profile."""
    given = {name: targets.get(value, value) if isinstance(value, str) else value for name, value in parameters.items()}
    assert "AccessDenied" in call(service, operation, **given)
