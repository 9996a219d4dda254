"""Feed readers: the title and the address of each entry, as each of them sees it."""

import json
import mailbox
import os
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from email import message_from_binary_file, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from reader import make_reader

from tests.acceptance.programs import missing, program

SECONDS = 60
PARSERS = Path(__file__).with_name("npm")

# By feed: the entries' titles and addresses.
Found = dict[str, list[tuple[str, str | None]]]


def newsboat(folder: Path, urls: Sequence[str], *arguments: str) -> str:
    """Run newsboat on some feeds; what it keeps is in ``folder``."""
    (folder / "urls").write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
    (folder / "config").touch()
    command = [program("newsboat"), "-q", "-u", str(folder / "urls")]
    command += ["-c", str(folder / "cache.db"), "-C", str(folder / "config"), *arguments]
    return _run(command, folder)


def ask_newsboat(folder: Path, urls: Sequence[str]) -> Found:
    """What a reload put into its cache; it keeps an entry once, whatever feeds have it."""
    found: Found = {}
    for number, url in enumerate(urls):
        home = folder / str(number)
        home.mkdir()
        newsboat(home, [url], "-x", "reload")
        with closing(sqlite3.connect(home / "cache.db")) as cache:
            found[url] = cache.execute("SELECT title, url FROM rss_item").fetchall()
    return found


def ask_sfeed(folder: Path, urls: Sequence[str]) -> Found:
    """The second and third columns of its lines."""
    found: Found = {}
    for url in urls:
        answer = httpx.get(url).raise_for_status()
        lines = _run([program("sfeed"), url], folder, answer.text)
        rows = [line.split("\t") for line in lines.splitlines()]
        found[url] = [(row[1], row[2]) for row in rows]
    return found


def ask_feedparser(_: Path, urls: Sequence[str]) -> Found:
    """``link`` of its entries."""
    found: Found = {}
    for url in urls:
        feed = feedparser.parse(url)
        assert not feed.bozo, feed.bozo_exception
        found[url] = [(entry.title, entry.get("link")) for entry in feed.entries]
    return found


def ask_reader(_: Path, urls: Sequence[str]) -> Found:
    """``link`` of its entries."""
    with make_reader(":memory:") as reader:
        for url in urls:
            reader.add_feed(url)
        reader.update_feeds()
        return {
            url: [(entry.title, entry.link) for entry in reader.get_entries(feed=url)]
            for url in urls
        }


def ask_rss2email(folder: Path, urls: Sequence[str]) -> Found:
    """The line below each mail's text that leads to the web."""
    (folder / "mail").mkdir()
    config = folder / "rss2email.cfg"
    feeds = "".join(f"[feed.{number}]\nurl = {url}\n" for number, url in enumerate(urls))
    config.write_text(
        "[DEFAULT]\nfrom = mill@example.org\nto = ann@example.org\nemail-protocol = maildir\n"
        f"maildir-path = {folder}/mail\nmaildir-mailbox = inbox\n{feeds}",
        encoding="utf-8",
    )
    _run([program("r2e"), "-c", str(config), "-d", str(folder / "rss2email.json"), "run"], folder)
    found: Found = {url: [] for url in urls}
    with closing(mailbox.Maildir(folder / "mail" / "inbox", factory=None)) as inbox:
        for key in inbox.keys():  # noqa: SIM118 -- a mailbox iterates over its messages
            with inbox.get_file(key) as file:
                mail = message_from_binary_file(file, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            *_, address = mail.get_content().rpartition("\nURL: ")
            address = address.partition("\nEnclosure: ")[0].strip()
            found[mail["X-RSS-Feed"]].append((mail["Subject"], address))
    return found


def npm_parser(name: str) -> Callable[[Path, Sequence[str]], Found]:
    """What a parser of npm's finds, run by Node.js."""

    def ask(folder: Path, urls: Sequence[str]) -> Found:
        found: dict[str, list[list[str | None]]] = run_npm("addresses.mjs", name, folder, urls)
        return {
            url: [(title or "", address) for title, address in pairs]
            for url, pairs in found.items()
        }

    return ask


def run_npm(script: str, parser: str, folder: Path, urls: Sequence[str]) -> Any:
    """The JSON that a script beside the parsers prints."""
    if not (PARSERS / "node_modules" / parser).exists():
        missing(f"the npm package {parser}")
    return json.loads(_run([program("node"), str(PARSERS / script), parser, *urls], folder))


def _run(command: list[str], folder: Path, typed: str = "") -> str:
    environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command,
        input=typed,
        capture_output=True,
        text=True,
        env=environment,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


# Who asks, and for which formats.
READERS: dict[str, tuple[Callable[[Path, Sequence[str]], Found], tuple[str, ...]]] = {
    "newsboat": (ask_newsboat, ("rss", "atom")),
    "sfeed": (ask_sfeed, ("rss", "atom")),
    "feedparser": (ask_feedparser, ("rss", "atom")),
    "reader": (ask_reader, ("rss", "atom", "json")),
    "rss2email": (ask_rss2email, ("rss", "atom")),
    "rss-parser": (npm_parser("rss-parser"), ("rss", "atom")),
    "feedsmith": (npm_parser("feedsmith"), ("rss", "atom", "json")),
    "podparse": (npm_parser("podparse"), ("rss",)),
    "@rowanmanning/feed-parser": (npm_parser("@rowanmanning/feed-parser"), ("rss", "atom")),
}
