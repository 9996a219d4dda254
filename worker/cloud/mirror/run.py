"""The mirror's process: rounds until it is stopped, and what it tells about itself.

A store that does not answer is tried again after growing pauses, and said in the state. Only a
store that cannot be used as it is ends the process: at the start, with the reason.
"""

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from feeds.errors import FeedmillError
from worker.cloud.bucket import Bucket, BucketError, Unreachable, open_bucket
from worker.cloud.mirror.folder import PublicScan
from worker.cloud.mirror.memory import MirrorMemory, make_folder, state_folder
from worker.cloud.mirror.mirror import Fenced, FolderChanged, Mirror, RoundReport, Tell
from worker.cloud.mirror.state import MirrorState, write_state
from worker.cloud.stopping import Stopped, StopSignal
from worker.config.model import Config, MirrorSettings
from worker.core.clock import Clock
from worker.core.events import event

log = logging.getLogger("feedmill.mirror")

PAUSE_SECONDS = 1.0
QUIET_SHARE = 20
"""The pause after a round that found nothing is at least so many times as long as the round."""
SWEEP_SECONDS = 3600.0
STATE_SECONDS = 30.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 30.0


class MirrorProcess:
    """One mirror with its bucket, its memory and its state; ``stop`` ends it from anywhere."""

    def __init__(
        self, config: Config, settings: MirrorSettings, bucket: Bucket, clock: Clock
    ) -> None:
        """Raises OSError if the mirror's folder cannot be written."""
        self._store, self._clock = config.store_path, clock
        self._folder = config.feeds.folder
        self._bucket = bucket
        folder = state_folder(config.store_path)
        make_folder(folder)
        self._memory = MirrorMemory(folder / "sent", settings.bucket.url)
        self._mirror = Mirror(PublicScan(config.feeds.folder), bucket, self._memory, settings)
        now = clock.now()
        self._state = MirrorState(settings.bucket.url, now, now, pid=os.getpid())
        self._written = -STATE_SECONDS
        self._swept = float("-inf")
        self._retry_seconds = FIRST_RETRY_SECONDS

    def dry_run(self) -> tuple[list[str], list[str]]:
        """Which files a round would send and delete; changes nothing. Raises BucketError."""
        try:
            self._mirror.sweep()
            return self._mirror.rehearse(self._clock.now())
        except OSError as error:
            raise _folder_error(self._folder, error) from error

    def once(self, tell: Tell) -> RoundReport:
        """Bring the bucket up to date. Raises FeedmillError with what stands against it."""
        try:
            self._bucket.probe()
            while True:
                with contextlib.suppress(FolderChanged):
                    return self._round(tell)
        except OSError as error:
            failed = _folder_error(self._folder, error)
            self._fail(failed)
            raise failed from error
        except FeedmillError as error:
            self._fail(error)
            raise
        finally:
            self._state = replace(self._state, is_over=True)
            self._tell_state(at_once=True)

    def run(self, stop: StopSignal) -> None:
        """Go on until ``stop``. Raises BucketError for a store that cannot be used, Fenced."""
        try:
            self._probe(stop)
            while not stop.is_set():
                stop.wait(self._step())
        except Stopped:
            pass
        except FeedmillError as error:
            self._fail(error)
            raise
        finally:
            self._state = replace(self._state, is_over=True)
            self._tell_state(at_once=True)

    def _probe(self, stop: StopSignal) -> None:
        while not stop.is_set():
            try:
                self._bucket.probe()
            except Unreachable as error:
                stop.wait(self._fail(error))
            else:
                return

    def _step(self) -> float:
        """One round; gives for how many seconds to wait then."""
        started = time.monotonic()
        try:
            report = self._round(lambda _done, _all: self._tell_state())
        except FolderChanged:
            return 0.0
        except Fenced:
            raise
        except BucketError as error:
            return self._fail(error)
        except OSError as error:
            return self._fail(_folder_error(self._folder, error))
        self._retry_seconds = FIRST_RETRY_SECONDS
        if report.sent or report.deleted:
            return PAUSE_SECONDS
        return max(PAUSE_SECONDS, QUIET_SHARE * (time.monotonic() - started))

    def _round(self, tell: Tell) -> RoundReport:
        if self._clock.monotonic() >= self._swept + SWEEP_SECONDS:
            self._mirror.sweep()
            self._swept = self._clock.monotonic()
        report = self._mirror.round(self._clock.now(), tell)
        self._count(report)
        return report

    def _count(self, report: RoundReport) -> None:
        now = self._clock.now()
        is_equal = not report.waiting and report.is_whole
        trouble = "" if report.is_whole else f"there are no feeds in {self._folder}"
        if report.sent or report.deleted:
            numbers = {"sent": report.sent, "bytes": report.bytes, "deleted": report.deleted}
            log.info(event("mirrored", **numbers))
        changed = report.sent or report.deleted or trouble != self._state.trouble
        self._state = replace(
            self._state,
            objects=len(self._memory.sent),
            equal_at=now if is_equal else self._state.equal_at,
            waiting=report.waiting,
            doomed=report.doomed,
            sent=self._state.sent + report.sent,
            bytes=self._state.bytes + report.bytes,
            deleted=self._state.deleted + report.deleted,
            conflicts=self._state.conflicts + report.conflicts,
        )
        self._set_trouble(trouble)
        self._tell_state(at_once=bool(changed))

    def _fail(self, error: FeedmillError) -> float:
        """Say what is wrong; gives for how long to wait. A store that was away may have lost
        something: then the next round compares its list."""
        self._swept = float("-inf")
        self._set_trouble(str(error))
        with contextlib.suppress(OSError):
            waiting = self._mirror.count_waiting(self._clock.now())
            self._state = replace(self._state, waiting=waiting)
        self._tell_state(at_once=True)
        wait = self._retry_seconds
        self._retry_seconds = min(2 * wait, LONGEST_RETRY_SECONDS)
        return wait

    def _set_trouble(self, text: str) -> None:
        if text == self._state.trouble:
            return
        if text:
            log.warning(event("trouble", what="mirror", cause=text))
        else:
            log.info(event("trouble-over", what="mirror"))
        since = (self._state.trouble_since or self._clock.now()) if text else None
        self._state = replace(self._state, trouble=text, trouble_since=since)

    def _tell_state(self, *, at_once: bool = False) -> None:
        now = self._clock.monotonic()
        if at_once or now >= self._written + STATE_SECONDS:
            self._written = now
            self._state = replace(self._state, at=self._clock.now())
            with contextlib.suppress(OSError):  # a full disk must not stop the mirror
                write_state(self._store, self._state)


def settings_of(config: Config) -> MirrorSettings:
    """The settings of [mirror]. Raises FeedmillError if there is no such section."""
    if config.mirror is None:
        fix = 'Add [mirror] with `to = "s3://BUCKET/FOLDER"` (docs/beyond.md).'
        raise FeedmillError("mirror", "", "there is no [mirror] in the configuration", fix)
    return config.mirror


@contextlib.contextmanager
def mirror_process(
    config: Config, environ: Mapping[str, str], clock: Clock, stop: StopSignal
) -> Iterator[MirrorProcess]:
    """The only mirror of this site, for the block. Raises FeedmillError if it cannot start."""
    settings = settings_of(config)
    bucket = open_bucket(settings.bucket, environ, permit=stop.permit, sleep=stop.wait)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_alone(state_folder(config.store_path)))
            process = MirrorProcess(config, settings, bucket, clock)
        except OSError as error:
            raise _folder_error(state_folder(config.store_path), error) from error
        yield process


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    make_folder(folder)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            cause = "another `feedmill mirror` is running"
            raise FeedmillError("mirror", str(folder), cause, "Stop that one first.") from error
        yield
    finally:
        os.close(lock)


def _folder_error(folder: Path, error: OSError) -> FeedmillError:
    path = error.filename or folder
    return FeedmillError("mirror", str(path), error.strerror or str(error))
