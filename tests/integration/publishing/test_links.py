"""Links between files: they lead to the other article while that is public, and only then."""

import itertools
import os
import re
from pathlib import Path

import pytest

from tests.integration.authors.receipts import receipt
from tests.integration.house import House, article, build

SITE = "https://house.example/"


def shown(house: House, title: str) -> str:
    """The article's text in the feed of all articles."""
    (entry,) = (entry for entry in house.feed().entries if entry.title == title)
    return str(entry.content[0].value)


def links(house: House, title: str = "One") -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*)"', shown(house, title))


def other(title: str = "Two", **fields: str) -> str:
    return article(title, body=f"Text of {title}.", **fields)


@pytest.mark.parametrize(
    "written",
    [
        "[b](b.md)",
        "[b](./b.markdown)",
        "[b](../b/)",
        "[[b]]",
        "[[B|b]]",
        "[[posts/b|b]]",
        "[b](@/posts/b.md)",
        "[b]\n\n[b]: @/posts/b.md",
        '[b]({{< ref "b.md" >}})',
        '[b]({{< relref "posts/b" >}})',
        "[b]({{ site.baseurl }}{% link posts/b.md %})",
        "[b]({% post_url b %})",
        "[b]({filename}b.md)",
        '<a href="b.md">b</a>',
    ],
)
def test_a_link_to_a_file_leads_to_its_article(house: House, written: str) -> None:
    house.write("posts/a.md", article("One", body=f"See {written}"))
    house.write("posts/b.md", other(link="https://a.example/two"))
    house.reconcile()
    assert links(house) == ["https://a.example/two"]
    assert receipt(house, "posts/a.md") is None


def test_a_link_follows_its_target(house: House) -> None:
    house.write("a.md", article("One", body="See [b](b.md#part)."))
    house.reconcile()
    before = house.feed().entries[0].updated
    assert links(house) == []
    assert "See b." in shown(house, "One")
    said = receipt(house, "a.md") or ""
    assert "[link-target]" in said
    assert "Line 5, column 9:" in said

    house.write("b.md", other(link="https://a.example/two"))
    house.reconcile()
    assert links(house) == ["https://a.example/two#part"]
    assert receipt(house, "a.md") is None

    house.write("b.md", other(link="https://a.example/three"), age=30)
    house.reconcile(5)
    assert links(house) == ["https://a.example/three#part"]

    house.write("b.md", other(link="https://a.example/three", draft="true"), age=20)
    house.reconcile(5)
    assert links(house) == []
    assert "[link-target]" in (receipt(house, "a.md") or "")

    house.write("b.md", other(link="https://a.example/four"), age=10)
    house.reconcile(5)
    assert links(house) == ["https://a.example/four#part"]

    house.delete("b.md")
    assert links(house) == []
    assert "[link-target]" in (receipt(house, "a.md") or "")
    (entry,) = house.feed().entries
    assert entry.updated == before


def test_a_file_that_moves_is_found_by_its_new_name(house: House) -> None:
    house.write("a.md", article("One", body="See [b](b.md) and [c](c.md)."))
    house.write("b.md", other(link="https://a.example/two"))
    house.reconcile()
    (house.drop / "b.md").rename(house.drop / "c.md")
    house.reconcile()
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    assert "See b and <a" in shown(house, "One")


def test_an_expired_article_is_no_target(house: House) -> None:
    house.write("a.md", article("One", body="See [b](b.md)."))
    house.write("b.md", other(link="https://a.example/two", expires="2026-05-01T12:00:30Z"))
    house.reconcile()
    assert links(house) == ["https://a.example/two"]
    house.reconcile(60)
    assert links(house) == []
    assert "[link-target]" in (receipt(house, "a.md") or "")


def test_parts_of_an_article(house: House) -> None:
    body = '## A part\n\n[x](#a-part) <b id="own">y</b> [z](#own) [w](#gone)'
    house.write("a.md", article("One", body=body))
    house.write("b.md", article("Two", body=body, link="https://a.example/two"))
    house.reconcile()
    ids = re.findall(r'id="([^"]*)"', shown(house, "One"))
    (page,) = (entry.link for entry in house.feed().entries if entry.title == "One")
    assert links(house) == [f"{page}#{ids[0]}", f"{page}#{ids[1]}"]
    assert all(found.endswith(name) for found, name in zip(ids, ("-a-part", "-own"), strict=True))
    two = "https://a.example/two"
    assert links(house, "Two") == [f"{two}#a-part", f"{two}#own", f"{two}#gone"]
    assert not set(ids) & set(re.findall(r'id="([^"]*)"', shown(house, "Two")))


def test_files_of_the_web_are_found_by_link_and_folder(house: House) -> None:
    body = "![x](boat.png) [y](b.html) [z](../c/)"
    house.write("posts/a.md", article("One", body=body))
    house.write("posts/b.md", article("Two", body=body, link="https://a.example/posts/two/"))
    house.reconcile()
    two = "https://a.example/posts"
    assert links(house) == [f"{two}/two/", f"{SITE}posts/c"]
    assert links(house, "Two") == [f"{two}/two/boat.png", f"{two}/two/", f"{two}/c/"]


def test_the_same_folder_gives_the_same_feeds_in_any_order(tmp_path: Path) -> None:
    files = {
        "posts/a.md": article("One", body="[[b]] [c](../c.md) [d](d.md#x) ![e](e.png)"),
        "posts/b.md": other("Two", link="https://a.example/b"),
        "c.md": article(
            "Three", body="[a](posts/a.md) [b](posts/b.md)", link="https://a.example/c"
        ),
        "b.md": other("Four", link="https://a.example/four"),
    }
    found = set()
    for number, order in enumerate(itertools.permutations(files)):
        house = build(tmp_path / str(number))
        house.start()
        try:
            for path in order:
                house.write(path, files[path])
                house.turn(path)
                house.clock.pass_time(2)
                house.turn()
            moment = 1_777_600_000
            for path in files:
                os.utime(house.drop / path, (moment, moment))
            house.reconcile()
            found.add(tuple(shown(house, title) for title in ("One", "Two", "Three", "Four")))
        finally:
            house.stop()
    assert len(found) == 1


def test_an_article_that_many_name_touches_them_at_once(house: House) -> None:
    for number in range(300):
        house.write(f"a{number}.md", article(f"A{number}", body="See [b](b.md)."))
    house.reconcile()
    house.write("b.md", other(link="https://a.example/two"))
    house.reconcile()
    assert links(house, "A7") == ["https://a.example/two"]


def test_a_database_without_keys_gets_them_when_files_are_read_by_new_rules(house: House) -> None:
    house.write("a.md", article("One", body="See [b](b.md)."))
    house.write("b.md", other(link="https://a.example/two"))
    house.reconcile()
    house.worker.database.execute("DELETE FROM names")
    house.worker.database.execute("UPDATE facts SET value = '' WHERE name = 'reading'")
    house.restart()
    house.reconcile()
    assert links(house) == ["https://a.example/two"]


def test_of_several_files_the_one_with_the_shortest_path_is_meant(house: House) -> None:
    house.write("a.md", article("One", body="See [[b]]."))
    house.write("deep/er/b.md", other("Three", link="https://a.example/three"))
    house.reconcile()
    assert links(house) == ["https://a.example/three"]
    house.write("b.md", other(link="https://a.example/two"))
    house.reconcile()
    assert links(house) == ["https://a.example/two"]
    house.delete("b.md")
    assert links(house) == ["https://a.example/three"]
