"""Databases of older Feedmills are opened and go on.

databases/schema_N.sql is what a Feedmill with N migrations wrote for ``FILES`` and for a file
that was deleted again: its schema as it was, and its rows.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

from tests.integration.house import House, article, build
from worker.store.database import open_for_work
from worker.store.queries import Wanted, find_articles
from worker.store.schema import MIGRATIONS

_DATABASES = Path(__file__).parent / "databases"
OLD = {int(file.stem[7:]): file for file in sorted(_DATABASES.iterdir())}
FILES = {
    "tides.md": article(
        "Tides", date="2026-01-02", topics="[Sea, Ferries]", link="https://example.org/tides"
    ),
    "mills.md": article("Mills", date="2026-01-03", topics="[Land]", id="mills"),
    "draft.md": article("Draft", draft="true"),
    "broken.md": "---\ntitle: [\n---\n\nText.\n",
}
KEPT = {
    "articles": "SELECT id, uri, path, state, published, updated, first_seen, content_hash"
    " FROM articles",
    "topics": "SELECT id, key, name, slug FROM topics",
    "feeds": "SELECT id, key, uri, kind, name, topic_id, last_withdrawal FROM feeds",
    "entries": "SELECT feed_id, published, uri, article_id, withdrawn_at FROM entries",
    "ledger": "SELECT folder, name, verdict, article_id, content_hash FROM ledger",
}
LISTED = [f"{number:03}" for number in range(1, len(MIGRATIONS) + 1)]


def make(number: int, path: Path) -> dict[str, list[tuple[object, ...]]]:
    """An old database at the path; gives the rows that the next Feedmill must keep."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(OLD[number].read_text("utf-8"))
        assert connection.execute("PRAGMA user_version").fetchone() == (number,)
        return rows(connection)


def rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(map(tuple, connection.execute(sql))) for table, sql in KEPT.items()}


def schema(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()


def listed(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'feedmill' ORDER BY id"
        return [row[0] for row in connection.execute(sql)]


@pytest.fixture(params=OLD)
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house that was not started, with the files that the old databases are of."""
    house = build(tmp_path / "house")
    house.config.store_path.unlink()
    for name, text in FILES.items():
        house.write(name, text)
    return house


def test_a_worker_goes_on_with_an_older_database(house, number):
    before = make(number, house.config.store_path)
    house.start()
    try:
        house.reconcile(2)
        with closing(sqlite3.connect(house.config.store_path)) as connection:
            assert rows(connection) == before
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert house.titles() == ["Mills", "Tides"]
        assert house.titles("topics/ferries") == ["Tides"]
        # The article without a link has a page now.
        links = [entry.link for entry in house.feed().entries]
        assert re.fullmatch(r"https://house\.example/articles/mills-[0-9a-f]{12}\.html", links[0])
        assert (house.public / links[0].removeprefix(house.config.site.url)).is_file()
        assert links[1] == "https://example.org/tides"
        found, _ = find_articles(house.worker.database, house.config, Wanted(query="tides"))
        assert [item.path for item in found] == ["tides.md"]
        house.write("new.md", article("News", topics="[Sea]"))
        house.reconcile(2)
        assert "News" in house.titles("topics/sea")
        assert house.worker.database.schema_number() == len(MIGRATIONS)
    finally:
        house.stop()


def test_a_migrated_database_has_the_schema_and_the_list_of_a_new_one(tmp_path):
    make(2, tmp_path / "old.db")
    for name in ("old.db", "new.db"):
        open_for_work(tmp_path / name).close()
    assert sorted(schema(tmp_path / "old.db")) == sorted(schema(tmp_path / "new.db"))
    assert listed(tmp_path / "old.db") == listed(tmp_path / "new.db") == LISTED


def test_a_database_that_is_up_to_date_is_not_written(tmp_path):
    make(max(OLD), tmp_path / "now.db")
    open_for_work(tmp_path / "now.db").close()
    before = schema(tmp_path / "now.db")
    open_for_work(tmp_path / "now.db").close()
    assert schema(tmp_path / "now.db") == before


def test_the_next_migration_is_made_on_every_older_database(tmp_path, monkeypatch, number):
    make(number, tmp_path / "old.db")
    later = (*MIGRATIONS, "CREATE TABLE later (x);\n")
    monkeypatch.setattr("worker.store.database.MIGRATIONS", later)
    database = open_for_work(tmp_path / "old.db")
    assert database.schema_number() == len(later)
    assert database.one("SELECT count(*) FROM later")[0] == 0
    database.close()
    assert listed(tmp_path / "old.db") == [*LISTED, f"{len(later):03}"]


def test_an_upgrade_that_fails_midway_leaves_the_database_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    kept, before = make(2, path), schema(path)
    with monkeypatch.context() as failing:
        broken = (*MIGRATIONS, "CREATE TABLE later (x);\nINSERT INTO nowhere VALUES (1);\n")
        failing.setattr("worker.store.database.MIGRATIONS", broken)
        with pytest.raises(Exception, match="no such table: nowhere"):
            open_for_work(path)
    assert schema(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert rows(connection) == kept
    open_for_work(path).close()
    assert listed(path) == LISTED


def test_the_library_alone_would_store_half_an_upgrade_and_accept_a_newer_database():
    """Why the transaction and ``user_version`` are ours: docs/decisions/011-migrations.md."""

    def migrations(*scripts: str) -> Migrations:
        found = Migrations("feedmill")
        for number, script in enumerate(scripts):
            found(name=str(number))(lambda db, script=script: db.executescript(script))
        return found

    database = sqlite_utils.Database(memory=True)
    first, broken = "CREATE TABLE first (x);", "INSERT INTO nowhere VALUES (1);"
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrations(first, broken).apply(database)
    assert "first" in database.table_names()
    migrations(first, "CREATE TABLE second (x);").apply(database)
    assert not migrations(first).pending(database)
    database.close()
