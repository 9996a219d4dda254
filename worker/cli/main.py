"""The commands: nothing but arguments, output and exit statuses.

Exit status: 0 well, 1 an article was rejected, 2 wrong usage or configuration.
"""

import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NoReturn

import click

from feeds.errors import FeedmillError, ListenError, PublishError
from worker.cli import admin as cli_admin
from worker.cli import articles as cli_articles
from worker.cli import authors as cli_authors
from worker.cli import topics as cli_topics
from worker.cli.options import AWAY, REJECTED, WRONG, config_of
from worker.cli.options import configured as _configured
from worker.config.model import Config
from worker.service import early_signals

log = logging.getLogger("feedmill.app")


class _Group(click.Group):
    """Turns our own errors into one clear line on standard error and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FeedmillError as error:
            click.echo(f"feedmill: {error}", err=True)
            ctx.exit(WRONG)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedmill", prog_name="feedmill")
@_configured
@click.pass_context
def main(ctx: click.Context, config_path: Path | None) -> None:
    """Turn a folder of articles into RSS, Atom and JSON feeds, one per topic.

    Drop Markdown, text or HTML files into the drop folder; the feeds follow.

    The configuration is --config FILE, else $FEEDMILL_CONFIG, else ./feedmill.toml; without
    any, the current folder is used with the defaults. `feedmill init` writes a commented one.
    """
    del config_path  # read by the commands
    if ctx.invoked_subcommand != "run":  # which loads more, and then has handlers of its own
        early_signals.release()


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def init(folder: Path) -> None:
    """Write a commented feedmill.toml and make the folders, in DIR or here."""
    from worker.config.sample import create_project

    made = create_project(folder)
    for path in made:
        click.echo(f"made {path}")
    click.echo("Next: put an article into the drop folder, then `feedmill once` or `feedmill run`.")


@main.command()
@_configured
@click.option("--no-serve", is_flag=True, help="Do not serve the feeds over HTTP too.")
@click.option("--no-ping", is_flag=True, help="Leave telling the WebSub hub to `feedmill ping`.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the log is written: for people, or an object a line.",
)
def run(
    config_path: Path | None,
    no_serve: bool,
    no_ping: bool,
    log_format: Literal["text", "json"],
) -> None:
    """Watch the drop folder, ingest, publish and serve, until stopped.

    SIGHUP reads the configuration anew. Where a service manager listens ($NOTIFY_SOCKET), the
    exit status is 3 if a folder is missing or not accessible, or the database locked or full: it
    may try again, which after 2 is in vain.
    """
    from worker.cli.logs import set_up_logs
    from worker.core.errors import DropError, PassingError
    from worker.core.events import event
    from worker.service.daemon import Daemon, RunOptions

    set_up_logs(verbose=True, form=log_format)
    options = RunOptions(pings=not no_ping, serves=not no_serve)
    try:
        _make_folders(config_of(config_path))
        Daemon(lambda: config_of(config_path), options).run()
    except ListenError as error:
        log.error(event("not-serving", cause=error))
        sys.exit(WRONG)
    except (DropError, PublishError, PassingError) as error:
        click.echo(f"feedmill: {error}", err=True)
        sys.exit(AWAY if os.environ.get("NOTIFY_SOCKET") else WRONG)


@main.command()
@_configured
@click.option("--json", "as_json", is_flag=True, help="Tell the result as JSON.")
@click.option(
    "--allow-mass-withdrawal",
    is_flag=True,
    help="Withdraw the articles of all missing files, however many they are; also by the worker "
    "that runs.",
)
def once(config_path: Path | None, as_json: bool, allow_mass_withdrawal: bool) -> None:
    """Reconcile the drop folder once, publish, and end.

    Exit status 1 if a file in the folder is rejected.
    """
    from worker.core.errors import BusyError

    try:
        _once(config_path, as_json=as_json, allow_mass=allow_mass_withdrawal)
    except BusyError:
        if not allow_mass_withdrawal:
            raise
        from worker.service.command_client import submit
        from worker.service.command_queue import WITHDRAW_MISSING, Request

        click.echo(submit(config_of(config_path), Request(WITHDRAW_MISSING)))


def _once(config_path: Path | None, *, as_json: bool, allow_mass: bool) -> None:
    from worker.authors.check import BAD
    from worker.cli import output as terminal
    from worker.cli.logs import set_up_logs
    from worker.monitoring.longwork import LongRun
    from worker.monitoring.progress_bar import bar_for_stderr
    from worker.service.composition import open_worker
    from worker.service.once import once as reconcile_once

    config = config_of(config_path)
    set_up_logs(verbose=False)
    _make_folders(config)
    long_work = LongRun(bar_for_stderr())
    with open_worker(config, tell=long_work.tell) as worker:
        long_work.follow(worker.intake.waiting)
        try:
            report = reconcile_once(worker, allow_mass=allow_mass)
        finally:
            long_work.end()
        rejected = any(worker.ledger.counts().get(verdict) for verdict in BAD)
    if as_json:
        terminal.print_json(terminal.plain_report(report))
    else:
        terminal.print_report(report)
    if report.troubles.keys() & {"drop-folder", "database", "public-folder", "filing"}:
        sys.exit(WRONG)
    sys.exit(REJECTED if rejected or report.verdicts.get("rejected") else 0)


@main.command()
@_configured
@click.option("--json", "as_json", is_flag=True, help="Tell the status as JSON.")
@click.option("--nagios", is_flag=True, help="One line, and the exit status of Nagios' plugins.")
def status(config_path: Path | None, as_json: bool, nagios: bool) -> None:
    """Show what is live, held and rejected, and how healthy the worker is."""
    from worker.cli import output as terminal
    from worker.monitoring.status import read_status

    if nagios:
        _tell_nagios(config_path)
    found = read_status(config_of(config_path), datetime.now(UTC))
    if as_json:
        terminal.print_json(found.plain())
    else:
        terminal.print_status(found)
    sys.exit(0 if found.is_well else REJECTED)


def _tell_nagios(config_path: Path | None) -> NoReturn:
    """0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: what cannot be told is no alarm by itself."""
    from worker.monitoring.status import alarm_now

    try:
        level, line = alarm_now(config_of(config_path), datetime.now(UTC))
    except FeedmillError as error:
        level, line = 3, f"FEEDMILL UNKNOWN - {' '.join(str(error).split())}"
    click.echo(line)
    sys.exit(level)


@main.command()
@_configured
def rebuild(config_path: Path | None) -> None:
    """Write every feed anew from the database; unchanged ones keep their bytes and times."""
    from worker.cli.logs import set_up_logs
    from worker.service.composition import open_worker
    from worker.service.once import rebuild as rebuild_feeds

    config = config_of(config_path)
    set_up_logs(verbose=False)
    _make_folders(config)
    with open_worker(config) as worker:
        report = rebuild_feeds(worker)
    click.echo(f"{len(report.written)} files written.")
    for error in (*report.refused, *report.failed):
        click.echo(f"feedmill: {error}", err=True)
    sys.exit(WRONG if report.refused or report.failed else 0)


@main.command()
@_configured
def ping(config_path: Path | None) -> None:
    """Tell the WebSub hub of the feeds that changed since it was last told.

    `feedmill run` starts this by itself; a worker without network leaves it to a unit.
    """
    from feeds.websub import send_waiting
    from worker.config.model import spool_of

    config = config_of(config_path)
    if not config.site.hub:
        raise FeedmillError("site.hub", "is not set", "", "There is nobody to tell.")
    failed = send_waiting(spool_of(config), config.site.hub)
    for url, reason in failed.items():
        click.echo(f"feedmill: hub not told of {url}: {reason}", err=True)
    sys.exit(REJECTED if failed else 0)


@main.command()
@_configured
@click.option(
    "--status",
    type=click.Choice(["local", "all"]),
    is_flag=False,
    flag_value="local",
    help="Show the worker's state at /status: at local_port to this machine, or to all.",
)
@click.option("--access-log", is_flag=True, help="Log one line for each request.")
@click.option("--until-eof", is_flag=True, hidden=True)
@click.option("--socket", "sockets", type=int, multiple=True, hidden=True)
@click.option("--local-socket", "local_sockets", type=int, multiple=True, hidden=True)
def serve(
    config_path: Path | None,
    status: Literal["local", "all"] | None,
    access_log: bool,
    until_eof: bool,
    sockets: tuple[int, ...],
    local_sockets: tuple[int, ...],
) -> None:
    """Serve the public folder over HTTP, until stopped.

    Listens at [serve] host and port, or on the sockets that systemd hands over. What is for
    this machine only is at [serve] local_port of 127.0.0.1.
    """
    from feeds.server.run import Serving
    from feeds.server.run import serve as serve_folder
    from feeds.server.sockets import adopted
    from worker.cli.logs import set_up_logs
    from worker.monitoring.web_endpoints import extras

    config = config_of(config_path)
    set_up_logs(verbose=True)
    serving = Serving(
        folder=config.feeds.folder,
        host=config.host,
        port=config.port,
        local_port=config.local_port,
        extras=extras(config, lambda: datetime.now(UTC), status or "off"),
        log_access=access_log,
        until_eof=until_eof,
    )

    def tell(public: list[str], local: list[str]) -> None:
        more = f", and for this machine at {', '.join(local)}" if local else ""
        text = f"Serving {config.feeds.folder} at {', '.join(public)}{more}"
        click.echo(text, err=not until_eof)  # a program that starts it waits for this

    given = [adopted(number, is_local=False) for number in sockets]
    given += [adopted(number, is_local=True) for number in local_sockets]
    serve_folder(serving, os.environ, tell, given)


def _make_folders(config: Config) -> None:
    """The folders that the defaults name are made; a configured drop folder that is missing is
    a mount that failed, or a misspelling, and is reported."""
    if config.path is None:
        config.drop.folder.mkdir(exist_ok=True)


for group in (cli_authors, cli_articles, cli_topics, cli_admin):
    for command in group.COMMANDS:
        main.add_command(command)
