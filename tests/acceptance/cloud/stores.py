"""Real object stores: SeaweedFS, s3rver (which must be refused), and a proxy before one.

All of them listen on 127.0.0.1 and end with the test.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.acceptance.programs import missing, program
from tests.e2e.process import environment, free_port
from worker.cloud.bucket import Bucket, open_bucket
from worker.config.model import BucketSettings

# The only ones that s3rver takes.
KEYS = {"AWS_ACCESS_KEY_ID": "S3RVER", "AWS_SECRET_ACCESS_KEY": "S3RVER"}
NPM = Path(__file__).parents[1] / "npm" / "node_modules"
START_SECONDS = 90.0


def beside_python(name: str) -> str:
    """A program that pip installed into this environment."""
    path = Path(sys.executable).with_name(name)
    return str(path) if path.exists() else missing(name)


class SeaweedFS:
    """One server in one process, with its data in a folder; readers need no keys."""

    def __init__(self, base: Path, *, creates_buckets: bool = True) -> None:
        self.base = base
        (base / "data").mkdir(parents=True)
        identities: list[dict[str, Any]] = [
            {
                "name": "feedmill",
                "credentials": [{"accessKey": "S3RVER", "secretKey": "S3RVER"}],
                "actions": ["Admin", "Read", "Write", "List"],
            },
            {"name": "anonymous", "actions": ["Read"]},
        ]
        (base / "s3.json").write_text(json.dumps({"identities": identities}))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ports = {name: free_port() for name in ("master", "volume", "filer")}
        grpc = {f"{name}.port.grpc": free_port() for name in (*ports, "s3")}
        self._options = {
            "dir": base / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            **{f"{name}.port": port for name, port in ports.items()},
            **grpc,
            "filer": "true",
            # Not in /tmp, which other servers share.
            "filer.localSocket": base / "filer.sock",
            "s3": "true",
            "s3.port": self.port,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": base / "s3.json",
            "s3.autoCreateBucket": str(creates_buckets).lower(),
            # Each bucket takes seven volumes.
            "volume.max": 100,
            "master.volumeSizeLimitMB": 64,
            "master.telemetry": "false",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it stores and gives back an object."""
        environ = environment({})
        environ.pop("AWS_CA_BUNDLE", None)
        command = [beside_python("weed"), "server"]
        command += [f"-{name}={value}" for name, value in self._options.items()]
        with (self.base / "weed.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.base, env=environ, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + START_SECONDS
        while not self._works():
            said = (self.base / "weed.log").read_text("utf-8", "replace")[-2000:]
            assert self.process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.2)

    def _works(self) -> bool:
        try:
            bucket = self.bucket("ready", patience=0, timeout_seconds=2)
            self.make("ready")
            bucket.delete("x")
            bucket.put_new("x", b"x")
        except Exception:
            return False
        return True

    def make(self, name: str) -> None:
        """Create a bucket."""
        user = f"{KEYS['AWS_ACCESS_KEY_ID']}:{KEYS['AWS_SECRET_ACCESS_KEY']}"
        subprocess.run(
            [
                *(program("curl"), "--silent", "--max-time", "10", "--request", "PUT"),
                *("--aws-sigv4", "aws:amz:us-east-1:s3", "--user", user, f"{self.url}/{name}"),
            ],
            check=True,
            capture_output=True,
        )

    def bucket(self, url: str, *, timeout_seconds: float = 5.0, **options: Any) -> Bucket:
        """A bucket and a folder in it, such as "feeds/site"."""
        settings = BucketSettings(f"s3://{url}", self.url, timeout_seconds=timeout_seconds)
        with unset("AWS_CA_BUNDLE"), keys():
            return open_bucket(settings, {}, **options)

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        assert self.process
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.process = None

    def close(self) -> None:
        """End it, whatever the test did."""
        if self.process:
            self.kill()


@contextlib.contextmanager
def keys() -> Iterator[None]:
    """The access keys in this process' environment, where obstore looks for them."""
    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def unset(name: str) -> Iterator[None]:
    """Without one variable of the environment."""
    value = os.environ.pop(name, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[name] = value


@contextlib.contextmanager
def seaweedfs(base: Path, **options: Any) -> Iterator[SeaweedFS]:
    """A running SeaweedFS."""
    store = SeaweedFS(base, **options)
    try:
        store.start()
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def s3rver(base: Path) -> Iterator[str]:
    """The address of npm's s3rver, which ignores conditions; its bucket is "feeds"."""
    script = NPM / "s3rver" / "bin" / "s3rver.js"
    if not script.exists():
        missing("s3rver")
    port = free_port()
    (base / "s3rver").mkdir(parents=True)
    command = [program("node"), str(script), "--directory", str(base / "s3rver")]
    command += ["--address", "127.0.0.1", "--port", str(port), "--configure-bucket", "feeds"]
    with (base / "s3rver.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            assert process.poll() is None, (base / "s3rver.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


class Proxy:
    """A proxy before a store: counts requests, and does with an answer what the test wants.

    ``judge`` gets method and path of a request that the store has answered, and gives "pass",
    or "eat": the client never sees the answer. ``refuses`` answers 503 without asking.
    """

    def __init__(self, target: str) -> None:
        self.judge: Callable[[str, str], str] = lambda _method, _path: "pass"
        self.refuses = False
        self.requests: list[tuple[str, str]] = []
        self.eaten = 0
        host, _, port = target.removeprefix("http://").partition(":")
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(size)
                proxy.requests.append((self.command, self.path))
                if proxy.refuses:
                    self.send_response(503)
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                upstream = http.client.HTTPConnection(host, int(port), timeout=30)
                upstream.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    upstream.putheader(name, value)
                upstream.endheaders(body or None)
                found = upstream.getresponse()
                data = found.read()
                upstream.close()
                if proxy.judge(self.command, self.path) == "eat":
                    proxy.eaten += 1
                    self.close_connection = True
                    return
                self.send_response_only(found.status)
                for name, value in found.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                length = found.getheader("content-length") if self.command == "HEAD" else None
                self.send_header("content-length", length or str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = answer  # noqa: N815

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_args: object) -> None:
                """A client that went away."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def puts(self) -> list[str]:
        """The paths that were sent, without those of a probe."""
        return [path for method, path in self.requests if method == "PUT" and "probe" not in path]

    def __enter__(self) -> "Proxy":
        self._server.daemon_threads = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
