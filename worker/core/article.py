"""The article: what one file says, checked, and nothing of where it is stored.

All moments are aware UTC datetimes without fractions of a second, all links absolute.
How a file's front matter becomes an article is ``worker/parsing/article_reader.py``'s business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.core.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Person:
    """An author; at least one of ``name`` and ``email`` is not empty."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its absolute URL; sizes are in pixels, None where unknown."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str = ""
    is_cached: bool | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """The publication that an article comes from."""

    name: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Another publication's article on the same matter."""

    title: str
    link: str
    excerpt: str = ""
    published: datetime | None = None
    provider: Provider | None = None
    images: tuple[Image, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """The author's word that keeps an article from the public.

    ``key`` is the front matter key that says so ("published", "draft", "status"); only
    "published" can be overruled, by ``drop.unpublished = "publish"``.
    """

    key: str
    place: Place


@dataclass(frozen=True, slots=True)
class Article:
    """What an accepted file says.

    ``published`` and ``topics`` are empty where the file does not give them: the worker then
    takes the file's time, and the folder, the topics' rules or the default topic.
    ``content_html`` is safe HTML with absolute URLs and never empty of what the file holds;
    ``text`` is the same as plain text, for the full-text index and for comparing versions.
    ``extra`` holds what has no column of its own, as plain JSON values. ``topics_place`` is
    where the file names its topics, None where it does not.
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


@dataclass(frozen=True, slots=True)
class Reading:
    """The verdict on a file's bytes: an article, or the errors that reject it.

    ``problems`` may hold warnings beside an article; with ``article`` None it holds at least
    one error.
    """

    article: Article | None
    problems: tuple[Problem, ...] = ()
