"""The fork server in its worker: a process that has the modules, and forks children from itself.

A child is there in milliseconds, since nothing is imported, and shares the server's memory. The
server is one thread that never sees an article; a worker has threads and an open database, and
cannot be forked. ``server`` is the server's own program.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from worker.parsing.sandbox.server import DONE, FORK, PID, READY

PARSERS = ("worker.parsing.warm_up",)
"""The modules of children that read files."""

RENDERERS = ("worker.publishing.editions.child",)
"""The modules of children that render, which are needed later."""

HAS_CHILDREN = hasattr(os, "memfd_create")
"""Whether the system can fork and limit children. Linux alone has that function; the rest of what
children need came to Linux earlier."""

START_SECONDS = 60.0
STOP_SECONDS = 5.0
DEATHS_IN_A_ROW = 3
PR_SET_CHILD_SUBREAPER = 36

# Only what a child needs: no sockets to systemd, no credentials.
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TZDIR", "PYTHONTZPATH")
# Plugins of other installed packages must not run in a child.
_CHILD_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
_START = (
    "import sys; sys.path[:] = {path!r}; "
    "import worker.parsing.sandbox.server as server; server.main(*{arguments!r})"
)


class NotReadyError(Exception):
    """The server is starting, or has just died and starts again: ask later."""


class ForkServer:
    """The server, started when it is needed, and replaced when it dies; its children live on.

    Use it from one thread: the kernel ends the server when the thread that started it ends.
    """

    def __init__(self, modules: Sequence[str], later: Sequence[str] = ()) -> None:
        """The server imports ``modules`` before it forks the first child, and ``later`` one by
        one when there is nothing to do."""
        self._modules, self._later = tuple(modules), tuple(later)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._waited, self._deaths = 0.0, 0

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The server's process id; None if it was not started."""
        return self._process.pid if self._process else None

    def start(self) -> socket.socket:
        """Start it, if it does not run, without waiting. Raises OSError."""
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control.settimeout(START_SECONDS)
            with theirs:
                self._process = _start(theirs.fileno(), self._modules, self._later)
        return self._control

    def is_ready(self, seconds: float) -> bool:
        """Whether it can fork; starts it if need be, and waits for at most ``seconds``.

        Raises OSError if it cannot be started, or dies three times before it is ready.
        """
        control = self.start()
        if self._ready:
            return True
        if not select.select([control], [], [], seconds)[0]:
            self._waited += seconds
            if self._waited >= START_SECONDS:
                self._bury()
            return False
        with suppress(ConnectionError):
            self._ready = control.recv(1) == READY
        if self._ready:
            self._deaths = 0
        else:
            self._bury()
        return self._ready

    def fork(self, fds: Sequence[int]) -> int:
        """The process id of a new child of *this* process, which has only these descriptors.

        Raises NotReadyError, and OSError if the system refuses another process.
        """
        if self._control is None or not self._ready:
            raise NotReadyError
        try:
            with _adopting():
                socket.send_fds(self._control, [FORK], fds)
                answer = _next(self._control)
                # After this the child is ours: who forked it for the server has ended.
                done = answer if answer == DONE else _next(self._control)
        except (ConnectionError, TimeoutError):
            self._bury()
            raise NotReadyError from None
        if answer[:1] == PID and done == DONE:
            return int(answer[1:])
        raise OSError(answer[1:].decode() or "a new process was killed")

    def close(self) -> None:
        """End the server. It starts again when it is needed."""
        if self._control:
            self._control.close()
        if self._process:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):  # it hangs in the kernel
                self._process.wait(STOP_SECONDS)
        self._control = self._process = None
        self._ready, self._waited = False, 0.0

    def _bury(self) -> None:
        """Remove a server that died or hangs. Raises OSError for the third in a row."""
        process = self._process
        self.close()
        self._deaths += 1
        if self._deaths >= DEATHS_IN_A_ROW:
            self._deaths = 0
            raise OSError(f"the fork server ended with status {process and process.returncode}")


def _next(control: socket.socket) -> bytes:
    message = control.recv(1000)
    if not message:
        raise ConnectionResetError
    return message


@contextmanager
def _adopting() -> Iterator[None]:
    """Within it, a process whose parent ends becomes a child of this process."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _start(fd: int, *modules: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """A new interpreter: isolated, without Ctrl-C, without our output.

    ``-I`` with the absolute entries of our ``sys.path``: neither the current folder nor the
    environment decides what it imports.
    """
    path = [entry for entry in sys.path if Path(entry).is_absolute()]
    package = str(Path(__file__).resolve().parents[3])
    if package not in path:
        path.append(package)
    code = _START.format(path=path, arguments=(fd, os.getpid(), *modules))
    # Server and children inherit and keep the mask. A signal to all processes (Ctrl-C, systemd's
    # SIGTERM to the unit) must not end one while it reads an article, nor while it starts.
    stopping = [getattr(signal, name) for name in _STOPPING]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    try:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[fd],
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
            | _CHILD_ENVIRONMENT,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
