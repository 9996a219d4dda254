"""A command that writes: done here where no worker runs, else by the worker that does."""

import time

from worker.config.model import Config
from worker.core.errors import BusyError, RequestError
from worker.service.command_queue import Request, Spool
from worker.service.composition import Worker, open_worker

PATIENCE_SECONDS = 60.0
_LOOK_AGAIN = 0.05
_TRY_AGAIN = 1.0


def ask(config: Config, request: Request, patience: float = PATIENCE_SECONDS) -> str:
    """Have the request carried out; gives what was done, in a sentence.

    The worker that runs does it within two seconds, or once it is done with what it is at.
    Raises RequestError where it cannot be done or nobody answers in ``patience`` seconds, and
    what ``open_worker`` raises.
    """
    try:
        with open_worker(config) as worker:
            return _do(worker, request)
    except BusyError:
        return _hand_over(config, request, patience)


def _do(worker: Worker, request: Request) -> str:
    text = worker.desk.obey(request)
    worker.service.publish()
    while worker.receipts.is_waiting():
        worker.receipts.write_pending()
    return text


def _hand_over(config: Config, request: Request, patience: float) -> str:
    spool = Spool(config)
    try:
        number = spool.leave(request)
    except OSError as error:
        cause = f"a request cannot be left for it: {error.strerror}"
        raise RequestError("worker", "runs", cause, "Be the user that it runs as.") from error
    began = time.monotonic()
    next_try = began + _TRY_AGAIN
    while time.monotonic() < began + patience:
        if (text := _answered(spool, number)) is not None:
            return text
        if time.monotonic() >= next_try:
            next_try += _TRY_AGAIN
            if (text := _attempt(config, request, spool, number)) is not None:
                return text
        time.sleep(_LOOK_AGAIN)
    if not spool.take_back(number) and (text := _answered(spool, number)) is not None:
        return text
    cause = f"it did not answer within {patience:g} seconds"
    raise RequestError("worker", "runs", cause, "`feedmill status` tells how it is.")


def _attempt(config: Config, request: Request, spool: Spool, number: str) -> str | None:
    """Do it here, if the worker has ended meanwhile; None while it runs."""
    try:
        with open_worker(config) as worker:
            if not spool.take_back(number) and (text := _answered(spool, number)) is not None:
                return text
            # What a worker took and died over is done again: commands may be given twice.
            return _do(worker, request)
    except BusyError:
        return None


def _answered(spool: Spool, number: str) -> str | None:
    """What was done; None while there is no answer. Raises RequestError for a refusal."""
    answer = spool.answer_to(number)
    if answer is None:
        return None
    if not answer.done:
        raise RequestError(answer.what, answer.which, answer.text, answer.fix)
    return answer.text
