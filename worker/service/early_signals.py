"""Keeps signals that arrive while the program is still loading, until it has handlers.

A service manager may stop or reload a worker that it started a moment ago. By default that ends
the interpreter during its imports, and after SIGHUP systemd does not start it again. So this
module imports nothing but ``signal``.
"""

import signal

# Windows has neither SIGHUP nor masks.
_CAN_HOLD = hasattr(signal, "pthread_sigmask")
_HELD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) if _CAN_HOLD else ()

_masks: list[set[int]] = []


def hold() -> None:
    """Block the signals that ask for a stop or a reload: the system keeps them."""
    if _CAN_HOLD:
        _masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, _HELD))


def release() -> None:
    """Deliver what arrived since ``hold``, for the current handlers. Call it before the first
    thread or child process starts: they would inherit the blocking."""
    while _masks:
        signal.pthread_sigmask(signal.SIG_SETMASK, _masks.pop())
