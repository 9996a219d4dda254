"""A database and a public folder as they look with everything by chance taken away.

Row numbers, inodes and moments of observation differ between two workers that saw the same
folder; what is left must not.
"""

import json
import re
from typing import Any

from tests.integration.house import House

_ARTICLE = (
    "uri, path, state, reason, title, summary, content_html, text, link, link_key, explicit_id,"
    " published, updated, public_from, public_until, due, provider_name, provider_domain, category,"
    " type, quality, heat, language, original_url, amp_url, cdn_amp_url, extra, content_hash,"
    " reader_hash, file_mtime_ns"
)
_OF_ARTICLE = "JOIN articles a ON a.id = x.article_id"

# What is there now, by names that are the same in every database.
_NOW = {
    "articles": f"SELECT {_ARTICLE} FROM articles WHERE state NOT IN ('shadowed', 'withdrawn')",
    "people": f"SELECT a.uri, x.position, x.name, x.email, x.url FROM people x {_OF_ARTICLE}"
    " WHERE a.state NOT IN ('shadowed', 'withdrawn')",
    "article_topics": f"SELECT a.uri, x.position, t.key FROM article_topics x {_OF_ARTICLE}"
    " JOIN topics t ON t.id = x.topic_id WHERE a.state NOT IN ('shadowed', 'withdrawn')",
    # A file that two newer ones overshadow names one of them.
    "ledger": "SELECT folder, name, size, mtime_ns, x.content_hash, verdict, missing_since,"
    " iif(verdict = 'shadowed', '', a.uri), iif(verdict = 'shadowed', '', problems)"
    " FROM ledger x LEFT JOIN articles a ON a.id = x.article_id",
    "entries": f"SELECT f.key, x.published, x.uri FROM entries x {_OF_ARTICLE}"
    " JOIN feeds f ON f.id = x.feed_id WHERE x.withdrawn_at IS NULL",
}
# What grows with what was public at any time: the same only where nothing ever had to give way.
_EVER = {
    "topics": "SELECT key, name, slug FROM topics",
    "feeds": "SELECT f.key, uri, kind, f.name, t.key, touched, places, last_withdrawal, problem"
    " FROM feeds f LEFT JOIN topics t ON t.id = f.topic_id",
    "buried": "SELECT f.key, x.published, x.uri FROM entries x"
    " JOIN feeds f ON f.id = x.feed_id WHERE x.withdrawn_at IS NOT NULL",
    "archives": "SELECT f.key, number, first_published, first_uri, last_published, last_uri,"
    " x.touched FROM archives x JOIN feeds f ON f.id = x.feed_id",
    "article_pages": "SELECT a.uri, x.path, x.published, x.is_public, x.due"
    f" FROM article_pages x {_OF_ARTICLE}",
    "kept_entries": f"SELECT a.uri, x.format, x.body FROM kept_entries x {_OF_ARTICLE}",
    "public_files": "SELECT path, sha256, size FROM public_files",
}


def dump(house: House, *, ever: bool) -> dict[str, list[tuple[Any, ...]]]:
    """The database's rows by table, sorted; with ``ever``, also what the past left there."""
    queries = {**_NOW, **_EVER} if ever else _NOW
    return {table: sorted(house.rows(sql), key=repr) for table, sql in queries.items()}


def feed_bytes(house: House) -> dict[str, bytes]:
    """Every public file's bytes."""
    return {path: data for path, (data, _) in house.public_files().items()}


_HEAD_UPDATED = re.compile(rb"(?:<updated>|<lastBuildDate>)[^<]*(?=</)")
_TOMBSTONE = re.compile(rb"\s*<at:deleted-entry\b[^>]*/>| xmlns:at=\"[^\"]*\"")


# The slug in a page's address is of the name that its file had first.
_SLUG = re.compile(rb"(?<=/articles/)[a-z-]+-(?=[0-9a-f]{12}\.html)")


def standing_feeds(house: House) -> dict[str, bytes]:
    """The bytes of every feed in which something stands, without the traces of earlier names and
    of withdrawals: tombstones, and the time of the last one in the feed's head."""
    keys = {row[0] for row in dump(house, ever=False)["entries"]}
    return {
        path: _SLUG.sub(b"", _TOMBSTONE.sub(b"", _HEAD_UPDATED.sub(b"", data, count=1)))
        for path, data in feed_bytes(house).items()
        if path.rpartition(".")[0] in keys
    }


def json_ids(data: bytes) -> list[str]:
    """The ids in a JSON feed, in order."""
    return [item["id"] for item in json.loads(data)["items"]]
