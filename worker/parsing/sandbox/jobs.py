"""The queue of one call of ``run``: jobs that wait, and answers in their order.

Pure bookkeeping for worker/parsing/sandbox/child_pool.py. It limits memory by how far the
children may work ahead of the caller.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

CHUNK_FILES, CHUNK_BYTES = 16, 256 * 1024
AHEAD_FILES, AHEAD_BYTES = 128, 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Job:
    """Bytes for a child, and a name for them; ``kind`` is the pool's function that gets them."""

    name: str
    data: bytes
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a picture, sound or film is by its bytes: ``extension`` is that of its kind, empty with
    the reason why it is ``refused``. Sizes in pixels, None if unknown."""

    extension: str
    width: int | None = None
    height: int | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Crashed:
    """A job without an answer, since its child failed; ``reason`` is one plain sentence."""

    reason: str


@dataclass(slots=True, eq=False)
class Task:
    """A job with the index of its answer, and what happened to it before.

    ``alone``: a child died while it had this job and others, so it must be done without others.
    ``killed_before``: something outside killed a child that was at work on it.
    """

    run: "Run"
    index: int
    job: Job
    alone: bool = False
    killed_before: bool = False


@dataclass(slots=True, eq=False)
class Run:
    """One call of ``run``: its waiting tasks, and the answers so far with their sizes in bytes."""

    source: Iterator[Job]
    waiting: deque[Task] = field(default_factory=deque)
    answers: dict[int, tuple[int, Any]] = field(default_factory=dict)
    taken: int = 0
    given: int = 0
    bytes_ahead: int = 0
    exhausted: bool = False
    closed: bool = False

    def fill(self) -> None:
        """Take jobs from the source up to the limits."""
        while not self.exhausted and self.taken - self.given < AHEAD_FILES:
            if self.bytes_ahead >= AHEAD_BYTES:
                return
            job = next(self.source, None)
            if job is None:
                self.exhausted = True
                return
            self.waiting.append(Task(self, self.taken, job))
            self.taken += 1
            self.bytes_ahead += len(job.data)

    def chunk(self, shares: int, most: int) -> list[Task]:
        """The next tasks for one child, ``most`` and at least one; some task must be waiting.

        Fewer towards the end, so that all ``shares`` finish at the same time.
        """
        most = min(most, -(-len(self.waiting) // shares))
        tasks = [self.waiting.popleft()]
        size = len(tasks[0].job.data)
        while self.waiting and len(tasks) < most and size < CHUNK_BYTES:
            if tasks[-1].alone or self.waiting[0].alone:
                break
            tasks.append(self.waiting.popleft())
            size += len(tasks[-1].job.data)
        return tasks

    def put_back(self, tasks: Iterable[Task]) -> None:
        """Queue these again, before all others."""
        if not self.closed:
            self.waiting.extendleft(reversed(list(tasks)))

    def finish(self, task: Task, answer: object, size: int = 0) -> None:
        """Store a task's answer of ``size`` bytes; drop it if the caller has stopped reading."""
        if not self.closed:
            self.answers[task.index] = (len(task.job.data) + size, answer)
            self.bytes_ahead += size

    @property
    def ready(self) -> bool:
        """Whether the next answer in order has come."""
        return self.given in self.answers

    @property
    def done(self) -> bool:
        """Whether the answers to all jobs of the source have been taken."""
        return self.exhausted and self.given == self.taken

    def take(self) -> Any:
        """The next answer in order: of the function's type, or Crashed."""
        size, answer = self.answers.pop(self.given)
        self.given += 1
        self.bytes_ahead -= size
        return answer
