"""One small article file for every code: what an author may do, written for these tests.

``SAMPLES`` maps a code to (file name, text or bytes); ``TOLD`` maps the codes that no reading of
bytes gives to the problems themselves.
"""

from datetime import UTC, datetime

from worker.config.model import Config
from worker.core.article import Mention
from worker.core.paths import META_MARK
from worker.core.problems import Place, Problem
from worker.inbox.safe_open import bad_name, not_a_file, too_large
from worker.ingest.verdicts import (
    contested,
    link_target,
    overtaken,
    parser_died,
    topic_limit,
    topic_slip,
    translation,
    unreadable,
)
from worker.media.warnings import bad, large, missing, too_many, unready
from worker.parsing.frontmatter.block import MAX_CHARS
from worker.store.public_files import MediaKey

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def yaml(*lines: str, body: str = "The boats leave at high water.") -> str:
    """A file with these lines as its front matter."""
    return "\n".join(["---", *lines, "---", "", body, ""])


# A tag so broken that two parsers read it differently.
LOST = '<p ="><template>">' + "The boats leave at high water. " * 5


SAMPLES: dict[str, tuple[str, str | bytes]] = {
    "empty-file": ("a.md", " \n\n"),
    "not-utf8": ("a.md", b"---\ntitle: Caf\xe9 on the quay\n---\n\nText.\n"),
    "control-characters": ("a.md", yaml('title: "High\\x07 water"')),
    "section-page": ("_index.md", yaml("title: Boats", body="")),
    "site-file": ("README.md", "# How to build this site\n\nRun make.\n"),
    "page": ("a.md", yaml("title: About us", "layout: page")),
    "other-kind": ("a.docx", b""),
    "meta-unread": ("a.md", META_MARK + b"\xffThis is a symbolic link." + META_MARK + b"# Tides\n"),
    "rest-syntax": ("a.rst", "Tides\n=====\n\n.. include:: /etc/passwd\n\nHigh at six.\n"),
    "mdx-code": ("a.mdx", yaml("title: Tides", body="<Tabs x={1}>\n\nHigh at six.\n\n</Tabs>")),
    "more-problems": ("a.md", yaml("title: Tides", "images: [" + "x:y, " * 150 + "]")),
    "secured-in-body": ("a.md", f"# Tides\n\nsecured: {'Zm9vYmFy' * 8}\n"),
    "unclosed-front-matter": ("a.md", "---\ntitle: Tides\ntopics: [Water]\n\nThe boats leave.\n"),
    "bad-fence": ("a.md", "--\ntitle: Tides\ntopics: Water\n---\n\nThe boats leave.\n"),
    "missing-fence": ("a.md", "title: Tides\ntopics: Water\n---\n\nThe boats leave.\n"),
    "early-fence": (
        "a.md",
        "---\ntitle: Tides\n---\nexcerpt: Boats\nauthor: Ada\n---\n\nThe boats.\n",
    ),
    "rule-at-top": ("a.md", "---\nThe boats leave at high water.\n---\n\nAnd come back.\n"),
    "not-a-mapping": ("a.md", yaml("- title", "- topics")),
    "front-matter-too-big": ("a.md", yaml("title: Tides", f"notes: {'x ' * (MAX_CHARS // 2)}")),
    "front-matter-too-deep": ("a.md", yaml("title: Tides", f"x: {'[' * 40}{']' * 40}")),
    "front-matter-too-many": ("a.md", yaml("title: Tides", f"x: [{'1, ' * 10_500}]")),
    "duplicate-key": ("a.md", yaml("title: Tides", "topics: Water", "title: Tide tables")),
    "unknown-key": ("a.md", yaml("title: Tides", "publishDateTime: 2026-04-01T10:00:00Z")),
    "stray-quote": ("a.md", yaml('title: Tides"')),
    "yaml-colon": ("a.md", yaml("title: Tides: a table")),
    "yaml-space": ("a.md", yaml("title: Tides", "topics:Water", "id: 7")),
    "yaml-no-colon": ("a.md", yaml("title: Tides", "topics", "id: 7")),
    "yaml-tab": ("a.md", yaml("title: Tides", "provider:", "\tname: The Harbour Post")),
    "yaml-quote": ("a.md", yaml('title: "Tides', "topics: Water")),
    "yaml-indent": ("a.md", yaml("title: Tides", "  topics: Water")),
    "yaml-start": ("a.md", yaml("title: Tides", "excerpt: @seven the boats leave")),
    "yaml-bracket": ("a.md", yaml("title: Tides", "topics: [Water, Boats", "id: 7")),
    "yaml-hash": ("a.md", yaml("title: Tides #tag", "topics: Water")),
    "yaml-escape": ("a.md", yaml('title: "C:\\quay\\tides"')),
    "yaml-alias": ("a.md", yaml("title: &t Tides", "excerpt: *t")),
    "yaml-tag": ("a.md", yaml("title: Tides", "excerpt: !late the boats")),
    "yaml-key": ("a.md", yaml("title: Tides", "{{ page }}: x")),
    "yaml-merge": ("a.md", yaml("title: Tides", "<<: {topics: Water}")),
    "yaml-documents": ("a.md", yaml("title: Tides", "--- topics", "id: 7")),
    "yaml-syntax": ("a.md", yaml("title: Tides", "provider: {name::{? ")),
    "toml-syntax": ("a.md", '+++\ntitle = "Tides"\ntopics = [Water]\n+++\n\nThe boats leave.\n'),
    "json-syntax": ("a.md", '{\n  "title": "Tides",\n  "topics": ["Water",]\n}\n\nThe boats.\n'),
    "dropped-html": ("a.md", yaml("title: Tides", body="Text.\n\n<script>alert(1)</script>")),
    "unclosed-html": ("a.md", yaml("title: Tides", body="Use the <template> element.\n\nMore.")),
    "lost-words": ("a.html", yaml("title: Tides", body=LOST)),
    "too-deep": ("a.md", "# Tides\n\n" + ">" * 200 + " Deep water.\n"),
    "template-code": ("a.md", yaml("title: Tides", body='Text.\n\n{{< chart "tides" >}}\n\nMore.')),
    "embedded-file": ("a.md", yaml("title: Tides", body="Text.\n\n![[tides.canvas]]\n\nMore.")),
    "tool-address": ("a.md", yaml("title: Tides", body="See [there]({tag}tides).")),
    "too-many-links": (
        "a.md",
        yaml("title: Tides", body="".join(f"[{n}]({n}.md)\n" for n in range(1_001))),
    ),
    "no-title": ("a.md", "---\ntitle:\ntopics: Water\n---\n"),
    "title-too-long": ("a.md", yaml(f"title: {'Tides ' * 200}")),
    "bad-type": ("a.md", yaml("title: [Tides, Tables]")),
    "missing-key": ("a.md", yaml("title: Tides", "images:", "  - width: 100")),
    "bad-date": ("a.md", yaml("title: Tides", "date: 2026-02-30")),
    "ambiguous-date": ("a.md", yaml("title: Tides", "date: 04/02/2026")),
    "naive-date": ("a.md", yaml("title: Tides", "date: 2026-04-01 10:00")),
    "file-time": ("a.md", yaml("title: Tides", "date: Last Modified")),
    "updated-before-published": (
        "a.md",
        yaml("title: Tides", "date: 2026-04-02", "updated: 2026-04-01"),
    ),
    "expires-before-published": (
        "a.md",
        yaml("title: Tides", "date: 2026-04-02", "expires: 2026-04-01"),
    ),
    "bad-url": ("a.md", yaml("title: Tides", "link: www.harbour.example/tides")),
    "bad-number": ("a.md", yaml("title: Tides", "quality: good")),
    "bad-size": ("a.md", yaml("title: Tides", "images:", "  - url: /a.png", "    width: wide")),
    "enclosure": ("a.md", yaml("title: Tides", "audio: https://harbour.example/tides.mp3")),
    "bad-enclosure": (
        "a.md",
        yaml("title: Tides", "audio:", "  url: https://harbour.example/a.mp3", "  length: -5"),
    ),
    "bad-boolean": ("a.md", yaml("title: Tides", "draft: perhaps")),
    "bad-email": ("a.md", yaml("title: Tides", "author: {name: Ada, email: ada at quay}")),
    "bad-domain": ("a.md", yaml("title: Tides", "provider: {name: Post, domain: the post}")),
    "bad-language": ("a.md", yaml("title: Tides", "language: English (UK)")),
    "bad-id": ("a.md", yaml("title: Tides", f"id: {'7' * 600}")),
    "bad-topic": ("a.md", yaml("title: Tides", f"topics: [{'Water ' * 40}]")),
    "too-many-topics": (
        "a.md",
        yaml("title: Tides", f"topics: [{', '.join(f't{n}' for n in range(60))}]"),
    ),
    "no-summary": ("a.md", "---\ntitle: Tides\n---\n"),
    "relative-link": ("a.md", yaml("title: Tides", body="See [the table](/tides.html).")),
    "unknown-topic": ("a.md", yaml("title: Tides", "topics: [Watre, Boats]")),
    "held": ("a.md", yaml("title: Tides", "draft: true")),
    "scheduled": ("a.md", yaml("title: Tides", "date: 2026-05-02T07:00:00Z")),
    "expired": ("a.md", yaml("title: Tides", "date: 2026-04-01", "expires: 2026-04-30")),
    "internal": ("a.md", yaml("title: Tides")),
}

BOAT = MediaKey("media", "ferries/boat.png")
TOLD: dict[str, tuple[str, tuple[Problem, ...]]] = {
    "topic-typo": ("accepted", (topic_slip("AWS Al", "AWS AI", Place(3, 1)),)),
    "link-target": (
        "accepted",
        (link_target(Mention("feedmill:file/quay/tides.md", Place(3, 1))),),
    ),
    "translation": ("accepted", (translation("ferries/index.md"),)),
    "topic-limit": ("accepted", (topic_limit(["AWS Al"], Place(3, 1), Config(path=None)),)),
    "overtaken": ("shadowed", (overtaken("ferries/old.md", "link"),)),
    "contested": ("accepted", (contested(["ferries/new.md"]),)),
    "parser-died": ("quarantined", (parser_died("the parser was stopped after 10 s"),)),
    "unreadable": ("refused", (unreadable("Permission denied"),)),
    "not-a-file": ("refused", (not_a_file("a symbolic link"),)),
    "file-too-large": ("refused", (too_large(3_000_000, 2_000_000),)),
    "name-not-utf8": ("refused", (bad_name("caf\udce9.md"),)),
    "missing-media": ("accepted", (missing(BOAT, "Boat.png"),)),
    "bad-media": ("accepted", (bad(BOAT, "It is text or a page, not a picture."),)),
    "large-media": ("accepted", (large(BOAT, 2_000_000_000, 20_000_000),)),
    "unready-media": ("accepted", (unready(BOAT, "it changes while it is read"),)),
    "too-many-media": ("accepted", (too_many(10_000),)),
}
