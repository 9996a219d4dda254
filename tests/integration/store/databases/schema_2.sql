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
CREATE INDEX articles_updates ON articles (id, updated);

INSERT INTO articles (id, uri, path, state, reason, held, title, link, link_key, explicit_id, published, updated, public_from, public_until, public_since, withdrawn_at, first_seen, due, provider_name, provider_domain, category, type, quality, heat, language, original_url, amp_url, cdn_amp_url, content_hash, reader_hash, file_mtime_ns, summary, extra, text, content_html) VALUES (1, 'urn:uuid:288744c6-ea88-52e6-99b6-37ff377e996e', 'draft.md', 'held', '', 1, 'Draft', '', '', '', '2026-05-01T11:59:00Z', '2026-05-01T11:59:00Z', '2026-05-01T11:59:00Z', NULL, NULL, NULL, '2026-05-01T12:00:02Z', NULL, '', '', '', '', NULL, NULL, 'en', '', '', '', '6a90ff8807380a642f8bc97a301c17469132e0fbacd0654b10d5cf0c22fd0384', 'a299d552a21844f3a466927da41df6ad50e8232c079a2471d0e268218b3008c9', 1777636740000000000, 'Some text.', '{}', 'Some text.', '<p>Some text.</p>');
INSERT INTO articles (id, uri, path, state, reason, held, title, link, link_key, explicit_id, published, updated, public_from, public_until, public_since, withdrawn_at, first_seen, due, provider_name, provider_domain, category, type, quality, heat, language, original_url, amp_url, cdn_amp_url, content_hash, reader_hash, file_mtime_ns, summary, extra, text, content_html) VALUES (2, 'urn:uuid:407ed282-74fe-5977-8f07-735128341b81', 'gone.md', 'withdrawn', 'its file was deleted', 0, 'Gone', '', '', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', NULL, '2026-05-01T12:00:02Z', NULL, '2026-05-01T12:00:02Z', NULL, '', '', '', '', NULL, NULL, 'en', '', '', '', 'ca4ec40670fa38f21a07de168b3cf629b61711d285d8c3f08d95ca229915b0df', 'b1cfc2dfb26d51373003b9bdd74069cb8bcf60201a8ff90beaeba1dc8f83f142', 1777636740000000000, 'Some text.', '{}', 'Some text.', '<p>Some text.</p>');
INSERT INTO articles (id, uri, path, state, reason, held, title, link, link_key, explicit_id, published, updated, public_from, public_until, public_since, withdrawn_at, first_seen, due, provider_name, provider_domain, category, type, quality, heat, language, original_url, amp_url, cdn_amp_url, content_hash, reader_hash, file_mtime_ns, summary, extra, text, content_html) VALUES (3, 'urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427', 'mills.md', 'live', '', 0, 'Mills', '', '', 'mills', '2026-01-03T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-03T00:00:00Z', NULL, '2026-05-01T12:00:02Z', NULL, '2026-05-01T12:00:02Z', NULL, '', '', '', '', NULL, NULL, 'en', '', '', '', 'f42d2e3dbb3caf26ea9117e7951dfd131266428b15e6029a1005f353e69dc1b6', 'e94cdeaab8305951ebd1d2d14ab8dec8a3244524f4deb549595674f3817088ce', 1777636740000000000, 'Some text.', '{}', 'Some text.', '<p>Some text.</p>');
INSERT INTO articles (id, uri, path, state, reason, held, title, link, link_key, explicit_id, published, updated, public_from, public_until, public_since, withdrawn_at, first_seen, due, provider_name, provider_domain, category, type, quality, heat, language, original_url, amp_url, cdn_amp_url, content_hash, reader_hash, file_mtime_ns, summary, extra, text, content_html) VALUES (4, 'urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7', 'tides.md', 'live', '', 0, 'Tides', 'https://example.org/tides', 'example.org/tides', '', '2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z', NULL, '2026-05-01T12:00:02Z', NULL, '2026-05-01T12:00:02Z', NULL, '', '', '', '', NULL, NULL, 'en', '', '', '', '6511e5c4e98808f0edd87ed0b73fabfcdc6ec4333a3a853b6ceb922efbcbbbbf', 'c53aa9e11635e2b8136a9b451d63f3ea9b7ab65f4d19b41ae77f2763ec4da511', 1777636740000000000, 'Some text.', '{}', 'Some text.', '<p>Some text.</p>');
INSERT INTO topics (id, key, name, slug) VALUES (1, 'news', 'News', 'news');
INSERT INTO topics (id, key, name, slug) VALUES (2, 'sea', 'Sea', 'sea');
INSERT INTO topics (id, key, name, slug) VALUES (3, 'land', 'Land', 'land');
INSERT INTO topics (id, key, name, slug) VALUES (4, 'ferries', 'Ferries', 'ferries');
INSERT INTO article_topics (article_id, topic_id, position) VALUES (1, 1, 0);
INSERT INTO article_topics (article_id, topic_id, position) VALUES (2, 2, 0);
INSERT INTO article_topics (article_id, topic_id, position) VALUES (3, 3, 0);
INSERT INTO article_topics (article_id, topic_id, position) VALUES (4, 2, 0);
INSERT INTO article_topics (article_id, topic_id, position) VALUES (4, 4, 1);
INSERT INTO ledger (folder, name, inode, size, mtime_ns, ctime_ns, content_hash, verdict, article_id, problems, decided_at, missing_since) VALUES ('', 'broken.md', 2334913, 24, 1777636740000000000, 1795831938007032785, 'eac8e84e3708ab052793b98e9478116087c13f982e41418c60dfe849c5819a78', 'rejected', NULL, '[{"line": 2, "column": 8, "level": "error", "code": "yaml-bracket", "message": "The [ that opens here is not closed by ], or a comma is missing.", "hint": "Close it with ], or put the value in quotes if it is meant as text."}]', '2026-05-01T12:00:02Z', NULL);
INSERT INTO ledger (folder, name, inode, size, mtime_ns, ctime_ns, content_hash, verdict, article_id, problems, decided_at, missing_since) VALUES ('', 'draft.md', 2334897, 45, 1777636740000000000, 1795831938007008215, '6a90ff8807380a642f8bc97a301c17469132e0fbacd0654b10d5cf0c22fd0384', 'held', 1, '[{"line": 3, "column": 1, "level": "warning", "code": "held", "message": "The article is held back from the public by “draft: true”.", "hint": "Remove that line to publish it."}]', '2026-05-01T12:00:02Z', NULL);
INSERT INTO ledger (folder, name, inode, size, mtime_ns, ctime_ns, content_hash, verdict, article_id, problems, decided_at, missing_since) VALUES ('', 'mills.md', 2334801, 75, 1777636740000000000, 1795831938006974303, 'f42d2e3dbb3caf26ea9117e7951dfd131266428b15e6029a1005f353e69dc1b6', 'accepted', 3, '', '2026-05-01T12:00:02Z', NULL);
INSERT INTO ledger (folder, name, inode, size, mtime_ns, ctime_ns, content_hash, verdict, article_id, problems, decided_at, missing_since) VALUES ('', 'tides.md', 2334785, 105, 1777636740000000000, 1795831938006905819, '6511e5c4e98808f0edd87ed0b73fabfcdc6ec4333a3a853b6ceb922efbcbbbbf', 'accepted', 4, '', '2026-05-01T12:00:02Z', NULL);
INSERT INTO feeds (id, key, uri, kind, name, topic_id, touched, places, page_due, last_withdrawal, problem) VALUES (1, 'all', 'urn:uuid:0c8899ca-32e9-5199-96d1-c4cff21fae21', 'all', '', NULL, 0, 3, 0, '2026-05-01T12:00:13Z', '');
INSERT INTO feeds (id, key, uri, kind, name, topic_id, touched, places, page_due, last_withdrawal, problem) VALUES (2, 'topics/sea', 'urn:uuid:2ce6b2eb-f7df-539b-8fd4-9e69ca06bbd7', 'topic', 'Sea', 2, 0, 2, 0, '2026-05-01T12:00:13Z', '');
INSERT INTO feeds (id, key, uri, kind, name, topic_id, touched, places, page_due, last_withdrawal, problem) VALUES (3, 'topics/land', 'urn:uuid:3e439d49-3570-5915-bd5a-25f4b6106dc4', 'topic', 'Land', 3, 0, 1, 0, NULL, '');
INSERT INTO feeds (id, key, uri, kind, name, topic_id, touched, places, page_due, last_withdrawal, problem) VALUES (4, 'topics/ferries', 'urn:uuid:1e8d0c13-1d12-5b8d-b37c-476c64b7e773', 'topic', 'Ferries', 4, 0, 1, 0, NULL, '');
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (1, '2026-01-01T00:00:00Z', 'urn:uuid:407ed282-74fe-5977-8f07-735128341b81', 2, '2026-05-01T12:00:13Z');
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (1, '2026-01-02T00:00:00Z', 'urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7', 4, NULL);
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (1, '2026-01-03T00:00:00Z', 'urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427', 3, NULL);
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (2, '2026-01-01T00:00:00Z', 'urn:uuid:407ed282-74fe-5977-8f07-735128341b81', 2, '2026-05-01T12:00:13Z');
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (2, '2026-01-02T00:00:00Z', 'urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7', 4, NULL);
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (3, '2026-01-03T00:00:00Z', 'urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427', 3, NULL);
INSERT INTO entries (feed_id, published, uri, article_id, withdrawn_at) VALUES (4, '2026-01-02T00:00:00Z', 'urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7', 4, NULL);
INSERT INTO kept_entries (article_id, format, body) VALUES (4, 'rss', '<item>
      <title>Tides</title>
      <link>https://example.org/tides</link>
      <description>Some text.</description>
      <content:encoded>&lt;p&gt;Some text.&lt;/p&gt;</content:encoded>
      <guid isPermaLink="false">urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7</guid>
      <category domain="https://house.example/topics/">Sea</category>
      <category domain="https://house.example/topics/">Ferries</category>
      <pubDate>Fri, 02 Jan 2026 00:00:00 +0000</pubDate>
      <dc:language>en</dc:language>
    </item>');
INSERT INTO kept_entries (article_id, format, body) VALUES (4, 'atom', '<entry xml:lang="en">
    <id>urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7</id>
    <title>Tides</title>
    <updated>2026-01-02T00:00:00Z</updated>
    <content type="html">&lt;p&gt;Some text.&lt;/p&gt;</content>
    <link href="https://example.org/tides" rel="alternate"/>
    <summary>Some text.</summary>
    <category term="sea" scheme="https://house.example/topics/" label="Sea"/>
    <category term="ferries" scheme="https://house.example/topics/" label="Ferries"/>
    <published>2026-01-02T00:00:00Z</published>
  </entry>');
INSERT INTO kept_entries (article_id, format, body) VALUES (4, 'json', '{"id":"urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7","url":"https://example.org/tides","title":"Tides","content_html":"<p>Some text.</p>","summary":"Some text.","date_published":"2026-01-02T00:00:00Z","date_modified":"2026-01-02T00:00:00Z","tags":["Sea","Ferries"],"language":"en"}');
INSERT INTO kept_entries (article_id, format, body) VALUES (4, 'html', '{"@type":"Article","@id":"urn:uuid:4d730a5a-f604-5aa6-a160-ac216eb9fad7","headline":"Tides","url":"https://example.org/tides","datePublished":"2026-01-02T00:00:00Z","dateModified":"2026-01-02T00:00:00Z","inLanguage":"en"}
<article class="entry" id="a78fa7eead91" lang="en" dir="ltr">
<h3><a href="https://example.org/tides">Tides</a></h3>
<p class="facts"><time datetime="2026-01-02T00:00:00+00:00">2026-01-02 00:00</time></p>
<p class="summary">Some text.</p>
<ul class="topics"><li><a href="https://house.example/topics/sea.html">Sea</a></li><li><a href="https://house.example/topics/ferries.html">Ferries</a></li></ul>
</article>');
INSERT INTO kept_entries (article_id, format, body) VALUES (3, 'rss', '<item>
      <title>Mills</title>
      <description>Some text.</description>
      <content:encoded>&lt;p&gt;Some text.&lt;/p&gt;</content:encoded>
      <guid isPermaLink="false">urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427</guid>
      <category domain="https://house.example/topics/">Land</category>
      <pubDate>Sat, 03 Jan 2026 00:00:00 +0000</pubDate>
      <dc:language>en</dc:language>
    </item>');
INSERT INTO kept_entries (article_id, format, body) VALUES (3, 'atom', '<entry xml:lang="en">
    <id>urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427</id>
    <title>Mills</title>
    <updated>2026-01-03T00:00:00Z</updated>
    <content type="html">&lt;p&gt;Some text.&lt;/p&gt;</content>
    <summary>Some text.</summary>
    <category term="land" scheme="https://house.example/topics/" label="Land"/>
    <published>2026-01-03T00:00:00Z</published>
  </entry>');
INSERT INTO kept_entries (article_id, format, body) VALUES (3, 'json', '{"id":"urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427","title":"Mills","content_html":"<p>Some text.</p>","summary":"Some text.","date_published":"2026-01-03T00:00:00Z","date_modified":"2026-01-03T00:00:00Z","tags":["Land"],"language":"en"}');
INSERT INTO kept_entries (article_id, format, body) VALUES (3, 'html', '{"@type":"Article","@id":"urn:uuid:b159d6fa-e5f7-569d-8aa5-881cc4f9e427","headline":"Mills","datePublished":"2026-01-03T00:00:00Z","dateModified":"2026-01-03T00:00:00Z","inLanguage":"en"}
<article class="entry" id="a271bf57f6a6" lang="en" dir="ltr">
<h3>Mills</h3>
<p class="facts"><time datetime="2026-01-03T00:00:00+00:00">2026-01-03 00:00</time></p>
<p class="summary">Some text.</p>
<details><summary lang="en" dir="ltr">Read it here<span class="unseen">: Mills</span></summary>
<div class="content">
<p>Some text.</p>
</div>
</details>
<ul class="topics"><li><a href="https://house.example/topics/land.html">Land</a></li></ul>
</article>');
INSERT INTO kept_entries (article_id, format, body) VALUES (2, 'rss', '<item>
      <title>Gone</title>
      <description>Some text.</description>
      <content:encoded>&lt;p&gt;Some text.&lt;/p&gt;</content:encoded>
      <guid isPermaLink="false">urn:uuid:407ed282-74fe-5977-8f07-735128341b81</guid>
      <category domain="https://house.example/topics/">Sea</category>
      <pubDate>Thu, 01 Jan 2026 00:00:00 +0000</pubDate>
      <dc:language>en</dc:language>
    </item>');
INSERT INTO kept_entries (article_id, format, body) VALUES (2, 'atom', '<entry xml:lang="en">
    <id>urn:uuid:407ed282-74fe-5977-8f07-735128341b81</id>
    <title>Gone</title>
    <updated>2026-01-01T00:00:00Z</updated>
    <content type="html">&lt;p&gt;Some text.&lt;/p&gt;</content>
    <summary>Some text.</summary>
    <category term="sea" scheme="https://house.example/topics/" label="Sea"/>
    <published>2026-01-01T00:00:00Z</published>
  </entry>');
INSERT INTO kept_entries (article_id, format, body) VALUES (2, 'json', '{"id":"urn:uuid:407ed282-74fe-5977-8f07-735128341b81","title":"Gone","content_html":"<p>Some text.</p>","summary":"Some text.","date_published":"2026-01-01T00:00:00Z","date_modified":"2026-01-01T00:00:00Z","tags":["Sea"],"language":"en"}');
INSERT INTO kept_entries (article_id, format, body) VALUES (2, 'html', '{"@type":"Article","@id":"urn:uuid:407ed282-74fe-5977-8f07-735128341b81","headline":"Gone","datePublished":"2026-01-01T00:00:00Z","dateModified":"2026-01-01T00:00:00Z","inLanguage":"en"}
<article class="entry" id="a24240f7ab06" lang="en" dir="ltr">
<h3>Gone</h3>
<p class="facts"><time datetime="2026-01-01T00:00:00+00:00">2026-01-01 00:00</time></p>
<p class="summary">Some text.</p>
<details><summary lang="en" dir="ltr">Read it here<span class="unseen">: Gone</span></summary>
<div class="content">
<p>Some text.</p>
</div>
</details>
<ul class="topics"><li><a href="https://house.example/topics/sea.html">Sea</a></li></ul>
</article>');
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('all.atom', 1, '3d0694ae92909e297ae56aef3ca456a579b86412e07990d16b03dd4f21505e64', 1683, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('all.html', 1, 'a7fc7780c53a78e182097a77255f0bb55d3ca61e000d49983f2b6633ef7534e0', 4976, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('all.json', 1, '395418f980710e8e14eccc9f4511c2e290b04c79479d47f05dd3d7d4abc538e6', 776, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('all.rss', 1, '6ebd2322c00986566539bdbcc960428b170b799d7d560faf5fa2d552221f0c3b', 1727, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('feed.css', NULL, '1e0aee31f3ded16fd5148ac6dbac6ac62beccd8a54adc5e0bdaed81427d60eea', 2727, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('feedmill.css', NULL, '09c41b15c378a99032a6f7e16b2f20d2b1aeb7d57ebc6f7db20958b748904780', 7872, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('feedmill.js', NULL, '0900d196b2101d1cae60539df7f30378f9b37c8fe5b38ba0e4be6f60c37bf64d', 2253, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('feedmill.svg', NULL, 'face94e701d6d823214bbcfb989b10311430beb8b244a19794a04d0a0d4b1297', 308, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('feeds.opml', NULL, '3e9e02581345283d92876c751c921cfc923c30fa986ab305690042cd1a83512f', 769, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('index.html', NULL, '2743ab318a40f4274ea501cbf410f8daf6b54be58fce78e67caa71322196e67c', 4387, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/ferries.atom', 4, 'ec77312a8a9001153d417b552e4f315eca7cf98687ab576b506e76294549d922', 1277, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/ferries.html', 4, '4849511a5a9cbb8758f9b29cdba209957edd9867f9c612063a52907ea7f118c9', 4543, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/ferries.json', 4, '83df917e2941e979976d4b91dc48421456482539e1d12d56e03430dd04efd800', 584, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/ferries.rss', 4, 'e4650260be10aa4ba50f81177387a72a04b6dccb1794be880207f048d64e827e', 1437, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/land.atom', 3, '8eb3ac6719925dbe916f9b03d37dd3e99bdb8add10c558099c9e8100807372a1', 1114, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/land.html', 3, 'f16e429beb3489a8741b23342716a3449855c54e2e1c155d6ae572b8b40d15e5', 4478, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/land.json', 3, '4716364fc65cc5d163c6fa710bf42f3dfef0f6a6b8d0bdf81f45e4c318cac912', 529, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/land.rss', 3, 'ea1057f6edcc0281b615f9b9980063ea5ef74d88532569f1322dce5d1fbf5a83', 1304, 1777636802);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/sea.atom', 2, 'ceb6324625ee76ff157160cc37d2659aea242b927fc66b277c653c6a5d3fdbf6', 1405, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/sea.html', 2, '2416b0f973564527fe54d9687e7c07b0a1ddcd3ccd7f8e11fd39c49c73cc1745', 4443, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/sea.json', 2, '266b5e67cb3a90f7d9f600811eb72029879a8ebdc2712509268822cbd5459e30', 568, 1777636813);
INSERT INTO public_files (path, feed_id, sha256, size, mtime) VALUES ('topics/sea.rss', 2, '8c7646589507ec0cf4682aca6294ba47da3f591990707072a0049bdde6ade44d', 1417, 1777636813);
INSERT INTO verdicts (id, path, verdict, codes, at, changed_ns, latency_ms) VALUES (1, 'broken.md', 'rejected', 'yaml-bracket', '2026-05-01T12:00:02Z', NULL, NULL);
INSERT INTO verdicts (id, path, verdict, codes, at, changed_ns, latency_ms) VALUES (2, 'draft.md', 'held', 'held', '2026-05-01T12:00:02Z', NULL, NULL);
INSERT INTO verdicts (id, path, verdict, codes, at, changed_ns, latency_ms) VALUES (3, 'gone.md', 'accepted', '', '2026-05-01T12:00:02Z', NULL, NULL);
INSERT INTO verdicts (id, path, verdict, codes, at, changed_ns, latency_ms) VALUES (4, 'mills.md', 'accepted', '', '2026-05-01T12:00:02Z', NULL, NULL);
INSERT INTO verdicts (id, path, verdict, codes, at, changed_ns, latency_ms) VALUES (5, 'tides.md', 'accepted', '', '2026-05-01T12:00:02Z', NULL, NULL);
INSERT INTO facts (name, value) VALUES ('feeds', 'b00a58b2f3490f11');
INSERT INTO facts (name, value) VALUES ('pages', '6a5170ae26ef5ff6 Site(title=''House'', url=''https://house.example/'', description='''', language=''en'', zone=zoneinfo.ZoneInfo(key=''UTC''), zone_name=''UTC'', icon='''', formats=(''rss'', ''atom'', ''json''))');
INSERT INTO facts (name, value) VALUES ('reading', 'ef3466cd97722c05');
INSERT INTO facts (name, value) VALUES ('receipts', '050d366910dced68');
INSERT INTO facts (name, value) VALUES ('searches', '6af22f1bc2d94295');
INSERT INTO articles_fts (articles_fts) VALUES ('rebuild');
PRAGMA application_id = 1178944836;
PRAGMA user_version = 2;
