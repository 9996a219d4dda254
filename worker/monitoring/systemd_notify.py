"""Sends the worker's state to systemd (sd_notify(3)); does nothing without systemd."""

import contextlib
import os
import socket
import time
from collections.abc import Mapping

LONGEST_STEP_SECONDS = 600


class Notifier:
    """Sends to the socket in $NOTIFY_SOCKET. ``watchdog_seconds`` is how often systemd wants a
    sign of life; None if it wants none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self.watchdog_seconds = _watchdog_seconds(environ)
        self._status = ""

    def ready(self) -> None:
        """The first scan is published, or a reload is done."""
        self._send("READY=1")

    def starting(self) -> None:
        """The first scan continues: extends systemd's start timeout, which a large folder would
        exceed."""
        self._send(f"EXTEND_TIMEOUT_USEC={LONGEST_STEP_SECONDS * 1_000_000}")

    def reloading(self) -> None:
        """A reload starts; ``ready`` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The worker is stopping. Safe to call from a signal handler."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """The self-test just passed."""
        if self.watchdog_seconds is not None:
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``; sent only if it changed."""
        line = " ".join(text.split())
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of an abstract address.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, kind) as sender:
            # systemd may be busy or restarting: do not wait for it.
            sender.setblocking(False)
            sender.sendto(message.encode("utf-8", "backslashreplace"), address)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """$WATCHDOG_USEC in seconds, if it is meant for this process."""
    owner = environ.get("WATCHDOG_PID")
    if owner is not None and owner != str(os.getpid()):
        return None
    text = environ.get("WATCHDOG_USEC", "")
    return int(text) / 1e6 if text.isdecimal() and int(text) > 0 else None
