"""Commands that use a bucket: `mirror`."""

import os
from pathlib import Path
from typing import Literal

import click

from worker.cli.options import (
    config_of,
    configured,
    log_format_option,
    log_level,
    say,
)


@click.command()
@configured
@click.option("--once", is_flag=True, help="Bring the bucket up to date and exit, for cron.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent and deleted; send nothing.")
@log_format_option
def mirror(
    config_path: Path | None, once: bool, dry_run: bool, log_format: Literal["text", "json"]
) -> None:
    """Bring the public folder to a bucket for readers.

    Sends only what changed, until stopped; [mirror] in the configuration says where. Access keys
    come from the environment, such as $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY. Needs
    `pip install "feedmill[s3]"`.

    The exit status is 2 if the bucket cannot be used, or if another machine has taken over.
    """
    from worker.cli.logs import set_up_logs
    from worker.cloud.mirror.run import mirror_process
    from worker.cloud.stopping import StopSignal
    from worker.core.clock import SystemClock
    from worker.monitoring.progress_bar import display_for_stderr

    set_up_logs(level=log_level("ERROR" if once or dry_run else "INFO"), form=log_format)
    stop = StopSignal()
    with mirror_process(config_of(config_path), os.environ, SystemClock(), stop) as process:
        if dry_run:
            _say_rehearsal(*process.dry_run())
        elif once:
            display = display_for_stderr("Sending")
            try:
                report = process.once(display.show)
            finally:
                display.hide()
            deleted = f", {report.deleted} deleted" if report.deleted else ""
            say(f"{report.sent} files sent, {report.bytes:,} bytes{deleted}.")
        else:
            stop.listen()
            process.run(stop)


def _say_rehearsal(sends: list[str], deletions: list[str]) -> None:
    for path in sends:
        click.echo(f"send {path}")
    for path in deletions:
        click.echo(f"delete {path}")
    say(f"{len(sends)} files to send, {len(deletions)} to delete. Nothing was changed.")


COMMANDS = (mirror,)
