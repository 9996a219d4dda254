"""The keys of the front matter: the names of each meaning, the first found wins.

Also finds the known key that an unknown one probably misspells.
"""

from functools import lru_cache
from typing import Final

from worker.core.suggestions import closest, plain_name

FOREIGN_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title",),
    "published": (
        *("date", "pubdate", "pubdatetime", "published_at", "publishedat", "date_published"),
        *("datepublished", "created", "created_at", "createdat"),
    ),
    "updated": (
        *("lastmod", "updated", "modified", "updateddate", "updated_date", "last_modified_at"),
        *("last_modified", "lastmodified", "modified_date", "updated_at", "updatedat"),
        *("moddatetime", "date_modified", "datemodified"),
    ),
    "expires": ("expirydate", "expires", "unpublishdate", "expiry_date"),
    "summary": ("excerpt", "summary", "description"),
    "link": ("canonicalurl", "canonical_url", "url", "permalink"),
    "people": ("author", "authors"),
    "images": (
        *("images", "image", "cover", "featured_image", "featuredimage", "feature_image"),
        *("featured-image",),
        *("heroimage", "hero_image", "coverimage", "cover_image", "previewimage", "og_image"),
        *("ogimage", "socialimage", "social_image", "thumbnail", "banner", "header"),
    ),
    "language": ("language", "lang"),
    "enclosure": ("enclosure", "enclosures", "podcast"),
    "audio": (
        *("audio", "audio_file", "audiofile", "audio_url", "audiourl", "mp3", "mp3_url"),
        *("podcast_file", "podcast_url", "podcasturl"),
    ),
    "video": ("video", "video_file", "video_url", "videourl", "videos"),
    "attachments": ("attachments", "attachment"),
    "category": ("category",),
    "draft": ("draft",),
    "status": ("status",),
    "published_word": ("published", "publish"),
}
"""For each meaning of ``worker.parsing.frontmatter.keys.ALIASES``, names in lower case, the first
found wins.

Hugo and Pelican ignore case, so our own names are here too. All of them count only if the file
has none of our own names in our spelling.
"""

PUBLISH_DATE_KEYS: Final = frozenset(("publishdate", "publish_date"))
"""When an article becomes public; takes precedence over its date."""

UNLISTED_KEYS: Final = frozenset(
    ("isdraft", "private", "unlisted", "hidden", "eleventyexcludefromcollections")
)
"""Keys that, if true, keep a page out of its site's lists, and so out of feeds."""

TOPIC_KEYS: Final = frozenset(("tags", "tag", "categories", "category", "keywords", "topics"))
"""Keys for topics, in lower case; ``dialects`` decides which of them count."""

_PELICAN = """author authors category comments cover date description featured_image gallery
    header_cover heroimage image keywords lang language math modified og_image save_as series
    series_index slug status subtitle summary tags template thumbnail title translation url"""

PELICAN_KEYS: Final = frozenset(_PELICAN.split())
"""The keys of Pelican's header lines, and those of its common plugins and themes."""

_TOOLS = {
    "Hugo": """aliases authorbox build _build cascade categories chapter comments description
        disable_share featured featured_image headless hidden hidemeta hideinlist images
        iscjklanguage keywords layout linktitle markup math menu menus meta outputs params
        publishdate resources robotsnoindex series series_order showtoc sitemap slug subtitle
        tocopen toc translationkey unlisted url videos weight""",
    "Jekyll": """categories category collection excerpt_separator hide last_modified_at layout
        nav_exclude nav_order parent permalink pin redirect_from redirect_to
        render_with_liquid sidebar tag toc toc_label toc_sticky""",
    "Pelican": _PELICAN,
    "Zola": """aliases authors extra generate_feeds in_search_index insert_anchor_links path
        page_template paginate_by redirect_to render slug sort_by taxonomies template
        transparent updated weight""",
    "Eleventy": """date eleventycomputed eleventyexcludefromcollections eleventyimport
        eleventynavigation layout override pagination permalink templateengineoverride""",
    "Astro": """canonicalurl featured heroimage layout moddatetime ogimage pubdate pubdatetime
        slug updateddate""",
    "Nikola": """category enclosure guid has_math hidetitle hyphenate link nocomments password
        pretty_url previewimage slug status template type""",
    "Obsidian": """aliases created cssclass cssclasses modified mobile permalink publish up""",
}

TOOL_KEYS: Final = frozenset(
    name
    for text in (*_TOOLS.values(), *map(" ".join, FOREIGN_NAMES.values()))
    for name in text.split()
) | (PUBLISH_DATE_KEYS | TOPIC_KEYS | UNLISTED_KEYS)
"""Keys that other tools know, in lower case: none of them is a misspelling."""

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title",),
    "summary": ("excerpt", "summary", "description"),
    "published": ("publishedDateTime", "published_at", "date", "pubDate"),
    "updated": ("updatedDateTime", "updated", "lastmod", "modified"),
    "expires": ("expires", "expiryDate"),
    "link": ("webUrl", "link", "url", "canonical", "external_url"),
    "topics": ("topics", "tags", "keywords"),
    "id": ("id", "guid"),
    "provider": ("provider",),
    "people": ("author", "authors"),
    "images": ("images", "image", "cover"),
    "enclosure": ("enclosure",),
    "audio": ("audio",),
    "video": ("video",),
    "attachments": ("attachments",),
    "duration": ("duration",),
    "episode": ("episode",),
    "season": ("season",),
    "episode_type": ("episodeType", "episode_type"),
    "explicit": ("explicit",),
    "chapters": ("chapters",),
    "transcripts": ("transcript", "transcripts"),
    "related": ("related",),
    "category": ("category",),
    "type": ("type",),
    "quality": ("quality",),
    "heat": ("heat",),
    "language": ("language", "lang"),
    "original_url": ("originalUrl",),
    "amp_url": ("ampWebUrl",),
    "cdn_amp_url": ("cdnAmpWebUrl",),
    "published_word": ("published",),
    "draft": ("draft",),
    "status": ("status",),
}

KNOWN: Final = frozenset(key for keys in ALIASES.values() for key in keys)

ENCLOSURES: Final = ("enclosure", "audio", "video", "attachments")
"""The meanings of enclosures, in the order in which feeds name them."""

EPISODE: Final = frozenset(
    key
    for meaning in ("duration", "episode", "season", "episode_type", "explicit", "chapters")
    for key in (*ALIASES[meaning], *ALIASES["transcripts"])
)
"""Keys that have a meaning only beside an enclosure: a recipe may have a season, too."""

EXACT: Final = frozenset(ALIASES["title"] + ALIASES["id"] + ALIASES["link"])
"""Keys whose value must stay as written: nothing is removed from it."""

HELD: Final = frozenset(("draft", "private", "hidden", "pending", "unpublished"))
"""Words for a status that must not be public: Nikola and Pelican have more than ``draft``."""

_SHORT = 6
_LONGEST = 40


def likely_meant(key: str, known: frozenset[str]) -> str:
    """The key of ``known`` that ``key`` probably misspells, "" if none.

    Ignores case, hyphens and underscores; short keys may differ a little more, since one wrong
    letter is a larger part of them.
    """
    return _likely(key, known) if len(key) <= _LONGEST else ""


# Sites use the same few keys in all their articles.
@lru_cache(maxsize=1024)
def _likely(key: str, known: frozenset[str]) -> str:
    plain = plain_name(key)
    if plain in _TOOLS_ONLY_PLAIN or key.lower() in _TOOLS_ONLY:
        return ""
    near = (other for other in known if abs(len(plain_name(other)) - len(plain)) <= 2)
    return closest(key, near, 0.8 if len(plain) < _SHORT else 0.85)


# Keys of other tools that may look like ours without being misspelled.
_TOOLS_ONLY = TOOL_KEYS - {key.lower() for key in KNOWN}
_TOOLS_ONLY_PLAIN = frozenset(map(plain_name, _TOOLS_ONLY)) - frozenset(map(plain_name, KNOWN))
