"""Commands that write, handed to the running worker: the database has one writer.

A request is a small file beside the database; the worker carries it out in its next turn and
leaves an answer. Nothing here knows what a command does.
"""

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from feeds.atomic_file import replace_file
from worker.authors.receipts import Receipts
from worker.config.model import Config
from worker.core.errors import RequestError
from worker.ingest.commands import Commands
from worker.store.writing.lock import leave_to

LARGEST = 65_536
KEPT_SECONDS = 3600.0
WITHDRAW_MISSING = "withdraw-missing"
_ASKED, _ANSWERED = ".request", ".answer"


@dataclass(frozen=True, slots=True)
class Request:
    """A command's name and its arguments."""

    command: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The result: ``text`` says what was done or, with ``done`` False, is the cause of the
    error that ``what``, ``which`` and ``fix`` belong to."""

    done: bool
    text: str
    what: str = ""
    which: str = ""
    fix: str = ""


class CommandQueue:
    """The requests and answers of one database, in a folder beside it."""

    def __init__(self, config: Config) -> None:
        store = config.store_path
        self._store = store
        self._folder = store.with_name(f"{store.name}.requests")

    # -- the command's side

    def leave(self, request: Request) -> str:
        """Leave a request for the worker; gives its number. Raises OSError."""
        self._make_folder()
        number = f"{time.time_ns():020d}-{os.getpid()}"
        self._put(f"{number}{_ASKED}", asdict(request))
        return number

    def answer_to(self, number: str) -> Answer | None:
        """The answer to a request, None while there is none; given once."""
        path = self._folder / f"{number}{_ANSWERED}"
        try:
            found = Answer(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, TypeError, ValueError):
            return None
        path.unlink(missing_ok=True)
        return found

    def take_back(self, number: str) -> bool:
        """Withdraw a request; False where the worker has taken it already."""
        try:
            (self._folder / f"{number}{_ASKED}").unlink()
        except FileNotFoundError:
            return False
        return True

    # -- the worker's side

    def open(self) -> None:
        """Make the folder, so that the worker owns it, and delete what was not fetched."""
        self._make_folder()
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.glob("*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def take(self) -> Iterator[tuple[str, Request | None]]:
        """(number, request) of all that wait, in the order in which they were left; None for an
        invalid request. Each is given once, whatever happens to it."""
        for path in sorted(self._folder.glob(f"*{_ASKED}")):
            try:
                request = _read(path)
                path.unlink()
            except OSError:  # taken back meanwhile, or not readable: the command will notice
                continue
            yield path.stem, request

    def answer(self, number: str, answer: Answer) -> None:
        """Leave the answer. Raises nothing: the command may have ended and the disk may be
        full, but the request was carried out."""
        with contextlib.suppress(OSError):
            self._put(f"{number}{_ANSWERED}", asdict(answer))

    def _put(self, name: str, value: dict[str, Any]) -> None:
        replace_file(self._folder / name, json.dumps(value).encode())

    def _make_folder(self) -> None:
        # For the worker's user alone: a user who can write here can withdraw every article.
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir(mode=0o700, parents=True)
            if self._store.exists():
                # As SQLite does with its files: what root made must stay open to the worker.
                leave_to(self._store, self._folder)


def _read(path: Path) -> Request | None:
    with path.open("rb") as file:
        data = file.read(LARGEST)
    try:
        found = json.loads(data)
        command, arguments = found["command"], tuple(found["arguments"])
    except (ValueError, KeyError, TypeError):
        return None
    return Request(str(command), tuple(map(str, arguments)))


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """Carries out requests, in the thread that owns the database.

    ``withdraw_missing`` carries out WITHDRAW_MISSING, and says what was done.
    """

    commands: Commands
    queue: CommandQueue
    receipts: Receipts
    withdraw_missing: Callable[[], str]

    def handle_waiting(self) -> None:
        """Carry out and answer every request that waits. Raises sqlite3.Error."""
        for number, request in self.queue.take():
            try:
                answer = Answer(True, self.handle(request or Request("?")))
            except RequestError as error:
                answer = Answer(False, error.cause, error.what, error.which, error.fix)
            except sqlite3.Error as error:
                refusal = Answer(False, str(error), "database", "cannot be written")
                self.queue.answer(number, refusal)
                raise
            self.queue.answer(number, answer)

    def handle(self, request: Request) -> str:
        """Carry out one request; gives what was done, in a sentence. The loop publishes the
        feeds that it touches. Raises RequestError, sqlite3.Error."""
        if request == Request(WITHDRAW_MISSING):
            return self.withdraw_missing()
        done = self.commands.carry_out(request.command, request.arguments)
        if done.paths is None:
            self.receipts.mark_all_due()
        else:
            self.receipts.mark_due(done.paths)
        return done.text
