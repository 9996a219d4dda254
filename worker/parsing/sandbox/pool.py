"""Reading untrusted files in child processes, all at once and each at its own risk.

Owns how many children there are, who gets which file, and whose fault a death is. A file that
crashes, hangs or swells its child fails itself alone: the files behind it go to a fresh child.
"""

import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from worker.core.article import Reading
from worker.core.errors import ReadersError
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.child import ANSWER, FAILED, LEAVING, MEMORY, NO_START, READY
from worker.parsing.sandbox.codec import CodecError, decode, encode
from worker.parsing.sandbox.jobs import CHUNK_FILES, Crashed, Job, ReadRun, Task
from worker.parsing.sandbox.process import ChildProcess, Frame

__all__ = ["Crashed", "Health", "Job", "ParserPool"]

MIB = 1024 * 1024
# With more than four, the one process that stores what they read is the slower part.
MOST_CHILDREN = 4
# A further child costs 200 ms of a core before it is of use; so many files must wait for it.
WORTH_A_CHILD = 40
START_SECONDS = 60.0
LONGEST_WAIT = 0.25
DEATHS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Health:
    """How the children are.

    ``pids`` are the living ones; ``started`` and ``crashed`` count children and files since the
    beginning; ``limited`` is False where the system refused the memory limit.
    """

    pids: tuple[int, ...]
    started: int
    crashed: int
    limited: bool


class _Child:
    """A child process and the files that it has been given and not answered."""

    def __init__(self, process: ChildProcess) -> None:
        self.process = process
        self.tasks: deque[Task] = deque()
        self.answered = 0
        self.ready = self.leaving = False
        self.seen_at_work = 0
        self.quiet_seconds = 0.0

    def has_room_for(self, task: Task) -> bool:
        """One chunk at work and one in the pipe: it never waits, and little is lost with it."""
        if self.tasks and (task.alone or self.tasks[0].alone):
            return False
        return len(self.tasks) <= CHUNK_FILES // 2 and not self.process.unsent

    def task(self, number: int) -> Task | None:
        """The unanswered file of that number, as the child counts its files."""
        place = number - self.answered - 1
        return self.tasks[place] if 0 <= place < len(self.tasks) else None

    def moved_on(self, number: int) -> bool:
        """Whether it has begun another file since the last look; it can only go forward."""
        if number <= self.seen_at_work or self.task(number) is None:
            return False
        self.seen_at_work = number
        return True


class ParserPool:
    """Parser children behind one iterator; nothing is started before there is work.

    To be used from one thread that lives as long as the children: the kernel ends a child when
    the thread that started it ends.
    """

    def __init__(
        self,
        rules: ReadingRules,
        count: int | None = None,
        seconds: float = 10.0,
        memory_bytes: int = 512 * MIB,
        reader: str = "worker.parsing.article_reader:read_article",
    ) -> None:
        """``seconds`` and ``memory_bytes`` bound one file; ``count`` is one child per core.

        ``reader`` names the function that children call with (data, name, rules); the rules are
        a dataclass of plain values.
        """
        self._count = count or min(MOST_CHILDREN, len(os.sched_getaffinity(0)))
        self._seconds, self._memory_bytes = seconds, memory_bytes
        self._settings: dict[str, object] = {
            "reader": [reader, _name(type(rules)), encode(rules).decode()],
            "memory_bytes": memory_bytes,
        }
        self._children: list[_Child] = []
        self._selector = selectors.PollSelector()
        self._started = self._crashed = self._deaths = 0
        self._hurried = False
        self._limited = True
        self._last_error = ""

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def health(self) -> Health:
        """What there is to tell about the children."""
        pids = tuple(child.process.pid for child in self._children)
        return Health(pids, self._started, self._crashed, self._limited)

    def read(self, jobs: Iterable[Job]) -> Iterator[Reading | Crashed]:
        """The verdicts on ``jobs``, in their order, each as soon as it and all before are there.

        Children read ahead while the caller works on a verdict; ``jobs`` is taken as needed.
        Raises ReadersError where children cannot be started or die again and again without
        being ready. May be left before its end.
        """
        run = ReadRun(iter(jobs))
        try:
            self._hand_out(run)
            while not (run.done or self._hurried):
                self._poll(0.0 if run.ready else min(LONGEST_WAIT, self._seconds / 8))
                self._hand_out(run)
                if run.ready:
                    yield run.take()
        finally:
            run.closed = True

    def hurry(self) -> None:
        """Let ``read`` end with the verdicts it has: its caller was asked to stop, and a file
        that hangs must not keep it. Safe to call from a signal handler."""
        self._hurried = True

    def is_hurried(self) -> bool:
        """Was the caller asked to stop?"""
        return self._hurried

    def warm(self) -> None:
        """Start one child if there is none, without waiting for it: the next file is quick."""
        if not self._children:
            self._add_child()

    def rest(self, keep: int = 1) -> None:
        """Stop the children beyond ``keep`` that have nothing to do, for their memory."""
        for child in self._children[keep:]:
            if not child.tasks:
                self._remove(child)

    def close(self) -> None:
        """Stop all children. A later ``read`` starts new ones."""
        for child in list(self._children):
            self._remove(child)

    # Handing out

    def _hand_out(self, run: ReadRun) -> None:
        run.fill()
        if not run.waiting:
            return
        while len(self._children) < min(self._count, 1 + len(run.waiting) // WORTH_A_CHILD):
            self._add_child()
        # A starting child gets work only where no other can take it at once.
        able = [child for child in self._children if child.ready] or self._children
        for child in able:
            if run.waiting and child.has_room_for(run.waiting[0]):
                tasks = run.chunk(2 * len(able))
                if not child.tasks:
                    child.quiet_seconds = 0.0
                child.tasks.extend(tasks)
                child.process.send([(task.job.name, task.job.data) for task in tasks])
                self._watch(child)

    def _add_child(self) -> None:
        try:
            process = ChildProcess(self._settings)
        except OSError as error:
            raise ReadersError(
                "parser children",
                "do not start",
                str(error),
                "Is the machine out of memory or processes?",
            ) from error
        child = _Child(process)
        self._started += 1
        self._children.append(child)
        self._selector.register(process.fd_in, selectors.EVENT_READ, child)

    def _watch(self, child: _Child) -> None:
        """Have the selector tell when the rest of what was sent finds room."""
        fd, watched = child.process.fd_out, self._selector.get_map()
        if child.process.unsent and fd not in watched:
            self._selector.register(fd, selectors.EVENT_WRITE, child)
        elif not child.process.unsent and fd in watched:
            self._selector.unregister(fd)

    # Taking in

    def _poll(self, seconds: float) -> None:
        """Move bytes for at most ``seconds``, and bury the children that died or must."""
        began = time.monotonic()
        events = self._selector.select(seconds)
        # Never more than was asked for: while the whole machine or this process stood still,
        # the child may have stood still as well, and that is not the file's fault.
        spent = min(time.monotonic() - began, seconds)
        for key, mask in events:
            child: _Child = key.data
            if child not in self._children:
                continue  # buried a moment ago, and its descriptors may be others' by now
            if mask & selectors.EVENT_WRITE:
                child.process.flush()
                self._watch(child)
            else:
                self._receive(child)
        for child in list(self._children):
            self._check_time(child, spent)

    def _receive(self, child: _Child) -> None:
        child.quiet_seconds = 0.0
        try:
            for frame in child.process.receive():
                self._handle(child, frame)
        except ValueError:
            # Taken over, or out of its mind: nothing more of what it says counts.
            self._end_child(child, None, "the parser gave an answer that makes no sense")
            return
        if child.leaving:
            self._remove(child)
        elif child.process.ended:
            self._end_child(child, child.task(child.process.at_work()), "")

    def _handle(self, child: _Child, frame: Frame) -> None:
        """Take one message. Raises ValueError for one that does not belong here."""
        kind, body = frame
        if kind == READY and not child.ready:
            child.ready = True
            self._deaths = 0
            self._limited = body == b"limited"
        elif kind == NO_START and not child.ready:
            self._last_error = body[:500].decode(errors="replace")
        elif kind == LEAVING and child.answered:
            child.leaving = True
        elif kind == ANSWER and child.tasks:
            verdict = decode(Reading, body)
            child.answered += 1
            task = child.tasks.popleft()
            task.run.finish(task, verdict)
        elif kind in (MEMORY, FAILED) and child.tasks:
            child.answered += 1
            self._fail(child.tasks.popleft(), self._failure(kind, body))
        else:
            raise CodecError("an answer to nothing")

    def _failure(self, kind: bytes, body: bytes) -> str:
        if kind == MEMORY:
            return f"the parser used more than {self._memory_bytes // MIB} MiB"
        return f"the parser failed with {body[:80].decode(errors='replace')}"

    def _fail(self, task: Task, reason: str) -> None:
        self._crashed += 1
        task.run.finish(task, Crashed(reason))

    # Deaths

    def _check_time(self, child: _Child, spent: float) -> None:
        """Stop the child whose file, or whose start, takes too long."""
        at_work = child.process.at_work()
        if not child.tasks or child.moved_on(at_work):
            child.quiet_seconds = 0.0
            return
        child.quiet_seconds += spent
        if child.quiet_seconds < self._seconds:
            return
        if (task := child.task(at_work)) is not None:
            self._end_child(child, task, f"the parser was stopped after {self._seconds:g} s")
        elif child.quiet_seconds >= max(START_SECONDS, self._seconds):
            self._last_error = f"no sign of life for {START_SECONDS:g} s"
            self._end_child(child, None, "")

    def _end_child(self, child: _Child, culprit: Task | None, reason: str) -> None:
        """Remove a child that died or must die, and say whose fault that was.

        ``guilty`` is the file that it was working on by its own account; where there is none, the
        only file that it had. ``reason`` is empty where the exit status is one.
        """
        status = child.process.stop()
        tasks = child.tasks
        if not child.ready:
            self._remove(child)
            self._count_failed_start(status)
            return
        if culprit is None and len(tasks) == 1:
            culprit = tasks[0]
        if culprit is None:
            # Its account cannot be right. Asked for alone, the guilty one gives itself away.
            for task in tasks:
                task.alone = True
        elif status == -signal.SIGKILL and not reason and not culprit.killed_before:
            # Nobody does that to himself. The kernel does when memory is short: once is chance.
            culprit.killed_before = True
        else:
            tasks.remove(culprit)
            self._fail(culprit, reason or _reason(status))
        self._remove(child)

    def _count_failed_start(self, status: int) -> None:
        """Give up where children do not even start; a single one may have met bad luck."""
        self._deaths += 1
        if self._deaths >= DEATHS_IN_A_ROW:
            self._deaths = 0
            raise ReadersError(
                "parser children", "do not start", self._last_error or _reason(status)
            )

    def _remove(self, child: _Child) -> None:
        """Take a child out of the world; what it leaves undone waits for another."""
        self._children.remove(child)
        for run in {task.run for task in child.tasks}:
            run.put_back(task for task in child.tasks if task.run is run)
        for fd in (child.process.fd_in, child.process.fd_out):
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
        child.process.close()


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _reason(status: int) -> str:
    if status >= 0:
        return f"the parser ended with status {status}"
    return f"the parser ended by signal {-status} ({signal.strsignal(-status)})"
