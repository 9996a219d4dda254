"""One parser child in its parent: a process, two pipes that never block, a counter.

Carries bytes and does not interpret them: worker/parsing/sandbox/pool.py decides which file goes
where, and which one a crash is blamed on. Nothing here trusts what the child sends.
"""

import json
import marshal
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from worker.parsing.sandbox.child import CHUNK, FRAME

# The answer to a file of 2 MB is several times as long; a longer one is an error of the child and
# would fill our own memory.
MOST_BYTES = 128 * 1024 * 1024
PIPE_BYTES = 1024 * 1024
READ_BYTES = 256 * 1024
STOP_SECONDS = 5.0

# Only what a child needs: no sockets to systemd, no credentials.
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TZDIR", "PYTHONTZPATH")
# Plugins of other installed packages must not run in a child.
_CHILD_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
_START = (
    "import sys; sys.path[:] = {path!r}; import worker.parsing.sandbox.child as c; c.main(*{fds!r})"
)


class Frame(NamedTuple):
    """One message of the child: its kind, as in worker/parsing/sandbox/child.py, and its
    content."""

    kind: bytes
    body: bytes


class ChildProcess:
    """A running parser child. ``fd_in`` and ``fd_out`` are for a selector only."""

    def __init__(self, settings: dict[str, object]) -> None:
        """Start it; ``settings`` are for ``worker.parsing.sandbox.child.main``. Raises OSError."""
        import fcntl  # not on every system: see inline.py

        theirs_in, self.fd_out = os.pipe()
        self.fd_in, theirs_out = os.pipe()
        self._progress = os.memfd_create("feedmill-progress")
        os.ftruncate(self._progress, 8)
        for fd in (self.fd_in, self.fd_out):
            os.set_blocking(fd, False)
            with suppress(OSError):
                # Child and parent wait less for each other; it works without.
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            self._process = _start((theirs_in, theirs_out, self._progress))
        except OSError:
            self._close()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self.ended = False
        self._put(json.dumps({**settings, "parent": os.getpid()}).encode())

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def unsent(self) -> int:
        """How many bytes wait for space in the pipe."""
        return len(self._outgoing)

    def send(self, files: list[tuple[str, str, bytes]]) -> None:
        """Send (kind, name, data) as far as the pipe has space; ``flush`` sends the rest."""
        self._put(marshal.dumps(files))

    def flush(self) -> None:
        """Send what waits, without blocking. ``receive`` notices a child that is gone."""
        try:
            while self._outgoing:
                sent = os.write(self.fd_out, self._outgoing[:PIPE_BYTES])
                del self._outgoing[:sent]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._outgoing.clear()

    def receive(self) -> list[Frame]:
        """The messages so far, without waiting; sets ``ended`` at the end of the stream.

        Raises ValueError for a message that no child sends.
        """
        while not self.ended:
            try:
                data = os.read(self.fd_in, READ_BYTES)
            except BlockingIOError:
                break
            self._incoming += data
            self.ended = not data
            if len(data) < READ_BYTES or len(self._incoming) > MOST_BYTES:
                break
        return self._frames()

    def at_work(self) -> int:
        """The number of the file that the child says it is reading, from 1; 0 for none.

        Read by ``pread``: a memory mapping that the child truncates would kill this process.
        """
        return int.from_bytes(os.pread(self._progress, 8, 0), sys.byteorder)

    def stop(self) -> int:
        """Kill it and wait; its exit status as in subprocess. Frames stay readable."""
        self._process.kill()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:  # it hangs in the kernel
            return -signal.SIGKILL

    def close(self) -> None:
        """Stop it and close its pipes."""
        self.stop()
        self._close()

    def _close(self) -> None:
        for fd in (self.fd_in, self.fd_out, self._progress):
            os.close(fd)

    def _put(self, message: bytes) -> None:
        self._outgoing += CHUNK.pack(len(message))
        self._outgoing += message
        self.flush()

    def _frames(self) -> list[Frame]:
        frames: list[Frame] = []
        start = 0
        with memoryview(self._incoming) as incoming:
            while len(incoming) - start >= FRAME.size:
                kind, length = FRAME.unpack_from(incoming, start)
                if length > MOST_BYTES:
                    raise ValueError(f"a message of {length} bytes")
                end = start + FRAME.size + length
                if end > len(incoming):
                    break
                frames.append(Frame(kind, bytes(incoming[start + FRAME.size : end])))
                start = end
        del self._incoming[:start]
        return frames


def _start(fds: tuple[int, int, int]) -> "subprocess.Popen[bytes]":
    """A new interpreter: isolated, without Ctrl-C, without our output.

    ``-I`` with the absolute entries of our ``sys.path``: neither the current folder nor the
    environment decides what a child imports.
    """
    path = [entry for entry in sys.path if Path(entry).is_absolute()]
    package = str(Path(__file__).resolve().parents[3])
    if package not in path:
        path.append(package)
    code = _START.format(path=path, fds=fds)
    # The child inherits and keeps the mask. A signal to all processes (Ctrl-C, systemd's SIGTERM
    # to the unit) must not end it while it reads an article, nor while it starts.
    stopping = [getattr(signal, name) for name in _STOPPING]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    try:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=fds,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
            | _CHILD_ENVIRONMENT,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
