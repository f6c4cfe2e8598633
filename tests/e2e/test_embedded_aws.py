"""The embedded AWS itself: that several run side by side, and that none outlives its use."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.account import Account, assistant
from tests.support.embedded_aws import ROOT, embedded_aws
from tests.support.macro_engine import status
from tests.support.macro_stack import STACK as MACRO
from tests.support.macro_stack import deploy_macro

HOLD = """
import sys
from tests.support.embedded_aws import embedded_aws

with embedded_aws() as aws:
    print(aws.url, flush=True)
    sys.stdin.read()
"""


def listens(url: str) -> bool:
    """Whether somebody accepts connections at ``url``."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    with socket.socket() as connection:
        return connection.connect_ex((parts.hostname, parts.port)) == 0


def eventually(holds: Callable[[], bool], limit: float = 30) -> bool:
    """Whether ``holds`` comes true in time."""
    deadline = time.monotonic() + limit
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_two_run_side_by_side(account: Account, built: Path) -> None:
    """A second AWS, in another Region and with routes asked live, has its own port, macro, stacks and profiles."""
    here = account.deploy(assistant())
    with embedded_aws(region="eu-central-1", enforce_iam=True) as aws:
        assert aws.url != account.aws.url
        assert status(aws, MACRO) is None
        other = Account(deploy_macro(aws, built, {"CatalogMode": "live"}))
        there = other.deploy(assistant())
        assert there["ProfileArn"].startswith("arn:aws:bedrock:eu-central-1:")
        assert other.profiles().keys() == {there["ProfileArn"]}
        assert account.profiles().keys() == {here["ProfileArn"]}
        assert there["ProfileArn"] in other.ask(there["FunctionName"])
        assert here["ProfileArn"] in account.ask(here["FunctionName"])
        # The engine lists one destination where the bundled catalog has six: Bedrock was asked, and was allowed to be.
        policy = other.policy(there["RoleArn"].rpartition("/")[2])
        models = policy["InvokeModelThroughInferenceProfile"]["Resource"]
        assert models == ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"]


def test_it_ends_with_its_block() -> None:
    """After its block the server is gone, with its folder."""
    with embedded_aws() as aws:
        assert listens(aws.url)
        assert aws.folder.exists()
    assert not listens(aws.url)
    assert not aws.folder.exists()


def test_it_ends_with_a_failure() -> None:
    """The server is gone, with its folder, also where the block fails."""
    with pytest.raises(RuntimeError, match="on purpose"), embedded_aws() as aws:
        raise RuntimeError("on purpose")
    assert not listens(aws.url)
    assert not aws.folder.exists()


def test_it_ends_with_a_killed_process(tmp_path: Path) -> None:
    """A process that is killed, and so can stop nothing, takes its server along all the same."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert listens(url)
        process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not listens(url))
