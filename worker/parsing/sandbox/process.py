"""One child in its parent: a process, two pipes that never block, a counter.

Carries bytes and does not interpret them: worker/parsing/sandbox/child_pool.py decides which job
goes where, and which one a crash is blamed on. Nothing here trusts what the child sends.
"""

import marshal
import os
import signal
import sys
import time
from contextlib import suppress
from typing import NamedTuple

from worker.parsing.sandbox.child import CHUNK, FRAME
from worker.parsing.sandbox.fork_server import ForkServer

# The answer to a file of 2 MB is several times as long; a longer one is an error of the child and
# would fill our own memory.
MOST_BYTES = 128 * 1024 * 1024
PIPE_BYTES = 1024 * 1024
READ_BYTES = 256 * 1024
STOP_SECONDS = 5.0


class Frame(NamedTuple):
    """One message of the child: its kind, as in worker/parsing/sandbox/child.py, and its
    content."""

    kind: bytes
    body: bytes


class ChildProcess:
    """A running child. ``fd_in`` and ``fd_out`` are for a selector only."""

    def __init__(self, server: ForkServer, settings: dict[str, object]) -> None:
        """Fork it; ``settings`` are for ``child.main``. Raises NotReadyError and OSError."""
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
            self.pid = server.fork((theirs_in, theirs_out, self._progress))
        except BaseException:
            self._close()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._status: int | None = None
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self.ended = False
        self._put(marshal.dumps({**settings, "parent": os.getpid()}))

    @property
    def unsent(self) -> int:
        """How many bytes wait for space in the pipe."""
        return len(self._outgoing)

    def send(self, jobs: list[tuple[str, str, bytes]]) -> None:
        """Send (kind, name, data) as far as the pipe has space; ``flush`` sends the rest."""
        self._put(marshal.dumps(jobs))

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

    def kill(self) -> None:
        """End it without waiting."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> int:
        """Kill it and wait; its exit status as in subprocess. Frames stay readable."""
        self.kill()
        until = time.monotonic() + STOP_SECONDS
        while self._status is None and time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(0.0005)
        # Else it hangs in the kernel.
        return -signal.SIGKILL if self._status is None else self._status

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
