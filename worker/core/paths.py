"""Paths in the drop folder: relative, with forward slashes; the drop folder itself is ""."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


RECEIPT = ".feedmill.txt"
"""Ending of the files that the worker itself writes beside articles."""


PROBE = ".feedmill-canary-"
"""Beginning of the files that the worker lets go the way of articles, to prove the way."""


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
    """Whether a path is one of our own files that prove the way of articles."""
    return path.startswith(PROBE)


def printable(name: str) -> str:
    r"""The name for logs, messages and the database: bytes that are not UTF-8 and control
    characters stand as ``\xNN`` or ``\uNNNN``, so that a name can neither break an encoder nor
    forge a log line.
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
