"""Commands for sysadmins: about the service, its database and its configuration."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from feeds.errors import FeedmillError
from worker.cli.options import (
    REJECTED,
    CommandGroup,
    as_json_option,
    config_of,
    configured,
    loud,
    named_config,
    say,
)


class _BackupGroup(CommandGroup):
    """``backup FILE`` means ``backup create FILE``; a file called restore is ``./restore``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not {*self.commands, "-h", "--help"} & set(args):
            args = ["create", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_BackupGroup, invoke_without_command=True, subcommand_metavar="FILE|restore FILE")
@configured
def backup(config_path: Path | None) -> None:
    """Copy the database to FILE, or restore it from one.

    `feedmill backup FILE` copies the database and checks the copy, while the worker may run.
    """
    del config_path  # read by the commands


@backup.command()
@configured
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dated", is_flag=True, help="Expand % in FILE's name as date(1) does: copy-%a.db.")
def create(config_path: Path | None, file: Path, dated: bool) -> None:
    """Copy the database to FILE and check the copy.

    The same as `feedmill backup FILE`. Replaces an older backup, but no other file.
    """
    from worker.store.backup import back_up

    if dated:
        file = file.with_name(datetime.now().astimezone().strftime(file.name))
    done = back_up(config_of(config_path).store_path, file)
    say(f"{done.path}: {done.articles} articles, {done.size:,} bytes, checked.")


@backup.command("restore")
@configured
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore_backup(config_path: Path | None, file: Path) -> None:
    """Replace the database by the backup FILE.

    Stop the worker first. The current database is kept beside it.
    """
    put_back(config_path, file)


def put_back(config_path: Path | None, file: Path) -> None:
    """Restore the database from a backup and say what is next. Raises StoreError."""
    from worker.store.backup import kept_aside, restore

    done = restore(config_of(config_path).store_path, file)
    say(f"Restored {done.path} from {file}: {done.articles} articles.")
    if kept_aside(done.path).exists():
        say(f"The previous database is now {kept_aside(done.path)}.")
    say("Next: start the worker, or run `feedmill once`, to ingest later changes.")


@click.group(cls=CommandGroup, invoke_without_command=True, subcommand_metavar="[COMMAND]")
@configured
@click.pass_context
def db(context: click.Context, config_path: Path | None) -> None:
    """Show the size of the database and its tables."""
    from worker.store.database import open_for_reading

    if context.invoked_subcommand:
        return
    path = config_of(config_path).store_path
    with open_for_reading(path) as database:
        sizes = database.row_counts()
        click.echo(f"{path}: {path.stat().st_size:,} bytes, schema {database.schema_number()}")
    for table, count in sizes.items():
        click.echo(f"{count:>12,} {table}")


@db.command()
@configured
def vacuum(config_path: Path | None) -> None:
    """Compact the database.

    Stop the worker first. Needs free disk space of the size of the database.
    """
    from worker.store.damage import require
    from worker.store.database import open_for_work

    config = config_of(config_path)
    path = config.store_path
    require(path)
    before = path.stat().st_size
    with open_for_work(path, leaves_wal=config.checkpoints == "outside") as database:
        database.vacuum()
    say(f"{path}: {before:,} bytes before, {path.stat().st_size:,} bytes now.")


@click.command("install-service")
@configured
@click.option("--dry-run", is_flag=True, help="Print the files instead of writing them.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default="/",
    help="Write the files below this folder, for a system image.",
)
def install_service(config_path: Path | None, dry_run: bool, root: Path) -> None:
    """Write systemd units for the configured paths.

    Starts nothing; prints the commands that do. Stops without a change if somebody else wrote
    one of the files.
    """
    from worker.admin import unit_files

    config = config_of(config_path)
    paths = unit_files.ServicePaths.from_config(
        config, Path(sys.prefix, "bin", "feedmill"), Path(sys.base_prefix)
    )
    wanted = unit_files.service_files(unit_files.templates(), paths)
    if dry_run:
        for path, text in wanted.items():
            click.echo(f"# {Path('/', path)}\n{text}")
    else:
        for made in unit_files.install(wanted, root):
            say(f"made {made}")
    say("Next:" if not dry_run else "# Next:")
    for step in unit_files.next_steps(paths):
        say(f"  {step}" if not dry_run else f"#   {step}")


@click.command("config")
@configured
@as_json_option
def settings(config_path: Path | None, as_json: bool) -> None:
    """Show each setting in use and where it comes from.

    The output is a valid feedmill.toml. What looks like a secret is shown as ***.
    """
    from worker.cli.plain import print_json
    from worker.config.loading import CONFIG_VARIABLE, find_config
    from worker.config.origins import as_toml, settings_of

    option = named_config(config_path)
    path = find_config(option, os.environ, Path.cwd())
    named = os.environ.get(CONFIG_VARIABLE)
    by = "--config" if option else f"${CONFIG_VARIABLE}" if named else "the current folder"
    found = settings_of(path)
    if as_json:
        print_json({"file": path, "by": by, "settings": [setting.plain() for setting in found]})
    else:
        click.echo(as_toml(found, f"{path}, by {by}" if path else "the defaults"), nl=False)


@click.command()
@loud
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands in SHELL.

    For bash, in ~/.bashrc: eval "$(feedmill completion bash)"
    """
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind:
        root = click.get_current_context().find_root().command
        click.echo(ShellComplete.source(kind(root, {}, "feedmill", "_FEEDMILL_COMPLETE")))


@click.command()
@configured
@as_json_option
@click.option("--feeds", is_flag=True, help="Read every public feed back, too.")
def doctor(config_path: Path | None, as_json: bool, feeds: bool) -> None:
    """Find problems around Feedmill and print a fix for each.

    Changes nothing. Run as root, it checks files as the service's user. The exit status is 1
    if something must be fixed, 2 if that is the configuration.
    """
    from worker.admin.doctor import examine
    from worker.cli import output
    from worker.cli.plain import print_json

    findings = list(examine(config_of(config_path), datetime.now(UTC), with_feeds=feeds))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        output.print_findings(findings)
    sys.exit(REJECTED if any(finding.level == "bad" for finding in findings) else 0)


@click.command()
@configured
@as_json_option
@click.option("--nagios", is_flag=True, help="Print one line and exit like a Nagios plugin.")
def status(config_path: Path | None, as_json: bool, nagios: bool) -> None:
    """Show articles, feeds and the worker's health.

    The exit status is 1 if the worker or a feed has a problem.
    """
    from worker.cli import output
    from worker.cli.plain import print_json
    from worker.monitoring.status import read_status

    if nagios:
        _print_nagios(config_path)
    found = read_status(config_of(config_path), datetime.now(UTC))
    if as_json:
        print_json(found.plain())
    else:
        output.print_status(found)
    sys.exit(0 if found.is_well else REJECTED)


def _print_nagios(config_path: Path | None) -> NoReturn:
    """0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: a status that cannot be read is not an alarm."""
    from worker.monitoring.status import nagios_now

    try:
        level, line = nagios_now(config_of(config_path), datetime.now(UTC))
    except FeedmillError as error:
        level, line = 3, f"FEEDMILL UNKNOWN - {' '.join(str(error).split())}"
    click.echo(line)
    sys.exit(level)


COMMANDS = (backup, completion, db, doctor, install_service, settings, status)
