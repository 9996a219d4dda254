"""What the commands share: the configuration, exit statuses and common options."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from worker.config.model import Config

F = TypeVar("F", bound=Callable[..., Any])
REJECTED, FAILED, UNAVAILABLE = 1, 2, 3


def configured(command: F) -> F:
    """Add ``--config`` to a command, so that it can stand before or after the command's name."""
    option = click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        help="The configuration file.",
    )
    return option(command)


def config_of(config_path: Path | None) -> "Config":
    """The configuration for this command. Raises ConfigError."""
    from worker.config.loading import find_config, load_config  # --help does without

    context = click.get_current_context()
    chosen = config_path or context.find_root().params.get("config_path")
    return load_config(find_config(chosen, os.environ, Path.cwd()))


def log_format_option(command: F) -> F:
    """Add ``--log-format`` to a command."""
    option = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        help="Format of log lines: text for people, JSON for programs.",
    )
    return option(command)


def ask(config: "Config", command: str, *arguments: str) -> None:
    """Have a command carried out, by the running worker if there is one, and print the answer."""
    from worker.service.command_client import submit
    from worker.service.command_queue import Request

    click.echo(submit(config, Request(command, arguments)))


def as_json_option(command: F) -> F:
    """Add ``--json`` to a command."""
    option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    return option(command)
