"""Each kind of page at three widths, light and dark: accessible, narrow enough, and quiet."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.browser import Visit, visit
from tests.acceptance.tidemill import ARABIC, GONE

pytestmark = pytest.mark.acceptance
ATOM = "{http://www.w3.org/2005/Atom}"
SEEDS = Path(__file__).parents[2] / "seeds"
WIDTHS = (320, 768, 1280)
SCHEMES = ("light", "dark")

# What is asked for; an article's page by its title.
PAGES = {
    "front": "",
    "topic": "topics/tidal-energy.html",
    "history": "all/1.html",
    "all": "all.html",
    "feed-of-a-search": "searches/salt.html",
    "empty": "topics/locks-and-weirs.html",
    "article": "A clock that shows the tide",
    "article-arabic": "طاحونة المد تعود إلى العمل",
    "article-wide": "Wide",
    "search": "search.html",
    "search-found": "search.html?q=tide",
    "search-nothing": "search.html?q=zeppelin",
    "not-found": "topics/no-such-topic.html",
    "gone": GONE,
    "status": "status?pause",
}
STATUS = {"not-found": "404", "gone": "410"}


def entries(site: str) -> Iterator[tuple[str, str]]:
    """The title and address of each article, from the newest feed document to the oldest."""
    url = f"{site}all.atom"
    while url:
        feed = ET.fromstring(httpx.get(url).content)
        for entry in feed.iter(f"{ATOM}entry"):
            link = entry.find(f"{ATOM}link[@rel='alternate']")
            assert link is not None
            yield entry.findtext(f"{ATOM}title", ""), link.attrib["href"]
        older = feed.find(f"{ATOM}link[@rel='prev-archive']")
        url = "" if older is None else older.attrib["href"]


@pytest.fixture(scope="module")
def articles(site) -> dict[str, str]:
    """The path of each article's page by its title."""
    return {title: url.removeprefix(site) for title, url in entries(site) if site in url}


def drawings(tab: Visit) -> list[str]:
    """Addresses elsewhere of pictures in the articles. Nothing else may be asked of others."""
    samples = [path.read_bytes() for path in SEEDS.rglob("*") if path.is_file()]
    text = b"\n".join(samples).decode("utf-8", "replace") + ARABIC
    return [
        request.url
        for request in tab.requests
        if request.resource_type == "image" and request.url in text
    ]


def see_every_picture(tab: Visit) -> None:
    """Load those too that are loaded late."""
    for image in tab.page.locator("img:visible").all():
        image.scroll_into_view_if_needed()
    tab.page.wait_for_function("[...document.images].every((image) => image.complete)")
    tab.page.evaluate("window.scrollTo(0, 0)")


def findings(tab: Visit) -> list[str]:
    return [f"{item['impact']} {item['id']}: {item['nodes'][0]['html']}" for item in tab.axe()]


def fold(tab: Visit, *, is_open: bool) -> None:
    """Open or close everything that opens."""
    tab.page.evaluate(
        "(is_open) => document.querySelectorAll('details').forEach((it) => { it.open = is_open; })",
        is_open,
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_fits_and_is_quiet(browser, site, articles, name, width):
    path = articles.get(PAGES[name], PAGES[name])
    with visit(browser, site, viewport={"width": width, "height": 800}) as tab:
        tab.go(path)
        tab.page.wait_for_load_state("networkidle")
        assert tab.failures == ([(site + path, STATUS[name])] if name in STATUS else [])
        see_every_picture(tab)
        for scheme in SCHEMES:
            tab.page.emulate_media(color_scheme=scheme)
            tab.shoot(f"{name}-{width}-{scheme}")
            assert not tab.is_too_wide, scheme
            fold(tab, is_open=True)
            see_every_picture(tab)
            assert not tab.is_too_wide, f"{scheme}, folded open"
            assert findings(tab) == [], scheme
            fold(tab, is_open=False)
        assert tab.failures[1:] == []
        assert tab.elsewhere == drawings(tab)
        if name in STATUS:  # which Chromium itself reports
            assert STATUS[name] in tab.console.pop(0)
        tab.check()
