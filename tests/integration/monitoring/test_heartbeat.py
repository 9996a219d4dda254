"""The pulse: overwritten in its place, whole for whoever reads it, also on a full disk."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.disks import filled, small_disk
from worker.monitoring.heartbeat import FILE_BYTES, Pulse, heartbeat_path, last_pulse, write_pulse

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def pulse(**troubles: str) -> Pulse:
    return Pulse(started=NOW, at=NOW, mode="inotify", mode_reason="ext4", troubles=troubles)


def test_a_full_disk_is_told_of_at_once(tmp_path: Path) -> None:
    with small_disk(tmp_path / "db", "256k") as disk:
        store = disk / "feedmill.db"
        write_pulse(store, pulse())
        with filled(disk):
            write_pulse(store, pulse(database="database or disk is full"))
            found = last_pulse(store)
        assert found is not None
        assert found.troubles == {"database": "database or disk is full"}


def test_the_file_keeps_its_place_and_its_size_whatever_is_told(tmp_path: Path) -> None:
    store = tmp_path / "feedmill.db"
    write_pulse(store, pulse())
    first = heartbeat_path(store).stat()
    write_pulse(store, pulse(**{f"file {n}.md": "Permission denied " * 9 for n in range(999)}))
    second = heartbeat_path(store).stat()
    assert (first.st_ino, first.st_size) == (second.st_ino, second.st_size)
    assert second.st_size == FILE_BYTES
    found = last_pulse(store)
    assert found is not None
    assert found.troubles["file 0.md"].startswith("Permission denied")


def test_one_trouble_that_is_too_long_is_cut(tmp_path: Path) -> None:
    store = tmp_path / "feedmill.db"
    write_pulse(store, pulse(database="x" * 100_000))
    found = last_pulse(store)
    assert found is not None
    assert found.troubles


def test_a_half_written_pulse_is_none(tmp_path: Path) -> None:
    store = tmp_path / "feedmill.db"
    write_pulse(store, pulse(watcher="dead"))
    path = heartbeat_path(store)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"dead", b"lead"))
    assert last_pulse(store) is None
    path.write_bytes(whole[:200])
    assert last_pulse(store) is None


def test_what_stands_in_its_place_is_replaced_and_no_link_is_followed(tmp_path: Path) -> None:
    store, precious = tmp_path / "feedmill.db", tmp_path / "precious"
    precious.write_text("precious")
    heartbeat_path(store).symlink_to(precious)
    write_pulse(store, pulse())
    assert precious.read_text() == "precious"
    assert last_pulse(store) is not None


AS_ANOTHER = """
import contextlib, io, os, sys
from worker.cli.main import main
def call(*words):
    try:
        return main(words, standalone_mode=False) or 0
    except SystemExit as end:
        return end.code
calls = (["status", "--nagios"], ["status"], ["list"], ["search", "text"], ["topics"])
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    for words in calls:  # loads all that another user may not be able to read
        call("--config", sys.argv[1], *words)
os.setgroups([]); os.setegid(65534); os.seteuid(65534)
for words in calls:
    print("##", *words, flush=True)
    print(f"={call('--config', sys.argv[1], *words)}", flush=True)
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may enter, and only its owner write to; pytest's own are its
    user's alone."""
    if os.geteuid() != 0:
        pytest.skip("needs to act as another user, which only root may")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def as_another(config: Path) -> dict[str, tuple[int, str]]:
    """What another user is told by each command, and with which status it ends."""
    done = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER, str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = {}
    for part in done.stdout.split("## ")[1:]:
        words, _, rest = part.partition("\n")
        text, _, code = rest.rpartition("=")
        found[words] = int(code), text
    return found


def stopped_worker(folder: Path, *, at: datetime = NOW) -> Path:
    """A house whose worker has stopped; gives its configuration."""
    from tests.integration.house import article, build

    house = build(folder / "house")
    house.start()
    house.write("a.md", article("Title", "Some text."))
    house.reconcile()
    house.stop()
    write_pulse(house.config.store_path, pulse(), stopped=True)
    config = house.base / "feedmill.toml"
    config.write_text('[site]\nurl = "https://house.example/"\n')
    return config


def test_another_user_s_monitor_sees_that_the_worker_stopped(shared: Path) -> None:
    found = as_another(stopped_worker(shared))
    code, line = found["status --nagios"]
    assert code == 2
    assert line.startswith("FEEDMILL CRITICAL - the worker is stopped since 2026-05-01T12:00:00Z")
    assert "articles_live=1" in line
    assert found["status"][0] == found["topics"][0] == 0
    assert "Title" in found["list"][1]
    assert "Title" in found["search text"][1]


def test_a_database_that_vanished_under_its_worker_is_an_alarm(tmp_path: Path) -> None:
    from worker.config.model import Config
    from worker.core.errors import StoreError
    from worker.monitoring.status import nagios_now

    config = Config(path=None, store_path=tmp_path / "feedmill.db")
    with pytest.raises(StoreError, match="none yet"):  # it never was there
        nagios_now(config, NOW)
    write_pulse(config.store_path, pulse())
    level, line = nagios_now(config, NOW)
    assert level == 2
    assert line.startswith("FEEDMILL CRITICAL - database: ")
    write_pulse(config.store_path, pulse(proof="database: its file was removed"))
    assert "proof: database: its file was removed; database: " in nagios_now(config, NOW)[1]


def test_the_pulse_answers_where_the_database_cannot_be_read(shared: Path) -> None:
    config = stopped_worker(shared)
    (config.parent / "feedmill.db").chmod(0o600)
    found = as_another(config)
    code, line = found["status --nagios"]
    assert code == 2
    assert "CRITICAL - the worker is stopped since 2026-05-01T12:00:00Z; database: " in line
    assert line.count("\n") == 1
    assert found["list"][0] == 2
