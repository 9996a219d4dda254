"""What every site is asked for: error pages, robots.txt, favicon.ico, sitemaps."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from feeds.pages.assets import ICON, asset
from tests.integration.house import House, article
from worker.store import article_pages

SITE = "https://house.example/"
NAMES = ("404.html", "410.html", "robots.txt", ICON, "sitemap.xml")


def located(path: Path) -> dict[str, str]:
    """Address below the site to time of the last change."""
    namespace = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = ET.fromstring(path.read_bytes())
    return {
        item.findtext(f"{namespace}loc", "").removeprefix(SITE): item.findtext(
            f"{namespace}lastmod", ""
        )
        for item in found
    }


def listed(house: House) -> dict[str, str]:
    """All pages of all sitemaps of the index."""
    index = located(house.public / "sitemap.xml")
    return {page: at for path in index for page, at in located(house.public / path).items()}


@pytest.fixture
def filled(house: House) -> House:
    house.write("one.md", article("One", topics="Mills", date="2026-04-01"))
    house.write("two.md", article("Two", topics="Mills", date="2026-04-02", link="https://x.org/2"))
    house.reconcile()
    return house


def test_the_files_are_there_and_say_what_they_are(filled):
    public = filled.public
    assert "This article was withdrawn." in (public / "410.html").read_text()
    missing = (public / "404.html").read_text()
    assert 'href="/feedmill.css' in missing
    assert 'content="noindex"' in missing
    assert "canonical" not in missing
    assert f"Sitemap: {SITE}sitemap.xml" in (public / "robots.txt").read_text()
    assert (public / ICON).read_bytes() == asset(ICON)


def test_sitemaps_list_our_own_pages_only(filled):
    found = listed(filled)
    page = next(path for path in found if path.startswith("articles/"))
    assert set(found) == {"", "all.html", "topics/mills.html", page}
    assert (filled.public / page).exists()
    assert found[page] == "2026-04-01T00:00:00Z"


def test_a_withdrawn_article_leaves_its_sitemap(filled):
    filled.delete("one.md")
    assert not any(path.startswith("articles/") for path in listed(filled))
    assert not list((filled.public / "sitemap").glob("[0-9]*"))
    filled.write("three.md", article("Three", topics="Dams"))
    filled.reconcile()
    assert "topics/dams.html" in listed(filled)


def test_an_article_changes_its_own_sitemap_only(house, monkeypatch):
    monkeypatch.setattr(article_pages, "PAGES_EACH", 2)
    for number in range(5):
        house.write(f"{number}.md", article(f"N{number}", date=f"2026-04-0{number + 1}"))
        house.reconcile()
    before = house.public_files()
    assert len(list((house.public / "sitemap").iterdir())) == 4
    house.clock.pass_time(60)
    house.write("new.md", article("New", date="2026-04-09"))
    house.reconcile()
    after = house.public_files()
    changed = {path for path in after if "sitemap" in path and after[path] != before.get(path)}
    assert len(changed) <= 2
    assert "sitemap.xml" in changed
    assert len([path for path in listed(house) if "articles/" in path]) == 6


@pytest.mark.parametrize("name", NAMES)
def test_an_owner_s_own_file_stays(filled, name):
    path = filled.public / name
    path.write_bytes(b"the owner's own")
    for title in ("Three", "Four"):
        filled.restart()
        filled.write(f"{title}.md", article(title, topics=title))
        filled.reconcile()
        assert path.read_bytes() == b"the owner's own"
    path.unlink()
    filled.write("five.md", article("Five", topics="Five"))
    filled.reconcile()
    assert path.exists()


@pytest.mark.parametrize("name", NAMES)
def test_our_own_file_is_known_without_the_database(filled, make_house, name):
    other = make_house("other")
    other.public.mkdir(exist_ok=True)
    (other.public / name).write_bytes((filled.public / name).read_bytes() + b"\n")
    other.write("one.md", article("One", topics="Mills", date="2026-04-01"))
    other.reconcile()
    assert (other.public / name).read_bytes() == (filled.public / name).read_bytes()


@pytest.mark.parametrize("name", [*NAMES, "sitemap/0.xml", "sitemap/feeds.xml"])
def test_a_lost_file_comes_back_at_the_next_start(filled, name):
    data = (filled.public / name).read_bytes()
    (filled.public / name).unlink()
    filled.restart()
    filled.reconcile()
    assert (filled.public / name).read_bytes() == data
