"""Commands for sysadmins: ``backup``, ``db``, ``doctor``, ``install-service``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from worker.cli.options import REJECTED, as_json_option, config_of, configured


@click.command()
@configured
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dated", is_flag=True, help="Expand % in FILE's name as date(1) does: copy-%a.db.")
def backup(config_path: Path | None, file: Path, dated: bool) -> None:
    """Copy the database to FILE and check the copy.

    The worker may run meanwhile. Replaces an older backup, but no other file. To restore the
    database: feedmill restore FILE
    """
    from worker.store.backup import back_up

    if dated:
        file = file.with_name(datetime.now().astimezone().strftime(file.name))
    done = back_up(config_of(config_path).store_path, file)
    click.echo(f"{done.path}: {done.articles} articles, {done.size:,} bytes, checked.")


@click.group(invoke_without_command=True)
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
    from worker.store.database import open_for_work

    path = config_of(config_path).store_path
    before = path.stat().st_size if path.exists() else 0
    with open_for_work(path) as database:
        database.vacuum()
    click.echo(f"{path}: {before:,} bytes before, {path.stat().st_size:,} bytes now.")


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
            click.echo(f"made {made}")
    click.echo("Next:" if not dry_run else "# Next:")
    for step in unit_files.next_steps(paths):
        click.echo(f"  {step}" if not dry_run else f"#   {step}")


@click.command()
@configured
@as_json_option
def doctor(config_path: Path | None, as_json: bool) -> None:
    """Find problems around Feedmill and print a fix for each.

    Changes nothing. Run as root, it checks files as the service's user. The exit status is 1
    if something must be fixed, 2 if that is the configuration.
    """
    from worker.admin.doctor import examine
    from worker.cli import output

    findings = list(examine(config_of(config_path), datetime.now(UTC)))
    if as_json:
        output.print_json([finding._asdict() for finding in findings])
    else:
        output.print_findings(findings)
    sys.exit(REJECTED if any(finding.level == "bad" for finding in findings) else 0)


COMMANDS = (backup, db, doctor, install_service)
