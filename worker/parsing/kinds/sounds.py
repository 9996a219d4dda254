"""Sound and film beside the article: its enclosure if the front matter names none.

The inbox gives their names; see ``worker/inbox/sounds.py``.
"""

from dataclasses import replace
from urllib.parse import quote

from worker.core.deferred import medium_address
from worker.core.problems import Problem
from worker.core.text import shown
from worker.parsing.frontmatter.splitter import SplitFile

_NAMED = ("enclosure", "audio", "video")


def with_sound(file: SplitFile, path: str, sounds: bytes) -> tuple[SplitFile, list[Problem]]:
    """The file as if its front matter named the first of ``sounds``, and a warning of others."""
    names = sounds.decode("utf-8", "replace").split("/") if sounds else []
    is_named = any(file.values.get(key) for key in _NAMED)
    names = [name for name in names if medium_address(quote(name, safe=""), path)]
    if not names or is_named or file.contents is None:
        return file, []
    url = quote(names[0], safe="")
    contents = replace(file.contents, values=file.values | {"enclosure": {"url": url}})
    return replace(file, contents=contents), _warning(names) if len(names) > 1 else []


def _warning(names: list[str]) -> list[Problem]:
    message = f"{' and '.join(map(shown, names))} lie beside the file; only the first is published."
    hint = "Name the right one, as in `audio: …`, or give the others another name."
    return [Problem("enclosure", message, None, hint, "warning")]
