"""A wish to stop, which a signal handler and all threads may use.

Not ``threading.Event``: its lock may be held by the very thread that the signal interrupts.
"""

import os
import select
import signal


class Stopped(Exception):  # noqa: N818 -- an end that is meant
    """The process was asked to stop."""


class StopSignal:
    """Set once, by ``set`` or by SIGTERM and SIGINT after ``listen``."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._is_set = False

    def listen(self) -> None:
        """Handle SIGTERM and SIGINT; only in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self.set())

    def set(self) -> None:
        """Stop; wakes everybody who waits."""
        if not self._is_set:
            self._is_set = True
            os.write(self._writer, b"x")

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait for so long, or until it is set; gives whether it is."""
        select.select([self._reader], [], [], max(0.0, seconds))
        return self._is_set

    def permit(self) -> None:
        """Raise Stopped if it is set."""
        if self._is_set:
            raise Stopped

    def close(self) -> None:
        """Close its descriptors."""
        os.close(self._reader)
        os.close(self._writer)
