"""Opens published files safely: below one folder, no symlinks, only regular files.

The only way from a client's URL to the disk.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_PATH | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

LONGEST_PATH = 1000


def segments(path: str) -> list[str] | None:
    """The names in a URL's decoded path; "/" is the index. None if it cannot name a published
    file: dot files, "..", empty names, unprintable characters, backslashes."""
    if len(path) > LONGEST_PATH:
        return None
    names = path.removeprefix("/").split("/") if path != "/" else ["index.html"]
    for name in names:
        if not name or name[0] == "." or not name.isprintable() or "\\" in name:
            return None
    return names


def open_below(root: Path | str, names: Sequence[str]) -> tuple[int, os.stat_result] | None:
    """An open descriptor of the regular file at ``names`` below ``root``, and its stat; None if
    there is none. Opens folder by folder, so that no symlink is followed, not even one created
    meanwhile."""
    folder = -1
    try:
        folder = os.open(root, _FOLDER)
        for name in names[:-1]:
            below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        file = os.open(names[-1], _FILE, dir_fd=folder)
    except (OSError, ValueError):
        return None
    finally:
        if folder >= 0:
            os.close(folder)
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode):
        return file, found
    os.close(file)
    return None
