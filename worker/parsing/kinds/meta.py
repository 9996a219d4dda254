"""Front matter in a file of its own: Nikola's ``post.meta`` beside ``post.rst``.

The inbox puts the second file in front of the first. Here both become one text, and problems get
the places that their author knows.
"""

from dataclasses import dataclass, replace

from worker.core.article import Article, Reading
from worker.core.paths import META_MARK, split
from worker.core.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class MetaText:
    """The header as text, and its line numbers: ``lines`` that the article's text comes after,
    ``fences`` that the file does not have. ``problem`` if it cannot be read."""

    text: str = ""
    lines: int = 0
    fences: int = 0
    problem: Problem | None = None


def split_meta(data: bytes, path: str) -> tuple[MetaText, bytes]:
    """The header in the second file, and the article's own bytes."""
    if not data.startswith(META_MARK):
        return MetaText(), data
    part, _, own = data.removeprefix(META_MARK).partition(META_MARK)
    name = f"{split(path)[1].rpartition('.')[0]}.meta"
    if part.startswith(META_MARK[:1]):
        return MetaText(problem=_unread(name, part[1:].decode("utf-8", "replace"))), own
    try:
        text = part.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    except UnicodeDecodeError:
        return MetaText(problem=_unread(name, "It is not UTF-8 text.")), own
    if not text.strip():
        return MetaText(), own
    if text.startswith(("..", "<!--", "---", "+++")):
        whole, fences = f"{text}\n\n", 0
    else:
        whole, fences = f"---\n{text}\n---\n", 1
    return MetaText(whole, whole.count("\n"), fences), own


def _unread(name: str, why: str) -> Problem:
    message = f"The file `{name}` beside this one is not used: {why[:1].lower()}{why[1:]}"
    return Problem("meta-unread", message, None, "Correct or remove it.", "warning")


def placed(reading: Reading, meta: MetaText, path: str) -> Reading:
    """The reading with places that count the lines of the article's own file."""
    if not meta.lines and meta.problem is None:
        return reading
    found = list(reading.problems)
    if meta.problem is not None and reading.article is not None:
        found.append(meta.problem)
    if not meta.lines:
        return replace(reading, problems=tuple(found))
    name = f"{split(path)[1].rpartition('.')[0]}.meta"
    problems = tuple(_moved(problem, meta, name) for problem in found)
    article = reading.article and _article(reading.article, meta)
    return Reading(article, problems)


def _moved(problem: Problem, meta: MetaText, name: str) -> Problem:
    place = problem.place
    if place is None or place.line > meta.lines:
        return replace(problem, place=_below(place, meta))
    line = max(place.line - meta.fences, 1)
    return replace(problem, place=None, message=f"In `{name}`, line {line}: {problem.message}")


def _below(place: Place | None, meta: MetaText) -> Place | None:
    if place is None or place.line <= meta.lines:
        return None
    return Place(place.line - meta.lines, place.column)


def _article(article: Article, meta: MetaText) -> Article:
    mentions = tuple(replace(it, place=_below(it.place, meta)) for it in article.mentions)
    hold = article.hold and replace(
        article.hold, place=_below(article.hold.place, meta) or Place(1, 1)
    )
    place = _below(article.topics_place, meta)
    return replace(article, topics_place=place, hold=hold, mentions=mentions)
