"""Rows that wait are written before a statement that reads their tables."""

import re
import sqlite3
from pathlib import Path

import pytest

from worker.store import database as module
from worker.store.database import open_for_work
from worker.store.writing.late_rows import is_concerned

NAME = "INSERT INTO names (article_id, key, rank, link) VALUES (?, ?, ?, ?)"
WAITING = re.compile(
    r"(?:_later\(\s*f?\"INSERT (?:\{sql\}|INTO (\w+))|_INDEX = \(\s*\"INSERT INTO (\w+))"
)


@pytest.fixture
def database(tmp_path):
    with open_for_work(tmp_path / "feedmill.db") as database:
        database.execute("PRAGMA foreign_keys = OFF")
        yield database


def count(database):
    """How many rows are there, whatever waits."""
    return database._connection.execute("SELECT count(*) FROM names").fetchone()[0]


def test_rows_wait_until_a_statement_is_concerned(database):
    with database.transaction():
        database.insert_later(NAME, [(1, "a", 1, None), (2, "b", 1, None)])
        database.execute("SELECT 1 FROM facts")
        assert count(database) == 0
        assert database.tuples("SELECT key FROM names ORDER BY key") == [("a",), ("b",)]


@pytest.mark.parametrize("last", ["", "DELETE FROM topics", "UPDATE articles SET title = ''"])
def test_rows_are_there_after_the_transaction_and_before_what_may_see_them_unnamed(database, last):
    with database.transaction():
        database.insert_later(NAME, [(1, "a", 1, None)])
        if last:
            database.execute(last)
            assert count(database) == 1
    assert count(database) == 1


def test_rows_that_wait_are_undone_with_their_transaction(database):
    def fail():
        with database.transaction():
            database.insert_later(NAME, [(1, "a", 1, None)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.transaction():
        database.set_fact("another", "")
    assert count(database) == 0


def test_a_row_that_cannot_be_inserted_fails_its_transaction(database):
    def fail():
        with database.transaction():
            database.set_fact("same", "transaction")
            database.insert_later(NAME, [(1, "a", None, None)])

    with pytest.raises(sqlite3.IntegrityError):
        fail()
    assert database.fact("same") == ""


def test_every_table_with_rows_that_wait_concerns_its_readers():
    found = set()
    for path in Path(module.__file__).parent.rglob("*.py"):
        found |= {name for pair in WAITING.findall(path.read_text()) for name in pair if name}
    assert {"names", "entries", "article_topics", "people", "articles_fts"} <= found
    assert not [name for name in found if not is_concerned(f"SELECT 1 FROM {name}")]
    assert not is_concerned("SELECT id, kind FROM feeds WHERE key = ?")
