"""The real program in a folder of its own: started, watched from outside, stopped or killed.

Only what was started here is ever signalled. Nothing sleeps for a fixed time: every wait is a
condition that is looked at again and again, with a deadline that is generous on a busy machine.
"""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import feedparser

DEADLINE = 30.0
LOOK_AGAIN = 0.02

_CONFIG = """\
[site]
title = "House"
url = "https://house.example/"
[drop]
{drop}
[store]
path = "{store}"
[feeds]
folder = "{public}"
{feeds}
[serve]
port = {port}
"""


def soon(condition: Callable[[], bool], seconds: float = DEADLINE) -> bool:
    """Whether the condition comes true in time."""
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)
    return met


def free_port() -> int:
    """A port of 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def article(title: str = "Title", body: str = "Some text.", **fields: str) -> str:
    """A Markdown file with YAML front matter."""
    lines = [f"title: {title}", *(f"{name}: {value}" for name, value in fields.items())]
    return "---\n" + "\n".join(lines) + f"\n---\n\n{body}\n"


class Feedmill:
    """A drop folder, a public folder, a configuration, and at most one running worker.

    ``drop`` and ``feeds`` are settings of these sections, as TOML values; ``store`` and
    ``public`` say where these lie, relative to ``base``.
    """

    def __init__(
        self,
        base: Path,
        *,
        drop: Mapping[str, str] | None = None,
        feeds: Mapping[str, str] | None = None,
        store: str = "feedmill.db",
        public: str = "public",
    ) -> None:
        self.base = base
        self.drop, self.public, self.store = base / "drop", base / public, base / store
        self.config, self.log_path = base / "feedmill.toml", base / "worker.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._log_from = 0
        self.drop.mkdir(parents=True, exist_ok=True)
        settings = {"withdraw_after_seconds": "0.3", **(drop or {})}
        self.config.write_text(
            _CONFIG.format(
                drop=_lines(settings),
                feeds=_lines(feeds or {}),
                store=store,
                public=public,
                port=self.port,
            )
        )

    # -- the program

    def command(self, *words: str) -> list[str]:
        """A feedmill command with this configuration, as the operating system starts it."""
        return [sys.executable, "-m", "worker", "--config", str(self.config), *words]

    def call(self, *words: str, seconds: float = DEADLINE) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.base,
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def once(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``feedmill once``; fails unless it ends with 0 (or 1, for rejected files)."""
        done = self.call("once", *words)
        assert done.returncode in (0, 1), f"{done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def start(
        self, *words: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a worker (``run --no-serve`` unless other words are given), in a session and a
        process group of its own."""
        assert self.process is None, "one worker at a time"
        with self.log_path.open("ab") as log:
            self._log_from = log.tell()
            self.process = subprocess.Popen(
                self.command(*(words or ("run", "--no-serve"))),
                cwd=self.base,
                env=environment(environ or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.process

    def is_running(self) -> bool:
        """Has the worker been started and not ended?"""
        return self.process is not None and self.process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = DEADLINE) -> int:
        """Ask the worker to stop; gives its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.ended(seconds)

    def kill(self) -> int:
        """Kill the worker, and nothing but it, as the kernel does when memory is short."""
        return self.stop(signal.SIGKILL)

    def ended(self, seconds: float = DEADLINE) -> int:
        """Wait for the worker to end by itself; gives its exit status."""
        assert self.process is not None
        status = self.process.wait(seconds)
        self.process = None
        return status

    def close(self) -> None:
        """End what is left of the worker, whatever the test did."""
        if self.process is None:
            return
        if self.process.poll() is None:
            # The group goes before its leader is waited for: its number cannot be another's yet.
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE)
        self.process = None

    # -- the author's side

    def write(self, path: str, text: str | bytes) -> Path:
        """Drop a file the careful way: written beside, moved in."""
        target = self.drop / path
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = self.base / f"{target.name}.part"
        beside.write_bytes(text.encode() if isinstance(text, str) else text)
        return beside.replace(target)

    # -- the reader's and the sysadmin's side

    def titles(self, key: str = "all", extension: str = "atom") -> list[str]:
        """The titles in a published feed, newest first; none where there is no such feed."""
        return [entry.title for entry in self.entries(key, extension)]

    def ids(self, key: str = "all") -> dict[str, str]:
        """Title to id in a published feed."""
        return {entry.title: entry.id for entry in self.entries(key)}

    def entries(self, key: str = "all", extension: str = "atom") -> list[Any]:
        """The entries of a published feed, as feedparser sees them."""
        try:
            data = (self.public / f"{key}.{extension}").read_bytes()
        except FileNotFoundError:
            return []
        parsed = feedparser.parse(data)
        assert not parsed.bozo, parsed.bozo_exception
        return list(parsed.entries)

    def public_files(self) -> dict[str, bytes]:
        """Every file of the public folder, hidden ones included."""
        return {name: path.read_bytes() for name, path in self._published()}

    def stamps(self) -> dict[str, tuple[int, int]]:
        """Inode and time of every public file: they tell a file that was written again."""
        found = {name: path.stat() for name, path in self._published()}
        return {name: (status.st_ino, status.st_mtime_ns) for name, status in found.items()}

    def _published(self) -> Iterator[tuple[str, Path]]:
        """Name and path of every file, without the one that a running worker makes for a
        moment, to prove that it can, and without those that follow at leisure."""
        for path in sorted(self.public.rglob("*")):
            later = path.name == "search.json" or "sitemap" in str(path.relative_to(self.public))
            if "proof.feedmill-new" not in path.name and path.is_file() and not later:
                yield str(path.relative_to(self.public)), path

    def status(self) -> dict[str, Any]:
        """``feedmill status --json``, with its exit status as "exit"."""
        done = self.call("status", "--json")
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return {**found, "exit": done.returncode}

    def pulse(self) -> dict[str, Any]:
        """What the running worker last told of itself; empty until it has told anything."""
        try:
            text = self.store.with_name(f"{self.store.name}.heartbeat").read_text()
            found: dict[str, Any] = json.loads(text)
        except (FileNotFoundError, ValueError):  # not there, or being written
            return {}
        return found if self.process and found["pid"] == self.process.pid else {}

    def troubles(self) -> dict[str, str]:
        """What the running worker last said is in its way."""
        found: dict[str, str] = self.pulse().get("troubles", {})
        return found

    def log(self) -> str:
        """Everything that the workers of this folder have written to their logs."""
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def said(self, text: str) -> bool:
        """Is the text in the log of the worker that was started last?"""
        log = self.log_path.read_bytes() if self.log_path.exists() else b""
        return text.encode() in log[self._log_from :]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read beside a running worker; none while there is no table."""
        uri = f"file:{self.store}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=5.0)) as connection:
            return [tuple(row) for row in connection.execute(sql)]

    # -- waiting

    def until(
        self, condition: Callable[[], bool], what: str = "", seconds: float = DEADLINE
    ) -> None:
        """Wait for the running worker to bring the condition about."""
        if soon(lambda: condition() or not self.is_running(), seconds) and condition():
            return
        end = "it still runs" if self.is_running() else "it has ended"
        message = f"not in time: {what or condition} ({end})\n{self.log()[-3000:]}"
        raise AssertionError(message)

    def until_said_or_ended(self, text: str, seconds: float = DEADLINE) -> None:
        """Wait until the running worker has logged the text, or ended."""
        assert soon(lambda: self.said(text) or not self.is_running(), seconds), self.log()[-3000:]

    def watching(self) -> None:
        """Wait until the worker watches its folder and has scanned it."""
        self.until(lambda: self.said("watching folder="), "the worker watches")


@contextlib.contextmanager
def feedmill(base: Path, **settings: Any) -> Iterator[Feedmill]:
    """A ``Feedmill`` whose worker, if one still runs at the end, is ended."""
    mill = Feedmill(base, **settings)
    try:
        yield mill
    finally:
        mill.close()


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a started program: this one without what would change Feedmill."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEEDMILL_")}
    return {**kept, **changes}


def _lines(settings: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in settings.items())
