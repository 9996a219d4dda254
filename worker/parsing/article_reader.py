"""From a file's bytes to an article or to the list of everything that is wrong with it.

Pure: no file, clock, database or network is touched, so that it can run in a child process.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from worker.core.article import Article, Hold, Reading
from worker.core.problems import Place, Problem, failed_on
from worker.core.text import (
    folded,
    has_illegal,
    illegal_in,
    is_blank,
    is_half,
    scrubbed,
    shortened,
    shown,
    unmarked,
)
from worker.parsing.body.render import Body, Markup, compose_content, render_body
from worker.parsing.body.text import HEADINGS, blocks
from worker.parsing.dialects.body_markup import Prose, prose_of
from worker.parsing.dialects.file_names import DRAFTS, is_drafted, title_in
from worker.parsing.dialects.headers import plain_fences, split_headers
from worker.parsing.dialects.translate import has_front_matter, translated
from worker.parsing.frontmatter.assemble import outline
from worker.parsing.frontmatter.block import KeyPath, UnreadableError
from worker.parsing.frontmatter.dates import zone_named
from worker.parsing.frontmatter.decoding import decode
from worker.parsing.frontmatter.fields import read_fields
from worker.parsing.frontmatter.keys import EXACT
from worker.parsing.frontmatter.splitter import Matter, split_matter
from worker.parsing.frontmatter.values import MAX_TOPIC, MAX_TOPICS, distinct_topics
from worker.parsing.rules import ReadingRules

_MARKUP: dict[str, Markup] = {
    "md": "markdown",
    "markdown": "markdown",
    "html": "html",
    "htm": "html",
}

_INVISIBLE = "Delete it; it may be invisible in your editor."
_AS_ESCAPE = "Delete it; it is written with a backslash, such as \\x07 or \\u0007."

# A key of the front matter that slipped into the text, with a blob as its value.
_OPAQUE = re.compile(r"""secured["']?\s*[:=][\s|>-]*["']?[\w+/=;-]{20}""", re.IGNORECASE)

_MOST_PROBLEMS = 100
_LONGEST_TEASER = 1_000
_BEGINS_WITH_TITLE = re.compile(r"\s*(?:# |<h1\b|\S[^\n]*\n=+[ \t]*(?:\n|$))", re.IGNORECASE)
_EXACT = frozenset((key,) for key in EXACT)


def read_article(data: bytes, name: str, rules: ReadingRules) -> Reading:
    """Read one file.

    ``data`` is the whole file, ``name`` its path below the drop folder with forward slashes.
    Never raises: whatever the bytes, the answer is an article or at least one error.
    """
    try:
        return _read(data, name, rules)
    except UnreadableError as error:
        return Reading(None, (error.problem,))
    except Exception as error:
        return Reading(None, (failed_on(error),))


def _read(data: bytes, name: str, rules: ReadingRules) -> Reading:
    text = decode(data)
    if is_blank(text):
        problem = Problem(
            "empty-file",
            "The file is empty." if not data else "The file holds nothing but white space.",
            Place(1, 1),
            "Write a title and some text, or remove the file.",
        )
        return Reading(None, (problem,))
    matter = _parts(text, name)
    problems = list(matter.problems)
    if matter.doubtful:
        _clean(matter, problems)
    translation = translated(matter, name)
    matter = translation.matter
    problems += translation.problems
    front, found = read_fields(matter, site_url=rules.site_url, zone=zone_named(rules.timezone))
    problems += found
    article, found = outline(matter, front)
    problems += found
    if is_drafted(name) and has_front_matter(matter) and article.hold is None:
        article = replace(article, hold=Hold(DRAFTS, Place(1, 1)))
    problems += _opaque_in_body(matter)
    prose = _prose(matter, _markup(name))
    problems += prose.problems
    if is_blank(article.title) and (translation.is_jekyll or prose.is_note):
        article = replace(article, title=_named(name, prose, slug=translation.is_jekyll))
    if prose.tags:
        article = replace(article, topics=_with_tags(article.topics, prose.tags))
    matter = replace(matter, body=prose.text)
    article = _with_body(article, matter, prose.teaser, _markup(name), rules, problems)
    rejected = any(problem.level == "error" for problem in problems)
    if not rejected:
        problems += advice(article, matter, rules.site_url)
    return Reading(None if rejected else article, _told(problems))


def _parts(text: str, name: str) -> Matter:
    """Front matter and body, in whichever way they are parted."""
    text = plain_fences(text)
    matter = split_matter(text)
    if has_front_matter(matter) or matter.contents is None or matter.problems:
        return matter
    return split_headers(text, name) or matter


def _told(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of their places; of very many the first, errors before warnings."""
    more = len(problems) - _MOST_PROBLEMS
    if more > 0:
        problems = sorted(problems, key=lambda problem: problem.level)[:_MOST_PROBLEMS]
    problems.sort(key=lambda problem: problem.place or Place(1, 1))
    if more > 0:
        message = f"{more:,} more problems are not listed."
        problems.append(
            Problem("more-problems", message, hint="Cure these first.", level="warning")
        )
    return tuple(problems)


def _markup(name: str) -> Markup:
    return _MARKUP.get(name.rpartition(".")[2].lower(), "text")


def _clean(matter: Matter, problems: list[Problem]) -> None:
    """Remove from the values what no feed may carry; where exactness matters it is an error."""

    def text_of(raw: str, path: KeyPath) -> str:
        text = unmarked(raw) if matter.stand_ins else raw
        if not has_illegal(text):
            return raw
        problems.append(_control(text, path, matter))
        return scrubbed(text)

    def clean(value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {
                text_of(key, (*path, key)): clean(item, (*path, key)) for key, item in value.items()
            }
        if isinstance(value, list):
            return [clean(item, (*path, at)) for at, item in enumerate(value)]
        return text_of(value, path) if isinstance(value, str) else value

    if matter.contents is not None:
        matter.contents.values = clean(matter.contents.values, ())


def _control(text: str, path: KeyPath, matter: Matter) -> Problem:
    _, name = next(illegal_in(text))
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    exact = path in _EXACT
    what = "half a character" if is_half(name) else "the control character"
    return Problem(
        "control-characters",
        f"{shown(scrubbed(unmarked(key)))} contains {what} {name}, "
        + ("which no feed can carry." if exact else "which was removed."),
        matter.place(path),
        _INVISIBLE if matter.stand_ins else _AS_ESCAPE,
        "error" if exact else "warning",
    )


def _prose(matter: Matter, markup: Markup) -> Prose:
    """The body without other tools' marks; plain text without front matter is no tool's."""
    if markup == "text" and not has_front_matter(matter):
        return Prose(matter.body)
    separator = matter.values.get("excerpt_separator")
    return prose_of(
        matter.body,
        markup,
        first_line=matter.body_line,
        separator=separator if isinstance(separator, str) else "",
    )


def _with_tags(topics: tuple[str, ...], tags: tuple[str, ...]) -> tuple[str, ...]:
    """The topics and, as far as they may be, the tags in the text."""
    fit = tuple(tag for tag in tags if len(tag) <= MAX_TOPIC)
    return distinct_topics((*topics, *fit[: MAX_TOPICS - len(topics)]))


def _named(name: str, prose: Prose, *, slug: bool) -> str:
    """The title that tools take from a file's name, where the text does not begin with one."""
    return "" if _BEGINS_WITH_TITLE.match(prose.text) else title_in(name, slug=slug)


def _with_body(
    article: Article,
    matter: Matter,
    teaser: str,
    markup: Markup,
    rules: ReadingRules,
    problems: list[Problem],
) -> Article:
    """The article with its content, and with title and summary from it where not given."""
    body = _render(article, matter, markup, rules)
    problems += body.problems
    if is_blank(article.title) and matter.contents is not None:
        _check_title(matter, body, problems)
    summary = article.summary or _teaser(article, teaser, markup, rules) or body.summary
    if body.html:
        content, text = body.html, body.text
    else:
        content = compose_content(summary, article.images, article.related)
        titles = (item.title for item in article.related)
        text = "\n\n".join(part for part in (summary, *titles) if part)
    return replace(
        article,
        title=body.title if is_blank(article.title) else article.title,
        summary=summary,
        content_html=content,
        text=text,
        language=article.language or rules.language,
    )


def _render(article: Article, matter: Matter, markup: Markup, rules: ReadingRules) -> Body:
    render = partial(
        render_body,
        matter.body,
        markup,
        base_url=article.link or rules.site_url,
        first_line=matter.body_line,
    )
    body = render(drop_title=is_blank(article.title))
    if body.html or not body.title or not is_blank(article.title):
        return body
    # A text of one line alone is title and content at once.
    return render(drop_title=False)


def _teaser(article: Article, teaser: str, markup: Markup, rules: ReadingRules) -> str:
    """The words above the line that parts summary and text, on one line, without headings."""
    if is_blank(teaser):
        return ""
    base_url, drop_title = article.link or rules.site_url, is_blank(article.title)
    body = render_body(teaser, markup, base_url=base_url, first_line=1, drop_title=drop_title)
    words = [block.words for block in blocks(body.html) if block.tag not in HEADINGS]
    return shortened(folded(" ".join(words)), _LONGEST_TEASER)


def _opaque_in_body(matter: Matter) -> Iterator[Problem]:
    """A ``secured`` blob below a front matter that ended too early would be published."""
    source = matter.body
    if "secured" in source.lower() and (found := _OPAQUE.search(source)):
        yield Problem(
            "secured-in-body",
            "A `secured` value stands in the text and would be published.",
            Place(Place.at(source, found.start(), matter.body_line).line, 1),
            "Put it between the `---` lines at the top of the file, or remove it.",
        )


def _check_title(matter: Matter, body: Body, problems: list[Problem]) -> None:
    """Without a usable title in the front matter, the text gives one without control characters."""
    given = matter.values.get("title")
    if not (given is None or (isinstance(given, str) and is_blank(given))):
        return  # what is wrong with it has been said already
    if is_blank(body.title):
        problems.append(
            Problem(
                "no-title",
                "The title is empty." if "title" in matter.values else "The article has no title.",
                matter.place(("title",)),
                "Write `title: …` into the front matter, or begin the text with a heading.",
            )
        )
    elif body.title_line and _is_dirty(matter, body.title_line):
        problems.append(
            Problem(
                "control-characters",
                "The line that gives the title contains a control character.",
                Place(body.title_line, 1),
                _INVISIBLE,
            )
        )


def _is_dirty(matter: Matter, line: int) -> bool:
    return has_illegal(matter.body) and has_illegal(
        matter.body.split("\n")[line - matter.body_line]
    )


_HERE = re.compile(r"localhost|127(?:\.\d+){3}|::1")


_ADDRESS = re.compile(r'(?:href|src)="([^"]*)"')


def advice(article: Article, matter: Matter, site_url: str) -> Iterator[Problem]:
    """What is missing in ``article``; ``matter`` is the file that it was made of, for places."""
    if not article.summary:
        yield Problem(
            "no-summary",
            "The article has no summary, and no text to make one of.",
            hint="Write `summary: …` into the front matter, or some text.",
            level="warning",
        )
    yield from _relative(article, matter, site_url)


def _relative(article: Article, matter: Matter, site_url: str) -> Iterator[Problem]:
    """Relative addresses that lead nowhere: neither the article's `link` nor the site's
    address says what they are relative to."""
    if not _HERE.fullmatch(urlsplit(site_url).hostname or ""):
        return
    addresses = (article.link, *(image.url for image in article.images))
    found = [*addresses, *map(unescape, _ADDRESS.findall(article.content_html))]
    lost = list(dict.fromkeys(url for url in found if url.startswith(site_url)))
    if not lost:
        return
    first = f"`{lost[0].removeprefix(site_url)[:60]}`"
    others = f" and {len(lost) - 1} more lead" if len(lost) > 1 else " leads"
    yield Problem(
        "relative-link",
        f"The address {first}{others} nowhere: it is relative, and nothing says to what.",
        _place(matter, lost[0].removeprefix(site_url)),
        "Write it out from https:// on, or have site.url set in feedmill.toml.",
        "warning",
    )


def _place(matter: Matter, path: str) -> Place | None:
    """Where the address stands in the text; None where it is not written there so."""
    at = matter.body.find(path) if path else -1
    return Place.at(matter.body, at, matter.body_line) if at >= 0 else None
