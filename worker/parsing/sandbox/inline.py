"""Reads files in this process, where the system cannot start and limit parser children.

That is every system but Linux. A file that hangs the parser hangs the command, and one that
crashes it ends the command: fit for an author's own files, not for strangers'.
"""

import os
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from worker.core.article import Reading
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.jobs import Crashed, Inspection, Job
from worker.parsing.sandbox.pool import MEDIA_READER, Health, ParserPool

HAS_CHILDREN = hasattr(os, "memfd_create")
"""Linux alone has it; the rest of what children need came to Linux earlier."""


READER = "worker.parsing.article_reader:read_article"


def parsers(rules: ReadingRules) -> ParserPool:
    """Parser children, or else what reads in this process."""
    return ParserPool(rules) if HAS_CHILDREN else InlinePool(rules)


class InlinePool(ParserPool):
    """The same face as parser children have; nothing runs ahead of the caller."""

    def __init__(self, rules: ReadingRules) -> None:
        self._rules, self._reader = rules, _load(READER)
        self._hurried = False

    def health(self) -> Health:
        """No children."""
        return Health((), 0, 0, limited=False)

    def read(self, jobs: Iterable[Job]) -> Iterator[Reading | Crashed]:
        """The verdicts in order, each when it is asked for."""
        for job in jobs:
            if self._hurried:
                return
            try:
                yield self._reader(job.data, job.name, self._rules)
            except Exception as error:  # as in a child: the file's own failure
                yield Crashed(f"the parser failed with {type(error).__name__}")

    def inspect(self, job: Job) -> Inspection | Crashed | None:
        """What a picture, sound or film is."""
        try:
            return None if self._hurried else _load(MEDIA_READER)(job.data)
        except Exception as error:
            return Crashed(f"the parser failed with {type(error).__name__}")

    def warm(self) -> None:
        """Nothing to start."""

    def rest(self, keep: int = 1) -> None:
        """Nothing to stop."""

    def close(self) -> None:
        """Nothing to stop."""


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
