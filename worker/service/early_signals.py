"""Signals that arrive while the program is still loading: kept until a handler is there.

A manager may stop or reload a worker that it started a moment ago. By default that ends the
interpreter under its imports, and after SIGHUP systemd does not start it again. So this module
loads nothing but ``signal``.
"""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

_HELD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_arrived: list[signal.Signals] = []
_before: "dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None]" = {}


def hold() -> None:
    """Keep the signals that ask for an end or a reload; an ignored one stays ignored."""
    for number in _HELD:
        if signal.getsignal(number) is not signal.SIG_IGN:
            _before[number] = signal.signal(number, _note)


def release() -> None:
    """The handlers are as they were before ``hold``, and what arrived meanwhile has its way."""
    while _before:
        number, handler = _before.popitem()
        signal.signal(number, handler)
    deliver()


def deliver() -> None:
    """Raise what arrived again, for the handlers that are there now."""
    while _arrived:
        signal.raise_signal(_arrived.pop(0))


def _note(number: int, _: FrameType | None) -> None:
    _arrived.append(signal.Signals(number))
