"""The ``feedmill`` command and those of its commands that run the worker or serve.

Exit status: 0 success, 1 an article was rejected, 2 wrong usage or configuration.
"""

import gc
import os
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from feeds.errors import FeedmillError, ListenError, PublishError
from worker.cli import admin, articles, authors, cloud, topics
from worker.cli.options import (
    FAILED,
    REJECTED,
    UNAVAILABLE,
    CommandGroup,
    as_json_option,
    config_of,
    configured,
    failed_with,
    fork_server,
    listening,
    log_format_option,
    log_level,
    loud,
    loudness,
    need_linux,
    say,
)
from worker.service import early_signals

if TYPE_CHECKING:
    from logging import Logger

    from worker.cli.output import ToldFiles
    from worker.config.model import Config
    from worker.core.stages import FileResult
    from worker.parsing.sandbox.fork_server import ForkServer
    from worker.service.daemon import RunOptions
    from worker.service.once import OnceReport


class _Group(CommandGroup):
    """Prints Feedmill's own errors as one line on standard error; exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (FeedmillError, ModuleNotFoundError) as error:
            ctx.exit(failed_with(error))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedmill", prog_name="feedmill")
@configured
@click.pass_context
def main(ctx: click.Context, config_path: Path | None) -> None:
    """Turn a folder of articles into RSS, Atom and JSON feeds, one per topic.

    Drop Markdown, text or HTML files into the drop folder; Feedmill updates the feeds.

    With -q a command prints only its result and errors, with -v it logs more; both may stand
    before or after its name.

    The configuration file is --config FILE, $FEEDMILL_CONFIG or ./feedmill.toml, in this
    order. Without one, Feedmill uses the current folder and the defaults. `feedmill init`
    writes a commented file.
    """
    del config_path  # read by the commands
    if ctx.invoked_subcommand != "run":  # loads more first, then sets its own handlers
        early_signals.release()


@main.command()
@loud
@click.argument(
    "folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default="."
)
def init(folder: Path) -> None:
    """Write feedmill.toml and create the folders.

    They are created in DIR, by default the current folder. The file explains every setting.
    """
    from worker.config.sample import create_project

    made = create_project(folder)
    for path in made:
        say(f"made {path}")
    say("Next: put an article into the drop folder, then `feedmill once` or `feedmill run`.")


@main.command()
@configured
@listening
@click.option("--no-serve", is_flag=True, help="Do not serve the feeds over HTTP.")
@click.option("--no-ping", is_flag=True, help="Do not notify the WebSub hub (see ping).")
@log_format_option
def run(
    config_path: Path | None,
    log_format: Literal["text", "json"],
    host: str | None,
    port: int | None,
    **flags: bool,
) -> None:
    """Watch, ingest, publish and serve until stopped.

    SIGHUP reloads the configuration. If site.url is not set, the addresses in the feeds follow
    --host and --port; ids stay.

    Under systemd ($NOTIFY_SOCKET), exit status 3 means that a restart can help: a folder is
    missing or not accessible, or the database is locked or full. After exit status 2, a
    restart does not help.
    """
    forks = fork_server(early=True, needed="run")
    import logging

    from worker.cli.logs import set_up_logs
    from worker.core.errors import DropError, PassingError
    from worker.core.events import event
    from worker.service.daemon import Daemon

    log = logging.getLogger("feedmill.app")
    set_up_logs(level=log_level("INFO"), form=log_format)
    options = _run_options(log_format, bool(host) or port is not None, **flags)
    try:
        serve_options = _serve_options(config_path, host, port)
        config = config_of(config_path, serve_options)
        _need_folders(config)
        _warn_of_derived_url(log, config)
        Daemon(lambda: config_of(config_path, serve_options), options, forks).run()
    except ListenError as error:
        log.error(event("not-serving", cause=error))
        sys.exit(FAILED)
    except (DropError, PublishError, PassingError) as error:
        click.echo(f"feedmill: {error}", err=True)
        sys.exit(UNAVAILABLE if os.environ.get("NOTIFY_SOCKET") else FAILED)


def _warn_of_derived_url(log: "Logger", config: "Config") -> None:
    from worker.core.events import event

    if config.site.url != config.id_url:
        log.warning(event("site-url", url=config.site.url, cause="it follows --host and --port"))


def _run_options(
    log_format: str, has_address: bool, *, no_serve: bool, no_ping: bool, opens: bool
) -> "RunOptions":
    from worker.service.daemon import RunOptions

    if no_serve and (opens or has_address):
        raise click.UsageError("--no-serve cannot be combined with --host, --port and --open.")
    words = ("--log-format", log_format, *([f"--{loudness()}"] if loudness() else ()))
    return RunOptions(pings=not no_ping, serves=not no_serve, web_words=words, opens=opens)


def _serve_options(
    config_path: Path | None, host: str | None, port: int | None
) -> dict[str, object]:
    """What the options say instead of [serve]. Port 0 becomes a free one now: the addresses in the
    feeds may follow it, and a reload must not change it. Raises ListenError."""
    from feeds.server.sockets import bound_socket

    options: dict[str, object] = {"host": host} if host else {}
    if port is not None:
        options["port"] = port
    if port == 0:
        with bound_socket(config_of(config_path, options).host, 0) as found:
            options["port"] = found.getsockname()[1]
    return options


@main.command()
@configured
@as_json_option
@click.option(
    "--allow-mass-withdrawal",
    is_flag=True,
    help="Withdraw the articles of all missing files, however many. Works with a running worker.",
)
def once(config_path: Path | None, as_json: bool, allow_mass_withdrawal: bool) -> None:
    """Process the drop folder once, publish and exit.

    The exit status is 1 if a file in the folder is rejected, 2 if one cannot be read.
    """
    from worker.core.errors import BusyError

    try:
        _once(config_path, as_json=as_json, allow_mass=allow_mass_withdrawal)
    except BusyError:
        if not allow_mass_withdrawal:
            raise
        from worker.service.command_client import submit
        from worker.service.command_queue import WITHDRAW_MISSING, Request

        say(submit(config_of(config_path), Request(WITHDRAW_MISSING)))


def _once(config_path: Path | None, *, as_json: bool, allow_mass: bool) -> None:
    from worker.cli.logs import set_up_logs

    config = config_of(config_path)
    set_up_logs(level=log_level("ERROR"))
    _need_folders(config)
    forks = fork_server(early=not config.store_path.exists())
    from worker.cli import output

    with closing(output.ToldFiles()) as told:
        report, rejected = _reconciled(config, told, forks, allow_mass=allow_mass)
        if as_json:
            output.print_plain_report(report, told)
        else:
            output.print_report(report, told, is_quiet=loudness() == "quiet")
    wrong = {"drop-folder", "database", "public-folder", "filing"}
    if any(what in wrong or what.startswith("file ") for what in report.troubles):
        sys.exit(FAILED)
    sys.exit(REJECTED if rejected or report.verdicts.get("rejected") else 0)


def _reconciled(
    config: "Config", told: "ToldFiles", forks: "ForkServer", *, allow_mass: bool
) -> tuple["OnceReport", bool]:
    """What was done, and whether a file in the folder is rejected; ``told`` gets every file."""
    from worker.authors.check import BAD
    from worker.monitoring.progress_bar import ProgressBar, display_for_stderr
    from worker.service.composition import open_worker
    from worker.service.once import once as reconcile_once

    progress_bar = ProgressBar(display_for_stderr())

    def tell(result: "FileResult") -> None:
        told.add(result)
        progress_bar.advance(result)

    with open_worker(config, tell, forks) as worker:
        progress_bar.follow(worker.intake.waiting)
        gc.freeze()  # what is loaded stays: looking at it again took 5 % of a cold start
        try:
            report = reconcile_once(worker, allow_mass=allow_mass)
        finally:
            progress_bar.end()
        return report, any(worker.ledger.counts().get(verdict) for verdict in BAD)


@main.command()
@configured
def rebuild(config_path: Path | None) -> None:
    """Write all feeds from the database again.

    Files whose content does not change keep their modification time.
    """
    from worker.cli.logs import set_up_logs
    from worker.service.composition import open_worker
    from worker.service.once import rebuild as rebuild_feeds

    config = config_of(config_path)
    set_up_logs(level=log_level("ERROR"))
    _need_folders(config)
    with open_worker(config) as worker:
        report = rebuild_feeds(worker)
    say(f"{len(report.written)} files written.")
    for error in (*report.refused, *report.failed):
        click.echo(f"feedmill: {error}", err=True)
    sys.exit(FAILED if report.refused or report.failed else 0)


@main.command()
@configured
def ping(config_path: Path | None) -> None:
    """Notify the WebSub hub of changed feeds.

    `feedmill run` does this itself. A worker without network access leaves it to a systemd
    unit. The exit status is 1 if the hub cannot be notified.
    """
    from feeds.websub import send_waiting
    from worker.config.model import spool_of

    config = config_of(config_path)
    if not config.site.hub:
        raise FeedmillError("site.hub", "is not set", "", "Set it to a hub's address first.")
    failed = send_waiting(spool_of(config), config.site.hub)
    for url, reason in failed.items():
        click.echo(f"feedmill: hub not notified of {url}: {reason}", err=True)
    sys.exit(REJECTED if failed else 0)


@main.command()
@configured
@listening
@click.option(
    "--status",
    type=click.Choice(["local", "all"]),
    is_flag=False,
    flag_value="local",
    help="Show the worker's status at /status: on local_port only, or to everybody.",
)
@click.option("--access-log", is_flag=True, help="Log one line for each request.")
@log_format_option
@click.option("--until-eof", is_flag=True, hidden=True)
@click.option("--socket", "sockets", type=int, multiple=True, hidden=True)
@click.option("--local-socket", "local_sockets", type=int, multiple=True, hidden=True)
def serve(
    config_path: Path | None,
    log_format: Literal["text", "json"],
    host: str | None,
    port: int | None,
    **options: Any,
) -> None:
    """Serve the public folder over HTTP until stopped.

    Listens on serve.host and serve.port, or on sockets from systemd. Pages for this machine
    only, such as /metrics, are at serve.local_port of 127.0.0.1. The addresses in the feeds
    stay as they are, whatever --host and --port say.
    """
    need_linux("serve")
    import logging

    from worker.cli.logs import set_up_logs
    from worker.core.events import event

    set_up_logs(level=log_level("INFO"), form=log_format)
    try:
        _serve(lambda: config_of(config_path, _serve_options(config_path, host, port)), **options)
    except FeedmillError as error:
        if log_format == "text":
            raise
        logging.getLogger("feedmill.app").error(event("not-serving", cause=error))
        sys.exit(FAILED)


def _serve(
    load: Callable[[], "Config"],
    status: Literal["local", "all"] | None,
    access_log: bool,
    opens: bool,
    until_eof: bool,
    sockets: tuple[int, ...],
    local_sockets: tuple[int, ...],
) -> None:
    from feeds.server.run import ServerOptions
    from feeds.server.run import serve as serve_folder
    from feeds.server.sockets import inherited_listener
    from worker.monitoring.web_endpoints import endpoints
    from worker.search.web import search_endpoint

    config = load()
    options = ServerOptions(
        folder=config.feeds.folder,
        host=config.host,
        port=config.port,
        local_port=config.local_port,
        endpoints={
            **endpoints(config, lambda: datetime.now(UTC), status or "off"),
            **search_endpoint(config),
        },
        log_access=access_log,
        until_eof=until_eof,
    )

    given = [inherited_listener(number, is_local=False) for number in sockets]
    given += [inherited_listener(number, is_local=True) for number in local_sockets]
    serve_folder(options, os.environ, _announcer(config, opens, until_eof), given)


def _announcer(
    config: "Config", opens: bool, until_eof: bool
) -> Callable[[list[str], list[str]], None]:
    """Says where the server answers; the worker that started it waits for the line."""
    from worker.service.side_processes import open_browser

    def announce(public: list[str], local: list[str]) -> None:
        more = f", and for this machine at {', '.join(local)}" if local else ""
        text = f"Serving {config.feeds.folder} at {', '.join(public)}{more}"
        if until_eof or loudness() != "quiet":
            click.echo(text, err=not until_eof)
        if opens:
            open_browser(public[0])

    return announce


def _need_folders(config: "Config") -> None:
    """Refuse a folder with neither a configuration nor a drop folder, so that a command in the
    wrong place makes nothing. A configured drop folder that is missing is reported later."""
    if config.path is None and not config.drop.folder.is_dir():
        fix = "Run `feedmill init` to create both, or name a configuration with --config."
        cause = "there is neither feedmill.toml nor a drop folder"
        raise FeedmillError("folder", str(config.drop.folder.parent), cause, fix)


for group in (authors, articles, topics, cloud, admin):
    for command in group.COMMANDS:
        main.add_command(command)
