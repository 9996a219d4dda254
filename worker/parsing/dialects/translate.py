"""Other tools' front matter to the keys that ``frontmatter.fields`` reads.

Leaves out, with a warning, what only the tool can fill in: templates, the time of a file, paths of
its sources. A key that only another tool knows never rejects a file for the type of its value.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any

from worker.core.paths import language_in
from worker.core.problems import Problem
from worker.core.text import shown
from worker.parsing.dialects.file_names import day_in
from worker.parsing.dialects.links import plain_address
from worker.parsing.dialects.taxonomies_and_images import (
    TopicValue,
    enclosure_of,
    is_flag,
    is_given,
    looks_like_picture,
    picture_of,
    topic_values,
    unlinked,
)
from worker.parsing.frontmatter.block import KeyPath, ParsedBlock
from worker.parsing.frontmatter.keys import (
    ALIASES,
    ENCLOSURES,
    FOREIGN_NAMES,
    HELD,
    KNOWN,
    PUBLISH_DATE_KEYS,
    UNLISTED_KEYS,
)
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.frontmatter.values import InvalidValueError, date_of, number_of

_MEANING = {name: meaning for meaning, names in FOREIGN_NAMES.items() for name in names}
# Where Zola and Hugo keep the keys of themes, and the meanings that we read there.
_GROUPS = ("taxonomies", "extra", "params")
_IN_GROUPS = frozenset(("people", "images"))
_ZOLA = frozenset(("taxonomies", "extra"))
_DATES = ("published", "updated", "expires")
_VAULT = frozenset(("aliases", "cssclass", "cssclasses", "publish", "up", "permalink"))
_JEKYLL = frozenset(("layout", "categories", "category", "permalink", "excerpt_separator"))

# Eleventy's words for a date that it looks up itself.
_FILE_TIMES = frozenset(("last modified", "created", "git last modified", "git created"))
_PATTERN = re.compile(r"\{\{|\{%|<%|(?:^|/):[a-z_]", re.IGNORECASE)
# Jekyll's names for patterns of addresses, and Eleventy's for a page without a file.
_NO_ADDRESS = frozenset(("pretty", "date", "ordinal", "weekdate", "none", "false", "true"))
_FLAGS = frozenset(("true", "false", "yes", "no", "on", "off"))
_YEAR, _DIGIT = re.compile(r"\d{4}"), re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Translation:
    """Front matter in our keys. ``is_jekyll`` if it was certainly written for Jekyll.

    ``is_note`` if it has no title and properties as Obsidian's notes have them."""

    file: SplitFile
    problems: tuple[Problem, ...] = ()
    is_jekyll: bool = False
    is_note: bool = False


def translate(file: SplitFile, name: str) -> Translation:
    """``matter`` of the file at the path ``name``; unchanged where it has no front matter."""
    contents = file.contents
    if contents is None or not file.has_front_matter:
        return Translation(file)
    day = day_in(name)
    work = _Translator(contents, dict(contents.values), _is_jekyll(contents.values, day))
    work.run(name, day)
    if work.values != contents.values:
        file = replace(file, contents=work.translation())
    return Translation(file, tuple(work.problems), work.jekyll, _is_note(contents.values))


def _is_note(values: dict[str, Any]) -> bool:
    if any(is_given(values.get(key)) for key in ("title", "Title")):
        return False
    return not _VAULT.isdisjoint(values) or any(map(_has_wiki_link, values.values()))


def _has_wiki_link(value: Any) -> bool:
    return any(unlinked(item) is not item for item in _items(value))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_jekyll(values: dict[str, Any], day: str) -> bool:
    return bool(day and not _JEKYLL.isdisjoint(values)) or values.get("layout") == "post"


@dataclass(slots=True)
class _Translator:
    """Translates one front matter; ``origins`` has the original path of each moved value."""

    contents: ParsedBlock
    values: dict[str, Any]
    jekyll: bool
    origins: dict[KeyPath, KeyPath] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def run(self, name: str, day: str) -> None:
        # Only Pelican spells it like this; there, as in Jekyll, a category is a topic.
        with_category = self.jekyll or "Category" in self.values
        self.open_date_group()
        self.rename_keys({key.lower(): key for key in self.values})
        self.set_address()
        self.set_topics({key.lower(): key for key in self.values}, with_category)
        self.drop_tool_addresses()
        for key in ALIASES["images"]:
            self.change_each(key, self.picture)
        for key in ENCLOSURES:
            self.change_each(key, lambda item, _: enclosure_of(item))
        for key in (*ALIASES["people"], "category"):
            self.change_each(key, lambda item, _: unlinked(item))
        self.change_each("related", self.related)
        self.fit_words()
        self.fit_numbers()
        wished = self.drop_tool_dates()
        if day and not wished:
            self.drop_unreadable_date()
        if not wished and day and not self.is_dated():
            self.values[ALIASES["published"][0]] = day
        if (tag := language_in(name)) and not self.given("language"):
            self.values[ALIASES["language"][0]] = tag

    def translation(self) -> ParsedBlock:
        return replace(self.contents, values=self.values, index_of=self.index_of)

    def index_of(self, path: KeyPath) -> int | None:
        return self.contents.index_of(self.origin(path))

    def origin(self, path: KeyPath) -> KeyPath:
        """The path in the file of what is at ``path`` now."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.origins:
                return (*self.origins[path[:end]], *path[end:])
        return path

    def warn(self, code: str, path: KeyPath, message: str, hint: str) -> None:
        place = self.contents.place(self.origin(path))
        self.problems.append(Problem(code, message, place, hint, "warning"))

    def given(self, meaning: str) -> bool:
        return any(is_given(self.values.get(key)) for key in ALIASES[meaning])

    def is_dated(self) -> bool:
        return self.given("published") or bool(_YEAR.search(str(self.values.get("published"))))

    # --- other names ----------------------------------------------------------------------

    def rename_keys(self, lower: dict[str, str]) -> None:
        """Move values from other tools' keys to ours, unless ours is given."""
        first, second = ALIASES["published"][:2]
        due = next((lower[name] for name in PUBLISH_DATE_KEYS if name in lower), "")
        if is_given(self.values.get(due)) and not any(
            is_given(self.values.get(key)) for key in (first, second)
        ):
            self.move((due,), first, self.values.pop(due))
        self.rename_in(self.values, (), lower)
        for name in _GROUPS:
            group = self.values.get(name)
            if isinstance(group, dict):
                self.rename_in(group, (name,), {key.lower(): key for key in group})
        for name in sorted(UNLISTED_KEYS & lower.keys()):
            key = lower[name]
            if str(self.values.get(key)).lower() == "true" and not self.given("draft"):
                self.move((key,), "draft", self.values.pop(key))

    def open_date_group(self) -> None:
        """The dates of MkDocs Material are in a group: ``date: {created: …, updated: …}``."""
        group = self.values.get("date")
        if not isinstance(group, dict):
            return
        del self.values["date"]
        for name, key in (("created", "date"), ("updated", "updated")):
            if is_given(group.get(name)) and not is_given(self.values.get(key)):
                self.move(("date", name), key, group[name])

    def rename_in(self, group: dict[str, Any], path: KeyPath, lower: dict[str, str]) -> None:
        for name in filter(lower.__contains__, _MEANING):
            key, meaning = lower[name], _MEANING[name]
            if meaning not in _IN_GROUPS if path else key in KNOWN:
                continue
            if name.startswith("created") and self.is_dated():
                continue
            value = group[key]
            if is_given(value) and _fits(meaning, value) and not self.given(meaning):
                if not path:
                    del self.values[key]
                self.move((*path, key), ALIASES[meaning][0], value)

    def move(self, path: KeyPath, key: str, value: Any) -> None:
        self.values[key] = value
        self.origins[(key,)] = path

    def set_address(self) -> None:
        """Zola's ``path``, which ends in a slash on the site.

        https://www.getzola.org/documentation/content/page/
        """
        path = self.values.get("path")
        if _ZOLA.isdisjoint(self.values) or self.given("link") or not isinstance(path, str):
            return
        if address := path.strip("/ "):
            # Without the dot, "node.js/intro" would be a host.
            self.move(("path",), ALIASES["link"][0], f"./{address}/")
            del self.values["path"]

    # --- values ---------------------------------------------------------------------------

    def set_topics(self, lower: dict[str, str], with_category: bool) -> None:
        """Set ``topics`` if it is not given and ``tags`` alone do not say the same."""
        own = lower.get("topics", "")
        words = topic_values(self.values, lower, with_category=with_category, by_spaces=self.jekyll)
        if is_given(self.values.get(own)):
            if own != "topics":
                self.move((own,), "topics", self.values.pop(own))
            self.unlink_topics(words)
            return
        for key in ALIASES["topics"]:
            if key in self.values and not is_given(self.values[key]):
                del self.values[key]
        used = {str(word.path[0]) for word in words}
        topics = [word.value for word in words]
        if not words or (len(used) == 1 and self.is_plain(used.copy().pop(), topics)):
            return
        self.origins[("topics",)] = words[0].path
        self.origins |= {("topics", at): word.path for at, word in enumerate(words)}
        for key in used - {"category", "taxonomies"}:
            del self.values[key]
        self.values["topics"] = topics

    def unlink_topics(self, words: list[TopicValue]) -> None:
        """Topics that are links to notes: by their names, beside the other ``words``."""
        value = self.values["topics"]
        items = _items(value)
        names = [unlinked(item) for item in items]
        if names == items:
            return
        origin = self.origin(("topics",))
        paths = [origin if items is not value else (*origin, at) for at in range(len(items))]
        paths += [word.path for word in words]
        self.values["topics"] = [*names, *(word.value for word in words)]
        self.origins |= {("topics", at): path for at, path in enumerate(paths)}

    def is_plain(self, key: str, topics: list[Any]) -> bool:
        """Whether the value of ``key`` is read as these topics anyway."""
        value = self.values.get(key)
        if key not in ALIASES["topics"]:
            return False
        if isinstance(value, str):
            return topics == [part for part in value.split(",") if is_given(part)]
        return not isinstance(value, list) or topics == value

    def drop_tool_addresses(self) -> None:
        """Leave out an address that only the tool can resolve, and an ``index.html``."""
        link = ALIASES["link"][0]
        for key in ("url", link) if (link,) in self.origins else ("url",):
            value = self.values.get(key)
            if isinstance(value, str) and plain_address(value) != value:
                value = self.values[key] = plain_address(value)
            if not isinstance(value, str) or value.strip().lower() in _NO_ADDRESS:
                if key == link or str(value).lower() in _NO_ADDRESS:
                    self.values.pop(key, None)
            elif _PATTERN.search(value):
                del self.values[key]
                message = f"{shown(value)} is a pattern that only a publishing tool can fill in."
                hint = "It is ignored. For a link, write the full address: `link: https://…`."
                self.warn("tool-address", (key,), message, hint)
            elif value.endswith("/index.html"):
                self.values[key] = value.removesuffix("index.html")

    def fit_words(self) -> None:
        """A list where one word is expected, as all properties of some vaults are."""
        for key in ("type", "status"):
            value = self.values.get(key)
            words = [unlinked(item) for item in value] if isinstance(value, list) else []
            if isinstance(value, list | dict):
                del self.values[key]
            else:
                words = [unlinked(value)] if unlinked(value) is not value else []
            words = [word for word in words if isinstance(word, str) and is_given(word)]
            if words:
                held = [word for word in words if word.casefold() in HELD]
                self.values[key] = held[0] if key == "status" and held else ", ".join(words)

    def fit_numbers(self) -> None:
        for key in ("quality", "heat"):
            value = self.values.get(key)
            if not is_given(value):
                continue
            try:
                number_of(value)
            except InvalidValueError as error:
                del self.values[key]
                self.warn(error.code, (key,), f"{error} It is ignored.", error.hint)

    def drop_unreadable_date(self) -> None:
        """Leave out a date that cannot be read where the file's name has the day."""
        key = next((key for key in ALIASES["published"] if is_given(self.values.get(key))), "")
        if not key:
            return
        try:
            date_of(self.values[key], UTC)
        except InvalidValueError as error:
            del self.values[key]
            message = f"{error} The day in the file's name is used."
            self.warn(error.code, (key,), message, error.hint)

    def drop_tool_dates(self) -> bool:
        """Leave out words for a file's time; whether the publication date was one."""
        wished = False
        for meaning in _DATES:
            for key in ALIASES[meaning]:
                value = unlinked(self.values.get(key))
                if not isinstance(value, str):
                    continue
                self.values[key] = value
                if value.strip().lower() in _FILE_TIMES:
                    del self.values[key]
                    wished = wished or meaning == "published"
                    message = f"{shown(value)} is a placeholder for a date, not a date."
                    hint = "Feedmill uses the file's own time. To use another time, write a date."
                    self.warn("file-time", (key,), message, hint)
        return wished

    def picture(self, item: Any, path: KeyPath) -> Any:
        picture, refused = picture_of(item)
        if refused:
            message = f"The picture {shown(refused)} has no web address."
            hint = "It is left out. Write the address of the picture on the web."
            self.warn("tool-address", path, message, hint)
        return picture

    def related(self, item: Any, path: KeyPath) -> Any:
        note = unlinked(item)
        if note is item:
            return None if is_flag(item) else item
        message = f"The note {shown(note)} is not on the web and cannot be linked to."
        self.warn("tool-address", path, message, "It is left out. Write a web address instead.")
        return None

    def change_each(self, key: str, change: Callable[[Any, KeyPath], Any]) -> None:
        """Replace each item by ``change(item, path)``; None and empty items are removed.

        One value counts as a list of one.
        """
        value = self.values.get(key)
        if not is_given(value):
            self.values.pop(key, None)
            return
        items = value if isinstance(value, list) else [value]
        kept: list[tuple[Any, KeyPath]] = []
        for at, item in enumerate(items):
            path: KeyPath = (key, at) if items is value else (key,)
            new = change(item, path) if is_given(item) else None
            if new is not None:
                kept.append((new, self.origin(path)))
        if [new for new, _ in kept] == items:
            return
        del self.values[key]
        if kept:
            self.values[key] = [new for new, _ in kept] if items is value else kept[0][0]
            self.origins |= {(key, at): path for at, (_, path) in enumerate(kept)}


def _fits(meaning: str, value: Any) -> bool:
    """Whether the value of another tool's key has the type that we expect."""
    if meaning == "images":
        return looks_like_picture(value)
    if meaning in ENCLOSURES:
        return any(enclosure_of(item) is not None for item in _items(value))
    if meaning == "published_word":
        return str(value).strip().lower() in _FLAGS or bool(_YEAR.search(str(value)))
    if meaning == "link":
        return isinstance(value, str)
    if meaning == "people":
        return all(map(_is_person, value if isinstance(value, list) else [value]))
    if meaning in _DATES:
        text = str(unlinked(value)).lower()
        dated = bool(_DIGIT.search(text)) or text in _FILE_TIMES
        return dated and not isinstance(unlinked(value), list | dict)
    return True


def _is_person(value: Any) -> bool:
    name = value.get("name") if isinstance(value, dict) else unlinked(value)
    return isinstance(name, str) and (is_given(name) or not isinstance(value, dict))
