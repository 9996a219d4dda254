"""``feedmill run``, the process: signals, reloads, and one worker for each configuration.

Owns the database's lock, the web server beside the worker and what the service manager is told.
"""

import errno
import faulthandler
import gc
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
from worker.parsing.sandbox.fork_server import ForkServer
from worker.service import early_signals
from worker.service.composition import worker_on, writing
from worker.service.runner import ProcessState, Runner
from worker.service.side_processes import WebServer
from worker.store.database import Database, open_for_work

log = logging.getLogger("feedmill.daemon")

# A folder cannot be written until somebody changes its permissions, its mount or its unit; a full
# disk is waited for.
_NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for: to notify the hub (``pings``), to serve over HTTP with
    further options (``web_words``), and to show the site in a browser (``opens``)."""

    pings: bool = True
    serves: bool = True
    web_words: tuple[str, ...] = ()
    opens: bool = False


class Daemon:
    """One process; ``load`` reads the configuration and raises ConfigError. All its workers use
    the same fork server."""

    def __init__(self, load: Callable[[], Config], options: RunOptions, forks: ForkServer) -> None:
        self._load, self._forks = load, forks
        words, opens = options.web_words, options.opens
        self._server = WebServer(wanted=options.serves, words=words, opens=opens)
        clock = SystemClock()
        notifier = Notifier(os.environ)
        self._state = ProcessState(clock, notifier, clock.now(), self._server, pings=options.pings)
        self._database: Database | None = None
        self._store: Path | None = None
        self._runner: Runner | None = None
        self._last_good: Config | None = None
        self._stopping = self._reloads = False

    def run(self) -> None:
        """Work until stopped. Raises ConfigError, StoreError, DropError, and what a further turn
        would not repair."""
        # systemd aborts a worker that hangs: the log then says where.
        faulthandler.enable()
        self._handle_signals()
        config: Config | None = self._load()
        try:
            while config is not None and not self._stopping:
                config = self._run_worker(config)
        except Exception as error:
            if self._database is not None:
                self._database.explain(error)
            raise
        finally:
            self._server.stop()
            if self._database is not None:
                self._database.close()

    def _run_worker(self, config: Config) -> Config | None:
        """Run one worker. Gives the configuration of the next one, None to end."""
        with ExitStack() as stack:
            progress_bar = ProgressBar(display_for_stderr())
            stack.callback(progress_bar.end)
            try:
                database = self._database_of(config)
                if self._last_good is None:
                    _check_writable(config.feeds.folder)
                self._server.follow(config)
                clock = self._state.clock
                worker = stack.enter_context(
                    worker_on(
                        database,
                        config,
                        clock,
                        self._forks,
                        progress_bar.advance,
                        self._show_life,
                    )
                )
                progress_bar.follow(worker.intake.waiting)
            except FeedmillError as error:
                return self._go_back(error)
            self._last_good = config
            self._runner = Runner(worker, self._state, self._load_anew)
            gc.freeze()  # what is loaded stays: looking at it again took 5 % of a cold start
            # A signal may have come while there was no runner.
            if self._stopping:
                self._runner.stop()
            if self._reloads:
                self._runner.reload()
            return self._runner.run()

    def _show_life(self) -> None:
        if self._runner is not None:
            self._runner.show_life()

    def _database_of(self, config: Config) -> Database:
        """The database of this configuration, kept open (and locked) from worker to worker."""
        if self._database is None or self._store != config.store_path:
            opened = open_for_work(config.store_path, **writing(config))
            if self._database is not None:
                self._database.close()
            self._database, self._store = opened, config.store_path
        self._database.set_writing(**writing(config))
        return self._database

    def _go_back(self, error: FeedmillError) -> Config:
        """A checked configuration does not start after all: go on with the last one that did."""
        if self._last_good is None:
            raise error
        log.error(event("reload-failed", cause=error))
        config, self._last_good = self._last_good, None
        return config

    # -- signals

    def _handle_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # A terminal sends SIGHUP when it is closed: that means stop.
        on_terminal = sys.stderr.isatty()
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN or not on_terminal:
            signal.signal(signal.SIGHUP, self._stop if on_terminal else self._reload)
        early_signals.release()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        self._state.notifier.stopping()
        if self._runner is not None:
            self._runner.stop()

    def _reload(self, *_: object) -> None:
        self._reloads = True
        if self._runner is not None:
            self._runner.reload()

    # -- reloading

    def _load_anew(self) -> Config | None:
        """The configuration as it is now; None if a worker cannot use it (each problem is
        logged): then the old one stays."""
        self._reloads = False
        try:
            config = self._load()
            self._check(config)
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

    def _check(self, config: Config) -> None:
        """Raises FeedmillError for folders and databases that cannot be used."""
        DropFolder(config.drop.folder, config.drop.max_bytes).pin()
        PublicFolder(config.feeds.folder).check_writable()
        self._server.prove(config)
        if config.store_path != self._store:
            open_for_work(config.store_path).close()


def _check_writable(folder: Path) -> None:
    """Raises PublishError for a public folder that this user cannot write.

    The worker then ends at its start with the reason: READY would never come."""
    try:
        PublicFolder(folder).check_writable()
    except PublishError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NOT_WRITABLE:
            raise
