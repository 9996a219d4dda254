"""The embedded web server beside a running worker: a process of its own, so that neither can
slow down or take down the other."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from worker.config import Config

log = logging.getLogger("feedmill.serving")

STOP_SECONDS = 3.0


@contextmanager
def served(config: Config, *, wanted: bool) -> Iterator[None]:
    """Serve the public folder while the block runs, with ``feedmill serve``. The server ends
    with its standard input, so it does not outlive a worker that was killed."""
    if not wanted:
        yield
        return
    # -P: a folder called "worker" where the worker was started is not ours.
    command = [sys.executable, "-P", "-m", "worker.cli"]
    command += ["--config", str(config.path)] if config.path else []
    command += ["serve", "--until-eof"]
    # A process group of its own: Ctrl-C is for the worker, which then stops the server.
    with subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0) as server:  # noqa: S603 -- our own words
        log.info("serving url=http://%s:%s/", config.host, config.port)
        try:
            yield
        finally:
            if server.stdin:
                server.stdin.close()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
