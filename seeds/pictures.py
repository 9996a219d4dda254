"""README's pictures: the front page and an article of the demo, as Chromium shows them.

Run it with ``make pictures``. It starts the demo on a free port and asks no other host: pictures
that a sample names elsewhere are missing, as for a reader without a network.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
VIEWPORT = {"width": 960, "height": 760}
LARGEST_BYTES = 150_000
ARTICLE = "A clock that shows the tide"
STOP_SECONDS = 20


@click.command()
def pictures() -> None:
    """Write docs/pictures/*.png. Exit status 2 without Chromium or without the demo."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser_path:
        _fail("chromium is not installed (apt-get install chromium).")
    FOLDER.mkdir(exist_ok=True)
    with _demo() as site, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=browser_path, args=arguments)
        page = browser.new_page(viewport=VIEWPORT, color_scheme="light", locale="en")
        page.route(lambda url: not url.startswith(site), lambda route: route.abort())
        page.goto(site, wait_until="networkidle")
        _shoot(page, "front")
        page.goto(f"{site}all.html")
        page.get_by_role("link", name=ARTICLE, exact=True).first.click()
        page.wait_for_load_state("networkidle")
        _shoot(page, "article")
        browser.close()


def _shoot(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    data = page.screenshot()
    if len(data) > LARGEST_BYTES:
        _fail(f"{path} would have {len(data):,} bytes, more than {LARGEST_BYTES:,}.")
    path.write_bytes(data)
    click.echo(f"wrote {path.relative_to(ROOT)}, {len(data):,} bytes")


@contextmanager
def _demo() -> Iterator[str]:
    """The address of a demo that has published every sample."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "seeds" / "demo.py"), "--port", str(port)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(  # noqa: S603 -- our own words
        command, stdout=subprocess.PIPE, text=True, env=environment
    ) as demo:
        try:
            assert demo.stdout is not None  # noqa: S101
            if not any("Press Ctrl-C" in line for line in demo.stdout):
                _fail("the demo did not start; see its messages above.")
            yield f"http://127.0.0.1:{port}/"
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(STOP_SECONDS)


def _fail(reason: str) -> NoReturn:
    click.echo(f"pictures: {reason}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    pictures()
