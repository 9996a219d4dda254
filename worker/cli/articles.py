"""Commands for stored articles: ``list``, ``search``, ``withdraw`` and ``restore``."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from worker.cli.admin import put_back
from worker.cli.options import as_json_option, ask, config_of, configured
from worker.core.stages import STATES

if TYPE_CHECKING:
    from worker.config.model import Config

F = TypeVar("F", bound=Callable[..., Any])
MOST_ROWS = 100


def _filters(command: F) -> F:
    for option in (
        click.option("--limit", type=click.IntRange(1), metavar="N", help="Show at most N."),
        click.option("--until", metavar="WHEN", help="Published until then (see --since)."),
        click.option(
            "--since",
            metavar="WHEN",
            help="Published since a date, yesterday, 3d or “2 weeks”.",
        ),
        click.option(
            "--state",
            "states",
            multiple=True,
            type=click.Choice(tuple(STATES)),
            help="In this state. Repeatable.",
        ),
        click.option("--topic", default="", help="On this topic."),
    ):
        command = option(command)
    return command


@click.command("list")
@configured
@as_json_option
@_filters
def list_(config_path: Path | None, as_json: bool, **filters: Any) -> None:
    """List the articles, newest first."""
    _show(config_of(config_path), "", as_json, filters)


@click.command()
@configured
@click.argument("query")
@as_json_option
@_filters
def search(config_path: Path | None, query: str, as_json: bool, **filters: Any) -> None:
    """List the articles that match QUERY, best match first.

    QUERY can have words, "a phrase", prefix*, OR, NOT and title:word (SQLite FTS5).
    """
    if not query.strip():
        raise click.UsageError("QUERY is empty.")
    _show(config_of(config_path), query, as_json, filters)


def _show(config: "Config", query: str, as_json: bool, filters: dict[str, Any]) -> None:
    from worker.cli import output
    from worker.cli.plain import print_json
    from worker.store.database import open_for_reading
    from worker.store.queries import Wanted, find_articles

    wanted = Wanted(
        query=query,
        topic=filters["topic"],
        states=filters["states"],
        since=_moment(config, filters["since"]),
        until=_moment(config, filters["until"], is_end=True),
        limit=filters["limit"],
    )
    if not as_json and wanted.limit is None:
        wanted = replace(wanted, limit=MOST_ROWS)
    with open_for_reading(config.store_path) as database:
        found, count = find_articles(database, config, wanted)
    if as_json:
        print_json([article.plain() for article in found])
    else:
        output.print_articles(found, count)


def _moment(config: "Config", text: str | None, *, is_end: bool = False) -> datetime | None:
    """A filter's moment in the site's time zone, None if it is not given."""
    from worker.cli.moments import moment
    from worker.parsing.frontmatter.dates import zone_named

    if text is None:
        return None
    try:
        return moment(text, zone_named(config.site.timezone), datetime.now(UTC), is_end=is_end)
    except ValueError as error:
        option = "--until" if is_end else "--since"
        raise click.UsageError(f"{option}: {error}") from error


@click.command()
@configured
@click.argument("article")
def withdraw(config_path: Path | None, article: str) -> None:
    """Remove ARTICLE from all feeds until it is restored.

    ARTICLE is its id, path or link. Its file stays in the drop folder. The article stays
    withdrawn even if the file changes or is deleted.
    """
    config = config_of(config_path)
    ask(config, "withdraw", _reference(config, article))


@click.command()
@configured
@click.argument("article")
def restore(config_path: Path | None, article: str) -> None:
    """Undo withdraw for ARTICLE.

    ARTICLE is the id, path or link of a withdrawn article. It is public again if its file and
    its dates say so. For the database, see `feedmill backup restore`.
    """
    from worker.store.backup import is_database

    if is_database(Path(article)):
        click.echo("feedmill: a backup; please use `feedmill backup restore FILE`.", err=True)
        put_back(config_path, Path(article))
        return
    config = config_of(config_path)
    ask(config, "restore", _reference(config, article))


def _reference(config: "Config", article: str) -> str:
    """A path below the drop folder relative to it, as the worker knows it; else unchanged."""
    path, drop = Path(article).absolute(), config.drop.folder.absolute()
    is_below = path != drop and path.is_relative_to(drop)
    return path.relative_to(drop).as_posix() if is_below else article


COMMANDS = (list_, search, withdraw, restore)
