"""Transactions of one connection, and what is written once at the end of each.

A part of the store that sums up changes, or keeps what it looked up, does so for one transaction:
it is told of the end of each.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from worker.core.fault_points import reach


class InMemory(Protocol):
    """What a part of the store keeps in memory during a transaction."""

    def write(self) -> None:
        """Write what is summed up, before the commit and before each savepoint."""

    def end(self, *, undone: bool) -> None:
        """The transaction has ended; or it, or a part of it, was undone."""


class Transactions:
    """The transactions of one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kept: list[InMemory] = []

    def tell(self, kept: InMemory) -> None:
        """Tell it of the end of each transaction from now on."""
        self._kept.append(kept)

    def write(self) -> None:
        """Write what is summed up so far."""
        for kept in self._kept:
            kept.write()

    def _end(self, *, undone: bool) -> None:
        for kept in self._kept:
            kept.end(undone=undone)

    @contextmanager
    def begin(self, kind: str, name: str) -> Iterator[None]:
        """All or nothing; one with a ``name`` has a fault point before its commit and after."""
        self._connection.execute(f"BEGIN {kind}")
        try:
            yield
            self.write()
            if name:
                reach(f"{name}-before-commit")
            self._connection.execute("COMMIT")
        except BaseException:
            self._end(undone=True)
            # A full disk may have ended the transaction already; "no transaction is active" would
            # then hide the cause.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._end(undone=False)
        if name:
            reach(f"{name}-after-commit")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction; undone alone where it raises."""
        self.write()
        self._connection.execute("SAVEPOINT part")
        try:
            yield
            self.write()
        except BaseException:
            self._end(undone=True)
            # A full disk may have ended the whole transaction already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """A transaction that is always undone."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.write()
        finally:
            self._end(undone=True)
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
