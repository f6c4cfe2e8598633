"""Lambda's runtime API on this machine, and the runtime client that Lambda itself runs, against it.

The client asks ``/next`` for an invocation, runs the handler, and posts what came of it to ``/response`` or ``/error``.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

API = "/2018-06-01/runtime/"
LIMIT = 60
"""Seconds that a function may take to start and answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the handler returned, or the error that the client reported in its place; ``at`` is by perf_counter."""

    body: Any
    failed: bool
    at: float


class _Requests(BaseHTTPRequestHandler):
    """The three calls that a runtime client makes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + LIMIT) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:local",
        }
        self._answer(200, event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at = time.perf_counter()
        self._answer(202, b"", {})
        self.server.answers.put(Answer(json.loads(body), not self.path.endswith("/response"), at))

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the answers are the log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that was stopped leaves its connection behind."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()


class Function:
    """A function in its own process, as a Lambda execution environment holds one."""

    def __init__(self, server: _Server, process: subprocess.Popen[bytes], started: float) -> None:
        self.started = started
        """When its process was started, by the same clock as the answers."""
        self._server, self._process = server, process

    def invoke(self, event: Any) -> Answer:
        """Hand ``event``, a JSON value or its text, to the handler; raises TimeoutError where no answer comes."""
        text = event if isinstance(event, str) else json.dumps(event)
        self._server.events.put(text.encode())
        deadline = time.monotonic() + LIMIT
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                return self._server.answers.get(timeout=0.5)
            except queue.Empty:
                continue
        raise TimeoutError("the function's process ended or kept silent")

    def peak_memory(self) -> int | None:
        """The most bytes of memory that the process has held so far; None where the system does not tell.

        From /proc, since what the kernel tells of a process that has ended (``ru_maxrss``) counts its parent in, which
        it was before it became Python.
        """
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return None
        lines = (line.split() for line in status.read_text().splitlines())
        return next((int(line[1]) * 1024 for line in lines if line[0] == "VmHWM:"), None)


@contextmanager
def function(
    code: Path, handler: str, environment: Mapping[str, str] | None = None, *, output: int = subprocess.DEVNULL
) -> Iterator[Function]:
    """Run the ``handler`` found in the folder ``code`` under awslambdaric, for the length of the block.

    ``environment`` are the function's own variables; of this process's, only the path is handed on. ``output`` is where
    the function's log goes, as ``subprocess`` takes it.
    """
    server = _Server()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    surroundings = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(code),
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "local",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_REGION": "us-east-1",
        **(environment or {}),
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", handler], cwd=code, env=surroundings, stdout=output, stderr=output
    )
    try:
        yield Function(server, process, started)
    finally:
        process.kill()
        process.wait()
        server.events.put(None)
        server.shutdown()
        server.server_close()
