"""Files beside articles that are none: section pages, the site's own files, other programs' files.

Each file is judged alone, never by its neighbours: the order of arrival makes no difference. A
date is the way in: a file with one is an article, except ``_index`` and other programs' files.
Notes without a date stay articles, unless they have the mark of a page: they would come before all
news, since the file's own time is their date.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from worker.core.paths import language_in, split
from worker.core.problems import Problem
from worker.core.text import is_blank, shown
from worker.parsing.frontmatter.keys import ALIASES, FOREIGN_NAMES, PUBLISH_DATE_KEYS, TOPIC_KEYS
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.rules import PROGRAMS_FILES, suffix_of

_DATES: Final = frozenset(
    (*FOREIGN_NAMES["published"], *map(str.lower, ALIASES["published"]), *PUBLISH_DATE_KEYS)
)
_LINKS: Final = frozenset((*FOREIGN_NAMES["link"], *map(str.lower, ALIASES["link"])))
_SITE_FILE: Final = re.compile(
    # Other parts of a name only in capitals: "license-to-sail" is an article.
    r"(?i:readme|licen[cs]e|changelog|changes|contributing|code_of_conduct|404|robots|humans)"
    r"|(?:README|LICEN[CS]E|CHANGELOG)[-_.].+"
)
_TEMPLATE_FOLDERS: Final = frozenset(("_includes", "_layouts"))
_PAGE_FOLDERS: Final = ("pages", "_pages")
_LAYOUTS = "about archive archives categories contact home index page pages search tags 404"
_PAGE_LAYOUTS: Final = frozenset(_LAYOUTS.split())
_NAMES = """about about-me archive archives categories contact datenschutz impressum imprint license
    links now privacy search sitemap tags terms uses"""
_PAGE_NAMES: Final = frozenset(_NAMES.split())
_MENU_KEYS: Final = frozenset(("menu", "menus", "nav", "nav_order", "eleventynavigation", "weight"))
_NOTHING: Final = frozenset(("", "none", "false", "no", "[]", "{}"))
_IS_PAGE: Final = " and without a date, this is a page of a site and no article."


def untaken(path: str) -> Problem | None:
    """Why a file is not read by its name alone; None if it is."""
    stem, suffix = _stem(path), suffix_of(path)
    if not _TEMPLATE_FOLDERS.isdisjoint(split(path)[0].split("/")):
        message = "Files in `_includes` and `_layouts` are parts of a site's pages, no articles."
        return Problem("site-file", message, None, "Move an article to another folder.", "warning")
    if stem == "_index":
        message = "This page (`_index`) introduces a section; it is no article."
        hint = "To publish it, give the file another name."
        return Problem("section-page", message, None, hint, "warning")
    if suffix not in PROGRAMS_FILES:
        return None
    what = PROGRAMS_FILES[suffix]
    message = f"This is {what}; Feedmill reads only text."
    hint = "Save or export it as Markdown (.md), HTML (.html), reStructuredText (.rst) or .txt."
    return Problem("other-kind", message, None, hint, "warning")


def passed_over(path: str, file: SplitFile) -> Problem | None:
    """Why a file is no article, by its name, its front matter and whether it has text; else None.

    ``file`` has our keys, and the day of the file's name as its date.
    """
    values = {key.lower(): value for key, value in file.values.items()}
    if _has(values, _DATES) or _is_day(values.get("published")):
        return None
    stem = _stem(path).lower()
    name = shown(split(path)[1])
    if _SITE_FILE.fullmatch(_stem(path)):
        message = f"{name} belongs to a site or a repository; without a date it is no article."
        hint = "To publish it, add `date: …` to its front matter, or give it another name."
        return Problem("site-file", message, None, hint, "warning")
    if stem == "index" and is_blank(file.body) and not _has(values, _LINKS):
        message = f"{name} has no text: it introduces a section and is no article."
        hint = "To publish it, write some text."
        return Problem("section-page", message, None, hint, "warning")
    return _page(path, stem, file)


def _page(path: str, stem: str, file: SplitFile) -> Problem | None:
    """Why a file without a date is a page of a site: its layout, its place in a menu, its name."""
    folders = split(path)[0].split("/")
    folder = next((folder for folder in _PAGE_FOLDERS if folder in folders), "")
    name = folders[-1].lower() if stem == "index" else stem
    has_topics = _has({key.lower(): value for key, value in file.values.items()}, TOPIC_KEYS)
    place = None
    if mark := next(filter(None, (_mark(*item) for item in file.values.items())), None):
        key, found = mark
        place = file.place((key,))
    elif folder:
        found = f"the folder {shown(folder)}"
    elif name in _PAGE_NAMES and file.has_front_matter and not has_topics:
        found = f"the file's name ({shown(name)})"
    else:
        return None
    hint = "To publish it, add `date: …`."
    return Problem("page", f"By {found}{_IS_PAGE}", place, hint, "warning")


def page_rule(message: str) -> str:
    """The rule in the message on a page: "by the key `menu`"."""
    return f"b{message.removesuffix(_IS_PAGE)[1:]}"


def _mark(key: str, value: object) -> tuple[str, str] | None:
    """The key and what it says if only pages of a site have it."""
    if key.lower() in _MENU_KEYS and str(value).strip().lower() not in _NOTHING:
        return key, f"the key `{key}`"
    layout = value.strip().lower() if isinstance(value, str) else ""
    # Eleventy and Astro give the path of a template.
    is_page = layout.rpartition("/")[2].partition(".")[0] in _PAGE_LAYOUTS
    return (key, f"`{key}: {layout}`") if key.lower() in ("layout", "type") and is_page else None


def _stem(path: str) -> str:
    """The file's name without its suffix and the language before it."""
    name = split(path)[1]
    stem = name.rpartition(".")[0] or name
    return stem.rpartition(".")[0] if language_in(path) else stem


def _is_day(value: object) -> bool:
    return bool(re.search(r"\d{4}", str(value)))


def _has(values: Mapping[str, Any], keys: frozenset[str]) -> bool:
    return any(key in keys and value not in (None, "", [], {}) for key, value in values.items())
