"""Commands for people who write articles: ``check``, ``new`` and ``schema``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from worker.cli.options import REJECTED, as_json_option, config_of, configured, loud, loudness, say


@click.command()
@configured
@click.argument(
    "files",
    metavar="FILE…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
)
@as_json_option
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--name",
    default="article.md",
    show_default=True,
    help="File name for standard input (FILE is -).",
)
def check(
    config_path: Path | None, files: tuple[Path, ...], as_json: bool, strict: bool, name: str
) -> None:
    """Check each FILE as the worker would; change nothing.

    FILE can be a folder, or - for standard input. Pictures and links are looked for in the drop
    folder if FILE is in it, else in FILE's own folder. Prints path:line:column: level: text [code].
    The exit status is 1 if a file would be rejected.
    """
    from worker.authors.check import BAD, check_files, check_text
    from worker.cli.plain import CheckReport

    config, now = config_of(config_path), datetime.now(UTC)
    if any(str(path) == "-" for path in files):
        if len(files) > 1:
            raise click.UsageError("- (standard input) cannot be combined with other files.")
        most = config.drop.max_bytes + 1
        results = iter([check_text(sys.stdin.buffer.read(most), name, config, now)])
    else:
        results = check_files(files, config, now)
    bad = False
    report = CheckReport(as_json=as_json, errors_only=loudness() == "quiet" and not strict)
    for result in results:
        bad |= result.verdict in BAD or (strict and bool(result.problems))
        report.add(result)
    report.end()
    sys.exit(REJECTED if bad else 0)


@click.command()
@configured
@click.argument("title")
@click.option("--topic", "topics", multiple=True, help="A topic of the article. Repeatable.")
@click.option("--in", "folder", default="", help="A sub-folder of the drop folder.")
def new(config_path: Path | None, title: str, topics: tuple[str, ...], folder: str) -> None:
    """Create a draft in the drop folder.

    The file gets TITLE and today's date, and `draft: true`.
    """
    from worker.authors.drafts import begin_article

    path = begin_article(config_of(config_path), title, topics, folder, datetime.now(UTC))
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    say(f"Created {shown} as a draft. Write it, then remove the line “draft: true”.")


@click.command()
@loud
def schema() -> None:
    """Print the JSON Schema of the front matter.

    Editors can use it to check an article while you type.
    """
    from worker.cli.plain import print_json
    from worker.parsing.frontmatter.json_schema import front_matter_schema

    print_json(front_matter_schema())


COMMANDS = (check, new, schema)
