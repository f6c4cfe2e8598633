"""The function of sam-function.yaml and private-sam.yaml: answers a question through its own inference profile."""

import os
from typing import Any

import boto3

bedrock = boto3.client("bedrock-runtime")


def handler(event: dict[str, Any], context: Any) -> str:
    """Answer the event's ``question``."""
    answer = bedrock.converse(
        modelId=os.environ["BEDROCK_PROFILE"],
        messages=[{"role": "user", "content": [{"text": event["question"]}]}],
    )
    text: str = answer["output"]["message"]["content"][0]["text"]
    return text
