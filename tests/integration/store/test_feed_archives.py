"""A feed and its archive documents together hold every article, whatever came and went when."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.house import START, House, article
from tests.integration.service.test_convergence import EXAMPLES, small_house
from tests.unit.html_check import parse
from worker.store.feed_archives import Archives
from worker.store.writing.feed_rows import FeedRows

NUMBERS = st.integers(0, 14)
TOPICS = ("x", "y")
WIDE = 10_000  # days: all that ever stood is in the window, as far as there are bytes for it
FEW_BYTES = 26_000  # the half of an article's text has room besides the head

# The feeds that count other places than they have.
COUNTS = (
    "SELECT key, places FROM feeds f"
    " WHERE places <> (SELECT count(*) FROM entries e WHERE e.feed_id = f.id)"
)

changes = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "delete", "hold", "expire", "rival"]), NUMBERS
    ),
    min_size=1,
    max_size=8,
)
windows = st.sampled_from([(1, 0, False), (2, 0, False), (3, 4, False), (2, WIDE, True)])


def walk(house: House, key: str) -> list[list[str]]:
    """The titles in a feed, and then in each document of its history, as a reader follows the
    links; each with its newest entry first."""
    found: list[list[str]] = []
    url = f"{house.config.site.url}{key}.json"
    while url:
        path = url.removeprefix(house.config.site.url)
        document = json.loads((house.public / path).read_bytes())
        assert document["feed_url"] == url
        found.append([item["title"] for item in document["items"]])
        assert [entry.title for entry in house.feed(path.removesuffix(".json")).entries] == found[
            -1
        ]
        url = document.get("next_url", "")
    return found


def archive_files(house: House, key: str) -> set[str]:
    return {str(path.relative_to(house.public)) for path in house.public.glob(f"archive/{key}/*")}


def check_pages(house: House, key: str, live: list[str], count: int) -> None:
    """For people, each document but the newest is a page; the feed's own has all the rest."""
    own, *pages = (
        [heading.text for heading in parse((house.public / path).read_bytes()).all("h3")]
        for path in (f"{key}.html", *(f"{key}/{count - at}.html" for at in range(count)))
    )
    older = [title for page in pages for title in page]
    assert own == live[: len(own)]
    assert older == live[len(live) - len(older) :]
    assert len(own) + len(older) >= len(live)
    assert len(list((house.public / key).glob("*.html"))) == max(0, count)


def check(house: House, key: str, live: list[str], size: int) -> None:
    window, *documents = walk(house, key)
    assert window == live[: len(window)]
    assert len(window) >= 1 or not live
    history = [title for document in documents for title in document]
    # A document may begin within the window: it is cut when it can be full.
    assert history == live[len(live) - len(history) :]
    assert len(window) + len(history) >= len(live)
    assert all(len(document) <= size for document in documents)
    numbers = range(1, len(documents) + 1)
    check_pages(house, key, live, len(documents) - 1)
    assert archive_files(house, key) == {
        f"archive/{key}/{number}.{extension}"
        for number in numbers
        for extension in ("rss", "atom", "json")
    }


def change(house: House, what: str, number: int) -> None:
    # A rival has the same id and a date of its own: its entry stands elsewhere in the feed.
    path, day = (f"rival-{number}.md", 50 - number) if what == "rival" else (f"{number}.md", 30)
    if what == "delete":
        (house.drop / path).unlink(missing_ok=True)
        return
    # Not the days alone decide the order: some share one.
    fields = {"date": f"{START - timedelta(days=day - number // 2):%Y-%m-%d}", "id": f"n-{number}"}
    fields["topics"] = f"[{TOPICS[number % 2]}]"
    if what == "hold":
        fields["draft"] = "true"
    if what == "expire":
        fields["expires"] = f"{START - timedelta(days=1):%Y-%m-%d}"
    house.write(path, article(f"n{number}", "Word. " * 200, **fields), age=60)


@settings(max_examples=max(6, EXAMPLES // 2))
@given(window=windows, rounds=st.lists(changes, min_size=1, max_size=4))
def test_a_feed_and_its_history_hold_every_live_article(window, rounds):
    least, days, is_small = window
    with small_house(least) as house:
        feeds = replace(house.config.feeds, min_days=days)
        feeds = replace(feeds, max_bytes=FEW_BYTES) if is_small else feeds
        house.restart(feeds=feeds, drop=replace(house.config.drop, withdraw_share=1.0))
        for steps in rounds:
            for what, number in steps:
                change(house, what, number)
            house.reconcile(60)
            house.reconcile(60)
            rows = house.rows(
                "SELECT title FROM articles WHERE state = 'live' ORDER BY published DESC, uri DESC"
            )
            live = [row[0] for row in rows]
            check(house, "all", live, least)
            assert house.rows(COUNTS) == []
            for place, topic in enumerate(TOPICS):
                if (house.public / f"topics/{topic}.json").exists():
                    own = [title for title in live if int(title[1:]) % 2 == place]
                    check(house, f"topics/{topic}", own, least)


def fill(house: House, numbers: Iterable[int]) -> None:
    for number in numbers:
        date = f"{START - timedelta(days=60 - number):%Y-%m-%d}"
        text = article(f"n{number}", "Word. " * 200, topics="x", date=date, id=f"n-{number}")
        house.write(f"{number}.md", text)
    house.reconcile(60)
    house.reconcile(60)


def with_feeds(house: House, **changes: object) -> None:
    house.restart(feeds=replace(house.config.feeds, **changes))
    house.reconcile(60)
    house.reconcile(60)


def live(count: int) -> list[str]:
    return [f"n{number}" for number in reversed(range(count))]


def test_a_window_is_cut_where_its_bytes_end_and_the_rest_is_in_the_history(house):
    with_feeds(house, min_entries=3, min_days=WIDE, max_bytes=FEW_BYTES)
    fill(house, range(12))
    window, *documents = walk(house, "all")
    assert 1 <= len(window) < 12
    assert documents
    for extension in ("rss", "atom", "json"):
        assert (house.public / f"all.{extension}").stat().st_size <= FEW_BYTES
    check(house, "all", live(12), 3)


def test_a_full_document_never_changes_by_what_comes_after_it(house):
    with_feeds(house, min_entries=2, min_days=0)
    fill(house, range(9))
    *_, second, first = walk(house, "topics/x")
    before = house.public_files()
    last = len(walk(house, "topics/x")) - 1
    fill(house, range(9, 20))
    after = house.public_files()
    full = [path for path in before if path.startswith("archive/") and f"/{last}." not in path]
    assert len(full) >= 2 * 3 * 2
    assert {path: after[path] for path in full} == {path: before[path] for path in full}
    assert walk(house, "topics/x")[-2:] == [second, first]


@pytest.mark.parametrize(
    "changed", [{"min_entries": 5}, {"min_entries": 50}, {"min_days": WIDE}, {"min_entries": 1}]
)
def test_documents_that_another_configuration_does_not_have_leave_no_stale_file(house, changed):
    with_feeds(house, min_entries=2, min_days=0)
    fill(house, range(14))
    assert len(archive_files(house, "all")) == 6 * 3
    with_feeds(house, **changed)
    check(house, "all", live(14), house.config.feeds.min_entries)
    check(house, "topics/x", live(14), house.config.feeds.min_entries)
    before = house.public_files()
    house.restart()
    house.reconcile(600)
    assert house.worker.loop.progress.written == []
    assert house.public_files() == before


def test_an_article_that_comes_late_leaves_the_documents_that_it_would_have_had_at_once(
    make_house,
):
    late, at_once = make_house("late"), make_house("at-once")
    for house in (late, at_once):
        with_feeds(house, min_entries=2, min_days=0)
    numbers = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
    fill(late, numbers)
    fill(late, [3])
    fill(at_once, sorted([*numbers, 3]))
    for key in ("all", "topics/x"):
        assert walk(late, key) == walk(at_once, key)
        assert archive_files(late, key) == archive_files(at_once, key)
        check(late, key, live(11), 2)


def test_every_feed_counts_its_places(house):
    with_feeds(house, min_entries=2, min_days=0)
    fill(house, range(5))
    assert house.rows("SELECT key, places FROM feeds ORDER BY key") == [("all", 5), ("topics/x", 5)]
    house.write("3.md", article("n3", topics="y", date="2026-02-01", id="n-3"), age=1)
    house.reconcile(60)
    assert house.rows(COUNTS) == []


def test_a_full_document_is_not_made_again_for_what_comes_after_it(house):
    house.restart(feeds=replace(house.config.feeds, min_entries=2, min_days=0))
    for day in range(1, 7):
        house.write(f"{day}.md", article(f"n{day}", date=f"2026-03-0{day}"))
    house.reconcile()
    feed = house.rows("SELECT id FROM feeds WHERE kind = 'all'")[0][0]
    documents = f"SELECT number, is_published FROM archives WHERE feed_id = {feed} ORDER BY number"
    assert [tuple(row) for row in house.rows(documents)] == [(1, 1), (2, 1)]
    database = house.worker.database
    with database.transaction():
        Archives(database, 2).cut(feed, None)
    assert [tuple(row) for row in house.rows(documents)] == [(1, 1), (2, 1), (3, 0)]
    # The one before the new one points to it from now on, so the new one is written first.
    assert [document.number for document in Archives(database, 2).touched(feed)] == [3, 2]


@pytest.mark.parametrize(("least", "size"), [(0, 1), (1, 1), (50, 50), (100, 100), (101, 100)])
def test_a_document_is_as_large_as_the_least_window_up_to_a_hundred_entries(house, least, size):
    assert Archives(house.worker.database, least).size == size


def test_a_published_document_does_not_go_for_an_article_that_comes_late(house):
    """The newest articles go, and the window moves back over what documents hold."""
    house.restart(drop=replace(house.config.drop, withdraw_share=1.0))
    with_feeds(house, min_entries=2, min_days=0)
    fill(house, [0, *range(2, 11)])
    for number in range(7, 11):
        (house.drop / f"{number}.md").unlink()
    house.reconcile(60)
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    before = archive_files(house, "all")
    assert (house.titles(), len(before)) == (["n6", "n5"], 4 * 3)
    fill(house, [1])
    assert archive_files(house, "all") == before
    assert walk(house, "all") == [["n6", "n5"], ["n6"], ["n5", "n4"], ["n3", "n2"], ["n1", "n0"]]


def test_an_article_that_another_file_took_over_has_one_place(house):
    house.write("a.md", article("A", id='"1"', date="2026-03-01"), age=50)
    house.write("b.md", article("B", id='"1"', date="2026-02-01"), age=100)
    house.reconcile()
    assert house.titles() == ["B"]
    assert house.rows("SELECT places FROM feeds WHERE key = 'all'") == [(1,)]
    assert house.rows(COUNTS) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kept", range(7))
def test_documents_end_where_the_entries_do_that_are_left(house, kept):
    with_feeds(house, min_entries=2, min_days=0)
    fill(house, range(8))
    database = house.worker.database
    archives, rows = Archives(database, 2), FeedRows(database, house.config)
    ((feed,),) = house.rows("SELECT id FROM feeds WHERE key = 'all'")
    entries = house.rows(f"SELECT published, uri FROM entries WHERE feed_id = {feed} ORDER BY 1, 2")
    with database.transaction():
        for entry in entries[kept:]:
            database.execute("DELETE FROM entries WHERE feed_id = ? AND uri = ?", (feed, entry[1]))
            rows.add_places((feed,), *entry, -1)
        rows.write()
        archives.cut(feed, None)
    spans = "SELECT first_published, last_published FROM archives"
    held = house.rows(f"{spans} WHERE feed_id = {feed} ORDER BY number")
    days = [published for published, _ in entries[:kept]]
    assert held == [(days[n], days[min(n + 1, kept - 1)]) for n in range(0, kept, 2)]
    assert house.rows(f"SELECT places FROM feeds WHERE id = {feed}") == [(kept,)]
