"""A feed and its entries, independent of any format.

All times are aware UTC datetimes without fractions of a second; all URLs are absolute.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Format = Literal["rss", "atom", "json"]
"""The name of a format is also the extension of its files."""

FORMATS: tuple[Format, ...] = ("rss", "atom", "json")


@dataclass(frozen=True, slots=True)
class Person:
    """An author; ``name`` is never empty."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image; sizes in pixels. A size is None and ``media_type`` empty if unknown."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Sound, film or another file to download.

    ``length`` in bytes and ``duration`` in seconds, None if unknown; so is an empty ``media_type``.
    """

    url: str
    media_type: str = ""
    length: int | None = None
    duration: int | None = None
    title: str = ""

    @property
    def is_played(self) -> bool:
        """Is it sound or film?"""
        return self.media_type.startswith(("audio/", "video/"))


@dataclass(frozen=True, slots=True)
class Episode:
    """What only a podcast's feed says of an entry.

    ``kind`` is "full", "trailer", "bonus" or ""; ``chapters`` and ``transcripts`` are URLs.
    """

    number: int | None = None
    season: int | None = None
    kind: str = ""
    is_explicit: bool | None = None
    chapters: str = ""
    transcripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Podcast:
    """What a podcast's feed says of itself, beside what every feed says.

    ``categories`` are pairs of Apple's category and subcategory, which may be "". ``guid`` is the
    id of Podcasting 2.0; ``owner_email`` may be "".
    """

    guid: str
    author: str
    cover: str
    categories: tuple[tuple[str, str], ...]
    is_explicit: bool = False
    kind: Literal["episodic", "serial"] = "episodic"
    owner_name: str = ""
    owner_email: str = ""
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A topic of an entry: ``term`` is its slug, ``label`` its name.

    ``scheme`` is the URL of the site's topics, which tells this site's "ai" from other sites'.
    May be empty.
    """

    term: str
    label: str
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The publication that an entry comes from; ``url`` is its site, ``feed`` its feed's address,
    ``name`` never empty."""

    name: str
    url: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """A link to another article on the same subject."""

    url: str
    title: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """The address of an entry's article in another language, a BCP 47 tag."""

    language: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in a feed. Its rendered bytes depend on nothing else.

    ``id`` is an absolute URI that never changes; ``link`` may be empty; ``content_html`` is
    sanitized HTML; ``via`` is where the article first appeared, or empty. ``updated`` is never
    before ``published``. ``translations`` have a language each, none of them ``language``.
    """

    id: str
    title: str
    summary: str
    content_html: str
    link: str
    published: datetime
    updated: datetime
    categories: tuple[Category, ...] = ()
    authors: tuple[Person, ...] = ()
    source: Source | None = None
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    language: str = ""
    via: str = ""
    translations: tuple[Translation, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None


@dataclass(frozen=True, slots=True)
class Latest:
    """A feed's newest entry, as a list of feeds shows it; ``link`` may be empty."""

    id: str
    title: str
    link: str
    published: datetime
    language: str = ""


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """An article in the index of the search page; ``link`` may be empty, ``topics`` are slugs."""

    title: str
    link: str
    published: datetime
    language: str
    summary: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that was withdrawn (RFC 6721)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed without its entries: the metadata in its head.

    ``key`` is the path below the public folder without the extension ("all",
    "topics/aws-ai"); ``id`` is an absolute URI that never changes; ``home`` is the page for
    people; ``updated`` is when an entry or the set of entries last changed; ``site_url`` ends
    in a slash; ``stylesheet`` is the URL of a CSS file, which may be relative, or empty.
    ``editor`` has an email; ``copyright`` says who has the rights, or is empty.

    ``prev_archive`` is the key of the archive document with the next older entries, or empty.
    In an archive document itself (RFC 5005, section 4), ``archive`` is True, ``current`` is
    the key of its feed, and ``next_archive`` the key of the document with the next newer
    entries, empty in the newest.
    """

    key: str
    id: str
    title: str
    description: str
    site_url: str
    home: str
    language: str
    author: str
    updated: datetime
    icon: str = ""
    hub: str = ""
    category: Category | None = None
    prev_archive: str = ""
    tombstones: tuple[Tombstone, ...] = ()
    archive: bool = False
    next_archive: str = ""
    current: str = ""
    stylesheet: str = ""
    copyright: str = ""
    editor: Person | None = None
    podcast: Podcast | None = None

    def url(self, key: str, file_format: Format) -> str:
        """The URL of the document ``key`` of this site in one format."""
        return f"{self.site_url}{key}.{file_format}"
