"""What a feed says now: its head and its entries, from the database and the configuration.

Reads live articles only, and no clock: the same database and configuration give the same feed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feeds.formats.podcast import guid_of
from feeds.model import Category, Entry, Feed, Person, Podcast, Tombstone
from feeds.pages.assets import FEED_STYLE
from feeds.pages.search_words import Conditions, search_in_words
from feeds.pages.site import SiteMetadata
from worker.config.checks import EDITOR
from worker.config.model import Config, PodcastSettings, Search, Site, TopicRule
from worker.core.clock import from_text
from worker.core.topic_names import topic_key
from worker.publishing.addresses import Addresses
from worker.publishing.media_addresses import MediaAddresses
from worker.publishing.own_look import OwnLook
from worker.store.database import Database
from worker.store.feed_archives import ArchiveDocument
from worker.store.feeds import EntryRow, EntryTable, FeedRow, FeedTable
from worker.store.placement import search_key

# The `updated` of a feed that never had an entry; any fixed moment does.
BEFORE_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)
TOMBSTONE_DAYS = 30
MOST_TOMBSTONES = 100


class FeedContents:
    """Gives feeds' windows, heads and entries."""

    def __init__(self, database: Database, config: Config) -> None:
        self.entries = EntryTable(database, config.site.url)
        self._feeds = FeedTable(database)
        self._topics = {topic_key(rule.name): rule for rule in config.topics}
        self._searches = {search_key(search.name): search for search in config.searches}
        self._media = MediaAddresses(database, config)
        self._addresses = Addresses(database, self.entries, config.site.url, self._media.address_of)
        self._config = config
        self.look = OwnLook(database, config)
        self._topic_scheme = f"{config.site.url}topics/"
        podcast = config.feeds.podcast
        self._podcasts = frozenset(map(topic_key, podcast.topics if podcast else ()))

    @property
    def site(self) -> SiteMetadata:
        """The site as its pages show it now."""
        return self.look.site

    def listed(self) -> list[FeedRow]:
        """The feeds that newcomers are shown: those with articles, and those that the
        configuration names. The others stay, for those who know them."""
        return [feed for feed in self._feeds.all() if self._is_listed(feed)]

    def _is_listed(self, feed: FeedRow) -> bool:
        is_wanted = feed.kind == "all" or feed.has_articles or self._rule(feed)
        return bool(is_wanted) and not feed.is_merged

    def window(self, feed: FeedRow) -> Iterator[EntryRow]:
        """The feed's newest entries: ``min_entries`` of them, and all of ``min_days``, counted
        back from the newest one."""
        least, days = self._config.feeds.min_entries, timedelta(days=self._config.feeds.min_days)
        until: datetime | None = None
        for number, entry in enumerate(self.entries.live(feed.id)):
            until = until or entry.published - days
            if number >= least and entry.published <= until:
                return
            yield entry

    def entry(self, article_id: int) -> Entry:
        """``whole_entry`` without its content where that is so long that it would leave no room
        for others: its summary and link are enough then."""
        return self.of([article_id])[article_id]

    def of(self, article_ids: Sequence[int]) -> dict[int, Entry]:
        """``entry`` for several articles, by id."""
        found = self.entries.contents(article_ids)
        return {each: self._short(self._placed(each, entry)) for each, entry in found.items()}

    def whole_entry(self, article_id: int) -> Entry:
        """The article as its own page shows it, however long it is."""
        return self._placed(article_id, self.entries.content(article_id))

    def _short(self, entry: Entry) -> Entry:
        is_long = len(entry.content_html.encode()) > self._config.feeds.max_bytes // 4
        return replace(entry, content_html="") if is_long else entry

    def _placed(self, article_id: int, entry: Entry) -> Entry:
        """The entry with the addresses of what it shows and names."""
        entry = replace(
            entry,
            images=tuple(filter(None, map(self._media.image, entry.images))),
            enclosures=tuple(map(self._media.enclosure, entry.enclosures)),
        )
        entry = self._addresses.resolved(article_id, entry)
        return replace(entry, content_html=self._media.with_sizes(entry.content_html))

    def head(self, feed: FeedRow, window: Sequence[EntryRow], newest_archive: int = 0) -> Feed:
        """The feed without its entries; ``newest_archive`` is the number of the newest archive
        document that has a file, 0 for none."""
        site, podcast = self._config.site, self.podcast_settings(feed)
        updated = max((entry.updated for entry in window), default=BEFORE_EVERYTHING)
        if feed.last_withdrawal:
            updated = max(updated, from_text(feed.last_withdrawal))
        return Feed(
            key=feed.key,
            id=feed.uri,
            title=podcast.title if podcast and podcast.title else self.title(feed),
            description=self._description(feed),
            site_url=site.url,
            home=site.home or self.page_url(feed),
            language=site.language,
            author=site.author or site.title,
            updated=updated,
            icon=site.icon,
            hub=site.hub,
            category=self._category(feed),
            tombstones=self._tombstones(feed, updated),
            prev_archive=archive_key(feed.key, newest_archive) if newest_archive else "",
            stylesheet=_stylesheet(feed.key),
            copyright=site.copyright,
            editor=_editor(site),
            podcast=self._podcast(feed, podcast) if podcast else None,
        )

    def podcast_settings(self, feed: FeedRow) -> PodcastSettings | None:
        """The settings of the podcast that the feed is; None if it is none."""
        settings = self._config.feeds.podcast
        if settings is None or feed.kind == "search":
            return None
        is_one = feed.kind == "topic" and topic_key(feed.name) in self._podcasts
        return settings if settings.is_all or is_one else None

    def _podcast(self, feed: FeedRow, settings: PodcastSettings) -> Podcast:
        site = self._config.site
        return Podcast(
            guid=settings.guid or guid_of(f"{site.url}{feed.key}.rss"),
            author=settings.author or site.author or site.title,
            cover=settings.cover,
            categories=settings.categories,
            is_explicit=settings.is_explicit,
            kind=settings.kind,
            owner_name=settings.owner_name,
            owner_email=settings.owner_email,
            is_locked=settings.is_locked,
        )

    def archive_head(
        self, feed: FeedRow, document: ArchiveDocument, entries: Sequence[EntryRow]
    ) -> Feed:
        """An archive document without its entries."""
        number = document.number
        key = archive_key(feed.key, number)
        times = [entry.updated for entry in entries]
        return replace(
            self.head(feed, entries),
            key=key,
            stylesheet=_stylesheet(key),
            current=feed.key,
            archive=True,
            updated=max(times, default=from_text(document.last.published)),
            prev_archive=archive_key(feed.key, number - 1) if number > 1 else "",
            next_archive="" if document.is_newest else archive_key(feed.key, number + 1),
            tombstones=(),
            hub="",
        )

    def title(self, feed: FeedRow) -> str:
        """The feed's title in a feed reader, among the feeds of many sites."""
        title = self._config.site.title
        return title if feed.kind == "all" else f"{self.name(feed)} – {title}"

    def name(self, feed: FeedRow) -> str:
        """The feed's name on its page, among the feeds of this site."""
        _ = self.site.words.gettext
        if feed.kind == "author":
            return _("Articles by %(name)s") % {"name": feed.name}
        if feed.kind == "language":
            language = self.site.words.language_name(feed.name)
            return _("Articles in %(language)s") % {"language": language}
        return feed.name or _("All articles")

    def page_url(self, feed: FeedRow) -> str:
        """The address of the feed's page for people; the site's own for the feed of all."""
        return self._config.site.url + ("" if feed.kind == "all" else f"{feed.key}.html")

    def own_description(self, feed: FeedRow) -> str:
        """A topic's description in the configuration; empty where there is none."""
        rule = self._rule(feed)
        return rule.description if isinstance(rule, TopicRule) else ""

    def is_summary(self, feed: FeedRow) -> bool:
        """Does the feed have summaries only?"""
        rule = self._rule(feed)
        return ((rule and rule.content) or self._config.feeds.content) == "summary"

    def _rule(self, feed: FeedRow) -> TopicRule | Search | None:
        """The feed's section of the configuration."""
        if feed.kind == "search":
            return self._searches.get(feed.key)
        return self._topics.get(topic_key(feed.name)) if feed.kind == "topic" else None

    def in_words(self, feed: FeedRow) -> str:
        """What is in the feed, as pages say it: a topic's own description, or what a search
        finds. Empty where there is nothing to say."""
        search = self._rule(feed)
        if not isinstance(search, Search):
            return self.own_description(feed)
        found_by = Conditions(
            query=search.query,
            topics=search.topics,
            topics_all=search.topics_all,
            topics_none=search.topics_none,
            authors=search.authors,
            provider=search.provider,
            language=search.language and self.site.words.language_name(search.language),
            min_quality=search.min_quality,
        )
        return search_in_words(found_by, self.site.words)

    def _description(self, feed: FeedRow) -> str:
        words, values = self.site.words, {"site": self.site.title, "name": feed.name}
        if feed.kind == "all":
            made = words.gettext("All articles of %(site)s")
            return self.site.description or made % values
        if feed.kind in ("author", "language"):
            return self.title(feed)
        if feed.kind == "search":
            made = words.gettext("Articles of %(site)s that match “%(name)s”")
        else:
            made = words.gettext("Articles of %(site)s on %(name)s")
        return self.in_words(feed) or made % values

    def _category(self, feed: FeedRow) -> Category | None:
        is_topic = feed.kind == "topic"
        return Category(feed.topic_slug, feed.name, self._topic_scheme) if is_topic else None

    def _tombstones(self, feed: FeedRow, updated: datetime) -> tuple[Tombstone, ...]:
        if not feed.last_withdrawal:
            return ()
        # Counted back from the feed's own time: the clock must not change a feed.
        since = updated - timedelta(days=TOMBSTONE_DAYS)
        return self.entries.withdrawn(feed.id, since, MOST_TOMBSTONES)


def archive_key(key: str, number: int) -> str:
    """The feed key of an archive document."""
    return f"archive/{key}/{number}"


def _editor(site: Site) -> Person | None:
    """The editor; without a name of their own, they are the feeds' author."""
    found = EDITOR.fullmatch(site.editor)
    if not found:
        return None
    name = found[2] or ""
    # Where no author is set, the title stands for one: the editor is who answers for it.
    return Person(name or site.author, found[1])


def _stylesheet(key: str) -> str:
    return "../" * key.count("/") + FEED_STYLE
