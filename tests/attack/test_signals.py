"""Signals at random moments of ``run`` and ``once``, the loading of the program included.

Each worker ends with the right status, or goes on; the next start brings everything in order.
That a SIGHUP under the imports is held until the worker runs is not shown here, where one that
comes before its handler may end the process: see e2e/test_early_signals.py.
"""

import random
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.budget import rounds, tell
from tests.e2e.process import DEADLINE, Feedmill, article, feedmill

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

RUN, ONCE = ("run", "--no-serve"), ("once",)
ENDING = (signal.SIGTERM, signal.SIGINT)
DEADLY = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGKILL, signal.SIGALRM, signal.SIGQUIT)
PASSING = (signal.SIGSTOP, signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG, signal.SIGPIPE)
EARLIEST, LATEST = 0.1, 2.0


@pytest.fixture(autouse=True)
def not_ignored() -> Iterator[None]:
    """A job in the background of a shell ignores these two, and so would each worker."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_whatever_signal_comes_the_next_start_converges(tmp_path: Path) -> None:
    sent: Counter[str] = Counter()
    with feedmill(tmp_path / "house", drop={"settle_seconds": "0.1"}) as mill:
        titles: set[str] = set()
        for each in rounds("signals"):
            with each.play() as chance:
                titles |= drop(mill, each.number, chance)
                torment(mill, chance, sent)
                converge(mill, chance, titles)
    assert sent
    tell(f"signals: {sent.total()} sent, {dict(sent)}")


def drop(mill: Feedmill, number: int, chance: random.Random) -> set[str]:
    """Some new articles; gives their titles."""
    names = [f"{number}-{count}" for count in range(chance.randint(1, 6))]
    for name in names:
        mill.write(f"{name}.md", article(f"Title {name}", "Text. " * 50, tags=chance.choice("ab")))
    return {f"Title {name}" for name in names}


def torment(mill: Feedmill, chance: random.Random, sent: Counter[str]) -> None:
    """One life of a worker, with one signal that decides it and perhaps some before that."""
    words = chance.choice((RUN, RUN, ONCE))
    process = mill.start(*words)
    uncaught = set()
    for _ in range(chance.choice((0, 0, 1, 3))):
        pause(process, chance.uniform(EARLIEST, LATEST / 2))
        number = chance.choice((*PASSING, signal.SIGHUP) if words == RUN else PASSING)
        uncaught |= deliver(process, number, chance, sent)
    pause(process, chance.uniform(0.0, LATEST))
    number = chance.choice((*ENDING, *ENDING, *DEADLY))
    uncaught |= deliver(process, number, chance, sent)
    assert_status(mill, words, number, uncaught)


def deliver(
    process: "subprocess.Popen[bytes]",
    number: signal.Signals,
    chance: random.Random,
    sent: Counter[str],
) -> set[int]:
    """Send it; gives its number where the process had no handler for it yet, as while the
    interpreter itself starts."""
    if process.poll() is not None:
        return set()
    uncaught = set() if is_caught(process, number) else {int(number)}
    sent[number.name] += 1
    process.send_signal(number)
    if number == signal.SIGSTOP:
        pause(process, chance.uniform(0.0, 0.5))
        process.send_signal(signal.SIGCONT)
    return uncaught


def is_caught(process: "subprocess.Popen[bytes]", number: signal.Signals) -> bool:
    """Has the process set a handler of its own? By what the kernel tells."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    mask = int(re.findall(r"SigCgt:\s+([0-9a-f]+)", text)[0], 16)
    return bool(mask >> (number - 1) & 1)


def pause(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def assert_status(
    mill: Feedmill, words: tuple[str, ...], number: signal.Signals, uncaught: set[int]
) -> None:
    """Asked to stop, ``run`` ends with 0; ``once`` may have come to its end before, or says by
    130 or the signal that it did not. What is deadly for every program is so for this one."""
    status = mill.ended(DEADLINE)
    where = f"{words} after {number.name}: status {status}, {uncaught}\n{mill.log()[-3000:]}"
    deadly = {int(each) for each in (*DEADLY, *ENDING, signal.SIGHUP)}
    allowed = {-each for each in uncaught & deadly}
    if number in ENDING:
        allowed.add(0)
    if number == signal.SIGINT:  # Python's own handler, until ours is set
        allowed |= {-number, 128 + number}
    if number in DEADLY:
        allowed.add(-number)
    if words == ONCE:
        allowed |= {0, 1} if number == signal.SIGINT else {0}
    assert status in allowed, where
    if words == RUN and number not in (signal.SIGINT, signal.SIGQUIT):
        assert not mill.said("Traceback"), where


def converge(mill: Feedmill, chance: random.Random, titles: set[str]) -> None:
    """The next worker, of one kind or the other, publishes all that was dropped; once."""
    if chance.random() < 0.5:
        mill.once()
    else:
        mill.start()
        mill.watching()  # all may be published already, and this one still be loading
        mill.until(lambda: titles <= set(mill.titles()), "everything is published")
        assert mill.stop() == 0, mill.log()[-3000:]
    found = mill.titles()
    assert titles <= set(found)
    assert len(found) == len(set(found))
