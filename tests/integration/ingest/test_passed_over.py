"""Files that are no articles: told, counted, and gone from the feeds once they are none."""

from datetime import UTC, datetime

from tests.integration.house import House, article
from worker.authors.check import BAD, check_files
from worker.monitoring.status import read_status

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_they_are_in_no_feed_and_check_and_status_tell_them(house: House) -> None:
    house.write("blog/_index.md", "---\ntitle: Blog\n---\n")
    house.write("README.md", "# Read me\n\nText.\n")
    house.write("LICENSE.txt", "Copyright")
    house.write("letter.docx", b"PK\xff")
    house.write("a.md", article("One"))
    house.reconcile()
    assert house.titles() == ["One"]
    assert house.verdict("README.md") == "ignored"
    status = read_status(house.config, NOW)
    assert status.ignored == {"other-kind": 1, "section-page": 1, "site-file": 2}
    assert (status.files, status.troubled) == ({"accepted": 1, "ignored": 4}, [])
    checked = list(check_files([house.drop], house.config, NOW))
    assert not [it for it in checked if it.verdict in BAD]
    assert sum(it.verdict == "ignored" for it in checked) == 4
    receipts = sorted(path.name for path in house.drop.rglob("*.feedmill.txt"))
    assert receipts == ["not-read.feedmill.txt"]


def test_an_article_that_is_none_any_more_leaves_and_comes_back_with_its_id(house: House) -> None:
    house.write("README.md", article("Read me", date="2026-04-01"))
    house.reconcile()
    ids = house.ids()
    house.write("README.md", article("Read me"), age=30)
    house.reconcile(2)
    assert house.titles() == []
    house.write("README.md", article("Read me", date="2026-04-01"), age=10)
    house.reconcile(2)
    assert house.ids() == ids


def test_a_large_file_of_another_program_is_never_read(house: House) -> None:
    with (house.drop / "film.docx").open("wb") as file:
        file.truncate(2**31)
    house.reconcile()
    assert house.verdict("film.docx") == "ignored"
