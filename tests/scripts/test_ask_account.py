"""The command that asks an account: it does nothing unless it is told to, and says what it could not remove."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambda_bedrock_profile.bedrock import Catalog
from scripts import ask_account
from tests.support.catalogs import taken

ROUTE = taken(Catalog.bundled(), ask_account.MODEL, "us-east-1")


def test_nothing_is_made_without_consent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is typed by mistake touches no account."""
    monkeypatch.setattr(boto3, "Session", lambda **_: pytest.fail("an account was asked"))
    assert ask_account.main(["--region", "us-east-1"]) == 2
    assert "Say --yes" in capsys.readouterr().err
    assert ask_account.main(["--region", "cn-north-1", "--yes"]) == 2
    assert "knows no inference profile in cn-north-1" in capsys.readouterr().err


class Account:
    """An account in which every call of some operations fails, and every other one works."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.called: list[str] = []

    def client(self, _: str) -> Any:
        """A client for any service."""
        return self

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            self.called.append(name)
            if name in self.failing:
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, name)
            return {"Account": "111122223333", "Role": {"Arn": "arn:aws:iam::111122223333:role/r"}}

        return call


def test_a_question_that_cannot_be_asked_says_so_and_cleans_up() -> None:
    """Missing permissions are no answer, and what was made before is removed."""
    account = Account("create_function")
    answers, left = ask_account.ask_all(account.client, ROUTE, settle=0.0)
    assert all(each.answer.startswith("could not be told: ") for each in answers)
    assert account.called.count("create_role") == account.called.count("delete_role") == len(answers)
    assert left == []


def test_what_cannot_be_removed_is_named() -> None:
    """The user learns what to delete by hand."""
    _, left = ask_account.ask_all(Account("create_function", "delete_role").client, ROUTE, settle=0.0)
    assert len(left) == len(ask_account.QUESTIONS)
    assert all("role bedrock-question-" in what for what in left)
