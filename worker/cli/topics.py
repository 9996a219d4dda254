"""``feedmill topics``: lists, renames, merges and deletes topics."""

from dataclasses import asdict
from pathlib import Path

import click

from worker.cli.options import CommandGroup, as_json_option, ask, config_of, configured


@click.group(cls=CommandGroup, invoke_without_command=True, subcommand_metavar="[COMMAND]")
@configured
@as_json_option
@click.pass_context
def topics(context: click.Context, config_path: Path | None, as_json: bool) -> None:
    """List topics with their feeds, or change one.

    Without a COMMAND it lists all topics: how many of their articles are live, how many there
    are, the address of the feed, and other names.
    """
    from worker.cli import output
    from worker.cli.plain import print_json
    from worker.store.database import open_for_reading
    from worker.store.queries import list_topics

    if context.invoked_subcommand:
        return
    config = config_of(config_path)
    with open_for_reading(config.store_path) as database:
        found = list_topics(database, config)
    if as_json:
        print_json([asdict(topic) for topic in found])
    else:
        output.print_topics(found)


@topics.command()
@configured
@click.argument("old")
@click.argument("new")
def rename(config_path: Path | None, old: str, new: str) -> None:
    """Rename the topic OLD to NEW.

    Its feed keeps its address. Files that still say OLD belong to the renamed topic.
    """
    ask(config_of(config_path), "rename-topic", old, new)


@topics.command()
@configured
@click.argument("source")
@click.argument("target")
def merge(config_path: Path | None, source: str, target: str) -> None:
    """Move all articles of SOURCE to TARGET.

    The feed of SOURCE keeps its address and shows the articles of TARGET.
    """
    ask(config_of(config_path), "merge-topics", source, target)


@topics.command()
@configured
@click.argument("name")
def delete(config_path: Path | None, name: str) -> None:
    """Delete the topic NAME, or a search that is no longer configured.

    Its feed and page then answer 410 (gone). No article may be on the topic.
    """
    ask(config_of(config_path), "delete-topic", name)


COMMANDS = (topics,)
