"""An article's dates and its state over time. Pure."""

from datetime import datetime, timedelta

from worker.core.article import Article
from worker.core.stages import Past, Times


def times(
    article: Article,
    past: Past | None,
    *,
    reader_hash: str,
    content_hash: str,
    file_time: datetime,
    now: datetime,
    undo: timedelta,
    taken_over: bool = False,
) -> Times:
    """When the article was published and updated, and from when to when it is public.

    ``published`` never moves once readers saw the article. ``updated`` moves when the front
    matter says so, or when the file's bytes and the text that readers see changed; then to the
    file's own time, so that the same folder gives the same feed whenever it is read. The same
    bytes, read in another way by a newer version, are no update. For the same reason, a file that
    has ``taken_over`` the article from another one that still exists has times of its own:
    whether the worker saw the other one first is chance.
    """
    file_time = min(file_time, now)
    first_seen = past.first_seen if past else now
    # What readers have seen already stays public.
    public = past is not None and past.public_since is not None
    past = None if taken_over else past
    if past is not None and past.public_since is not None:
        published = past.published
    else:
        published = article.published or (past.published if past else file_time)
    public_from = published if public else max(published, first_seen + undo if undo else published)
    is_same = past is not None and (
        reader_hash == past.reader_hash or content_hash == past.content_hash
    )
    updated = max(published, _updated(article, past, is_same, file_time) or published)
    return Times(published, updated, first_seen, public_from, article.expires)


def _updated(
    article: Article, past: Past | None, is_same: bool, file_time: datetime
) -> datetime | None:
    if past is None:
        return article.updated
    if article.updated is not None and article.updated >= past.updated:
        return article.updated
    if past.public_since is None:
        return article.updated
    if is_same:
        return past.updated
    return max(past.updated + timedelta(seconds=1), file_time)


def state_at(
    moment: datetime, *, held: bool, public_from: datetime, public_until: datetime | None
) -> str:
    """An article's state at a moment; only "live" is public."""
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
