"""The processes beside a running worker: the web server and the hub's sender.

Processes, so that none can slow down or take down the other. The worker opens the web server's
sockets: a port that is taken is known before the first scan, and clients wait instead of being
refused while the server restarts. ``advance`` never waits; ``next_due`` (monotonic seconds) is
when it wants to be called again, and a death is noticed then at the latest.
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from feeds.errors import ListenError
from feeds.server.sockets import LOCAL_HOST, address_of, bound_socket
from worker.config.model import Config, spool_of
from worker.core.events import event

log = logging.getLogger("feedmill.serving")

STOP_SECONDS = 3.0
# How often a running process is checked.
CHECK_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
# One that ran for this long is started again after the shortest pause.
STEADY_SECONDS = 60.0
# One that gives no sign of life for this long is killed, and counts as ended.
SILENCE_SECONDS = 30.0
LOOK_SECONDS = 0.1
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 30.0, 3600.0

Address = tuple[str, int, str]
"""Host, port, and the key of [serve] that says the port."""


class WebServer:
    """Serves the public folder with ``feedmill serve`` if ``wanted``, and restarts it.

    The server ends with its standard input, so it does not outlive a killed worker. While it
    answers requests, it writes to its standard output every second."""

    def __init__(self, *, wanted: bool, words: Sequence[str] = (), opens: bool = False) -> None:
        """``words`` are further options of the server; ``opens``: show the site in a browser."""
        self._wanted = wanted
        self._words = words
        self._opens = opens
        self._process: subprocess.Popen[bytes] | None = None
        self._config: Config | None = None
        self._sockets: dict[Address, socket.socket] = {}
        self._is_ready = False
        self._trouble = self._hang = ""
        self._started = self._heard = self._next_start = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self.next_due = 0.0

    @property
    def pid(self) -> int | None:
        """The server's process ID, if it runs."""
        return self._process.pid if self._process else None

    @property
    def urls(self) -> list[str]:
        """Where it listens: the public address first."""
        return [address_of(found) for found in self._sockets.values()]

    def prove(self, config: Config) -> None:
        """Raise ListenError where ``follow`` would, as far as that is known beforehand."""
        ours = {port for _, port, _ in self._sockets}
        for host, port, key in _addresses(config) if self._wanted else ():
            if port not in ours:
                bound_socket(host, port, key).close()

    def follow(self, config: Config) -> None:
        """Serve as this configuration says, from the next ``advance`` on. Raises ListenError
        where it cannot listen there."""
        last, self._config = self._config, config
        if not self._wanted or (last is not None and _settings(last) == _settings(config)):
            return
        self._end_process()
        try:
            self._listen(_addresses(config))
        except ListenError:
            self._config = None
            raise
        self._pause, self._next_start, self._trouble = FIRST_PAUSE_SECONDS, 0.0, ""

    def _listen(self, addresses: Sequence[Address]) -> None:
        """Open what is not open yet; first close the rest, which may occupy a port."""
        for address in self._sockets.keys() - set(addresses):
            self._sockets.pop(address).close()
        found = {}
        for address in addresses:
            found[address] = self._sockets.get(address) or bound_socket(*address)
            self._sockets[address] = found[address]
        self._sockets = found

    def advance(self, now: float) -> str:
        """Start, check or restart the process. Gives what is wrong with it, empty for nothing."""
        if not self._wanted or self._config is None:
            self.next_due = float("inf")
        elif self._process is None:
            if now >= self._next_start:
                self._start(self._config, now)
            self.next_due = now + LOOK_SECONDS if self._process else self._next_start
        elif (status := self._process.poll()) is not None:
            self._end_process()
            self._fail(self._hang or _ending(status), now)
        else:
            self._check_life(self._process, now)
        return self._trouble

    def _start(self, config: Config, now: float) -> None:
        command = _command(config.path, "serve", "--until-eof", *self._words)
        for (_, _, key), found in self._sockets.items():
            option = "--socket" if key == "port" else "--local-socket"
            command += [option, str(found.fileno())]
        self._started = self._heard = self.next_due = now
        self._hang = ""
        try:
            # Its own process group: Ctrl-C goes to the worker, which then stops the server.
            self._process = subprocess.Popen(  # noqa: S603 -- our own words
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,
                pass_fds=[found.fileno() for found in self._sockets.values()],
            )
        except OSError as error:
            self._fail(f"it cannot be started ({error.strerror})", now)
            return
        if self._process.stdout:
            os.set_blocking(self._process.stdout.fileno(), False)

    def _check_life(self, process: "subprocess.Popen[bytes]", now: float) -> None:
        """Read the signs of life; the first one says that the server answers requests."""
        # While this process itself was stopped, it heard nothing.
        self._heard += max(0.0, now - self.next_due)
        if process.stdout and process.stdout.read(1000):
            self._heard = now
            if not self._is_ready:
                self._is_ready, self._trouble = True, ""
                log.info(event("serving", url=self.urls[0]))
                if self._opens:
                    self._opens = False
                    open_browser(self.urls[0])
        elif now >= self._heard + SILENCE_SECONDS:
            self._trouble = self._hang = f"it gave no sign of life for {SILENCE_SECONDS:g} s"
            process.kill()
        self.next_due = now + (CHECK_SECONDS if self._is_ready else LOOK_SECONDS)

    def _fail(self, cause: str, now: float) -> None:
        if now >= self._started + STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        self._trouble = f"{cause}; the next start is after {self._pause:g} s"
        self._next_start = self.next_due = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        """End the server, if there is one, and close the sockets."""
        self._end_process()
        while self._sockets:
            self._sockets.popitem()[1].close()
        self._config = None

    def _end_process(self) -> None:
        process, self._process, self._is_ready = self._process, None, False
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        _end(process)


def _ending(status: int) -> str:
    if status >= 0:
        return f"it ended with status {status}"
    try:
        return f"{signal.Signals(-status).name} ended it"
    except ValueError:
        return f"signal {-status} ended it"


def _addresses(config: Config) -> list[Address]:
    """Where the server listens: the public address, and a local one if metrics are local."""
    found = [(config.host, config.port, "port")]
    if config.metrics.serve == "local":
        found.append((LOCAL_HOST, config.local_port, "local_port"))
    return found


def _settings(config: Config) -> tuple[object, ...]:
    """What of the configuration the server uses."""
    metrics = (config.metrics.serve, config.metrics_path)
    folders = (config.feeds.folder, config.store_path)
    # The search page shows the site, and finds topics by the names in the configuration.
    return config.path, folders, _addresses(config), metrics, config.site, config.topics


def open_browser(url: str) -> None:
    """Show a page in the web browser, without waiting: a text browser would take the terminal."""
    url = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    subprocess.Popen(  # noqa: S603 -- our own words
        [sys.executable, "-P", "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


class Pinger:
    """Notifies the WebSub hub: one sender at a time, at growing intervals after failures."""

    def __init__(self, config: Config, *, wanted: bool) -> None:
        self._wanted = wanted and bool(config.site.hub)
        self._config_path = config.path
        self._spool = spool_of(config)
        self._process: subprocess.Popen[bytes] | None = None
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._next_start = 0.0
        self.next_due = 0.0 if self._wanted else float("inf")

    def advance(self, now: float) -> None:
        """Start a sender if something waits, or check the one that runs."""
        if not self._wanted:
            return
        self.next_due = now + CHECK_SECONDS
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return
            self._process = None
            self._plan(status, now)
        if now >= self._next_start and self._spool.waiting():
            self._process = subprocess.Popen(  # noqa: S603 -- our own words
                _command(self._config_path, "ping"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,
            )

    def _plan(self, status: int, now: float) -> None:
        if status == 0:
            self._retry_seconds, self._next_start = FIRST_RETRY_SECONDS, now
            return
        self._next_start = now + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, LONGEST_RETRY_SECONDS)

    def stop(self) -> None:
        """End a running sender; what it did not send is sent next time."""
        if self._process is not None:
            self._process.terminate()
            _end(self._process)
            self._process = None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was asked to end; kill it if it does not."""
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it hangs in the kernel
            process.wait(STOP_SECONDS)


def _command(config_path: Path | None, *words: str) -> list[str]:
    chosen = ["--config", str(config_path)] if config_path else []
    # -P: a folder called "feedmill" in the current folder is not ours.
    return [sys.executable, "-P", "-m", "feedmill", *chosen, *words]
