"""The program of the fork server: imports modules, then forks a child for each request.

Only worker/parsing/sandbox/fork_server.py starts it. It has one thread, trusts only the worker,
never gets a job, and ends with the worker.
"""

import gc
import importlib
import os
import select
import socket
from collections.abc import Sequence
from contextlib import suppress

READY = b"R"
FORK = b"F"  # to the server, with the child's three descriptors
PID, ERROR, DONE = b"P", b"E", b"D"  # from it: the first or second, with the facts; then the third


def main(control_fd: int, parent: int, modules: Sequence[str], later: Sequence[str]) -> None:
    """Serve until the worker closes its end of the socket; never returns."""
    from worker.parsing.sandbox import child

    child.die_with_parent(parent)
    child.limit_files()
    with socket.socket(fileno=control_fd) as control:
        for module in modules:
            _load(module)
        control.send(READY)
        waiting = list(later)
        while True:
            # One module at a time, so that a request waits for one at most.
            if waiting and not select.select([control], [], [], 0)[0]:
                _load(waiting.pop(0))
                continue
            message, fds, _, _ = socket.recv_fds(control, 1, 3)
            if message != FORK:
                os._exit(0)
            _fork(control, fds)


def _load(module: str) -> None:
    # A child imports what failed here again, and says what is wrong.
    with suppress(Exception):
        importlib.import_module(module)
    # What is loaded stays: a collector that looks at it would copy its memory in every child.
    gc.collect()
    gc.freeze()


def _fork(control: socket.socket, fds: list[int]) -> None:
    """Fork a child whose parent ends at once: the worker adopts it, and sees how it ends."""
    try:
        between = os.fork()
    except OSError as error:
        control.send(ERROR + str(error).encode())
    else:
        if between == 0:
            _fork_again(control, fds)
        os.waitpid(between, 0)
    for fd in fds:
        os.close(fd)
    control.send(DONE)


def _fork_again(control: socket.socket, fds: list[int]) -> None:
    """In the process between: fork the child, and end. Never returns."""
    from worker.parsing.sandbox import child

    try:
        pid = os.fork()
        if pid == 0:
            _close_all_but(fds)
            child.main(*fds)
        control.send(PID + str(pid).encode())
    except OSError as error:
        control.send(ERROR + str(error).encode())
    finally:
        os._exit(1)


def _close_all_but(fds: list[int]) -> None:
    """A child has the three standard streams, which lead nowhere, and its own descriptors."""
    first = 3
    for fd in sorted(fds):
        os.closerange(first, fd)
        first = fd + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
