"""How an article stands in its row."""

from datetime import timedelta

import pytest

from tests.integration.house import START, article


def test_unknown_keys_are_kept_readable_and_in_the_order_of_their_names(house):
    house.write("a.md", article("One", zeal="Ünder", area="Süd"))
    house.reconcile()
    assert house.rows("SELECT extra FROM articles") == [('{"area": "Süd", "zeal": "Ünder"}',)]


def test_a_related_article_keeps_its_source(house):
    source = "{name: The Mill, domain: mill.example}"
    related = f"[{{title: More, webUrl: 'https://e.org/1', provider: {source}}}]"
    house.write("a.md", article("One", related=related))
    house.reconcile()
    found = house.rows("SELECT provider_name, provider_domain FROM related")
    assert found == [("The Mill", "mill.example")]


@pytest.mark.parametrize(("written", "stored"), [("true", 1), ("false", 0), (None, None)])
def test_of_a_picture_it_is_known_whether_it_is_a_copy_or_that_nothing_is_said(
    house, written, stored
):
    said = "" if written is None else f", isCached: {written}"
    house.write("a.md", article("One", images=f"[{{url: 'https://e.org/1.png'{said}}}]"))
    house.reconcile()
    assert house.rows("SELECT is_cached FROM images") == [(stored,)]


def test_the_next_change_of_a_state_is_the_earliest_of_all(house):
    articles = house.worker.ingestor.articles
    assert articles.next_due() is None
    for name in "abc":
        house.write(f"{name}.md", article(name))
    house.reconcile()
    assert articles.next_due() is None
    numbers = [row[0] for row in house.rows("SELECT id FROM articles")]
    for hours, number in zip((3, 1, 2), numbers, strict=True):
        articles.set_state(number, "scheduled", "", START + timedelta(hours=hours))
    assert articles.next_due() == START + timedelta(hours=1)
    assert [found.id for found in articles.due(START + timedelta(hours=2))] == numbers[1:]


@pytest.mark.parametrize(
    ("path", "later", "is_change"),
    [("a.md", 0, False), ("a.md", 1, True), ("b.md", 0, True), ("b.md", 1, True)],
)
def test_an_unchanged_file_changes_its_article_by_its_path_or_time(house, path, later, is_change):
    house.write("a.md", article("One"))
    house.reconcile()
    articles = house.worker.ingestor.articles
    ((number, time),) = house.rows("SELECT id, file_mtime_ns FROM articles")
    assert articles.update_file(number, path, time + later) is is_change
    found = house.rows("SELECT path, file_mtime_ns FROM articles")
    assert found == [(path, time + later)]
