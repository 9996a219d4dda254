"""Paths in the drop folder: relative, with forward slashes; the drop folder itself is ""."""

RECEIPT = ".feedmill.txt"
"""Ending of a receipt's name."""
PROBE = ".feedmill-canary-"
"""Start of the names of synthetic articles that check the whole pipeline."""
META_MARK = b"\xffmeta\xfe"
"""Before and after a second file with front matter, in front of an article's bytes; no UTF-8."""


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
