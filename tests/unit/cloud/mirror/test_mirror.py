"""Rounds of the mirror, from a real folder to obstore's store in memory."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from feeds.atomic_file import replace_file
from worker.cloud.bucket import Bucket, BucketError, Unreachable
from worker.cloud.mirror.folder import PublicScan
from worker.cloud.mirror.memory import MirrorMemory
from worker.cloud.mirror.mirror import Fenced, FolderChanged, Mirror
from worker.config.model import BucketSettings, MirrorSettings

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SETTINGS = MirrorSettings(BucketSettings("memory:///"), requests=4)
PAGES = {
    "index.html": b"front",
    "all.html": b"page",
    "all.atom": b"feed",
    "archive/all/1.atom": b"old",
    "media/1.png": b"png",
}


class Site:
    """A public folder, a bucket that counts and records its PUTs, and mirrors of the two."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.public, self.memory = tmp_path / "public", tmp_path / "sent"
        self.store = MemoryStore()
        self.puts: list[str] = []
        self.before: Callable[[str], None] = lambda _key: None
        self.real_put: Callable[..., Any] = obstore.put

        def put(store: Any, key: str, *args: Any, **options: Any) -> Any:
            self.before(key)
            done = self.real_put(store, key, *args, **options)
            self.puts.append(key)
            return done

        monkeypatch.setattr(obstore, "put", put)
        self.write(PAGES)
        self.mirror = self.another()

    def write(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            (self.public / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.public / name, data)

    def another(self, epoch: int = 0) -> Mirror:
        """A new process' mirror, with the memory that the last one left."""
        self.bucket = Bucket(self.store, "memory", sleep=lambda _: None)
        memory = MirrorMemory(self.memory, "memory:///")
        return Mirror(PublicScan(self.public), self.bucket, memory, SETTINGS, epoch)

    def sent(self, now: datetime = NOW) -> list[str]:
        """What one round puts, in its order."""
        self.puts.clear()
        self.mirror.round(now)
        return self.puts

    def objects(self) -> dict[str, bytes]:
        return {key: found.data for key in self.bucket.list() if (found := self.bucket.get(key))}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


def test_the_bucket_equals_the_folder(site: Site) -> None:
    report = site.mirror.round(NOW)
    assert site.objects() == PAGES
    assert (report.sent, report.bytes, report.conflicts, report.waiting) == (5, 19, 0, 0)
    found = site.bucket.get("all.atom")
    assert found
    assert found.attributes == {
        "Content-Type": "application/atom+xml; charset=utf-8",
        "Cache-Control": "public, max-age=300",
        "feedmill-epoch": "0",
    }


def test_each_wave_ends_before_the_next_begins(site: Site) -> None:
    assert set(site.sent()[:2]) == {"archive/all/1.atom", "media/1.png"}
    assert site.puts[2:] == ["all.atom", "all.html", "index.html"]


def test_only_what_changed_is_sent(site: Site) -> None:
    site.sent()
    assert site.sent() == []
    site.write({"all.atom": b"changed", "all.html": PAGES["all.html"]})  # same bytes, new file
    assert site.sent() == ["all.atom"]


def test_a_restart_sends_nothing(site: Site) -> None:
    site.sent()
    site.mirror = site.another()
    site.mirror.sweep()
    assert site.sent() == []


def md5_etags(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists have ETags of the bytes, as S3 has."""
    real = site.bucket.list

    def listed(prefix: str = "") -> Any:
        from dataclasses import replace
        from hashlib import md5

        found = {}
        for key, info in real(prefix).items():
            data = bytes(obstore.get(site.store, key).bytes())
            version = info.version._replace(etag=f'"{md5(data).hexdigest()}"')
            found[key] = replace(info, version=version)
        return found

    monkeypatch.setattr(site.bucket, "list", listed)


def test_one_list_makes_up_for_a_lost_memory(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.sent()
    site.memory.unlink()
    site.mirror = site.another()
    md5_etags(site, monkeypatch)
    site.mirror.sweep()
    assert site.sent() == []


def test_without_such_etags_a_lost_memory_sends_all_again(site: Site) -> None:
    site.sent()
    site.memory.unlink()
    site.mirror = site.another()
    site.mirror.sweep()
    assert sorted(site.sent()) == sorted(PAGES)


def test_a_sweep_repairs_what_others_changed(site: Site) -> None:
    site.sent()
    obstore.put(site.store, "all.atom", b"zombie")
    obstore.delete(site.store, "media/1.png")
    assert site.sent() == []
    site.mirror.sweep()
    assert sorted(site.sent()) == ["all.atom", "media/1.png"]
    assert site.objects() == PAGES


def test_deletions_come_last_and_late(site: Site) -> None:
    site.sent()
    (site.public / "archive/all/1.atom").unlink()
    site.write({"all.atom": b"without it"})
    assert site.mirror.round(NOW).doomed == 1
    assert "archive/all/1.atom" in site.objects()
    report = site.mirror.round(NOW + timedelta(seconds=301))
    assert (report.deleted, report.doomed) == (1, 0)
    assert site.objects().keys() == PAGES.keys() - {"archive/all/1.atom"}


def test_strangers_objects_stay(site: Site) -> None:
    obstore.put(site.store, "their/report.pdf", b"theirs")
    obstore.put(site.store, "old.html", b"ours", attributes={"feedmill-epoch": "0"})
    site.mirror.sweep()
    site.sent()
    site.sent(NOW + timedelta(seconds=301))
    assert site.objects() == PAGES | {"their/report.pdf": b"theirs"}


def test_an_object_that_somebody_replaced_is_not_deleted(site: Site) -> None:
    site.sent()
    (site.public / "media/1.png").unlink()
    site.mirror.round(NOW)
    obstore.put(site.store, "media/1.png", b"another machine's")
    assert site.mirror.round(NOW + timedelta(seconds=301)).deleted == 0
    assert site.objects()["media/1.png"] == b"another machine's"


def test_an_empty_folder_deletes_nothing(site: Site) -> None:
    site.sent()
    for name in PAGES:
        (site.public / name).unlink()
    assert not site.mirror.round(NOW).is_whole
    site.mirror.round(NOW + timedelta(days=1))
    assert site.objects() == PAGES


def test_what_somebody_else_wrote_is_replaced_with_its_version(site: Site) -> None:
    site.sent()
    obstore.put(site.store, "all.atom", b"theirs")
    site.write({"all.atom": b"ours"})
    assert site.mirror.round(NOW).conflicts == 1
    assert site.objects()["all.atom"] == b"ours"


def test_what_somebody_else_writes_all_the_time_is_an_error(site: Site) -> None:
    site.sent()
    site.write({"all.atom": b"ours"})
    numbers = iter(range(9))
    site.before = lambda key: site.real_put(site.store, key, f"theirs {next(numbers)}".encode())
    with pytest.raises(BucketError, match="all the time"):
        site.mirror.round(NOW)


def test_a_later_epoch_ends_it(site: Site) -> None:
    site.mirror = site.another(epoch=3)
    site.sent()
    obstore.put(site.store, "all.atom", b"x", attributes={"feedmill-epoch": "4"})
    site.write({"all.atom": b"zombie", "index.html": b"zombie"})
    with pytest.raises(Fenced, match="epoch 4 wrote it, this one is 3"):
        site.mirror.round(NOW)
    assert site.objects()["all.atom"] == b"x"
    assert site.objects()["index.html"] == b"front"


def test_a_lost_answer_is_no_conflict(site: Site) -> None:
    """The store has the object, but the answer did not arrive; the next attempt gets a 412."""
    eaten: set[str] = set()

    def eat(key: str) -> None:
        if key not in eaten:
            eaten.add(key)
            site.real_put(site.store, key, PAGES[key])
            raise GenericError("HTTP error: connection closed before message completed")

    site.before = eat
    report = site.mirror.round(NOW)
    assert (report.sent, report.conflicts) == (5, 0)
    assert eaten == set(PAGES)
    assert site.objects() == PAGES


def test_a_store_that_goes_away_keeps_what_it_has(site: Site) -> None:
    def refuse(key: str) -> None:
        if key == "all.atom":
            raise GenericError("status code: 503 Service Unavailable")

    site.before = refuse
    with pytest.raises(Unreachable, match="answers with status 503"):
        site.mirror.round(NOW)
    assert site.objects().keys() == {"archive/all/1.atom", "media/1.png"}
    site.before = lambda _key: None
    assert site.sent() == ["all.atom", "all.html", "index.html"]


def test_the_folder_is_looked_at_until_two_looks_agree(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker writes an archive, then what points to it, in the midst of a look."""
    site.sent()
    scan = site.mirror._scan
    real = scan.scan
    looks: list[int] = []

    def halfway() -> Any:
        looks.append(1)
        if len(looks) > 1:
            return real()
        site.write({"all.atom": b"points to 2"})
        found = real()
        site.write({"archive/all/2.atom": b"2"})
        return found

    monkeypatch.setattr(scan, "scan", halfway)
    assert site.sent() == ["archive/all/2.atom", "all.atom"]
    assert len(looks) == 3


def test_what_changes_while_it_waits_is_not_sent_as_it_is_then(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may point to what was not there when the round began."""
    site.sent()
    site.write({"archive/all/1.atom": b"as looked at", "all.atom": b"new"})
    read = site.mirror._scan.read

    def later(path: str) -> Any:
        if path == "archive/all/1.atom":
            site.write({path: b"points to 2", "archive/all/2.atom": b"2"})
        return read(path)

    monkeypatch.setattr(site.mirror._scan, "read", later)
    with pytest.raises(FolderChanged):
        site.mirror.round(NOW)
    assert site.objects() == PAGES
    monkeypatch.setattr(site.mirror._scan, "read", read)
    assert site.sent() == ["archive/all/2.atom", "archive/all/1.atom", "all.atom"]


def test_a_page_that_changes_while_it_waits_goes_with_the_next_round(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.sent()
    site.write({"all.atom": b"1", "all.html": b"1"})
    read = site.mirror._scan.read

    def later(path: str) -> Any:
        if path == "all.atom":
            site.write({path: b"2"})
        return read(path)

    monkeypatch.setattr(site.mirror._scan, "read", later)
    report = site.mirror.round(NOW)
    assert (report.sent, report.waiting) == (1, 1)
    monkeypatch.setattr(site.mirror._scan, "read", read)
    assert site.sent() == ["all.atom"]


def test_an_archive_that_vanishes_ends_the_round_before_its_feed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = site.mirror._scan.read
    monkeypatch.setattr(
        site.mirror._scan, "read", lambda path: None if "archive" in path else read(path)
    )
    with pytest.raises(FolderChanged):
        site.mirror.round(NOW)
    assert "all.atom" not in site.objects()


def test_a_rehearsal_changes_nothing(site: Site) -> None:
    site.sent()
    site.write({"all.atom": b"new", "all.html": PAGES["all.html"]})
    site.puts.clear()
    assert site.mirror.rehearse(NOW) == (["all.atom"], [])
    assert site.puts == []
    assert site.objects() == PAGES


def test_progress_is_told(site: Site) -> None:
    told: list[tuple[int, int]] = []
    site.mirror.round(NOW, lambda done, count: told.append((done, count)))
    assert told == [(number, 5) for number in range(1, 6)]
