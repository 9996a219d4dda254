"""Links of other tools to their own files, as addresses that the database resolves.

Hugo's ``ref`` and ``relref``, Jekyll's ``link`` and ``post_url``, Zola's ``@/`` and Obsidian's
names between brackets give no path that can be followed from the file; where the file is, only
the database knows. And addresses whose template code only puts the site's own before them.
"""

import re
from typing import Final

from worker.core.deferred import ARTICLES, MEDIA, Deferred, extension_of

TAGS: Final = frozenset(("ref", "relref", "post_url", "link"))
"""Names of template code that gives an address."""

_WORD = re.compile(r"""\s*(?:path\s*=\s*)?(?:"([^"\n]*)"|'([^'\n]*)'|`([^`\n]*)`|([^\s"'`=]+))""")
_SIZE = re.compile(r"\d{1,5}(?:x\d{1,5})?", re.ASCII)
# An address in plain sight: with a filter that puts the site's own address before it, or behind
# that address itself.
_PATH_FILTER = re.compile(
    r"""-?\s*(["'])([^"'{}\n]+)\1\s*\|\s*(?:relative_url|absolute_url|rel_?url|abs_?url|url|"""
    r"""prepend:\s*site\.(?:base)?url)\s*-?""",
    re.IGNORECASE,
)
_SITE_ADDRESS = re.compile(r"-?\s*(?:site\.baseurl|site\.url|\.Site\.BaseURL|SITEURL)\s*-?")
_TOOLS_FOLDERS = re.compile(r"(?:\.{0,2}/)*(?:(?:_posts|_drafts|content|src/content)/)?")


def note(text: str) -> str:
    """The address of the file that ``text``, a name or the end of a path, is of; perhaps with a
    part of it behind ``#``. "" if it names nothing."""
    name, _, part = text.partition("#")
    name, part = name.strip(), part.rpartition("#")[2].strip()
    part = "" if part.startswith("^") else part
    if not name:
        return Deferred("here", "", part).address if part else ""
    name = _TOOLS_FOLDERS.sub("", name, count=1).strip("/")
    return Deferred("note", name, part).address if name else ""


def of_tag(name: str, inner: str) -> str:
    """The address that a tag of ``TAGS`` gives; ``inner`` is its text, name first. "" if none."""
    found = _WORD.match(inner, len(name))
    text = next(filter(None, found.groups()), "") if found else ""
    if name == "link" and text and extension_of(text) not in ARTICLES:
        return f"/{text.lstrip('/')}"
    return note(text)


def to_file(page: str) -> str:
    """The address for a link of Obsidian; a picture's is found by name."""
    return medium(page) or note(page)


def medium(page: str) -> str:
    """The address of a picture, sound or film in a note; "" if the name is not of one.

    It is found by its name, or by the end of its path, wherever it is in the drop folder.
    """
    name = page.partition("#")[0].strip()
    if extension_of(name) not in MEDIA:
        return ""
    return Deferred("named", name.lstrip("./")).address


def element_for(address: str, size: str) -> str:
    """HTML that shows the picture, sound or film; ``size`` is its width, or "300x200"."""
    extension = extension_of(address)
    if extension in ("mp4", "webm", "mov"):
        return f'<video src="{address}"></video>'
    if extension in ("mp3", "m4a", "ogg", "opus", "wav"):
        return f'<audio src="{address}"></audio>'
    width, _, height = size.partition("x") if _SIZE.fullmatch(size) else ("", "", "")
    sizes = (f' width="{width}"' if width else "") + (f' height="{height}"' if height else "")
    return f'<img src="{address}"{sizes} alt="">'


def path_in_code(inner: str, after: str) -> str | None:
    """The path that the code within ``{{ … }}`` stands for, where ``after`` follows it; None for
    other code. The site's own address alone is "" before a path."""
    if found := _PATH_FILTER.fullmatch(inner):
        return found[2]
    return "" if _SITE_ADDRESS.fullmatch(inner) and after.startswith(("/", "{{")) else None


def plain_address(text: str) -> str:
    """An address without the code for the site's own address; as it is where code is more."""
    while text.startswith("{{"):
        inner, _, rest = text[2:].partition("}}")
        path = path_in_code(inner, rest)
        if path is None or path:
            return text if path is None else path + rest
        text = rest
    return text
