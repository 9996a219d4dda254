"""The queue of one call of ``read``: files that wait, and verdicts in their order.

Pure bookkeeping for worker/parsing/sandbox/pool.py. It limits memory by how far the children may
read ahead of the caller.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from worker.core.article import Reading

Kind = Literal["article", "media"]

CHUNK_FILES, CHUNK_BYTES = 16, 256 * 1024
AHEAD_FILES, AHEAD_BYTES = 128, 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read: ``name`` below the drop folder with forward slashes, and its bytes: those
    of an article all, of a picture, sound or film the first."""

    name: str
    data: bytes
    kind: Kind = "article"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a picture, sound or film is by its bytes: ``extension`` is that of its kind, empty with
    the reason why it is ``refused``. Sizes in pixels, None if unknown."""

    extension: str
    width: int | None = None
    height: int | None = None
    refused: str = ""


Verdict = Reading | Inspection


@dataclass(frozen=True, slots=True)
class Crashed:
    """A file without a verdict, since its parser failed; ``reason`` is one plain sentence."""

    reason: str


@dataclass(slots=True, eq=False)
class Task:
    """A job with the index of its verdict, and what happened to it before.

    ``alone``: a child died while it had this file and others, so it must be read without others.
    ``killed_before``: something outside killed a child that was reading it.
    """

    run: "ReadRun"
    index: int
    job: Job
    alone: bool = False
    killed_before: bool = False


@dataclass(slots=True, eq=False)
class ReadRun:
    """One call of ``read``: its waiting tasks, and the verdicts so far."""

    source: Iterator[Job]
    waiting: deque[Task] = field(default_factory=deque)
    verdicts: dict[int, tuple[int, Verdict | Crashed]] = field(default_factory=dict)
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

    def chunk(self, shares: int) -> list[Task]:
        """The next tasks for one child, at least one; some task must be waiting.

        Fewer towards the end, so that all ``shares`` finish at the same time.
        """
        most = min(CHUNK_FILES, -(-len(self.waiting) // shares))
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

    def finish(self, task: Task, verdict: Verdict | Crashed) -> None:
        """Store the verdict on a task; drop it if the caller has stopped reading."""
        if not self.closed:
            self.verdicts[task.index] = (len(task.job.data), verdict)

    @property
    def ready(self) -> bool:
        """Whether the next verdict in order has come."""
        return self.given in self.verdicts

    @property
    def done(self) -> bool:
        """Whether the verdicts on all jobs of the source have been taken."""
        return self.exhausted and self.given == self.taken

    def take(self) -> Verdict | Crashed:
        """The next verdict in order."""
        size, verdict = self.verdicts.pop(self.given)
        self.given += 1
        self.bytes_ahead -= size
        return verdict
