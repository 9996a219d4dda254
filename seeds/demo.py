"""The demo: ingests the sample articles in a scratch folder and serves their feeds.

Run it with ``make demo``. Each run deletes and creates ``.demo/``. The demo uses only the
``feedmill`` command, like a user.
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
# Three samples say `published: false`: the program that wrote them means "not sent yet". Without
# this setting, Feedmill holds such articles back, as their author's wish.
unpublished = "publish"

[serve]
port = {port}
"""

LIVE = """
{accepted} sample articles are in these feeds, each as .rss, .atom and .json:

{feeds}

In a second terminal, drop a file:

  printf '%s\\n' --- 'title: Hello' 'topics: Harbours' --- 'My first article.' > {file}

Within a second, the article is in http://127.0.0.1:{port}/topics/harbours.rss
Press Ctrl-C to stop. The files stay in {folder} until the next demo.
"""


@click.command()
@click.option("--port", default=8000, envvar="FEEDMILL_DEMO_PORT", show_default=True)
def demo(port: int) -> None:
    """Ingest the samples and serve their feeds until Ctrl-C. Exit status 2 if this fails."""
    _need_port(port)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), _scratch_folder():
        (FOLDER / "feedmill.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
        samples = _drop_samples()
        with _running() as worker:
            _print_feeds(_status_when_live(worker, port, samples), port)
            worker.wait()
            _fail("the worker has stopped; see its messages above.")
    click.echo("The demo has ended.")


def _fail(reason: str) -> NoReturn:
    click.echo(f"demo: {reason}", err=True)
    sys.exit(2)


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            cure = "Stop what uses it, or choose another port: FEEDMILL_DEMO_PORT=8001 make demo"
            _fail(f"port {port} cannot be used ({error}). {cure}")


@contextmanager
def _scratch_folder() -> Iterator[None]:
    """An empty, locked folder: a second demo must not delete it while the first one runs."""
    if FOLDER.exists() and not MARKER.exists():
        _fail(f"{FOLDER} was not made by the demo. Move it away.")
    FOLDER.mkdir(exist_ok=True)
    with MARKER.open("w") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _fail(f"another demo is running in {FOLDER}.")
        for left in set(FOLDER.iterdir()) - {MARKER}:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def _drop_samples() -> int:
    """Copy the samples, pictures and sounds first; gives the number of articles."""
    files = [path for path in SEEDS.rglob("[!.]*") if path.is_file() and path.suffix != ".py"]
    samples = [path for path in files if path.suffix in (".md", ".txt", ".html")]
    for sample in sorted(files, key=lambda path: path in samples):
        target = FOLDER / "drop" / sample.relative_to(SEEDS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(sample, target)
    return len(samples)


@contextmanager
def _running() -> Iterator[subprocess.Popen[bytes]]:
    """`feedmill run` in its own process group, so that Ctrl-C reaches only the demo."""
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
    """The status, once every sample has a verdict and all feeds are published."""
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
    _fail("the feeds did not appear; see the worker's messages above.")


def _print_feeds(status: dict[str, Any], port: int) -> None:
    feeds = "\n".join(f"  {feed['entries']:>3}  {feed['url']}" for feed in status["feeds"])
    file, accepted = shlex.quote(f"{FOLDER}/drop/hello.md"), status["files"]["accepted"]
    click.echo(LIVE.format(accepted=accepted, feeds=feeds, file=file, port=port, folder=FOLDER))


if __name__ == "__main__":
    demo()
