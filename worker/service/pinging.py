"""Starts the process that tells the WebSub hub, and starts it again while something waits."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from feeds.websub import Spool
from worker.config.loading import Config

FIRST_RETRY_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 3600.0
STOP_SECONDS = 3.0


def spool_of(config: Config) -> Spool:
    """Where changed feeds wait to be told of: beside the database."""
    store = config.store_path
    return Spool(store.with_name(f"{store.name}.pings"))


class Pinger:
    """One sending process at a time, at growing intervals after failures."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._spool = spool_of(config)
        self._process: subprocess.Popen[bytes] | None = None
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._next = 0.0

    def tend(self, now: float) -> None:
        """Look after the sending process; ``now`` is monotonic. Never waits."""
        if not self._config.site.hub:
            return
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return
            self._process = None
            self._plan(status, now)
        if now >= self._next and self._spool.waiting():
            self._process = _start(self._config.path)

    def _plan(self, status: int, now: float) -> None:
        if status == 0:
            self._retry_seconds, self._next = FIRST_RETRY_SECONDS, now
            return
        self._next = now + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, LONGEST_RETRY_SECONDS)

    def stop(self) -> None:
        """End a sending that is under way; what it did not tell of is told of next time."""
        if self._process is not None:
            self._process.terminate()
            _end(self._process)
            self._process = None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was asked to end, and kill it where it does not."""
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # it hangs in the kernel
            process.wait(STOP_SECONDS)


def _start(config_path: Path | None) -> subprocess.Popen[bytes]:
    chosen = ["--config", str(config_path)] if config_path else []
    command = [sys.executable, "-P", "-m", "worker", *chosen, "ping"]
    return subprocess.Popen(  # noqa: S603 -- our own words
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0
    )
