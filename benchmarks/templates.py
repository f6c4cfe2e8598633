"""The same job written three ways: for this macro, as SAM functions alone, and as the whole stack by hand for SAM.

``by_hand`` is what a user without the macro has to write to get what ``declarations`` gets: the functions with the
policy, their log groups and their inference profiles. ``functions`` is the part of it that the SAM translator has work
with. ``tests/benchmarks`` checks that the two ways end in the same resources.
"""

from __future__ import annotations

import json
from typing import Any

REGION = "us-east-1"
ACCOUNT = "111122223333"
MODEL = "amazon.nova-lite-v1:0"
DESTINATIONS = ("us-east-1", "us-east-2", "us-west-2")
"""Where ``us.amazon.nova-lite-v1:0`` leads from us-east-1, as the bundled catalog has it."""

CODE = (
    'import os\nimport boto3\n\nbedrock = boto3.client("bedrock-runtime")\n\n\ndef handler(event, context):\n'
    '    messages = [{"role": "user", "content": [{"text": event["question"]}]}]\n'
    '    answer = bedrock.converse(modelId=os.environ["BEDROCK_PROFILE"], messages=messages)\n'
    '    return answer["output"]["message"]["content"][0]["text"]\n'
)
TAGS = [{"Key": "app", "Value": "assistant"}, {"Key": "team", "Value": "search"}]
PROFILE_ARN = "InferenceProfileArn"
DEFAULT_PROJECT = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:project/default"
INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]

Json = dict[str, Any]


def declarations(count: int) -> Json:
    """``count`` declarations, as small as the README's."""
    names = _names(count)
    return _template({name: _declaration() for name in names}, {name: [name, PROFILE_ARN] for name in names})


def functions(count: int) -> Json:
    """``count`` serverless functions with the same environment, tracing, logging and policy."""
    names = _names(count)
    outputs = {name: [f"{name}InferenceProfile", PROFILE_ARN] for name in names}
    return _template({name: _function(name) for name in names}, outputs)


def by_hand(count: int) -> Json:
    """The same functions, each with its log group and its inference profile."""
    template = functions(count)
    for name in _names(count):
        template["Resources"] |= {f"{name}LogGroup": _log_group(), f"{name}InferenceProfile": _profile(name)}
    return template


def event_text(template: Json) -> str:
    """The event in which CloudFormation hands ``template`` to the macro."""
    event = {
        "region": REGION,
        "accountId": ACCOUNT,
        "fragment": template,
        "transformId": f"{ACCOUNT}::LambdaBedrockProfile",
        "params": {},
        "requestId": "b2d1f2a6-1f0c-4b7e-9a57-6f0d3c1f1c55",
        "templateParameterValues": {},
    }
    return json.dumps(event)


def _names(count: int) -> list[str]:
    return [f"Assistant{number}" for number in range(count)]


def _template(resources: Json, outputs: dict[str, list[str]]) -> Json:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": resources,
        "Outputs": {f"{name}Profile": {"Value": {"Fn::GetAtt": arn}} for name, arn in outputs.items()},
    }


def _declaration() -> Json:
    return {
        "Type": "Custom::LambdaBedrockProfile",
        "Properties": {
            "BedrockModelId": MODEL,
            "LambdaFunctionProps": {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": CODE}},
            "InferenceProfileProps": {"Tags": TAGS},
        },
    }


def _function(name: str) -> Json:
    profile = {"Fn::GetAtt": [f"{name}InferenceProfile", PROFILE_ARN]}
    models = [{"Fn::Sub": f"arn:${{AWS::Partition}}:bedrock:{to}::foundation-model/{MODEL}"} for to in DESTINATIONS]
    key = {"bedrock:InferenceProfileArn": [profile, _system_profile()]}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": CODE,
            "Timeout": 30,
            "Tracing": "Active",
            "LoggingConfig": {"LogGroup": {"Ref": f"{name}LogGroup"}},
            "Environment": {"Variables": {"BEDROCK_MODEL": MODEL, "BEDROCK_PROFILE": profile}},
            "Policies": [
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": [*INVOKE, "bedrock:GetInferenceProfile"],
                            "Resource": [profile, {"Fn::Sub": DEFAULT_PROJECT}],
                        },
                        {
                            "Effect": "Allow",
                            "Action": INVOKE,
                            "Resource": models,
                            "Condition": {"StringEquals": key},
                        },
                    ],
                }
            ],
        },
    }


def _log_group() -> Json:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 731}}


def _profile(name: str) -> Json:
    stack = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    return {
        "Type": "AWS::Bedrock::ApplicationInferenceProfile",
        "Properties": {
            "InferenceProfileName": {"Fn::Sub": [f"{name}-${{Stack}}", {"Stack": stack}]},
            "ModelSource": {"CopyFrom": _system_profile()},
            "Tags": TAGS,
        },
    }


def _system_profile() -> Json:
    profiles = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/"
    return {"Fn::Sub": f"{profiles}us.{MODEL}"}
