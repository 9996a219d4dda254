"""The front page: the newest articles, and a card for each feed that newcomers are shown."""

from collections.abc import Iterable, Sequence
from itertools import islice

from feeds.pages.front_page import NEWEST, NamedCard, render_front_page
from feeds.pages.snippets import Card, render_card
from worker.publishing.feed_contents import FeedContents
from worker.publishing.snippets import Snippets
from worker.store.feeds import FeedRow


class FrontPage:
    """Makes ``index.html``. A card is kept until its feed changes: a site may have thousands of
    topics, of which a round touches a few."""

    def __init__(self, contents: FeedContents, snippets: Snippets) -> None:
        self._contents = contents
        self._entries = contents.entries
        self._snippets = snippets
        self._cards: dict[int, NamedCard] = {}

    def forget(self, feed_ids: Iterable[int]) -> None:
        """These feeds changed."""
        for feed_id in feed_ids:
            self._cards.pop(feed_id, None)

    def forget_all(self) -> None:
        """The site looks different now."""
        self._cards.clear()

    def render(self, feeds: Sequence[FeedRow]) -> bytes:
        """The page as it is now, with the ``feeds`` that newcomers are shown."""
        everything = next(feed for feed in feeds if feed.kind == "all")
        cards: dict[str, list[NamedCard]] = {}
        for feed in feeds:
            if feed is not everything:
                cards.setdefault(feed.kind, []).append(self._card(feed))
        newest = islice(self._entries.live(everything.id), NEWEST)
        return render_front_page(
            self._contents.site,
            self._snippets.of([entry.article_id for entry in newest]),
            self._entries.count(everything.id),
            cards.pop("topic", []),
            cards,
        )

    def _card(self, feed: FeedRow) -> NamedCard:
        if feed.id not in self._cards:
            card = self._made(feed)
            html = render_card(card, self._contents.site)
            self._cards[feed.id] = NamedCard.of(card.name, html)
        return self._cards[feed.id]

    def _made(self, feed: FeedRow) -> Card:
        site, language = self._contents.site, feed.name if feed.kind == "language" else ""
        return Card(
            key=feed.key,
            name=site.words.language_name(language) if language else feed.name,
            description=self._contents.in_words(feed),
            entries=self._entries.count(feed.id),
            latest=self._entries.latest(feed.id),
            language=language,
        )
