"""The article: the checked content of one file, without anything about storage.

All times are aware UTC datetimes in whole seconds, all links are absolute.
``worker/parsing/article_reader.py`` makes articles from files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.core.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Person:
    """An author; ``name`` or ``email`` is not empty."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with an absolute URL; sizes in pixels, None if unknown."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str = ""
    is_cached: bool | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Sound, film or another file to download; ``url`` is absolute or deferred.

    ``length`` in bytes and ``duration`` in seconds, None if unknown; so is an empty ``media_type``.
    """

    url: str
    media_type: str = ""
    length: int | None = None
    duration: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """What a podcast's directory asks of an article, beside its enclosures.

    ``kind`` is "full", "trailer", "bonus" or ""; ``chapters`` and ``transcripts`` are URLs.
    """

    number: int | None = None
    season: int | None = None
    kind: str = ""
    is_explicit: bool | None = None
    chapters: str = ""
    transcripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """The publication that an article comes from."""

    name: str = ""
    domain: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Another publication's article on the same subject."""

    title: str
    link: str
    excerpt: str = ""
    published: datetime | None = None
    provider: Provider | None = None
    images: tuple[Image, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mention:
    """A file that an article names: an article to link to, or a picture to show.

    ``address`` is deferred (``worker.core.deferred``), without a part; ``place`` is where the
    article names it first, None if that is not known.
    """

    address: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an article is held: its author marked it as not for publication.

    ``key`` is the front matter key that says so ("published", "draft", "status").
    ``drop.unpublished = "publish"`` overrides "published" only.
    """

    key: str
    place: Place


@dataclass(frozen=True, slots=True)
class Article:
    """The content of an accepted file.

    If the file gives no ``published`` or ``topics``, they are empty: the worker then uses the
    file's time, and the folder, the rules of topics or the default topic. ``content_html`` is
    safe HTML with absolute or deferred URLs; ``mentions`` are the files of the latter, each once;
    ``text`` is the same as plain text, for the full-text index and for comparing versions.
    ``extra`` holds values without a column, as JSON values. ``topics_place`` is where the file
    names its topics, None if it does not.
    """

    title: str
    summary: str
    content_html: str
    text: str
    link: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    explicit_id: str = ""
    hold: Hold | None = None
    topics: tuple[str, ...] = ()
    provider: Provider | None = None
    people: tuple[Person, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    category: str = ""
    type: str = ""
    quality: int | float | None = None
    heat: int | float | None = None
    language: str = ""
    original_url: str = ""
    amp_url: str = ""
    cdn_amp_url: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    topics_place: Place | None = None
    mentions: tuple[Mention, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a file: an article, or the errors that reject it.

    ``problems`` can have warnings beside an article; if ``article`` is None, it has at least
    one error, or one warning alone that says why the file is no article.
    """

    article: Article | None
    problems: tuple[Problem, ...] = ()
