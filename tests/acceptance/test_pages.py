"""The pages in a real browser: what a reader sees, hears and does."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.acceptance.browser import Visit, draw, visit
from tests.acceptance.tidemill import published

pytestmark = pytest.mark.acceptance

PAGES = {
    "index": "",
    "topic": "topics/tidal-energy.html",
    "all": "all.html",
    "search": "searches/salt.html",
    "empty": "topics/locks-and-weirs.html",
    "older": "all/1.html",
}
# So many that they have a field of their own, and letters.
QUAYS = "".join(f'[topics."Quay {number}"]\n' for number in range(50))


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Iterator[str]:
    """The site with many topics."""
    with published(tmp_path_factory.mktemp("many"), QUAYS) as url:
        yield url


@pytest.fixture
def tab(browser, site) -> Iterator[Visit]:
    with visit(browser, site) as found:
        yield found


def in_order(text: str, *parts: str) -> bool:
    return re.search(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


# -- the way in


def test_from_the_index_to_a_topic_to_its_feed(tab):
    tab.go("")
    assert tab.page.title() == "The Tidemill"
    tab.page.locator("#cards").get_by_role("link", name="Tidal Energy", exact=True).click()
    tab.page.wait_for_url("**/topics/tidal-energy.html")
    assert tab.page.get_by_role("heading", level=1).inner_text() == "Tidal Energy"
    assert tab.page.get_by_role("article").count() >= 3
    tab.check()
    tab.page.locator(".subscribe summary").click()
    tab.page.get_by_role("link", name="RSS", exact=True).first.click()
    tab.page.wait_for_url("**/topics/tidal-energy.rss")
    assert tab.page.evaluate("document.contentType") == "application/xml"
    assert tab.console == []


def test_pages_ask_for_pictures_of_articles_only_and_do_not_tell_who_asks(tab):
    told: list[str] = []

    def note(request):
        if not request.url.startswith(tab.site):
            assert request.resource_type == "image"
            told.append(request.headers.get("referer", ""))

    tab.page.on("request", note)
    for path in PAGES.values():
        tab.go(path)
        tab.page.mouse.wheel(0, 20_000)
        tab.page.wait_for_load_state("networkidle")
        tab.check()
    assert told
    assert set(told) == {""}


def test_a_feed_in_the_browser_says_what_it_is(tab):
    for extension in ("rss", "atom"):
        tab.go(f"topics/tidal-energy.{extension}")
        said = tab.page.evaluate("getComputedStyle(document.documentElement, '::before').content")
        assert "This is a feed" in said
        shown = tab.page.evaluate(
            """[...document.querySelectorAll("*")]
            .filter((element) => getComputedStyle(element).display !== "none"
              && element.children.length === 0 && element.checkVisibility())
            .map((element) => element.textContent).join("\\n")"""
        )
        assert in_order(shown, "Tidal Energy", "بعد مئة عام")
        assert "<p>" not in shown, "no wall of markup"
        assert "urn:uuid" not in shown
        tab.shoot_xml(f"feed-{extension}-light")
    assert tab.console == []
    assert tab.elsewhere == []


# -- what can be done there


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_an_address_is_copied_with_one_click(browser, site, has_clipboard):
    with visit(browser, site, permissions=["clipboard-read", "clipboard-write"]) as tab:
        if not has_clipboard:  # as without HTTPS
            hide = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
            tab.page.context.add_init_script(f"window.kept = navigator.clipboard; {hide}")
        tab.go("topics/tidal-energy.html")
        tab.page.locator(".subscribe summary").click()
        tab.page.get_by_role("button", name=re.compile("^Copy ?:? Atom$")).click()
        tab.page.get_by_role("button", name="Copied").wait_for()
        assert tab.page.get_by_role("status").inner_text() == "Copied"
        read = "navigator.clipboard" if has_clipboard else "window.kept"
        copied = tab.page.evaluate(f"{read}.readText()")
        assert copied == f"{site}topics/tidal-energy.atom"
        tab.page.get_by_role("button", name=re.compile("^Copy ?:? Atom$")).wait_for()
        tab.check()


def test_typing_filters_the_topics(browser, many):
    with visit(browser, many) as tab:
        tab.go("")
        cards, letters = (tab.page.locator(f"#cards {what}:visible") for what in ("li", ".letter"))
        field = tab.page.get_by_label("Find a topic")
        everything, groups = cards.count(), letters.count()
        field.fill("TIDAL")
        assert (cards.count(), letters.count()) == (1, 1)
        assert tab.page.locator("#found").inner_text() == "Topics found: 1"
        field.fill("no such topic")
        assert (cards.count(), letters.count()) == (0, 0)
        field.fill("")
        assert (cards.count(), letters.count()) == (everything, groups)
        tab.check()


def test_a_search_leads_to_the_article(tab):
    tab.page.set_default_timeout(5_000)
    tab.go("")
    tab.page.get_by_role("searchbox").first.fill("low water")
    tab.page.get_by_role("searchbox").first.press("Enter")
    tab.page.wait_for_url("**/search.html?q=low*water*")
    assert tab.page.get_by_role("searchbox").first.input_value() == "low water"
    tab.page.get_by_role("link", name="A clock that shows the tide", exact=True).click()
    tab.page.wait_for_url("**/articles/tide-clock-*")
    tab.check()


@pytest.mark.parametrize("has_script", [True, False])
def test_the_topic_is_chosen_beside_the_words(browser, site, has_script):
    with visit(browser, site, java_script_enabled=has_script) as tab:
        tab.go("search.html?q=tide")
        everything = tab.page.locator("#found").inner_text()
        tab.page.get_by_label("Topic").select_option(label="Tidal Energy")
        tab.page.get_by_role("button", name="Search").click()
        tab.page.wait_for_url("**/search.html?q=tide&topic=tidal-energy")
        assert tab.page.get_by_label("Topic").input_value() == "tidal-energy"
        assert tab.page.locator("#found").inner_text() not in ("", everything)


def test_without_a_script_nothing_is_missing(browser, many):
    with visit(browser, many, java_script_enabled=False) as tab:
        tab.go("")
        cards, field = tab.page.locator("#cards li"), tab.page.get_by_label("Find a topic")
        everything = cards.count()
        assert everything >= 59
        assert tab.page.get_by_role("button", name="Copy").count() == 0
        field.fill("harbours")
        field.press("Enter")
        tab.page.wait_for_url("**/search.html?q=harbours*")
        assert tab.page.get_by_role("searchbox").input_value() == "harbours"
        assert tab.page.get_by_role("link", name="Harbours", exact=True).count() >= 1
        tab.go("")
        assert cards.count() == everything
        tab.page.locator("#cards").get_by_role("link", name="Harbours", exact=True).click()
        assert tab.page.get_by_role("article").count() >= 3


def test_older_articles_are_a_click_away(tab):
    tab.go("all.html")
    shown = tab.page.locator("article h3").all_inner_texts()
    tab.page.get_by_role("link", name="Older").click()
    tab.page.wait_for_url("**/all/*.html")
    older = tab.page.locator("article h3").all_inner_texts()
    assert older
    assert not set(older) & set(shown)
    tab.page.get_by_role("link", name="Newest").click()
    tab.page.wait_for_url("**/all.html")
    tab.check()


def test_on_a_phone_the_first_article_is_in_the_first_screen(browser, site):
    with visit(browser, site, viewport={"width": 320, "height": 640}) as tab:
        tab.go("")
        title = tab.page.locator("article h3").first.bounding_box()
        assert title is not None
        assert title["y"] + title["height"] <= 640


def test_everything_can_be_done_with_the_keyboard(browser, many):
    with visit(browser, many, permissions=["clipboard-read", "clipboard-write"]) as tab:
        tab.go("")
        press = tab.page.keyboard.press
        focused = "document.activeElement.textContent.trim()"
        press("Tab")
        assert tab.page.evaluate(focused) == "Skip to the content"
        box = tab.page.locator(".skip").bounding_box()
        assert box is not None
        assert box["width"] > 50, "it is seen when it has the focus"
        press("Enter")
        for _ in range(80):
            press("Tab")
            if tab.page.evaluate("document.activeElement.id") == "q":
                break
        tab.page.keyboard.type("tidal")
        press("Enter")
        assert tab.page.evaluate(focused) == "Tidal Energy"
        ring = tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
        press("Enter")
        tab.page.wait_for_url("**/topics/tidal-energy.html")
        for name in ("Subscribe", "Copy RSS"):
            for _ in range(20):
                press("Tab")
                if name in tab.page.evaluate(focused):
                    break
            press("Enter")
        tab.page.get_by_role("button", name="Copied").wait_for()
        assert tab.page.evaluate("navigator.clipboard.readText()").endswith(".rss")
        tab.check()


# -- what it looks like


def test_the_dark_scheme_is_dark(browser, site):
    shades = {}
    for scheme in ("light", "dark"):
        with visit(browser, site, color_scheme=scheme) as tab:
            tab.go("")
            colour = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
            shades[scheme] = sum(map(int, re.findall(r"\d+", colour)))
            tab.go("all.rss")
            tab.shoot_xml(f"feed-rss-{scheme}")
    assert shades["light"] > 700
    assert shades["dark"] < 120


def test_a_picture_that_comes_late_shifts_nothing(tab):
    tab.page.context.route(
        lambda url: "/pictures/" in url,
        lambda route: (time.sleep(0.3), route.fallback()),
    )
    tab.page.context.route(lambda url: not url.startswith(tab.site), draw)
    for path in PAGES.values():
        tab.go(path)
        tab.page.wait_for_load_state("networkidle")
        assert tab.page.evaluate("window.shift") == 0, path


def test_a_picture_that_fails_leaves_no_box(tab):
    tab.page.context.route(lambda url: not url.startswith(tab.site), lambda route: route.abort())
    tab.go("topics/tidal-energy.html")
    pictures = tab.page.locator(f"img.picture:not([src^='{tab.site}'])").all()
    assert pictures
    for picture in pictures:
        picture.evaluate("(element) => { element.loading = 'eager'; }")
        picture.wait_for(state="hidden", timeout=9_000)


def test_what_an_address_leads_to_is_open(tab):
    tab.go("all.html")
    entry = tab.page.locator(".entry:has(details)").first
    if entry.count():
        anchor = entry.get_attribute("id")
        tab.go(f"all.html#{anchor}")
        tab.page.locator(f"#{anchor} details[open]").wait_for(timeout=9_000)
        tab.check()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_for_a_missing_file_is_accessible_and_fits(browser, site, width, scheme):
    viewport = {"width": width, "height": 800}
    with visit(browser, site, viewport=viewport, color_scheme=scheme) as tab:
        tab.go("no/such/page.html")
        assert tab.page.get_by_role("heading", level=1).inner_text().startswith("There is no page")
        assert tab.axe() == []
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert tab.page.evaluate(overflow) == 0
        tab.page.get_by_role("link", name="Front page").click()
        tab.page.wait_for_url(site)


def test_a_right_to_left_article_runs_from_the_right(tab):
    tab.go("topics/tidal-energy.html")
    entry = tab.page.locator("article[lang=ar]")
    assert entry.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    title, page = entry.locator("h3 a, h3").first.bounding_box(), entry.bounding_box()
    assert title is not None
    assert page is not None
    picture = entry.locator("img").bounding_box()
    assert picture is not None
    assert picture["x"] < page["x"] + page["width"] / 2, "the picture stands on the left"


def test_the_operator_s_page_shows_what_is_wrong(tab):
    tab.go("status?pause")
    text = tab.page.get_by_role("main").inner_text()
    assert in_order(text, "broken.md", "rejected", "contains a colon")
    assert tab.page.locator("svg.chart").count() >= 1
    tab.check()
