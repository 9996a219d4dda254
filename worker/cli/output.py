"""Prints results for people, with rich, and the report of `feedmill once --json`."""

import json
import pickle
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from tempfile import SpooledTemporaryFile

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from worker.admin.findings import Finding
from worker.authors.check import BAD
from worker.core.paths import printable
from worker.core.problems import plain_verdict
from worker.core.stages import FileResult
from worker.monitoring.status import Status
from worker.service.once import OnceReport
from worker.store.ledger import LedgerRow
from worker.store.queries import Found, TopicState

_SPOOLED_BYTES = 1_000_000
_STYLES = {
    **dict.fromkeys(("accepted", "live", "running"), "green"),
    "held": "yellow",
    "silent": "red",
}


class ToldFiles:
    """The results of any number of files, in bounded memory: beyond the first, on disk."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_SPOOLED_BYTES)  # noqa: SIM115

    def add(self, result: FileResult) -> None:
        """Keep one more result."""
        pickle.dump(result, self._file)

    def close(self) -> None:
        """Forget them."""
        self._file.close()

    def __iter__(self) -> Iterator[FileResult]:
        """The results in their order, once all are added."""
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield pickle.load(self._file)  # noqa: S301 -- written above, by this process


def print_plain_report(report: OnceReport, told: ToldFiles) -> None:
    """Print the output of ``feedmill once --json``, one file after the other."""
    head = json.dumps(asdict(report), ensure_ascii=False, indent=2)
    sys.stdout.write(head.removesuffix("\n}") + ',\n  "files": [')
    comma = ""
    for result in told:
        plain = plain_verdict(result.path, result.verdict, result.problems)
        text = textwrap.indent(json.dumps(plain, ensure_ascii=False, indent=2), "    ")
        sys.stdout.write(f"{comma}\n{text}")
        comma = ","
    sys.stdout.write(("\n  " if comma else "") + "]\n}\n")


def print_report(report: OnceReport, told: ToldFiles, *, is_quiet: bool) -> None:
    """Print the verdicts, the troubles and a summary, for ``feedmill once``; if ``is_quiet``,
    errors only."""
    for result in told:
        if not is_quiet or result.verdict in BAD:
            print_result(result)
    console = Console(highlight=False)
    for what, text in report.troubles.items():
        said = f"{printable(what)}: {text}" if what.startswith("file ") else text
        console.print(f"[red]{escape(said)}[/]", soft_wrap=True)
    if is_quiet:
        return
    counts = [f"{count} {verdict}" for verdict, count in sorted(report.verdicts.items())]
    if report.withdrawn:
        counts.append(f"{report.withdrawn} withdrawn")
    done = ", ".join(counts) or "Nothing new in the drop folder"
    console.print(f"{done}; {len(report.written)} files written.", soft_wrap=True)


def print_result(result: FileResult | LedgerRow, style: str = "") -> None:
    """Print one file's verdict and problems."""
    console = Console(highlight=False)
    style = style or _STYLES.get(result.verdict, "red")
    console.print(f"[{style}]{result.verdict}[/] {escape(printable(result.path))}", soft_wrap=True)
    for problem in result.problems:
        console.print(f"  {escape(f'{printable(result.path)}:{problem}')}", soft_wrap=True)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print a line for each finding and its fix below it, for ``feedmill doctor``."""
    console = Console(highlight=False)
    styles = {"ok": "green", "note": "cyan", "warning": "yellow", "bad": "bold red"}
    for finding in findings:
        level = f"[{styles[finding.level]}]{finding.level:<8}[/]"
        text = escape(printable(f"{finding.what}: {finding.text}"))
        console.print(f"{level}{text}", soft_wrap=True)
        if finding.cure:
            console.print(f"        [dim]fix:[/] {escape(printable(finding.cure))}", soft_wrap=True)


def print_status(status: Status) -> None:
    """Print the worker, counts, feeds and files with problems, for ``feedmill status``."""
    console = Console(highlight=False)
    style = _STYLES.get(status.worker, "yellow")
    since = f" since {status.since}" if status.since else ""
    console.print(f"Worker: [{style}]{status.worker}[/]{since}", soft_wrap=True)
    if status.watching:
        console.print(f"Watching by {escape(status.watching)}", soft_wrap=True)
    if status.receipts:
        console.print(f"Receipts go to {escape(status.receipts)}", soft_wrap=True)
    if status.mirror:
        console.print(f"Mirror: {escape(status.mirror)}", soft_wrap=True)
    for what, text in status.troubles.items():
        console.print(f"[red]Trouble[/] {escape(what)}: {escape(text)}", soft_wrap=True)
    for text in status.mistakes.values():
        console.print(f"[yellow]Needs an author[/] {escape(text)}", soft_wrap=True)
    counts = f"Articles: {_counts(status.articles)}. Files: {_counts(status.files)}."
    console.print(counts, soft_wrap=True)
    if status.ignored:
        hint = "`feedmill check` says why"
        console.print(f"Not articles: {_counts(status.ignored)} ({hint}).", soft_wrap=True)
    _print_feeds(status)
    for line in status.troubled:
        print_result(line, "yellow")


def print_articles(found: Sequence[Found], count: int) -> None:
    """Print the found articles, for ``list`` and ``search``; ``count`` articles match in all."""
    rows = [
        (
            f"{article.published:%Y-%m-%d %H:%M}",
            Text(article.state, _STYLES.get(article.state, "yellow")),
            _title(article),
            ", ".join(article.topics),
            article.path,
        )
        for article in found
    ]
    _print_rows(("Published", "State", "Title", "Topics", "File"), rows)
    if len(found) < count:
        _remark(f"{count - len(found):,} more; use --limit to show more.")
    elif not found:
        _remark("No matching articles.")


def _remark(text: str) -> None:
    """Print what is no row, where no program takes it for one."""
    print(text, file=sys.stdout if sys.stdout.isatty() else sys.stderr)


def _print_rows(heads: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Print a table on a terminal; in a file or a pipe a line for each row, with a tab between
    its columns. Nothing is cut: on a narrow terminal, cells go on in the next line."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(printable(str(cell)) for cell in row))  # noqa: T201
        return
    table = Table(*(Column(head, overflow="fold") for head in heads), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(c)) if isinstance(c, str) else c for c in row))
    if rows:
        Console(highlight=False).print(table)


def _title(article: Found) -> Text:
    text = Text(printable(article.title))
    if article.snippet:
        text.append("\n" if sys.stdout.isatty() else ": ")
        for at, part in enumerate(re.split("[\ue000\ue001]", article.snippet)):
            text.append(printable(" ".join(part.split(" "))), "bold" if at % 2 else "dim")
    return text


def print_topics(found: Sequence[TopicState]) -> None:
    """Print the topics with counts, feeds and other names, for ``feedmill topics``."""
    rows = [
        (
            topic.name,
            str(topic.live),
            str(topic.articles),
            " ".join((topic.urls[0], *topic.former[:: len(topic.urls)])),
            ", ".join(topic.aliases),
        )
        for topic in found
    ]
    _print_rows(("Topic", "Live", "Articles", "Feed", "Also known as"), rows)
    if not found:
        _remark("There are no topics yet.")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _print_feeds(status: Status) -> None:
    rows = [
        (
            feed.name or "all articles",
            str(feed.entries),
            feed.url,
            feed.problem or ("waiting to be published" if feed.waiting else "published"),
        )
        for feed in status.feeds
    ]
    _print_rows(("Feed", "Articles", "Address", "State"), rows)
