"""Runs the embedded web server: sockets, uvicorn, limits, the application, shutdown.

One process with one thread for requests. It reads the public folder and writes nothing.
"""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvicorn

from feeds.server.app import Endpoint, PublicApp, Response, Scope
from feeds.server.limits import (
    IDLE_SECONDS,
    MOST_CONNECTIONS,
    LimitedProtocol,
    LocalProtocol,
    SmallReads,
)
from feeds.server.sockets import (
    BACKLOG,
    LOCAL_HOST,
    Listener,
    address_of,
    bound_socket,
    systemd_listeners,
)

access = logging.getLogger("feedmill.access")
log = logging.getLogger("feedmill.serve")

STOP_SECONDS = 2
# Descriptors besides those of connections: files being served, the program's own.
SPARE_DESCRIPTORS = 200

Announce = Callable[[list[str], list[str]], None]
"""Gets the public addresses and those for this machine, once the server answers."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What to serve and where. ``local_port`` of the loopback interface serves the endpoints for
    this machine, if there are any. With ``until_eof``, the server also stops at the end of its
    standard input, which comes when its parent process is gone, and writes to its standard
    output every second, so that its parent notices if it hangs."""

    folder: Path
    host: str
    port: int
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    local_port: int = 0
    log_access: bool = False
    until_eof: bool = False

    @property
    def has_local(self) -> bool:
        """Whether anything is for this machine only."""
        return any(endpoint.is_local for endpoint in self.endpoints.values())


def serve(
    options: ServerOptions,
    environ: MutableMapping[str, str],
    announce: Announce = lambda _public, _local: None,
    given: Sequence[Listener] = (),
) -> None:
    """Serve until SIGINT or SIGTERM. Listens on the ``given`` listeners, else on systemd's, else
    on the addresses in ``options``. Raises ListenError if it cannot listen."""
    listeners = list(given) or systemd_listeners(environ) or _bound(options)
    if options.has_local and not any(listener.is_local for listener in listeners):
        log.warning("no-local-socket cause=%r", 'no socket has FileDescriptorName="local"')
    _raise_descriptor_limit()
    server = _Server(options, listeners, announce)
    _stop_cleanly(server)
    if options.until_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    try:
        server.run()
    finally:
        for listener in listeners:
            listener.socket.close()


def _bound(options: ServerOptions) -> list[Listener]:
    found = [Listener(bound_socket(options.host, options.port))]
    if options.has_local:
        try:
            local = bound_socket(LOCAL_HOST, options.local_port, "local_port")
        except BaseException:
            found[0].socket.close()
            raise
        found.append(Listener(local, is_local=True))
    return found


class _Server(uvicorn.Server):
    """Uvicorn with a public and a local application, each on its own listeners."""

    def __init__(
        self, options: ServerOptions, listeners: list[Listener], announce: Announce
    ) -> None:
        log_request = _log_request if options.log_access else None
        public = {path: it for path, it in options.endpoints.items() if not it.is_local}
        app = PublicApp(options.folder, public, log_request)
        local = app.local_app(options.endpoints)
        self._settings = {False: _settings(app), True: _settings(local)}
        self._listeners, self._announce = listeners, announce
        self._shows_life = options.until_eof
        if self._shows_life:  # a parent that does not read must not stop it
            os.set_blocking(sys.stdout.fileno(), False)
        super().__init__(self._settings[False])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets
        await self.lifespan.startup()
        loop = asyncio.get_running_loop()
        self.servers = []
        for listener in self._listeners:
            make = partial(self._protocol, listener.is_local)
            server = await loop.create_server(make, sock=listener.socket, backlog=BACKLOG)
            self.servers.append(server)
        self.started = True
        public = [address_of(it.socket) for it in self._listeners if not it.is_local]
        local = [address_of(it.socket) for it in self._listeners if it.is_local]
        self._announce(public, local)

    async def on_tick(self, counter: int) -> bool:
        """Show the parent process that the event loop runs; called ten times a second."""
        if self._shows_life and counter % 10 == 0:
            with contextlib.suppress(OSError):
                os.write(sys.stdout.fileno(), b"\n")
        return await super().on_tick(counter)

    def _protocol(self, is_local: bool) -> asyncio.BaseProtocol:
        kind = LocalProtocol if is_local else LimitedProtocol
        settings, state = self._settings[is_local], self.server_state
        return SmallReads(kind(config=settings, server_state=state, app_state={}))


def _settings(app: PublicApp) -> uvicorn.Config:
    # Scanners send invalid HTTP all day; uvicorn would log a warning for each.
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


def _log_request(scope: Scope, response: Response, seconds: float) -> None:
    """Log one line; escapes everything that the client sent."""
    headers = dict(scope["headers"])
    client = scope.get("client")
    access.info(
        'request status=%d method=%s path="%s" bytes=%d ms=%.1f client=%s agent="%s"',
        response.status,
        scope["method"],
        _quoted(scope["raw_path"]),
        len(response.body),
        seconds * 1000,
        client[0] if client else "unix",
        _quoted(headers.get(b"user-agent", b"")),
    )


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
    """Handle signals here: uvicorn raises them again after it stopped, and the default handlers
    would then end a clean stop with a traceback or the signal's exit status."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _stop_at_eof(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
