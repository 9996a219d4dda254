"""Pictures as other tools name them in front matter, to addresses or groups as ``fields`` has them.

A path among a tool's sources (``../../assets/cover.jpg``) and an embedded file of a note tool
(``![[cover.jpg]]``) lead nowhere on the web.
"""

import re
from typing import Any

from worker.parsing.dialects.taxonomies import is_given, unlinked

_LIKELY = re.compile(r"[^\s].*(?:/|\.(?:png|jpe?g|gif|webp|avif|svg)\b)|!?\[\[", re.IGNORECASE)
# From the article's own file, or by a short name for a folder among the sources.
_SOURCE = re.compile(r"\.{1,2}/|[~@#$]/|@[\w-]+/|.*(?:\{\{|\{%)")
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
    """(the picture, "") or (None, its address) if that leads nowhere; (None, "") for none.

    What is no picture of any tool's comes back as it is.
    """
    if isinstance(item, dict):
        return _group(item)
    if unlinked(item) is not item:
        return None, str(unlinked(item))
    if isinstance(item, str) and _SOURCE.match(item.strip()):
        return None, item
    return item, ""


def _group(item: dict[str, Any]) -> tuple[Any, str]:
    named = [key for key in _KEYS if key in item]
    key = next((key for key in named if is_given(item[key])), "")
    if not key:
        return (None if named else item), ""
    address, refused = picture_of(item[key]) if not isinstance(item[key], dict) else (item[key], "")
    if refused:
        return None, refused
    if key in _OURS:
        return item, ""
    rest = {name: value for name, value in item.items() if name not in _KEYS}
    return {"url": address, **rest}, ""
