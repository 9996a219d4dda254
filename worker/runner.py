"""``feedmill run``: the loop around a worker's turns, from its first scan until it is stopped.

Looks after the watcher, the pulse and the messenger between turns; decides and stores nothing.
"""

import logging
from datetime import timedelta

from worker.app import Worker, is_same_root, remember_root
from worker.errors import DropError
from worker.events import event
from worker.heartbeat import Heartbeat, Pulse
from worker.mailbox import Mailbox
from worker.mounts import WatchMode, poll_seconds
from worker.pinging import Pinger
from worker.watch import Watcher

log = logging.getLogger("feedmill.app")

HEALTH_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
IDLE_SECONDS = 60.0
STOP_SECONDS = 3.0
# SQLite hears no signal while it waits; what it did not get is tried again anyway.
BUSY_SECONDS = 1.0


class Runner:
    """Runs one worker until ``stop`` is called."""

    def __init__(self, worker: Worker, *, pings: bool = True) -> None:
        """``pings``: tell the WebSub hub, if there is one, through a process of this worker's."""
        self._worker = worker
        self._service = worker.service
        self._pings = pings
        self._mailbox = Mailbox()
        self._stopping = False
        self._watcher = Watcher(
            worker.config.drop.folder,
            worker.inbox.names,
            self._mailbox.put,
            worker.config.drop.poll,
        )
        self._pinger = Pinger(worker.config)
        self._heartbeat = Heartbeat(worker.config.store_path)
        self._started = worker.clock.now()
        self._blind: str | None = None
        self._told: dict[str, str] = {}
        self._next_look = self._next_beat = self._next_poll = 0.0
        self._idle_from = worker.clock.monotonic()

    def stop(self) -> None:
        """Finish the batch at hand, publish what is touched, and return from ``run``. Safe to
        call from a signal handler."""
        self._stopping = True
        self._worker.readers.hurry()
        self._service.hurry(STOP_SECONDS)
        self._mailbox.wake()

    def run(self) -> None:
        """Work until stopped. Raises what no next turn can cure."""
        self._begin()
        try:
            while not self._stopping:
                self._service.turn(self._mailbox.take(self._wait()))
                self._look_after()
            self._service.outlives(self._service.publish)
        finally:
            self._watcher.stop()
            self._pinger.stop()
            self._heartbeat.stop(self._pulse())

    def _begin(self) -> None:
        self._worker.database.wait_for_others(BUSY_SECONDS)
        self._watcher.start()  # before the scan: what arrives during it is heard
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        log.info(event("watching", folder=self._worker.config.drop.folder, mode=self._mode.mode))
        self._service.rescan()
        self._worker.readers.warm()

    @property
    def _mode(self) -> WatchMode:
        return self._watcher.mode

    def _wait(self) -> float:
        now = self._worker.clock.monotonic()
        due = min(self._service.next_due(), self._next_look, self._next_beat)
        return max(0.0, due - now)

    def _look_after(self) -> None:
        """What is done between turns: the watcher's health, polling, heartbeat, spare memory."""
        now = self._worker.clock.monotonic()
        if now >= self._next_look:
            self._next_look = now + HEALTH_SECONDS
            self._look_at_watcher()
            self._blind = self._watcher.blind_spots()
            if self._service.is_idle():
                self._service.outlives(lambda: remember_root(self._worker))
        if (self._blind or self._mode.mode == "poll") and now >= self._next_poll:
            self._next_poll = now + poll_seconds(self._service.progress.scan_seconds)
            self._service.rescan()
        if self._pings:
            self._pinger.tend(now)
        troubles = dict(self._service.progress.troubles)
        if now >= self._next_beat or troubles != self._told:
            self._told = troubles
            self._next_beat = now + HEARTBEAT_SECONDS
            self._heartbeat.beat(self._pulse())
        if not self._service.is_idle():
            self._idle_from = now
        elif now >= self._idle_from + IDLE_SECONDS:
            self._worker.readers.rest()

    def _look_at_watcher(self) -> None:
        """A watcher that would miss changes is built anew; the folder is then scanned."""
        reason = self._watcher.healthy()
        if reason is None:
            if self._service.regain_watch():  # it was away, and came back as it was
                self._service.rescan()
            return
        self._service.lose_watch(reason)
        try:
            self._service.same_root = is_same_root(self._worker.database, self._worker.inbox)
            self._watcher.restart()
        except DropError:
            return
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        self._service.rescan()
        self._service.regain_watch()

    def _pulse(self) -> Pulse:
        progress, moment = self._service.progress, self._worker.clock.now()
        return Pulse(
            started=self._started,
            at=moment,
            mode=self._mode.mode,
            mode_reason=self._blind or self._mode.reason,
            files=progress.files,
            last_scan=progress.last_scan,
            verdicts=dict(progress.verdicts),
            troubles=dict(progress.troubles),
            receipts=self._worker.receipts.place,
            stops_after=timedelta(seconds=3 * HEARTBEAT_SECONDS + 30),
        )
