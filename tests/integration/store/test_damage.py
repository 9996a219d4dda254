"""A damaged database is a sentence with the fix, whichever command meets it, and never a loss."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.attack.damages import ALWAYS_SEEN
from tests.attack.damages import DAMAGES as DAMAGES_BY_CHANCE
from tests.integration.house import House, article
from worker.cli.main import main
from worker.core.errors import DamagedError, PassingError, StoreError
from worker.store.damage import look_at_schema, will_pass
from worker.store.database import open_for_reading, open_for_work
from worker.store.schema import MIGRATIONS

PAGE = 4096
READING = (("status",), ("list",), ("search", "word"), ("topics",), ("db",))
COMMANDS = (*READING, ("once",), ("rebuild",))


@pytest.fixture
def mill(house: House, parsers_in_process: None, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with its worker stopped, and a configuration for commands."""
    for number in range(40):
        house.write(f"{number}.md", article(f"Title {number}", "Word. " * 200, topics="Mills"))
    house.reconcile()
    house.stop()
    (house.base / "feedmill.toml").write_text('[site]\nurl = "https://house.example/"\n')
    monkeypatch.chdir(house.base)
    monkeypatch.delenv("FEEDMILL_CONFIG", raising=False)
    return house


def run(*words: str) -> Result:
    """A command; an exception of any kind but our own fails the test."""
    return CliRunner().invoke(main, words, catch_exceptions=False)


def root_page(store: Path, table: str) -> int:
    with closing(sqlite3.connect(store)) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(sql, (table,)).fetchone()
    return int(page)


def without_first_page(store: Path) -> None:
    store.write_bytes(bytes(PAGE) + store.read_bytes()[PAGE:])


def without_a_root_page(store: Path) -> None:
    page = root_page(store, "articles")
    data = bytearray(store.read_bytes())
    data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    store.write_bytes(data)


def without_its_end(store: Path) -> None:
    store.write_bytes(store.read_bytes()[: -3 * PAGE])


def with_flipped_bits(store: Path) -> None:
    data = bytearray(store.read_bytes())
    for at in range(100, 2 * PAGE, 97):
        data[at] ^= 4
    store.write_bytes(data)


def without_a_table(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DROP TABLE ledger")
        connection.commit()


def with_a_name_that_is_no_text(store: Path) -> None:
    store.write_bytes(store.read_bytes().replace(b"ledger_by_article", b"ledger_by_art\xe5cle"))


def linked_to_nowhere(store: Path) -> None:
    store.unlink()
    store.symlink_to("/dev/null")


DAMAGES = (
    without_first_page,
    without_a_root_page,
    without_its_end,
    with_flipped_bits,
    without_a_table,
    with_a_name_that_is_no_text,
    linked_to_nowhere,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_command_says_what_is_wrong_and_the_fix_and_ends_with_2(
    mill: House, damage: Callable[[Path], None]
) -> None:
    damage(mill.config.store_path)
    for words in COMMANDS:
        done = run(*words)
        assert done.exit_code == 2, (words, done.output)
        assert done.output.startswith(f"feedmill: database: {mill.config.store_path}: it is")
        fix = "set store.path" if damage is linked_to_nowhere else "Restore a backup"
        assert fix in done.output


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_monitor_is_told_on_one_line(mill: House, damage: Callable[[Path], None]) -> None:
    damage(mill.config.store_path)
    done = run("status", "--nagios")
    assert done.exit_code == 2
    assert done.output.startswith("FEEDMILL CRITICAL - ")
    assert done.output.count("\n") == 1


def test_the_fix_works(mill: House) -> None:
    before = mill.public_files()
    copy = mill.base / "copy.db"
    assert run("backup", str(copy)).exit_code == 0
    without_a_root_page(mill.config.store_path)
    assert run("once").exit_code == 2
    assert mill.public_files() == before  # the last good feeds stay
    assert run("restore", str(copy)).exit_code == 0
    assert run("once").exit_code == 0
    without_first_page(mill.config.store_path)
    mill.config.store_path.rename(mill.base / "aside")
    assert run("once").exit_code == 0
    assert "40 live" in run("status").output


def test_damage_behind_the_first_rows_is_told_by_what_meets_it(mill: House) -> None:
    """Whatever the look at the start does not see."""
    store = mill.config.store_path
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE articles SET published = 'no moment' WHERE id = 20")
        connection.execute("DROP INDEX articles_by_state")
        connection.commit()
    done = run("list", "--json")
    assert done.exit_code == 2
    assert "the index articles_by_state is missing" in done.output


def test_text_that_is_not_utf8_is_damage(mill: House) -> None:
    with closing(sqlite3.connect(mill.config.store_path)) as connection:
        connection.execute("UPDATE articles SET title = CAST(x'ff41' AS TEXT) WHERE id = 20")
        connection.commit()
    done = run("list")
    assert done.exit_code == 2
    assert "it is damaged: Could not decode to UTF-8" in done.output


@pytest.mark.parametrize(
    ("words", "change", "what"),
    [
        (("list",), "articles SET published = 'no moment'", "articles.published holds b'no mom"),
        (("list",), "articles SET updated = x'00ff'", "articles.updated holds what is no text"),
        (("rebuild",), "entries SET published = '?'", "entries.published holds b'?'"),
        (("once",), "ledger SET verdict = 'rejected', problems = '[{\"code'", "ledger.problems"),
        (("once",), "ledger SET verdict = 'rejected', problems = '[{}]'", "ledger.problems"),
    ],
)
def test_a_row_that_our_own_code_cannot_read_is_damage(
    mill: House, words: tuple[str, ...], change: str, what: str
) -> None:
    """SQLite finds such a database sound."""
    with closing(sqlite3.connect(mill.config.store_path)) as connection:
        connection.execute(f"UPDATE {change}")
        connection.execute("UPDATE feeds SET touched = 1")
        connection.commit()
    (mill.drop / "3.md").write_text(article("Title 3", "Other words."))
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert f"it is damaged: {what}" in done.output


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("uri = CAST(x'ff41' AS TEXT)", "Could not decode to UTF-8 column 'uri'"),
        ("published = '?'", "articles.published holds b'?'"),
        ("updated = x'00ff'", "articles.updated holds what is no text"),
    ],
)
def test_a_damaged_row_is_not_blamed_on_the_file_that_is_stored(
    mill: House, change: str, what: str
) -> None:
    with closing(sqlite3.connect(mill.config.store_path)) as connection:
        connection.execute(f"UPDATE articles SET {change} WHERE path = '3.md'")
        connection.commit()
    before = mill.public_files()
    (mill.drop / "3.md").write_text(article("Title 3", "Other words."))
    done = run("once")
    assert done.exit_code == 2, done.output
    assert f"it is damaged: {what}" in done.output
    with closing(sqlite3.connect(mill.config.store_path)) as connection:
        sql = "SELECT count(*) FROM ledger WHERE verdict <> 'accepted'"
        assert connection.execute(sql).fetchone() == (0,)
    assert not list(mill.drop.glob("*.feedmill.txt"))
    assert mill.public_files() == before


def test_an_error_of_another_kind_stays_what_it_is(mill: House) -> None:
    def fail() -> None:
        with open_for_reading(mill.config.store_path):
            int("nonsense")

    with pytest.raises(ValueError, match="nonsense"):
        fail()


def test_an_error_that_python_raises_itself_does_not_pass() -> None:
    """Such errors have no ``sqlite_errorcode``."""
    connection = sqlite3.connect(":memory:")
    with closing(connection), pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT CAST(x'ff' AS TEXT)").fetchone()
    assert not will_pass(caught.value)


def test_a_locked_database_may_pass_and_is_not_called_damaged(
    mill: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.store.database.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(mill.config.store_path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(PassingError, match="locked"):
            open_for_work(mill.config.store_path)


def test_the_look_at_the_start_costs_the_same_however_many_articles_there_are(
    mill: House,
) -> None:
    def steps() -> int:
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        with closing(sqlite3.connect(mill.config.store_path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.set_progress_handler(step, 1)
            look_at_schema(connection, mill.config.store_path, MIGRATIONS)
        return count

    before = steps()
    with closing(sqlite3.connect(mill.config.store_path)) as connection:
        connection.executemany(
            "INSERT INTO facts VALUES (?, 'x')", [(f"fact {number}",) for number in range(5000)]
        )
        connection.commit()
    assert 0 < steps() == before


def test_a_file_shorter_than_its_wal_makes_it_is_no_damage(mill: House, tmp_path: Path) -> None:
    """A worker that was killed leaves what is not written back yet in the WAL."""
    mill.start()
    mill.write("more.md", article("More", "Word. " * 20_000))
    mill.reconcile()
    store, copy = mill.config.store_path, tmp_path / "killed.db"
    for end in ("", "-wal"):
        shutil.copyfile(f"{store}{end}", f"{copy}{end}")
    mill.stop()
    with open_for_reading(copy) as database:
        assert database.one("SELECT count(*) FROM articles")[0] == 41


def test_what_cannot_be_looked_at_is_a_sentence_too(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DamagedError, match="not a regular file"):
        open_for_reading(tmp_path / "folder")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StoreError, match="symbolic links"):
        open_for_work(tmp_path / "loop")


EVERY = (
    *(*READING, ("status", "--json"), ("status", "--nagios"), ("list", "--json"), ("once",)),
    *(("rebuild",), ("withdraw", "urn:uuid:x"), ("topics", "rename", "Mills", "Wheels")),
    *(("backup", "copy.db"), ("db", "vacuum"), ("doctor",)),
)


@pytest.mark.parametrize("damage", DAMAGES_BY_CHANCE, ids=lambda damage: damage.__name__)
def test_whatever_the_damage_every_command_ends_with_a_status_and_no_traceback(
    mill: House, damage: Callable[[Path, random.Random], None]
) -> None:
    """Each kind of damage for each command, once; by a chance that is always the same."""
    store = mill.config.store_path
    whole = store.read_bytes()
    for words in EVERY:
        remove(store)
        store.write_bytes(whole)
        damage(store, random.Random(f"{damage.__name__} {words}"))
        done = run(*words)
        assert done.exit_code in (0, 1, 2, 3), (words, done.output)
        assert "Traceback" not in done.output, (words, done.output)
        if damage.__name__ in ALWAYS_SEEN and words[0] != "doctor":
            assert done.exit_code in ((2, 3) if "--nagios" in words else (2,)), (words, done.output)
    remove(store)
    assert run("once").exit_code == 0


def remove(store: Path) -> None:
    """The database, and all that belongs to it."""
    for path in store.parent.glob(f"{store.name}*"):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
