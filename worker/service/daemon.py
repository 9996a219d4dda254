"""``feedmill run`` from its first breath to its last: signals, reloading, one worker after the
other, each with the configuration of its time.

Owns the process: the database's lock, the web server beside it, what the manager is told.
"""

import errno
import faulthandler
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from feeds.errors import FeedmillError, PublishError
from feeds.public_folder import PublicFolder
from worker.config.model import Config
from worker.core.clock import SystemClock
from worker.core.errors import ConfigError
from worker.core.events import event
from worker.inbox.folder import DropFolder
from worker.monitoring.progress_bar import ProgressBar, display_for_stderr
from worker.monitoring.systemd_notify import Notifier
from worker.service import early_signals
from worker.service.composition import is_durable, worker_on
from worker.service.runner import ProcessState, Runner
from worker.service.side_processes import WebServer
from worker.store.database import Database, open_for_work

log = logging.getLogger("feedmill.daemon")

# What keeps a folder from being written until somebody changes its rights, its mount or its unit;
# a full disk is waited for.
_SHUT = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for: to tell the hub (``pings``), to serve over HTTP."""

    pings: bool = True
    serves: bool = True


class Daemon:
    """One process; ``load`` reads the configuration, and raises ConfigError."""

    def __init__(self, load: Callable[[], Config], wishes: RunOptions) -> None:
        self._load = load
        self._server = WebServer(wanted=wishes.serves)
        clock = SystemClock()
        notifier = Notifier(os.environ)
        self._life = ProcessState(clock, notifier, clock.now(), self._server, pings=wishes.pings)
        self._database: Database | None = None
        self._store: Path | None = None
        self._runner: Runner | None = None
        self._proven: Config | None = None
        self._stopping = self._reloads = False

    def run(self) -> None:
        """Work until stopped. Raises ConfigError, StoreError, DropError, and what no next turn
        can fix."""
        # systemd aborts a worker that is stuck: the log then says where it was.
        faulthandler.enable()
        self._handle_signals()
        config: Config | None = self._load()
        try:
            while config is not None and not self._stopping:
                config = self._live(config)
        except Exception as error:
            if self._database is not None:
                self._database.explain(error)
            raise
        finally:
            self._server.stop()
            if self._database is not None:
                self._database.close()

    def _live(self, config: Config) -> Config | None:
        """One worker's life. Gives the configuration of the next one, None to end."""
        with ExitStack() as stack:
            progress_bar = ProgressBar(display_for_stderr())
            stack.callback(progress_bar.end)
            try:
                database = self._database_of(config)
                if self._proven is None:
                    _prove_open(config.feeds.folder)
                self._server.follow(config)
                worker = stack.enter_context(
                    worker_on(database, config, self._life.clock, progress_bar.advance)
                )
                progress_bar.follow(worker.service.waiting)
            except FeedmillError as error:
                return self._go_back(error)
            self._proven = config
            self._runner = Runner(worker, self._life, self._load_anew)
            # A signal may have come while there was nobody to tell.
            if self._stopping:
                self._runner.stop()
            if self._reloads:
                self._runner.reload()
            return self._runner.run()

    def _database_of(self, config: Config) -> Database:
        """The open database, or another one in its place; the lock on it is never let go
        between two workers."""
        if self._database is None or self._store != config.store_path:
            opened = open_for_work(config.store_path, durable=is_durable(config))
            if self._database is not None:
                self._database.close()
            self._database, self._store = opened, config.store_path
        self._database.set_durable(is_durable(config))
        return self._database

    def _go_back(self, error: FeedmillError) -> Config:
        """What was checked does not begin all the same: go on with what did."""
        if self._proven is None:
            raise error
        log.error(event("reload-failed", cause=error))
        config, self._proven = self._proven, None
        return config

    # -- signals

    def _handle_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # A terminal sends it when it is closed, and means the end.
        on_terminal = sys.stderr.isatty()
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN or not on_terminal:
            signal.signal(signal.SIGHUP, self._stop if on_terminal else self._reload)
        early_signals.deliver()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        self._life.notifier.stopping()
        if self._runner is not None:
            self._runner.stop()

    def _reload(self, *_: object) -> None:
        self._reloads = True
        if self._runner is not None:
            self._runner.reload()

    # -- reloading

    def _load_anew(self) -> Config | None:
        """The configuration as it stands now, if a worker can work with it; every problem is
        logged, and the old one stays."""
        self._reloads = False
        try:
            config = self._load()
            self._try(config)
        except ConfigError as error:
            for problem in error.problems:
                log.error(event("config-problem", config=error.which, cause=problem))
            log.error(event("reload-refused", problems=len(error.problems)))
            return None
        except (FeedmillError, sqlite3.Error) as error:
            log.error(event("reload-refused", cause=error))
            return None
        log.info(event("reloading", config=config.path))
        return config

    def _try(self, config: Config) -> None:
        """Raises FeedmillError for folders and databases that could not be used."""
        DropFolder(config.drop.folder, config.drop.max_bytes).pin()
        PublicFolder(config.feeds.folder).check_writable()
        self._server.prove(config)
        if config.store_path != self._store:
            open_for_work(config.store_path).close()


def _prove_open(folder: Path) -> None:
    """A worker that may not publish ends at its start, with the reason, rather than let whoever
    starts it wait for a readiness that cannot come. Raises PublishError."""
    try:
        PublicFolder(folder).check_writable()
    except PublishError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _SHUT:
            raise
