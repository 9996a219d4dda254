"""The loop around one worker's turns, from its first scan until it is stopped or its
configuration changes.

Looks after the watcher, the pulse, the proofs and the messenger between turns; decides and
stores nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.public_folder import PublicFolder
from worker.config.model import Config
from worker.core.clock import Clock
from worker.core.errors import DropError
from worker.core.events import event
from worker.inbox.hint_queue import HintQueue
from worker.inbox.mounts import WatchMode, poll_seconds
from worker.inbox.watcher import Watcher
from worker.monitoring.heartbeat import Heartbeat, Pulse
from worker.monitoring.metrics_file import MetricsFile
from worker.monitoring.progress import catching_up, working
from worker.monitoring.systemd_notify import Notifier
from worker.service.composition import Worker
from worker.service.once import remember_root
from worker.service.self_test import Probe, SelfTest
from worker.service.side_processes import Pinger, WebServer
from worker.service.startup import is_same_root

log = logging.getLogger("feedmill.app")

HEALTH_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
METRICS_SECONDS = 15.0
PROOF_SECONDS = 30.0
IDLE_SECONDS = 60.0
STOP_SECONDS = 3.0
# SQLite hears no signal while it waits; what it did not get is tried again anyway.
BUSY_SECONDS = 1.0


@dataclass(slots=True)
class ProcessState:
    """What outlives a reload: the clock, the manager, the start, the web server, whether READY
    was said.

    ``pings``: tell the WebSub hub, if there is one, through a process of this worker's.
    """

    clock: Clock
    notifier: Notifier
    started: datetime
    web: WebServer
    pings: bool = True
    is_ready: bool = False


class Runner:
    """Runs one worker until ``stop`` is called, or ``reload`` and there is something to reload."""

    def __init__(
        self, worker: Worker, life: ProcessState, load: Callable[[], Config | None]
    ) -> None:
        """``load`` gives the configuration to go on with; None to keep this one."""
        config = worker.config
        self._worker = worker
        self._service = worker.service
        self._life = life
        self._load = load
        self._mailbox = HintQueue()
        self._service.more_comes = self._mailbox.is_waiting
        self._stopping = self._reloading = False
        self._watcher = Watcher(
            config.drop.folder, worker.inbox.names, self._mailbox.put, config.drop.poll
        )
        folder = PublicFolder(config.feeds.folder)
        self._proof = SelfTest(self._watcher, worker.inbox, worker.database, folder)
        self._canary = Probe(
            worker.inbox,
            worker.ingestor,
            config.store_path.with_name(f"{config.store_path.name}.canary"),
            life.clock,
            config.drop.settle_seconds,
        )
        self._pinger = Pinger(config)
        self._heartbeat = Heartbeat(config.store_path)
        self._metrics = MetricsFile(config, worker.database)
        self._blind: str | None = None
        self._told: dict[str, str] = {}
        self._is_caught_up = self._is_tidy = False
        self._next_look = self._next_beat = self._next_poll = self._next_proof = 0.0
        self._next_metrics = 0.0
        self._idle_from = life.clock.monotonic()
        self._counts: dict[str, int] = {}
        self._counted_at = -1

    def stop(self) -> None:
        """Finish the batch at hand, publish what is touched, and return from ``run``. Safe to
        call from a signal handler."""
        self._stopping = True
        self._worker.readers.hurry()
        self._service.hurry(STOP_SECONDS)
        self._mailbox.wake()

    def reload(self) -> None:
        """Read the configuration anew after the turn at hand. Safe to call from a signal
        handler."""
        self._reloading = True
        self._mailbox.wake()

    def run(self) -> Config | None:
        """Work until stopped, or until there is another configuration, which is given. Raises
        what no next turn can fix. To be called once."""
        with self._mailbox, self._mailbox.woken_by_signals():
            return self._work()

    def _work(self) -> Config | None:
        self._begin()
        following: Config | None = None
        try:
            while not self._stopping and following is None:
                letters = self._canary.hear(self._mailbox.take(self._wait()))
                self._service.turn(letters)
                self._look_after()
                following = self._reload() if self._reloading else None
            self._service.outlives(self._service.publish)
            # What was counted since the last time would be lost.
            self._service.outlives(self._write_metrics)
        except Exception as error:
            self._service.progress.troubles["worker"] = f"it ended by itself: {error}"
            raise
        finally:
            self._canary.stop()
            self._watcher.stop()
            self._pinger.stop()
            self._heartbeat.beat(self._pulse(), stopped=self._stopping)
        return following

    def _begin(self) -> None:
        self._canary.sweep()
        self._worker.database.wait_for_others(BUSY_SECONDS)
        self._watcher.start()  # before the scan: what arrives during it is heard
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        log.info(event("watching", folder=self._worker.config.drop.folder, mode=self._mode.mode))
        self._service.call_between(self._show_life)
        self._service.rescan()
        self._worker.readers.warm()

    def _reload(self) -> Config | None:
        self._reloading = False
        was_ready, notifier = self._life.is_ready, self._life.notifier
        if was_ready:
            notifier.reloading()
        following = self._load()
        if following is None and was_ready:
            notifier.ready()
        return following

    @property
    def _mode(self) -> WatchMode:
        return self._watcher.mode

    def _wait(self) -> float:
        now = self._life.clock.monotonic()
        due = min(self._service.next_due(), self._next_look, self._next_beat, self._next_proof)
        due = min(due, self._next_metrics, self._life.web.next_due)
        if self._is_caught_up:
            due = min(due, self._canary.next_due)
        return max(0.0, due - now)

    def _look_after(self) -> None:
        """What is done between turns: the watcher's health, polling, signs of life, spare
        memory."""
        now = self._life.clock.monotonic()
        if now >= self._next_look:
            self._next_look = now + HEALTH_SECONDS
            self._look_at_watcher(self._watcher.healthy())
            self._blind = self._watcher.blind_spots()
            if self._service.is_idle():
                self._service.outlives(lambda: remember_root(self._worker))
        if (self._blind or self._mode.mode == "poll") and now >= self._next_poll:
            self._next_poll = now + poll_seconds(self._service.progress.scan_seconds)
            self._service.rescan()
        if self._life.pings:
            self._pinger.tend(now)
        self._service.outlives(self._catch_up)
        self._fly()
        self._show_life()
        if not self._service.is_idle():
            self._idle_from, self._is_tidy = now, False
        elif now >= self._idle_from + IDLE_SECONDS:
            self._worker.readers.rest()
            if not self._is_tidy:
                self._is_tidy = self._service.outlives(self._worker.database.tidy)

    def _look_at_watcher(self, reason: str | None) -> None:
        """A watcher that would miss changes is built anew; the folder is then scanned."""
        if reason is None:
            if self._service.progress.clear_trouble(
                "watcher"
            ):  # it was away, and came back as it was
                self._service.rescan()
            return
        self._service.progress.trouble("watcher", reason)
        try:
            self._service.same_root = is_same_root(self._worker.database, self._worker.inbox)
            self._watcher.restart()
        except DropError:
            return
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        self._service.rescan()
        self._service.progress.clear_trouble("watcher")

    # -- signs of life

    def _catch_up(self) -> None:
        """READY is said when all that the first scan found is published."""
        if self._is_caught_up or not self._service.is_caught_up():
            return
        self._is_caught_up = True
        self._next_proof = 0.0
        self._life.is_ready = True
        self._life.notifier.status(self._status())
        self._life.notifier.ready()
        log.info(event("ready", files=self._service.progress.files))

    def _fly(self) -> None:
        """The canary; one whose event did not come means that the watcher is deaf."""
        if not self._is_caught_up:
            return
        self._canary.tend(hears=self._mode.mode == "inotify")
        if self._canary.deaf:
            self._canary.deaf = False
            self._look_at_watcher(self._canary.failing)

    def _show_life(self) -> None:
        """The web server, pulse, status line and proofs, each in its time; also in the midst of
        long work."""
        now = self._life.clock.monotonic()
        self._service.progress.set_trouble("web-server", self._life.web.advance(now))
        troubles = dict(self._service.progress.troubles)
        if now >= self._next_beat or troubles != self._told:
            self._told = troubles
            self._next_beat = now + HEARTBEAT_SECONDS
            self._heartbeat.beat(self._pulse())
            self._life.notifier.status(self._status())
            if not self._is_caught_up and not self._service.progress.troubles:
                self._life.notifier.starting()
        if now >= self._next_proof:
            # What failed is proven again soon: its end is news as well.
            works = self._prove()
            self._next_proof = now + (self._proof_seconds() if works else HEALTH_SECONDS)
        if now >= self._next_metrics:
            self._next_metrics = now + METRICS_SECONDS
            self._service.outlives(self._write_metrics)

    def _proof_seconds(self) -> float:
        """Four times within what the manager waits."""
        wanted = self._life.notifier.watchdog_seconds
        return PROOF_SECONDS if wanted is None else min(PROOF_SECONDS, wanted / 4)

    def _prove(self) -> bool:
        """A sign of life is only given when everything works, or the manager would keep a
        worker that does nothing."""
        failing = self._proof.failing()
        if self._canary.failing:
            failing["canary"] = self._canary.failing
        progress = self._service.progress
        # What is told of already need not be told of twice.
        news = {what: why for what, why in failing.items() if what not in progress.troubles}
        if news:
            progress.trouble("proof", "; ".join(f"{what}: {why}" for what, why in news.items()))
        else:
            progress.clear_trouble("proof")
        if failing:
            return False
        progress.last_self_test = self._life.clock.now()
        self._life.notifier.alive()
        return True

    def _write_metrics(self) -> None:
        deaths = self._worker.readers.health().crashed
        self._metrics.write(self._pulse(), self._service.progress, self._service.waiting(), deaths)

    def _status(self) -> str:
        progress = self._service.progress
        if not self._is_caught_up:
            return catching_up(progress, self._service.waiting())
        folder = str(self._worker.config.drop.folder)
        return working(progress, folder, self._mode.mode, self._verdicts())

    def _verdicts(self) -> dict[str, int]:
        """The ledger's verdicts; a million lines are not counted again for nothing."""
        if self._worker.database.changes() != self._counted_at:
            self._service.outlives(self._count)
        return self._counts

    def _count(self) -> None:
        self._counts = self._worker.ledger.counts()
        self._counted_at = self._worker.database.changes()

    def _pulse(self) -> Pulse:
        progress, moment = self._service.progress, self._life.clock.now()
        return Pulse(
            started=self._life.started,
            at=moment,
            mode=self._mode.mode,
            mode_reason=self._blind or self._mode.reason,
            files=progress.files,
            last_scan=progress.last_scan,
            verdicts=dict(progress.verdicts),
            troubles=dict(progress.troubles),
            mistakes=dict(progress.mistakes),
            receipts=self._worker.receipts.place,
            last_self_test=progress.last_self_test,
            last_probe=self._canary.proven,
            stops_after=timedelta(seconds=3 * HEARTBEAT_SECONDS + 30),
        )
