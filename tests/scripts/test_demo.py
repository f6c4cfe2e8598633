"""What ``make demo`` says at its end; the demo itself is run by ``.ci/run``."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from lambda_bedrock_profile.cli.main import main
from tests.support.demo import NEXT
from tests.support.embedded_aws import ROOT


@pytest.mark.parametrize("command", NEXT)
def test_what_the_demo_offers_to_try_works(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands need neither AWS settings nor an installation."""
    monkeypatch.chdir(ROOT)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 0
    assert result.output != ""
