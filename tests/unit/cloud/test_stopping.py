"""A wish to stop, from a signal handler or another thread."""

import os
import signal
import threading

import pytest

from worker.cloud.stopping import Stopped, StopSignal


@pytest.fixture
def stop():
    found = StopSignal()
    yield found
    found.close()


def test_a_wait_ends_at_once_when_it_is_set(stop: StopSignal) -> None:
    stop.permit()
    assert not stop.wait(0)
    thread = threading.Thread(target=stop.set)
    thread.start()
    assert stop.wait(30)
    assert stop.wait(30)
    thread.join(10)
    stop.set()
    assert stop.is_set()
    with pytest.raises(Stopped):
        stop.permit()


def test_signals_set_it(stop: StopSignal) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop.listen()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(30)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
