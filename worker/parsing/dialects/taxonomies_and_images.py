"""Topics from categories, tags and taxonomies, and pictures from other tools' keys.

``topics`` takes precedence. Else categories and tags are both topics, since those tools make a
feed for each; ``keywords``, written for search engines, count only if there is nothing else.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from worker.parsing.dialects.links import plain_address
from worker.parsing.frontmatter.block import KeyPath

_WIKI = re.compile(r"!?\[\[([^\[\]|]+)(?:\|([^\[\]]*))?\]\]")
_LABELS = ("label", "name", "title")
_HASH = re.compile(r"#(?=\w)")


class TopicValue(NamedTuple):
    """A topic as written, and its place in the front matter."""

    value: Any
    path: KeyPath


def is_given(value: Any) -> bool:
    """Whether a value is not empty; archetypes and templates leave empty keys."""
    if isinstance(value, str):
        return not (value == "" or value.isspace())
    if isinstance(value, dict):
        return any(map(is_given, value.values()))
    if isinstance(value, list):
        return any(map(is_given, value))
    return value is not None


def unlinked(value: Any) -> Any:
    """``value``; for a wiki link, its label or name.

    YAML reads a link without quotes, ``[[Name]]``, as a list in a list.
    """
    text = value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        text = f"[[{value[0]}]]"
    found = _WIKI.fullmatch(text.strip()) if isinstance(text, str) and "[[" in text else None
    return (found[2] or found[1]).strip() if found else value


def topic_values(
    values: dict[str, Any], lower: dict[str, str], *, with_category: bool, by_spaces: bool
) -> list[TopicValue]:
    """The topics of a front matter without ``topics``: categories first, then tags.

    ``lower`` maps its keys in lower case to its keys. ``with_category`` if ``category`` counts as
    one of the categories, ``by_spaces`` if spaces separate a list, as in Jekyll.
    """
    return [
        word
        for path, value in _sources(values, lower, with_category)
        for word in _values(path, value, by_spaces)
    ]


def _sources(
    values: dict[str, Any], lower: dict[str, str], with_category: bool
) -> Iterator[tuple[KeyPath, Any]]:
    taxonomies = values.get("taxonomies")
    found = False
    for name in ("categories", "category", "tags", "tag"):
        if name == "category" and not with_category:
            continue
        key = lower.get(name)
        if key and is_given(values[key]):
            found = True
            yield (key,), values[key]
        if isinstance(taxonomies, dict) and is_given(taxonomies.get(name)):
            found = True
            yield ("taxonomies", name), taxonomies[name]
    key = lower.get("keywords")
    if key and not found and is_given(values[key]):
        yield (key,), values[key]


def _values(path: KeyPath, value: Any, by_spaces: bool) -> Iterator[TopicValue]:
    if isinstance(value, list):
        for at, item in enumerate(value):
            word = _value(item)
            if isinstance(word, list):  # Hexo's path of categories
                yield from (TopicValue(_value(part), (*path, at)) for part in word)
            elif is_given(item):
                yield TopicValue(word, (*path, at))
    elif isinstance(value, str):
        for item in _parted(value, by_spaces and path != ("category",)):
            if is_given(item):
                yield TopicValue(_value(item), path)
    elif not isinstance(value, dict) or path == ("tags",):
        yield TopicValue(value, path)


def _parted(text: str, by_spaces: bool) -> list[str]:
    if "," in text:
        return text.split(",")
    if by_spaces or text.strip().startswith("#"):
        return text.split()
    return [text]


def _value(item: Any) -> Any:
    """A tag without the ``#`` of note-taking tools; of Docusaurus' tag with a link, its label."""
    word = unlinked(item)
    if isinstance(word, dict):
        word = next((word[key] for key in _LABELS if is_given(word.get(key))), word)
    if isinstance(word, str) and "#" in word:
        word = _HASH.sub("", word.strip(), count=1) if word.strip().startswith("#") else word
    return word


_LIKELY = re.compile(r"[^\s].*(?:/|\.(?:png|jpe?g|gif|webp|avif|svg)\b)|!?\[\[", re.IGNORECASE)

# With an alias for a folder of the sources, or code that gives more than the site's own address.
_SOURCE = re.compile(r"[~@#$]/|~@|@[\w-]+/|.*(?:\{\{|\{%)")
# What a theme's template has in the place of an address.
_STAND_IN = re.compile(r"<[^<>]*>")
_FLAGS = frozenset(("true", "false", "yes", "no", "on", "off", "none"))

_KEYS = ("url", "src", "image", "href", "path", "overlay_image", "teaser", "feature")

_OURS = _KEYS[:4]


def looks_like_picture(value: Any) -> bool:
    """Whether the value of a key such as ``banner`` or ``header`` is a picture's address."""
    if isinstance(value, list):
        return bool(value) and all(map(_looks_like_item, value))
    if isinstance(value, dict):
        named = next((value[key] for key in _KEYS if is_given(value.get(key))), None)
        return isinstance(named, str) and looks_like_picture(named)
    return isinstance(value, str) and _LIKELY.match(value.strip()) is not None


def _looks_like_item(item: Any) -> bool:
    if isinstance(item, list):
        return unlinked(item) is not item
    return not is_given(item) or looks_like_picture(item)


def picture_of(item: Any) -> tuple[Any, str]:
    """(picture, ""), or (None, address) if no reader can follow it; (None, "") for none.

    A value that is not a tool's picture stays as it is.
    """
    if isinstance(item, dict):
        return _group(item)
    if unlinked(item) is not item:
        return None, str(unlinked(item))
    if is_flag(item) or (isinstance(item, str) and _STAND_IN.fullmatch(item.strip())):
        return None, ""
    if isinstance(item, str):
        address = plain_address(item.strip())
        if _SOURCE.match(address):
            return None, item
        # An address relative to the article's file: it goes on as it is written.
        return (address if address != item.strip() else item), ""
    return item, ""


_DOWNLOADS = ("url", "src", "href", "file", "path", "mp3", "audio")


def enclosure_of(item: Any) -> Any:
    """The item if it may name a file to download; None for a switch, a player's id, a note."""
    if isinstance(item, dict):
        named = (item.get(key) for key in _DOWNLOADS)
        return item if any(isinstance(value, str) and is_given(value) for value in named) else None
    address = unlinked(item)
    if address is not item or not isinstance(item, str) or is_flag(item):
        return None
    return item if re.search(r"[./:]", item) else None


def is_flag(value: Any) -> bool:
    """Whether the value only switches something on or off."""
    if isinstance(value, dict | list):
        return False
    return isinstance(value, bool) or str(value).strip().lower() in _FLAGS


def _group(item: dict[str, Any]) -> tuple[Any, str]:
    named = [key for key in _KEYS if key in item]
    key = next((key for key in named if is_given(item[key])), "")
    if not key:
        is_ours = not named and "width" in item
        return (item if is_ours else None), ""
    address, refused = picture_of(item[key]) if not isinstance(item[key], dict) else (item[key], "")
    if address is None:
        return None, refused
    if key in _OURS:
        return (item if address == item[key] else {**item, key: address}), ""
    rest = {name: value for name, value in item.items() if name not in _KEYS}
    return {"url": address, **rest}, ""
