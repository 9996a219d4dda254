"""A site and its pages, for the tests of what stands in them."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from feeds.model import Entry, Latest
from feeds.pages.front_page import NamedCard, render_front_page
from feeds.pages.pages import ArchiveLink, PageOf, render_page
from feeds.pages.site import SiteMetadata
from feeds.pages.snippets import Card, render_card, render_snippet
from tests.unit.feeds.feed_samples import NEWS, PROSE, RICH, moment
from tests.unit.html_check import Document, parse

SITE = SiteMetadata(
    title="Mills & <Weirs>",
    url="https://feeds.example.org/",
    description="Everything that turns",
    language="en",
    zone=ZoneInfo("Europe/Vienna"),
    zone_name="Europe/Vienna",
)
OLDER = ArchiveLink(
    "archive/topics/mills-and-dams/2", moment("2022-01-01T00:00:00"), moment("2022-12-31T23:30:00")
)
CARDS = (
    Card(
        key="topics/mills-and-dams",
        name="Mills & Dams",
        description="From <wheels> to weirs",
        entries=1234,
        latest=Latest(RICH.id, RICH.title, RICH.link, RICH.published, "en"),
    ),
    Card("topics/quiet", "Quiet", "", 0, None),
    Card(
        key="topics/notes",
        name="ملاحظات",
        description="",
        entries=1,
        latest=Latest(PROSE.id, PROSE.title, "", PROSE.published, "de"),
    ),
)
NEWS_PAGE = PageOf(NEWS, "Mills & Dams")


def index(
    site: SiteMetadata = SITE,
    cards: Sequence[Card] = CARDS,
    newest: Sequence[Entry] = (RICH, PROSE),
) -> bytes:
    snippets = [render_snippet(entry, site) for entry in newest]
    return render_front_page(site, snippets, 1234, named(cards, site), {})


def named(cards: Sequence[Card], site: SiteMetadata = SITE) -> list[NamedCard]:
    return [NamedCard.of(card.name, render_card(card, site)) for card in cards]


def page(*entries: Entry, site: SiteMetadata = SITE, **more: object) -> bytes:
    snippets = [render_snippet(entry, site) for entry in entries]
    settings = {"entries": len(entries), **more}
    return render_page(site, NEWS_PAGE, snippets, **settings)  # type: ignore[arg-type]


def article(entry: Entry, site: SiteMetadata = SITE) -> Document:
    return parse(page(entry, site=site))
