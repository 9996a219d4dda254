"""The floor: what the libraries alone need for a cold start. Nothing that uses them is faster.

Two processes parse and render, one stores: libyaml, pydantic, comrak, nh3, SQLite with full text,
feedgen. It reads Feedmill's files and writes the RSS and Atom of each topic's newest fifty. No
verdicts, dialects, limits, isolation, audit, history or pages, and no flush to the disk.
"""

import multiprocessing
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import comrak
import nh3
import yaml
from feedgen.feed import FeedGenerator
from pydantic import BaseModel, TypeAdapter

from benchmarks.corpus import Article, slug
from benchmarks.spelling import yaml_file
from benchmarks.tool import Tool

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = 2
BATCH = 64
WINDOW = 50
TAG = re.compile(r"<[^>]*>")

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE articles (id INTEGER PRIMARY KEY, path TEXT UNIQUE, url TEXT UNIQUE, title TEXT,
 excerpt TEXT, published TEXT, html TEXT, metadata TEXT);
CREATE TABLE places (topic TEXT, published TEXT, article INTEGER,
 PRIMARY KEY (topic, published, article)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, excerpt, text, content='');
"""
NEWEST = """
SELECT url, title, excerpt, articles.published, html FROM places JOIN articles ON id = article
WHERE topic = ? ORDER BY places.published DESC LIMIT ?
"""


class Floor(Tool):
    """This module as a tool. It cannot watch."""

    name = "floor"
    is_watching = False

    def install(self, build: Path) -> None:
        del build
        self.version = "(libraries alone)"

    def lay_out(self, site: Path) -> None:
        (site / "drop").mkdir(parents=True)

    def path(self, article: Article) -> str:
        return f"drop/{article.name}.md"

    def spell(self, article: Article) -> str:
        return yaml_file(article, date_key="publishedDateTime")

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def build(self, site: Path) -> Sequence[str]:
        return (sys.executable, "-m", "benchmarks.floor", str(site))

    def watch(self, site: Path) -> Sequence[str]:
        raise NotImplementedError

    def feeds(self, slug: str) -> tuple[str, ...]:
        return f"public/{slug}.rss", f"public/{slug}.atom"


class Provider(BaseModel):
    """Who published an article."""

    name: str
    domain: str


class Image(BaseModel):
    """A picture with its size."""

    url: str
    width: int
    height: int
    title: str


class Related(BaseModel):
    """Another article on the same matter."""

    title: str
    excerpt: str
    publishedDateTime: datetime  # noqa: N815 -- as the files have it
    webUrl: str  # noqa: N815
    provider: Provider
    images: list[Image]


class Metadata(Related):
    """An article's front matter."""

    topics: list[str]
    related: list[Related]


class Parsed(NamedTuple):
    """What a parser answers; ``metadata`` is JSON."""

    path: str
    url: str
    title: str
    excerpt: str
    published: str
    topics: list[str]
    html: str
    text: str
    metadata: str


Row = tuple[str, str, str, str, str]
ADAPTER = TypeAdapter(Metadata)


def parse(paths: list[str]) -> list[Parsed]:
    """The articles of some files, in a parser."""
    return [_parse(path) for path in paths]


def _parse(path: str) -> Parsed:
    _, matter, body = Path(path).read_text(encoding="utf-8").split("---\n", 2)
    known = ADAPTER.validate_python(_value(yaml.parse(matter, yaml.CSafeLoader)))
    html = nh3.clean(comrak.markdown_to_html(body)) if body.strip() else ""
    metadata = ADAPTER.dump_json(known).decode()
    published = known.publishedDateTime.isoformat()
    names = path, known.webUrl, known.title, known.excerpt
    return Parsed(*names, published, known.topics, html, TAG.sub("", html), metadata)


def _value(events: Iterator[yaml.Event]) -> object:
    """The next value of libyaml's events; scalars are strings, pydantic makes numbers of them.
    None where a list or a mapping ends, as no scalar does."""
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if isinstance(event, yaml.MappingStartEvent):
            return {key: _value(events) for key in iter(lambda: _value(events), None)}
        if isinstance(event, yaml.SequenceStartEvent):
            return list(iter(lambda: _value(events), None))
        if isinstance(event, yaml.CollectionEndEvent):
            return None
    return None


def render(job: tuple[str, list[Row]]) -> tuple[str, bytes, bytes]:
    """A topic's RSS and Atom, in the same processes."""
    topic, rows = job
    feed = FeedGenerator()
    feed.id(f"urn:floor:{topic}")
    feed.title(topic)
    feed.description(topic)
    feed.author(name="Bench")
    feed.link(href="https://bench.example/")
    for url, title, excerpt, published, html in rows:
        entry = feed.add_entry(order="append")
        entry.id(url)
        entry.title(title)
        entry.link(href=url)
        entry.summary(excerpt)
        entry.content(html, type="html")
        moment = datetime.fromisoformat(published)
        entry.published(moment)
        entry.updated(moment)
    return topic, feed.rss_str(), feed.atom_str()


def store(database: sqlite3.Connection, first: int, found: list[Parsed]) -> None:
    """One batch in one transaction; its articles are numbered from ``first``."""
    numbered = list(enumerate(found, first))
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *item[:5], item.html, item.metadata) for number, item in numbered],
    )
    database.executemany(
        "INSERT INTO places VALUES (?, ?, ?)",
        [(topic, item.published, n) for n, item in numbered for topic in item.topics],
    )
    database.executemany(
        "INSERT INTO words (rowid, title, excerpt, text) VALUES (?, ?, ?, ?)",
        [(number, item.title, item.excerpt, item.text) for number, item in numbered],
    )
    database.execute("COMMIT")


def main(site: Path) -> None:
    """All feeds of the files in ``site``/drop, in ``site``/public."""
    public = site / "public"
    public.mkdir()
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        database = sqlite3.connect(public / "floor.db", isolation_level=None)
        database.executescript(TABLES)
        paths = [str(path) for path in (site / "drop").iterdir()]
        batches = (paths[at : at + BATCH] for at in range(0, len(paths), BATCH))
        stored = 0
        for found in pool.imap_unordered(parse, batches):
            store(database, stored, found)
            stored += len(found)
        for topic, *documents in pool.imap_unordered(render, jobs(database)):
            for suffix, document in zip(("rss", "atom"), documents, strict=True):
                _write(public / f"{slug(topic)}.{suffix}", document)
        database.close()
        pool.close()
        pool.join()


def jobs(database: sqlite3.Connection) -> Sequence[tuple[str, list[Row]]]:
    """What ``render`` gets: each topic with its newest articles."""
    topics = database.execute("SELECT DISTINCT topic FROM places").fetchall()
    return [(topic, database.execute(NEWEST, (topic, WINDOW)).fetchall()) for (topic,) in topics]


def _write(path: Path, document: bytes) -> None:
    beside = path.with_name("new")
    beside.write_bytes(document)
    beside.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
