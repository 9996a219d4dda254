"""What is kept in memory for one transaction is never wrong: not after a part of it is undone."""

from pathlib import Path

import pytest

from worker.config.model import Config
from worker.store.database import open_for_work
from worker.store.writing.feed_rows import FeedRows

PATHS = "SELECT name FROM facts WHERE name IN (SELECT value FROM json_each(?))"


@pytest.fixture
def database(tmp_path):
    with open_for_work(tmp_path / "feedmill.db") as database:
        yield database


@pytest.fixture
def rows(database):
    return FeedRows(database, Config(Path("feedmill.toml")))


def undo(part, work):
    """Do the work in a transaction, or in a part of it, that fails."""

    def fail():
        with part:
            work()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def counts(database):
    return database.tuples("SELECT key, touched, places FROM feeds ORDER BY key")


def test_what_was_looked_up_is_absent_until_it_is_written(database):
    absent = database.absent(PATHS)
    assert database.absent(PATHS) is absent
    with database.transaction():
        database.set_fact("there", "")
        absent.look_up(["there", "not there", "", "a\0b"])
        found = [
            name for name in ("there", "not there", "", "a\0b", "never asked") if name in absent
        ]
        assert found == ["not there"]
        absent.discard("not there")
        assert "not there" not in absent


@pytest.mark.parametrize("end", ["committed", "undone", "a part of it is undone"])
def test_what_is_absent_is_forgotten_with_the_transaction(database, end):
    absent = database.absent(PATHS)
    if end == "undone":
        undo(database.transaction(), lambda: absent.look_up(["a"]))
    else:
        with database.transaction():
            absent.look_up(["a"])
            if end != "committed":
                undo(database.savepoint(), lambda: None)
                assert "a" not in absent
    assert "a" not in absent


def test_what_many_files_touch_is_written_once_before_the_commit(database, rows):
    with database.transaction():
        feed = rows.feed("all", "all", "")
        for _ in range(3):
            rows.touch([feed])
            rows.add_places([feed], "2026-01-01T00:00:00Z", "a")
        assert counts(database) == [("all", 1, 0)]
    assert counts(database) == [("all", 4, 3)]


def test_a_part_that_is_undone_takes_its_touches_with_it_and_no_others(database, rows):
    with database.transaction():
        rows.touch([rows.feed("all", "all", "")])
        undo(database.savepoint(), lambda: rows.touch([rows.feed("new", "topic", "New"), 1]))
        assert rows.feed("new", "topic", "New") == database.one("SELECT max(id) FROM feeds")[0]
    assert counts(database) == [("all", 2, 0), ("new", 1, 0)]


def test_a_transaction_that_is_undone_leaves_nothing_for_the_next(database, rows):
    undo(database.transaction(), lambda: rows.touch([rows.feed("all", "all", "")]))
    with database.rehearsal():
        rows.touch([rows.feed("all", "all", "")])
    with database.transaction():
        assert rows.feed("other", "all", "") == 1
    assert counts(database) == [("other", 1, 0)]
