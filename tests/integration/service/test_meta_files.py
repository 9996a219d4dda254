"""Nikola's ``post.meta`` beside ``post.rst``: one article of two files."""

import pytest

from tests.integration.house import House
from worker.core.paths import META_MARK

META = ".. title: Tides\n.. date: 2026-04-01\n.. tags: sea\n"


def problems(house: House, path: str) -> list[tuple[str, int | None, str]]:
    row = house.worker.ledger.at(path)
    return [(it.code, it.place.line if it.place else None, it.message) for it in row.problems]


@pytest.mark.parametrize("name", ["a.rst", "a.txt", "a.md"])
@pytest.mark.parametrize("meta", [META, "title: Tides\ndate: 2026-04-01\ntags: [sea]\n"])
def test_both_are_read_together(house: House, name: str, meta: str) -> None:
    house.write("a.meta", meta)
    house.write(name, "High **at** six.\n")
    house.reconcile()
    (entry,) = house.feed().entries
    assert (entry.title, entry.published[:10], entry.tags[0].label) == (
        "Tides",
        "2026-04-01",
        "sea",
    )
    assert house.verdict("a.meta") is None
    if name != "a.txt":
        assert "<strong>at</strong>" in entry.content[0].value


def test_a_change_of_the_second_file_is_read_and_nothing_is_read_twice(house: House) -> None:
    house.write("a.rst", "High at six.\n")
    house.reconcile()
    house.write("a.meta", META)
    house.reconcile(2)
    assert house.titles() == ["Tides"]
    house.write("a.meta", META.replace("Tides", "Tidal"))
    house.reconcile(2)
    assert house.titles() == ["Tidal"]
    read = house.worker.loop.progress.verdicts["accepted"]
    house.reconcile(2)
    assert house.worker.loop.progress.verdicts["accepted"] == read == 3
    (house.drop / "a.meta").unlink()
    house.reconcile(2)
    assert house.titles() == ["High at six."]


def test_problems_count_the_lines_of_the_file_that_they_are_in(house: House) -> None:
    house.write("a.meta", "title: Tides\ndate: 2026-02-30\n")
    house.write("a.rst", "High.\n\n.. include:: /etc/passwd\n")
    house.reconcile()
    assert house.verdict("a.rst") == "rejected"
    told = {code: (line, message) for code, line, message in problems(house, "a.rst")}
    assert told["rest-syntax"][0] == 3
    assert told["bad-date"][0] is None
    assert told["bad-date"][1].startswith("In `a.meta`, line 2: ")
    receipt = (house.drop / "a.rst.feedmill.txt").read_text()
    assert ".. include:: /etc/passwd" in receipt


@pytest.mark.parametrize("what", ["link", "large", "latin-1"])
def test_a_second_file_that_cannot_be_read_is_told_and_harms_nothing(
    house: House, what: str
) -> None:
    house.write("a.md", "# High\n\nAt six.\n")
    if what == "link":
        (house.drop / "a.meta").symlink_to("/etc/passwd")
    elif what == "large":
        house.write("a.meta", META + "x" * 100_000)
    else:
        house.write("a.meta", ".. title: Caf\xe9\n".encode("latin-1"))
    house.reconcile()
    assert house.titles() == ["High"]
    assert [code for code, *_ in problems(house, "a.md")] == ["meta-unread"]
    read = house.worker.loop.progress.verdicts["accepted"]
    house.reconcile(2)
    assert house.worker.loop.progress.verdicts["accepted"] == read


def test_a_file_that_holds_the_mark_itself_is_no_danger(house: House) -> None:
    house.write("a.md", META_MARK + b"title: Own\n" + META_MARK + b"Text.\n")
    house.write("b.md", META_MARK)
    house.reconcile()
    assert house.titles() == ["Own"]
    assert house.verdict("b.md") == "rejected"


def test_both_move_to_the_archive(make_house) -> None:
    house = make_house(after="archive")
    house.write("s/a.meta", META)
    house.write("s/a.rst", "High at six.\n")
    house.reconcile()
    assert house.titles() == ["Tides"]
    assert sorted(path.name for path in (house.drop / "archive/s").iterdir()) == ["a.meta", "a.rst"]
