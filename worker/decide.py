"""Whose article a file is, and what becomes of it: pure decisions, handed all they need.

Identity is minted once. A file is, in this order: the article of its explicit id; the article
that was at its path; the article with its link or its content whose own file is gone; else a
new one, minted from its explicit id, its link or its path. Two files that are there at once
and claim one article contend for it: the newest wins, and the other's author is told.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from worker.article import Article

_NAMESPACE = uuid.UUID("9a1c4b0e-6d0f-5c39-8e57-2f8d5d6f0c11")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of its identity. ``mtime_ns`` is the file's, for "the newest wins"."""

    path: str
    explicit_id: str
    link_key: str
    content_hash: str
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Known:
    """A stored article, as far as identity goes. ``present``: its file is at ``path``."""

    article_id: int
    uri: str
    path: str
    present: bool
    explicit_id: str
    link_key: str
    content_hash: str
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Same:
    """The file is the article ``known``; ``loser`` had to give way to it."""

    known: Known
    loser: Known | None = None


@dataclass(frozen=True, slots=True)
class New:
    """The file is an article not seen before; ``loser`` had to give way to it."""

    loser: Known | None = None


@dataclass(frozen=True, slots=True)
class Shadowed:
    """Another file that is there claims the same ``what`` ("id", "link", "content")."""

    winner: Known
    what: str


Identity = Same | New | Shadowed


def identify(
    claim: Claim,
    *,
    by_path: Known | None,
    by_id: Known | None,
    by_link: Known | None,
    by_content: Known | None,
) -> Identity:
    """Whose article is the file with this claim?

    ``by_path`` is the article last seen at the path, ``by_id`` the one with the explicit id
    (or with it as URI), ``by_link`` and ``by_content`` those at other paths.
    """
    if claim.explicit_id and by_id is not None:
        return _contend(claim, by_id, "id")
    if by_path is not None and not (claim.explicit_id and by_path.explicit_id):
        return _defend_link(claim, Same(by_path), by_link)
    if claim.explicit_id:
        return _defend_link(claim, New(), by_link)
    if by_link is not None and (not by_link.explicit_id or not by_link.present):
        return _contend(claim, by_link, "link")
    if by_link is not None:
        return _defend_link(claim, New(), by_link)
    if by_content is None:
        return New()
    if by_content.present:
        return Shadowed(by_content, "content")
    return Same(by_content)


def _contend(claim: Claim, known: Known, what: str) -> Identity:
    """The article goes to the file, unless another newer file that is there holds it."""
    if known.path == claim.path or not known.present:
        return Same(known)
    if _newer(claim, known):
        return Same(known, loser=known)
    return Shadowed(known, what)


def _defend_link(claim: Claim, identity: Same | New, by_link: Known | None) -> Identity:
    """An article with an identity of its own still may not share its link with another."""
    if by_link is None or not by_link.present:
        return identity
    if isinstance(identity, Same) and identity.known.article_id == by_link.article_id:
        return identity
    if not _newer(claim, by_link):
        return Shadowed(by_link, "link")
    if isinstance(identity, Same):
        return Same(identity.known, loser=by_link)
    return New(loser=by_link)


def _newer(claim: Claim, known: Known) -> bool:
    """By the files' times, then by path: the same answer in whatever order they are seen."""
    return (claim.mtime_ns, claim.path) > (known.mtime_ns, known.path)


def mint(claim: Claim, site_url: str) -> Iterator[str]:
    """URIs for a new article, best first; the first that is not in use is taken.

    An explicit id that is an absolute URI stands as it is. The others are name-based UUIDs
    (RFC 9562, version 5), so that an empty database filled from the same folder mints the
    same. The site is part of the name: two sites' "hello.md" must not look like one item to a
    reader that keys items by id across feeds.
    """
    if claim.explicit_id and _URI.fullmatch(claim.explicit_id):
        yield claim.explicit_id
        return
    if claim.explicit_id:
        names = [f"id {claim.explicit_id}"]
    elif claim.link_key:
        names = [f"link {claim.link_key}"]
    else:
        names = []
    names += [f"path {claim.path}", f"path {claim.path} content {claim.content_hash}"]
    for name in names:
        yield f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{site_url} {name}')}"
    while True:
        name = f"{name} again"
        yield f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{site_url} {name}')}"


def link_key(link: str) -> str:
    """A link as identity sees it: scheme, "www.", a final slash and the fragment put aside."""
    if not link:
        return ""
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


@dataclass(frozen=True, slots=True)
class Past:
    """What of a stored article's history binds its next version."""

    published: datetime
    updated: datetime
    first_seen: datetime
    public_since: datetime | None
    reader_hash: str


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of an article's life; ``public_until`` is None where it does not expire."""

    published: datetime
    updated: datetime
    first_seen: datetime
    public_from: datetime
    public_until: datetime | None


def times(
    article: Article,
    past: Past | None,
    *,
    reader_hash: str,
    file_time: datetime,
    now: datetime,
    undo: timedelta,
) -> Times:
    """When the article was published and updated, and from when to when it is public.

    ``published`` never moves once readers saw the article. ``updated`` moves when the front
    matter says so, or when the text that readers see changed; then to the file's own time, so
    that the same folder gives the same feed whenever it is read.
    """
    file_time = min(file_time, now)
    if past is not None and past.public_since is not None:
        published = past.published
    else:
        published = article.published or (past.published if past else file_time)
    first_seen = past.first_seen if past else now
    # Nothing is kept back that readers have seen already.
    public = past is not None and past.public_since is not None
    public_from = published if public else max(published, first_seen + undo if undo else published)
    updated = max(published, _updated(article, past, reader_hash, file_time) or published)
    return Times(published, updated, first_seen, public_from, article.expires)


def _updated(
    article: Article, past: Past | None, reader_hash: str, file_time: datetime
) -> datetime | None:
    if past is None:
        return article.updated
    if article.updated is not None and article.updated >= past.updated:
        return article.updated
    if past.public_since is None:
        return article.updated
    if reader_hash == past.reader_hash:
        return past.updated
    return max(past.updated + timedelta(seconds=1), file_time)


def state_at(
    moment: datetime, *, held: bool, public_from: datetime, public_until: datetime | None
) -> str:
    """The one predicate that decides what is public: only "live" is."""
    if held:
        return "held"
    if public_until is not None and public_until <= moment:
        return "expired"
    return "scheduled" if public_from > moment else "live"


def next_change(
    state: str, public_from: datetime, public_until: datetime | None
) -> datetime | None:
    """When the passing of time alone will change the state; None if never."""
    if state == "scheduled":
        return public_from
    return public_until if state == "live" else None
