CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('live', 'held', 'scheduled', 'expired', 'shadowed', 'withdrawn')),
    reason TEXT NOT NULL DEFAULT '',
    held INTEGER NOT NULL DEFAULT 0,
    title TEXT NOT NULL,
    link TEXT NOT NULL,
    link_key TEXT NOT NULL,
    explicit_id TEXT NOT NULL,
    published TEXT NOT NULL,
    updated TEXT NOT NULL,
    public_from TEXT NOT NULL,
    public_until TEXT,
    public_since TEXT,
    withdrawn_at TEXT,
    first_seen TEXT NOT NULL,
    due TEXT,
    provider_name TEXT NOT NULL,
    provider_domain TEXT NOT NULL,
    category TEXT NOT NULL,
    type TEXT NOT NULL,
    quality REAL,
    heat REAL,
    language TEXT NOT NULL,
    original_url TEXT NOT NULL,
    amp_url TEXT NOT NULL,
    cdn_amp_url TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    reader_hash TEXT NOT NULL,
    file_mtime_ns INTEGER NOT NULL,
    -- The long ones last: what stands behind them is found only by reading through them.
    summary TEXT NOT NULL,
    extra TEXT NOT NULL,
    text TEXT NOT NULL,
    content_html TEXT NOT NULL
);
CREATE INDEX articles_by_path ON articles (path);
CREATE INDEX articles_by_link ON articles (link_key) WHERE link_key <> '';
CREATE INDEX articles_by_explicit_id ON articles (explicit_id) WHERE explicit_id <> '';
CREATE INDEX articles_by_content ON articles (content_hash);
CREATE INDEX articles_by_due ON articles (due) WHERE due IS NOT NULL;
CREATE INDEX articles_by_state ON articles (state, published);

CREATE TABLE people (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (article_id, position)
) WITHOUT ROWID;

CREATE TABLE images (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    title TEXT NOT NULL,
    is_cached INTEGER,
    PRIMARY KEY (article_id, position)
) WITHOUT ROWID;

CREATE TABLE related (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    link TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    published TEXT,
    provider_name TEXT NOT NULL,
    provider_domain TEXT NOT NULL,
    images TEXT NOT NULL,
    extra TEXT NOT NULL,
    PRIMARY KEY (article_id, position)
);

CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE
);

-- Other names of a topic: what it was called before, and what was merged into it.
CREATE TABLE topic_aliases (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES topics (id)
) WITHOUT ROWID;

CREATE TABLE article_topics (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    topic_id INTEGER NOT NULL REFERENCES topics (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (article_id, topic_id)
) WITHOUT ROWID;
CREATE INDEX article_topics_by_topic ON article_topics (topic_id);

-- What was found at each path of the drop folder, and what became of it.
CREATE TABLE ledger (
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN
        ('accepted', 'held', 'rejected', 'refused', 'quarantined', 'shadowed')),
    article_id INTEGER REFERENCES articles (id) ON DELETE SET NULL,
    problems TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    missing_since TEXT,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
CREATE INDEX ledger_by_article ON ledger (article_id);
CREATE INDEX ledger_by_verdict ON ledger (verdict) WHERE verdict <> 'accepted';
CREATE INDEX ledger_problems ON ledger (article_id) WHERE problems <> '';
CREATE INDEX ledger_missing ON ledger (missing_since) WHERE missing_since IS NOT NULL;

-- One row per feed that ever was public; touched counts the changes not yet published, page_due
-- is 1 while the page for people lags behind the feed.
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    uri TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('all', 'topic', 'search')),
    name TEXT NOT NULL,
    topic_id INTEGER REFERENCES topics (id),
    touched INTEGER NOT NULL DEFAULT 1,
    places INTEGER NOT NULL DEFAULT 0,
    page_due INTEGER NOT NULL DEFAULT 0,
    last_withdrawal TEXT,
    problem TEXT NOT NULL DEFAULT ''
);
CREATE INDEX feeds_touched ON feeds (touched) WHERE touched > 0;
CREATE INDEX feeds_page_due ON feeds (page_due) WHERE page_due > 0;

-- An article as it stands in one feed. A withdrawn one keeps its place, as a tombstone.
CREATE TABLE entries (
    feed_id INTEGER NOT NULL REFERENCES feeds (id),
    published TEXT NOT NULL,
    uri TEXT NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    withdrawn_at TEXT,
    PRIMARY KEY (feed_id, published, uri)
) WITHOUT ROWID;
CREATE INDEX entries_by_article ON entries (article_id);
CREATE INDEX entries_withdrawn ON entries (feed_id, withdrawn_at) WHERE withdrawn_at IS NOT NULL;

-- A feed's history in documents filled by count, oldest first: from which entry to which.
-- touched: 1 its entries' bytes may have changed, 2 an entry came to stand in or before it.
CREATE TABLE archives (
    feed_id INTEGER NOT NULL REFERENCES feeds (id),
    number INTEGER NOT NULL,
    first_published TEXT NOT NULL,
    first_uri TEXT NOT NULL,
    last_published TEXT NOT NULL,
    last_uri TEXT NOT NULL,
    touched INTEGER NOT NULL DEFAULT 1,
    is_published INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (feed_id, number)
) WITHOUT ROWID;
CREATE INDEX archives_by_end ON archives (feed_id, last_published, last_uri);
CREATE INDEX archives_touched ON archives (feed_id) WHERE touched > 0;

-- The bytes of an entry in one format, kept so that a feed is put together, not rendered anew.
-- With a rowid: rows this long would make a tree of keys and rows in one very deep.
CREATE TABLE kept_entries (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    format TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (article_id, format)
);

-- What was last written below the public folder.
CREATE TABLE public_files (
    path TEXT PRIMARY KEY,
    feed_id INTEGER REFERENCES feeds (id),
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX public_files_by_feed ON public_files (feed_id);

-- The last verdicts, for those who look on. changed_ns: when the file was last changed, where it
-- is to be timed; latency_ms: how long it took from then into its feeds.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    verdict TEXT NOT NULL,
    codes TEXT NOT NULL,
    at TEXT NOT NULL,
    changed_ns INTEGER,
    latency_ms INTEGER
);
CREATE INDEX verdicts_by_time ON verdicts (at);
CREATE INDEX verdicts_on_their_way ON verdicts (id)
    WHERE changed_ns IS NOT NULL AND latency_ms IS NULL;

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIRTUAL TABLE articles_fts USING fts5 (
    title, summary, text, content = 'articles', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);
-- New articles are indexed by the store itself: inside a trigger, FTS5 writes a part of the index
-- for each row, which takes five times as long as all the rest of the row.
CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, summary, text)
    VALUES ('delete', old.id, old.title, old.summary, old.text);
END;
CREATE TRIGGER articles_fts_update AFTER UPDATE OF title, summary, text ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, summary, text)
    VALUES ('delete', old.id, old.title, old.summary, old.text);
    INSERT INTO articles_fts (rowid, title, summary, text)
    VALUES (new.id, new.title, new.summary, new.text);
END;
