"""The embedded web server, put together: sockets, uvicorn, limits, the application, an end.

One process, one thread for requests; it reads the public folder and writes nothing.
"""

import logging
import resource
import signal
import sys
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from feeds.limits import IDLE_SECONDS, MOST_CONNECTIONS, LimitedProtocol
from feeds.listening import BACKLOG, address_of, bound, handed_over
from feeds.webapp import Answer, Extra, Note, PublicApp, Scope

access = logging.getLogger("feedmill.access")

STOP_SECONDS = 2
# Descriptors besides those of connections: files being served, the program's own.
SPARE_DESCRIPTORS = 200


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served and where. ``extras`` are answers at paths of their own; with
    ``until_eof`` the end of standard input ends the server too, as it comes when the process
    that started this one is gone."""

    folder: Path
    host: str
    port: int
    extras: dict[str, Extra] = field(default_factory=dict)
    log_access: bool = False
    until_eof: bool = False


def serve(
    serving: Serving,
    environ: MutableMapping[str, str],
    tell: Callable[[list[str]], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM, on the sockets that the service manager handed over, else
    at the address; ``tell`` is told where. Raises FeedmillError where neither can be had."""
    listeners = handed_over(environ) or [bound(serving.host, serving.port)]
    tell([address_of(listener) for listener in listeners])
    _raise_descriptor_limit()
    app = PublicApp(serving.folder, serving.extras, _access_log() if serving.log_access else None)
    server = uvicorn.Server(_settings(app))
    _stop_cleanly(server)
    if serving.until_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    try:
        server.run(sockets=listeners)
    finally:
        for listener in listeners:
            listener.close()


def _settings(app: PublicApp) -> uvicorn.Config:
    # Scanners send what is no HTTP all day long: uvicorn's warnings would tell of each.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        http=LimitedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        backlog=BACKLOG,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
    )


def _access_log() -> Note:
    """One line for each request, as nobody else's text: what a client sent is quoted."""

    def note(scope: Scope, answer: Answer, seconds: float) -> None:
        headers = dict(scope["headers"])
        client = scope.get("client")
        access.info(
            'request status=%d method=%s path="%s" bytes=%d ms=%.1f client=%s agent="%s"',
            answer.status,
            scope["method"],
            _quoted(scope["raw_path"]),
            len(answer.body),
            seconds * 1000,
            client[0] if client else "unix",
            _quoted(headers.get(b"user-agent", b"")),
        )

    return note


def _quoted(value: bytes) -> str:
    text = value[:300].decode("latin-1").encode("unicode_escape").decode("ascii")
    return text.replace('"', '\\"')


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _stop_cleanly(server: uvicorn.Server) -> None:
    """Uvicorn stops at these signals, then raises them anew: with the usual handlers a clean
    stop would end in a traceback, or as a death by the signal."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _stop_at_eof(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
