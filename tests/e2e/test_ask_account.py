"""The questions that only an account can answer, asked of an AWS that answers each in both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from scripts import ask_account
from tests.support.catalogs import taken
from tests.support.embedded_aws import EmbeddedAws, embedded_aws

ROUTE = taken(Catalog.bundled(), ask_account.MODEL, "us-east-1")


def holdings(aws: EmbeddedAws) -> tuple[Any, ...]:
    """Everything that the questions can leave behind."""
    return (
        [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]],
        [function["FunctionName"] for function in aws.functions.list_functions()["Functions"]],
        aws.bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"],
        [guardrail["id"] for guardrail in aws.bedrock.list_guardrails()["guardrails"]],
    )


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            {"key": "application", "project": True, "unique_names": True, "guardrail": True},
            ("the application inference profile's ARN", "yes: without", "no: the second", "bedrock:ApplyGuardrail on"),
        ),
        (
            {"key": "system", "project": False, "unique_names": False, "guardrail": False},
            ("the system-defined profile's ARN", "no: the call works", "yes", "nothing but the permission"),
        ),
    ],
    ids=["one way", "the other way"],
)
def test_each_question_is_answered_as_aws_behaves_and_nothing_is_left(
    rules: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    """A user who asks an account learns what it does, and finds it afterwards as it was."""
    with embedded_aws(enforce_iam=True, bedrock_rules=rules) as aws:
        before = holdings(aws)
        answers, left = ask_account.ask_all(aws.client, ROUTE, settle=0.0)
        for each, start in zip(answers, expected, strict=True):
            assert each.answer.startswith(start), each
        assert left == []
        assert holdings(aws) == before
