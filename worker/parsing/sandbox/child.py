"""The program of a child: takes jobs from one pipe, writes answers to another.

Only worker/parsing/sandbox/server.py forks it. It trusts only its parent, the worker; it limits
itself before it takes the first job, opens and writes nothing, and ends with its parent.
"""

import ctypes
import gc
import importlib
import marshal
import mmap
import os
import pickle
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from worker.parsing.sandbox.codec import encode

Call = Callable[[str, str, bytes], object]

CHUNK = struct.Struct("<I")  # to the child: the length of a marshalled list of (kind, name, data)
FRAME = struct.Struct("<cI")  # to the parent: what it is, the length of what follows
READY, NO_START, LEAVING = b"R", b"N", b"L"
ANSWER, MEMORY, FAILED = b"A", b"M", b"F"

FLUSH_SECONDS = 0.01
FLUSH_BYTES = 65_536
OPEN_FILES = 64
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38


class FrameWriter:
    """Sends frames to the parent: several in one write, none delayed for long."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._frames = bytearray()
        self._flushed = time.monotonic()

    def add(self, kind: bytes, body: bytes = b"") -> None:
        self._frames += FRAME.pack(kind, len(body))
        self._frames += body
        if len(self._frames) > FLUSH_BYTES or time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        with memoryview(bytes(self._frames)) as frames:
            sent = 0
            while sent < len(frames):
                sent += os.write(self._fd, frames[sent:])
        self._frames.clear()
        self._flushed = time.monotonic()


def main(requests_fd: int, answers_fd: int, progress_fd: int) -> None:
    """Do jobs until the parent closes its end of the pipe; never returns."""
    with suppress(BrokenPipeError, KeyboardInterrupt):
        requests = os.fdopen(requests_fd, "rb")
        # The worker sends them when it has become the parent.
        settings = marshal.loads(_next(requests))  # noqa: S302 (the parent made it)
        answers = FrameWriter(answers_fd)
        die_with_parent(settings["parent"])
        limit_files()
        limited = _limit_memory(settings["memory_bytes"])
        functions = _Functions(settings["functions"])
        try:
            functions.load_first()
        except Exception as error:
            answers.add(NO_START, f"{type(error).__name__}: {error}".encode(errors="replace"))
            answers.flush()
            os._exit(1)
        answers.add(READY, b"limited" if limited else b"")
        answers.flush()
        # Nothing loaded so far becomes garbage: the collector can skip it from now on.
        gc.collect()
        gc.freeze()
        with mmap.mmap(progress_fd, 8) as shared, memoryview(shared).cast("Q") as progress:
            _serve(requests, answers, progress, functions.call)
    # Not sys.exit: the clean-up of a library may hang or print.
    os._exit(0)


class _Functions:
    """The functions by the kind of their jobs, as (name, pickled rules); loaded when needed."""

    def __init__(self, names: dict[str, tuple[str, bytes]]) -> None:
        self._names = names
        self._loaded: dict[str, tuple[Callable[[bytes, str, Any], object], object]] = {}

    def load_first(self) -> None:
        self._load(next(iter(self._names)))

    def call(self, kind: str, name: str, data: bytes) -> object:
        if kind not in self._loaded:
            self._load(kind)
        function, rules = self._loaded[kind]
        return function(data, name, rules)

    def _load(self, kind: str) -> None:
        name, rules = self._names[kind]
        module, _, attribute = name.partition(":")
        function = getattr(importlib.import_module(module), attribute)
        self._loaded[kind] = function, pickle.loads(rules)  # noqa: S301 (the parent made it)


def _serve(
    requests: BinaryIO, answers: FrameWriter, progress: "memoryview[int]", call: Call
) -> None:
    """Answer every job; ``progress`` holds the job's number while it is done.

    Returns when the parent is gone, or when the process uses too much memory.
    """
    import resource

    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    most_pages = (sys.maxsize if soft == resource.RLIM_INFINITY else soft // 4) // mmap.PAGESIZE
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    number = 0
    while chunk := _next(requests):
        for what, name, data in marshal.loads(chunk):  # noqa: S302 (the parent made it)
            number += 1
            progress[0] = number
            kind, body = _answer(call, what, name, data)
            progress[0] = 0
            answers.add(kind, body)
            if kind == MEMORY or _pages(statm) > most_pages:
                # The memory that one job left in use must not count against the next.
                answers.add(LEAVING)
                answers.flush()
                return
        answers.flush()


def _answer(call: Call, what: str, name: str, data: bytes) -> tuple[bytes, bytes]:
    try:
        return ANSWER, encode(call(what, name, data))
    except MemoryError:
        return MEMORY, b""
    except Exception as error:
        # The type alone: the text may quote the file.
        return FAILED, type(error).__name__.encode()


def _pages(statm: int) -> int:
    """The memory in use, in pages. Not ``ru_maxrss``, which starts at the parent's size."""
    return int(os.pread(statm, 100, 0).split()[1])


def _next(requests: BinaryIO) -> bytes:
    """The next message; empty when the parent has closed its end."""
    header = requests.read(CHUNK.size)
    if len(header) < CHUNK.size:
        return b""
    (length,) = CHUNK.unpack(header)
    body = requests.read(length)
    return body if len(body) == length else b""


def die_with_parent(parent: int) -> None:
    """End when the parent ends, even by SIGKILL, even while a job hangs."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        # The parent died before the call above.
        os._exit(0)


def limit_files() -> None:
    """Open few files, write none, not even a core dump."""
    import resource  # not on every system: see inline.py

    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def _limit_memory(memory_bytes: int) -> bool:
    """Limit the memory; False if the system refuses."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        # When memory runs out, the kernel should kill a child, not the worker.
        score.write("500")
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (OSError, ValueError):
        return False
    return True
