"""``feedmill check``: the worker's verdict on files anywhere, offline and without a database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from worker.children import Crashed, Job, Readers
from worker.config import Config
from worker.inbox import Content, Inbox, Refused
from worker.names import printable
from worker.problem import Problem
from worker.verdict import judge, parser_died, reading_rules


@dataclass(frozen=True, slots=True)
class Checked:
    """One file's verdict, as the worker would give it; ``path`` is fit to be shown."""

    path: str
    verdict: str
    problems: tuple[Problem, ...]

    def plain(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        problems = [problem.plain() for problem in self.problems]
        return {"path": self.path, "verdict": self.verdict, "problems": problems}


def check_files(files: Iterable[Path], config: Config, now: datetime) -> list[Checked]:
    """The verdict on each file, in the order given."""
    with Readers(reading_rules(config), count=1) as readers:
        return [_check(path, config, readers, now) for path in files]


def _check(path: Path, config: Config, readers: Readers, now: datetime) -> Checked:
    inbox, name = Inbox(path.parent, config.drop.max_bytes), printable(str(path))
    match inbox.read(path.name):
        case Content(data):
            reading = next(readers.read([Job(path.name, data)]))
        case Refused(problem):
            return Checked(name, "refused", (problem,))
        case outcome:
            text = getattr(outcome, "text", "there is no such file")
            hint = "Check the path, and who may read the file."
            problem = Problem("unreadable", f"The file cannot be read: {text}.", hint=hint)
            return Checked(name, "refused", (problem,))
    if isinstance(reading, Crashed):
        return Checked(name, "quarantined", (parser_died(reading.reason),))
    verdict = judge(reading, config, now)
    return Checked(name, verdict.outcome, verdict.problems)
