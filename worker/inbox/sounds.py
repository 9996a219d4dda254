"""Sound and film beside an article, by name: ``episode-7.mp3`` beside ``episode-7.md``.

What the files are, ``worker/media`` decides when it copies them. Their names are part of the
article's fingerprint and are read with it, so that the article is read again when one comes, goes
or is renamed, in whatever order the files arrive.
"""

import os
import re
import stat
from collections.abc import Collection
from contextlib import suppress

from feeds import at
from worker.core.fingerprint import Fingerprint, mixed
from worker.core.paths import SOUND_KINDS, is_index, is_text

_WITH_SOUND = re.compile(r"(.+)[.](?:mdx?|re?st|txt|markdown|html?)", re.IGNORECASE | re.DOTALL)
_SOUND = re.compile(rf"(?![.]).+[.](?:{'|'.join(SOUND_KINDS)})", re.IGNORECASE | re.DOTALL)

# Recorders write capitals.
_ENDINGS = tuple(ending for kind in SOUND_KINDS for ending in (f".{kind}", f".{kind.upper()}"))


def is_sound(name: str) -> bool:
    """Whether the name is of sound or film."""
    return _SOUND.fullmatch(name) is not None


def sounds_beside(
    folder_fd: int, name: str, known: Collection[str] | None = None
) -> tuple[str, ...]:
    """The names beside an article with its stem, the best kind first; for ``index.md``, else the
    folder's only sound or film. ``known`` are the ``stem`` of all these in the folder, if given."""
    found = _WITH_SOUND.fullmatch(name)
    if found is None or name.startswith(".") or not is_text(name):
        return ()
    same: tuple[str, ...] = ()
    if known is None or stem(name) in known:
        here = [ending for ending in _ENDINGS if _has(folder_fd, found[1] + ending)]
        same = tuple(found[1] + it for it in here if it.islower() or it.lower() not in here)
    if same or not is_index(name) or (known is not None and not known):
        return same
    several = _sounds_in(folder_fd)
    return several if len(several) == 1 else ()


def stem(name: str) -> str:
    """What the names of an article and of its sound have in common: in lower case, as the names
    of some file systems have no case."""
    return name.rpartition(".")[0].lower()


def with_sounds(own: Fingerprint, sounds: Collection[str]) -> Fingerprint:
    """The fingerprint of an article beside these."""
    return own._replace(inode=mixed(own.inode, *map(os.fsencode, sounds))) if sounds else own


def _has(folder_fd: int, name: str) -> bool:
    """Is there anything but a folder? access(2) first: of nearly all names there is nothing, and
    an exception takes three times as long."""
    if not at.access(name, os.F_OK, dir_fd=folder_fd, follow_symlinks=False):
        return False
    with suppress(OSError):
        return not stat.S_ISDIR(at.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_mode)
    return False


def _sounds_in(folder_fd: int) -> tuple[str, ...]:
    """The folder's sounds and films, of several two."""
    names: list[str] = []
    with suppress(OSError), at.scandir(folder_fd) as entries:
        for entry in entries:
            if (
                is_sound(entry.name)
                and is_text(entry.name)
                and not entry.is_dir(follow_symlinks=False)
            ):
                names.append(entry.name)
                if len(names) > 1:
                    break
    return tuple(names)
