"""A service manager's notify socket, for the real process to talk to."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.process import DEADLINE, Feedmill

WATCHDOG_SECONDS = 2.0


@dataclass
class Manager:
    """What the process has told so far: (when, assignment), in order."""

    socket: socket.socket
    path: Path
    heard: list[tuple[float, str]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """What systemd sets for a unit with Type=notify and WatchdogSec=2."""
        usec = str(int(WATCHDOG_SECONDS * 1_000_000))
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": usec}

    def listen(self, seconds: float) -> None:
        """Take what comes within that time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                text = self.socket.recv(65536).decode()
                self.heard += ((time.monotonic(), line) for line in text.splitlines())

    def wait_for(
        self, mill: Feedmill, wanted: str | Callable[[str], bool], since: int = 0
    ) -> list[str]:
        """Everything heard from number ``since`` up to the wanted assignment."""
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            for number, (_, line) in enumerate(self.heard[since:], since):
                if line == wanted or (callable(wanted) and wanted(line)):
                    return self.lines(since)[: number - since + 1]
            ended = not mill.is_running()
            before = len(self.heard)
            self.listen(0.05)
            if ended and len(self.heard) == before:
                break
        message = f"never heard {wanted}: {self.lines()}\n{mill.log()[-3000:]}"
        raise AssertionError(message)

    def lines(self, since: int = 0) -> list[str]:
        """The assignments heard from number ``since`` on."""
        return [line for _, line in self.heard[since:]]

    def silent_for(self, seconds: float, line: str) -> bool:
        """Whether the assignment does not come within that time from now."""
        before = len(self.heard)
        self.listen(seconds)
        return line not in self.lines(before)


@contextlib.contextmanager
def manager(base: Path) -> Iterator[Manager]:
    """A manager that listens on a Unix datagram socket."""
    path = base / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        yield Manager(listener, path)
