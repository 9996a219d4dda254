"""The time of the libraries alone, without Feedmill: nothing that uses them can be faster.
Seconds per article, over the same files as the tools read."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import comrak
import nh3
import yaml
from feedgen.entry import FeedEntry
from lxml import etree
from pydantic import TypeAdapter

from benchmarks.corpus import Article, articles
from benchmarks.spelling import yaml_file

SAMPLE = 500

_TABLE = """
CREATE TABLE articles (id INTEGER PRIMARY KEY, name TEXT UNIQUE, title TEXT, excerpt TEXT,
 url TEXT, published TEXT, body TEXT);
CREATE INDEX by_time ON articles (published);
CREATE TABLE article_topics (article INTEGER, topic TEXT, published TEXT,
 PRIMARY KEY (topic, published, article));
"""


def floors(folder: Path, topics: int) -> dict[str, float]:
    """Seconds per article of each kind of work, over ``SAMPLE`` articles below ``folder``."""
    corpus = list(articles(SAMPLE, topics))
    for item in corpus:
        (folder / item.name).write_text(yaml_file(item), encoding="utf-8")
    files = [folder / item.name for item in corpus]
    texts = [file.read_text(encoding="utf-8") for file in files]
    blocks = [text.split("---\n")[1] for text in texts]
    bodies = [item.body for item in corpus]
    values = [asdict(item) for item in corpus]
    adapter = TypeAdapter(Article)
    pages = [comrak.markdown_to_html(body) for body in bodies]
    kinds: dict[str, Callable[[], object]] = {
        "read the file": lambda: [file.read_bytes() for file in files],
        "libyaml, events": lambda: [list(_events(block)) for block in blocks],
        "libyaml, CSafeLoader": lambda: [yaml.load(block, yaml.CSafeLoader) for block in blocks],
        "pydantic": lambda: [adapter.validate_python(value) for value in values],
        "comrak": lambda: [comrak.markdown_to_html(body) for body in bodies],
        "nh3": lambda: [nh3.clean(page) for page in pages],
        "SQLite, one transaction": lambda: _store(folder, values),
        "feedgen, one RSS and one Atom entry": lambda: [_entry(value) for value in values],
    }
    return {kind: _best(work) / SAMPLE for kind, work in kinds.items()}


def _best(work: Callable[[], object]) -> float:
    """The shortest of three: what is asked for is how fast it can be."""
    samples = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        samples.append(time.perf_counter() - began)
    return min(samples)


def _events(block: str) -> Iterator[object]:
    yield from yaml.parse(block, yaml.CSafeLoader)


def _store(folder: Path, values: list[dict[str, object]]) -> None:
    path = folder / "floor.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_TABLE)
    for value in values:
        published = str(value["published"])
        row = (value["number"], value["title"], value["excerpt"], value["url"], published)
        connection.execute(
            "INSERT INTO articles (name, title, excerpt, url, published, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*row, value["body"]),
        )
        topics = value["topics"]
        assert isinstance(topics, tuple)
        connection.executemany(
            "INSERT INTO article_topics VALUES (?, ?, ?)",
            [(value["number"], topic, published) for topic in topics],
        )
    connection.commit()
    connection.close()


def _entry(value: dict[str, object]) -> tuple[bytes, bytes]:
    made = FeedEntry()
    made.id(value["url"])
    made.title(value["title"])
    made.link(href=value["url"])
    made.updated(value["published"])
    made.published(value["published"])
    made.summary(value["excerpt"])
    made.content(value["body"], type="html")
    return etree.tostring(made.atom_entry()), etree.tostring(made.rss_entry())
