"""What the mirror has sent, kept over restarts and crashes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from worker.cloud.bucket import ObjectVersion
from worker.cloud.mirror import memory as module
from worker.cloud.mirror.folder import FileIdentity
from worker.cloud.mirror.memory import MirrorMemory
from worker.cloud.mirror.plan import SentObject

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ONE = SentObject(
    ObjectVersion('"1"', "g7"), "abc", "Content-Type=x", FileIdentity(1, 2, 3, 4, 5), NOW
)
TWO = SentObject(ObjectVersion('"2"'))


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    first = MirrorMemory(path, "s3://a")
    assert first.is_lost
    first.note({"x": ONE, "y": TWO, "z": TWO})
    first.note({"y": replace(TWO, digest="new"), "z": None})
    second = MirrorMemory(path, "s3://a")
    assert not second.is_lost
    assert second.sent == first.sent == {"x": ONE, "y": replace(TWO, digest="new")}


def test_another_bucket_has_another_memory(tmp_path: Path) -> None:
    MirrorMemory(tmp_path / "sent", "s3://a").note({"x": ONE})
    assert MirrorMemory(tmp_path / "sent", "s3://b").is_lost


def test_lines_that_were_cut_off_or_damaged_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    MirrorMemory(path, "s3://a").note({"x": ONE, "y": TWO})
    with path.open("ab") as file:
        file.write(b'{"key":"z","etag":"3"}\n[1]\n\xff\n{"key":"y","et')
    assert MirrorMemory(path, "s3://a").sent == {"x": ONE, "y": TWO}
    path.write_bytes(b"\x00\x00")
    assert MirrorMemory(path, "s3://a").sent == {}


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    memory = MirrorMemory(path, "s3://a")
    for number in range(3000):
        memory.note({"x": replace(TWO, digest=str(number))})
    assert path.read_bytes().count(b"\n") < 1100
    assert MirrorMemory(path, "s3://a").sent["x"].digest == "2999"


def test_a_full_disk_is_logged_once_and_costs_only_the_memory(tmp_path: Path, caplog) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    memory = MirrorMemory(folder / "sent", "s3://a")
    (folder / "sent").unlink()
    (folder / "sent").mkdir()  # cannot be written, also for root
    memory.note({"x": ONE})
    memory.note({"y": TWO})
    assert memory.sent == {"x": ONE, "y": TWO}
    assert [line.message.split()[0] for line in caplog.records] == ["mirror-memory"]
    assert module.state_folder(Path("/x/feedmill.db")) == Path("/x/feedmill.db.mirror")
