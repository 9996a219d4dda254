"""What the commands share: the configuration, exit statuses and common options."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from worker.config.model import Config

REJECTED, FAILED, UNAVAILABLE = 1, 2, 3


# On each command too, so that it can stand before or after the command's name.
configured = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="The configuration file."
)
log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Format of log lines: text for people, JSON for programs.",
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def config_of(config_path: Path | None) -> "Config":
    """The configuration for this command. Raises ConfigError."""
    from worker.config.loading import find_config, load_config  # --help does without

    context: click.Context | None = click.get_current_context()
    while context and not config_path:
        config_path, context = context.params.get("config_path"), context.parent
    return load_config(find_config(config_path, os.environ, Path.cwd()))


def ask(config: "Config", command: str, *arguments: str) -> None:
    """Have a command carried out, by the running worker if there is one, and print the answer."""
    from worker.service.command_client import submit
    from worker.service.command_queue import Request

    click.echo(submit(config, Request(command, arguments)))
