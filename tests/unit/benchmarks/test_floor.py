"""The floor reads what Feedmill reads, and its feeds hold each topic's newest fifty."""

import sqlite3
from pathlib import Path

from benchmarks import floor
from benchmarks.corpus import Article, articles


def parsed(folder: Path, items: list[Article]) -> list[floor.Parsed]:
    site = floor.Floor()
    site.lay_out(folder)
    return floor.parse([str(site.write(folder, item)) for item in items])


def test_a_parsed_article_is_the_one_that_was_written(tmp_path: Path) -> None:
    items = list(articles(8, 3))
    for item, found in zip(items, parsed(tmp_path, items), strict=True):
        assert (found.url, found.title, found.excerpt) == (item.url, item.title, item.excerpt)
        assert found.topics == list(item.topics)
        assert found.published == item.published.isoformat()
        assert bool(found.html) == bool(item.body)
        known = floor.ADAPTER.validate_json(found.metadata)
        assert [one.webUrl for one in known.related] == [one.url for one in item.related]
        assert known.images[0].width == item.picture.width


def test_feeds_hold_the_newest_fifty_of_a_topic(tmp_path: Path) -> None:
    items = list(articles(60, 1))
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.executescript(floor.TABLES)
    floor.store(database, 0, parsed(tmp_path, items))
    ((topic, rows),) = floor.jobs(database)
    database.close()
    _, rss, atom = floor.render((topic, rows))
    for document in (rss, atom):
        assert [item.marker in document for item in items] == [False] * 10 + [True] * 50
