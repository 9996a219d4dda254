"""What one file brings along, in its stat or in its text, never stops another or the worker."""

import os
import sqlite3
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds import at
from tests.integration.house import article
from worker.core.fingerprint import Fingerprint
from worker.inbox import safe_open, scanner
from worker.inbox.safe_open import Look
from worker.store.articles import Articles
from worker.store.ledger import Ledger

TIMES = {
    "a year that nanoseconds do not hold": 10_413_792_000,
    "the last second of the year 9999": 253_402_300_799,
    "a year that no date holds": 253_402_300_800,
    "long before the first year": -(10**13),
    "the largest time there is": 2**62,
    "the smallest time there is": -(2**62),
}
FIELDS = ("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")


class WildCalls:
    """The system's calls, but for what it says of one file's stat."""

    def __init__(self, name, changes):
        self._inode, self._changes = name.stat().st_ino, changes

    def __getattr__(self, name):
        return getattr(at, name)

    def stat(self, *args, **kwargs):
        return self._wild(os.stat(*args, **kwargs))

    def fstat(self, descriptor):
        return self._wild(os.fstat(descriptor))

    def _wild(self, found):
        if found.st_ino != self._inode:
            return found
        fields = {name: getattr(found, name) for name in (*FIELDS, "st_mode", "st_dev")}
        return SimpleNamespace(**fields | self._changes)


@pytest.mark.parametrize("seconds", TIMES.values(), ids=TIMES)
def test_a_file_of_any_time_is_taken_with_its_neighbours(house, monkeypatch, seconds):
    house.write("wild.md", article("Wild"))
    house.write("tame.md", article("Tame"))
    wild = WildCalls(house.drop / "wild.md", {"st_mtime_ns": seconds * 10**9})
    monkeypatch.setattr(safe_open, "at", wild)
    monkeypatch.setattr(scanner, "at", wild)
    house.reconcile()
    assert sorted(house.titles()) == ["Tame", "Wild"]
    house.restart()
    house.reconcile()
    assert sorted(house.titles()) == ["Tame", "Wild"]


def test_a_touch_into_the_year_2300_is_taken_as_the_file_system_keeps_it(house):
    path = house.write("wild.md", article("Wild"))
    os.utime(path, (10_413_792_000, 10_413_792_000))
    house.reconcile()
    assert house.titles() == ["Wild"]


numbers = st.integers(-(2**63) * 10**9, 2**63 * 10**9) | st.sampled_from(
    [0, -(2**63) - 1, -(2**63), 2**63 - 1, 2**63, 2**64 - 1]
)
stats = st.fixed_dictionaries(
    {"st_ino": st.integers(0, 2**64 - 1) | numbers, "st_mtime_ns": numbers, "st_ctime_ns": numbers}
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=stats)
def test_whatever_a_stat_says_the_file_is_taken_and_known_again(house, changes):
    number = sum(1 for _ in house.drop.iterdir())
    path = house.write(f"{number}.md", article(f"Wild {number}"))
    wild = WildCalls(path, changes)
    ingestor, inbox = house.worker.ingestor, house.worker.inbox
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(safe_open, "at", wild)
        patch.setattr(scanner, "at", wild)
        for verdicts in (["accepted"], []):
            looked = inbox.look(path.name)
            assert isinstance(looked, Look)
            (taken,) = ingestor.take({path.name: looked.fingerprint})
            assert [told.verdict for told in taken.told] == verdicts
        stamp = Fingerprint.of(wild.stat(path))
        assert ingestor.ledger.at(path.name).fingerprint in (stamp, stamp.doubtful())
        (found,) = [file for part in inbox.scan() for file in part.files if file[0] == path.name]
        assert found == (path.name, *stamp)


# -- whatever a file raises on its way into the database

ERRORS = [
    OverflowError("Python int too large to convert to SQLite INTEGER"),
    sqlite3.IntegrityError("UNIQUE constraint failed"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    MemoryError(),
    RecursionError(),
]


@pytest.fixture
def failing(house, monkeypatch):
    """Lets the store fail with an error, after half of its work, at the articles of a title."""
    save, errors = Articles.save, {}

    def failing_save(self, version, article_id):
        saved = save(self, version, article_id)
        if version.article.title in errors:
            raise errors[version.article.title]
        return saved

    monkeypatch.setattr(Articles, "save", failing_save)
    return errors


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_what_a_file_raises_is_its_verdict_and_the_others_are_stored(house, failing, error):
    failing["Wild"] = error
    house.write("a.md", article("Before", topics="Boats"))
    house.write("b.md", article("Wild", topics="Boats, Wild matters"))
    house.write("c.md", article("After", topics="Boats, Wild matters"))
    house.reconcile()
    assert sorted(house.titles()) == sorted(house.titles("topics/boats")) == ["After", "Before"]
    assert house.titles("topics/wild-matters") == ["After"]
    assert house.verdict("b.md") == "quarantined"
    (problem,) = house.worker.ledger.at("b.md").problems
    assert problem.code == "internal"
    assert type(error).__name__ in problem.message
    assert "internal" in (house.drop / "b.md.feedmill.txt").read_text()
    assert house.rows("SELECT title FROM articles ORDER BY title") == [("After",), ("Before",)]


def test_the_last_good_version_of_a_file_that_fails_stays_public(house, failing):
    house.write("a.md", article("Tame"))
    house.reconcile()
    failing["Wild"] = OverflowError("too large")
    house.write("a.md", article("Wild"), age=1)
    house.reconcile(60)
    assert house.titles() == ["Tame"]
    assert house.verdict("a.md") == "quarantined"


def test_a_file_that_failed_is_told_of_once_and_taken_by_the_scan_after_the_cause(
    house, failing, caplog
):
    failing["Wild"] = OverflowError("too large")
    house.write("a.md", article("Wild"))
    house.reconcile()
    house.reconcile(60)
    said = [record for record in caplog.records if "file-failed" in record.getMessage()]
    assert len(said) == 1
    assert said[0].exc_info
    assert house.worker.loop.progress.verdicts == {"quarantined": 1}
    failing.clear()
    house.reconcile(60)
    assert house.titles() == ["Wild"]
    assert not (house.drop / "a.md.feedmill.txt").exists()


@pytest.mark.parametrize("verdict", ["unchanged", "refused"])
def test_a_file_that_fails_without_being_read_stops_no_other(house, monkeypatch, verdict):
    path = house.write("wild.md", article("Wild"))
    house.reconcile()
    if verdict == "refused":
        path.unlink()
        path.symlink_to("nowhere")
    else:
        os.utime(path)
    house.write("tame.md", article("Tame"))
    write, see = Ledger.write, Ledger.update_fingerprint

    def failing_write(self, line, now):
        if line.path == "wild.md" and line.verdict == "refused":
            raise OverflowError
        write(self, line, now)

    def failing_see(self, path, fingerprint):
        if path == "wild.md":
            raise OverflowError
        see(self, path, fingerprint)

    monkeypatch.setattr(Ledger, "write", failing_write)
    monkeypatch.setattr(Ledger, "update_fingerprint", failing_see)
    house.reconcile(60)
    assert sorted(house.titles()) == ["Tame", "Wild"]
    assert house.verdict("wild.md") == "quarantined"


def test_a_full_disk_is_no_file_s_fault(house, monkeypatch):
    house.write("a.md", article("One"))
    house.write("b.md", article("Two"))
    house.worker.database.execute(
        f"PRAGMA max_page_count = {house.rows('PRAGMA page_count')[0][0]}"
    )
    house.write("c.md", article("Three", body="word " * 100_000))
    house.reconcile()
    assert "database" in house.worker.loop.progress.troubles
    assert house.rows("SELECT * FROM ledger WHERE verdict = 'quarantined'") == []
    house.worker.database.execute("PRAGMA max_page_count = 1000000")
    house.reconcile(60)
    assert sorted(house.titles()) == ["One", "Three", "Two"]
