"""What the commands share: the configuration, exit statuses, common options and how loud to be."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from feeds.errors import FeedmillError

if TYPE_CHECKING:
    from worker.config.model import Config
    from worker.parsing.sandbox.fork_server import ForkServer

F = TypeVar("F", bound=Callable[..., Any])
REJECTED, FAILED, UNAVAILABLE = 1, 2, 3
_LOUDNESS = "feedmill.loudness"


def _set_loudness(context: click.Context, option: click.Parameter, is_given: bool) -> None:
    """Store that -q or -v was given, at any level of the command."""
    if not is_given:
        return
    wanted = option.name
    if context.meta.setdefault(_LOUDNESS, wanted) != wanted:
        raise click.UsageError("-q and -v contradict each other; give one of them.")
    if wanted == "verbose":
        from worker.cli.logs import set_up_logs

        set_up_logs(level="DEBUG")


def loudness() -> Literal["quiet", "verbose", ""]:
    """Whether -q or -v was given."""
    found: Literal["quiet", "verbose", ""] = click.get_current_context().meta.get(_LOUDNESS, "")
    return found


def log_level(usual: str) -> str:
    """The lowest level of log lines: with -q ERROR, with -v DEBUG, else the ``usual`` one."""
    return {"quiet": "ERROR", "verbose": "DEBUG"}.get(loudness(), usual)


def say(text: str) -> None:
    """Print what was done, unless -q was given. What a command was asked for is printed always."""
    if loudness() != "quiet":
        click.echo(text)


def loud(command: F) -> F:
    """Adds -q and -v, which mean the same for each command."""
    for option in (
        click.option(
            *("-v", "--verbose"),
            is_flag=True,
            expose_value=False,
            callback=_set_loudness,
            help="Log more, for debugging.",
        ),
        click.option(
            *("-q", "--quiet"),
            is_flag=True,
            expose_value=False,
            callback=_set_loudness,
            help="Print no messages except errors.",
        ),
    ):
        command = option(command)
    return command


def configured(command: F) -> F:
    """Adds --config, -q and -v. On each command too, so that they can stand before or after its
    name."""
    option = click.option(
        "--config", "config_path", type=click.Path(path_type=Path), help="The configuration file."
    )
    return option(loud(command))


def listening(command: F) -> F:
    """Adds --host, --port and --open."""
    for option in (
        click.option("--open", "opens", is_flag=True, help="Open the site in a web browser."),
        click.option(
            "--port",
            type=click.IntRange(0, 65_535),
            metavar="N",
            help="Use this instead of serve.port; 0: any free port.",
        ),
        click.option("--host", help="Use this instead of serve.host."),
    ):
        command = option(command)
    return command


log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Format of log lines: text for people, JSON for programs.",
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


class CommandGroup(click.Group):
    """A group of commands; its usage says so without an ellipsis at the end of the line."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings.setdefault("subcommand_metavar", "COMMAND [ARGUMENTS]")
        super().__init__(*arguments, **settings)


def named_config(config_path: Path | None) -> Path | None:
    """The path in --config, at whatever level of the command it was given."""
    context: click.Context | None = click.get_current_context()
    while context and not config_path:
        config_path, context = context.params.get("config_path"), context.parent
    return config_path


def config_of(config_path: Path | None, serve: Mapping[str, object] | None = None) -> "Config":
    """The configuration for this command, with options for [serve]. Raises ConfigError."""
    from worker.config.loading import find_config, load_config  # --help does without

    found = find_config(named_config(config_path), os.environ, Path.cwd())
    return load_config(found, serve or {})


def fork_server(*, early: bool, needed: str = "") -> "ForkServer":
    """A fork server until the command ends; ``early``: it loads the parsers while the command
    loads the rest, which is wasted where no file is new. ``needed`` names a command that needs
    Linux."""
    if needed:
        need_linux(needed)
    from worker.parsing.sandbox.fork_server import HAS_CHILDREN, PARSERS, RENDERERS, ForkServer

    forks = click.get_current_context().with_resource(ForkServer(PARSERS, RENDERERS))
    if early and HAS_CHILDREN:
        with suppress(OSError):  # reported when there is a file to read
            forks.start()
    if not HAS_CHILDREN:
        click.echo("feedmill: this system cannot limit the time and memory of a file.", err=True)
    return forks


def ask(config: "Config", command: str, *arguments: str) -> None:
    """Have a command carried out, by the running worker if there is one, and print the answer."""
    from worker.service.command_client import submit
    from worker.service.command_queue import Request
    from worker.store.damage import require

    require(config.store_path)
    say(submit(config, Request(command, arguments)))


def need_linux(command: str) -> None:
    """Refuse a command whose watching, limits and sockets other systems do not have."""
    if sys.platform != "linux":
        fix = "Run `feedmill once` again and again, or use WSL or a container."
        raise FeedmillError(command, "needs Linux", f"this system is {sys.platform}", fix)


def failed_with(error: FeedmillError | ModuleNotFoundError) -> int:
    """Print an error; gives the exit status."""
    told = error if isinstance(error, FeedmillError) else _missing(error)
    click.echo(f"feedmill: {told}", err=True)
    return FAILED


def _missing(error: ModuleNotFoundError) -> FeedmillError:
    """What to install for a command whose packages are not there."""
    name = (error.name or "").split(".")[0]
    if name in ("", "worker", "feeds"):
        raise error
    if name in sys.stdlib_module_names:
        cause = "this system does not have it"
        return FeedmillError("module", name, cause, "Use Linux; on Windows, WSL or a container.")
    fix = "Install feedmill[serve], or feedmill[publish] for all commands but run and serve."
    return FeedmillError("package", name, "it is not installed", fix)
