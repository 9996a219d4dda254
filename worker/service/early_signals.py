"""Keeps signals that arrive while the program is still loading, until it has handlers.

A service manager may stop or reload a worker that it started a moment ago. By default that ends
the interpreter during its imports, and after SIGHUP systemd does not start it again. So this
module imports nothing but ``signal``.
"""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

_HELD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_arrived: list[signal.Signals] = []
_before: "dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None]" = {}


def hold() -> None:
    """Keep the signals that ask for a stop or a reload; an ignored one stays ignored."""
    for number in _HELD:
        if signal.getsignal(number) is not signal.SIG_IGN:
            _before[number] = signal.signal(number, _note)


def release() -> None:
    """Restore the handlers from before ``hold``, and deliver what arrived meanwhile."""
    while _before:
        number, handler = _before.popitem()
        signal.signal(number, handler)
    deliver()


def deliver() -> None:
    """Raise what arrived again, for the current handlers."""
    while _arrived:
        signal.raise_signal(_arrived.pop(0))


def _note(number: int, _: FrameType | None) -> None:
    _arrived.append(signal.Signals(number))
