"""The database's tables, as numbered migrations in SQL.

Moments are ISO 8601 text in UTC ("2026-11-22T09:30:00Z"): they sort as text and can be read in
Datasette. A released migration is never edited: a change is a new one, at the end of
``MIGRATIONS``. ``worker.store.database`` applies them, through sqlite-utils.
"""

from pathlib import Path

APPLICATION_ID = 0x46454544  # "FEED": tells file(1) and us whose database this is

# The tables of the first version; the constants below are what changed since.
_FIRST = Path(__file__).with_name("first.sql").read_text(encoding="utf-8")

# The one column of an article that is needed for each window, packed closely: the rows of fifty
# articles are far apart.
_UPDATES = "CREATE INDEX articles_updates ON articles (id, updated);\n"

# Since when an article's file makes each of its claims: see Since in worker/core/stages.py. Those
# from before this migration come before all others.
_SINCE = """
ALTER TABLE articles ADD COLUMN id_since TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN link_since TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN content_since TEXT NOT NULL DEFAULT '';
"""

# What a topic's key shares with all that are one letter away (``slip_keys`` in
# worker/core/suggestions.py): a likely misspelling is one look-up.
_SLIPS = """
CREATE TABLE topic_slips (
    slip TEXT NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES topics (id) ON DELETE CASCADE,
    PRIMARY KEY (slip, topic_id)
) WITHOUT ROWID;
CREATE INDEX topic_slips_by_topic ON topic_slips (topic_id);
WITH RECURSIVE numbers (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM numbers WHERE at < 40)
INSERT OR IGNORE INTO topic_slips
    SELECT substr(key, 1, at - 1) || substr(key, at + 1), id
    FROM topics JOIN numbers ON at BETWEEN 1 AND length(key)
    WHERE length(key) BETWEEN 4 AND 40
    UNION ALL SELECT key, id FROM topics WHERE length(key) BETWEEN 4 AND 40;
"""

# The verdict "ignored", of files that are no articles. SQLite changes no CHECK of a table.
_IGNORED = """
CREATE TABLE new_ledger (
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN
        ('accepted', 'held', 'rejected', 'refused', 'quarantined', 'shadowed', 'ignored')),
    article_id INTEGER REFERENCES articles (id) ON DELETE SET NULL,
    problems TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    missing_since TEXT,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
INSERT INTO new_ledger SELECT * FROM ledger ORDER BY folder, name;
DROP TABLE ledger;
ALTER TABLE new_ledger RENAME TO ledger;
CREATE INDEX ledger_by_article ON ledger (article_id);
CREATE INDEX ledger_by_verdict ON ledger (verdict) WHERE verdict <> 'accepted';
CREATE INDEX ledger_problems ON ledger (article_id) WHERE problems <> '';
CREATE INDEX ledger_missing ON ledger (missing_since) WHERE missing_since IS NOT NULL;
"""
# Which article names which file: by its address and by the key that finds it (worker/store/
# mentions.py). warns: its author is told while no public article has that key.
# names: by which keys an article is found; its link, empty if it has none, NULL while it is not
# public. Of the public ones, the one of the lowest rank is meant.
_MENTIONS = """
CREATE TABLE mentions (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,
    warns INTEGER NOT NULL,
    line INTEGER,
    place_column INTEGER,
    PRIMARY KEY (article_id, position)
) WITHOUT ROWID;
CREATE INDEX mentions_by_key ON mentions (key);
CREATE INDEX mentions_that_warn ON mentions (article_id) WHERE warns;
CREATE TABLE names (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    rank INTEGER NOT NULL,
    link TEXT,
    PRIMARY KEY (article_id, key)
) WITHOUT ROWID;
CREATE INDEX names_of_public ON names (key, rank, link) WHERE link IS NOT NULL;
"""

# The files that public articles show (worker/store/public_files.py). The fingerprint is of the file
# in the drop folder or in drop.assets, hash and sizes are of what is public; due: to be looked at;
# key: that of the table mentions.
_MEDIA = """
CREATE TABLE media (
    kind TEXT NOT NULL CHECK (kind IN ('media', 'asset', 'named')),
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    due INTEGER NOT NULL DEFAULT 1,
    inode INTEGER NOT NULL DEFAULT 0,
    file_size INTEGER NOT NULL DEFAULT 0,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    ctime_ns INTEGER NOT NULL DEFAULT 0,
    sha256 TEXT NOT NULL DEFAULT '',
    extension TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    width INTEGER,
    height INTEGER,
    problem TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kind, path)
) WITHOUT ROWID;
CREATE INDEX media_by_key ON media (key);
CREATE INDEX media_due ON media (kind, path) WHERE due > 0;
CREATE INDEX media_by_hash ON media (sha256) WHERE sha256 <> '';
"""

# The pages of articles. path, once given, is kept for ever, also while is_public is 0 and there is
# to be no file; due is 1 while the file lags behind.
_ARTICLE_PAGES = """
CREATE TABLE article_pages (
    article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    path TEXT NOT NULL UNIQUE,
    published TEXT NOT NULL,
    is_public INTEGER NOT NULL,
    due INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX article_pages_in_order ON article_pages (published, path) WHERE is_public = 1;
CREATE INDEX article_pages_due ON article_pages (is_public, article_id) WHERE due = 1;
"""

# The public translations of articles of which there are several (worker/store/mentions.py): key is
# what their paths have in common. The one of the lowest rank is the main one.
_TRANSLATIONS = """
CREATE TABLE translations (
    article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    rank TEXT NOT NULL,
    language TEXT NOT NULL,
    link TEXT NOT NULL
);
CREATE INDEX translations_in_order ON translations (key, rank);
"""

# The pages of a feed's history, one for each archive document but the newest (worker/publishing/
# site_pages.py). page_due: its page lags behind; has_page: there is a file.
_HISTORY_PAGES = """
ALTER TABLE archives ADD COLUMN page_due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE archives ADD COLUMN has_page INTEGER NOT NULL DEFAULT 0;
CREATE INDEX archives_page_due ON archives (feed_id, number) WHERE page_due = 1;
"""

_SITEMAPS = """
CREATE TABLE sitemaps (number INTEGER PRIMARY KEY, changed TEXT, due INTEGER NOT NULL DEFAULT 1);
CREATE INDEX sitemaps_due ON sitemaps (due) WHERE due > 0;
INSERT INTO sitemaps (number) SELECT -1 UNION SELECT article_id / 1000 FROM article_pages;
"""

# Files to download, and what podcasts say of the article, as JSON; empty where there is none.
# Columns, not a table: nothing looks for them, and each entry needs them.
_ENCLOSURES = """
ALTER TABLE articles ADD COLUMN enclosures TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN episode TEXT NOT NULL DEFAULT '';
"""

# More kinds of feeds than the first table allowed; the files of a "gone" one are to be removed.
_KINDS = """
ALTER TABLE articles ADD COLUMN provider_feed TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN any_kind TEXT NOT NULL DEFAULT '';
UPDATE feeds SET any_kind = kind;
ALTER TABLE feeds DROP COLUMN kind;
ALTER TABLE feeds RENAME COLUMN any_kind TO kind;
"""

MIGRATIONS: tuple[str, ...] = (
    _FIRST,
    _UPDATES,
    _SINCE,
    _SLIPS,
    _IGNORED,
    _MENTIONS,
    _MEDIA,
    _ARTICLE_PAGES,
    _TRANSLATIONS,
    _HISTORY_PAGES,
    _SITEMAPS,
    _ENCLOSURES,
    _KINDS,
)
