"""The embedded server as a process of its own, on a public folder made by hand."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What the limits are for most tests is too long to wait for.
_START = """
import os, sys
from pathlib import Path
from feeds.server import limits
for name, value in {limits!r}.items():
    setattr(limits, name, value)
from feeds.server.run import ServerOptions, serve
from feeds.server.app import Endpoint, EndpointResponse
endpoints = {{
    "/extra": Endpoint(lambda query: EndpointResponse(200, "text/plain", query.encode())),
    "/local": Endpoint(
        lambda query: EndpointResponse(200, "text/plain", b"for this machine"), is_local=True
    ),
}}
options = ServerOptions(Path({folder!r}), "127.0.0.1", 0, endpoints, log_access={log!r})
{before}

def tell(public, local):
    print(public[0], *local, flush=True)
serve(options, os.environ, tell)
"""


@dataclass
class WebServer:
    """A running server: where its files are, and how to talk to it. ``local_url`` is for this
    machine. ``said`` is what it wrote to standard error, known when it has ended."""

    folder: Path
    process: "subprocess.Popen[str]"
    url: str
    local_url: str = ""
    said: str = ""

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def connect(self, timeout: float = 10.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def raw(self, request: bytes, timeout: float = 10.0) -> bytes:
        """Send bytes as they are; everything that comes back until the server hangs up."""
        with self.connect(timeout) as wire:
            wire.sendall(request)
            return received(wire)

    def get(self, target: str, *headers: str) -> bytes:
        """A GET of exactly this target, which no client library had its hands on."""
        lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
        return self.raw("\r\n".join(lines).encode("latin-1"))

    def write(self, path: str, data: bytes | str) -> Path:
        """Put a file in place as the worker does: beside, then renamed."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.new")
        beside.write_bytes(data if isinstance(data, bytes) else data.encode())
        beside.replace(target)
        return target


def received(wire: socket.socket) -> bytes:
    parts = []
    while part := wire.recv(65536):
        parts.append(part)
    return b"".join(parts)


@contextmanager
def served(
    folder: Path,
    *,
    limits: Mapping[str, object] | None = None,
    log: bool = False,
    before: str = "",
    pass_fds: tuple[int, ...] = (),
) -> Iterator[WebServer]:
    """A server on ``folder`` until the block ends, which it must do well, and, unless it logs
    requests, in silence."""
    text = _START.format(limits=dict(limits or {}), folder=str(folder), log=log, before=before)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=pass_fds,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    with process:
        assert process.stdout
        urls = process.stdout.readline().split()
        assert urls, process.stderr.read() if process.stderr else ""
        server = WebServer(folder, process, *urls)
        try:
            yield server
        finally:
            process.terminate()
            assert process.wait(10) == 0
            server.said = process.stderr.read() if process.stderr else ""
        assert log or not server.said


def wait_until(condition, seconds: float = 10.0) -> bool:
    """Whether the condition comes true in time."""
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.01)
    return met
