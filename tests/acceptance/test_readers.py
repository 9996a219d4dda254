"""Real feed readers fetch from a running server what the samples hold."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.programs import program

pytestmark = pytest.mark.acceptance
ROOT = Path(__file__).parents[2]
FORMATS = ("rss", "atom")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """The samples' feeds, published and served; gives the address."""
    base = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (base / "feedmill.toml").write_text(
        f'[drop]\nunpublished = "publish"\n[serve]\nport = {port}\n', encoding="utf-8"
    )
    shutil.copytree(ROOT / "seeds", base / "drop", ignore=shutil.ignore_patterns("*.py"))
    feedmill = [sys.executable, "-m", "worker", "--config", str(base / "feedmill.toml")]
    subprocess.run([*feedmill, "once"], check=True, capture_output=True)
    with subprocess.Popen([*feedmill, "serve"], stderr=subprocess.DEVNULL) as server:
        url = f"http://127.0.0.1:{port}/"
        wait_for(url)
        yield url
        server.terminate()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}all.rss", timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server does not answer")


def newsboat(folder: Path, url: str, *arguments: str) -> str:
    (folder / "urls").write_text(f"{url}\n", encoding="utf-8")
    (folder / "config").touch()
    command = [program("newsboat"), "-q", "-u", str(folder / "urls")]
    command += ["-c", str(folder / "cache.db"), "-C", str(folder / "config"), *arguments]
    environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize("format_", FORMATS)
def test_newsboat_finds_every_entry_and_none_twice(site, tmp_path, format_):
    url = f"{site}all.{format_}"
    newsboat(tmp_path, url, "-x", "reload")
    expected = entry_count(f"{site}all.{format_}")
    assert newsboat(tmp_path, url, "-x", "print-unread").split()[0] == str(expected)
    newsboat(tmp_path, url, "-x", "reload")
    assert newsboat(tmp_path, url, "-x", "print-unread").split()[0] == str(expected)


def test_newsboat_imports_the_list_of_feeds(site, tmp_path):
    opml = tmp_path / "feeds.opml"
    opml.write_bytes(fetch(f"{site}feeds.opml"))
    newsboat(tmp_path, "", "-i", str(opml))
    urls = (tmp_path / "urls").read_text("utf-8")
    assert f"{site}all.atom" in urls
    assert urls.count(f"{site}topics/") == fetch(f"{site}feeds.opml").count(b"topics/") / 2


@pytest.mark.parametrize("format_", FORMATS)
def test_sfeed_reads_every_entry_with_its_title_link_and_id(site, format_):
    data = fetch(f"{site}all.{format_}")
    done = subprocess.run([program("sfeed")], input=data, check=True, capture_output=True)
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert len(rows) == entry_count(f"{site}all.{format_}")
    for moment, title, _link, content, kind, id_, *_ in rows:
        assert int(moment) > 0
        assert title
        assert content
        assert kind == "html"
        assert id_.startswith(("urn:uuid:", "https://"))


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


def entry_count(url: str) -> int:
    data = fetch(url)
    count = data.count(b"<guid") + data.count(b"<entry")
    assert count > 3
    return count
