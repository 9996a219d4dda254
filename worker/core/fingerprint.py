"""A file's stat, to tell whether it changed."""

import os
from typing import NamedTuple

_COARSEST_STAMP_NS = 2_000_000_000


# What a column of the database holds. In nanoseconds, these are the years 1677 to 2262.
_LEAST, _MOST = -(2**63), 2**63 - 1


def stamp_of(stat: os.stat_result) -> tuple[int, int, int, int]:
    """A fingerprint's numbers, all of them numbers that the database holds.

    Anybody may give a file the time of the year 2300: it counts as the latest that there is. An
    inode beyond 2^63, as some file systems have them, is told by the same 64 bits with a sign.
    """
    stamp = stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
    if min(stamp) >= _LEAST and max(stamp) <= _MOST:
        return stamp
    signed = stat.st_ino - 2**64 if stat.st_ino > _MOST else stat.st_ino
    return _held(signed), _held(stat.st_size), _held(stat.st_mtime_ns), _held(stat.st_ctime_ns)


def _held(number: int) -> int:
    return min(max(number, _LEAST), _MOST)


class Fingerprint(NamedTuple):
    """What tells, without reading, that a file's bytes are those of the last reading.

    The device is left out on purpose: its number changes over reboots on btrfs, NFS and
    device-mapper, and every file would be read again.
    """

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "Fingerprint":
        return cls(*stamp_of(stat))

    def is_proof(self, kernel_now_ns: int) -> bool:
        """Whether any later change must show in the stat.

        ``kernel_now_ns`` is the clock that stamps files, read before the stat. A file changed
        twice within one tick of that clock (4 ms, and whole seconds on some file systems) can
        keep all four numbers while its bytes differ, as git knows of its index ("racy git").
        """
        coarse = self.ctime_ns % 1_000_000_000 == 0
        return self.ctime_ns + (_COARSEST_STAMP_NS if coarse else 0) < kernel_now_ns

    def is_same_file(self, other: "Fingerprint") -> bool:
        """Whether both are of one file with the same bytes, which may have been renamed between
        (a rename changes ctime and nothing else).
        """
        return self._replace(ctime_ns=other.ctime_ns) == other

    def doubtful(self) -> "Fingerprint":
        """A fingerprint that equals no file's, so that the next look reads the file again."""
        return self._replace(ctime_ns=0)


Stamped = tuple[str, int, int, int, int]
"""A file's name and its fingerprint's numbers, flat: of a whole folder, these are compared with
what is known of it in one step."""
