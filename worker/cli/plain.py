"""Prints what authors' commands say, without rich: JSON, and the report of ``check``."""

import json
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from worker.core.paths import printable
from worker.core.problems import Place, Problem

if TYPE_CHECKING:
    from worker.authors.check import Checked


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


class CheckReport:
    """The output of ``feedmill check``: ``path:line:column: level: text [code]`` per problem,
    for editors and CI; on a terminal also colours and the line of the file."""

    def __init__(self, *, as_json: bool, errors_only: bool = False) -> None:
        self._as_json = as_json
        self._errors_only = errors_only
        self._is_terminal = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
        self._plain: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter()

    def add(self, result: "Checked") -> None:
        """Print the problems of one file."""
        self._counts[result.verdict] += 1
        if self._as_json:
            self._plain.append(result.plain())
            return
        for problem in result.problems:
            if self._errors_only and problem.level != "error":
                continue
            if self._is_terminal:
                self._show(result, problem)
            else:
                print(printable(f"{result.path}:{problem}"))  # noqa: T201

    def end(self) -> None:
        """Print the JSON or the summary."""
        if self._as_json:
            print_json(self._plain)
        elif self._is_terminal and not self._errors_only:
            counts = [f"{count} {verdict}" for verdict, count in self._counts.items()]
            click.echo(", ".join(counts) or "no articles found")

    def _show(self, result: "Checked", problem: Problem) -> None:
        line, column = problem.place or Place(1, 1)
        colour = "red" if problem.level == "error" else "yellow"
        parts = [
            click.style(f"{result.path}:{line}:{column}: ", bold=True),
            click.style(f"{problem.level}: ", fg=colour, bold=True),
            printable(problem.message),
            click.style(f" [{problem.code}]", dim=True),
        ]
        excerpt = result.source and problem.place and result.source.excerpt(problem.place)
        if excerpt:
            caret = click.style(excerpt.caret, fg=colour, bold=True)
            parts.append(f"\n    {excerpt.line}\n    {caret}")
        if problem.hint:
            parts.append(click.style(f"\n    {printable(problem.hint)}", fg="green"))
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        click.echo("".join(parts), color=not is_plain)
