"""Parser children: untrusted files are read in processes of their own, in parallel."""

from collections.abc import Iterable, Iterator

from worker.core.article import Reading
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.child_pool import MIB, ChildPool, Function, Health
from worker.parsing.sandbox.fork_server import ForkServer
from worker.parsing.sandbox.jobs import Crashed, Inspection, Job

__all__ = ["Crashed", "Health", "Inspection", "Job", "ParserPool"]

MEDIA = "media"


class ParserPool(ChildPool):
    """The children that read articles, and look at the first bytes of pictures and sounds."""

    def __init__(
        self,
        server: ForkServer,
        rules: ReadingRules,
        count: int | None = None,
        seconds: float = 10.0,
        memory_bytes: int = 512 * MIB,
        reader: str = "worker.parsing.article_reader:read_article",
    ) -> None:
        """``reader`` names the function that gives a Reading; the rest is as in ChildPool."""
        functions = {
            "": Function(reader, Reading, rules),
            MEDIA: Function("worker.media.inspection:inspect", Inspection),
        }
        super().__init__(server, functions, count, seconds, memory_bytes)

    def read(self, jobs: Iterable[Job]) -> Iterator[Reading | Crashed]:
        """The verdicts on files in their order; see ``run``. A job's name is the path below the
        drop folder, with forward slashes."""
        return self.run(jobs)

    def inspect(self, job: Job) -> Inspection | Crashed | None:
        """What a job of the kind "media" is, by its first bytes; None if ``hurry`` was called."""
        return next(self.run([job]), None)
