"""Paths in the drop folder: relative, with forward slashes; the drop folder itself is ""."""

import re
from functools import lru_cache

RECEIPT = ".feedmill.txt"
"""Ending of a receipt's name."""
NOTE = "not-read"
"""Name, before ``RECEIPT``, of the note on a folder's files for other programs; no article's."""
PROBE = ".feedmill-canary-"
"""Start of the names of synthetic articles that check the whole pipeline."""
ASSETS = "/"
"""Before a path below ``drop.assets``, among paths of the drop folder."""
META_MARK = b"\xffmeta\xfe"
"""Before and after a second file with front matter, in front of an article's bytes; no UTF-8."""
SOUND_MARK = b"\xffsound\xfe"
"""Before and after the names of sounds beside an article, in front of all that; no UTF-8."""
SOUND_KINDS = ("mp3", "m4a", "ogg", "opus", "wav", "mp4", "webm")
"""Extensions of what is an article's enclosure if it lies beside it, the preferred one first."""


_TOOL_FOLDERS = frozenset(("_posts", "_drafts", "content", "posts", "post", "blog", "src"))
_JEKYLL_FOLDERS = frozenset(("_posts", "_drafts"))
_INDEX = "index"
# ISO 639-1, without those that are endings of program files or sites: io, so, ts.
_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv
    cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr
    ht hu hy hz ia id ie ig ii ik is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky
    la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny
    oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh
    zu
"""
_LANGUAGES = frozenset(_CODES.split())
_TAG = re.compile(r"([a-z]{2})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?", re.ASCII)


def is_text(name: str) -> bool:
    """Whether the name is UTF-8 on disk, as the database and the feeds need it."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_probe(path: str) -> bool:
    """Whether the path is that of a synthetic article."""
    return path.startswith(PROBE)


def printable(name: str) -> str:
    r"""The name for logs, messages and the database.

    Bytes that are not UTF-8 and control characters become ``\xNN`` or ``\uNNNN``, so that a name
    can neither break an encoder nor fake a log line.
    """
    if name.isprintable():
        return name
    return "".join(
        character if character.isprintable() else _escaped(character)
        for character in name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def split(path: str) -> tuple[str, str]:
    """(folder, name) of a path; the folder of a file directly in the drop folder is ""."""
    folder, _, name = path.rpartition("/")
    return folder, name


def join(folder: str, name: str) -> str:
    """The path of a name in a folder."""
    return f"{folder}/{name}" if folder else name


@lru_cache(maxsize=1_000)
def language_in(path: str) -> str:
    """The language in a file's name, as the BCP 47 tag ``zh-CN``; "" if it has none.

    Hugo and Zola name translations so: ``index.ja.md``, ``post.zh-cn.md``.
    """
    stem, _, word = split(path)[1].rpartition(".")[0].rpartition(".")
    found = _TAG.fullmatch(word) if stem else None
    if found is None or found[1] not in _LANGUAGES:
        return ""
    language, script, region = found.groups("")
    return "-".join(filter(None, (language, script.title(), region.upper())))


def translation_key(path: str) -> str:
    """The path without the language in its name: the same for all translations of an article."""
    if not language_in(path):
        return path
    rest, _, suffix = path.rpartition(".")
    return f"{rest.rpartition('.')[0]}.{suffix}"


def split_sounds(data: bytes) -> tuple[bytes, bytes]:
    """The names of sounds beside an article, separated by slashes, and the rest of its bytes."""
    if not data.startswith(SOUND_MARK):
        return b"", data
    names, _, own = data.removeprefix(SOUND_MARK).partition(SOUND_MARK)
    return names, own


def is_index(path: str) -> bool:
    """Whether the file is the article of its folder, as in ``trip/index.md``."""
    return split(translation_key(path))[1].rpartition(".")[0].lower() == _INDEX


def topics_of_folder(path: str) -> tuple[str, ...]:
    """The topics that a file's folders say, for an article without topics of its own.

    The nearest folder, but not the one of an article's own files, nor a publishing tool's; for
    Jekyll all folders above ``_posts``.
    """
    folders = [name for name in split(path)[0].split("/") if name]
    at = next((at for at, name in enumerate(folders) if name in _JEKYLL_FOLDERS), -1)
    if at >= 0:
        return tuple(name for name in folders[:at] if name.lower() not in _TOOL_FOLDERS)
    if is_index(path):
        folders = folders[:-1]
    meant = [name for name in folders if name.lower() not in _TOOL_FOLDERS]
    return tuple(meant[-1:])
