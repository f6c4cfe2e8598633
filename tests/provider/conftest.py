"""Fixtures of the provider's tests: a real HTTPS server for the answers, and the stage around it."""

from __future__ import annotations

import datetime
import importlib
import ipaddress
import logging
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.provider.chaos import REGION
from tests.provider.stage import Receiver, Stage

ENVIRONMENT = {"AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A real HTTPS server with a certificate of its own."""
    certificate = _certificate(tmp_path_factory.mktemp("tls") / "server.pem")
    receiver = Receiver("", certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            if status == 0:
                # No answer: the connection ends.
                self.close_connection = True
                return
            if status == 200:
                receiver.bodies.append(body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"https://127.0.0.1:{server.server_port}/answer?X-Amz-Signature=presigned-secret"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def provider() -> Iterator[ModuleType]:
    """The provider as Lambda imports it, with a Region."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield importlib.import_module("lambda_bedrock_profile.provider")


@pytest.fixture
def stage(receiver: Receiver, provider: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The stage of one test; crhelper's changes to the root logger are undone."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # OpenSSL's own way to name the authorities to trust, which ssl.create_default_context follows.
    monkeypatch.setenv("SSL_CERT_FILE", str(receiver.certificate))
    stage = Stage(provider, receiver.url, receiver.bodies)
    monkeypatch.setattr(provider.clients, "make_client", stage.client)
    monkeypatch.setattr(provider, "time", SimpleNamespace(sleep=stage.sleep))
    monkeypatch.setattr(provider, "random", SimpleNamespace(random=lambda: stage.random))
    root = logging.getLogger()
    level, formatters = root.level, [(handler, handler.formatter) for handler in root.handlers]
    yield stage
    root.setLevel(level)
    for handler, formatter in formatters:
        handler.setFormatter(formatter)


def _certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(pem))
    return path
