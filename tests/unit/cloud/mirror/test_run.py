"""The mirror's process: what it says of itself, how it waits, and when it ends."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.exceptions import GenericError, PermissionDeniedError
from obstore.store import MemoryStore

from worker.cloud.bucket import Bucket, BucketError
from worker.cloud.mirror import run as module
from worker.cloud.mirror.run import MirrorProcess, mirror_process
from worker.cloud.mirror.state import MirrorState, read_state, trouble_of_mirror, write_state
from worker.cloud.stopping import StopSignal
from worker.config.model import BucketSettings, Config, Feeds, MirrorSettings
from worker.core.errors import FeedmillError

START = datetime(2026, 11, 28, 12, tzinfo=UTC)


class TestClock:
    """A clock that moves only when somebody waits."""

    __test__ = False

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=int(self.seconds))

    def monotonic(self) -> float:
        return self.seconds


class Waits(StopSignal):
    """A stop signal that only notes how long somebody would wait, and stops after some time."""

    def __init__(self, clock: TestClock, until: float) -> None:
        super().__init__()
        self._clock, self._until = clock, until
        self.waits: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self._clock.seconds += seconds
        if self._clock.seconds >= self._until:
            self.set()
        return self.is_set()


class House:
    def __init__(self, tmp_path: Path) -> None:
        self.clock = TestClock()
        public = tmp_path / "public"
        public.mkdir()
        (public / "all.atom").write_text("feed")
        settings = MirrorSettings(BucketSettings("memory:///"))
        self.config = Config(
            None, feeds=Feeds(public), store_path=tmp_path / "feedmill.db", mirror=settings
        )
        self.store = MemoryStore()
        self.waits = Waits(self.clock, 1e9)

    def process(self, until: float = 1e9) -> MirrorProcess:
        self.waits = Waits(self.clock, until)
        bucket = Bucket(
            self.store, "memory", permit=self.waits.permit, sleep=self.waits.wait, patience=1
        )
        assert self.config.mirror
        return MirrorProcess(self.config, self.config.mirror, bucket, self.clock)

    def run(self, until: float) -> None:
        process = self.process(until)
        try:
            process.run(self.waits)
        finally:
            self.waits.close()

    def state(self) -> MirrorState:
        found = read_state(self.config.store_path)
        assert found
        return found


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def failing(monkeypatch: pytest.MonkeyPatch, when: Callable[[], Exception | None]) -> None:
    for name in ("put", "get", "list", "head"):
        real: Callable[..., Any] = getattr(obstore, name)

        def call(*args: Any, _real: Callable[..., Any] = real, **options: Any) -> Any:
            if error := when():
                raise error
            return _real(*args, **options)

        monkeypatch.setattr(obstore, name, call)


def test_once_says_what_it_did(house: House) -> None:
    report = house.process().once(lambda _done, _all: None)
    assert report.sent == 1
    state = house.state()
    assert (state.objects, state.sent, state.trouble, state.is_over) == (1, 1, "", True)
    assert state.equal_at == START
    assert str(state) == "1 objects at memory:///, equal to the folder at 2026-11-28T12:00:00Z"
    assert trouble_of_mirror(house.config.store_path, START + timedelta(days=9)) == ""


def test_it_goes_on_until_it_is_stopped(house: House) -> None:
    house.run(until=5)
    assert house.state().is_over
    assert house.state().objects == 1
    assert all(seconds >= 1 for seconds in house.waits.waits)


def test_a_store_that_answers_503_for_ten_minutes(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house.run(until=5)
    (house.config.feeds.folder / "all.json").write_text("{}")
    down = house.clock.seconds, house.clock.seconds + 600
    states: list[str] = []

    def when() -> Exception | None:
        states.append(trouble_of_mirror(house.config.store_path, house.clock.now()))
        if down[0] <= house.clock.seconds < down[1]:
            return GenericError("status code: 503 Service Unavailable")
        return None

    obstore.delete(house.store, "all.atom")  # lost by the store, as over a power cut
    failing(monkeypatch, when)
    caplog.set_level("INFO")
    house.run(until=down[1] + 120)
    said = "bucket: memory: it answers with status 503, since 2026-11-28T12:0"
    assert any(text.startswith(said) for text in states), set(states)
    assert max(house.waits.waits) <= module.LONGEST_RETRY_SECONDS
    assert len([seconds for seconds in house.waits.waits if seconds >= 20]) >= 10
    assert obstore.get(house.store, "all.json").bytes() == b"{}"
    assert obstore.get(house.store, "all.atom").bytes() == b"feed"
    assert (house.state().trouble, house.state().objects) == ("", 2)
    names = [line.message.split()[0] for line in caplog.records]
    assert names.count("trouble") == names.count("trouble-over") == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_a_store_that_refuses(
    house: House, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    """At the start it ends the process, which a sysadmin started; later it may be repaired."""
    if not is_first:
        house.run(until=5)
    error = PermissionDeniedError("403 <Code>RequestTimeTooSkewed</Code>")
    failing(monkeypatch, lambda: error)
    if is_first:
        with pytest.raises(BucketError, match="Set this machine's clock"):
            house.run(until=99)
    else:
        probe = Bucket.probe
        monkeypatch.setattr(Bucket, "probe", lambda _self: None)
        (house.config.feeds.folder / "all.json").write_text("{}")
        house.run(until=99)
        monkeypatch.setattr(Bucket, "probe", probe)
    assert "Set this machine's clock" in house.state().trouble
    assert "Set this machine's clock" in trouble_of_mirror(house.config.store_path, START)


def test_an_unsafe_store_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = obstore.put
    monkeypatch.setattr(
        obstore, "put", lambda *args, **options: real(*args, **options | {"mode": "overwrite"})
    )
    with pytest.raises(BucketError, match="ignores conditions"):
        house.run(until=99)
    assert "ignores conditions" in house.state().trouble


def test_a_public_folder_that_is_gone_is_said(house: House) -> None:
    house.run(until=5)
    house.config.feeds.folder.rename(house.config.feeds.folder.with_name("elsewhere"))
    house.run(until=9)
    assert "No such file or directory" in house.state().trouble
    house.config.feeds.folder.mkdir()
    house.run(until=19)
    assert house.state().trouble == f"there are no feeds in {house.config.feeds.folder}"
    assert obstore.head(house.store, "all.atom")["size"] == 4


def test_a_mirror_that_died_is_said(house: House) -> None:
    store = house.config.store_path
    assert trouble_of_mirror(store, START) == "it never ran. Start `feedmill mirror`."
    house.run(until=5)
    running = replace(house.state(), is_over=False)
    write_state(store, running)
    assert trouble_of_mirror(store, START) == ""
    assert "no sign of life since 2026-11-28T12:00:" in trouble_of_mirror(
        store, START + timedelta(minutes=5)
    )
    write_state(store, replace(running, pid=2**22 + 1))
    assert "no sign of life" in trouble_of_mirror(store, START)


def test_a_damaged_state_counts_as_none(house: House) -> None:
    house.run(until=5)
    path = house.config.store_path.with_name("feedmill.db.mirror") / "state.json"
    for text in ("", "[]", "{", json.dumps({"to": 1})):
        path.write_text(text)
        assert read_state(house.config.store_path) is None


def test_files_that_cannot_be_read_are_said(house: House) -> None:
    house.config.feeds.folder.rename(house.config.feeds.folder.with_name("elsewhere"))
    with pytest.raises(FeedmillError, match="No such file or directory"):
        house.process().once(lambda _done, _all: None)
    assert "No such file or directory" in house.state().trouble


def test_a_folder_as_a_bucket_loses_what_is_withdrawn(house: House, tmp_path: Path) -> None:
    settings = MirrorSettings(BucketSettings(f"file://{tmp_path}/bucket"), feeds_max_age=0)
    config = replace(house.config, mirror=settings)
    extra = config.feeds.folder / "extra.html"
    extra.write_text("x")
    stop = StopSignal()
    with mirror_process(config, {}, house.clock, stop) as process:
        process.once(lambda _done, _all: None)
        (tmp_path / "bucket" / "theirs").write_text("x")
        extra.unlink()
        process.once(lambda _done, _all: None)
        house.clock.seconds += 5000
        assert process.once(lambda _done, _all: None).deleted == 1
    stop.close()
    assert {path.name for path in (tmp_path / "bucket").iterdir()} == {"all.atom", "theirs"}


def test_only_one_mirror_runs(house: House, tmp_path: Path) -> None:
    settings = MirrorSettings(BucketSettings(f"file://{tmp_path}/bucket"))
    config = replace(house.config, mirror=settings)
    stop = StopSignal()
    with mirror_process(config, {}, house.clock, stop) as first:
        assert first.once(lambda _done, _all: None).sent == 1
        with (
            pytest.raises(FeedmillError, match="another `feedmill mirror` is running"),
            mirror_process(config, {}, house.clock, stop),
        ):
            pass
    stop.close()


def test_without_a_section_it_says_what_to_write(house: House) -> None:
    stop = StopSignal()
    with (
        pytest.raises(FeedmillError, match="Add \\[mirror\\] with"),
        mirror_process(replace(house.config, mirror=None), {}, house.clock, stop),
    ):
        pass
    stop.close()
