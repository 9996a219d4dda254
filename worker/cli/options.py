"""What the groups of commands share: the configuration, exit statuses, common options."""

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
    """Give a command ``--config`` too, so that it may stand before or after the command."""
    option = click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        help="The configuration file.",
    )
    return option(command)


def config_of(config_path: Path | None) -> "Config":
    """The configuration that a command is to use. Raises ConfigError."""
    from worker.config.loading import find_config, load_config  # --help does without

    context = click.get_current_context()
    chosen = config_path or context.find_root().params.get("config_path")
    return load_config(find_config(chosen, os.environ, Path.cwd()))


def as_json_option(command: F) -> F:
    """Give a command ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Tell the result as JSON.")(command)
