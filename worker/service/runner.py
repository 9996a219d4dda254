"""Runs one worker: a turn whenever something is due, until it is stopped or reloaded.

Between turns it checks the watcher, runs the probe, and shows that the worker is alive. Decides
and stores nothing about articles.
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
from worker.inbox.mounts import WatchMode, poll_seconds
from worker.inbox.watcher import Watcher
from worker.monitoring.heartbeat import Pulse, write_pulse
from worker.monitoring.metrics_file import MetricsFile
from worker.monitoring.progress import catching_up, working
from worker.monitoring.systemd_notify import Notifier
from worker.service.composition import Worker
from worker.service.once import remember_root
from worker.service.self_test import Probe, self_test
from worker.service.side_processes import Pinger, WebServer
from worker.service.startup import is_same_root, warn_of_unknown_topics

log = logging.getLogger("feedmill.app")

HEALTH_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
METRICS_SECONDS = 15.0
SELF_TEST_SECONDS = 30.0
IDLE_SECONDS = 60.0
STOP_SECONDS = 3.0
# SQLite ignores signals while it waits for a lock; what failed is tried again anyway.
BUSY_SECONDS = 1.0


@dataclass(slots=True)
class ProcessState:
    """What stays over a reload: clock, service manager, start, web server, readiness.

    ``pings``: notify the WebSub hub, if there is one, through a side process.
    """

    clock: Clock
    notifier: Notifier
    started: datetime
    web: WebServer
    pings: bool = True
    is_ready: bool = False


class Runner:
    """Runs one worker until ``stop`` is called, or ``reload`` finds another configuration."""

    def __init__(
        self, worker: Worker, state: ProcessState, load: Callable[[], Config | None]
    ) -> None:
        """``load`` gives the next configuration; None to keep this one."""
        config = worker.config
        self._worker = worker
        self._loop = worker.loop
        self._state = state
        self._load = load
        self._hints = worker.hints
        self._stopping = self._reloading = False
        self._watcher = Watcher(
            config.drop.folder,
            worker.inbox.names,
            self._hints.put,
            config.drop.poll,
            config.drop.assets,
        )
        self._public_folder = PublicFolder(config.feeds.folder)
        self._probe = Probe(
            worker.inbox,
            worker.ingestor,
            config.store_path.with_name(f"{config.store_path.name}.canary"),
            state.clock,
            config.drop.settle_seconds,
        )
        self._pinger = Pinger(config, wanted=state.pings)
        self._metrics = MetricsFile(config, worker.database)
        self._unwatched: str | None = None
        self._shown_troubles: dict[str, str] = {}
        self._is_caught_up = self._is_tidy = False
        self._next_check = self._next_beat = self._next_poll = 0.0
        self._next_self_test = self._next_metrics = 0.0
        self._idle_from = state.clock.monotonic()
        self._counts: dict[str, int] = {}
        self._counted_at = -1

    def stop(self) -> None:
        """Finish the current batch, publish what is touched, and return from ``run``. Safe to
        call from a signal handler."""
        self._stopping = True
        self._worker.readers.hurry()
        self._loop.hurry(STOP_SECONDS)
        self._hints.wake()

    def reload(self) -> None:
        """Read the configuration again after the current turn. Safe to call from a signal
        handler."""
        self._reloading = True
        self._hints.wake()

    def run(self) -> Config | None:
        """Work until stopped, or until there is another configuration, and give that. Raises
        what a further turn would not repair. Call it once."""
        with self._hints.woken_by_signals():
            return self._work()

    def _work(self) -> Config | None:
        self._begin()
        following: Config | None = None
        try:
            while not self._stopping and following is None:
                hints = self._probe.without_probes(self._hints.take(self._wait()))
                self._loop.turn(hints)
                self._check()
                following = self._reload() if self._reloading else None
            self._loop.survives(self._loop.publish)
            self._loop.survives(self._loop.publish_index)  # it may be behind by a minute
            # Else what was counted since the last time is lost.
            self._loop.survives(self._write_metrics)
        except Exception as error:
            self._loop.progress.troubles["worker"] = f"it ended by itself: {error}"
            raise
        finally:
            self._probe.stop()
            self._watcher.stop()
            self._pinger.stop()
            write_pulse(self._worker.config.store_path, self._pulse(), stopped=self._stopping)
        return following

    def _begin(self) -> None:
        self._probe.sweep()
        self._worker.database.wait_for_others(BUSY_SECONDS)
        self._watcher.start()  # before the scan: no change during it is missed
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        log.info(event("watching", folder=self._worker.config.drop.folder, mode=self._mode.mode))
        self._loop.rescan()
        self._worker.readers.warm()

    def _reload(self) -> Config | None:
        self._reloading = False
        was_ready, notifier = self._state.is_ready, self._state.notifier
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
        now = self._state.clock.monotonic()
        due = min(self._loop.next_due(), self._next_check, self._next_beat, self._next_self_test)
        due = min(due, self._next_metrics, self._state.web.next_due, self._pinger.next_due)
        if self._is_caught_up:
            due = min(due, self._probe.next_due)
        return max(0.0, due - now)

    def _check(self) -> None:
        """What is done between turns: the watcher's health, polling, signs of life, memory."""
        now = self._state.clock.monotonic()
        if now >= self._next_check:
            self._next_check = now + HEALTH_SECONDS
            self._repair_watcher(self._watcher.failure())
            self._unwatched = self._watcher.unwatched()
            if self._loop.is_idle():
                self._loop.survives(lambda: remember_root(self._worker))
        if (self._unwatched or self._mode.mode == "poll") and now >= self._next_poll:
            self._next_poll = now + poll_seconds(self._loop.progress.scan_seconds)
            self._loop.rescan()
        self._pinger.advance(now)
        self._loop.survives(self._catch_up)
        self._advance_probe()
        self.show_life()
        if not self._loop.is_idle():
            self._idle_from, self._is_tidy = now, False
        elif now >= self._idle_from + IDLE_SECONDS:
            self._worker.renderers.rest(0)
            self._worker.readers.rest()
            self._worker.readers.warm()
            if not self._is_tidy:
                self._is_tidy = self._loop.survives(self._worker.database.tidy)

    def _repair_watcher(self, reason: str | None) -> None:
        """Restart a watcher that would miss changes (for this ``reason``), then scan."""
        if reason is None:
            # The folder was missing for a while, and is the same again.
            if self._loop.progress.clear_trouble("watcher"):
                self._loop.rescan()
            return
        self._loop.progress.trouble("watcher", reason)
        try:
            self._worker.intake.same_root = is_same_root(self._worker.database, self._worker.inbox)
            self._watcher.restart()
        except DropError:
            return
        self._worker.inbox.trust_leases = self._watcher.mode.trust_leases
        self._loop.rescan()
        self._loop.progress.clear_trouble("watcher")

    # -- signs of life

    def _catch_up(self) -> None:
        """Send READY once all that the first scan found is published."""
        if self._is_caught_up or not self._loop.is_caught_up():
            return
        self._is_caught_up = True
        self._next_self_test = 0.0
        self._state.is_ready = True
        self._state.notifier.status(self._status())
        self._state.notifier.ready()
        log.info(event("ready", files=self._loop.progress.files))
        warn_of_unknown_topics(self._worker.config, self._worker.database)

    def _advance_probe(self) -> None:
        """Advance the probe; if its event did not come, restart the watcher."""
        if not self._is_caught_up:
            return
        self._probe.advance(expects_event=self._mode.mode == "inotify")
        if self._probe.missed_event:
            self._probe.missed_event = False
            self._repair_watcher(self._probe.failing)

    def show_life(self) -> None:
        """Advance the web server, heartbeat, status line, self-test and metrics, each when due.

        Also called in the midst of long work."""
        now = self._state.clock.monotonic()
        self._loop.progress.set_trouble("web-server", self._state.web.advance(now))
        troubles = dict(self._loop.progress.troubles)
        if now >= self._next_beat or troubles != self._shown_troubles:
            self._shown_troubles = troubles
            self._next_beat = now + HEARTBEAT_SECONDS
            write_pulse(self._worker.config.store_path, self._pulse())
            self._state.notifier.status(self._status())
            if not self._is_caught_up and not self._loop.progress.troubles:
                self._state.notifier.starting()
        if now >= self._next_self_test:
            # What failed is tested again soon: its end is news as well.
            works = self._test()
            self._next_self_test = now + (self._self_test_seconds() if works else HEALTH_SECONDS)
        if now >= self._next_metrics:
            self._next_metrics = now + METRICS_SECONDS
            self._loop.survives(self._write_metrics)

    def _self_test_seconds(self) -> float:
        """A quarter of what the service manager waits."""
        wanted = self._state.notifier.watchdog_seconds
        return SELF_TEST_SECONDS if wanted is None else min(SELF_TEST_SECONDS, wanted / 4)

    def _test(self) -> bool:
        """Tell the service manager that the worker is alive, only if everything works: else it
        would keep a worker that does nothing."""
        worker, folder = self._worker, self._public_folder
        failing = self_test(self._watcher, worker.inbox, worker.database, folder)
        if self._probe.failing:
            failing["canary"] = self._probe.failing
        progress = self._loop.progress
        # What is reported already is not reported twice.
        news = {what: why for what, why in failing.items() if what not in progress.troubles}
        if news:
            progress.trouble("proof", "; ".join(f"{what}: {why}" for what, why in news.items()))
        else:
            progress.clear_trouble("proof")
        if failing:
            return False
        progress.last_self_test = self._state.clock.now()
        self._state.notifier.alive()
        return True

    def _write_metrics(self) -> None:
        deaths = self._worker.readers.health().crashed
        self._metrics.write(
            self._pulse(), self._loop.progress, self._worker.intake.waiting(), deaths
        )

    def _status(self) -> str:
        progress = self._loop.progress
        if not self._is_caught_up:
            return catching_up(progress, self._worker.intake.waiting())
        folder = str(self._worker.config.drop.folder)
        self._loop.survives(self._count)
        return working(progress, folder, self._mode.mode, self._counts)

    def _count(self) -> None:
        """Count the ledger's verdicts, again only after a change."""
        changes = self._worker.database.changes()
        if changes != self._counted_at:
            self._counts, self._counted_at = self._worker.ledger.counts(), changes

    def _pulse(self) -> Pulse:
        progress, moment = self._loop.progress, self._state.clock.now()
        return Pulse(
            started=self._state.started,
            at=moment,
            mode=self._mode.mode,
            mode_reason=self._unwatched or self._mode.reason,
            files=progress.files,
            last_scan=progress.last_scan,
            verdicts=dict(progress.verdicts),
            troubles=dict(progress.troubles),
            mistakes=dict(progress.mistakes),
            receipts=self._worker.receipts.place,
            last_self_test=progress.last_self_test,
            last_probe=self._probe.last_arrival,
            stops_after=timedelta(seconds=3 * HEARTBEAT_SECONDS + 30),
        )
