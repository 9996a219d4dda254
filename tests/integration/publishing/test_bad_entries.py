"""An entry that the audit names is rendered again first, and then left out."""

import pytest

from feeds.errors import AuditError
from tests.integration.house import House, article
from worker.publishing.editions.bad_entries import LeftOutEntries, Suspects
from worker.store.feeds import EntryTable

BAD = ("entry urn:a: it is bad", "the feed is bad")


def kept(house: House) -> int:
    return house.rows("SELECT count(*) FROM kept_entries")[0][0]


def test_a_named_entry_is_rendered_again_and_then_left_out_with_the_reason(house):
    house.write("a.md", article("One"))
    house.reconcile()
    uri = house.ids()["One"]
    error = AuditError("all.rss", (f"entry {uri}: it is bad",), (uri,))
    suspects = Suspects(house.worker.database)
    suspects.judge(error)
    assert (kept(house), suspects.left_out) == (0, {})
    suspects.judge(error)
    assert suspects.left_out == {uri: f"entry {uri}: it is bad"}
    with pytest.raises(AuditError):
        suspects.judge(error)


def test_an_entry_that_is_named_later_is_rendered_again_too(house):
    suspects = Suspects(house.worker.database)
    suspects.judge(AuditError("all.rss", BAD, ("urn:a",)))
    suspects.judge(AuditError("all.rss", BAD, ("urn:a", "urn:b")))
    assert suspects.left_out == {}
    suspects.judge(AuditError("all.rss", BAD, ("urn:a", "urn:b")))
    assert suspects.left_out == {"urn:a": BAD[0], "urn:b": ""}


def test_an_error_that_names_no_entry_is_raised(house):
    error = AuditError("all.rss", BAD)
    with pytest.raises(AuditError) as caught:
        Suspects(house.worker.database).judge(error)
    assert caught.value is error


def test_what_is_left_out_is_reported_when_it_changes(house):
    left_out = LeftOutEntries(EntryTable(house.worker.database, ""))
    (error,) = left_out.update(1, "all", 0, {"urn:a": "it is bad"})
    assert "published without urn:a: it is bad" in str(error)
    assert left_out.update(1, "all", 0, {"urn:a": "it is bad"}) == []
    assert len(left_out.update(1, "archive/all/1", 1, {"urn:b": "so is it"})) == 1
    assert left_out.problem(1).count("published without") == 2
    assert (left_out.problem(2), left_out.feeds()) == ("", {1})
    assert left_out.update(1, "all", 0, {}) == left_out.update(1, "archive/all/1", 1, {}) == []
    assert (left_out.problem(1), left_out.feeds()) == ("", set())
