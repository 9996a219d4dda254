"""Which article a file is: pure decisions (docs/decisions/001).

An article's identity is minted once. A file is, in this order: the article of its explicit id;
the article that is at its path; the article with its link or its content whose own file is gone;
the one that was at its path before; else a new one, minted from its explicit id, link or path.
Files that exist at the same time and claim one article are rivals: the one that claimed it first
stands, until it is gone or claims something else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from worker.core.fingerprint import urn_of
from worker.core.stages import Claim, Known, Since

_NAMESPACE = UUID("9a1c4b0e-6d0f-5c39-8e57-2f8d5d6f0c11").bytes
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Rival:
    """An article whose file is at another path and claims the same ``what``."""

    known: Known
    what: Literal["id", "link", "content"]


@dataclass(frozen=True, slots=True)
class Same:
    """The file is the article ``known``; the files of ``losers`` have to give way to it."""

    known: Known
    losers: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class New:
    """The file is an article not seen before; the files of ``losers`` have to give way."""

    losers: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class Shadowed:
    """The file has to give way to ``winner``."""

    winner: Rival


Identity = Same | New | Shadowed


def identify(
    claim: Claim,
    *,
    by_path: Known | None,
    by_id: Known | None,
    by_link: Sequence[Known],
    by_content: Sequence[Known],
) -> Identity:
    """Decide which article the file with this claim is.

    ``by_path`` is the article last seen at the path, ``by_id`` the one with the explicit id
    (or with it as URI), ``by_link`` and ``by_content`` those at other paths.
    """
    rivals = tuple(_rivals(claim, by_id, by_link, by_content))
    ours = since(claim, by_path)
    winners = [rival for rival in rivals if _place(rival) <= _claimed(ours, rival, claim.path)]
    if winners:
        return Shadowed(min(winners, key=_place))
    own = _own(claim, by_path, by_id, by_link, by_content)
    return Same(own, rivals) if own else New(rivals)


def _rivals(
    claim: Claim, by_id: Known | None, by_link: Sequence[Known], by_content: Sequence[Known]
) -> Iterator[Rival]:
    """Every standing article that claims the same as the file, each once."""
    if by_id is not None and by_id.stands and by_id.path != claim.path:
        yield Rival(by_id, "id")
    for known in by_link:
        if known.stands and known != by_id:
            yield Rival(known, "link")
    if not (claim.explicit_id or claim.link_key):
        for known in by_content:
            if known.stands:
                yield Rival(known, "content")


def _place(rival: Rival) -> tuple[str, str]:
    """The rival's place in the order of those that claim the same; the smallest stands."""
    return _claimed(rival.known.since, rival, rival.known.path)


def _claimed(since: Since, rival: Rival, path: str) -> tuple[str, str]:
    return {"id": since.id, "link": since.link, "content": since.content}[rival.what], path


def arrival(path: str, ctime_ns: int | None, mtime_ns: int, now: datetime) -> str:
    """When a file became as it is, as text that sorts: by ctime, which no user can set, then by
    mtime, then by path. What is unknown or in the future counts as the end of the second ``now``:
    cut to its begin, a file of this second would come before one that is read in the next.
    """
    latest = (int(now.timestamp()) + 1) * 1_000_000_000 - 1
    came = latest if ctime_ns is None else ctime_ns
    came, changed = (max(0, min(moment, latest)) for moment in (came, mtime_ns))
    return f"{came:020} {changed:020} {path}"


def since(claim: Claim, known: Known | None) -> Since:
    """Since when the file makes each of its claims: since its arrival, or earlier if ``known``,
    the article at its path or the one that was renamed to it, claimed the same.
    """
    id_ = claim.came if claim.explicit_id else ""
    link = claim.came if claim.link_key else ""
    content = "" if id_ or link else claim.came
    if known is not None and _continues(claim, known):
        if claim.explicit_id in (known.explicit_id, known.uri):
            id_ = known.since.id
        if claim.link_key == known.link_key:
            link = known.since.link
        if claim.content_hash == known.content_hash:
            content = known.since.content
    return Since(id_, link, content)


def _continues(claim: Claim, known: Known) -> bool:
    """Is the file the next version of ``known``? Not if that gave way or was deleted."""
    if known.path == claim.path:
        return known.stands
    is_moved = not (known.present or known.withdrawn or known.shadowed)
    return is_moved and known.content_hash == claim.content_hash


def _own(
    claim: Claim,
    by_path: Known | None,
    by_id: Known | None,
    by_link: Sequence[Known],
    by_content: Sequence[Known],
) -> Known | None:
    """The stored article that the file is, given that it does not give way."""
    if claim.explicit_id:
        if by_id is None and by_path is not None and not by_path.explicit_id:
            return by_path
        return by_id
    if by_path is not None and by_path.present:
        return by_path
    heir = _heir(claim, by_link, by_content)
    # A file that was renamed to where a deleted one used to be is not that one's return.
    if heir is None or (by_path is not None and _returns(claim, by_path, heir)):
        return by_path
    return heir


def _heir(claim: Claim, by_link: Sequence[Known], by_content: Sequence[Known]) -> Known | None:
    """The article at another path that the file is the next version of."""
    heirs = [known for known in by_link if not known.explicit_id]
    heirs += [known for known in by_link if known.explicit_id and not known.present]
    if heirs:
        return min(heirs, key=lambda known: _kinship(claim, known))
    return next((known for known in by_content if not known.present), None)


def _returns(claim: Claim, deleted: Known, heir: Known) -> bool:
    """Is the file the return of the one that was deleted at its path, rather than ``heir`` under
    another name? It is if it has that one's content or link, unless ``heir`` vanished just now."""
    is_alike = deleted.content_hash == claim.content_hash or (
        bool(claim.link_key) and deleted.link_key == claim.link_key
    )
    return is_alike and (heir.present or heir.withdrawn)


def _kinship(claim: Claim, known: Known) -> tuple[bool, bool, bool, bool]:
    """Sorts articles with the file's link; the file is the next version of the first: the one
    that was renamed, else the one that stands, else one whose file is gone."""
    renamed = not known.present and known.content_hash == claim.content_hash
    return bool(known.explicit_id), not renamed, not known.stands, known.present


def mint(claim: Claim, site_url: str) -> Iterator[str]:
    """URIs for a new article, best first; the caller takes the first that is not in use.

    An explicit id that is an absolute URI is used as it is. The others are name-based UUIDs
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
        yield urn_of(_NAMESPACE, f"{site_url} {name}")
    while True:
        name = f"{name} again"
        yield urn_of(_NAMESPACE, f"{site_url} {name}")


@lru_cache(maxsize=1_000)
def link_key(link: str) -> str:
    """A link for comparison: without scheme, "www.", final slash and fragment."""
    if not link:
        return ""
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"
