"""Carries out a command that writes: here, or through the worker that is running."""

import time

from worker.config.model import Config
from worker.core.errors import BusyError, RequestError
from worker.service.command_queue import CommandQueue, Request
from worker.service.composition import Worker, open_worker

PATIENCE_SECONDS = 60.0
_LOOK_AGAIN = 0.05
_TRY_AGAIN = 1.0


def submit(config: Config, request: Request, patience: float = PATIENCE_SECONDS) -> str:
    """Carry out the request; gives what was done, in a sentence.

    A running worker does it within two seconds, or after its current work. Raises RequestError
    if it cannot be done or no answer comes in ``patience`` seconds, and what ``open_worker``
    raises.
    """
    try:
        with open_worker(config) as worker:
            return _do(worker, request)
    except BusyError:
        return _hand_over(config, request, patience)


def _do(worker: Worker, request: Request) -> str:
    text = worker.handler.handle(request)
    worker.loop.publish()
    worker.receipts.mark_due(worker.intake.retold())
    while worker.receipts.is_waiting():
        worker.receipts.write_pending()
    return text


def _hand_over(config: Config, request: Request, patience: float) -> str:
    queue = CommandQueue(config)
    try:
        number = queue.leave(request)
    except OSError as error:
        cause = f"a request cannot be left for it: {error.strerror}"
        raise RequestError("worker", "runs", cause, "Be the user that it runs as.") from error
    began = time.monotonic()
    next_try = began + _TRY_AGAIN
    while time.monotonic() < began + patience:
        if (text := _answered(queue, number)) is not None:
            return text
        if time.monotonic() >= next_try:
            next_try += _TRY_AGAIN
            if (text := _attempt(config, request, queue, number)) is not None:
                return text
        time.sleep(_LOOK_AGAIN)
    if not queue.take_back(number) and (text := _answered(queue, number)) is not None:
        return text
    cause = f"it did not answer within {patience:g} seconds"
    raise RequestError("worker", "runs", cause, "`feedmill status` tells how it is.")


def _attempt(config: Config, request: Request, queue: CommandQueue, number: str) -> str | None:
    """Do it here if the worker has ended meanwhile; None while it runs."""
    try:
        with open_worker(config) as worker:
            if not queue.take_back(number) and (text := _answered(queue, number)) is not None:
                return text
            # A worker may have taken it and died: commands can be given twice.
            return _do(worker, request)
    except BusyError:
        return None


def _answered(queue: CommandQueue, number: str) -> str | None:
    """What was done; None while there is no answer. Raises RequestError for a refusal."""
    answer = queue.answer_to(number)
    if answer is None:
        return None
    if not answer.done:
        raise RequestError(answer.what, answer.which, answer.text, answer.fix)
    return answer.text
