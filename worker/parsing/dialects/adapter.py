"""The one door to the dialects: a file's text to front matter and body in our terms.

Owns the order of the steps: fences and header lines, keys of the front matter, marks in the body,
the file's name. What each tool writes is in the other modules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from worker.core.article import Hold
from worker.core.problems import Place, Problem, without_places
from worker.core.text import is_blank
from worker.parsing.dialects.body_markup import CleanBody, clean_body
from worker.parsing.dialects.file_names import DRAFTS, NO_TEXT, is_drafted, title_in
from worker.parsing.dialects.headers import normalize_fences, split_headers
from worker.parsing.dialects.translate import translate
from worker.parsing.frontmatter.keys import ALIASES
from worker.parsing.frontmatter.splitter import SplitFile, split_front_matter
from worker.parsing.kinds.mdx import without_components
from worker.parsing.kinds.rest_header import split_rest
from worker.parsing.rules import Markup, markup_of

# A key of the front matter that got into the text, with an encrypted value.
_SECURED = re.compile(r"""secured["']?\s*[:=][\s|>-]*["']?[\w+/=;-]{20}""", re.IGNORECASE)
_YAML_STARTS = ('"', "'", "[", "{", "|", ">")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OF_ARTICLES = frozenset(
    key for meaning in ("title", "summary", "link", "id") for key in ALIASES[meaning]
)
_BEGINS_WITH_TITLE = re.compile(r"\s*(?:# |<h1\b|\S[^\n]*\n=+[ \t]*(?:\n|$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AdaptedFile:
    """A file in our terms.

    ``file`` has our keys, and a body without other tools' marks; ``teaser`` is the summary that
    the author marked, in the body's markup; ``title`` is the one that a tool takes from the
    file's name; ``tags`` are from the body; ``markup`` is the body's. ``hold`` if the file is in a
    folder of drafts. ``is_converted``: the body is no longer the file's text, and places in it say
    nothing to the author.
    """

    file: SplitFile
    problems: tuple[Problem, ...]
    teaser: str
    title: str
    tags: tuple[str, ...]
    hold: Hold | None
    markup: Markup
    is_converted: bool


def adapt(text: str, name: str) -> AdaptedFile:
    """``text``, written for any of the tools, in our terms.

    ``name`` is the file's path below the drop folder. Raises UnreadableError for front matter in
    a language that is not read.
    """
    file = _split(text, name)
    translation = translate(file, name)
    problems = *file.problems, *translation.problems
    file = translation.file
    is_record = _is_record(file, name)
    file, markup, of_kind = _readable(file, name, text)
    clean = _clean(file, markup)
    is_converted = markup == "html" and file.body is not translation.file.body
    if is_converted:
        clean = replace(clean, problems=without_places(clean.problems))
    is_named = translation.is_jekyll or translation.is_note or clean.is_note
    has_title = not is_named or _BEGINS_WITH_TITLE.match(clean.text)
    return AdaptedFile(
        file if clean.text is file.body else replace(file, body=clean.text),
        (*problems, *_secured_in_body(file), *of_kind, *clean.problems),
        clean.teaser,
        "" if has_title and not is_record else title_in(name, slug=translation.is_jekyll),
        clean.tags,
        _hold(file, name, is_record=is_record),
        markup,
        is_converted,
    )


def _hold(file: SplitFile, name: str, *, is_record: bool) -> Hold | None:
    """Why the file is held whatever its keys say."""
    if is_drafted(name) and file.has_front_matter:
        return Hold(DRAFTS, Place(1, 1))
    return Hold(NO_TEXT, Place(1, 1)) if is_record else None


def _is_record(file: SplitFile, name: str) -> bool:
    """Whether it is a note with properties and no text, and nothing that makes it an article."""
    values = file.values
    if not file.has_front_matter or not values or markup_of(name) not in ("markdown", "html"):
        return False
    return _OF_ARTICLES.isdisjoint(values) and is_blank(_COMMENT.sub("", file.body))


def _split(text: str, name: str) -> SplitFile:
    """Front matter and body, separated by fences or written as header lines."""
    if markup_of(name) == "rest" and (found := split_rest(text)) is not None:
        return found
    text = normalize_fences(text)
    file = split_front_matter(text)
    slip = next((problem.code for problem in file.problems), "")
    if file.has_front_matter or file.contents is None or slip not in ("", "missing-fence"):
        return file
    headers = split_headers(text, name)
    # Header lines have no quotes; who writes some forgot the first line of YAML.
    if headers is None or (slip and any(map(_is_yaml, headers.values.values()))):
        return file
    return headers


def _is_yaml(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_YAML_STARTS)


def _readable(
    file: SplitFile, name: str, text: str
) -> tuple[SplitFile, Markup, tuple[Problem, ...]]:
    """The file with a body in Markdown, HTML or plain text, and which of them."""
    markup = markup_of(name)
    is_nikola = markup == "text" and file.has_front_matter and text.lstrip().startswith(".. ")
    if markup == "rest" or is_nikola:
        # docutils takes longer to load than the rest of a parser: only for those who need it.
        from worker.parsing.kinds.rest import html_of

        top = 2 if file.values.get("title") else 1
        html, problems = html_of(file.body, first_line=file.body_line, top=top)
        return replace(file, body=html), "html", problems
    if name.lower().endswith(".mdx"):
        body, problems = without_components(file.body, first_line=file.body_line)
        return replace(file, body=body), markup, problems
    return file, markup, ()


def _clean(file: SplitFile, markup: Markup) -> CleanBody:
    """The body without other tools' marks; plain text without front matter has none."""
    if markup == "text" and not file.has_front_matter:
        return CleanBody(file.body)
    given = file.values.get("excerpt_separator")
    separator = given if isinstance(given, str) else ""
    return clean_body(file.body, markup, first_line=file.body_line, separator=separator)


def _secured_in_body(file: SplitFile) -> Iterator[Problem]:
    """An error for a ``secured`` value in the body, where it would be published."""
    if "secured" in file.body.lower() and (found := _SECURED.search(file.body)):
        yield Problem(
            "secured-in-body",
            "There is a `secured` value in the text, where it would be published.",
            Place(Place.at(file.body, found.start(), file.body_line).line, 1),
            "Move it between the `---` lines at the top of the file, or delete it.",
        )
