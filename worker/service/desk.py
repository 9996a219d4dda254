"""Where commands that write arrive while a worker runs: carried out, answered, told to receipts."""

import sqlite3
from collections.abc import Callable

from worker.authors.receipts import Receipts
from worker.core.errors import RequestError
from worker.ingest.commands import Commands
from worker.service.command_queue import Answer, Request, Spool

WITHDRAW_MISSING = "withdraw-missing"


class Desk:
    """The worker's counter for requests; works in the thread that owns the database."""

    def __init__(self, commands: Commands, spool: Spool, receipts: Receipts) -> None:
        self._commands = commands
        self._spool = spool
        self._receipts = receipts
        self._offers: dict[str, Callable[[], str]] = {}

    def offer(self, command: str, work: Callable[[], str]) -> None:
        """A command without arguments that is the service's own business."""
        self._offers[command] = work

    def serve(self) -> None:
        """Carry out what was asked for since the last time. Raises sqlite3.Error."""
        for number, request in self._spool.take():
            try:
                answer = Answer(True, self.obey(request or Request("?")))
            except RequestError as error:
                answer = Answer(False, error.cause, error.what, error.which, error.cure)
            except sqlite3.Error as error:
                refusal = Answer(False, str(error), "database", "cannot be written")
                self._spool.answer(number, refusal)
                raise
            self._spool.answer(number, answer)

    def obey(self, request: Request) -> str:
        """Carry out one request; what was done, in a sentence. The feeds that it touches are
        for the service to publish. Raises RequestError, sqlite3.Error."""
        if request.command in self._offers and not request.arguments:
            return self._offers[request.command]()
        done = self._commands.carry_out(request.command, request.arguments)
        if done.paths is None:
            self._receipts.note_all()
        else:
            self._receipts.note(done.paths)
        return done.text
