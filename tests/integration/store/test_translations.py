"""Translations of one article: they link to each other, and one of them is in its topics."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.formats import xmltree
from feeds.model import Translation
from tests.integration.authors.receipts import receipt
from tests.integration.house import House, article
from worker.config.model import Feeds, Search
from worker.store.feeds import EntryTable
from worker.store.mentions import MOST_LINKED
from worker.store.queries import Wanted, find_articles

FILES = {
    "post/index.md": "Tides",
    "post/index.de.md": "Gezeiten",
    "post/index.en.md": "Tides of England",
    "post/index.ja.md": "Shio",
}
BY_RANK = ("post/index.en.md", "post/index.md", "post/index.de.md", "post/index.ja.md")
PUBLIC = ("all.*", "topics/*", "articles/*", "archive/**/*.*", "index.html", "feeds.opml")


def put(house: House, path: str, **fields: str) -> None:
    title = FILES.get(path, path)
    given = {"date": "2026-03-01", "topics": "[Sea]", **fields}
    house.write(path, article(title, body=f"The text of {title}.", **given))


def filled(house: House, *paths: str) -> None:
    for path in paths:
        put(house, path)
    house.reconcile()


def with_history(house: House) -> House:
    """The house with windows of one entry, and an older and a newer article."""
    house.restart(feeds=Feeds(folder=house.config.feeds.folder, min_entries=1, min_days=0))
    put(house, "old.md", date="2026-02-01")
    put(house, "new.md", date="2026-04-01")
    house.reconcile()
    return house


def public(house: House) -> dict[str, bytes]:
    """The public files that are about articles, by path."""
    found = (path for pattern in PUBLIC for path in house.public.glob(pattern) if path.is_file())
    return {path.relative_to(house.public).as_posix(): path.read_bytes() for path in found}


def ids(house: House) -> dict[str, str]:
    return dict(house.rows("SELECT path, uri FROM articles"))


def page(house: House, path: str) -> str:
    sql = "SELECT p.path FROM article_pages p JOIN articles a ON a.id = article_id WHERE a.path = ?"
    ((found,),) = house.worker.database.tuples(sql, (path,))
    return Path(house.public / found).read_text("utf-8")


def alternates(house: House, key: str = "all") -> dict[str, list[str]]:
    """The languages of the links to each entry's page and translations, by its title."""
    root = xmltree.parse((house.public / f"{key}.atom").read_bytes())
    atom = "{http://www.w3.org/2005/Atom}"
    return {
        entry.findtext(f"{atom}title") or "": [
            link.get("hreflang", "")
            for link in entry.iterchildren(f"{atom}link")
            if link.get("rel") in {"alternate", "related"}
        ]
        for entry in root.iterchildren(f"{atom}entry")
    }


def test_one_translation_is_in_the_feeds_and_all_have_pages_that_link(house: House) -> None:
    filled(house, "post/index.md", "post/index.de.md", "post/index.ja.md")
    assert house.titles() == house.titles("topics/sea") == ["Tides"]
    assert alternates(house) == {"Tides": ["", "de", "ja"]}
    (entry,) = house.feed().entries
    assert entry.link.startswith("https://house.example/articles/post-")  # its own address
    head, body = page(house, "post/index.de.md").split("<body")
    links = re.findall(r'rel="alternate" hreflang="(\w+)" href="([^"]*)"', head)
    assert [language for language, _ in links] == ["de", "en", "ja"]
    for _, url in links:
        assert (house.public / url.removeprefix("https://house.example/")).is_file()
    assert re.findall(r'Also in:.*?hreflang="(\w+)".*?hreflang="(\w+)"', body) == [("en", "ja")]
    assert receipt(house, "post/index.md") is None
    found, _ = find_articles(house.worker.database, house.config, Wanted())
    main = {item.path: item.translation_of for item in found}
    assert main == {path: "" if path == "post/index.md" else "post/index.md" for path in main}
    assert "a translation of “post/index.md”" in (receipt(house, "post/index.de.md") or "")


@pytest.mark.parametrize(
    ("site", "names", "main"),
    [
        ("en", ("a.de.md", "a.md", "a.en.md"), "a.en.md"),
        ("en-GB", ("a.en.md", "a.md"), "a.en.md"),
        ("zh-TW", ("a.zh-cn.md", "a.zh-tw.md"), "a.zh-tw.md"),
        ("fr", ("a.de.md", "a.md"), "a.md"),
        ("fr", ("a.ja.md", "a.de.md"), "a.de.md"),
        ("fr", ("a.zh_cn.md", "a.zh-cn.md"), "a.zh-cn.md"),
    ],
)
def test_the_main_translation(house: House, site: str, names: Sequence[str], main: str) -> None:
    house.restart(site=replace(house.config.site, language=site))
    filled(house, *names)
    assert house.titles() == [main]


@pytest.mark.parametrize(
    "names",
    [
        ("a.md", "a.min.md"),
        ("a.md", "a.DE.md"),
        ("A.de.md", "a.md"),
        ("a.de.html", "a.md"),
        ("en/a.md", "de/a.md"),
    ],
)
def test_what_is_no_translation(house: House, names: Sequence[str]) -> None:
    filled(house, *names)
    assert sorted(house.titles()) == sorted(names)
    assert all(len(links) == 1 for links in alternates(house).values())


def test_two_files_of_one_language_have_one_link(house: House) -> None:
    filled(house, "a.md", "a.zh_cn.md", "a.zh-cn.md", "a.en.md")
    assert alternates(house) == {"a.en.md": ["", "zh-CN"]}
    assert receipt(house, "a.md") is not None


def test_the_order_of_arrival_makes_no_difference(make_house: Callable[..., House]) -> None:
    """Nor whether files come at once, or one by one and are published between."""
    found = []
    for number, order in enumerate(itertools.islice(itertools.permutations(FILES), 0, None, 4)):
        house = with_history(make_house(f"house-{number}"))
        for path in order:
            put(house, path)
            house.turn(path)
        house.reconcile()
        told = {path: receipt(house, path) for path in FILES}
        found.append((public(house), told))
    assert all(one == found[0] for one in found)
    at_once = with_history(make_house("at-once"))
    filled(at_once, *FILES)
    assert "archive/all/1.atom" in found[0][0]
    assert public(at_once) == found[0][0]


def test_comings_and_goings_end_as_if_there_had_been_none(
    make_house: Callable[..., House],
) -> None:
    """Which of the translations are there decides which are shown, whatever was before."""
    lasting, steps = make_house("lasting"), make_house("steps")
    filled(lasting, *FILES)
    filled(steps, *FILES)
    known = ids(steps)
    for gone in (*zip(FILES, strict=True), *itertools.combinations(FILES, 3)):
        for path in gone:
            (steps.drop / path).unlink()
            steps.turn(path)
            steps.reconcile(60)
        left = [path for path in FILES if path not in gone]
        best = next(path for path in BY_RANK if path in left)
        assert steps.titles() == [FILES[best]]
        others = [path for path in left if path != best]
        for path in others:
            assert f"of “{best}”" in (receipt(steps, path) or "")
        assert receipt(steps, best) is None
        filled(steps, *gone)
        steps.reconcile(60)
        assert ids(steps) == known
        assert steps.titles() == lasting.titles()
        assert alternates(steps) == alternates(lasting)


def test_who_gives_way_to_a_translation_is_not_reported_as_gone(house: House) -> None:
    filled(house, "post/index.de.md")
    before = house.rows("SELECT uri, updated FROM articles")
    assert house.titles() == ["Gezeiten"]
    filled(house, "post/index.md")
    assert house.titles() == ["Tides"]
    assert "deleted-entry" not in (house.public / "all.atom").read_text("utf-8")
    assert "Gezeiten" in page(house, "post/index.de.md")
    assert set(before) < set(house.rows("SELECT uri, updated FROM articles"))
    (house.drop / "post/index.md").unlink()
    house.reconcile(60)
    house.reconcile(60)
    assert house.titles() == ["Gezeiten"]
    assert (house.public / "all.atom").read_text("utf-8").count("deleted-entry") == 1
    assert alternates(house) == {"Gezeiten": [""]}


def test_a_renamed_file_joins_and_leaves(house: House) -> None:
    filled(house, "post/index.md", "post/index.de.md")
    known = ids(house)["post/index.de.md"]
    for name, titles in (
        ("other.md", ["Gezeiten", "Tides"]),
        ("post/index.en.md", ["Gezeiten"]),
        ("other.de.md", ["Gezeiten", "Tides"]),
        ("post/index.fr.md", ["Tides"]),
    ):
        (path,) = (path for path, uri in ids(house).items() if uri == known)
        (house.drop / path).rename(house.drop / name)
        house.turn(path, name)
        house.reconcile(60)
        assert ids(house)[name] == known
        assert sorted(house.titles()) == titles, name
        hidden = name if titles == ["Tides"] else "post/index.md" if len(titles) == 1 else ""
        told = [path for path in ids(house) if receipt(house, path) is not None]
        assert told == [hidden] * bool(hidden), name


def test_links_follow_the_address_and_leave_the_date(house: House) -> None:
    filled(house, "post/index.md", "post/index.de.md")
    (before,) = house.feed().entries
    put(house, "post/index.de.md", link="https://a.example/gezeiten")
    house.reconcile(5)
    (entry,) = house.feed().entries
    links = [link.href for link in entry.links if link.get("hreflang") == "de"]
    assert links == ["https://a.example/gezeiten"]
    assert entry.updated == before.updated
    assert 'hreflang="de" href="https://a.example/gezeiten"' in page(house, "post/index.md")
    put(house, "post/index.de.md", draft="true")
    house.reconcile(5)
    assert alternates(house) == {"Tides": [""]}
    assert "hreflang" not in page(house, "post/index.md")


def test_a_search_has_every_translation_that_it_matches(house: House) -> None:
    house.restart(searches=(Search("German", "gezeiten"), Search("Texts", "text")))
    filled(house, "post/index.md", "post/index.de.md")
    assert house.titles("searches/german") == ["Gezeiten"]
    assert sorted(house.titles("searches/texts")) == ["Gezeiten", "Tides"]
    assert house.titles() == ["Tides"]


def test_a_search_for_a_language_has_the_translations_that_topics_leave_out(house: House) -> None:
    house.restart(searches=(Search("German", language="de"), Search("Others", topics_none=("X",))))
    filled(house, "post/index.md", "post/index.de.md")
    assert house.titles("searches/german") == ["Gezeiten"]
    assert house.titles("searches/others") == ["Tides"]


def test_the_topic_of_a_translation_that_is_not_shown_has_a_feed(house: House) -> None:
    """Its page leads there."""
    put(house, "post/index.de.md", topics="[Meer]")
    filled(house, "post/index.md")
    assert house.titles("topics/meer") == []
    assert (house.public / "topics/meer.html").is_file()


def test_a_translation_that_time_makes_public_takes_its_place(house: House) -> None:
    put(house, "post/index.en.md", date="2026-05-01T13:00:00Z")
    filled(house, "post/index.md")
    assert house.titles() == ["Tides"]
    house.reconcile(3600)
    assert house.titles() == ["Tides of England"]
    assert alternates(house) == {"Tides of England": [""]}  # the other is in English, too


def test_a_changed_setting_moves_what_is_there(house: House) -> None:
    filled(house, "post/index.md", "post/index.de.md")
    before = public(house)
    house.restart(translations="all")
    house.reconcile()
    assert sorted(house.titles()) == sorted(house.titles("topics/sea")) == ["Gezeiten", "Tides"]
    assert alternates(house) == {"Tides": ["", "de"], "Gezeiten": ["", "en"]}
    assert receipt(house, "post/index.de.md") is None
    house.restart(site=replace(house.config.site, language="de"), translations="one")
    house.reconcile()
    assert house.titles() == ["Gezeiten"]
    assert receipt(house, "post/index.md") is not None
    house.restart(site=replace(house.config.site, language="en"))
    house.reconcile()
    assert public(house) == before


def test_an_older_database_gets_its_translations(house: House) -> None:
    house.restart(translations="all")
    filled(house, "post/index.md", "post/index.de.md", "other.md")
    with house.worker.database.transaction():
        house.worker.database.execute("DELETE FROM translations")
        house.worker.database.execute("DELETE FROM facts WHERE name = 'translations'")
    house.restart(translations="one")
    house.reconcile()
    assert sorted(house.titles()) == ["Tides", "other.md"]
    assert alternates(house) == {"Tides": ["", "de"], "other.md": [""]}
    assert receipt(house, "post/index.de.md") is not None


def test_many_translations_link_to_the_first_hundred(house: House) -> None:
    count = MOST_LINKED + 20
    scripts = itertools.product("ABCDEF", repeat=3)
    for letters in itertools.islice(scripts, count):
        put(house, f"a.de-X{''.join(letters)}.md".lower())
    house.reconcile()
    assert len(house.titles()) == 1
    ((_, links),) = alternates(house).items()
    assert len(links) == MOST_LINKED
    rank = "SELECT a.id FROM translations JOIN articles a ON a.id = article_id ORDER BY rank"
    articles = [row[0] for row in house.rows(rank)]
    table = EntryTable(house.worker.database, "https://house.example/")
    assert len(table.content(articles[MOST_LINKED - 1]).translations) == MOST_LINKED - 1
    assert table.content(articles[MOST_LINKED]).translations == ()
    assert isinstance(table.content(articles[0]).translations[0], Translation)
