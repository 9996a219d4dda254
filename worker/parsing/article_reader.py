"""A file's bytes to an article, or to the list of everything that is wrong with it.

Pure: touches no file, clock, database or network, so it can run in a child process.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from html import escape, unescape
from urllib.parse import quote, urlsplit

from worker.core.article import Article, Mention, Reading
from worker.core.deferred import has_deferred, parse
from worker.core.paths import split, split_sounds
from worker.core.problems import Place, Problem, failed_on, without_places
from worker.core.text import (
    folded,
    has_illegal,
    is_blank,
    shortened,
)
from worker.parsing.body.fallback import compose_content
from worker.parsing.body.render import Body, render_body
from worker.parsing.body.text import HEADINGS, blocks
from worker.parsing.dialects.adapter import AdaptedFile, adapt
from worker.parsing.frontmatter.assemble import assemble
from worker.parsing.frontmatter.block import INVISIBLE, UnreadableError
from worker.parsing.frontmatter.dates import zone_named
from worker.parsing.frontmatter.decoding import decode
from worker.parsing.frontmatter.fields import read_fields
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.frontmatter.values import MAX_TOPIC, MAX_TOPICS, distinct_topics
from worker.parsing.kinds.meta import placed, split_meta
from worker.parsing.kinds.not_articles import passed_over, untaken
from worker.parsing.kinds.sounds import with_sound
from worker.parsing.rules import Markup, ReadingRules

_MOST_PROBLEMS = 100
_LONGEST_TEASER = 1_000


def read_article(data: bytes, name: str, rules: ReadingRules) -> Reading:
    """The article in one file, or at least one error.

    ``data`` is the whole file, ``name`` its path below the drop folder with forward slashes.
    Never raises, whatever the bytes.
    """
    try:
        return _read(data, name, rules)
    except UnreadableError as error:
        return Reading(None, (error.problem,))
    except Exception as error:
        return Reading(None, (failed_on(error),))


def _read(data: bytes, name: str, rules: ReadingRules) -> Reading:
    if (why := untaken(name)) is not None:
        return Reading(None, (why,))
    sounds, data = split_sounds(data)
    meta, data = split_meta(data, name)
    text = decode(data)
    try:
        reading = _read_text(meta.text + text, data, name, rules, sounds)
    except UnreadableError as error:
        reading = Reading(None, (error.problem,))
    return placed(reading, meta, name)


def _read_text(text: str, data: bytes, name: str, rules: ReadingRules, sounds: bytes) -> Reading:
    if is_blank(text):
        return Reading(None, (passed_over(name, SplitFile(None, "")) or _empty(data),))
    adapted = adapt(text, name)
    file, markup = adapted.file, adapted.markup
    if (why := passed_over(name, file)) is not None:
        return Reading(None, (why,))
    file, of_sounds = with_sound(file, name, sounds)
    front, of_values = read_fields(
        file,
        site_url=rules.site_url,
        zone=zone_named(rules.timezone),
        path=name,
        assets=rules.assets,
    )
    article, between = assemble(file, front)
    article = _completed(article, adapted)
    body = _render(article, file, markup, name, rules)
    if adapted.is_converted:
        body = replace(body, title_line=None, problems=without_places(body.problems))
    problems = [*adapted.problems, *of_values, *of_sounds, *between, *body.problems]
    problems += _title_problems(article, file, body)
    summary = article.summary or _teaser(article, adapted.teaser, markup, rules) or body.summary
    mentions = _at_source((*body.mentions, *_of_front_matter(article, body)), text)
    article = _with_body(article, body, summary, rules.language, mentions)
    rejected = any(problem.level == "error" for problem in problems)
    if not rejected:
        found = article_warnings(article, file, rules.site_url)
        problems += without_places(found) if adapted.is_converted else found
    return Reading(None if rejected else article, _in_order(problems))


def _empty(data: bytes) -> Problem:
    return Problem(
        "empty-file",
        "The file is empty." if not data else "The file contains only spaces and line breaks.",
        Place(1, 1),
        "Write a title and some text, or delete the file.",
    )


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems by place; of more than 100 the first ones, errors before warnings."""
    more = len(problems) - _MOST_PROBLEMS
    if more > 0:
        problems = sorted(problems, key=lambda problem: problem.level)[:_MOST_PROBLEMS]
    problems.sort(key=lambda problem: problem.place or Place(1, 1))
    if more > 0:
        message = f"{more:,} more problems are not listed."
        problems.append(Problem("more-problems", message, hint="Fix these first.", level="warning"))
    return tuple(problems)


def _completed(article: Article, adapted: AdaptedFile) -> Article:
    """The article with title, hold and topics from its file's name and the tags in its body."""
    title = adapted.title if is_blank(article.title) else article.title
    if title == article.title and not (adapted.tags or adapted.hold):
        return article
    tags = [tag for tag in adapted.tags if len(tag) <= MAX_TOPIC]
    topics = (*article.topics, *tags[: MAX_TOPICS - len(article.topics)])
    topics = distinct_topics(topics) if tags else article.topics
    return replace(article, title=title, hold=article.hold or adapted.hold, topics=topics)


def _with_body(
    article: Article, body: Body, summary: str, language: str, mentions: tuple[Mention, ...]
) -> Article:
    """The article with its content, and with title and language where not given."""
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
        language=article.language or language,
        mentions=mentions,
    )


def _at_source(mentions: tuple[Mention, ...], text: str) -> tuple[Mention, ...]:
    """The mentions with the columns that other tools' links have in the file itself."""
    if not any(mention.address.startswith("feedmill:note/") for mention in mentions):
        return mentions
    lines = text.split("\n")
    return tuple(_in_line(mention, lines) for mention in mentions)


def _in_line(mention: Mention, lines: list[str]) -> Mention:
    found, place = parse(mention.address), mention.place
    if found is None or found.kind != "note" or place is None or place.line > len(lines):
        return mention
    at = lines[place.line - 1].find(found.target)
    return replace(mention, place=Place(place.line, at + 1)) if at >= 0 else mention


def _of_front_matter(article: Article, body: Body) -> Iterator[Mention]:
    """The files of the front matter that only the database can resolve."""
    known = {mention.address for mention in body.mentions}
    for mention in article.mentions:
        if mention.address not in known:
            known.add(mention.address)
            yield mention
    for url in dict.fromkeys(image.url for image in article.images):
        if has_deferred(url) and url not in known:
            yield Mention(url)


def _folder_url(name: str, rules: ReadingRules) -> str:
    """The site's address with the file's folder: the base of relative addresses."""
    folder = split(name)[0]
    return f"{rules.site_url}{quote(folder, errors='replace')}/" if folder else rules.site_url


def _render(
    article: Article, file: SplitFile, markup: Markup, name: str, rules: ReadingRules
) -> Body:
    render = partial(
        render_body,
        file.body,
        markup,
        base_url=article.link or _folder_url(name, rules),
        first_line=file.body_line,
        path=name,
        is_linked=bool(article.link),
        assets=rules.assets,
    )
    body = render(drop_title=is_blank(article.title))
    if body.html or not body.title or not is_blank(article.title):
        return body
    # A text of one line alone is title and content at once.
    return replace(render(drop_title=False), title_line=body.title_line)


def _teaser(article: Article, teaser: str, markup: Markup, rules: ReadingRules) -> str:
    """The words of the marked summary on one line, without headings."""
    if is_blank(teaser):
        return ""
    base_url, drop_title = article.link or rules.site_url, is_blank(article.title)
    body = render_body(teaser, markup, base_url=base_url, first_line=1, drop_title=drop_title)
    words = [block.words for block in blocks(body.html) if block.tag not in HEADINGS]
    return shortened(folded(" ".join(words)), _LONGEST_TEASER)


def _title_problems(article: Article, file: SplitFile, body: Body) -> Iterator[Problem]:
    """What is wrong with a title that the body gives because the front matter has none."""
    given = file.values.get("title")
    if not is_blank(article.title) or file.contents is None:
        return
    if not (given is None or (isinstance(given, str) and is_blank(given))):
        return  # read_fields has reported it
    if is_blank(body.title):
        yield Problem(
            "no-title",
            "The title is empty." if "title" in file.values else "The article has no title.",
            file.place(("title",)),
            "Add `title: …` to the front matter, or start the text with a heading.",
        )
    elif body.title_line and has_illegal(file.body.split("\n")[body.title_line - file.body_line]):
        yield Problem(
            "control-characters",
            "The line used as the title contains a control character.",
            Place(body.title_line, 1),
            INVISIBLE,
        )


_HERE = re.compile(r"localhost|127(?:\.\d+){3}|::1")
_ADDRESS = re.compile(r'(?:href|src)="([^"]*)"')


def article_warnings(article: Article, file: SplitFile, site_url: str) -> Iterator[Problem]:
    """Warnings on what readers will miss in ``article``; ``file`` is its source, for places."""
    if not article.summary:
        yield Problem(
            "no-summary",
            "The article has no summary, and no text to make one from.",
            hint="Add `summary: …` to the front matter, or write some text.",
            level="warning",
        )
    yield from _relative(article, file, site_url)


def _relative(article: Article, file: SplitFile, site_url: str) -> Iterator[Problem]:
    """A warning on relative addresses where neither ``link`` nor ``site.url`` resolves them."""
    if not _HERE.fullmatch(urlsplit(site_url).hostname or ""):
        return
    addresses = [article.link, *(image.url for image in article.images)]
    addresses += [enclosure.url for enclosure in article.enclosures]
    html = article.content_html
    found = [
        *addresses,
        *map(unescape, _ADDRESS.findall(html) if escape(site_url, quote=False) in html else ()),
    ]
    lost = list(dict.fromkeys(url for url in found if url.startswith(site_url)))
    if not lost:
        return
    first = f"`{lost[0].removeprefix(site_url)[:60]}`"
    others = f" and {len(lost) - 1} more are" if len(lost) > 1 else " is"
    yield Problem(
        "relative-link",
        f"The address {first}{others} relative, but the site has no public address yet.",
        _place(file, lost[0].removeprefix(site_url)),
        "Write the full address, starting with https://, or ask the administrator for a site.url.",
        "warning",
    )


def _place(file: SplitFile, path: str) -> Place | None:
    """Where the address is in the body; None if it is not written there like this."""
    at = file.body.find(path) if path else -1
    return Place.at(file.body, at, file.body_line) if at >= 0 else None
