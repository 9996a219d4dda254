"""The demo: a scratch folder with the sample articles, and a worker that serves their feeds.

Run by ``make demo``. Everything lies in ``.demo/``, which is made anew by each run; the demo
uses the ``feedmill`` command as anybody would, and nothing of its insides.
"""

import fcntl
import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import click

SEEDS = Path(__file__).resolve().parent
FOLDER = SEEDS.parent / ".demo"
MARKER = FOLDER / "made-by-the-demo"
FEEDMILL = [str(Path(sys.executable).with_name("feedmill")), "--config", f"{FOLDER}/feedmill.toml"]
START_SECONDS, STOP_SECONDS = 60.0, 10.0

CONFIG = """\
[site]
title = "The Feedmill demo"

[drop]
# Three samples say `published: false`: they come from a program that means "not sent out yet"
# by it. Without this setting Feedmill takes it for the author's word, and holds them back.
unpublished = "publish"

[serve]
port = {port}
"""

LIVE = """
{accepted} sample articles stand in these feeds, each as .rss, .atom and .json:

{feeds}

In a second terminal, drop a file:

  printf '%s\\n' --- 'title: Hello' 'topics: Harbours' --- 'My first article.' > {file}

and within a second it stands in http://127.0.0.1:{port}/topics/harbours.rss
Ctrl-C ends the demo. What it made stays in {folder} until the next one.
"""


@click.command()
@click.option("--port", default=8000, envvar="FEEDMILL_DEMO_PORT", show_default=True)
def demo(port: int) -> None:
    """Ingest the samples and serve their feeds, until Ctrl-C. Exit status 2 if that fails."""
    _need_port(port)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), _scratch_folder():
        (FOLDER / "feedmill.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
        samples = _drop_samples()
        with _running() as worker:
            _tell(_status_when_live(worker, port, samples), port)
            worker.wait()
            _refuse("the worker has ended; its last words stand above.")
    click.echo("The demo has ended.")


def _refuse(reason: str) -> NoReturn:
    click.echo(f"demo: {reason}", err=True)
    sys.exit(2)


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            cure = "Stop what uses it, or choose another: FEEDMILL_DEMO_PORT=8001 make demo"
            _refuse(f"port {port} cannot be used ({error}). {cure}")


@contextmanager
def _scratch_folder() -> Iterator[None]:
    """An empty folder, locked: a second demo must not sweep it away under the first one."""
    if FOLDER.exists() and not MARKER.exists():
        _refuse(f"{FOLDER} was not made by the demo. Move it out of the way.")
    FOLDER.mkdir(exist_ok=True)
    with MARKER.open("w") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(f"another demo is running in {FOLDER}.")
        for left in set(FOLDER.iterdir()) - {MARKER}:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def _drop_samples() -> int:
    samples = [path for path in SEEDS.rglob("[!.]*") if path.suffix in (".md", ".txt", ".html")]
    for sample in samples:
        target = FOLDER / "drop" / sample.relative_to(SEEDS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(sample, target)
    return len(samples)


@contextmanager
def _running() -> Iterator[subprocess.Popen[bytes]]:
    """`feedmill run`, in a process group of its own: Ctrl-C is for the demo alone."""
    with subprocess.Popen([*FEEDMILL, "run"], process_group=0) as worker:  # noqa: S603
        try:
            yield worker
        finally:
            worker.terminate()
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()


def _status_when_live(worker: subprocess.Popen[bytes], port: int, samples: int) -> dict[str, Any]:
    """What `feedmill status` says once every sample has its verdict and all feeds are there."""
    until = time.monotonic() + START_SECONDS
    while worker.poll() is None and time.monotonic() < until:
        command = [*FEEDMILL, "status", "--json"]
        found = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        status: dict[str, Any] = json.loads(found.stdout or '{"files": {}, "feeds": []}')
        published = not any(feed["waiting"] for feed in status["feeds"])
        if sum(status["files"].values()) == samples and published:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return status
        time.sleep(0.1)
    _refuse("the feeds did not appear; what the worker said stands above.")


def _tell(status: dict[str, Any], port: int) -> None:
    feeds = "\n".join(f"  {feed['entries']:>3}  {feed['url']}" for feed in status["feeds"])
    file, accepted = shlex.quote(f"{FOLDER}/drop/hello.md"), status["files"]["accepted"]
    click.echo(LIVE.format(accepted=accepted, feeds=feeds, file=file, port=port, folder=FOLDER))


if __name__ == "__main__":
    demo()
