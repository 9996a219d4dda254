"""Child processes that answer jobs in parallel, each within limits of time and memory.

Owns the number of children, which child gets which job, and which job a crash is blamed on. A
job that crashes its child, hangs or takes too much memory fails alone: the jobs after it go to a
new child.
"""

import os
import pickle
import selectors
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from worker.core.errors import ReadersError
from worker.parsing.sandbox.child import ANSWER, FAILED, LEAVING, MEMORY, NO_START, READY
from worker.parsing.sandbox.codec import CodecError, decode
from worker.parsing.sandbox.fork_server import HAS_CHILDREN, ForkServer, NotReadyError
from worker.parsing.sandbox.jobs import CHUNK_FILES, Crashed, Job, Run, Task
from worker.parsing.sandbox.process import ChildProcess, Frame

MIB = 1024 * 1024
# With more than four, the process that stores their results is slower than they are.
MOST_CHILDREN = 4
# Another child takes some milliseconds of a core; this many jobs must wait to make it worth it.
WORTH_A_CHILD = CHUNK_FILES
START_SECONDS = 60.0
LONGEST_WAIT = 0.25
DEATHS_IN_A_ROW = 3
_SELECTOR = getattr(selectors, "PollSelector", selectors.SelectSelector)


@dataclass(frozen=True, slots=True)
class Function:
    """What children call for a job: ``name`` is "module:function", called with (data, name, rules).

    It gives an ``answer``, a dataclass that ``codec`` can carry; ``rules`` are a dataclass of
    plain values.
    """

    name: str
    answer: type
    rules: object = None


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the children.

    ``pids`` are the running ones; ``started`` and ``crashed`` count children and jobs since the
    start; ``limited`` is False if the system refused the memory limit.
    """

    pids: tuple[int, ...]
    started: int
    crashed: int
    limited: bool


class _Child:
    """A child process and its unanswered files."""

    def __init__(self, process: ChildProcess, chunk: int) -> None:
        self.process = process
        self._chunk = chunk
        self.tasks: deque[Task] = deque()
        self.answered = 0
        self.ready = self.leaving = False
        self.seen_at_work = 0
        self.quiet_seconds = 0.0

    def has_room_for(self, task: Task) -> bool:
        """One chunk at work and one in the pipe: it never waits, and loses little if it dies."""
        if self.tasks and (task.alone or self.tasks[0].alone):
            return False
        return len(self.tasks) <= self._chunk // 2 and not self.process.unsent

    def task(self, number: int) -> Task | None:
        """The unanswered file of that number, as the child counts its files."""
        place = number - self.answered - 1
        return self.tasks[place] if 0 <= place < len(self.tasks) else None

    def moved_on(self, number: int) -> bool:
        """Whether it began another file since the last check; numbers only rise."""
        if number <= self.seen_at_work or self.task(number) is None:
            return False
        self.seen_at_work = number
        return True


class ChildPool:
    """Children behind one iterator; starts no child before there is work.

    Use it from one thread that lives as long as the children: the kernel ends a child when the
    thread that started it ends.
    """

    def __init__(
        self,
        server: ForkServer,
        functions: Mapping[str, Function],
        count: int | None = None,
        seconds: float = 10.0,
        memory_bytes: int = 512 * MIB,
        chunk: int = CHUNK_FILES,
        worth_a_child: int = WORTH_A_CHILD,
    ) -> None:
        """``functions`` by the kind of their jobs: children load the first when they start, at
        once where the ``server`` has its module.

        ``seconds`` and ``memory_bytes`` limit one job; ``count`` is one child per core. ``chunk``:
        how many jobs a child is sent at once. Another child starts for each ``worth_a_child`` jobs
        that wait.
        """
        self._chunk, self._worth_a_child = chunk, worth_a_child
        self._server = server
        self._count = count or (
            min(MOST_CHILDREN, len(os.sched_getaffinity(0))) if HAS_CHILDREN else 1
        )
        self._seconds, self._memory_bytes = seconds, memory_bytes
        self._longest_wait = min(LONGEST_WAIT, seconds / 8)
        self._answers = {kind: function.answer for kind, function in functions.items()}
        self._settings: dict[str, object] = {
            "functions": {
                kind: (function.name, pickle.dumps(function.rules))
                for kind, function in functions.items()
            },
            "memory_bytes": memory_bytes,
        }
        self._children: list[_Child] = []
        self._selector: selectors.BaseSelector = _SELECTOR()
        self._started = self._crashed = self._deaths = 0
        self._hurried = False
        self._limited = True
        self._last_error = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def health(self) -> Health:
        """The state of the children now."""
        pids = tuple(child.process.pid for child in self._children)
        return Health(pids, self._started, self._crashed, self._limited)

    def run(self, jobs: Iterable[Job]) -> Iterator[Any]:
        """The answers to ``jobs`` in their order, each as soon as possible: of the type that the
        job's function gives, or Crashed.

        Children work ahead while the caller uses an answer; ``jobs`` is consumed as needed. May
        be called while another run is under way. Raises ReadersError if children cannot be
        started, or die three times in a row before they are ready. The caller may stop early.
        """
        run = Run(iter(jobs))
        try:
            self._hand_out(run)
            while not (run.done or self._hurried):
                self._poll(0.0 if run.ready or not self._children else self._longest_wait)
                self._hand_out(run)
                if run.ready:
                    yield run.take()
        finally:
            run.closed = True

    def hurry(self) -> None:
        """Let each ``run`` end now, even if a job hangs. Safe to call from a signal handler."""
        self._hurried = True

    def is_hurried(self) -> bool:
        """Whether ``hurry`` was called."""
        return self._hurried

    def warm(self) -> None:
        """Start one child if there is none, without waiting, so the next job is done faster."""
        if not self._children:
            self._add_child(wait=0.0)

    def rest(self, keep: int = 1) -> None:
        """Stop idle children beyond ``keep`` to free their memory."""
        for child in self._children[keep:]:
            if not child.tasks:
                self._remove(child)

    def close(self) -> None:
        """Stop all children. A later ``run`` starts new ones."""
        for child in self._children:
            child.process.kill()
        for child in list(self._children):
            self._remove(child)

    # Handing out

    def _hand_out(self, run: Run) -> None:
        run.fill()
        if not run.waiting:
            return
        while len(self._children) < min(self._count, 1 + len(run.waiting) // self._worth_a_child):
            if not self._add_child(wait=0.0 if self._children else LONGEST_WAIT):
                break
        # A starting child gets work only if no other is ready.
        able = [child for child in self._children if child.ready] or self._children
        for child in able:
            if run.waiting and child.has_room_for(run.waiting[0]):
                tasks = run.chunk(2 * len(able), self._chunk)
                if not child.tasks:
                    child.quiet_seconds = 0.0
                child.tasks.extend(tasks)
                child.process.send(
                    [(task.job.kind, task.job.name, task.job.data) for task in tasks]
                )
                self._watch(child)

    def _add_child(self, wait: float) -> bool:
        """Whether there is another child; not if the fork server is not ready in time."""
        try:
            if not self._server.is_ready(wait):
                return False
            process = ChildProcess(self._server, self._settings)
        except NotReadyError:
            return False
        except OSError as error:
            raise ReadersError(
                "parser children",
                "do not start",
                str(error),
                "Is the machine out of memory or processes?",
            ) from error
        child = _Child(process, self._chunk)
        self._started += 1
        self._children.append(child)
        self._selector.register(process.fd_in, selectors.EVENT_READ, child)
        return True

    def _watch(self, child: _Child) -> None:
        """Let the selector report when the pipe has space for the rest."""
        fd, watched = child.process.fd_out, self._selector.get_map()
        if child.process.unsent and fd not in watched:
            self._selector.register(fd, selectors.EVENT_WRITE, child)
        elif not child.process.unsent and fd in watched:
            self._selector.unregister(fd)

    # Taking in

    def _poll(self, seconds: float) -> None:
        """Transfer bytes for at most ``seconds``, and end children that died or took too long."""
        began = time.monotonic()
        events = self._selector.select(seconds)
        # Never more than was asked for: if this process or the machine was suspended, the child
        # was too, and that is not the file's fault.
        spent = min(time.monotonic() - began, seconds)
        for key, mask in events:
            child: _Child = key.data
            if child not in self._children:
                continue  # just removed; its descriptors may have been reused
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
            # Under hostile control, or broken: nothing more from it counts.
            self._end_child(child, None, "the parser gave an invalid answer")
            return
        if child.leaving:
            self._remove(child)
        elif child.process.ended:
            self._end_child(child, child.task(child.process.at_work()), "")

    def _handle(self, child: _Child, frame: Frame) -> None:
        """Handle one message. Raises ValueError for one that is not expected now."""
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
            answer: object = decode(self._answers[child.tasks[0].job.kind], body)
            child.answered += 1
            task = child.tasks.popleft()
            task.run.finish(task, answer, len(body))
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

    # Ends

    def _check_time(self, child: _Child, spent: float) -> None:
        """End a child whose file, or whose start, takes too long."""
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
        """Remove a child that died or must end, and fail the file that caused it.

        ``culprit`` is the file that the child said it was reading, else None. ``reason`` is ""
        if the exit status tells it.
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
            # Unknown. Read one by one, the culprit is the one that ends its child again.
            for task in tasks:
                task.alone = True
        elif status == -signal.SIGKILL and not reason and not culprit.killed_before:
            # Killed from outside, as the kernel does when memory runs out: once may be chance.
            culprit.killed_before = True
        else:
            tasks.remove(culprit)
            self._fail(culprit, reason or _reason(status))
        self._remove(child)

    def _count_failed_start(self, status: int) -> None:
        """Raise ReadersError after three failed starts in a row."""
        self._deaths += 1
        if self._deaths >= DEATHS_IN_A_ROW:
            self._deaths = 0
            raise ReadersError(
                "parser children", "do not start", self._last_error or _reason(status)
            )

    def _remove(self, child: _Child) -> None:
        """Remove a child; its unanswered files wait for another."""
        self._children.remove(child)
        for run in {task.run for task in child.tasks}:
            run.put_back(task for task in child.tasks if task.run is run)
        for fd in (child.process.fd_in, child.process.fd_out):
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
        child.process.close()


def _reason(status: int) -> str:
    if status >= 0:
        return f"the parser ended with status {status}"
    return f"the parser ended by signal {-status} ({signal.strsignal(-status)})"
