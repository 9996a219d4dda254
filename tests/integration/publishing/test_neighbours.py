"""Older and newer: pages lead from article to article, never to a translation of another one."""

import random
import re
from collections.abc import Callable

import pytest

from tests.integration.house import House, article
from worker.core.paths import language_in
from worker.store import article_pages

DAYS = {"old.md": "01", "mid.md": "11", "new.md": "21"}
GROUPS = (("a.en.md", "a.md", "a.de.md"), ("deep/b.md", "deep/b.fr.md"))
"""Two articles with their translations, the main one first."""
RANK = {name: place for group in GROUPS for place, name in enumerate(group)}


def put(house: House, path: str, **fields: str) -> None:
    given = {"date": f"2026-03-{DAYS.get(path, '12')}", **fields}
    house.write(path, article(path, **given), age=5)


def nearby(house: House) -> dict[str, list[str]]:
    """The titles that each page leads to, the older one first, by the page's title."""
    found = {}
    for path in (house.public / "articles").glob("*.html"):
        text = path.read_text("utf-8")
        (title,) = re.findall(r"<h1[^>]*>([^<]*)</h1>", text)
        found[title] = re.findall(r'<a [^>]*rel="(?:prev|next)"[^>]*>([^<]*)</a>', text)
    return found


def filled(house: House, *paths: str) -> House:
    for path in (*DAYS, *paths):
        put(house, path)
    house.reconcile()
    return house


def test_older_and_newer_pass_over_translations_that_are_not_the_main_one(house: House) -> None:
    found = nearby(filled(house, *GROUPS[0]))
    around = ["mid.md", "new.md"]
    assert found == {
        "old.md": ["mid.md"],
        "mid.md": ["old.md", "a.en.md"],
        "new.md": ["a.en.md"],
        **dict.fromkeys(GROUPS[0], around),
    }


def test_the_pages_around_both_follow_when_another_one_becomes_the_main_one(house: House) -> None:
    filled(house, "a.de.md")
    put(house, "a.en.md", date="2026-03-02")
    house.reconcile(5)
    found = nearby(house)
    assert (found["old.md"], found["mid.md"]) == (["a.en.md"], ["a.en.md", "new.md"])
    assert found["new.md"] == ["mid.md"]
    assert found["a.de.md"] == found["a.en.md"] == ["old.md", "mid.md"]
    house.delete("a.en.md")
    found = nearby(house)
    assert (found["old.md"], found["new.md"]) == (["mid.md"], ["a.de.md"])


def test_a_translation_of_an_article_that_is_read_elsewhere_leads_to_none(house: House) -> None:
    filled(house, *GROUPS[1])
    put(house, "deep/b.md", link="https://x.example/b")
    house.reconcile(5)
    assert nearby(house)["deep/b.fr.md"] == []
    assert nearby(house)["new.md"] == ["mid.md"]


def test_a_translation_beyond_those_that_are_linked_leads_to_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_pages, "MOST_LINKED", 2)
    found = nearby(filled(house, *GROUPS[0]))
    assert (found["a.md"], found["a.de.md"]) == (["mid.md", "new.md"], [])


def wanted(house: House) -> dict[str, list[str]]:
    """``nearby`` as the articles' states and dates have it, found without any index."""
    rows = house.rows(
        "SELECT a.path, title, a.published, link, p.path FROM articles a"
        " LEFT JOIN article_pages p ON p.article_id = a.id WHERE state = 'live'"
    )
    live = {row[0]: row for row in rows}
    best = {
        path: min((other for other in live if _key(other) == _key(path)), key=_rank)
        for path in live
    }
    shown = {path for path in live if not live[path][3]}
    chain = sorted(set(best.values()) & shown, key=lambda path: (live[path][2], live[path][4]))
    found = {}
    for path in shown:
        place = chain.index(best[path]) if best[path] in chain else -9
        sides = (place - 1, place + 1)
        found[live[path][1]] = [live[chain[at]][1] for at in sides if 0 <= at < len(chain)]
    return found


def _key(path: str) -> str:
    tag = language_in(path)
    return path.replace(f".{tag}.", ".") if tag else path


def _rank(path: str) -> int:
    return RANK.get(path, 0)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_and_goes_pages_lead_where_a_fresh_start_has_them_lead(
    make_house: Callable[..., House], seed: int
) -> None:
    """Each page after each step, and all bytes at the end."""
    choice = random.Random(seed)
    house = filled(make_house("steps"))
    fields: dict[str, dict[str, str]] = {}
    for _ in range(12):
        path = choice.choice([*DAYS, *RANK])
        day = f"2026-03-{choice.choice(('02', '12', '22'))}"
        change = choice.choice(({}, {}, {"draft": "true"}, {"link": f"https://x.example/{path}"}))
        if path in fields and choice.random() < 0.3:
            house.delete(path)
            del fields[path]
        else:
            fields[path] = {"date": fields.get(path, {}).get("date", day), **change}
            put(house, path, **fields[path])
        house.reconcile(5)
        assert nearby(house) == wanted(house)
    written = {path: file[0] for path, file in house.public_files().items() if "articles/" in path}
    house.worker.publisher.touch_all()
    house.reconcile()
    fresh = {path: file[0] for path, file in house.public_files().items() if "articles/" in path}
    assert written == fresh
