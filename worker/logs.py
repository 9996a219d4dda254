"""Where log lines go: one line an event, ``event key=value``, to standard error."""

import logging
import sys

from worker.names import printable


class _OneLine(logging.Formatter):
    """Formats an event as one line: a file's name may hold line breaks, with which it could
    forge events, and orders to a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own)
        return printable(super().formatMessage(record))


def set_up_logs(*, verbose: bool) -> None:
    """Log to standard error: verdicts and published feeds if ``verbose``, else troubles only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("feedmill")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.ERROR)
    root.propagate = False
