"""Commands for people who write articles: ``check``, ``new`` and ``schema``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from worker.cli.options import REJECTED, as_json_option, config_of, configured


@click.command()
@configured
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@as_json_option
@click.option("--strict", is_flag=True, help="Let warnings count as errors do.")
@click.option(
    "--name",
    default="article.md",
    show_default=True,
    help="What standard input (FILE is -) would be called in the drop folder.",
)
def check(
    config_path: Path | None, files: tuple[Path, ...], as_json: bool, strict: bool, name: str
) -> None:
    """Say exactly what the worker would say of each FILE, touching nothing.

    Of a folder, each file in it that the worker would take; - is standard input. Prints
    path:line:column: level: text [code]. Exit status 1 if a file would be rejected.
    """
    from worker.authors.check import BAD, check_files, check_text
    from worker.cli import output

    config, now = config_of(config_path), datetime.now(UTC)
    if any(str(path) == "-" for path in files):
        if len(files) > 1:
            raise click.UsageError("Standard input can only be checked by itself.")
        most = config.drop.max_bytes + 1
        results = iter([check_text(sys.stdin.buffer.read(most), name, config, now)])
    else:
        results = check_files(files, config, now)
    bad = False
    told = output.CheckReport(as_json=as_json)
    for result in results:
        bad |= result.verdict in BAD or (strict and bool(result.problems))
        told.add(result)
    told.end()
    sys.exit(REJECTED if bad else 0)


@click.command()
@configured
@click.argument("title")
@click.option("--topic", "topics", multiple=True, help="A topic; may be given again.")
@click.option("--in", "folder", default="", help="The sub-folder of the drop folder.")
def new(config_path: Path | None, title: str, topics: tuple[str, ...], folder: str) -> None:
    """Begin an article: a file with TITLE and today's date in the drop folder, as a draft."""
    from worker.authors.drafts import begin_article

    path = begin_article(config_of(config_path), title, topics, folder, datetime.now(UTC))
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    click.echo(f"{shown} is there, as a draft. Write; then remove its line “draft: true”.")


@click.command()
def schema() -> None:
    """Print the JSON Schema of the front matter, for editors that check as you type."""
    from worker.cli import output
    from worker.parsing.frontmatter.json_schema import front_matter_schema

    output.print_json(front_matter_schema())


COMMANDS = (check, new, schema)
