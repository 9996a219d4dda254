"""A reader for parser children that does what a test's file tells it to, in its first word."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from worker.core.article import Article, Reading


@dataclass(frozen=True)
class Rules:
    """The rules of this reader; the real ones would bring all real parsers with them."""

    language: str = ""


def read(data: bytes, name: str, rules: Rules) -> Reading:
    """An article with the file's name as title and its text as text, or what the text says."""
    order, _, rest = data[:200].partition(b" ")
    text = data.decode("utf-8", "replace")
    if order in _ORDERS:
        text = str(_ORDERS[order](rest.decode()))
    return Reading(Article(title=name, summary=rules.language, content_html="", text=text))


def _open_files() -> Iterator[str]:
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(fd.readlink()).partition(":")[0]


def _hang(_: str) -> None:
    while True:
        time.sleep(1)


def _spin(_: str) -> None:
    while True:
        pass


def _swell(_: str) -> None:
    kept = []
    while True:
        kept.append(b"x" * 8_000_000)


def _linger(size: str) -> None:
    """Take memory and keep it, as a library that leaks does."""
    sys.modules["worker"].leak = bytearray(b"x") * int(size)  # type: ignore[attr-defined]


def _raise(_: str) -> None:
    raise RuntimeError("something that quotes the file")


def _chatter(text: str) -> None:
    for fd in (1, 2):
        os.write(fd, text.encode() * 1000)
    for stream in (sys.stdout, sys.stderr):
        stream.write(text)
        stream.flush()
    sys.stdin.read()


def _lie(_: str) -> None:
    """Write into every pipe that is open, as code that has taken the child over might."""
    for fd in range(3, 64):
        try:
            os.set_blocking(fd, False)
            os.write(fd, b"A\x04\x00\x00\x00true" * 3)
        except OSError:
            continue


def _shrink(_: str) -> None:
    """Cut the shared counter short, and then hang."""
    for fd in Path("/proc/self/fd").iterdir():
        if "feedmill-progress" in str(fd.readlink()):
            os.ftruncate(int(fd.name), 0)
    _hang("")


def _deep(_: str) -> None:
    yaml.load("[" * 25_000, Loader=yaml.CSafeLoader)


def _killed_once(marker: str) -> None:
    """Die as the kernel makes a process die when memory is short, if for the first time."""
    if not Path(marker).exists():
        # Not by open(): the child may write no file.
        Path(marker).mkdir()
        os.kill(os.getpid(), signal.SIGKILL)


def _count_and_abort(folder: str) -> None:
    os.makedirs(f"{folder}/{time.monotonic_ns()}")  # noqa: PTH103
    os.abort()


_ORDERS = {
    b"pid": lambda _: os.getpid(),
    b"environment": lambda _: sorted(os.environ),
    b"path": lambda _: sys.path,
    b"loaded": lambda name: "yes" if name in sys.modules else "no",
    b"files": lambda _: sorted(_open_files()),
    b"hang": _hang,
    b"spin": _spin,
    b"swell": _swell,
    b"linger": _linger,
    b"write": lambda path: Path(path).write_text("text"),
    b"raise": _raise,
    b"chatter": _chatter,
    b"lie": _lie,
    b"shrink": _shrink,
    b"deep": _deep,
    b"count-and-abort": _count_and_abort,
    b"abort": lambda _: os.abort(),
    b"segv": lambda _: ctypes.string_at(0),
    b"exit": lambda _: os._exit(0),
    b"killed": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    b"killed-once": _killed_once,
    b"sleep": lambda seconds: time.sleep(float(seconds)),
}
