"""What the commands print: for people, through rich, or as JSON for programs."""

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from worker.app import OnceReport
from worker.ingest import Told
from worker.names import printable
from worker.problem import Problem
from worker.status import Status

_STYLES = {"accepted": "green", "held": "yellow", "running": "green", "silent": "red"}


def print_json(value: Any) -> None:
    """A value as JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


def print_problems(path: str, problems: Iterable[Problem]) -> None:
    """``path:line:column: level: text [code]``, a line each, as editors and CI read it."""
    for problem in problems:
        print(f"{printable(path)}:{problem}")  # noqa: T201


def plain_report(report: OnceReport) -> dict[str, Any]:
    """The answer of ``feedmill once --json``."""
    return {
        "verdicts": report.verdicts,
        "withdrawn": report.withdrawn,
        "written": report.written,
        "troubles": report.troubles,
        "files": [
            {
                "path": told.path,
                "verdict": told.verdict,
                "problems": [problem.plain() for problem in told.problems],
            }
            for told in report.told
        ],
    }


def print_report(report: OnceReport) -> None:
    """The answer of ``feedmill once``: the verdicts, the troubles and a summary."""
    for told in report.told:
        print_told(told)
    console = Console(highlight=False)
    for text in report.troubles.values():
        console.print(f"[red]{escape(text)}[/]", soft_wrap=True)
    counts = [f"{count} {verdict}" for verdict, count in sorted(report.verdicts.items())]
    if report.withdrawn:
        counts.append(f"{report.withdrawn} withdrawn")
    done = ", ".join(counts) or "Nothing new in the drop folder"
    console.print(f"{done}; {len(report.written)} files written.", soft_wrap=True)


def print_told(told: Told) -> None:
    """One verdict with everything the author should know."""
    console = Console(highlight=False)
    style = _STYLES.get(told.verdict, "red")
    console.print(f"[{style}]{told.verdict}[/] {escape(printable(told.path))}", soft_wrap=True)
    for problem in told.problems:
        console.print(f"  {escape(f'{printable(told.path)}:{problem}')}", soft_wrap=True)


def print_status(status: Status) -> None:
    """The answer of ``feedmill status``."""
    console = Console(highlight=False)
    style = _STYLES.get(status.worker, "yellow")
    since = f" since {status.since}" if status.since else ""
    console.print(f"Worker: [{style}]{status.worker}[/]{since}")
    if status.watching:
        console.print(f"Watching by {escape(status.watching)}", soft_wrap=True)
    if status.receipts:
        console.print(f"Receipts go to {escape(status.receipts)}", soft_wrap=True)
    for what, text in status.troubles.items():
        console.print(f"[red]Trouble[/] {escape(what)}: {escape(text)}", soft_wrap=True)
    console.print(f"Articles: {_counts(status.articles)}. Files: {_counts(status.files)}.")
    console.print(_feed_table(status))
    for line in status.troubled:
        console.print(f"[yellow]{line.verdict}[/] {escape(printable(line.path))}", soft_wrap=True)
        for problem in line.problems:
            console.print(f"  {escape(f'{printable(line.path)}:{problem}')}", soft_wrap=True)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _feed_table(status: Status) -> Table:
    table = Table("Feed", "Entries", "URL", "State")
    for feed in status.feeds:
        state = feed.problem or ("waiting to be published" if feed.waiting else "published")
        table.add_row(escape(feed.name), str(feed.entries), escape(feed.url), escape(state))
    return table
