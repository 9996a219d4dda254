"""Fingerprints of files, from ``stat``, to see whether a file changed; and ids of names."""

import os
from functools import lru_cache
from hashlib import sha1
from typing import NamedTuple
from zlib import crc32

_COARSEST_STAMP_NS = 2_000_000_000
# The limits of an integer in the database. In nanoseconds: the years 1677 to 2262.
_LEAST, _MOST = -(2**63), 2**63 - 1


def stamp_of(stat: os.stat_result) -> tuple[int, int, int, int]:
    """A fingerprint's numbers, within the limits of the database.

    A file can have a time in the year 2300: it counts as the latest possible time. Some file
    systems have inodes above 2^63: they become the signed number with the same 64 bits.
    """
    stamp = stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
    if min(stamp) >= _LEAST and max(stamp) <= _MOST:
        return stamp
    signed = stat.st_ino - 2**64 if stat.st_ino > _MOST else stat.st_ino
    return _held(signed), _held(stat.st_size), _held(stat.st_mtime_ns), _held(stat.st_ctime_ns)


def mixed(inode: int, *parts: bytes) -> int:
    """An inode's number that is another one for other ``parts``."""
    return (inode * 31 + crc32(b"/".join(parts))) & _MOST


@lru_cache(maxsize=1_000)
def urn_of(namespace: bytes, name: str) -> str:
    """A name-based UUID (RFC 9562, version 5) as a URN: ``uuid.uuid5`` takes three times as long
    for its object."""
    digest = sha1(namespace + name.encode(), usedforsecurity=False).digest()
    number = (
        int.from_bytes(digest[:16]) & ~(0xF000 << 64 | 0xC000 << 48) | 0x5000 << 64 | 0x8000 << 48
    )
    text = f"{number:032x}"
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _held(number: int) -> int:
    return min(max(number, _LEAST), _MOST)


class Fingerprint(NamedTuple):
    """Shows without reading whether a file is unchanged since the last reading.

    It has no device number on purpose: on btrfs, NFS and device-mapper that number changes with
    a reboot, and every file would be read again.
    """

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "Fingerprint":
        return cls(*stamp_of(stat))

    def is_proof(self, kernel_now_ns: int) -> bool:
        """Whether every later change of the file changes its stat.

        ``kernel_now_ns`` is the clock that gives files their times, read before the stat. A file
        that changes twice within one tick of that clock (4 ms, on some file systems a second)
        can keep all four numbers although its bytes differ (git has the same problem: "racy
        git").
        """
        coarse = self.ctime_ns % 1_000_000_000 == 0
        return self.ctime_ns + (_COARSEST_STAMP_NS if coarse else 0) < kernel_now_ns

    def is_same_file(self, other: "Fingerprint") -> bool:
        """Whether both are of the same unchanged file, which may have been renamed.

        A rename changes ctime and nothing else.
        """
        return self._replace(ctime_ns=other.ctime_ns) == other

    def doubtful(self) -> "Fingerprint":
        """A fingerprint that no file has, so that the next scan reads the file again."""
        return self._replace(ctime_ns=0)


Stamped = tuple[str, int, int, int, int]
"""A file's name and its fingerprint's numbers in one flat tuple, so that a whole folder is
compared with the ledger in one step."""
