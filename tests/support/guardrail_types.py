"""Guardrails and their versions for the embedded AWS's CloudFormation, whose Bedrock has them.

Source: AWS CloudFormation Template Reference, "AWS::Bedrock::Guardrail" and "AWS::Bedrock::GuardrailVersion".
"""

from __future__ import annotations

import json
from typing import Any

Properties = dict[str, Any]


def install(provisioners: Any, bedrock: Any) -> None:
    """Add the types to those of the engine's module ``provisioners``; its module ``bedrock`` keeps what is made."""
    provisioners._RESOURCE_HANDLERS["AWS::Bedrock::Guardrail"] = guardrail(bedrock)
    provisioners._RESOURCE_HANDLERS["AWS::Bedrock::GuardrailVersion"] = version(bedrock)


def guardrail(bedrock: Any) -> dict[str, Any]:
    """How guardrails are made and deleted; Ref gives the ARN."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, str]]:
        body = {name[0].lower() + name[1:]: value for name, value in properties.items()}
        made = _body(bedrock._create_guardrail(json.dumps(body).encode()))
        attributes = {"GuardrailArn": made["guardrailArn"], "GuardrailId": made["guardrailId"], "Version": "DRAFT"}
        return made["guardrailArn"], attributes

    def delete(identifier: str, properties: Properties) -> None:
        bedrock._delete_guardrail(identifier, {})

    return {"create": create, "delete": delete}


def version(bedrock: Any) -> dict[str, Any]:
    """How versions of a guardrail are made and deleted."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, str]]:
        made = _body(bedrock._create_guardrail_version(properties["GuardrailIdentifier"], b"{}"))
        guardrail_id, number = made["guardrailId"], made["version"]
        attributes = {"GuardrailArn": bedrock._guardrail_arn(guardrail_id), "GuardrailId": guardrail_id}
        return f"{guardrail_id}|{number}", {**attributes, "Version": number}

    def delete(identifier: str, properties: Properties) -> None:
        bedrock._guardrail_versions.pop(identifier.replace("|", "/"), None)

    return {"create": create, "delete": delete}


def _body(answer: Any) -> dict[str, Any]:
    """What an answer of the engine says; raises ValueError if it is an error."""
    status, _, content = answer
    if status >= 300:
        raise ValueError(content)
    body: dict[str, Any] = json.loads(content)
    return body
