"""Where log lines go: one line an event, ``event key=value``, to standard error."""

import logging
import sys


def set_up_logs(*, verbose: bool) -> None:
    """Log to standard error: verdicts and published feeds if ``verbose``, else troubles only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("feedmill")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.ERROR)
    root.propagate = False
