"""[feeds.podcast]: the topics whose feeds are podcasts, and what directories ask of them.

The categories are Apple's (https://podcasters.apple.com/support/1691-apple-podcasts-categories).
"""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from worker.config.checks import icon_is_right
from worker.config.model import PodcastSettings
from worker.config.toml_table import Table
from worker.core.suggestions import did_you_mean

_LIST: Final = """
Arts: Books, Design, Fashion & Beauty, Food, Performing Arts, Visual Arts
Business: Careers, Entrepreneurship, Investing, Management, Marketing, Non-Profit
Comedy: Comedy Interviews, Improv, Stand-Up
Education: Courses, How To, Language Learning, Self-Improvement
Fiction: Comedy Fiction, Drama, Science Fiction
Government:
Health & Fitness: Alternative Health, Fitness, Medicine, Mental Health, Nutrition, Sexuality
History:
Kids & Family: Education for Kids, Parenting, Pets & Animals, Stories for Kids
Leisure: Animation & Manga, Automotive, Aviation, Crafts, Games, Hobbies, Home & Garden, \
Video Games
Music: Music Commentary, Music History, Music Interviews
News: Business News, Daily News, Entertainment News, News Commentary, Politics, \
Sports News, Tech News
Religion & Spirituality: Buddhism, Christianity, Hinduism, Islam, Judaism, Religion, Spirituality
Science: Astronomy, Chemistry, Earth Sciences, Life Sciences, Mathematics, Natural Sciences, \
Nature, Physics, Social Sciences
Society & Culture: Documentary, Personal Journals, Philosophy, Places & Travel, Relationships
Sports: Baseball, Basketball, Cricket, Fantasy Sports, Football, Golf, Hockey, Rugby, Running, \
Soccer, Swimming, Tennis, Volleyball, Wilderness, Wrestling
Technology:
True Crime:
TV & Film: After Shows, Film History, Film Interviews, Film Reviews, TV Reviews
"""

CATEGORIES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(filter(None, map(str.strip, below.split(","))))
    for name, _, below in (line.partition(":") for line in _LIST.strip().splitlines())
}
"""Apple's categories with their subcategories."""

_PICTURES = (".jpg", ".jpeg", ".png")
_ALL = "all"
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def category_is_right(text: str) -> str:
    """The check for a category: Apple's, or ``category > subcategory``."""
    name, parent_only, below = map(str.strip, text.partition(">"))
    if name not in CATEGORIES:
        return f"one of Apple's categories.{did_you_mean(name, CATEGORIES)}"
    if parent_only and below not in CATEGORIES[name]:
        return f"a subcategory of {name}.{did_you_mean(below, CATEGORIES[name])}"
    return ""


def cover_is_right(text: str) -> str:
    """The check for the cover; `feedmill doctor` looks at the picture itself."""
    if wrong := icon_is_right(text):
        return wrong
    is_picture = urlsplit(text).path.lower().endswith(_PICTURES)
    return "" if is_picture else "a JPEG or PNG picture, as .jpg or .png"


def podcast_of(feeds: Table, site_url: str) -> PodcastSettings | None:
    """The settings of [feeds.podcast]; None without such a section. Reports what is wrong."""
    if not feeds.has("podcast"):
        return None
    table = feeds.table("podcast", "[feeds.podcast]")
    topics = table.text("topics", "", _is_all) if table.is_text("topics") else table.texts("topics")
    for key in ("topics", "category", "cover"):
        if not table.has(key):
            table.report(key, "is missing; directories need it for every podcast.")
    cover = table.text("cover", "", cover_is_right)
    owner = table.table("owner", "[feeds.podcast.owner]")
    settings = PodcastSettings(
        topics=topics if isinstance(topics, tuple) else (),
        is_all=topics == _ALL,
        title=table.text("title", ""),
        author=table.text("author", ""),
        owner_name=owner.text("name", ""),
        owner_email=owner.text("email", "", _email_is_right),
        categories=_categories(table),
        cover=urljoin(site_url, cover) if cover else "",
        is_explicit=table.flag("explicit", False),
        kind=table.choice("type", "episodic", ("episodic", "serial")),
        is_locked=table.flag("locked", False),
        guid=table.text("guid", "", _guid_is_right),
    )
    if settings.guid and (settings.is_all or len(settings.topics) > 1):
        table.report("guid", "one podcast has it, so feeds.podcast.topics must be one topic.")
    owner.finish()
    table.finish()
    return settings


def _categories(table: Table) -> tuple[tuple[str, str], ...]:
    if table.is_text("category"):
        named: tuple[str, ...] = (table.text("category", "", category_is_right),)
    else:
        named = table.texts("category", category_is_right)
    parts = (text.partition(">") for text in named)
    return tuple((name.strip(), below.strip()) for name, _, below in parts)


def _is_all(text: str) -> str:
    return "" if text == _ALL else f'a list of topics, or "{_ALL}"'


def _guid_is_right(text: str) -> str:
    is_one = not text or _GUID.fullmatch(text)
    return "" if is_one else "a UUID, as <podcast:guid> has it in the feed elsewhere"


def _email_is_right(text: str) -> str:
    name, at, host = text.partition("@")
    return "" if name and at and "." in host and " " not in text else "an e-mail address"
