"""An AWS on this machine, for the length of a ``with`` block: CloudFormation, Lambda, IAM, Bedrock and S3 over TLS."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

from tests.support.certificate import Certificate, make_certificate

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "aws" / "bin" / "python"
ACCOUNT = "111122223333"
START_LIMIT = 60
"""Seconds the server may take to answer."""


@dataclass(frozen=True)
class EmbeddedAws:
    """A running embedded AWS: where it is, and clients for it."""

    url: str
    region: str
    certificate: Path
    folder: Path
    """Temporary; holds the state and the log, and goes at the end."""

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.folder / "server.log"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which any AWS tool talks to this AWS, and to no other."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return outside | {
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_CA_BUNDLE": str(self.certificate),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
        }

    @cached_property
    def _session(self) -> boto3.Session:
        blind: dict[str, Any] = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        session = botocore.session.Session(session_vars=blind)
        return boto3.Session(
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="embedded",
            region_name=self.region,
            botocore_session=session,
        )

    def client(self, service: Any, region: str | None = None) -> Any:
        """A boto3 client of the account's root user for ``service``, in this AWS's Region or another."""
        settings = Config(read_timeout=120, retries={"total_max_attempts": 1})
        where: Any = {"endpoint_url": self.url, "verify": str(self.certificate), "region_name": region or self.region}
        return self._session.client(service, **where, config=settings)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """CloudFormation."""
        client: CloudFormationClient = self.client("cloudformation")
        return client

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda."""
        client: LambdaClient = self.client("lambda")
        return client

    @cached_property
    def bedrock(self) -> BedrockClient:
        """Bedrock's control plane."""
        client: BedrockClient = self.client("bedrock")
        return client

    @cached_property
    def bedrock_runtime(self) -> BedrockRuntimeClient:
        """Bedrock's data plane."""
        client: BedrockRuntimeClient = self.client("bedrock-runtime")
        return client


@contextmanager
def embedded_aws(
    *, region: str = "us-east-1", enforce_iam: bool = False, bedrock_rules: Mapping[str, Any] | None = None
) -> Iterator[EmbeddedAws]:
    """Start an AWS on a free port of 127.0.0.1, and stop it at the end, whatever happens.

    ``bedrock_rules``: how Bedrock decides where no documentation says it (see ``embedded_aws_server``).
    """
    with tempfile.TemporaryDirectory(prefix="embedded-aws-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        certificate = make_certificate(folder)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            aws = EmbeddedAws(f"https://127.0.0.1:{port}", region, certificate.certificate, folder)
            server = _start(aws, listener, certificate, enforce_iam=enforce_iam, bedrock_rules=bedrock_rules or {})
        try:
            _await_answer(aws, server)
            yield aws
        finally:
            if server.stdin:
                server.stdin.close()
            server.wait()


def _start(
    aws: EmbeddedAws,
    listener: socket.socket,
    certificate: Certificate,
    *,
    enforce_iam: bool,
    bedrock_rules: Mapping[str, Any],
) -> subprocess.Popen[bytes]:
    """Start the server in a process group of its own, with nothing of this process's environment but the PATH."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(aws.folder),
        "TMPDIR": str(aws.folder),
        "AUTH": str(enforce_iam).lower(),
        "BEDROCK_RULES": json.dumps(bedrock_rules),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(listener.getsockname()[1]),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "INFO",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": aws.region,
        "S3_DATA_DIR": str(aws.folder / "s3"),
        "STATE_DIR": str(aws.folder / "state"),
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate.certificate),
        "MINISTACK_SSL_KEY": str(certificate.key),
        # Inherited by the functions, which call back over TLS.
        "AWS_CA_BUNDLE": str(certificate.certificate),
        "REQUESTS_CA_BUNDLE": str(certificate.certificate),
        "SSL_CERT_FILE": str(certificate.certificate),
    }
    with aws.log.open("wb") as log:
        return subprocess.Popen(
            [PYTHON, "-m", "tests.support.embedded_aws_server", str(listener.fileno()), *certificate],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )


def _await_answer(aws: EmbeddedAws, server: subprocess.Popen[bytes]) -> None:
    """Return once the server answers; raise with the end of its log where it ends or keeps silent."""
    context = ssl.create_default_context(cafile=str(aws.certificate))
    deadline = time.monotonic() + START_LIMIT
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{aws.url}/_ministack/health", context=context, timeout=5) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    end = "\n".join(aws.log.read_text(errors="replace").splitlines()[-20:])
    raise RuntimeError(f"the embedded AWS did not start:\n{end}")
