"""The SQLite file: one writer, whole transactions, and nobody else's database."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from worker.core.errors import BusyError, SchemaError, StoreError
from worker.core.suggestions import slip_keys
from worker.core.topic_names import slug_base, topic_key
from worker.store.damage import will_pass
from worker.store.database import open_for_reading, open_for_work
from worker.store.schema import MIGRATIONS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feedmill.db"


def test_a_second_worker_is_refused_and_told_who_holds_the_database(path):
    first = open_for_work(path)
    with pytest.raises(BusyError, match=r"another worker \(process \d+\) holds it"):
        open_for_work(path)
    first.close()
    open_for_work(path).close()


def test_the_lock_goes_with_the_process_however_it_ends(path):
    code = (
        "import os, signal, sys; from pathlib import Path; from worker.store.database import *;"
        " database = open_for_work(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode < 0
    open_for_work(path).close()


def test_a_transaction_is_whole_or_not_at_all(path):
    database = open_for_work(path)

    def half() -> None:
        with database.transaction():
            database.set_fact("one", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert database.fact("one") == ""
    with database.transaction():
        database.set_fact("one", "1")
    assert database.fact("one") == "1"
    database.close()


@pytest.mark.parametrize("leaves_wal", [False, True])
def test_only_one_program_writes_the_wal_back(path, leaves_wal):
    """Litestream's copy is damaged where the worker checkpoints too."""
    wal = path.with_name(f"{path.name}-wal")
    database = open_for_work(path, leaves_wal=leaves_wal)
    for number in range(300):
        with database.transaction():
            database.set_fact("fact", str(number) * 20_000)
    assert (wal.stat().st_size > 8_000_000) == leaves_wal
    database.tidy()
    assert bool(wal.stat().st_size) == leaves_wal
    database.vacuum()
    assert bool(wal.stat().st_size) == leaves_wal
    database.set_writing(durable=False)
    database.tidy()
    assert wal.stat().st_size == 0
    database.close()


def test_no_write_is_lost_beside_another_program_that_writes(path):
    """With deferred transactions, five in six fail as locked, whatever the timeout."""
    database = open_for_work(path)
    with database.transaction():
        database.set_fact("count", "0")

    def count(times: int) -> None:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        for _ in range(times):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'count'")
            connection.execute("COMMIT")
        connection.close()

    other = threading.Thread(target=count, args=(50,))
    other.start()
    for _ in range(50):
        with database.transaction():
            database.set_fact("count", str(int(database.fact("count")) + 1))
    other.join(30)
    assert database.fact("count") == "100"
    database.close()


def test_a_database_without_room_undoes_what_it_began(path):
    database = open_for_work(path)
    (pages,) = database.one("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    def fill() -> None:
        with database.transaction():
            for number in range(1000):
                database.set_fact(f"fact {number}", "x" * 1000)

    with pytest.raises(sqlite3.OperationalError) as caught:
        fill()
    assert will_pass(caught.value)
    assert database.fact("fact 0") == ""
    assert database.one("PRAGMA integrity_check")[0] == "ok"
    database.close()


def test_the_database_of_another_program_is_left_alone(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="belongs to another program"):
        open_for_work(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"nothing of the kind " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_for_work(path)


def test_the_database_of_a_newer_feedmill_is_refused(path):
    open_for_work(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    for opened in (open_for_work, open_for_reading):
        with pytest.raises(SchemaError, match="Install the newer Feedmill"):
            opened(path)


@pytest.mark.parametrize("number", range(1, len(MIGRATIONS)))
def test_an_older_schema_is_brought_up_to_date_with_all_that_is_in_it(path, monkeypatch, number):
    with monkeypatch.context() as older:
        older.setattr("worker.store.database.MIGRATIONS", MIGRATIONS[:number])
        database = open_for_work(path)
        assert database.schema_number() == number
        with database.transaction():
            database.set_fact("here", "before")
        database.close()
    database = open_for_work(path)
    new = open_for_work(path.with_name("new.db"))
    assert database.schema_number() == len(MIGRATIONS)
    assert database.fact("here") == "before"
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    assert database.tuples(schema) == new.tuples(schema)
    database.close()
    new.close()


def test_the_topics_of_an_older_database_are_found_as_likely_slips_too(path, monkeypatch):
    names = ["Ferries", "AI", "Häfen und Werften", "x" * 41, "Boot"]
    with monkeypatch.context() as older:
        older.setattr("worker.store.database.MIGRATIONS", MIGRATIONS[:2])
        database = open_for_work(path)
        with database.transaction():
            for name in names:
                sql = "INSERT INTO topics (key, name, slug) VALUES (?, ?, ?)"
                database.execute(sql, (topic_key(name), name, slug_base(name)))
        database.close()
    database = open_for_work(path)
    for name in names:
        rows = database.tuples(
            "SELECT slip FROM topic_slips JOIN topics ON id = topic_id WHERE name = ?", (name,)
        )
        assert {row[0] for row in rows} == slip_keys(topic_key(name))
    database.close()


def test_foreign_keys_hold(path):
    database = open_for_work(path)
    with pytest.raises(sqlite3.IntegrityError):
        database.execute("INSERT INTO people VALUES (1, 0, 'Nobody', '', '')")
    database.close()
