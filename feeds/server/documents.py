"""Published files for HTTP: media types, caching headers, entity tags, compression.

Each request checks the file and reads it again if it changed, so that a new feed is served at
once. Read files are cached in limited memory.
"""

import asyncio
import gzip
import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path, PurePosixPath

from feeds.server.file_headers import MEDIA, MEDIA_TYPES, cache_control, media_type
from feeds.server.safe_open import open_below

Headers = list[tuple[bytes, bytes]]

# Larger than any feed by default; larger files are read in pieces for each client.
LARGEST_KEPT = 8_000_000
MOST_KEPT = 64_000_000
PIECE = 256_000
SMALLEST_PACKED = 300
# Compressing more would delay other clients: it is done in a thread.
PACKED_AT_ONCE = 50_000

# Players seek in sound and film, and go on with a broken download.
ACCEPTS_RANGES = (b"accept-ranges", b"bytes")
_PACKED = {suffix for suffix, kind in MEDIA_TYPES.items() if "charset" in kind}
XML = MEDIA_TYPES[".xml"]
SHOWN_BY_BROWSERS_AS_XML = (".rss", ".atom")
_SHARED = (".rss", ".atom", ".json", ".opml")

# Pages load only their own files, and articles' images.
SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: http:;"
        b" media-src 'self' https: http:; base-uri 'none'; form-action 'self';"
        b" frame-ancestors 'none'",
    ),
]
# An author's drawing may be opened as a page: it can style itself and do nothing else.
SECURITY_OF_MEDIA: Headers = [
    *SECURITY[:-1],
    (
        b"content-security-policy",
        b"sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    ),
]
# Other sites' pages may read feeds, make conditional requests and see the validators.
SHARING: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified"),
]


@dataclass(frozen=True, slots=True)
class Variant:
    """One representation of a file: its entity tag, headers and bytes. ``body`` is None if it is
    to be read from the file."""

    etag: bytes
    headers: Headers
    not_modified: Headers
    body: bytes | None


@dataclass(slots=True)
class Document:
    """A file as it was read. ``identity`` distinguishes its versions; ``suffix`` is its extension
    with the dot."""

    path: str
    suffix: str
    identity: tuple[int, ...]
    size: int
    modified: int
    digest: str
    data: bytes | None
    variants: dict[tuple[bool, bool], Variant] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """The media type without parameters."""
        return media_type(self.suffix).partition(";")[0]

    @property
    def weight(self) -> int:
        """Its approximate size in memory, in bytes."""
        bodies = {id(variant.body): len(variant.body or b"") for variant in self.variants.values()}
        return 1_000 + len(self.data or b"") + sum(bodies.values())


class Documents:
    """The files below one public folder, with a cache."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._weight = 0

    async def find(self, names: list[str]) -> tuple[Document, int] | None:
        """The file at ``names`` and its open descriptor, which the caller closes; None if there is
        no such file. The descriptor reads this version even if the file is replaced."""
        opened = open_below(self._folder, names)
        if opened is None:
            return None
        file, found = opened
        path = "/".join(names)
        kept = self._kept.get(path)
        if kept is not None and kept.identity == identity(found):
            return kept, file
        try:
            document = await self._read(path, file, found)
        except BaseException:
            os.close(file)
            raise
        self._keep(document)
        return document, file

    async def _read(self, path: str, file: int, found: os.stat_result) -> Document:
        data = None
        if found.st_size <= LARGEST_KEPT:
            data = b"".join(pieces(file))
            digest = hashlib.sha256(data).hexdigest()
        else:
            digest = await asyncio.to_thread(_digest, file)
        return Document(
            path=path,
            suffix=PurePosixPath(path).suffix,
            identity=identity(found),
            size=found.st_size if data is None else len(data),
            modified=int(found.st_mtime),
            digest=digest[:32],
            data=data,
        )

    async def variant(self, document: Document, *, as_xml: bool, packed: bool) -> Variant:
        """The representation of a document that a client wants."""
        found = document.variants.get((as_xml, packed))
        if found is None:
            body = await _packed(document) if packed else None
            found = _variant(document, as_xml, body)
            document.variants[(as_xml, packed)] = found
            if body is not None and self._kept.get(document.path) is document:
                self._weight += len(body)
                self._shed()
        return found

    def _keep(self, document: Document) -> None:
        last = self._kept.pop(document.path, None)
        self._weight += document.weight - (last.weight if last else 0)
        self._kept[document.path] = document
        self._shed()

    def _shed(self) -> None:
        """Drop the oldest files from the cache until the rest fits."""
        while self._weight > MOST_KEPT and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._weight -= oldest.weight


def pieces(file: int, part: range | None = None) -> Iterator[bytes]:
    """A file's bytes in pieces: those of ``part``, or all."""
    offset, end = (part.start, part.stop) if part else (0, 1 << 62)
    while piece := os.pread(file, min(PIECE, end - offset), offset):
        yield piece
        offset += len(piece)


def identity(found: os.stat_result) -> tuple[int, ...]:
    """What distinguishes the versions of a file. Includes the change time, which programs cannot
    set: a new file may get an old inode."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _digest(file: int) -> str:
    with open(file, "rb", closefd=False) as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


async def _packed(document: Document) -> bytes | None:
    """The gzipped bytes; None if that saves nothing."""
    data = document.data
    if data is None or len(data) < SMALLEST_PACKED or document.suffix not in _PACKED:
        return None
    if len(data) <= PACKED_AT_ONCE:
        body = gzip.compress(data, 6, mtime=0)
    else:
        body = await asyncio.to_thread(gzip.compress, data, 6, mtime=0)
    return body if len(body) < len(data) else None


def _variant(document: Document, as_xml: bool, packed: bytes | None) -> Variant:
    """Headers and body. Each type and coding is a representation with its own entity tag
    (RFC 9110, section 8.8.3)."""
    body = document.data if packed is None else packed
    etag = f'"{document.digest}{"-xml" if as_xml else ""}{"" if packed is None else "-gz"}"'
    has_xml = document.suffix in SHOWN_BY_BROWSERS_AS_XML
    validators: Headers = [
        (b"etag", etag.encode()),
        (b"last-modified", formatdate(document.modified, usegmt=True).encode()),
        (b"cache-control", cache_control(document.path).encode()),
        (b"vary", b"Accept, Accept-Encoding" if has_xml else b"Accept-Encoding"),
    ]
    kind = XML if as_xml else media_type(document.suffix)
    size = document.size if body is None else len(body)
    headers = [(b"content-type", kind.encode()), (b"content-length", str(size).encode())]
    if packed is not None:
        headers.append((b"content-encoding", b"gzip"))
    security = SECURITY_OF_MEDIA if document.path.startswith(MEDIA) else SECURITY
    sharing = SHARING if document.suffix in _SHARED else []
    headers += [ACCEPTS_RANGES] if document.path.startswith(MEDIA) else []
    return Variant(
        etag=etag.encode(),
        headers=[*headers, *validators, *sharing, *security],
        not_modified=[*validators, *sharing],
        body=body,
    )
