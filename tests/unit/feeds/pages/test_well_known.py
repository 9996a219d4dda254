"""The files that every site is asked for, as they are rendered."""

from dataclasses import replace

from feeds.pages.assets import ICON, asset
from feeds.pages.well_known import MARK, render_missing, render_robots, render_sitemap
from tests.favicon import drawn
from tests.unit.feeds.pages.page_samples import SITE


def test_the_icon_is_what_our_script_draws():
    assert asset(ICON) == drawn()


def test_every_file_has_our_mark():
    made = [render_missing(SITE, 404), render_missing(SITE, 410), render_robots(SITE), drawn()]
    assert all(MARK in data[:4_000] for data in [*made, render_sitemap(SITE, [])])


def test_a_page_for_any_address_names_files_from_the_host_on():
    page = render_missing(replace(SITE, url="https://example.org/news/"), 404).decode()
    assert 'href="/news/feedmill.css?' in page
    assert 'action="/news/search.html"' in page


def test_addresses_in_a_sitemap_are_escaped():
    data = render_sitemap(SITE, [("topics/ä&<.html", "2026-01-01T00:00:00Z"), ("", "")]).decode()
    assert "<loc>https://feeds.example.org/topics/%C3%A4%26%3C.html</loc><lastmod>2026" in data
    assert "<loc>https://feeds.example.org/</loc></url>" in data
