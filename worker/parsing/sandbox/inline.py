"""Does the jobs of parser children in this process, where the system has no such children.

That is every system but Linux. A file that hangs the parser hangs the command, and one that
crashes it ends the command: fit for an author's own files, not for strangers'.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.fork_server import HAS_CHILDREN, ForkServer
from worker.parsing.sandbox.jobs import Crashed, Job
from worker.parsing.sandbox.pool import MEDIA, Health, ParserPool


def parsers(server: ForkServer, rules: ReadingRules) -> ParserPool:
    """Parser children of the server, or else what reads in this process."""
    return ParserPool(server, rules) if HAS_CHILDREN else InlinePool(rules)


class InlinePool(ParserPool):
    """The same face as parser children have; nothing runs ahead of the caller."""

    def __init__(self, rules: ReadingRules) -> None:
        self._rules, self._hurried = rules, False

    def health(self) -> Health:
        """No children."""
        return Health((), 0, 0, limited=False)

    def run(self, jobs: Iterable[Job]) -> Iterator[Any]:
        """The answers in order, each when it is asked for."""
        for job in jobs:
            if self._hurried:
                return
            try:
                yield self._answer(job)
            except Exception as error:  # as in a child: the file's own failure
                yield Crashed(f"the parser failed with {type(error).__name__}")

    def _answer(self, job: Job) -> Any:
        # By their names, as children load them: both are above this package.
        if job.kind == MEDIA:
            return import_module("worker.media.inspection").inspect(job.data)
        reader = import_module("worker.parsing.article_reader")
        return reader.read_article(job.data, job.name, self._rules)

    def warm(self) -> None:
        """Nothing to start."""

    def rest(self, keep: int = 1) -> None:
        """Nothing to stop."""

    def close(self) -> None:
        """Nothing to stop."""
