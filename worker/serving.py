"""The embedded web server beside a running worker: a process of its own, so that neither can
slow down or take down the other."""

import logging
import subprocess
import sys
from contextlib import suppress

from worker.config import Config
from worker.events import event

log = logging.getLogger("feedmill.serving")

STOP_SECONDS = 3.0


class WebServer:
    """Serves the public folder with ``feedmill serve`` where that is ``wanted``. The server ends
    with its standard input, so it does not outlive a worker that was killed."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._process: subprocess.Popen[bytes] | None = None
        self._config: Config | None = None

    def follow(self, config: Config) -> None:
        """Serve as this configuration says: the server is started, or started anew where what
        it goes by has changed."""
        last, self._config = self._config, config
        if not self._wanted or (last is not None and _going_by(last) == _going_by(config)):
            return
        self.stop()
        # -P: a folder called "worker" where the worker was started is not ours.
        command = [sys.executable, "-P", "-m", "worker"]
        command += ["--config", str(config.path)] if config.path else []
        command += ["serve", "--until-eof"]
        # A process group of its own: Ctrl-C is for the worker, which then stops the server.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)  # noqa: S603 -- our own words
        log.info(event("serving", url=f"http://{config.host}:{config.port}/"))

    def stop(self) -> None:
        """End the server, if there is one."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):  # it hangs in the kernel
                self._process.wait(STOP_SECONDS)
        self._process = None


def _going_by(config: Config) -> tuple[object, ...]:
    """What of the configuration the server goes by."""
    address, metrics = (config.host, config.port), (config.metrics.serve, config.metrics_path)
    return config.path, config.feeds.folder, config.store_path, address, metrics
